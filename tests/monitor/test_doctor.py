"""monitor.doctor: what is said of what was found, and what to do; and the command over a real store, relay and wire."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP
from desk import WIRE, an_entry
from postoffice import Office

from alerts.deliver import DeliveryError
from monitor import checkup, doctor
from monitor.database import StoreError, StoreUnavailable
from monitor.disk import Disk
from monitor.finding import Finding
from monitor.postgres import Postgres
from spiders.trial import Trial
from tests.processes import a_desk

WELL = Postgres(
    name="16.4",
    major=16,
    encoding="UTF8",
    user="desk",
    database="news",
    schema="wirewatch",
    host="",
    sslmode="",
    is_encrypted=False,
    is_standby=False,
    is_read_only=False,
    is_shared=False,
    keeps_options=True,
    has_schema=True,
    may_create_schema=False,
    may_create=True,
    owners=(),
    ahead=timedelta(seconds=0.2),
    unapplied=(),
)


def of_store(**changes: object) -> dict[str, Finding]:
    return {each.tried: each for each in doctor.store(replace(WELL, **changes))}  # type: ignore[arg-type]


def test_a_server_as_it_should_be_is_well_in_every_respect() -> None:
    assert {tried: each.says for tried, each in of_store().items() if each.well} == {
        "postgres": "Postgres 16.4, UTF8, database news",
        "postgres: pooler": "none in between, or in session mode",
        "postgres: rights": "schema wirewatch is ours",
        "postgres: encryption": "on this machine, needs none",
        "postgres: schema": "wirewatch: up to date",
        "clock beside Postgres": "within 1.5 s: ours is 0.2 s behind",
    }


@pytest.mark.parametrize(
    ("changes", "tried", "do"),
    [
        ({"major": 14, "name": "14.9"}, "postgres", "upgrade it to Postgres 15 or later"),
        ({"encoding": "SQL_ASCII"}, "postgres", "CREATE DATABASE name OWNER \"desk\" ENCODING 'UTF8' TEMPLATE template0"),
        ({"is_standby": True}, "postgres", "takes no writes"),
        ({"is_read_only": True}, "postgres", 'ALTER ROLE "desk" RESET default_transaction_read_only'),
        ({"is_shared": True}, "postgres: pooler", "pool_mode = session"),
        ({"keeps_options": False}, "postgres: pooler", "pool_mode = session"),
        ({"has_schema": False, "may_create": False}, "postgres: rights", 'CREATE SCHEMA wirewatch AUTHORIZATION "desk"'),
        ({"may_create": False}, "postgres: rights", 'GRANT USAGE, CREATE ON SCHEMA wirewatch TO "desk"'),
        ({"owners": ("admin",)}, "postgres: rights", 'REASSIGN OWNED BY admin TO "desk"'),
        ({"host": "db.example.org", "sslmode": "prefer"}, "postgres: encryption", "sslmode=verify-full"),
        ({"host": "127.0.0.1,db2.example.org"}, "postgres: encryption", "sslmode=verify-full"),
        ({"ahead": timedelta(seconds=-1.6)}, "clock beside Postgres", "timedatectl set-ntp true"),
    ],
)
def test_what_is_wrong_with_a_server_is_one_finding_that_names_what_to_do(changes: dict[str, object], tried: str, do: str) -> None:
    [bad] = [each for each in of_store(**changes).values() if not each.well]

    assert (bad.tried, do in bad.do) == (tried, True)


@pytest.mark.parametrize("host", ["/run/postgresql", "localhost", "127.0.0.1", "::1", "db.example.org"])
def test_encryption_is_asked_for_where_the_server_is_elsewhere(host: str) -> None:
    strict = of_store(host=host, sslmode="require", is_encrypted=True)["postgres: encryption"]
    weak = of_store(host=host, sslmode="disable")["postgres: encryption"]

    assert (strict.well, weak.well) == (True, doctor.is_local(host))


def test_a_schema_that_is_not_there_or_behind_is_no_trouble() -> None:
    fresh = of_store(has_schema=False, may_create=False, may_create_schema=True)["postgres: schema"]
    behind = of_store(unapplied=("0014_a.sql", "0015_b.sql"))["postgres: schema"]

    assert (fresh.well, fresh.says) == (True, "wirewatch: not there yet; the next command that works with it does so")
    assert (behind.well, behind.says) == (True, "wirewatch: 2 migrations to apply; the next command that works with it does so")


@pytest.mark.parametrize(
    ("said", "do"),
    [
        ("Postgres cannot be reached: unsupported startup parameter: options", "take options=… out of the URL"),
        ('Postgres cannot be reached: password authentication failed for user "x"', "user and password"),
        ("postgres: Postgres runs and takes nobody in: could not write init file: No space left on device", "make room"),
        ('Postgres cannot be reached: FATAL: too many connections for role "x"', "ALTER ROLE user CONNECTION LIMIT"),
        ("Postgres cannot be reached: FATAL: sorry, too many clients already", "max_connections"),
        ('Postgres cannot be reached: database "x" does not exist', "CREATE DATABASE"),
        ("Postgres cannot be reached: Connection refused", "pg_isready"),
        ("the database is newer than this program: it has 9999_x.sql; install the newer wirewatch", "install the newer wirewatch"),
    ],
)
def test_why_postgres_is_of_no_use_says_what_to_do(said: str, do: str) -> None:
    found = doctor.no_store(StoreUnavailable(said) if "reached" in said else StoreError(said))

    assert (found.well, found.says, do in found.do) == (False, said, True)


@pytest.mark.parametrize(
    ("said", "do"),
    [
        ("mail:587: 535 5.7.8 authentication failed", "user and password"),
        ("mail:25: 554 5.7.1 <a@example.org>: Relay access denied", "ask the relay's owner"),
        ("mail:25: 450 4.2.0 greylisted", "quarter of an hour"),
        ("mail:587: certificate verify failed: unable to get local issuer certificate", "ca_file"),
        ("mail:25: [Errno -2] Name or service not known", "mend the host"),
        ("mail:25: Connection refused", "host and port"),
    ],
)
def test_what_a_relay_says_leads_to_what_to_do(said: str, do: str) -> None:
    found = doctor.relay("mail:25", DeliveryError(said, permanent=False))

    assert (found.says, do in found.do) == (said, True)


def test_nobody_is_sent_to_the_port_of_an_embedded_postgres() -> None:
    found = doctor.no_store(StoreError("/srv/desk/postgres: Postgres started and stopped again"), embedded=True)

    assert found.do == "do what is said; postgres/log in the data folder says why"


def test_our_clock_is_off_when_the_middle_one_of_the_others_says_so() -> None:
    wrong_server = [timedelta(hours=3), timedelta(seconds=1), timedelta(0)]

    assert doctor.clock("clock", wrong_server, timedelta(minutes=2)).well
    ours_behind = doctor.clock("clock", [timedelta(minutes=3), timedelta(minutes=4)], timedelta(minutes=2))
    assert (ours_behind.well, ours_behind.says) == (False, "ours is 240.0 s behind")


@pytest.mark.parametrize(
    ("error", "do"),
    [
        ("Forbidden by robots.txt", "robots.txt forbids it"),
        ("the server answered 403", "poll it less often"),
        ("the server answered 404", "sources new URL"),
        ("the server answered 503", "its server fails"),
        ("not a feed: it begins with <html", "wirewatch sources test wire"),
    ],
)
def test_a_source_that_lists_nothing_says_why_and_what_to_do(error: str, do: str) -> None:
    found = doctor.source(Trial(source=WIRE, errors=[error]))

    assert (found.tried, found.says, do in found.do) == ("source wire", error, True)


def test_a_source_whose_pages_are_not_read_is_not_well_though_it_lists_stories() -> None:
    found = doctor.source(Trial(source=WIRE, entries=(an_entry(),), errors=["https://wire.example.org/one: the server answered 403"]))

    assert found.says == "1 listed, 0 read; missing: no story was read (https://wire.example.org/one: the server answered 403)"
    assert "poll it less often" in found.do


def test_what_is_to_be_done_about_many_sources_is_said_once() -> None:
    no_dns = "mend the host in its address"
    found = [
        Finding(tried="mail", says="refused", do="look at host and port"),
        Finding(tried="source ap", says="DNS lookup failed: ap.example.org", do=no_dns),
        Finding(tried="source tass", says="3 listed, 3 read in 1.0 s"),
        Finding(tried="source afp", says="DNS lookup failed: afp.example.org", do=no_dns),
        Finding(tried="source kcna", says="1 listed, 0 read", do="see what is read of it: wirewatch sources test kcna; or wait"),
        Finding(tried="source cna", says="1 listed, 0 read", do="see what is read of it: wirewatch sources test cna; or wait"),
        Finding(tried="source dpa", says="the server answered 503", do="its server fails"),
    ]

    assert doctor.advice(found) == [
        "mail: look at host and port",
        "2 sources, ap, afp: mend the host in its address",
        "2 sources, kcna, cna: see what is read of it: wirewatch sources test SOURCE; or wait",
        "source dpa: its server fails",
    ]


def test_python_and_packages_are_those_that_are_asked_for() -> None:
    wanted = ["click>=8", "click>=99", "no-such-package", 'apprise>=99; extra == "channels"']

    assert list(checkup.unmet(wanted)) == ["click>=99", "no-such-package"]
    assert doctor.python((3, 12), []) == Finding(tried="python", says="Python 3.12, all packages")
    assert not doctor.python((3, 12), ["click>=99"]).well
    assert not doctor.python((3, 10), []).well


def test_a_folder_that_is_not_there_is_tried_where_it_would_be_made(tmp_path: Path) -> None:
    assert checkup.unwritable(tmp_path / "a" / "b") == ""
    assert list(tmp_path.iterdir()) == []
    assert checkup.unwritable(Path("/proc/self/data")) == "/proc/self: No such file or directory"


def test_a_full_disk_is_not_well(tmp_path: Path) -> None:
    low, roomy = Disk(free=1 << 30, total=1 << 40), Disk(free=9 << 30, total=1 << 40)

    assert [doctor.folder(tmp_path, "", each).well for each in (low, roomy, None)] == [False, True, True]
    assert [doctor.folder(tmp_path, "", each).says for each in (roomy, replace(roomy, free=99 << 30))] == [
        f"{tmp_path}: writable, {room} free" for room in ("9216 MiB", "99 GiB")
    ]


@pytest.mark.parametrize(
    ("error", "do"),
    [("Permission denied", "let the user"), ("No space left on device", "make room"), ("Read-only file system", "dmesg")],
)
def test_a_folder_that_cannot_be_written_to_is_told_with_what_to_do_about_that(tmp_path: Path, error: str, do: str) -> None:
    found = doctor.folder(tmp_path, error, None)

    assert (found.well, found.do.startswith(do)) == (False, True)


# -- the command


def test_a_desk_is_tried_part_by_part_and_nothing_is_stored(database_url: str) -> None:
    with a_desk(database_url) as desk:
        desk.wire.broken.add("/crane/feed.json")
        ended, human = desk.run("doctor", "--json"), desk.run("doctor", "--no-sources")

        found = {row["tried"]: row for row in map(json.loads, ended.out.splitlines())}
        assert {tried: (row["says"], row["do"]) for tried, row in found.items() if not row["well"]} == {
            "source crane": ("the server answered 500", "its server fails; nothing, unless it stays so for a day")
        }
        assert found.keys() >= {"python", "data folder", "postgres", "mail", "clock beside the wires'", "source hanbit"}
        assert (ended.code, ended.err) == (1, "")
        assert (human.code, human.out.splitlines()[-1], "source" in human.out) == (0, "all is well", False)
        assert desk.rows("select count(*) from wirewatch.source") == [(0,)]


def test_what_is_not_well_is_told_with_what_to_do_and_exit_1() -> None:
    with a_desk("postgresql://nobody@127.0.0.1:1/nowhere") as desk:
        desk.configure(more='[mail]\nsmtp = "smtp://127.0.0.1:1"\nfrom = "desk@example.org"')

        ended = desk.run("doctor", "--no-sources")

    assert ended.code == 1
    assert "postgres: look whether it runs and listens there: pg_isready" in ended.out
    assert "mail: look at host and port in smtp of [mail]" in ended.out


async def test_the_relay_is_asked_whether_it_would_take_a_mail_and_gets_none() -> None:
    office, loop = Office(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(office, hostname="office", loop=loop), "127.0.0.1", 0)
    async with server:
        with a_desk() as desk:
            port = server.sockets[0].getsockname()[1]
            desk.configure(more=f'[mail]\nsmtp = "smtp://127.0.0.1:{port}"\nfrom = "desk@example.org"')

            ended = await asyncio.to_thread(desk.run, "doctor", "--no-sources", "--json")

    [mail] = [row for row in map(json.loads, ended.out.splitlines()) if row["tried"] == "mail"]
    assert (ended.code, mail["well"], mail["says"]) == (0, True, f"127.0.0.1:{port}: 250 2.1.5 known")
    assert (office.asked, office.took) == (["ann@example.org"], [])


def test_a_desk_that_was_never_used_is_not_made_by_looking() -> None:
    with a_desk() as desk:
        ended = desk.run("doctor", "--no-sources")

        assert (ended.code, "the embedded one, not made yet" in ended.out, (desk.folder / "data").exists()) == (0, True, False)
