"""wirewatch.toml and what is wrong with it: every fault is told, with its file, its table, its key and what to write instead."""

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as some

from alerts.recipient import Recipient
from alerts.rules import presets
from monitor import sections
from monitor.config import ConfigError, load
from tests.monitor.configured import EXAMPLE, SECRET, a_recipient, a_source, faults, read, write


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"instant": '["rok"]'}, 'instant names "rok", which is none of this recipient\'s rules; write it into rules, too'),
        (
            {"instant": '["dprx"]'},
            'instant names "dprx", which is none of this recipient\'s rules; write it into rules, too; did you mean dprk?',
        ),
        ({"instant": '"dprk"'}, 'instant is "dprk"; use a list, such as ["…", "…"]'),
        ({"quiet": '"22-6"'}, 'quiet is "22-6"; use two times of day that differ, such as "22:00-06:30"'),
        ({"quiet": '"07:00-07:00"'}, 'quiet is "07:00-07:00"; use two times of day that differ, such as "22:00-06:30"'),
        ({"corrections": '"never"'}, 'corrections is "never"; use digest or instant'),
    ],
)
def test_what_a_recipient_is_to_be_told_at_once_is_refused_where_it_cannot_be(tmp_path: Path, given: dict[str, str], fault: str) -> None:
    assert faults(tmp_path, a_recipient(**given)) == [f'wirewatch.toml: recipient "a@example.org": {fault}']


@pytest.mark.parametrize(
    "value",
    ["http://wire.example.org", "https://", "https://a@wire.example.org", "https://w.example.org/?a", "https://w>x", "wire", "https://ü"],
)
def test_a_public_address_that_no_mail_can_carry_is_refused(tmp_path: Path, value: str) -> None:
    assert "use the https address of `wirewatch serve`" in faults(tmp_path, f'[mail]\npublic_url = "{value}"')[0]


def test_config_01_a_half_written_file_is_refused_with_the_line_and_the_whole_one_is_read(tmp_path: Path) -> None:
    whole = a_source() + a_recipient(name='"Ann"')

    assert faults(tmp_path, whole[: whole.index("Ann")]) == [
        "wirewatch.toml: line 9, column 9: is no TOML: Unterminated string; close the quotes"
    ]
    assert read(tmp_path, whole).recipients == (Recipient(email="a@example.org", name="Ann", rules=("dprk",)),)


def test_config_01_an_emptied_file_is_refused(tmp_path: Path) -> None:
    assert faults(tmp_path, "") == ["wirewatch.toml: is empty"]


def test_config_01_wherever_the_writing_stopped_the_file_is_read_or_refused(tmp_path: Path) -> None:
    example, refused = EXAMPLE.read_bytes(), 0
    for end in range(0, len(example), 61):
        try:
            read(tmp_path, example[:end])
        except ConfigError:
            refused += 1

    assert refused > 10


def test_config_02_all_faults_are_told_in_one_run_with_file_table_and_key(tmp_path: Path) -> None:
    text = """
        [fetch]
        contact = "desk@example.org"
        proxy = "proxy.example.org"
        [mail]
        from = "desk@example.org"
        smtp = "smtps://user@mail.example.org"
        [[source]]
        id = "ap"
        feed = "https://ap.example.org/rss"
        evry = "5m"
        [[source]]
        id = "ap"
        feed = "https://other.example.org/rss"
        snippet = "200"
        [[source]]
        feed = "ftp://other.example.org/rss"
        timezone = "Europe/Berln"
        [[rule]]
        id = "grain"
        any = ["grain deal"]
        [[rule]]
        id = "grain"
        any = "grain deal"
        [[rule]]
        preset = "dprkk"
        [[recipient]]
        email = "a@example.org"
        rules = ["grian"]
        digest = "7:00"
        """

    assert faults(tmp_path, text) == [
        'wirewatch.toml: source "ap": id "ap" is used twice, first in wirewatch.toml',
        'wirewatch.toml: source "ap": evry is not a key here; did you mean every?',
        'wirewatch.toml: source "ap": snippet is "200"; use a whole number from 0 to 1000000',
        'wirewatch.toml: source number 3: id is missing; write id = "city-desk"',
        'wirewatch.toml: source number 3: feed is "ftp://other.example.org/rss"; '
        'use an http or https address, such as "https://news.example.org/rss.xml"',
        'wirewatch.toml: source number 3: timezone is "Europe/Berln"; use a name such as "Europe/Berlin"; did you mean Europe/Berlin?',
        'wirewatch.toml: rule "grain": id "grain" is used twice, first in wirewatch.toml',
        'wirewatch.toml: rule "grain": any is "grain deal"; use a list that holds at least one, such as ["…"]',
        f'wirewatch.toml: rule "dprkk": preset is "dprkk"; use {", ".join(presets()[:-1])} or {presets()[-1]}; did you mean dprk?',
        'wirewatch.toml: recipient "a@example.org": digest is "7:00"; use "07:00", "07:00 mon-fri", "07:00 mon,wed" or "hourly"',
        'wirewatch.toml: recipient "a@example.org": rules names "grian", which is neither a [[rule]] nor a preset; did you mean grain?',
        'wirewatch.toml: [fetch]: proxy is no proxy; use "http://proxy.example.org:3128"',
        "wirewatch.toml: [mail]: smtp names a user without a password; "
        "set WIREWATCH_MAIL_PASSWORD, or WIREWATCH_MAIL_PASSWORD_FILE to the path of a file that holds it",
    ]


