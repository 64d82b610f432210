"""Targets: which other item a kill, a hold or a correction speaks of, and which of the stories at hand that is."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from spiders import printed_date
from spiders.story import Status, Story

#: Statuses that a notice gives to another item.
NOTICES = (Status.CORRECTED, Status.HELD, Status.WITHDRAWN)
#: Characters of a notice that are looked at.
_LONGEST = 4000
#: Characters of the body of a notice; more is a story.
_NOTICE = 1500
#: Of each kind of names so many are kept: a notice means one item.
_MOST = 8
#: a0123 · bc-eu--grain deal · AEN20230831001500325 · dpa 0123 · item 123 · LD0HZ2 · 20230727T0123
_NUMBER = re.compile(
    r"\b(?P<number>[A-Z]{3}\d{8,20}|[a-z]\d{4}\b|[A-Z]{1,3}\d[A-Z0-9]{3,12}|urn:[\w:.-]{4,120}|tag:[\w:.,-]{4,120})\b"
    r"|\b(?:item|story|no\.?|number|nr\.?|meldung|dpa|afp|efe|ansa|bdt|№)[ -]{1,2}(?:no\.? ?|nr\.? ?|#)?"
    r"(?P<serial>(?!(?:19|20)\d\d\b)\d{3,6})\b",
    re.IGNORECASE,
)
_SLUG = re.compile(
    r"\bBC-[\w.'’ -]{2,60}|\b[A-Z]{2}--[\w.'’ -]{2,60}|(?i:\b(?:slug(?:ged|line)?|stichwort)(?: as)?[: ]{1,3})(?P<slug>[\w/.'’-]{3,60})"
)
_URL = re.compile(r"https?://[^\s<>\"')\]]{4,500}")
_QUOTED = re.compile(r"[\"“„«「『‘](?P<quoted>[^\"“”„«»「」『』‘]{8,300})[\"”“»」』’](?!\w)")
#: KILL: Grain deal signed · withdraws story on a grain deal · headlined Grain deal signed
_HEADED = re.compile(
    r"(?:headlined|headline|titled|entitled|überschrift|mit dem titel|под заголовком|titulad[oa]|intitulée?)"
    r"[: ]{1,3}(?P<headed>[^\n.;]{8,300})",
    re.IGNORECASE,
)
#: Characters of a number that is no other story's tomorrow: a0123 and dpa 0123 are counted anew each day.
_LASTING = 8
#: The least likeness of two headlines that may be the same, and that surely are; and what keeps the second best away.
_POSSIBLE, _SURE, _MARGIN = 0.5, 0.8, 0.15
#: So few words in common are chance.
_FEW = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """What a notice says of the item that it is about; "" and () where it does not."""

    #: Quoted or named ones first, then the notice's own headline without its marks.
    headlines: tuple[str, ...] = ()
    #: BC-EU--Grain Deal.
    slugs: tuple[str, ...] = ()
    #: Item numbers and ids, as printed.
    numbers: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    #: The day that the notice names, nearest to its own publication.
    day: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A story that may be meant; ``id`` is the caller's own."""

    id: int
    headlines: tuple[str, ...]
    url: str
    #: Slug or slugline of any of its versions, the marks left in.
    slug: str = ""
    #: What its feed or packet calls it.
    guid: str = ""
    published_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """The candidate that fits best."""

    candidate: Candidate
    #: Otherwise a person is to be asked: another fits as well, or this one only somewhat.
    is_certain: bool


def of(story: Story) -> Target | None:
    """What a story that corrects, holds or withdraws says of the item it is about; None for any other story.

    The same words may tell of the story itself: it is its own target where its address or id is known already.
    """
    if story.status not in NOTICES:
        return None
    # A story told anew quotes and counts as stories do; only a notice speaks of nothing but the other item.
    body = (story.lead, *story.paragraphs) if len(story.text) <= _NOTICE else ()
    text = "\n".join((story.slug, story.headline, story.note, *body))[:_LONGEST]
    told = _URL.sub(" ", text)
    named = [found["quoted"] for found in _QUOTED.finditer(told)] + [found["headed"] for found in _HEADED.finditer(told)]
    return Target(
        headlines=_first(*named, story.headline, *story.other_headlines),
        slugs=_first(*((found["slug"] or found[0]).strip(" -.") for found in _SLUG.finditer(told))),
        numbers=_first(story.about, *(found["number"] or found["serial"] for found in _NUMBER.finditer(told))),
        urls=_first(*(url.rstrip(".,;:") for url in _URL.findall(text))),
        day=_day("\n".join((story.note, *body))[:_LONGEST], story.published_at),
    )


