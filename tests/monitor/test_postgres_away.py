"""The daemon and its Postgres: shared by several processes, away at the start, or gone and back."""

from monitor import embedded
from tests.daemons import pause, polls, published, servers, stored
from tests.processes import a_desk, wait_until


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