@pytest.mark.parametrize(
    ("environ", "fault"),
    [
        (
            {"WIREWATCH_DATABASE_URL": "postgresql://a/b", "WIREWATCH_DATABASE_URL_FILE": "/run/url"},
            "environment: WIREWATCH_DATABASE_URL and WIREWATCH_DATABASE_URL_FILE are both set; keep one",
        ),
        (
            {"WIREWATCH_DATABASE_URL_FILE": "/nowhere/url"},
            "environment: WIREWATCH_DATABASE_URL_FILE names /nowhere/url, which cannot be read: No such file or directory",
        ),
        (
            {"WIREWATCH_DATABASE_URL": f"mysql://root:{SECRET}@db/ww"},
            'environment: WIREWATCH_DATABASE_URL is no Postgres address; use "postgresql://user@host:5432/database"',
        ),
    ],
)
def test_config_02_a_missing_or_doubled_environment_variable_is_refused(tmp_path: Path, environ: dict[str, str], fault: str) -> None:
    assert faults(tmp_path, a_source(), **environ) == [fault]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"[[source]]\nid = ap\n", 'line 2, column 6: is no TOML: Invalid value; text stands in quotes: "…"'),
        (b'[[source]]\nid = "ap\n', r"line 2, column 9: is no TOML: Illegal character '\n'; close the quotes"),
        (b'[fetch]\r\ncontact = "a"\r\ncontact = "b"\r\n', "line 3, column 14: is no TOML: Cannot overwrite a value; keep one of the two"),
        (b"[fetch]\n# caf\xe9\n", "line 2: is not UTF-8; save it as UTF-8"),
        ("[fetch]\n".encode("utf-16"), "line 1: is not UTF-8; save it as UTF-8"),
        (b"# more\n" * 1_500_000, "is larger than 1 MiB"),
        (b"a = " + b"[" * 100_000, "is nested too deeply, or holds a number that is too long"),
        (b"a = " + b"9" * 100_000, "is nested too deeply, or holds a number that is too long"),
        (b"a: &a [x]\nb: [*a, *a]\n", "line 1, column 2: is no TOML: Expected '=' after a key in a key/value pair; write key = \"value\""),
        (b"!!python/object/apply:os.system ['id']\n", 'line 1, column 1: is no TOML: Invalid statement; write key = "value", or [table]'),
        (b"\xef\xbb\xbf \r\n", "is empty"),
    ],
    ids=["value", "quote", "twice", "latin-1", "utf-16", "10 MB", "nested", "digits", "yaml anchors", "yaml object", "bom only"],
)
def test_config_03_what_is_no_toml_is_refused_within_a_second(tmp_path: Path, content: bytes, fault: str) -> None:
    started = time.monotonic()

    assert faults(tmp_path, content) == [f"wirewatch.toml: {fault}"]
    assert time.monotonic() - started < 1