def _first(*names: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(str.strip, names))))[:_MOST]


def likely(target: Target, candidates: Iterable[Candidate]) -> Choice | None:
    """The candidate that a target most likely means, certain or not; None where none could be meant."""
    scored = _scored(target, candidates)
    if not scored:
        return None
    best = scored[0][0]
    second = next((score for score, each in scored[1:] if each.id != scored[0][1].id), 0.0)
    return Choice(candidate=scored[0][1], is_certain=best >= _SURE and best - second >= _MARGIN)


def ranked(target: Target, candidates: Iterable[Candidate]) -> list[Candidate]:
    """The candidates that a target may mean, likeliest first."""
    return [each for _, each in _scored(target, candidates)]


def _scored(target: Target, candidates: Iterable[Candidate]) -> list[tuple[float, Candidate]]:
    asked = [set(_words(headline)) for headline in target.headlines]
    scored = ((_likeness(target, asked, each), each) for each in candidates)
    return sorted((pair for pair in scored if pair[0] >= _POSSIBLE), key=lambda pair: -pair[0])


def _likeness(target: Target, asked: list[set[str]], candidate: Candidate) -> float:
    """0 to 1: an address or number says it; a slug or a headline nearly, less so on another day."""
    numbers = [number for number in target.numbers if _is_numbered(number, candidate)]
    if candidate.url in target.urls or any(len(number) >= _LASTING for number in numbers):
        return 1.0
    slug = 0.85 if any(_is_slugged(slug, candidate) for slug in target.slugs) else 0.0
    held = [set(_words(headline)) for headline in candidate.headlines]
    alike = max((_alike(one, other) for one in asked for other in held), default=0.0)
    score = max(slug, alike * 0.9, 0.9 * bool(numbers))
    away = target.day and candidate.published_at and abs(target.day - candidate.published_at.date()) > timedelta(days=1)
    return score - 0.2 if away else min(score + 0.1 * bool(slug and alike >= _POSSIBLE), 0.95)


def _is_numbered(number: str, candidate: Candidate) -> bool:
    names = "\n".join((candidate.guid, candidate.slug, candidate.url)).casefold()
    return bool(re.search(rf"(?<![^\W_]){re.escape(number.casefold())}(?![^\W_])", names))


def _is_slugged(slug: str, candidate: Candidate) -> bool:
    """BC-EU--Grain Deal and BC-EU--Grain Deal, 2nd Ld-Writethru: the slug of a later version begins as that of the first."""
    asked, held = _words(slug), _words(candidate.slug)
    return bool(asked) and held[: len(asked)] == asked


def _alike(one: set[str], other: set[str]) -> float:
    """How many of the words of two headlines are the same: twice the shared over all (Dice)."""
    shared = len(one & other)
    # "Live updates" is like any other "Live updates".
    return (1.0 if shared > _FEW else 0.8) * 2 * shared / (len(one) + len(other)) if shared else 0.0


def _words(text: str) -> list[str]:
    words = re.findall(r"\w+", text[:500].casefold())
    # Scripts without spaces make one word of a headline: there pairs of characters are compared.
    return [part for word in words for part in (_pairs(word) if re.search("[\\u3040-\\u30ff\\u3400-\\u9fff]", word) else [word])]


def _pairs(word: str) -> list[str]:
    return [word[at : at + 2] for at in range(len(word) - 1)] or [word]


def _day(text: str, published_at: datetime | None) -> date | None:
    """The first day that a notice names, in the year nearest to its publication."""
    _, printed = printed_date.search(text) or (0, None)
    if printed is None or printed.month is None or published_at is None:
        return None
    return printed_date.nearest(printed.day, printed.month, published_at.date(), year=printed.year)
