"""``python -m tests.bench``: what a page costs from the wire to the store, beside bare Scrapy that only fetches it.

Both sides run in this one process, turn by turn, on the same pages; of each the median of its rounds is shown. Absolute times
are this machine's; the ratios are what to compare.
"""

import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from ipaddress import ip_network
from pathlib import Path
from statistics import median

import psutil

from alerts.recipient import Recipient
from alerts.rules import preset
from monitor.config import Settings
from monitor.ondemand import collect_now
from monitor.program import opened
from monitor.tally import Tally
from monitor.watch import Watch
from spiders.crawl import Crawler, crawling, run
from spiders.source import Selectors, Source
from tests.bench import bare
from tests.bench.cost import Cost
from tests.bench.wire import PAGES, served

ROUNDS = 3
BARE, KNOWN, UNKNOWN = "bare Scrapy, fetch only", "wirewatch, wire with selectors", "wirewatch, unknown wire"
SELECTORS = Selectors(headline="h1", body="div.story")
RULES = (preset("dprk"), preset("anniversary"))


async def main(folder: Path, url: str) -> None:
    settings = bench_settings(folder, url)
    costs: dict[str, list[Cost]] = {BARE: [], KNOWN: [], UNKNOWN: []}
    async with opened(settings) as watch, crawling(contact=settings.contact, allow=settings.allow) as crawler:
        postmaster = await postmaster_of(watch)
        for number in range(ROUNDS + 1):
            for side in costs:
                before = Cost.so_far(postmaster)
                await work(side, number, url, watch, crawler)
                if number:  # the first loads what is loaded once
                    costs[side].append(Cost.so_far(postmaster).since(before))
    show(costs)


async def work(side: str, number: int, url: str, watch: Watch, crawler: Crawler) -> None:
    """One round of one side: a feed and its pages. Fails when one is missing."""
    if side == BARE:
        fetched = await bare.fetch([f"{url}/{number}/rss", *(f"{url}/{number}/{page}" for page in range(PAGES))])
        assert fetched == PAGES + 1, fetched
        return
    source = source_id(side, number)
    tally = (await collect_now(watch, crawler, [source], quietly))[source]
    assert (tally.new, tally.read) == (PAGES, PAGES), tally


@asynccontextmanager
async def quietly(tallies: Mapping[str, Tally]) -> AsyncIterator[None]:
    yield


def bench_settings(folder: Path, url: str) -> Settings:
    return Settings(
        path=folder / "wirewatch.toml",
        data_dir=folder / "data",
        outbox=folder / "outbox",
        sources=tuple(a_source(side, number, url) for side in (KNOWN, UNKNOWN) for number in range(ROUNDS + 1)),
        rules=RULES,
        recipients=(Recipient(email="bench@example.org", rules=tuple(rule.id for rule in RULES)),),
        contact="bench@example.org",
        allow=(ip_network("127.0.0.1/32"),),
    )


def source_id(side: str, number: int) -> str:
    return f"{'known' if side == KNOWN else 'unknown'}-{number}"


def a_source(side: str, number: int, url: str) -> Source:
    """One per round: what was read once is not fetched again."""
    id = source_id(side, number)
    return Source(id=id, feed=f"{url}/{id}/rss", selectors=SELECTORS if side == KNOWN else Selectors())


async def postmaster_of(watch: Watch) -> psutil.Process:
    async with watch.database.connection() as connection:
        cursor = await connection.execute("select pg_backend_pid()")
        row = await cursor.fetchone()
    assert row
    parent = psutil.Process(row[0]).parent()
    assert parent
    return parent


def show(costs: Mapping[str, list[Cost]]) -> None:
    """Print the table."""
    floor = per_page([cost.ours + cost.readers for cost in costs[BARE]])
    print(f"CPU ms a page; {PAGES} pages a round, median of {ROUNDS} rounds, sides by turns\n")
    print(f"{'':32}{'event loop':>12}{'readers':>10}{'together':>10}{'x bare':>8}{'Postgres, apart':>18}")
    for side, rounds in costs.items():
        ours, readers, postgres = (per_page([getattr(cost, part) for cost in rounds]) for part in ("ours", "readers", "postgres"))
        together = per_page([cost.ours + cost.readers for cost in rounds])
        print(f"{side:32}{ours:12.2f}{readers:10.2f}{together:10.2f}{together / floor:8.1f}{postgres:18.2f}")


def per_page(seconds: list[float]) -> float:
    return median(seconds) / PAGES * 1000


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="wirewatch-bench-") as name, served() as url:
        Path(name).chmod(0o711)  # as root the server runs as another user
        run(main(Path(name), url))
