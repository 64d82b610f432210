"""monitor.crawls: a crawl on demand tells the same of itself as the account does."""

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pytest
from desk import NOON, Clock, a_story, a_watch, an_entry, answers, fails, shows
from ledger import gapped, sighted

from monitor import crawls, fatesview
from monitor.accounts import Fates
from monitor.crawls import Crawl
from monitor.database import Database
from monitor.tally import Tally
from monitor.watch import Watch
from spiders.order import Page, Poll
from spiders.source import Source

WIRE = Source(id="wire", feed="https://wire.example.org/rss.xml")
MINUTE = timedelta(minutes=1)


async def crawled(watch: Watch, clock: Clock) -> Crawl:
    """A crawl in which one page is read, one fails, one is not fetched, one is no story, and one entry was known."""
    await answers(watch, Poll(source=WIRE), an_entry("old"))
    await sighted(watch.database, "new", at=clock.at)
    began, tally = clock.advance(minutes=1), Tally()
    entries = [
        an_entry(name, title) for name, title in (("old", "Dockers strike"), ("one", "A"), ("two", "B"), ("three", "C"), ("four", ""))
    ]
    for order in await answers(watch, Poll(source=WIRE), *entries, tally=tally):
        assert isinstance(order, Page)
        if order.entry.guid == "one":
            await shows(watch, order, a_story("one"), tally)
        elif order.entry.guid in ("two", "four"):
            await fails(watch, order)
    async with watch.database.connection() as connection:
        return await crawls.crawl(connection, {"wire": tally}, since=began, until=clock.advance(minutes=1))


async def test_a_crawl_says_what_the_account_says(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock, sources=(WIRE,))

    told = await crawled(watch, clock)

    assert told.lines == (
        Fates(
            source="wire", listed=5, new=2, changed=0, seen=1, refused=1, pending=1, read=2, headline_only=1, merged=0, copies=0, matched=1
        ),
    )
    assert asdict(told.total) == asdict(told.lines[0]) | {"source": ""}


async def test_a_crawl_tells_of_the_gaps_that_it_noticed_or_filled(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await a_watch(database, tmp_path, sources=(WIRE,))
    await gapped(database, start=NOON - 9 * MINUTE, end=NOON - 5 * MINUTE)
    await gapped(database, start=NOON - 3 * MINUTE, end=NOON, filled_by="sitemap", stories=4)
    await gapped(database, start=NOON, end=NOON + MINUTE)

    async with database.connection() as connection:
        told = await crawls.crawl(connection, {"wire": Tally(error="late")}, since=NOON, until=NOON + MINUTE)
    fatesview.crawled(told)

    [row] = told.rows
    assert [gap["filled_by"] for gap in row["gaps"]] == ["sitemap", None]  # type: ignore[attr-defined]
    shown = capsys.readouterr()
    assert "gap: wire: 2026-11-23 11:57 – 2026-11-23 12:00 UTC, filled by its sitemap, 4 entries\n" in shown.out
    assert "gap: wire: 2026-11-23 12:00 – 2026-11-23 12:01 UTC, noticed, not filled\n" in shown.out
    assert (shown.out.count("gap: "), shown.err) == (2, "wire: late\n")
