"""`make faults`: Postgres restarted, stopped and out of disk under whole processes, and one asleep.

The quick half is tests/monitor/test_store_faults.py.

Ends with an assertion, or with a line for each fault. About five minutes; the disk is a small one in memory, which only root may mount.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import psycopg

from monitor import embedded
from monitor.postmaster import Postmaster
from tests.daemons import assert_promise, nothing_left, published, stored
from tests.processes import Desk, a_desk, wait_until

READERS = ("ann@example.org", "bo@example.org")
#: Megabytes of the disk; the cluster takes some 40 of them.
DISK = 64


def store_02_restarts() -> str:
    """Postgres is restarted five times while a daemon crawls, then away for long enough that a pool's patience has grown."""
    with a_desk(copies=60, slow=0.02) as desk, a_server(desk) as postmaster, desk.start("run") as daemon:
        for away in (0, 0, 0, 0, 40):
            time.sleep(2)
            postmaster.stop()
            time.sleep(away)
            postmaster.start(alone=True)
        back, began = desk.rows("select now()")[0][0], time.monotonic()
        wait_until(lambda: desk.rows("select from source where polled_at > %s", back), 60)
        took = time.monotonic() - began
        finish(desk)
        assert daemon.leaves()[0] == 0
        assert_promise(desk)
    return f"polls again {took:.0f} s after it came back"


def store_04_silence() -> str:
    """Every backend of a daemon is stopped for a minute; then once more, and it is told to leave."""
    with a_desk(copies=60, slow=0.02) as desk, a_server(desk):
        with desk.start("run") as daemon:
            wait_until(lambda: stored(desk))
            with stopped(desk):
                time.sleep(60)
                assert "it said nothing for" in daemon.said(), daemon.said()
                assert daemon.process.poll() is None
            finish(desk)
            desk.rows("update source set next_poll_at = now()")
            with stopped(desk):
                time.sleep(1)
                code, took = daemon.leaves()
            assert (code, took < 30) == (0, True), (code, took, daemon.said())
        assert_promise(desk)
    return f"told to leave over silent connections, it left in {took:.0f} s"


def store_05_full_disk() -> str:
    """The disk of a Postgres of one's own is filled while a daemon crawls, and has room again a while later."""
    with a_small_disk() as disk, a_desk(copies=60, slow=0.02) as desk, a_server(desk, disk), desk.start("run") as daemon:
        wait_until(lambda: stored(desk))
        fill(disk)
        wait_until(lambda: "No space left on device" in daemon.said(), 60)
        desk.wire.edition = 2
        time.sleep(20)
        told = desk.run("status")
        assert told.code == 1, told
        assert "disk full: " in told.out + told.err, told
        assert daemon.process.poll() is None
        assert "trace=" not in daemon.said(), daemon.said()
        (disk / "ballast").unlink()
        finish(desk)
        assert daemon.leaves()[0] == 0
        assert_promise(desk)
    return "said so, lived, and went on by itself"


def store_05_full_disk_of_our_own() -> str:
    """The same with the embedded server, which may die of it: the daemon leaves, its next start repairs, as systemd's would."""
    with a_small_disk() as disk, a_desk(copies=60, slow=0.02) as desk:
        desk.environment = {"WIREWATCH_DATA_DIR": str(disk)}
        with desk.start("run") as daemon:
            wait_until(lambda: "crawled" in daemon.said(), 60)
            fill(disk)
            time.sleep(5)
            for server in servers(disk):  # as its own PANIC would end it, where the log of changes finds no room
                with contextlib.suppress(psutil.Error):
                    server.send_signal(signal.SIGABRT)
            code = daemon.process.wait(120)
            assert code == 1, (code, daemon.said())
            # In one of two wordings, by who sees it first.
            assert re.search("which repairs it|it is repaired then", daemon.said()), daemon.said()
        full = desk.run("run")
        assert full.code == 1, full
        (disk / "ballast").unlink()
        with desk.start("run") as daemon:
            wait_until(lambda: "watching" in daemon.said(), 60)
            assert daemon.leaves()[0] == 0
        with embedded.start(disk) as server:
            desk.database_url = server.url
            wait_until(lambda: desk.run("crawl").code == 0 and stored(desk) == published(desk), 60)
    return "it left with 1, said what to do, and its next start with room went on"


