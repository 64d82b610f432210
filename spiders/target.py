"""Targets: which other item a kill, a hold or a correction speaks of, and which of the stories at hand that is."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from spiders import likeness, printed_date
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
#: In capitals, or with many figures, or behind a word that says what it is: A320neos are aeroplanes.
_NUMBER = re.compile(
    r"\b(?P<number>[A-Za-z]{1,4}\d{6,20}|\d{8}T\d{4}|[A-Za-z]\d{4}\b|[A-Z]{1,3}\d[A-Z0-9]{3,12}|(?i:urn:[\w:.-]{4,120}|tag:[\w:.,-]{4,120}))\b"
    r"|(?i:\b(?:item|story|no\.?|number|nr\.?|meldung|dpa|afp|efe|ansa|bdt|№)[ -]{1,2}(?:no\.? ?|nr\.? ?|#)?)"
    r"(?P<serial>(?!(?:19|20)\d\d\b)\d{3,6}|[a-z]{1,3}\d[a-z0-9]{3,12})\b"
)
_SLUG = re.compile(
    r"\bBC-[\w.'’ -]{2,60}|\b[A-Z]{2}--[\w.'’ -]{2,60}|(?i:\b(?:slug(?:ged|line)?|stichwort)(?: as)?[: ]{1,3})(?P<slug>[\w/.'’-]{3,60})"
)
_URL = re.compile(r"https?://[^\s<>\"')\]]{4,500}")
#: Sentences whose address is that of the item itself: others only lead somewhere.
_SENTENCE_END = re.compile(r"(?<=[.!?。])\s+|\n")
_TAKES_BACK = re.compile(
    r"kill|withdr|retract|correct|hold|replac|supersed|disregard|remov|cancel|not (?:be )?use|amend|delet|zurück|berichtig|korrig|ersetz"
    r"|gelöscht|annul|retir|rectif|corrig|corrección|reempla|sustit|supprim|remplac|ritir|отозва|исправ|аннул|заменя|уточн|취소|정정|고침|수정|삭제|보류"
    r"|訂正|取り消|取消|削除|差し替え|更正|撤|删除|替换|سحب|تصحيح|إلغاء",
    re.IGNORECASE,
)
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
#: What an address is worth that a notice names in passing, and on how old a story a headline alone says it less surely.
_IN_PASSING, _OLD = 0.6, timedelta(hours=48)
#: By then numbers that are counted anew each day, and slugs, have been given to other stories.
_WORN = timedelta(days=14)


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
    #: Addresses that it names without saying that it is about them.
    mentioned: tuple[str, ...] = ()
    #: When the notice was published.
    at: datetime | None = None
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
    """What a story that corrects, holds, releases or withdraws says of the item it is about; None for any other story.

    The same words may tell of the story itself: it is its own target where its address or id is known already.
    """
    if story.status not in NOTICES and not story.releases:
        return None
    # A story told anew quotes and counts as stories do; only a notice speaks of nothing but the other item.
    body = (story.lead, *story.paragraphs) if len(story.text) <= _NOTICE else ()
    text = "\n".join((story.slug, story.headline, story.note, *body))[:_LONGEST]
    told = _URL.sub(" ", text)
    addresses = list(_addresses(text))
    named = [found["quoted"] for found in _QUOTED.finditer(told)] + [found["headed"] for found in _HEADED.finditer(told)]
    return Target(
        headlines=_first(*named, story.headline, *story.other_headlines),
        slugs=_first(*((found["slug"] or found[0]).strip(" -.") for found in _SLUG.finditer(told))),
        numbers=_first(story.about, *(found["number"] or found["serial"] for found in _NUMBER.finditer(told))),
        urls=_first(*(url for url, is_meant in addresses if is_meant)),
        mentioned=_first(*(url for url, is_meant in addresses if not is_meant)),
        at=story.published_at,
        day=_day("\n".join((story.note, *body))[:_LONGEST], story.published_at),
    )


def _addresses(text: str) -> Iterator[tuple[str, bool]]:
    """Addresses, and whether their sentence says of them that they are taken back, or nothing at all."""
    for sentence in _SENTENCE_END.split(text):
        words = _URL.sub(" ", sentence)
        is_meant = bool(_TAKES_BACK.search(words)) or not re.search(r"\w", words)
        yield from ((url.rstrip(".,;:"), is_meant) for url in _URL.findall(sentence))


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
    scored = ((_likeness(target, each), each) for each in candidates)
    return sorted((pair for pair in scored if pair[0] >= _POSSIBLE), key=lambda pair: -pair[0])


def _likeness(target: Target, candidate: Candidate) -> float:
    """0 to 1: an address or number says it; a slug or a headline nearly, less so on another day."""
    numbers = [number for number in target.numbers if _is_numbered(number, candidate)]
    alike = max((likeness.of(one, other) for one in target.headlines for other in candidate.headlines), default=0.0)
    is_mentioned = candidate.url in target.mentioned
    if candidate.url in target.urls or (is_mentioned and alike >= _POSSIBLE) or any(len(number) >= _LASTING for number in numbers):
        return 1.0
    slug = 0.85 if any(_is_slugged(slug, candidate) for slug in target.slugs) else 0.0
    named = max(slug, 0.9 * bool(numbers), _IN_PASSING * is_mentioned)
    is_old = _is_old(target, candidate, _WORN if named else _OLD)
    score = max(named, alike * 0.9) - 0.2 * is_old
    away = target.day and candidate.published_at and abs(target.day - candidate.published_at.date()) > timedelta(days=1)
    return score - 0.2 if away else min(score + 0.1 * bool(slug and alike >= _POSSIBLE and not is_old), 0.95)


def _is_old(target: Target, candidate: Candidate, limit: timedelta) -> bool:
    """Whether a candidate came out so long before the notice, that names no day itself, that the name may be another story's."""
    return not target.day and bool(target.at and candidate.published_at and target.at - candidate.published_at > limit)


def _is_numbered(number: str, candidate: Candidate) -> bool:
    names = "\n".join((candidate.guid, candidate.slug, candidate.url)).casefold()
    return bool(re.search(rf"(?<![^\W_]){re.escape(number.casefold())}(?![^\W_])", names))


def _is_slugged(slug: str, candidate: Candidate) -> bool:
    """BC-EU--Grain Deal and BC-EU--Grain Deal, 2nd Ld-Writethru: the slug of a later version begins as that of the first."""
    asked, held = likeness.words(slug), likeness.words(candidate.slug)
    return bool(asked) and held[: len(asked)] == asked


def _day(text: str, published_at: datetime | None) -> date | None:
    """The first day that a notice names, in the year nearest to its publication."""
    _, printed = printed_date.search(text) or (0, None)
    if printed is None or printed.month is None or published_at is None:
        return None
    return printed_date.nearest(printed.day, printed.month, published_at.date(), year=printed.year)
