"""The daemon told to leave or killed, at any moment: it leaves in time, nothing behind, and nothing is lost."""

import random
import signal
from pathlib import Path

import pytest

from tests.daemons import assert_promise, backends, finish, interrupt, kill, pause, published, servers, stored, troubles
from tests.monitor.inbox import ALERTING, lists, receiving
from tests.monitor.served import served
from tests.processes import Desk, a_desk, wait_until

#: Seconds that a wire or a mail server may take to answer while we leave.
SLOW = 11.0
SOURCES = ("source=crane", "source=hanbit", "source=harbour", "source=riverside")


def test_daemon_05_sigterm_at_any_point_of_crawl_and_send_leaves_nothing_behind(long_desk: Desk) -> None:
    for _ in range(3):
        interrupt(long_desk, random.uniform(0, 2))
    finish(long_desk)


def test_daemon_05_a_slow_answer_of_a_wire_and_of_a_mail_server_is_waited_for_and_counts(desk: Desk) -> None:
    with served() as wire, receiving() as (inbox, port):
        lists(wire)
        desk.configure(sources=(), readers=(), more=ALERTING.format(feed=f"{wire.url}/rss", port=port))
        with desk.start("run") as daemon:
            wait_until(lambda: desk.rows("select from source where succeeded_at is not null"))
            inbox.wait = SLOW
            lists(wire, "strike")
            wait_until(lambda: inbox.messages)
            wire.waits["/rss"], before = SLOW, wire.hits["/rss"]
            lists(wire, "strike", "rain")
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
