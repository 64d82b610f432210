"""News: one story that somebody is to be told, and why."""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from alerts.rank import Rank, Span, is_beside, opening, rank
from spiders.story import Story

__all__ = ["News", "Span"]


@dataclass(frozen=True, kw_only=True, slots=True)
class News:
    """One story for one recipient, under the first of their rules that matched."""

    story: Story
    #: Of the story as stored; 1 is what came in first.
    revision: int
    rule: str
    #: The recipient's other rules that matched.
    tags: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    #: The source's name as shown to people.
    source: str
    #: Where the source is; UTC: nobody said.
    timezone: tzinfo = UTC
    #: Most characters of the story's text that a mail may carry.
    snippet: int = 200
    #: The page could not be read: all that is known comes from the feed.
    headline_only: bool = False
    #: Other sources that carry the same copy, as shown to people.
    also: tuple[str, ...] = ()
    #: Aware; when we first saw the story.
    seen_at: datetime
    #: Aware; when the reader was first told of another copy of it, which said something else. None: they were not.
    told_at: datetime | None = None
    #: The source, as shown to people, that withdrew its copy of the story, and when (aware). None: nobody did.
    withdrawn: tuple[str, datetime] | None = None

    @property
    def at(self) -> datetime:
        """When it was published or, where the page does not say, when we saw it."""
        return self.story.published_at or self.seen_at

    @property
    def rank(self) -> Rank:
        """How much it is about what its rule looks for; a rule that looks in no text is not met in passing."""
        if all(map(is_beside, self.spans)):
            return Rank.LEAD
        dateline = self.story.dateline
        return rank(self.spans, opening(self.story.paragraphs, dateline.raw if dateline else ""))