def test_a_file_that_is_not_there_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^wirewatch.toml: cannot be read: No such file or directory$"):
        load(tmp_path / "wirewatch.toml", environ={})


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[source]\n", "source is a table; use [[source]], once for each source"),
        ("source = [1]\n", "source is a list; use [[source]], once for each source"),
        ("[[mail]]\n", "mail is a list; use one table, [mail]"),
        ("[[recipent]]\n", "recipent is not a key here; did you mean recipient?"),
        ("[[RECIPIENT]]\n", "RECIPIENT is not a key here; did you mean recipient?"),
        (
            '[operator]\nheartbeat_url = "ftp://example.org/key"\n',
            '[operator]: heartbeat_url cannot be used; write "https://monitor.example.org/ping/…", or "" for none',
        ),
        ('"\\u001b[31m" = 1\n', '"\\x1b[31m" is not a key here'),
    ],
)
def test_a_table_of_the_wrong_shape_or_name_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    assert faults(tmp_path, text) == [f"wirewatch.toml: {fault}"]


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ('text = "400"', 'text is "400"; use a number of days, from "1d" to "36500d", such as "400d"'),
        ('text = "matched"', 'text is "matched"; use a number of days, from "1d" to "36500d", such as "400d"'),
        ('bytes = "0d"', 'bytes is "0d"; use a number of days, from "1d" to "36500d", such as "400d", or "matched"'),
        ('mail = "99999d"', 'mail is "99999d"; use a number of days, from "1d" to "36500d", such as "400d"'),
        ('text = "29d"', "stories would be kept 29d and their pages 30d; make text as long as bytes, or longer"),
        ('bytes = "401d"', "stories would be kept 400d and their pages 401d; make text as long as bytes, or longer"),
    ],
)
def test_a_retention_is_refused_by_what_to_write_instead(tmp_path: Path, table: str, fault: str) -> None:
    assert faults(tmp_path, f"[retention]\n{table}\n") == [f"wirewatch.toml: [retention]: {fault}"]


@pytest.mark.parametrize("every", ["0s", "32d", "999999d", "5", "5 m", "m", "-5m"])
def test_a_pace_is_refused_by_what_to_write_instead(tmp_path: Path, every: str) -> None:
    said = f'every is "{every}"; use a number and s, m, h or d, from "1s" to "31d", such as "5m"'

    assert faults(tmp_path, a_source(every=f'"{every}"')) == [f'wirewatch.toml: source "ap": {said}']


scalars = some.none() | some.booleans() | some.integers() | some.text(some.characters(exclude_categories=("Cs", "Cc")), max_size=20)
tables = {
    "fetch": sections.FETCH,
    "database": sections.DATABASE,
    "mail": sections.MAIL,
    "retention": sections.RETENTION,
    "operator": sections.OPERATOR,
    "rule": sections.RULE,
    "recipient": sections.RECIPIENT,
}
places = [(table, key) for table, keys in {**tables, "source": sections.SOURCE}.items() for key in keys]


@given(some.sampled_from(places), some.recursive(scalars, lambda inner: some.lists(inner, max_size=3), max_leaves=4))
@effort(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_value_a_key_has_it_is_read_or_refused(tmp_path: Path, place: tuple[str, str], value: object) -> None:
    table, key = place
    header = f"[[{table}]]" if table in sections.LISTS else f"[{table}]"
    try:
        read(tmp_path, f"{header}\n{key} = {toml(value)}\n")
    except ConfigError as refused:
        assert {fault.file for fault in refused.faults} == {"wirewatch.toml"}


def toml(value: object) -> str:
    match value:
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case list():
            return "[" + ", ".join(map(toml, value)) + "]"
        case None:
            return "{ inner = 1 }"
        case _:
            return str(value).lower()


@given(some.binary(max_size=60))
@effort(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_bytes_a_file_holds_they_are_read_or_refused(tmp_path: Path, content: bytes) -> None:
    try:
        read(tmp_path, content)
    except ConfigError as refused:
        assert refused.faults


def test_each_fault_names_its_own_file(tmp_path: Path) -> None:
    write(tmp_path, '[[rule]]\nid = "grain"\nany = ["grain"]\nnam = 1\n[mail]\n', "rules/a.toml")
    write(tmp_path, '[[rule]]\nid = "grain"\nany = ["corn"]\n', "rules/b.toml")
    write(tmp_path, 'include = ["*.toml"]\n', "rules/c.toml")
    write(tmp_path, "[[rule]\n", "rules/d.toml")

    assert faults(tmp_path, 'include = ["rules/*.toml", "wires/*.toml"]\n') == [
        "rules/d.toml: line 1, column 7: is no TOML: Expected ']]' at the end of an array declaration",
        f'wirewatch.toml: include "wires/*.toml" matches no file in {tmp_path}',
        "rules/a.toml: mail belongs into wirewatch.toml, not into a file that it includes",
        "rules/c.toml: include belongs into wirewatch.toml, not into a file that it includes",
        'rules/b.toml: rule "grain": id "grain" is used twice, first in rules/a.toml',
        'rules/a.toml: rule "grain": nam is not a key here; did you mean name?',
    ]
