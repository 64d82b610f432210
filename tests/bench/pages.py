"""What a page costs from the wire to the store, beside bare Scrapy that only fetches it, and news-please that only reads it.

Both crawlers run in this one process, turn by turn, on the same pages and settings. Of each the median of its rounds is shown, and
the median of its ratios to the other, each of one round: a busy machine is as busy for both sides of a round.
"""

import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from ipaddress import ip_network
from pathlib import Path
from statistics import median

from alerts.recipient import Recipient
from alerts.rules import preset
from monitor.config import Settings
from monitor.ondemand import collect_now
from monitor.program import opened
from monitor.tally import Tally
from monitor.watch import Watch
from spiders.crawl import Crawler, crawling
from spiders.source import Selectors, Source
from tests.bench import bare
from tests.bench.cost import Cost, postmaster_of
from tests.bench.wire import SELECTORS, served

ROUNDS = 5
BARE, KNOWN, UNKNOWN = "bare Scrapy, fetch only", "wirewatch, wire with selectors", "wirewatch, unknown wire"
#: Pages of one round.
PAGES = {BARE: 2000, KNOWN: 2000, UNKNOWN: 200}
RULES = (preset("dprk"), preset("anniversary"))


async def main(news_please: float | None) -> None:
    """Run the rounds and print the table; ``news_please`` is what that takes to read one of these pages, in seconds."""
    with folder() as home, served() as url:
        show(await measure(bench_settings(home, url), url), news_please)


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="wirewatch-bench-") as name:
        Path(name).chmod(0o711)  # as root the server runs as another user
        yield Path(name)


async def measure(settings: Settings, url: str) -> Mapping[str, list[Cost]]:
    costs: dict[str, list[Cost]] = {side: [] for side in PAGES}
    async with opened(settings) as watch, crawling(contact=settings.contact, allow=settings.allow) as crawler:
        postmaster = await postmaster_of(watch)
        for number in range(ROUNDS + 1):
            for side in costs:
                before = Cost.so_far(postmaster)
                await work(side, number, url, watch, crawler)
                if number:  # the first loads what is loaded once
                    costs[side].append(Cost.so_far(postmaster).since(before))
    return costs


async def work(side: str, number: int, url: str, watch: Watch, crawler: Crawler) -> None:
    """One round of one side: a feed and its pages. Fails when one is missing."""
    pages = PAGES[side]
    if side == BARE:
        folder = f"{url}/{number}/{pages}"
        fetched = await bare.fetch([f"{folder}/rss", *(f"{folder}/{page}" for page in range(pages))])
        assert fetched == pages + 1, fetched
        return
    source = source_id(side, number)
    tally = (await collect_now(watch, crawler, [source], quietly))[source]
    assert (tally.new, tally.read) == (pages, pages), tally


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
    return Source(id=id, feed=f"{url}/{id}/{PAGES[side]}/rss", selectors=SELECTORS if side == KNOWN else Selectors())


def show(costs: Mapping[str, list[Cost]], news_please: float | None) -> None:
    """Print the table."""
    floor = together(costs, BARE)
    print(f"CPU ms a page from the wire to the store; {PAGES[KNOWN]} pages a round, {PAGES[UNKNOWN]} of the unknown wire,")
    print(f"medians of {ROUNDS} rounds, sides by turns; x bare is the median of each round's own ratio\n")
    print(f"{'':32}{'event loop':>12}{'readers':>10}{'together':>10}{'x bare':>8}{'Postgres, apart':>18}")
    for side, rounds in costs.items():
        ours, readers, postgres = (
            per_page(side, median(getattr(each, part) for each in rounds)) for part in ("ours", "readers", "postgres")
        )
        both = together(costs, side)
        ratio = median(mine / bare for mine, bare in zip(both, floor, strict=True))
        print(f"{side:32}{ours:12.2f}{readers:10.2f}{median(both):10.2f}{ratio:8.1f}{postgres:18.2f}")
    if news_please is None:
        print("news-please could not be installed, and is not compared")
    else:
        cost, known = news_please * 1000, median(together(costs, KNOWN))
        print(f"{'news-please, read only':32}{'':22}{cost:10.2f}{cost / median(floor):8.1f}")
        print(f"\nA wire with selectors, all told, costs 1/{cost / known:.1f} of what news-please takes only to read it.")


def together(costs: Mapping[str, list[Cost]], side: str) -> list[float]:
    """What a page costs in each round, in milliseconds."""
    return [per_page(side, cost.ours + cost.readers) for cost in costs[side]]


def per_page(side: str, seconds: float) -> float:
    return seconds / PAGES[side] * 1000
