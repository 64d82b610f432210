"""Trials: a source is asked once, a few of its pages are read, and nothing is stored."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from spiders.crawl import Crawler
from spiders.entry import Entry
from spiders.extract import NotAStory, from_entry
from spiders.order import Answer, FeedRead, FeedUnchanged, PacketRefused, Page, PageFailed, PageRead, Poll, PollFailed, Result
from spiders.source import Source
from spiders.story import Story

#: Stories that are read of one source.
MOST = 10


@dataclass(kw_only=True, slots=True)
class Trial:
    """What came of asking a source once."""

    source: Source
    entries: tuple[Entry, ...] = ()
    stories: list[Story] = field(default_factory=list)
    #: What went wrong, in order.
    errors: list[str] = field(default_factory=list)
    #: What answered in place of a list.
    answer: Answer | None = None
    #: How far the server's clock is ahead of ours, to the second; None: it does not say what time it is.
    ahead: timedelta | None = None
    #: Seconds until the list was read, and in all.
    listed_after: float = 0.0
    took: float = 0.0


async def tried(crawler: Crawler, source: Source, *, most: int = MOST) -> Trial:
    """Ask the first rung of a source, and read ``most`` of its stories; an index of sitemaps is followed once."""
    trial = Trial(source=source)
    began = time.monotonic()
    further = await _polled(crawler, trial, Poll(source=source), most, began)
    if further and not trial.entries:
        await _polled(crawler, trial, Poll(source=source, at=further[0]), most, began)
    trial.took = time.monotonic() - began
    return trial


async def read_page(crawler: Crawler, url: str) -> Trial:
    """Read one page as a story of an unknown wire."""
    trial = Trial(source=Source(id="page", feed=url))
    began = time.monotonic()

    async def keep(result: Result) -> Iterable[Page]:
        if isinstance(result, PollFailed) and result.answer and result.answer.status == 200:
            return [Page(source=trial.source, entry=Entry(url=url, guid=url))]
        _take(trial, result)
        return ()

    await crawler.poll(Poll(source=trial.source), keep)
    trial.took = time.monotonic() - began
    return trial


async def _polled(crawler: Crawler, trial: Trial, poll: Poll, most: int, began: float) -> tuple[str, ...]:
    further: tuple[str, ...] = ()

    async def keep(result: Result) -> Iterable[Page]:
        nonlocal further
        _take(trial, result)
        if not isinstance(result, FeedRead):
            return ()
        trial.listed_after = time.monotonic() - began
        further = result.further
        return _pages(trial, most)

    await crawler.poll(poll, keep)
    return further


def _take(trial: Trial, result: Result) -> None:
    if trial.ahead is None and not isinstance(result, FeedUnchanged | PacketRefused) and result.answer:
        trial.ahead = ahead(result.answer, datetime.now(UTC))
    match result:
        case FeedRead():
            trial.entries = tuple(trial.source.stories(result.entries))
        case PageRead():
            trial.stories.append(_dated(result.story, result.order.entry))
        case PollFailed():
            trial.answer = result.answer if result.answer and result.answer.status == 200 else None
            trial.errors.append(result.error)
        case PageFailed():
            trial.errors.append(f"{result.order.url}: {result.error.removeprefix(f'{result.order.url}: ')}")


def _dated(story: Story, entry: Entry) -> Story:
    """A page's story with the date of its list, where the page names none: so it is stored."""
    return story if story.published_at else replace(story, published_at=entry.published_at)


def ahead(answer: Answer, now: datetime) -> timedelta | None:
    """How far the clock of who answered is ahead of ``now``; None when its Date cannot be read, or a cache answered for it."""
    headers = {name.lower(): value for name, value in answer.headers}
    if headers.get("age", "0").strip() != "0":
        return None  # RFC 9111, 5.1: Date is then of when the origin was asked
    try:
        said = parsedate_to_datetime(headers["date"])
    except (KeyError, ValueError, OverflowError):
        return None
    return said.replace(tzinfo=said.tzinfo or UTC) - now


def _pages(trial: Trial, most: int) -> list[Page]:
    """The pages to fetch; of a wire whose pages are never asked for, the stories as the list tells them."""
    if trial.source.level == "full":
        return [Page(source=trial.source, entry=entry) for entry in trial.entries if entry.url][:most]
    for entry in trial.entries[:most]:
        try:
            trial.stories.append(from_entry(entry, source=trial.source))
        except NotAStory as exc:
            trial.errors.append(str(exc))
    return []
