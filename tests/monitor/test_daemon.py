"""The daemon as a process: configurations that change, a second one beside it, signals and kills at any moment."""

import asyncio
import email
import email.policy
import json
import random
import re
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import psutil
import pytest
from aiosmtpd.controller import Controller

from monitor import embedded
from spiders.feed import Entry
from tests.monitor.served import rss, served
from tests.processes import Desk, Running, a_desk, articles, gone, wait_until

#: Seconds that a wire or a mail server may take to answer while we leave.
SLOW = 11.0
SOURCES = ("source=crane", "source=hanbit", "source=harbour", "source=riverside")


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    with a_desk(database_url) as desk:
        yield desk


@pytest.fixture
def long_desk(database_url: str) -> Iterator[Desk]:
    """Many stories, slowly: something is in flight at any moment."""
    with a_desk(database_url, copies=6, slow=0.05) as desk:
        desk.configure(readers=("ann@example.org", "bo@example.org", "cy@example.org"))
        yield desk


def stored(desk: Desk) -> set[str]:
    return {url for (url,) in desk.rows("select url from story where latest > 0")}


def published(desk: Desk) -> set[str]:
    return {desk.wire.url + article.path for article in articles(desk.wire)}


def nothing_left(desk: Desk) -> bool:
    """Every story is stored, everybody is told, every mail is out."""
    return (
        stored(desk) == published(desk)
        and desk.rows("select from due where mail is null") == []
        and desk.rows("select from mail where state <> 'sent'") == []
    )


def finish(desk: Desk) -> None:
    """Let a daemon do what is left; then the promise must stand: each told once, and the ledger says what the messages say."""
    with desk.start("run") as daemon:
        wait_until(lambda: "watching" in daemon.said())
        wait_until(lambda: stored(desk) == published(desk), 60)
        desk.ask_for_digests()
        wait_until(lambda: nothing_left(desk), 30)
        assert daemon.leaves()[0] == 0
    assert_promise(desk)


def assert_promise(desk: Desk) -> None:
    assert desk.told() == desk.owed()
    assert sorted(m["Message-ID"] for m in desk.mails()) == sorted(id for (id,) in desk.rows("select message_id from mail"))
    assert [path.name for path in desk.outbox.iterdir() if path.suffix not in (".eml", ".html")] == []
    account = desk.run("account", "--since", "7d", "--json")
    assert account.code == 0, account
    assert json.loads(account.out)["total"]["listed"] >= len(published(desk))


def backends(desk: Desk) -> int:
    """Connections to the desk's database."""
    [(count,)] = desk.rows("select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()")
    return int(count)


def polls(desk: Desk, source: str) -> int:
    return desk.wire.hits[next(outlet.path for outlet in desk.wire.outlets if outlet.id == source)]


# -- configuration


def test_config_01_a_half_written_configuration_changes_nothing_until_it_is_whole(desk: Desk) -> None:
    (desk.folder / "more").mkdir()
    included = desk.folder / "more" / "rules.toml"
    included.write_text('[[rule]]\nid = "song"\nquery = "song"\n')
    head = 'include = ["more/*.toml"]'
    good = desk.configure(head=head, sources=["riverside"])
    with desk.start("run") as daemon:
        wait_until(lambda: len(stored(desk)) == 4)

        half = good[: good.index("example.org")]
        desk.file.write_text(half)
        daemon.process.send_signal(signal.SIGHUP)
        wait_until(lambda: f"wirewatch.toml: line {half.count(chr(10)) + 1}, column" in daemon.said())
        before = polls(desk, "riverside")
        desk.ask_for_digests()
        wait_until(lambda: polls(desk, "riverside") > before)
        wait_until(desk.mails)

        # Saved whole: taken up by itself.
        desk.configure(head=head, sources=["riverside", "crane"])
        wait_until(lambda: len(stored(desk)) == 8)

        included.write_text('[[rule]]\nid = "song"\nquery = "song AND (ferry"\n')
        daemon.process.send_signal(signal.SIGHUP)
        wait_until(lambda: 'more/rules.toml: rule "song": query cannot be used' in daemon.said())
        included.write_text('[[rule]\nid = "song"\n')
        daemon.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "more/rules.toml: line 1, column" in daemon.said())
        assert desk.rows("select count(*) from rule where id = 'song'") == [(1,)]

        included.write_text('[[rule]]\nid = "ferry"\nquery = "ferry"\n')
        wait_until(lambda: desk.rows("select from rule where id = 'ferry'"))
        assert "restart" not in daemon.said()

        desk.file.write_text(desk.file.read_text().replace("[fetch]", '[fetch]\ncontact = "desk@example.org"'))
        wait_until(lambda: "restart wirewatch to take that up" in daemon.said())
        assert daemon.leaves()[0] == 0


