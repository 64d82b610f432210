"""`make machines`: schedulers and workers on one Postgres, as on several machines; one is killed, one is frozen. Four minutes.

Ends with an assertion, or with the figures. They are those of all processes on the cores of one machine, the wire's and Postgres's too.
"""

import json
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil

from monitor import embedded
from monitor.claims import CLAIM_TIME
from tests.manyhosts import ETAG, address, figures, many_hosts
from tests.processes import Desk, Running, a_desk, wait_until

SOURCES, HOSTS = 2000, 200
#: Seconds between two polls of a source, while one worker is dead and another frozen.
PACE = 60
#: Seconds for which polls are counted with one, two and three workers; for which a worker is frozen.
MEASURED, FROZEN = 15, 60
#: Seconds that workers may take until all of them are busy.
WARM = 5


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="wirewatch-machines-") as name, many_hosts(HOSTS) as (port, wire):
        Path(name).chmod(0o711)  # as root the server runs as another user
        with embedded.start(Path(name)) as server, a_desk(server.url) as desk:
            desk.configure(configuration(port, every="1s"))
            with machines(desk, workers=0):
                # As if each had been polled once: what a poll that finds nothing new costs is asked here.
                desk.rows("update source set etag = %s, full_at = now(), listed_at = now()", ETAG)
            postgres = desk.rows("select pid from pg_stat_activity where backend_type = 'checkpointer'")[0][0]
            throughput(desk, port, {"wire": wire, "Postgres": psutil.Process(postgres).ppid()})
            desk.configure(configuration(port, every=f"{PACE}s"))
            takeover(desk, port)


def throughput(desk: Desk, port: int, others: dict[str, int]) -> None:
    """Polls a second of one, two and three workers, every source being due at any moment."""
    print(f"{SOURCES} sources on {HOSTS} hosts; {psutil.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start\n")
    for workers in (1, 2, 3):
        with machines(desk, workers=workers) as (scheduler, *working):
            time.sleep(WARM)
            roles = {"workers": [each.process.pid for each in working], "scheduler": [scheduler.process.pid]}
            roles |= {name: [pid] for name, pid in others.items()}
            before = spent(roles)
            figures(port)
            time.sleep(MEASURED)
            seen, after = figures(port), spent(roles)
        assert seen.twice == seen.host_twice == 0, seen
        shares = ", ".join(f"{name} {(after[name] - before[name]) / seen.polls * 1000:.1f}" for name in roles)
        print(f"{workers} workers: {seen.polls / MEASURED:4.0f} polls a second; ms of CPU a poll: {shares}", flush=True)


def takeover(desk: Desk, port: int) -> None:
    """Of three workers one is killed and one frozen while both poll, and the leading scheduler is killed when the frozen one wakes."""
    with machines(desk, schedulers=2, workers=3) as (first, second, dead, frozen, _):
        desk.rows("update source set next_poll_at = now() + random() * %s * interval '1 second'", PACE)
        time.sleep(PACE + WARM)
        figures(port)
        # All that is claimed when they are gone; what is left of it after a while is theirs.
        frozen.process.send_signal(signal.SIGSTOP)
        dead.process.kill()
        gone_at = time.monotonic()
        held = desk.rows("select distinct claimed_by from source where claimed_by is not null")
        batches = [batch for (batch,) in held]
        wait_until(lambda: desk.rows("select from source where claimed_by = any(%s)", batches) == [], 90)
        print(f"\nafter kill -9 and SIGSTOP all is taken over within {time.monotonic() - gone_at:.0f} s (claims: {CLAIM_TIME.seconds} s)")
        silent = [each["pid"] for each in members(desk) if not each["alive"]]
        assert sorted(silent) == sorted([dead.process.pid, frozen.process.pid]), silent
        show(desk)

        time.sleep(max(gone_at + FROZEN - time.monotonic(), 0))
        leader = next(each for each in (first, second) if is_leading(desk, each))
        frozen.process.send_signal(signal.SIGCONT)
        leader.process.kill()
        killed_at = time.monotonic()
        (other,) = {first, second} - {leader}
        wait_until(lambda: is_leading(desk, other), 60)
        print(f"after kill -9 of the leading scheduler the other leads within {time.monotonic() - killed_at:.0f} s, as status says")
        time.sleep(PACE)
        seen = figures(port)
        wait_until(lambda: member(desk, frozen)["alive"])
        print(f"{seen.polls} polls, {seen.twice} of a source that was being polled, {seen.host_twice} of such a host")
        print(f"the longest time between two polls of a source: {seen.longest:.0f} s, its pace is {PACE} s")
        assert (seen.twice, seen.host_twice, seen.sources) == (0, 0, SOURCES), seen
        assert seen.longest <= 2 * PACE, seen


@contextmanager
def machines(desk: Desk, *, schedulers: int = 1, workers: int) -> Iterator[list[Running]]:
    """So many processes, and at the end none; what is claimed then is due again."""
    with ExitStack() as stack:
        parts = ["scheduler"] * schedulers + ["worker"] * workers
        running = [stack.enter_context(desk.start(part)) for part in parts]
        for each in running:
            wait_until(lambda each=each: "watching" in each.said(), 120)
        yield running
        for each in running:
            each.process.send_signal(signal.SIGCONT)
            each.process.terminate()
        for each in running:
            each.process.wait(60)
    desk.rows("update source set claimed_by = null, claimed_until = null where claimed_by is not null")
    desk.rows("delete from procrastinate_jobs")


def members(desk: Desk) -> list[dict[str, Any]]:
    """Who is at work, as `wirewatch status` says."""
    return list(json.loads(desk.run("status", "--json").out)["members"])


def member(desk: Desk, running: Running) -> dict[str, Any]:
    return next(each for each in members(desk) if each["pid"] == running.process.pid)


def is_leading(desk: Desk, running: Running) -> bool:
    return desk.rows("select leads from member where pid = %s", running.process.pid) == [(True,)]


def show(desk: Desk) -> None:
    """Print the processes as `wirewatch status` shows them."""
    table = desk.run("status").out.partition("\nprocess ")[2].partition("\n\n")[0]
    print(f"process {table}")


def spent(roles: dict[str, list[int]]) -> dict[str, float]:
    """Seconds of CPU that each role took so far, its children's among them."""
    return {role: sum(map(_cpu, pids)) for role, pids in roles.items()}


def _cpu(pid: int) -> float:
    found = psutil.Process(pid)
    times = [each.cpu_times() for each in (found, *found.children(recursive=True))]
    return sum(each.user + each.system for each in times) + found.cpu_times().children_user + found.cpu_times().children_system


def configuration(port: int, *, every: str) -> str:
    """All the sources, headlines only, and nobody to tell."""
    lines = ['[fetch]\nallow = ["127.0.0.0/8"]\ncontact = "desk@example.org"']
    for number in range(SOURCES):
        feed = f"http://{address(number % HOSTS)}:{port}/{number // HOSTS}"
        lines.append(f'[[source]]\nid = "s{number}"\nfeed = "{feed}"\nevery = "{every}"\nlevel = "headline"\ncopies = false')
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
