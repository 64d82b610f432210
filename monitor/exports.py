"""Exports: what of a stored story may leave the house, and the formats that it leaves in. Pure."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from alerts import entry
from alerts.news import News
from alerts.rules import Rule
from monitor.archive import Looked, as_row
from spiders.source import Source
from spiders.story import Status, Story

#: Whatever was taken back, is held, or is not where it was any more stays here.
MAY_LEAVE = frozenset({Status.USABLE, Status.CORRECTED})


@dataclass(frozen=True, kw_only=True, slots=True)
class Export:
    """The newest version of one story, cut to what its source lets a desk pass on."""

    #: As the archive tells it, but without what may not leave.
    looked: Looked
    #: Its source as shown to people.
    source: str
    #: The sentence that was hit, cut to the source's ``snippet``.
    snippet: str
    #: The text may leave too: licence = "full".
    whole: bool
    #: All the rules that it was told under.
    rules: Sequence[str]

    @property
    def story(self) -> Story:
        """What it says."""
        return self.looked.story

    @property
    def id(self) -> str:
        """A name that stays with the story through all its versions, the same from each desk."""
        return identity(self.story.canonical_url)

    @property
    def title(self) -> str:
        """The headline; the address where there is none."""
        return self.story.headline or self.story.canonical_url

    @property
    def agency(self) -> str:
        """Who tells it."""
        return self.story.agency or self.source

    @property
    def html(self) -> str:
        """Its text; "" where that may not leave."""
        return "".join(f"<p>{escape(text, quote=False)}</p>" for text in self.story.paragraphs)


@dataclass(frozen=True, kw_only=True, slots=True)
class Format:
    """How exports become a file: what it begins with, what stands between two, what it ends with."""

    write: Callable[[Export], str]
    head: str = ""
    between: str = ""
    tail: str = ""


#: Makes the format of one file: for a rule, the desk's own address, and now.
Making = Callable[[Rule, str, datetime], Format]


def export(looked: Looked, source: Source | None, rules: Sequence[str]) -> Export:
    """What may leave of a story that a rule found; of a source that is configured no more, headline and link."""
    licensed = source is not None and source.licence == "full"
    return Export(
        looked=looked if licensed else _bare(looked),
        source=source.label if source else looked.stored.source,
        snippet=_snippet(looked, source.snippet if source else 0),
        whole=licensed,
        rules=rules,
    )


def identity(name: str) -> str:
    """A URN that follows from a name."""
    return uuid5(NAMESPACE_URL, name).urn


def json_lines(rule: Rule, desk: str, now: datetime) -> Format:
    """A JSON object a line, with the keys of ``search --json`` and the snippet."""
    return Format(write=_json_line)


def _json_line(export: Export) -> str:
    row: dict[str, Any] = {**as_row(export.looked, export.rules), "snippet": export.snippet}
    return f"{json.dumps(row, ensure_ascii=False, default=str)}\n"


def _bare(looked: Looked) -> Looked:
    """Without its text, what the desk says of it, and where that was hit."""
    story = replace(looked.story, lead="", paragraphs=(), other_headlines=(), note="")
    kept = {"headline", "slug"}
    matches = tuple(replace(match, spans=tuple(span for span in match.spans if span.field in kept)) for match in looked.matches)
    return replace(looked, story=story, matches=matches)


def _snippet(looked: Looked, most: int) -> str:
    if not most:
        return ""
    found = News(
        story=looked.story,
        revision=looked.stored.revision,
        rule="",
        spans=tuple(span for match in looked.matches for span in match.spans),
        source=looked.stored.source,
        snippet=most,
        seen_at=looked.stored.news_at,
    )
    return entry.snippet(found)
