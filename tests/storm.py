"""`make storm`: the daemon killed and told to leave at random moments, many times over; the suite does a few of each.

Ends with an assertion, or with a line for each storm. Bounded to five minutes.
"""

import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from monitor import embedded
from tests.daemons import assert_promise, finish, interrupt, kill, pause, published, stored
from tests.processes import Desk, a_desk, wait_until

READERS = ("ann@example.org", "bo@example.org", "cy@example.org")


def terminations(times: int = 50) -> int:
    """daemon-05: SIGTERM at random points of crawl and send."""
    with on_a_server(copies=100, slow=0.1) as desk:
        for _ in range(times):
            interrupt(desk, random.uniform(0, 1.5))
        finish(desk)
    return times


def kills(times: int = 15) -> int:
    """kill -9 with a database of one's own, where claims lapse; the clock of the dead is put forward."""
    with on_a_server(copies=50, slow=0.1) as desk:
        for _ in range(times):
            kill(desk, random.uniform(0, 2))
            desk.lapse()
        finish(desk)
    return times


def embedded_kills(times: int = 6) -> int:
    """kill -9 with the embedded Postgres, where whoever comes next knows that nobody is left."""
    with a_desk(copies=30, slow=0.1) as desk:
        for _ in range(times):
            kill(desk, random.uniform(0, 3))
            desk.ask_for_digests()
        with desk.start("run"):
            pause(5)
        wait_until(lambda: desk.run("crawl").code == 0 and stored(desk) == published(desk), 60)
        assert desk.run("digest").code == 0
        assert_promise(desk)
    return times


def a_wire_that_hangs() -> int:
    """daemon-05: each page takes longer than anybody waits."""
    with on_a_server(copies=1, slow=90) as desk, desk.start("run") as daemon:
        wait_until(lambda: desk.wire.hits)
        code, took = daemon.leaves()
        assert (code, took < 30) == (0, True), took
    return 1


def postgres_away(times: int = 2) -> int:
    """SIGTERM while Postgres is away, with crawls in flight that wait for it."""
    for _ in range(times):
        with a_desk(copies=10, slow=0.1) as desk, embedded.start(desk.folder / "server") as server:
            desk.database_url = server.url
            with desk.start("run") as daemon:
                wait_until(lambda: "watching" in daemon.said())
                pause(random.uniform(0, 2))
                server.stop()
                wait_until(lambda: "schedule waits" in daemon.said(), 60)
                code, took = daemon.leaves()
                assert (code, took < 30) == (0, True), took
    return times


def a_takeover() -> int:
    """daemon-02: kill -9 of the leader with claims in its hands, and nothing done to the clock."""
    with on_a_server(copies=1, slow=3) as desk, desk.start("run") as first, desk.start("run") as second:
        wait_until(lambda: desk.rows("select from source where claimed_by is not null"))
        began = time.monotonic()
        first.leaves(signal.SIGKILL)
        desk.wire.slow = 0
        wait_until(lambda: stored(desk) == published(desk), 60)
        print(f"  taken over after {time.monotonic() - began:.0f} s")
        assert second.leaves()[0] == 0
    return 1


@contextmanager
def on_a_server(*, copies: int, slow: float) -> Iterator[Desk]:
    """A desk with a database of its own on a server that outlives its processes."""
    with tempfile.TemporaryDirectory(prefix="wirewatch-storm-") as name:
        Path(name).chmod(0o711)
        with embedded.start(Path(name)) as server, a_desk(server.url, copies=copies, slow=slow) as desk:
            with psycopg.connect(server.url, autocommit=True) as connection:
                connection.execute("alter system set fsync = off")
            assert desk.run("migrate").code == 0
            desk.configure(readers=READERS)
            yield desk


STORMS: tuple[Callable[[], int], ...] = (terminations, kills, embedded_kills, a_wire_that_hangs, postgres_away, a_takeover)


def main() -> None:
    """Run every storm, or those named; the seed makes a run repeatable as far as the machine's pace allows."""
    seed = random.randrange(1 << 32)
    random.seed(seed)
    print(f"seed {seed}")
    for storm in STORMS:
        if not sys.argv[1:] or storm.__name__ in sys.argv[1:]:
            began = time.monotonic()
            print(f"{storm.__name__}: {storm()} times, {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
