"""News: one story that somebody is to be told, and why."""

from dataclasses import dataclass
from datetime import datetime

from spiders.story import Story

#: (field, start, end, alias): code points of that field of the story as given.
#: Fields are "headline", "lead", "body" (the story's ``text``) and "other_headlines.N".
Span = tuple[str, int, int, str]


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
    #: Most characters of the story's text that a mail may carry.
    snippet: int = 200
    #: The page could not be read: all that is known comes from the feed.
    headline_only: bool = False
    #: Other sources that carry the same copy, as shown to people.
    also: tuple[str, ...] = ()
    #: Aware; when we first saw the story.
    seen_at: datetime

    @property
    def at(self) -> datetime:
        """When it was published or, where the page does not say, when we saw it."""
        return self.story.published_at or self.seen_at
