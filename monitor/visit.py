"""Visit: one poll of a source, from what it is asked to what is noted of it when its last page is stored."""

import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from alerts.plain import plain
from monitor import sources
from monitor.claims import Visit
from monitor.database import Database, StoreUnavailable
from monitor.lease import Lease
from monitor.sources import Standing
from monitor.tally import Tally
from spiders.order import CrawlBroken, CrawlStopped, FeedUnchanged, Order, Poll, PollFailed, Result
from spiders.source import Source

if TYPE_CHECKING:  # most commands never crawl, and do without Scrapy
    from spiders.crawl import Crawler

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Visiting:
    """Visits the sources of one batch, for as long as its lease holds them."""

    crawler: "Crawler"
    database: Database
    clock: Callable[[], datetime]
    lease: Lease
    #: Stores what came of a poll or a page; what is to be asked next.
    keep: Callable[[Result, Tally], Awaitable[Iterable[Order]]]

    async def visit(self, poll: Poll, tally: Tally, *, busy: bool) -> Visit:
        """Poll a source and read its pages; return when the last is stored. ``busy``: there is work though its list is as it was.

        What fails is noted on the source. Raise StoreUnavailable, CrawlStopped, CrawlBroken: then all that is under way has failed.
        """
        began, answers = self.clock(), list[Result]()

        async def keep(result: Result) -> Iterable[Order]:
            answers[:] = answers or [result]
            # Most polls find nothing new: those are noted together when they are over.
            return () if isinstance(result, FeedUnchanged) and not busy else await self.keep(result, tally)

        try:
            await self.crawler.poll(poll, keep, lambda: self.lease.holds(poll.source.id, self.clock()))
        except (StoreUnavailable, CrawlStopped, CrawlBroken):
            raise
        except Exception as exc:
            # What the store cannot take it cannot take in a second either: it counts as a failure, shows, and backs off.
            log.exception("poll failed code=poll-failed source=%s", poll.source.id)
            tally.error = f"{type(exc).__name__}: {exc}"
            async with self.database.connection() as connection:
                await sources.failed(connection, poll.source.id, error=tally.error, now=self.clock())
        self._say(poll, tally, began)
        return _visit(poll.source, began, answers, tally)

    def _say(self, poll: Poll, tally: Tally, began: datetime) -> None:
        log.log(
            logging.INFO if tally.new or tally.changed or tally.error else logging.DEBUG,
            "crawled source=%s new=%d changed=%d seen=%d read=%d headline_only=%d refused=%d due=%d took=%.1fs%s",
            *(poll.source.id, tally.new, tally.changed, tally.seen, tally.read, tally.headline_only, tally.refused, tally.due),
            *((self.clock() - began).total_seconds(), f" error={plain(tally.error)!r}" if tally.error else ""),
        )


def question(source: Source, known: Standing, now: datetime) -> Poll:
    """What to ask a source; with the validators of its last answer, unless it is time to look at the list itself."""
    if not known.may_trust(now):
        return Poll(source=source, digest=known.digest)
    return Poll(source=source, etag=known.etag, modified=known.modified, digest=known.digest)


def _visit(source: Source, began: datetime, answers: list[Result], tally: Tally) -> Visit:
    first = answers[0] if answers else None
    is_unchanged = isinstance(first, FeedUnchanged) and not tally.error
    return Visit(
        id=source.id,
        began_at=began,
        unchanged=is_unchanged,
        whole=is_unchanged and isinstance(first, FeedUnchanged) and first.whole,
        retry_after=first.retry_after if isinstance(first, PollFailed) else None,
    )