def daemon_04_asleep() -> str:
    """A daemon is stopped over a digest's time; Postgres hangs up on it meanwhile, and its claims lapse, as they would in three hours."""
    with a_desk(copies=5) as desk, a_server(desk), desk.start("run") as daemon:
        wait_until(lambda: "watching" in daemon.said() and stored(desk) == published(desk), 120)
        at = datetime.now(UTC) + timedelta(seconds=70)
        desk.configure(readers=READERS, digest=f"{at:%H:%M}")
        wait_until(lambda: "configuration taken up" in daemon.said())
        daemon.process.send_signal(signal.SIGSTOP)
        time.sleep(75)
        desk.rows("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'wirewatch' and pid <> pg_backend_pid()")
        desk.lapse()
        daemon.process.send_signal(signal.SIGCONT)
        awake, began = desk.rows("select now()")[0][0], time.monotonic()
        wait_until(
            lambda: len(desk.rows("select from run where slot = %s and closed_at is not null", f"{at:%Y-%m-%d}")) == len(READERS), 60
        )
        took = time.monotonic() - began
        wait_until(lambda: desk.rows("select min(polled_at) > %s from source", awake) == [(True,)], 90)
        assert desk.rows("select count(*) from mail group by run having count(*) > 1") == []
        assert daemon.leaves()[0] == 0
    return f"its digests were written {took:.0f} s after it woke, once, and polls went on"


def finish(desk: Desk) -> None:
    """Let the daemon do what is left."""
    wait_until(lambda: stored(desk) == published(desk), 120)
    desk.rows("update source set claimed_until = now() where claimed_by is not null")
    desk.ask_for_digests()
    wait_until(lambda: nothing_left(desk), 60)


@contextmanager
def a_server(desk: Desk, folder: Path | None = None) -> Iterator[Postmaster]:
    """A Postgres of the desk's own, outliving its processes."""
    place = folder or desk.folder / "server"
    with embedded.start(place) as server:
        desk.database_url = server.url
        desk.configure(readers=READERS)
        assert desk.run("migrate").code == 0
        yield Postmaster(place.resolve())


@contextmanager
def a_small_disk() -> Iterator[Path]:
    """A disk of 64 MB."""
    with tempfile.TemporaryDirectory(prefix="wirewatch-disk-") as name:
        Path(name).chmod(0o711)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}m,mode=711", "tmpfs", name], check=True)
        try:
            yield Path(name)
        finally:
            for server in servers(Path(name)):
                with contextlib.suppress(psutil.Error):
                    server.kill()
            time.sleep(1)
            subprocess.run(["umount", "-l", name], check=True)


def fill(disk: Path) -> None:
    """Leave no byte free."""
    with contextlib.suppress(OSError), (disk / "ballast").open("wb", buffering=0) as ballast:
        while True:
            ballast.write(bytes(4096))


def servers(folder: Path) -> list[psutil.Process]:
    """The Postgres processes at work below a folder."""
    found = psutil.process_iter(["name", "cwd"])
    return [each for each in found if each.info["name"] == "postgres" and str(each.info["cwd"] or "").startswith(str(folder.resolve()))]


@contextmanager
def stopped(desk: Desk) -> Iterator[None]:
    """Every connection of the desk's processes stays open and silent."""
    assert desk.database_url
    with psycopg.connect(desk.database_url, autocommit=True) as connection:
        query = "select pid from pg_stat_activity where application_name = 'wirewatch' and pid <> pg_backend_pid()"
        pids = [pid for (pid,) in connection.execute(query).fetchall()]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def mountable() -> bool:
    """Whether we may mount a disk in memory."""
    if os.geteuid() != 0 or not sys.platform.startswith("linux"):
        return False
    with tempfile.TemporaryDirectory() as name:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", name], check=False, capture_output=True).returncode == 0
        return mounted and subprocess.run(["umount", name], check=False).returncode == 0


FAULTS: tuple[Callable[[], str], ...] = (
    store_02_restarts,
    store_04_silence,
    store_05_full_disk,
    store_05_full_disk_of_our_own,
    daemon_04_asleep,
)


def main() -> None:
    """Run every fault, or those named."""
    for fault in FAULTS:
        if sys.argv[1:] and fault.__name__ not in sys.argv[1:]:
            continue
        if "disk" in fault.__name__ and not mountable():
            print(f"{fault.__name__}: skipped, only root may mount a small disk here", flush=True)
            continue
        began = time.monotonic()
        print(f"{fault.__name__}: {fault()}, {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
