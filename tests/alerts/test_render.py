from datetime import timedelta
from pathlib import Path

import pytest

from alerts.catalogue import LANGUAGES, UnknownLanguage, catalogue
from alerts.recipient import AlertError
from alerts.templating import PACKAGED, Rendered, TemplateError, _surroundings, rendered

QUIET = {
    "language": "en",
    "count": 0,
    "subject": "full",
    "date": "Mon, Jul 27",
    "top_rule": "",
    "top_headline": "",
    "groups": [],
    "rules": "dprk",
    "next": "",
    "zone": "UTC",
}
QUIET |= {"coverage": None, "coming": [], "at_once": "", "away": "", "volumes": [], "alert": False, "stop": ""}
PLACES = (
    "{count}",
    "{rules}",
    "{time}",
    "{zone}",
    "{healthy}",
    "{headlines}",
    "{source}",
    "{start}",
    "{end}",
    "{seen}",
    "{number}",
    "{words}",
)


def own(folder: Path, name: str, template: str) -> Path:
    folder.joinpath(name).write_text(template, "utf-8")
    return folder


def test_a_template_of_ones_own_replaces_the_packaged_one_of_its_name(tmp_path):
    overrides = own(tmp_path, "digest-subject.txt.j2", "Наше: {{ t('all_quiet') }} <{{ zone }}>\n")

    parts = rendered(QUIET, "en", overrides=overrides)

    packaged = rendered(QUIET, "en")
    assert parts == Rendered(subject="Наше: All quiet <UTC>", text=packaged.text, html=packaged.html)


def test_a_template_of_ones_own_may_extend_by_pieces_in_its_folder(tmp_path):
    own(tmp_path, "name.txt.j2", "{{ rules }}")

    assert rendered(QUIET, "en", overrides=own(tmp_path, "digest-subject.txt.j2", "{% include 'name.txt.j2' %}")).subject == "dprk"


@pytest.mark.parametrize(
    ("template", "line", "complaint"),
    [
        ("one\n{% for x in %}\n", 2, "TemplateSyntaxError"),
        ("one\ntwo\n{{ nothing_of_this_name }}\n", 3, "UndefinedError"),
        ("{{ 1 / 0 }}", 1, "ZeroDivisionError"),
        ("\n{{ t('no such string') }}", 2, "KeyError"),
    ],
)
def test_a_broken_template_is_named_with_its_line(tmp_path, template, line, complaint):
    overrides = own(tmp_path, "digest-body.txt.j2", template)

    with pytest.raises(TemplateError, match=complaint) as error:
        rendered(QUIET, "en", overrides=overrides)
    assert str(error.value).startswith(f"{tmp_path}/digest-body.txt.j2:{line}: ")


@pytest.mark.parametrize(
    ("template", "complaint"),
    [
        ("{{ cycler.__init__.__globals__ }}", "SecurityError"),
        ("{{ t.__call__.__globals__ }}", "SecurityError"),
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "SecurityError"),
        ("{{ groups.append(1) }}", "SecurityError"),
        ("{% for x in range(99999999) %}x{% endfor %}", "Range too big"),
        ("{% include '/etc/passwd' %}", "TemplateNotFound"),
        ("{% include '../../etc/passwd' %}", "TemplateNotFound"),
        ("{{ ('a' * 2000000000)|length }}", "MemoryError"),
    ],
)
def test_config_06_a_template_can_neither_reach_out_nor_take_the_machine(tmp_path, template, complaint):
    with pytest.raises(TemplateError, match=complaint):
        rendered(QUIET, "en", overrides=own(tmp_path, "digest-subject.txt.j2", template))


@pytest.mark.parametrize(
    "template", ["{% for x in range(100000) %}{% for y in range(100000) %}{% endfor %}{% endfor %}", "{{ 9 ** (9 ** 9) }}"]
)
def test_config_06_a_template_that_does_not_end_is_given_up_on(tmp_path, template):
    overrides = own(tmp_path, "digest-subject.txt.j2", template)

    with pytest.raises(TemplateError, match=r"took longer than 1\.5 s"):
        rendered(QUIET, "en", overrides=overrides, time_limit=timedelta(seconds=1.5))


def test_the_child_process_is_told_no_secret():
    assert set(_surroundings()) <= {"PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "PYTHONPATH", "PYTHONUTF8"}


@pytest.mark.parametrize("name", ["digest-subject.txt.j2", "digest-body.txt.j2", "digest-body.html.j2"])
def test_three_templates_are_packaged(name):
    assert PACKAGED.joinpath(name).is_file()


def test_strings_are_the_same_in_every_language():
    def fields(language):
        strings = catalogue(language)._strings
        return {key: sorted(part for part in PLACES if part in str(text)) for key, text in strings.items()}

    assert [fields(language) for language in LANGUAGES] == [fields("en")] * len(LANGUAGES)


def test_plural_forms_are_those_of_the_language():
    assert [[catalogue(language)("stories", count=count) for count in (0, 1, 2)] for language in LANGUAGES] == [
        ["0 stories", "1 story", "2 stories"],
        ["0 Meldungen", "1 Meldung", "2 Meldungen"],
        ["기사 0건", "기사 1건", "기사 2건"],
    ]


def test_a_language_without_strings_is_refused_by_name():
    with pytest.raises(UnknownLanguage, match=r"'fr'.*use en, de, ko") as error:
        catalogue("fr")
    assert isinstance(error.value, AlertError)
