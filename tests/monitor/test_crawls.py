"""monitor.crawls: a crawl on demand tells the same of itself as the account does."""

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pytest
from desk import NOON, Clock, a_story, a_watch, an_entry, answers, fails, shows
from ledger import gapped, sighted

from monitor import crawls
from monitor.accounts import Fates
from monitor.commands import fatesview
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


NO_HOST = "CannotResolveHostError: DNS lookup failed: no results for hostname lookup: wire.example.org."


@pytest.mark.parametrize(
    ("errors", "reached_none"),
    [
        ([NO_HOST, NO_HOST], True),
        ([NO_HOST, "DownloadTimeoutError: https://other.example.org took longer than 30 s"], True),
        ([NO_HOST, "the server answered 500"], False),
        ([NO_HOST, None], False),
        ([NO_HOST], False),  # that may be the fault of its address
    ],
)
async def test_where_no_source_is_reached_it_is_said_once_with_what_to_do(
    database: Database, capsys: pytest.CaptureFixture[str], errors: list[str | None], reached_none: bool
) -> None:
    tallies = {f"wire{number}": Tally(error=error) for number, error in enumerate(errors)}
    async with database.connection() as connection:
        told = await crawls.crawl(connection, tallies, since=NOON, until=NOON + MINUTE)
    fatesview.crawled(told)

    shown = capsys.readouterr()
    assert told.reached_none == reached_none
    assert shown.err.count("\n") == (0 if reached_none else len(list(filter(None, errors))))
    once = f"None of the 2 sources could be reached: is this machine on the network? wire0: {NO_HOST}\nLook at its network, "
    assert shown.out.startswith(once) == reached_none


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
