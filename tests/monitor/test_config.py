"""wirewatch.toml as a whole: what is said is what is read, and every fault is told."""

import re
import time
import tomllib
from datetime import date, timedelta
from datetime import time as clock
from ipaddress import ip_network
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as some

from alerts.recipient import DigestTime, Pause, Recipient
from alerts.rules import Rule, preset, presets
from monitor import sections
from monitor.config import ConfigError, Mail, NoConfig, Retention, Settings, default_data_dir, find, load
from spiders.source import Selectors, Source
from tests.monitor.configured import EXAMPLE, SECRET, a_recipient, a_source, faults, read, write

# ---- what is said is what is read ----


def test_every_key_becomes_its_value(tmp_path: Path) -> None:
    text = r"""
        [database]
        url = "postgresql://ww@db.example.org/ww"
        schema = "desk"
        [retention]
        text = "800d"
        bytes = "matched"
        mail = "30d"
        [operator]
        email = "ops@example.org"
        [fetch]
        contact = "https://example.org/about-us"
        allow = ["10.0.0.0/8", "fd00::/8"]
        proxy = "http://desk:pass@proxy.example.org:3128"
        [mail]
        from = "Desk <desk@example.org>"
        smtp = "smtp+starttls://user@mail.example.org:587"
        password = "pa ss\"wörd"
        [[source]]
        id = "yonhap-ko"
        feed = "https://news.example.org/rss?a=1#x"
        name = "연합뉴스"
        every = "90s"
        timezone = "Asia/Seoul"
        language = "zh-Hant"
        agency = "Yonhap"
        country = "kr"
        copies = false
        licence = "full"
        snippet = 0
        [source.selectors]
        headline = "h1.title"
        remove = ".ad, figcaption"
        [[rule]]
        preset = "anniversary"
        [[rule]]
        id = "both"
        query = "@dprk AND @anniversary"
        [[rule]]
        id = "grain"
        any = ["grain deal", "зерновая сделка", "곡물 협정"]
        [[recipient]]
        email = "Analyst@example.org"
        name = "Ann A. Lyst"
        timezone = "Europe/Berlin"
        language = "de"
        rules = ["grain", "dprk", "both"]
        digest = "06:30 mon-fri"
        reads = ["de", "zh-Hant"]
        when_empty = "weekly"
        subject = "count"
        """

    settings = read(tmp_path, text)

    assert settings == Settings(
        path=tmp_path / "wirewatch.toml",
        data_dir=tmp_path / "data",
        outbox=tmp_path / "data" / "outbox",
        sources=(
            Source(
                id="yonhap-ko",
                feed="https://news.example.org/rss?a=1#x",
                name="연합뉴스",
                every=timedelta(seconds=90),
                timezone=ZoneInfo("Asia/Seoul"),
                language="zh-hant",
                agency="Yonhap",
                country="KR",
                copies=False,
                licence="full",
                snippet=0,
                selectors=Selectors(headline="h1.title", remove=".ad, figcaption"),
            ),
        ),
        rules=(
            preset("anniversary"),
            Rule(id="both", query="@dprk AND @anniversary"),
            Rule(id="grain", any=("grain deal", "зерновая сделка", "곡물 협정")),
            preset("dprk"),
        ),
        recipients=(
            Recipient(
                email="Analyst@example.org",
                name="Ann A. Lyst",
                timezone=ZoneInfo("Europe/Berlin"),
                language="de",
                rules=("grain", "dprk", "both"),
                digest=DigestTime(at=clock(6, 30), days=frozenset(range(5))),
                reads=("de", "zh-hant"),
                when_empty="weekly",
                subject="count",
            ),
        ),
        database_url="postgresql://ww@db.example.org/ww",
        database_schema="desk",
        contact="https://example.org/about-us",
        allow=(ip_network("10.0.0.0/8"), ip_network("fd00::/8")),
        proxy="http://desk:pass@proxy.example.org:3128",
        retention=Retention(text=timedelta(days=800), bytes=None, mail=timedelta(days=30)),
        operator="ops@example.org",
        mail=Mail(sender="Desk <desk@example.org>", smtp="smtp+starttls://user@mail.example.org:587", password='pa ss"wörd'),
        files=(tmp_path / "wirewatch.toml",),
    )


def test_what_is_left_out_has_the_defaults_of_source_and_recipient(tmp_path: Path) -> None:
    settings = read(tmp_path, a_source() + a_recipient())

    assert settings == Settings(
        path=tmp_path / "wirewatch.toml",
        data_dir=tmp_path / "data",
        outbox=tmp_path / "data" / "outbox",
        sources=(Source(id="ap", feed="https://ap.example.org/rss"),),
        rules=(preset("dprk"),),
        recipients=(Recipient(email="a@example.org", rules=("dprk",)),),
        contact="desk@example.org",
        files=(tmp_path / "wirewatch.toml",),
    )
    assert settings.outbox == tmp_path / "data" / "outbox"


