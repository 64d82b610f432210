"""What came of a page, judged before it is stored: whether it is strange, counts, or says more with its entry. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor import storyrow
from monitor.identity import Arrival
from spiders import grammar
from spiders.order import Answer, Page, PageFailed, PageRead
from spiders.source import Source
from spiders.story import Story

#: How far a wire's clock may be ahead of ours.
AHEAD = timedelta(hours=1)


def strangeness(result: PageRead | PageFailed) -> str:
    """Why a page could not be read as it should be; "" where it could."""
    if isinstance(result, PageFailed):
        return result.error
    if result.strange:
        return f"{result.order.url}: its selector of bodies, {result.order.source.selectors.body!r}, finds nothing"
    return "" if result.story.paragraphs or result.order.key.item is not None else "the page shows no body"


def counts(result: PageRead | PageFailed) -> bool:
    """Whether it says that its source's pages cannot be read: not one to be asked later, or gone, or not asked for at all."""
    if isinstance(result, PageRead):
        return True
    return not (result.retry_after or result.order.key.is_look) and is_asked(result.order)


def without_page(page: Page, answer: Answer | None) -> PageRead | PageFailed | None:
    """What is known of a page that is not to be fetched: its story came whole, or its list is all there is. None: fetch it."""
    if page.key.item is not None:
        return PageRead(order=page, story=storyrow.unpacked(page.key.item or {}), answer=answer)
    return None if is_asked(page) else PageFailed(order=page, error="its pages are not asked for" if page.url else "it has no page")


def is_asked(page: Page) -> bool:
    """Whether there is a page that may be fetched."""
    return bool(page.url) and page.source.level != "headline"


def told_by_both(page: Page, story: Story, sources: Sequence[Source]) -> Story:
    """A page's story with what only its feed says: a headline of its own, which rules read too; the time of day.

    Of another source's page only that source may say so.
    """
    entry, title, told = page.entry, page.entry.title, story
    if not _is_ours(page, sources):
        return story
    if title and title not in (story.headline, *story.other_headlines):
        # The feed's headline may bear marks that the page leaves out.
        told = replace(told, headline=story.headline or title, other_headlines=(*story.other_headlines, title))
    if entry.published_at and _is_day_of(story, entry.published_at):
        told = replace(told, published_at=entry.published_at, published_precision="minute")
    # What the page says was read with it.
    return story if told is story else grammar.read(told, timezone=page.source.timezone)


def _is_ours(page: Page, sources: Sequence[Source]) -> bool:
    return page.source.publishes(page.url) or not any(source.publishes(page.url) for source in sources)


def believed(story: Story, arrival: Arrival) -> Story:
    """A story without a date that was still to come when it was seen: it would lead every digest as if it had happened."""
    if story.published_at and story.published_at > arrival.seen_at + AHEAD:
        return replace(story, published_at=None, published_precision="minute")
    return story


def _is_day_of(story: Story, moment: datetime) -> bool:
    """Whether a story names no moment, or only the day of this one."""
    if story.published_at is None:
        return True
    return story.published_precision == "day" and moment.astimezone(story.published_at.tzinfo).date() == story.published_at.date()
