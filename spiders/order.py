"""Order: what a crawler is asked to fetch, and what came of it; values alone, for all who ask and keep."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from spiders.entry import Entry
from spiders.rung import Rung
from spiders.source import Source
from spiders.story import SpiderError, Story


class CrawlStopped(SpiderError):
    """The crawler was stopped before the poll was done; what is not kept is still to be fetched."""


class CrawlLapsed(CrawlStopped):
    """Somebody else may be asking that source by now; what is not kept is still to be fetched."""


class CrawlBroken(SpiderError):
    """The crawler ended though nobody stopped it; it takes no more polls."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Poll:
    """Ask a source what it has; the validators are those of its last answer."""

    source: Source
    #: None: its first.
    rung: Rung | None = None
    #: A further document of that rung; "": where it begins.
    at: str = ""
    etag: str | None = None
    modified: str | None = None
    #: Of the bytes of its last whole answer.
    digest: bytes | None = field(default=None, compare=False)
    #: Whatever the keeper asks for.
    purpose: Any = None

    @property
    def asked(self) -> Rung:
        """The rung that is asked."""
        return self.rung or self.source.rungs[0]

    @property
    def url(self) -> str:
        return self.at or self.asked.url


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """Fetch the page of one entry."""

    source: Source
    entry: Entry
    #: Whatever the keeper knows the entry by.
    key: Any = None

    @property
    def url(self) -> str:
        return self.entry.url


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a server sent: the evidence for what we make of it."""

    #: After redirects.
    url: str
    status: int
    headers: tuple[tuple[str, str], ...] = ()
    #: Content encoding undone.
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedRead:
    """A source answered with its entries."""

    order: Poll
    entries: tuple[Entry, ...]
    etag: str | None = None
    modified: str | None = None
    digest: bytes | None = field(default=None, compare=False)
    #: That explained the bytes, whatever they declared; "": its reader needed none.
    charset: str = field(default="", compare=False)
    #: Further documents of this list: its next page, the sitemaps of an index.
    further: tuple[str, ...] = ()
    answer: Answer | None = field(default=None, compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedUnchanged:
    """A source answered that nothing changed since its last answer: by a 304, or with the same bytes."""

    order: Poll
    #: The bytes came, and were the same.
    whole: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class PollFailed:
    """A source did not answer, or not with a list."""

    order: Poll
    error: str
    #: The server asks to be left alone for so long.
    retry_after: timedelta | None = None
    answer: Answer | None = field(default=None, compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class PacketRefused:
    """A packet that lay in a folder cannot be read; the poll goes on."""

    order: Poll
    url: str
    error: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PageRead:
    """A page told its story."""

    order: Page
    story: Story
    answer: Answer | None = field(default=None, compare=False)
    #: The source's own selector of bodies found nothing: the page is another than it was made for.
    strange: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class PageFailed:
    """A page was not fetched or tells no story; its entry is still there."""

    order: Page
    error: str
    retry_after: timedelta | None = None
    answer: Answer | None = field(default=None, compare=False)


Order = Poll | Page
Result = FeedRead | FeedUnchanged | PollFailed | PacketRefused | PageRead | PageFailed
#: Takes what came of an order and says what to ask next.
Keep = Callable[[Result], Awaitable[Iterable[Order]]]