def test_rules_02_rules_edited_while_the_daemon_stores_leave_no_story_unmatched_and_tell_none_twice(long_desk: Desk) -> None:
    desk = long_desk
    file = desk.folder / "watched.toml"
    # True of the same stories, each a version of its own.
    queries = [
        "@dprk OR @anniversary",
        "@anniversary OR @dprk",
        "(@dprk AND NOT @anniversary) OR @anniversary",
        "@dprk OR @anniversary OR zzzz",
    ]

    def edit(query: str) -> None:
        file.write_text(f"[[rule]]\nid = 'watched'\nquery = '{query}'\n")

    edit(queries[0])
    desk.configure(head='include = ["watched.toml"]', rules='["watched"]')
    with desk.start("run") as daemon:
        for number, query in enumerate(queries[1:], start=1):
            wait_until(lambda number=number: len(stored(desk)) >= len(published(desk)) * number // 5, 60)
            edit(query)
            daemon.process.send_signal(signal.SIGHUP)
            desk.ask_for_digests()
        wait_until(lambda: desk.rows("select count(*) from rule where id = 'watched'") == [(len(queries),)])
        assert troubles(daemon) == []
        assert daemon.leaves()[0] == 0
    finish(desk)

    versions = desk.rows("select version, ended_at is null from rule where id = 'watched' order by began_at")
    assert [is_open for _, is_open in versions] == [False, False, False, True]
    assert desk.rows("select from match where rule = 'watched' and version not in (select version from rule where id = 'watched')") == []
    matched = desk.rows("select url from match join story on story.id = story where rule = 'watched' and version = %s", versions[-1][0])
    assert {url for (url,) in matched} >= {url for _, url in desk.owed()}


# -- two at once


def test_daemon_02_of_two_daemons_one_schedules_both_work_and_the_other_takes_over(long_desk: Desk) -> None:
    desk = long_desk
    with desk.start("-v", "run") as first:
        wait_until(lambda: leader(desk))
        with desk.start("-v", "run") as second:
            wait_until(lambda: "crawled source=" in first.said() and "crawled source=" in second.said())
            leading = leader(desk)
            desk.ask_for_digests()
            desk.wire.edition = 2
            wait_until(lambda: desk.rows("select from source where claimed_by is not null"))

            readers = first.children()
            first.process.kill()
            desk.ask_for_digests()
            killed_at = desk.rows("select now()")[0][0]
            desk.lapse()
            wait_until(lambda: leader(desk) not in ([], leading), 60)
            wait_until(lambda: desk.rows("select min(polled_at) > %s from source", killed_at) == [(True,)], 60)
            assert gone(readers)
            wait_until(lambda: stored(desk) == published(desk))
            desk.lapse()
            desk.ask_for_digests()
            wait_until(lambda: nothing_left(desk))
            assert second.leaves()[0] == 0
    assert_promise(desk)


def leader(desk: Desk) -> list[tuple[int, ...]]:
    """The backend that holds the schedule's lock; never two."""
    found = desk.rows(
        """select pg_locks.pid from pg_locks join pg_database on pg_database.oid = database and datname = current_database()
           where locktype = 'advisory' and granted
               and classid::bigint << 32 | objid::bigint = hashtextextended('wirewatch lead wirewatch', 0)"""
    )
    assert len(found) <= 1
    return found


def test_a_scheduler_and_a_worker_apart_are_one_daemon(desk: Desk) -> None:
    with desk.start("scheduler") as scheduler, desk.start("worker") as worker:
        wait_until(lambda: stored(desk) == published(desk), 60)
        wait_until(lambda: desk.rows("select leads from member where part = 'scheduler'") == [(True,)])

        members = json.loads(desk.run("status", "--json").out)["members"]
        assert [(each["pid"], each["part"], each["leads"], each["alive"]) for each in members] == [
            (scheduler.process.pid, "scheduler", True, True),
            (worker.process.pid, "worker", False, True),
        ]
        assert "crawled" not in scheduler.said()
        assert [scheduler.leaves()[0], worker.leaves()[0]] == [0, 0]
        assert desk.rows("select from member") == []


# -- signals and kills


def test_daemon_05_sigterm_at_any_point_of_crawl_and_send_leaves_nothing_behind(long_desk: Desk) -> None:
    for _ in range(3):
        interrupt(long_desk, random.uniform(0, 2))
    finish(long_desk)


def interrupt(desk: Desk, after: float) -> None:
    """Start a daemon, ask it to crawl and to send, and to leave after so many seconds."""
    with desk.start("run") as daemon:
        wait_until(lambda: "watching" in daemon.said())
        desk.ask_for_digests()
        pause(after)
        children = daemon.children()
        code, took = daemon.leaves()
        assert (code, took < 30) == (0, True)
        assert gone(children, 0.5)
        assert backends(desk) == 0
        assert troubles(daemon) == []


def test_daemon_05_a_slow_answer_of_a_wire_and_of_a_mail_server_is_waited_for_and_counts(desk: Desk) -> None:
    with served() as wire, receiving() as (inbox, port):

        def lists(*headlines: str) -> None:
            told = [Entry(url=f"{wire.url}/{name}", guid=name, title=name, published_at=datetime.now(UTC)) for name in headlines]
            wire.put("/rss", rss(told), "application/rss+xml")

        lists()
        desk.configure(sources=(), readers=(), more=ALERTING.format(feed=f"{wire.url}/rss", port=port))
        with desk.start("run") as daemon:
            wait_until(lambda: desk.rows("select from source where succeeded_at is not null"))
            inbox.wait = SLOW
            lists("strike")
            wait_until(lambda: inbox.messages)
            wire.waits["/rss"], before = SLOW, wire.hits["/rss"]
            lists("strike", "rain")
            wait_until(lambda: wire.hits["/rss"] > before)
            code, took = daemon.leaves()

            assert (code, took < 30) == (0, True), daemon.said()
            assert troubles(daemon) == []
    assert len(inbox.messages) == 1
    assert desk.rows("select state, attempts from mail") == [("sent", 1)]
    assert desk.rows("select headline from revision order by headline") == [("rain",), ("strike",)]
    assert desk.rows("select from source where claimed_by is not null") == []
    assert desk.rows("select from member") == []
    assert backends(desk) == 0


def troubles(daemon: Running) -> list[str]:
    """What it said above INFO, a traceback of somebody else's too."""
    return [line for line in daemon.said().splitlines() if " INFO " not in line]


@pytest.mark.parametrize("command", ["run", "worker", "scheduler"])
def test_sigterm_while_it_still_starts_is_heeded_at_once(desk: Desk, command: str) -> None:
    with desk.start(command) as daemon:
        wait_until(lambda: handles(daemon.process.pid, signal.SIGTERM))
        pause(random.uniform(0, 1))
        code, took = daemon.leaves()

        assert (code, took < 10) == (0, True), daemon.said()
        assert troubles(daemon) == []


def test_sigterm_while_the_embedded_postgres_still_starts_stops_it_too() -> None:
    with a_desk() as desk:
        for after in (0.2, 0.8):
            with desk.start("run") as daemon:
                wait_until(lambda daemon=daemon: handles(daemon.process.pid, signal.SIGTERM))
                wait_until(lambda: (desk.folder / "data").exists())
                pause(after)
                code, took = daemon.leaves()

                assert (code, took < 30) == (0, True), daemon.said()
                assert servers(desk.folder) == []


def test_a_second_sigterm_changes_nothing(long_desk: Desk) -> None:
    with long_desk.start("run") as daemon:
        wait_until(lambda: stored(long_desk))
        daemon.process.send_signal(signal.SIGTERM)
        pause(0.2)

        assert daemon.leaves()[0] == 0
        assert daemon.said().count(" leaving") == 1
        assert troubles(daemon) == []


def handles(pid: int, signum: int) -> bool:
    """Whether a process has a handler for a signal of its own: before that, Python itself still starts."""
    told = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return bool(int(told["SigCgt"], 16) >> signum - 1 & 1)


def test_the_service_manager_hears_how_it_starts_reloads_and_leaves(desk: Desk) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(desk.folder / "notify"))
        manager.settimeout(20)
        desk.environment |= {"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "120000000"}
        with desk.start("scheduler") as daemon:
            heard = [manager.recv(100), manager.recv(100)]
            daemon.process.send_signal(signal.SIGHUP)
            heard += [manager.recv(100), manager.recv(100)]
            assert daemon.leaves()[0] == 0
            heard.append(manager.recv(100))

    assert [re.sub(rb"\d{3,}", b"N", said) for said in heard] == [
        b"READY=1",
        b"WATCHDOG=1",
        b"RELOADING=1\nMONOTONIC_USEC=N",
        b"READY=1",
        b"STOPPING=1",
    ]


def test_kill_9_at_any_moment_loses_no_story_and_tells_none_twice(long_desk: Desk) -> None:
    for _ in range(3):
        kill(long_desk, random.uniform(0, 2))
        long_desk.lapse()
    finish(long_desk)


def test_kill_9_with_the_embedded_postgres_is_recovered_from_at_once() -> None:
    with a_desk(copies=4, slow=0.05) as desk:
        kill(desk, random.uniform(0, 3))
        desk.ask_for_digests()
        desk.wire.slow = 3
        desk.wire.edition = 2
        kill(desk, 2)
        desk.wire.slow = 0
        assert desk.rows("select from source where claimed_by is not null")

        # None of these claims has lapsed by now; from the embedded server the next daemon knows that nobody is left to hold them.
        with desk.start("-v", "run") as daemon:
            wait_until(lambda: set(SOURCES) <= {word for word in daemon.said().split() if word.startswith("source=")}, 30)
            assert daemon.leaves()[0] == 0
        assert stored(desk) == published(desk)
        assert desk.run("digest").code == 0
        assert_promise(desk)


def kill(desk: Desk, after: float) -> None:
    """Start a daemon, ask it to crawl and to send, and kill it after so many seconds."""
    with desk.start("run") as daemon:
        wait_until(lambda: "watching" in daemon.said())
        if desk.database_url:
            desk.ask_for_digests()
        pause(after)
        children = daemon.children()
        daemon.leaves(signal.SIGKILL)
        assert gone(children)


def pause(seconds: float) -> None:
    """Let the daemon work, at a moment that nobody chose."""
    time.sleep(seconds)


# -- slots and mail


def test_a_slot_has_one_digest_however_often_the_daemon_starts(desk: Desk) -> None:
    assert desk.run("crawl").code == 0
    desk.rows("update recipient set began_at = began_at - interval '2 days'")
    for _ in range(3):
        with desk.start("run") as daemon:
            wait_until(lambda: desk.rows("select from mail where state = 'sent'"))
            wait_until(lambda: desk.rows("select from run where closed_at is not null"))
            daemon.leaves()
    # Somebody new: no slot before they came is owed to them.
    desk.configure(readers=("ann@example.org", "new@example.org"), digest="00:00")
    with desk.start("run") as daemon:
        wait_until(lambda: polls(desk, "crane") and desk.rows("select from run where recipient like 'ann%%' and slot not like '%%Z'"))
        daemon.leaves()

    assert desk.told() == {told: 1 for told in desk.owed() if told[0] == "ann@example.org"}
    assert desk.rows("select from run where recipient = 'new@example.org'") == []


def test_mail_waits_for_a_server_that_is_down_and_goes_out_once_with_the_same_message_id(desk: Desk) -> None:
    inbox = Inbox()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    desk.configure(more=f'[mail]\nfrom = "desk@example.org"\nsmtp = "smtp://127.0.0.1:{port}"')
    desk.run("crawl")

    digest = desk.run("digest")
    assert digest.code == 1
    assert digest.out.startswith("a…@example.org: not sent: ")
    assert digest.out.endswith("; tried again later\n")
    assert "mail not sent" in digest.err
    waiting = desk.run("status")
    assert "outbox: 1 to send" in waiting.out
    desk.rows("update mail set created_at = created_at - interval '2 hours'")
    late = desk.run("status")
    assert (late.code, "not well: outbox: a mail has waited since" in late.out) == (1, True)

    desk.rows("update mail set next_try_at = now()")
    server = Controller(inbox, hostname="127.0.0.1", port=port)
    server.start()
    try:
        with desk.start("run") as daemon:
            wait_until(lambda: inbox.messages)
            wait_until(lambda: desk.rows("select from mail where state = 'sent'"))
            daemon.leaves()
    finally:
        server.stop()
    [(message_id, content)] = desk.rows("select message_id, bytes from mail")
    assert inbox.messages == [(["ann@example.org"], content)]
    assert message_id.encode() in content


def test_a_story_that_is_to_be_told_at_once_goes_out_at_once_and_the_digest_does_not_repeat_it(desk: Desk) -> None:
    with served() as wire, receiving() as (inbox, port):

        def lists(*headlines: str) -> None:
            now = datetime.now(UTC)
            told = [Entry(url=f"{wire.url}/{hash(name)}", guid=name, title=name, published_at=now) for name in headlines]
            wire.put("/rss", rss(told), "application/rss+xml")

        lists("Old strike")
        desk.configure(sources=(), readers=(), more=ALERTING.format(feed=f"{wire.url}/rss", port=port))
        with desk.start("run") as daemon:
            wait_until(lambda: desk.rows("select from due where not instant"))
            lists("Old strike", "Dockers strike", "Rain at last")
            wait_until(lambda: inbox.messages)
            wait_until(lambda: desk.rows("select count(*) from due having count(*) = 3"))
            desk.ask_for_digests()
            wait_until(lambda: len(inbox.messages) == 2)
            assert daemon.leaves()[0] == 0
    alert, digest = (email.message_from_bytes(content, policy=email.policy.default) for _, content in inbox.messages)
    assert (alert["Subject"], digest["Subject"].partition(" · ")[0]) == ("Alert · strike: Dockers strike", "2 stories")
    told = digest.get_body(("plain",)).get_content()
    assert "Dockers" not in told and "Rain at last" in told and "1 sent at once" in told
    [(waited,)] = desk.rows("select mail.created_at - due.created_at from mail join due on due.mail = mail.id where kind = 'instant'")
    print(f"alert written {waited} after its story was stored")
    assert waited < timedelta(seconds=5)


#: A wire of one list, whose strikes are told at once.
ALERTING = """
[[source]]
id = "list"
feed = "{feed}"
every = "1s"
level = "headline"
copies = false
[[rule]]
id = "strike"
any = ["strike"]
[[rule]]
id = "rain"
any = ["rain"]
[[recipient]]
email = "ann@example.org"
rules = ["strike", "rain"]
instant = ["strike"]
[mail]
from = "desk@example.org"
smtp = "smtp://127.0.0.1:{port}"
"""


class Inbox:
    """What a mail server was given."""

    def __init__(self) -> None:
        self.messages: list[tuple[list[str], bytes]] = []
        #: Seconds that it takes to say so.
        self.wait = 0.0

    async def handle_DATA(self, server: object, session: object, envelope: EmailMessage) -> str:
        self.messages.append((envelope.rcpt_tos, envelope.original_content))  # type: ignore[attr-defined]
        await asyncio.sleep(self.wait)
        return "250 taken"


@contextmanager
def receiving() -> Iterator[tuple[Inbox, int]]:
    """A mail server, what it was given, and its port."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    inbox = Inbox()
    server = Controller(inbox, hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield inbox, port
    finally:
        server.stop()


# -- Postgres


def test_several_processes_may_begin_at_once_on_one_embedded_postgres() -> None:
    with a_desk() as desk:
        with desk.start("run") as daemon, desk.start("crawl", "crane") as one, desk.start("crawl", "riverside") as other:
            wait_until(lambda: one.process.poll() is not None and other.process.poll() is not None, 60)
            wait_until(lambda: "crawled source=harbour" in daemon.said())
            for crawl in (one, other):  # whoever comes second to a source leaves it to the first
                first = crawl.process.returncode == 0
                assert (first and crawl.said() == "") or crawl.said().endswith("is being polled by another process\n"), crawl.said()
            assert daemon.leaves()[0] == 0
        assert stored(desk) == published(desk)
        assert servers(desk.folder) == []


def test_the_daemon_goes_on_when_postgres_comes_back() -> None:
    with a_desk() as desk, embedded.start(desk.folder / "server") as first:
        desk.database_url = first.url
        with desk.start("run") as daemon:
            wait_until(lambda: "crawled source=" in daemon.said())

            first.stop()
            wait_until(lambda: "schedule waits" in daemon.said())
            with embedded.start(desk.folder / "server"):
                desk.lapse()
                before = polls(desk, "crane")
                wait_until(lambda: polls(desk, "crane") > before + 1, 60)

                assert daemon.leaves()[0] == 0


def test_postgres_that_is_away_at_the_start_is_waited_for_with_one_line() -> None:
    with a_desk() as desk, embedded.start(desk.folder / "server") as first:
        desk.database_url = first.url
        first.stop()
        with desk.start("run") as daemon:
            wait_until(lambda: "start waits code=start-waits error=Postgres cannot be reached: " in daemon.said())
            pause(4)
            assert len(daemon.said().splitlines()) == 1, daemon.said()

            with embedded.start(desk.folder / "server"):
                wait_until(lambda: "watching" in daemon.said(), 60)
                wait_until(lambda: stored(desk) == published(desk), 60)
                assert daemon.leaves()[0] == 0


def test_a_daemon_that_waits_for_postgres_leaves_when_told() -> None:
    with a_desk("postgresql://127.0.0.1:1/wirewatch") as desk, desk.start("worker") as daemon:
        wait_until(lambda: "start waits" in daemon.said())

        code, took = daemon.leaves()

        assert (code, took < 3) == (0, True), daemon.said()


def servers(folder: Path) -> list[psutil.Process]:
    """The Postgres processes of a folder."""
    return [each for each in psutil.process_iter(["cmdline"]) if any(str(folder) in word for word in each.info["cmdline"] or ())]