def test_what_a_recipient_is_told_at_once(tmp_path: Path) -> None:
    told = a_recipient(rules='["dprk", "rok"]', instant='["rok"]', quiet='"22:00-06:30"', corrections='"instant"')

    (reader,) = read(tmp_path, told).recipients

    assert (reader.instant, str(reader.quiet), reader.corrections) == (("rok",), "22:00-06:30", "instant")


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


def test_the_example_loads_as_it_stands(tmp_path: Path) -> None:
    settings = load(EXAMPLE, environ={}, data_dir=tmp_path)

    assert [source.id for source in settings.sources] == ["city-desk", "harbour"]
    assert [rule.id for rule in settings.rules] == ["dprk", "anniversary-of-dprk", "grain", "black-sea"]
    assert settings.mail == Mail(sender="wirewatch <desk@example.org>")


def test_times_away_are_one_or_a_list_and_a_wrong_one_says_what_to_write(tmp_path: Path) -> None:
    one, two = '"2026-12-22..2027-01-06"', '["2026-12-22..2027-01-06", "2027-02-01..2027-02-01"]'
    leave, day = Pause(first=date(2026, 12, 22), last=date(2027, 1, 6)), Pause(first=date(2027, 2, 1), last=date(2027, 2, 1))

    assert read(tmp_path, a_recipient(pause=one)).recipients[0].pause == (leave,)
    assert read(tmp_path, a_recipient(pause=two)).recipients[0].pause == (leave, day)
    assert faults(tmp_path, a_recipient(pause='"2027-01-06..2026-12-22"')) == [
        'wirewatch.toml: recipient "a@example.org": pause is "2027-01-06..2026-12-22"; ends before it begins; '
        'use "2026-12-22..2027-01-06", the first and the last day away, or a list of such'
    ]
    for wrong in ('"christmas"', "true", "[1]", '[["2026-12-22..2027-01-06"]]', "2026-12-22"):
        assert "the first and the last day away, or a list of such" in faults(tmp_path, a_recipient(pause=wrong))[0]


@pytest.mark.parametrize(
    "value",
    ["http://wire.example.org", "https://", "https://a@wire.example.org", "https://w.example.org/?a", "https://w>x", "wire", "https://ü"],
)
def test_a_public_address_that_no_mail_can_carry_is_refused(tmp_path: Path, value: str) -> None:
    assert "use the https address of `wirewatch serve`" in faults(tmp_path, f'[mail]\npublic_url = "{value}"')[0]


def test_a_public_address_and_a_place_to_listen_are_read(tmp_path: Path) -> None:
    settings = read(tmp_path, '[mail]\npublic_url = "https://wire.example.org/desk/"\n[serve]\nlisten = "[::1]:8081"\n')

    assert (settings.mail.public_url, settings.listen) == ("https://wire.example.org/desk", ("::1", 8081))
    assert 'use a host and a port, such as "127.0.0.1:8080"' in faults(tmp_path, '[serve]\nlisten = "8080"')[0]


def test_the_example_sets_or_shows_every_key_there_is_and_no_other(tmp_path: Path) -> None:
    shown = tomllib.loads("".join(_uncommented(EXAMPLE.read_text())))

    assert shown.keys() == sections.FILE.keys()
    assert shown["database"].keys() == sections.DATABASE.keys()
    assert shown["retention"].keys() == sections.RETENTION.keys()
    assert shown["operator"].keys() == sections.OPERATOR.keys()
    assert shown["fetch"].keys() == sections.FETCH.keys()
    assert shown["mail"].keys() == sections.MAIL.keys()
    assert shown["serve"].keys() == sections.SERVE.keys()
    assert {key for table in shown["source"] for key in table} == sections.SOURCE.keys() | sections.PACK.keys()
    harbour = shown["source"][3]
    assert harbour["selectors"].keys() == sections.SELECTORS.keys()
    assert harbour["listing"].keys() == sections.LISTING.keys()
    assert harbour["json"].keys() == sections.JSON.keys()
    assert harbour["json"]["paths"].keys() == sections.PATHS.keys()
    assert {key for table in shown["rule"] for key in table} == sections.RULE.keys()
    assert {key for table in shown["recipient"] for key in table} == sections.RECIPIENT.keys()


def _uncommented(text: str) -> list[str]:
    return [re.sub(r"^# (?=[a-z_]+ = |\[)", "", line) for line in text.splitlines(keepends=True)]


# ---- the rows of faults.jsonl ----


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


def test_config_03_byte_order_mark_crlf_and_tabs_change_nothing(tmp_path: Path) -> None:
    text = a_source(every='"1h"')
    awkward = b"\xef\xbb\xbf" + text.replace("\n", "\r\n").replace(" = ", "\t=\t").encode()

    assert read(tmp_path, awkward) == read(tmp_path, text)


