"""``python -m tests.bench.polls``: what a poll that finds nothing new costs through the whole daemon path, beside bare Scrapy.

    schedule's tick → claim → a job of 50 in the queue → worker → poll, answered 304 → account

Both sides ask the same server the same 10,000 questions in this one process, by turns; Postgres's own share stands apart.
"""

import asyncio
import gc
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from statistics import median

import psutil

from monitor import jobs
from monitor.config import Settings
from monitor.program import opened
from monitor.schedule import Schedule
from monitor.watch import Watch
from spiders.crawl import Crawler, crawling, run
from spiders.source import Source
from tests.bench import bare
from tests.bench.cost import Cost, postmaster_of
from tests.bench.share import profiled, shares
from tests.bench.wire import ETAG, served

SOURCES, ROUNDS = 1000, 10
EVERY = timedelta(minutes=5)
BEGAN = datetime.now(UTC) + EVERY
BARE, DAEMON = "bare Scrapy, 304s only", "wirewatch, tick to account"


async def main(folder: Path, url: str) -> None:
    settings = bench_settings(folder, url)
    costs: dict[str, list[Cost]] = {BARE: [], DAEMON: []}
    memory: list[float] = []
    async with opened(settings) as watch, crawling(contact=settings.contact, allow=settings.allow) as crawler:
        postmaster = await postmaster_of(watch)
        async with working(watch, crawler) as schedule:
            await visit(watch, schedule, 0)  # the first answers are whole
            for number in range(1, ROUNDS + 1):
                for side in costs:
                    before = Cost.so_far(postmaster)
                    await (fetch(url) if side == BARE else visit(watch, schedule, number))
                    costs[side].append(Cost.so_far(postmaster).since(before))
                memory.append(resident())
            await check(watch)
            with profiled() as spent:
                await visit(watch, schedule, ROUNDS + 1)
    show(costs, memory)
    print(f"of a poll's time in this process: {shares(spent)}")


async def fetch(url: str) -> None:
    answered = await bare.fetch([f"{url}/{number}/still" for number in range(SOURCES)], etag=ETAG)
    assert answered == SOURCES, answered


async def visit(watch: Watch, schedule: Schedule, number: int) -> None:
    """Let every source be due once, and wait until each was asked."""
    watch.clock = lambda: BEGAN + number * EVERY
    await schedule.tick(watch.clock())
    claimed = "select count(*) from source where claimed_by is not null"
    while await _count(watch, claimed):  # noqa: ASYNC110 - the database knows, nobody here does
        await asyncio.sleep(0.2)


async def check(watch: Watch) -> None:
    polls = await _count(watch, "select sum(polls) from account")
    unchanged = await _count(watch, "select sum(unchanged) from account")
    assert (polls, unchanged) == (SOURCES * (ROUNDS + 1), SOURCES * ROUNDS), (polls, unchanged)


@asynccontextmanager
async def working(watch: Watch, crawler: Crawler) -> AsyncIterator[Schedule]:
    """A schedule whose ticks we make, and the worker that takes its jobs, as in the daemon."""
    async with jobs.app.open_async(watch.database.pool):
        context = {"watch": watch, "crawler": crawler}
        worker = asyncio.create_task(
            jobs.app.run_worker_async(concurrency=20, install_signal_handlers=False, delete_jobs="successful", additional_context=context)
        )
        try:
            yield Schedule(watch)
        finally:
            worker.cancel()
            await asyncio.wait((worker,))


def bench_settings(folder: Path, url: str) -> Settings:
    source = Source(id="still", feed="", every=EVERY, level="headline")
    return Settings(
        path=folder / "wirewatch.toml",
        data_dir=folder / "data",
        outbox=folder / "outbox",
        sources=tuple(replace(source, id=f"still-{number}", feed=f"{url}/{number}/still") for number in range(SOURCES)),
        contact="bench@example.org",
        allow=(ip_network("127.0.0.1/32"),),
    )


async def _count(watch: Watch, query: str) -> int:
    async with watch.database.connection() as connection:
        row = await (await connection.execute(query)).fetchone()  # type: ignore[call-overload]
    return int(row[0] or 0)


def resident() -> float:
    gc.collect()
    return psutil.Process().memory_info().rss / (1 << 20)


def show(costs: dict[str, list[Cost]], memory: list[float]) -> None:
    """Print the table."""
    floor = per_poll([cost.ours for cost in costs[BARE]])
    print(f"\nCPU ms a poll; {SOURCES * ROUNDS:,} polls of {SOURCES:,} sources, all answered 304, median of {ROUNDS} rounds\n")
    print(f"{'':32}{'this process':>14}{'x bare':>8}{'Postgres, apart':>18}")
    for side, rounds in costs.items():
        ours, postgres = (per_poll([getattr(cost, part) for cost in rounds]) for part in ("ours", "postgres"))
        print(f"{side:32}{ours:14.2f}{ours / floor:8.1f}{postgres if side == DAEMON else 0:18.2f}")
    quarters = [memory[round(len(memory) * part / 4) - 1] for part in (1, 2, 3, 4)]
    print(f"\nmemory at 25, 50, 75, 100 % of the polls, both sides': {', '.join(f'{each:.0f}' for each in quarters)} MiB")


def per_poll(seconds: list[float]) -> float:
    return median(seconds) / SOURCES * 1000


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="wirewatch-bench-") as name, served() as url:
        Path(name).chmod(0o711)  # as root the server runs as another user
        run(main(Path(name), url))
