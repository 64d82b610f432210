"""wirewatch.toml as a whole: it is found, and what is said is what is read."""

import re
import tomllib
from datetime import date, timedelta
from datetime import time as clock
from ipaddress import ip_network
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from alerts.recipient import DigestTime, Pause, Recipient
from alerts.rules import Rule, preset
from monitor import sections
from monitor.config import Mail, NoConfig, Retention, Settings, default_data_dir, find, load
from spiders.source import Selectors, Source
from tests.monitor.configured import EXAMPLE, a_recipient, a_source, faults, read, write


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


def test_config_03_byte_order_mark_crlf_and_tabs_change_nothing(tmp_path: Path) -> None:
    text = a_source(every='"1h"')
    awkward = b"\xef\xbb\xbf" + text.replace("\n", "\r\n").replace(" = ", "\t=\t").encode()

    assert read(tmp_path, awkward) == read(tmp_path, text)


def test_stories_may_be_kept_shortly_where_pages_are_kept_as_long_as_they(tmp_path: Path) -> None:
    assert read(tmp_path, '[retention]\ntext = "1d"\nbytes = "matched"\n').retention == Retention(text=timedelta(days=1), bytes=None)


def test_one_file_has_one_path_however_it_is_named(tmp_path: Path) -> None:
    write(tmp_path, "[mail]\n")

    assert load(tmp_path / "here" / ".." / "wirewatch.toml", environ={}).path == tmp_path / "wirewatch.toml"


def test_included_files_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    write(tmp_path, '[[rule]]\nid = "b"\nany = ["bee"]\n', "rules/b.toml")
    write(tmp_path, '[[rule]]\nid = "a"\nany = ["ant"]\n[[recipient]]\nemail = "a@example.org"\nrules = ["b"]\n', "rules/a.toml")
    write(tmp_path, "half", "rules/.a.toml")

    settings = read(tmp_path, 'include = ["rules/*.toml", "rules/a.*", "*.toml"]\n')

    assert [rule.id for rule in settings.rules] == ["a", "b"]
    assert [recipient.email for recipient in settings.recipients] == ["a@example.org"]
    assert settings.files == (tmp_path / "wirewatch.toml", tmp_path / "rules/a.toml", tmp_path / "rules/b.toml")


def test_the_environments_database_wins(tmp_path: Path) -> None:
    text = '[database]\nurl = "postgresql://file/ww"\n'
    write(tmp_path, "postgresql://secret-file/ww\n", "url")

    assert read(tmp_path, "[fetch]\n", WIREWATCH_DATABASE_URL="").database_url is None
    assert read(tmp_path, text).database_url == "postgresql://file/ww"
    assert read(tmp_path, text, WIREWATCH_DATABASE_URL="postgresql://environ/ww").database_url == "postgresql://environ/ww"
    assert read(tmp_path, text, WIREWATCH_DATABASE_URL_FILE=str(tmp_path / "url")).database_url == "postgresql://secret-file/ww"


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
