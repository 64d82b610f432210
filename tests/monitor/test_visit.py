"""monitor.visit: one poll, from what it is asked to what is noted of it."""

from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from collecting import a_source, watching
from desk import NOON, Clock, rows

from monitor.claims import Visit
from monitor.database import StoreError
from monitor.lease import Lease
from monitor.sources import Standing
from monitor.tally import Tally
from monitor.visit import Visiting, question
from spiders.order import FeedUnchanged, Order, Poll, Result
from spiders.source import Source
from tests.spiders.hostile import hostile, text

BODY = "<rss version='2.0'><channel></channel></rss>"


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("busy", [False, True])
async def test_a_list_that_is_as_it_was_counts_as_such_unless_what_is_to_be_done_with_it_fails(
    reactor: None, database_url: str, tmp_path: Path, busy: bool
) -> None:
    kept = list[Result]()

    async def refuse(result: Result, tally: Tally) -> Iterable[Order]:
        kept.append(result)
        raise StoreError("Postgres refused: too long")

    with hostile() as wire:
        source = a_source("wire", wire.on("/rss", text(BODY)))
        async with watching(database_url, tmp_path, source, clock=Clock()) as (watch, crawler):
            lease = Lease(["wire"], at=NOON)
            visiting = Visiting(crawler=crawler, database=watch.database, clock=watch.clock, lease=lease, keep=refuse)
            tally = Tally()
            poll = Poll(source=source, digest=sha256(BODY.encode()).digest())

            visit = await visiting.visit(poll, tally, busy=busy)

            unchanged = not busy
            assert visit == Visit(id="wire", began_at=NOON, unchanged=unchanged, whole=unchanged, retry_after=None)
            assert kept == ([FeedUnchanged(order=poll, whole=True)] if busy else [])
            assert tally.error == ("StoreError: Postgres refused: too long" if busy else None)
            assert await rows(watch, "select failures, error from source") == [(int(busy), tally.error)]


@pytest.mark.parametrize(("hours", "lies", "go"), [(5, False, True), (7, False, False), (5, True, False)])
def test_validators_go_along_until_it_is_time_to_look_at_the_list_itself(hours: int, lies: bool, go: bool) -> None:
    source = Source(id="wire", feed="https://wire.example.org/rss")
    known = Standing(
        id="wire",
        etag='"7"',
        modified="Mon",
        digest=b"7",
        full_at=NOON - timedelta(hours=hours),
        lies=lies,
        began_at=NOON,
        listed_at=None,
        newest_at=None,
        audited_on=None,
        pending=False,
        has_gap=False,
    )

    validators = {"etag": '"7"', "modified": "Mon"} if go else {}
    assert question(source, known, NOON) == Poll(source=source, digest=b"7", **validators)
