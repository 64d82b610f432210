"""Entry: what a digest shows of one story, as plain data for the templates. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from alerts.catalogue import Catalogue
from alerts.clock import Clock, published_day
from alerts.news import News
from alerts.plain import plain
from alerts.sentence import Piece, Stretch, cut, mark, sentences, trimmed
from spiders.story import Dateline, Story, canonical_url

Pieces = tuple[Piece, ...]

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
# "/TASS/." and "(Yonhap) --" at the end of a dateline: the line names the agency itself.
_CREDIT = re.compile(r"[\s.,]*[/(（\[【][^/()（）\[\]【】]*[/)）\]】][\s.:=—–\-]*$")
_DASH = re.compile(r"[\s.:=—–\-]+$")
_UNSAFE = {ord(char): f"%{ord(char):02X}" for char in ' <>"\\^`{|}'}


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One story in a digest. Every text is one harmless line (see ``plain``)."""

    #: The headline, or the address where the page has none; marked where only the headline was hit.
    headline: Pieces
    #: BCP 47, of the story's own texts; "" if not known.
    language: str
    #: The address, if it may become a link (http or https), else "".
    link: str
    #: The address as text.
    url: str
    #: "MOSCOW, July 27"; empty without one. Marked where it was hit and no sentence was.
    dateline: Pieces
    #: The agency or, where the story names none, the source.
    agency: str
    #: In the reader's zone: "14:05", or with its date.
    time: str
    #: Why the reader is told: the sentence that was hit. May be empty.
    sentence: Pieces
    #: The reader's other rules that matched.
    tags: tuple[str, ...]
    headline_only: bool
    #: "also in 2: Riverside, Harbour"; "" where nobody else has the same copy.
    also: str


def entry(news: News, *, clock: Clock, t: Catalogue) -> Entry:
    """Make the entry of one story, as the reader with this clock and these strings sees it."""
    story = news.story
    sentence = _sentence(news)
    marked = any(piece.hit for piece in sentence)
    url = plain(story.canonical_url).strip()
    agency = story.agency or news.source
    return Entry(
        headline=_clean(mark(story.headline, (0, len(story.headline)), [] if marked else _hits(news, "headline"))) or (Piece(text=url),),
        language=language_tag(story.language),
        link=link(url),
        url=url,
        dateline=_dateline(news, agency, [] if marked else _hits(news, "body")),
        agency=plain(agency).strip(),
        time=_time(news, clock, t),
        sentence=sentence,
        tags=tuple(plain(tag) for tag in news.tags),
        headline_only=news.headline_only,
        also=t("also_in", count=len(news.also), sources=", ".join(plain(name) for name in news.also)) if news.also else "",
    )


def _sentence(news: News) -> Pieces:
    """The first sentence worth showing: hit in the body, else in the lead, else any of either; never the headline again."""
    headline = _essence(news.story.headline)
    for text, stretch, hits in _candidates(news):
        if _essence(text[slice(*stretch)]) not in ("", headline):
            return _clean(cut(text, stretch, hits, news.snippet))
    return ()


def _candidates(news: News) -> Iterator[tuple[str, Stretch, list[Stretch]]]:
    story = news.story
    body, lead = _hits(news, "body"), _hits(news, "lead")
    for text, hits in ((story.text, body), (story.lead, lead)):
        found = [stretch for stretch in _sentences(story, text) if _within(stretch, hits)]
        yield from ((text, stretch, hits) for stretch in sorted(found, key=lambda stretch: -_within(stretch, hits)))
    if not _hits(news, "headline"):
        for at, other in enumerate(story.other_headlines):
            hits = _hits(news, f"other_headlines.{at}")
            yield from ((other, (0, len(other)), hits) for _ in hits[:1])
    for text in (story.lead, story.text):
        yield from ((text, stretch, []) for stretch in _sentences(story, text))


def _sentences(story: Story, text: str) -> Iterator[Stretch]:
    """The sentences of a text, without the dateline: the entry shows it on a line of its own."""
    filed, begin = _filed(story, text)
    for start, end in sentences(text):
        yield from trimmed(text, begin if filed <= start < begin or start <= filed < end else start, end)


def _filed(story: Story, text: str) -> Stretch:
    """Where the dateline stands in a text; an empty stretch if it does not."""
    at = text.find(story.dateline.raw) if story.dateline else -1
    return (at, at + len(story.dateline.raw)) if story.dateline and at >= 0 else (0, 0)


def _within(stretch: Stretch, hits: list[Stretch]) -> int:
    return sum(start < stretch[1] and end > stretch[0] for start, end in hits)


def _hits(news: News, field: str) -> list[Stretch]:
    return [(start, end) for name, start, end, _ in news.spans if name == field]


def _essence(text: str) -> str:
    """A sentence as two are compared: letters and figures only."""
    return "".join(char for char in text.casefold() if char.isalnum())


def _clean(pieces: Pieces) -> Pieces:
    cleaned = [replace(piece, text=plain(piece.text)) for piece in pieces]
    return tuple(piece for piece in cleaned if piece.text) if any(piece.text.strip() for piece in cleaned) else ()


def language_tag(language: str | None) -> str:
    """A language as an attribute may carry it; "" for what is none."""
    return language if language and _LANGUAGE.fullmatch(language) else ""


def link(url: str) -> str:
    """An address as a link may carry it; "" for one that must not become a link."""
    try:
        canonical_url(url)
    except ValueError:
        return ""
    return url.translate(_UNSAFE)


def _dateline(news: News, agency: str, hits: list[Stretch]) -> Pieces:
    if news.story.dateline is None:
        return ()
    place = _place(news.story.dateline, agency)
    start, end = _filed(news.story, news.story.text)
    return _clean(mark(place, (0, len(place)), [(a - start, b - start) for a, b in hits if start <= a < b <= min(end, start + len(place))]))


def _place(dateline: Dateline, agency: str) -> str:
    """The dateline without what the line says anyway: the agency's credit and the closing mark."""
    raw = _CREDIT.sub("", dateline.raw) if dateline.agency == agency else ""
    return _DASH.sub("", raw or dateline.raw)


def snippet(news: News) -> str:
    """The sentence that says why, as plain text; "" where there is none but the headline."""
    return "".join(piece.text for piece in _sentence(news))


def _time(news: News, clock: Clock, t: Catalogue) -> str:
    published = news.story.published_at
    if published is None:
        return t("seen", time=clock.moment(news.seen_at))
    return clock.day(published_day(published)) if news.story.published_precision == "day" else clock.moment(published)
