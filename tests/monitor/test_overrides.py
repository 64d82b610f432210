"""monitor.overrides: templates of one's own, and what becomes of a mail when they are broken."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from desk import NOON, Clock, a_story, a_watch, change, comes_in, mails, rows, text

from alerts.sample import broken
from monitor import health
from monitor.config import load
from monitor.database import Database
from monitor.doubts import doubts
from monitor.mailserver import Mail
from monitor.watch import Watch
from spiders.story import Status
from tests.monitor.configured import CONTACT, faults, read

OPERATOR = "ops@example.org"
GOOD, BROKEN = "Ours: {{ count }}\n", "Ours:\n{{ cuont }}\n"


async def a_desk(database: Database, folder: Path, clock: Clock) -> Watch:
    (folder / "ours").mkdir()
    watch = await a_watch(database, folder, clock=clock)
    await change(watch, operator=OPERATOR, mail=Mail(templates=folder / "ours"))
    return watch


async def tells(watch: Watch, clock: Clock, name: str) -> tuple[str, str]:
    """A story comes in and is told: the digest's subject and text."""
    clock.advance(minutes=10)
    await comes_in(watch, a_story(name, headline=f"Dockers strike {name}", published_at=clock.at))
    await watch.tell_now(watch.settings.recipients[0])
    mail = [mail for mail in mails(watch) if mail["To"] != OPERATOR][-1]
    return str(mail["Subject"]), text(mail)


async def notes(watch: Watch) -> list[str]:
    await health.check(watch)
    await watch.send()
    return [str(mail["Subject"]) for mail in mails(watch) if mail["To"] == OPERATOR]


async def test_a_mail_has_the_form_that_its_owner_gave_it(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_desk(database, tmp_path, clock)
    (tmp_path / "ours" / "digest-subject.txt.j2").write_text(GOOD)

    subject, told = await tells(watch, clock, "one")

    assert subject == "Ours: 1" and "Dockers strike one" in told
    assert await notes(watch) == []


async def test_a_broken_template_is_passed_over_and_told_once_and_once_when_it_is_mended(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_desk(database, tmp_path, clock)
    ours = tmp_path / "ours" / "digest-subject.txt.j2"
    ours.write_text(BROKEN)

    subjects = [(await tells(watch, clock, name))[0] for name in ("one", "two")]
    said = [await notes(watch), await notes(watch)]
    ours.write_text(GOOD)
    mended, _ = await tells(watch, clock, "three")

    assert subjects == ["1 story · strike: Dockers strike one", "1 story · strike: Dockers strike two"] and mended == "Ours: 1"
    assert said == [["wirewatch: A template of your own cannot be used"]] * 2
    assert f"digest: {ours}:2: UndefinedError: 'cuont' is undefined" in text(next(mail for mail in mails(watch) if mail["To"] == OPERATOR))
    assert (await notes(watch))[1:] == ["wirewatch: The templates of your own can be used again"]
    assert (await health.report(watch)).troubles == []
    assert await rows(watch, "select count(*), count(ended_at) from outage where state = 'templates'") == [(1, 1)]


async def test_a_broken_template_is_over_when_the_file_names_no_templates_any_more(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_desk(database, tmp_path, clock)
    (tmp_path / "ours" / "correction-subject.txt.j2").write_text(BROKEN)
    await tells(watch, clock, "one")
    await comes_in(watch, a_story("one", headline="Dockers strike one", published_at=NOON, status=Status.WITHDRAWN), summary="2")
    await watch.correct()
    began = await notes(watch)
    await change(watch, mail=Mail())
    await tells(watch, clock, "two")

    assert began == ["wirewatch: A template of your own cannot be used"]
    assert (await notes(watch))[1:] == ["wirewatch: The templates of your own can be used again"]


async def test_a_mail_of_another_kind_does_not_say_that_it_is_mended(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_desk(database, tmp_path, clock)
    (tmp_path / "ours" / "digest-body.txt.j2").write_text(BROKEN)
    await tells(watch, clock, "one")

    clock.at += timedelta(minutes=1)
    withdrawn = a_story("one", headline="Dockers strike one", published_at=NOON, status=Status.WITHDRAWN)
    await comes_in(watch, withdrawn, summary="2")

    assert await watch.correct() == 1
    assert await rows(watch, "select count(*) from outage where state = 'templates' and ended_at is null") == [(1,)]


@pytest.mark.parametrize(
    ("name", "template", "complaint"),
    [
        ("digest-body.html.j2", "<p>\n{% for x in groups %}\n", "digest-body.html.j2:2: TemplateSyntaxError"),
        ("digest-body.txt.j2", "{% for group in groups %}\n{{ group.rulle }}\n{% endfor %}", "digest-body.txt.j2:2: UndefinedError"),
        ("digest-body.html.j2", "{{ 'x' * 90000 }}", "digest-body.html.j2:1: makes more than 80000 bytes"),
        ("correction-subject.txt.j2", "\n\n{{ topp }}", "correction-subject.txt.j2:3: UndefinedError"),
    ],
)
def test_check_names_what_is_broken_by_file_and_line(tmp_path: Path, name: str, template: str, complaint: str) -> None:
    settings = read(tmp_path, CONTACT)
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / name).write_text(template)

    found = [str(doubt) for doubt in doubts(replace(settings, mail=Mail(templates=tmp_path / "ours")))]

    assert len(found) == 1
    assert found[0].startswith("wirewatch.toml: [mail]: templates holds one that cannot be used") and f"ours/{complaint}" in found[0]


def test_copies_of_the_packaged_templates_are_well(tmp_path: Path) -> None:
    packaged = Path(__file__).parents[2] / "alerts" / "templates"
    for template in packaged.glob("*.j2"):
        (tmp_path / template.name).write_bytes(template.read_bytes())

    assert broken(tmp_path) == []


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert faults(tmp_path, '[mail]\ntemplates = "nowhere"\n') == [
        'wirewatch.toml: [mail]: templates names "nowhere", which is no folder; make it, or leave the key out'
    ]


def test_the_folder_lies_beside_the_file_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "ours").mkdir()
    file = tmp_path / "wirewatch.toml"
    file.write_text('[mail]\ntemplates = "ours"\n')

    assert load(file, environ={}, data_dir=tmp_path).mail.templates == tmp_path / "ours"