def test_a_file_that_is_not_there_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^wirewatch.toml: cannot be read: No such file or directory$"):
        load(tmp_path / "wirewatch.toml", environ={})


# ---- values ----


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


def test_stories_may_be_kept_shortly_where_pages_are_kept_as_long_as_they(tmp_path: Path) -> None:
    assert read(tmp_path, '[retention]\ntext = "1d"\nbytes = "matched"\n').retention == Retention(text=timedelta(days=1), bytes=None)


def test_one_file_has_one_path_however_it_is_named(tmp_path: Path) -> None:
    write(tmp_path, "[mail]\n")

    assert load(tmp_path / "here" / ".." / "wirewatch.toml", environ={}).path == tmp_path / "wirewatch.toml"


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


# ---- several files ----


def test_included_files_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    write(tmp_path, '[[rule]]\nid = "b"\nany = ["bee"]\n', "rules/b.toml")
    write(tmp_path, '[[rule]]\nid = "a"\nany = ["ant"]\n[[recipient]]\nemail = "a@example.org"\nrules = ["b"]\n', "rules/a.toml")
    write(tmp_path, "half", "rules/.a.toml")

    settings = read(tmp_path, 'include = ["rules/*.toml", "rules/a.*", "*.toml"]\n')

    assert [rule.id for rule in settings.rules] == ["a", "b"]
    assert [recipient.email for recipient in settings.recipients] == ["a@example.org"]
    assert settings.files == (tmp_path / "wirewatch.toml", tmp_path / "rules/a.toml", tmp_path / "rules/b.toml")


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


def test_the_environments_database_wins(tmp_path: Path) -> None:
    text = '[database]\nurl = "postgresql://file/ww"\n'
    write(tmp_path, "postgresql://secret-file/ww\n", "url")

    assert read(tmp_path, "[fetch]\n", WIREWATCH_DATABASE_URL="").database_url is None
    assert read(tmp_path, text).database_url == "postgresql://file/ww"
    assert read(tmp_path, text, WIREWATCH_DATABASE_URL="postgresql://environ/ww").database_url == "postgresql://environ/ww"
    assert read(tmp_path, text, WIREWATCH_DATABASE_URL_FILE=str(tmp_path / "url")).database_url == "postgresql://secret-file/ww"


# ---- where it is ----


def test_the_configuration_is_looked_for_as_told_then_here_then_at_the_users(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path / "home"), "WIREWATCH_CONFIG": ""}
    mine = write(tmp_path, "", "home/.config/wirewatch/wirewatch.toml")

    assert find(None, environ=environ, cwd=tmp_path) == mine

    xdg = write(tmp_path, "", "xdg/wirewatch/wirewatch.toml")
    environ["XDG_CONFIG_HOME"] = str(tmp_path / "xdg")
    assert find(None, environ=environ, cwd=tmp_path) == xdg

    here = write(tmp_path, "")
    assert find(None, environ=environ, cwd=tmp_path) == here

    environ["WIREWATCH_CONFIG"] = "told.toml"
    assert find(None, environ=environ, cwd=tmp_path) == tmp_path / "told.toml"
    assert find(Path("/etc/other.toml"), environ=environ, cwd=tmp_path) == Path("/etc/other.toml")


@pytest.mark.skipif(Path("/etc/wirewatch/wirewatch.toml").exists(), reason="this machine has a configuration of its own in /etc")
def test_without_a_configuration_the_message_says_init(tmp_path: Path) -> None:
    with pytest.raises(NoConfig, match="`wirewatch init`") as refused:
        find(None, environ={"HOME": str(tmp_path)}, cwd=tmp_path)

    assert str(tmp_path / ".config/wirewatch/wirewatch.toml") in str(refused.value)


@pytest.mark.parametrize(
    ("environ", "uid", "folder"),
    [
        ({"HOME": "/home/ann"}, 1000, "/home/ann/.local/share/wirewatch"),
        ({"HOME": "/home/ann", "XDG_DATA_HOME": "/data"}, 1000, "/data/wirewatch"),
        ({"HOME": "/home/ann", "XDG_DATA_HOME": "data"}, 1000, "/home/ann/.local/share/wirewatch"),
        ({"HOME": "/root", "XDG_DATA_HOME": "/data"}, 0, "/var/lib/wirewatch"),
        ({"HOME": "/root", "WIREWATCH_DATA_DIR": "/srv/ww"}, 0, "/srv/ww"),
        ({"HOME": "/home/ann", "WIREWATCH_DATA_DIR": ""}, 1000, "/home/ann/.local/share/wirewatch"),
    ],
)
def test_the_default_data_folder(environ: dict[str, str], uid: int, folder: str) -> None:
    assert default_data_dir(environ, uid=uid) == Path(folder)
