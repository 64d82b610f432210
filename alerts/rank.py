"""Rank: how much a story is about what a rule looks for, by where the rule hit. Pure."""

from collections.abc import Iterable, Sequence
from enum import IntEnum

#: (field, start, end, alias): code points of that field of the story as given.
#: Fields are "headline", "lead", "body" (the story's ``text``), "other_headlines.N", and those that a rule must name: "agency" …
Span = tuple[str, int, int, str]

_BESIDE = ("dateline", "place", "byline", "agency", "source", "lang", "section", "status", "slug", "version", "note")


class Rank(IntEnum):
    """How much a story is about what a rule looks for: what stands further ahead ranks first."""

    HEADLINE = 0
    #: The deck, or the first paragraph of the body behind its dateline.
    LEAD = 1
    #: In passing: further down, in the dateline, or in a field that says something about the story.
    MENTION = 2


def rank(spans: Iterable[Span], opening: tuple[int, int]) -> Rank:
    """The best of some hits; MENTION where there is none. ``opening``: where the first paragraph stands in the body."""
    return min((_of(span, opening) for span in spans), default=Rank.MENTION)


def is_beside(span: Span) -> bool:
    """Whether a hit stands in no text, but in what the story says about itself."""
    return span[0] in _BESIDE


def opening(paragraphs: Sequence[str], dateline: str) -> tuple[int, int]:
    """Where the first paragraph of the body stands in it, without the dateline; (0, 0) where there is none."""
    at = 0
    for paragraph in paragraphs:
        filed = paragraph.find(dateline) + len(dateline) if dateline in paragraph else 0
        if paragraph[filed:].strip():
            return at + filed, at + len(paragraph)
        at += len(paragraph) + 1
    return 0, 0


def _of(span: Span, opening: tuple[int, int]) -> Rank:
    field, at = span[0], span[1]
    if field.startswith(("headline", "other_headlines")):
        return Rank.HEADLINE
    return Rank.LEAD if field == "lead" or (field == "body" and opening[0] <= at < opening[1]) else Rank.MENTION
