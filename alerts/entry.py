"""Entry: what a digest shows of one story, as plain data for the templates. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal

from alerts.catalogue import Catalogue
from alerts.clock import Clock
from alerts.edition import edition
from alerts.news import News
from alerts.plain import plain
from alerts.sentence import Piece, Stretch, cut, mark, sentences, trimmed
from alerts.via import essence, via
from alerts.when import when
from spiders.story import Dateline, Story, canonical_url

Pieces = tuple[Piece, ...]
#: With the sentence that was hit, on one line, or by headline and link alone.
Form = Literal["full", "line", "headline"]

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
# "/TASS/." and "(Yonhap) --" at the end of a dateline: the line names the agency itself.
_CREDIT = re.compile(r"[\s.,]*[/(（\[【][^/()（）\[\]【】]*[/)）\]】][\s.:=—–\-]*$")
# "(서울=연합뉴스) 김하나 기자 =": place, agency and reporter.
_FILED = re.compile(r"[(（\[【](?P<place>[^=()（）\[\]【】]{1,40})=[^=()（）\[\]【】]{1,40}[)）\]】]")
_DASH = re.compile(r"[\s.:=—–\-]+$")
_UNSAFE = {ord(char): f"%{ord(char):02X}" for char in ' <>"\\^`{|}'}


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One story in a digest. Every text is one harmless line (see ``plain``)."""

    form: Form
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
    #: In the reader's zone: "14:05", or with its date; see ``when``.
    time: str
    #: Which version it is: "CORRECTED", "2nd LD", "v4, first told 07:00", "withdrawn by Yonhap 14:05".
    marks: tuple[str, ...]
    #: Why the reader is told: the sentence that was hit. Empty but in full; may be so there, too.
    sentence: Pieces
    #: "via 김정은": the words that found it, where no mark shows them; else "".
    via: str
    #: The reader's other rules that matched.
    tags: tuple[str, ...]
    headline_only: bool
    #: "also in 2: Riverside, Harbour"; "" where nobody else has the same copy.
    also: str

    def values(self) -> dict[str, Any]:
        """Its fields as the templates see them: as ``asdict`` gives them, in a fifth of the time."""
        return {each.name: _values(getattr(self, each.name)) for each in fields(self)}


def _values(value: Any) -> Any:
    if not isinstance(value, tuple):
        return value
    return [{"text": each.text, "hit": each.hit} if isinstance(each, Piece) else each for each in value]


def entry(news: News, *, clock: Clock, t: Catalogue, form: Form = "full", since: datetime | None = None) -> Entry:
    """Make the entry of one story, as the reader with this clock and these strings sees it; ``since``: their last digest."""
    story, agency = news.story, news.story.agency or news.source
    sentence = _sentence(news) if form == "full" else ()
    is_marked = any(piece.hit for piece in sentence)
    url = plain(story.canonical_url).strip()
    headline = _clean(mark(story.headline, (0, len(story.headline)), [] if is_marked else _hits(news, "headline"))) or (Piece(text=url),)
    dateline = _dateline(news, agency, [] if is_marked else _hits(news, "body"))
    words = via(news.spans, (piece.text for piece in (*headline, *dateline, *sentence) if piece.hit))
    return Entry(
        form=form,
        headline=headline,
        language=language_tag(story.language),
        link=link(url),
        url=url,
        dateline=dateline,
        agency=plain(agency).strip(),
        time=when(news, clock=clock, since=since, t=t),
        marks=edition(news, clock=clock, t=t),
        sentence=sentence,
        via=t("via", words=", ".join(words)) if words else "",
        tags=tuple(plain(tag) for tag in news.tags),
        headline_only=news.headline_only,
        also=t("also_in", count=len(news.also), sources=", ".join(plain(name) for name in news.also)) if news.also else "",
    )


def _sentence(news: News) -> Pieces:
    """The first sentence worth showing: hit in the body, else in the lead, else any of either; never the headline again."""
    headline = essence(news.story.headline)
    for text, stretch, hits in _candidates(news):
        if essence(text[slice(*stretch)]) not in ("", headline):
            return _clean(cut(text, stretch, hits, news.snippet))
    return ()


def _candidates(news: News) -> Iterator[tuple[str, Stretch, list[Stretch]]]:
    story = news.story
    body, lead = _hits(news, "body"), _hits(news, "lead")
    for text, hits in ((story.text, body), (story.lead, lead)):
        found = [stretch for stretch in _sentences(story, text, hits) if _within(stretch, hits)]
        yield from ((text, stretch, hits) for stretch in sorted(found, key=lambda stretch: -_within(stretch, hits)))
    if not _hits(news, "headline"):
        for at, other in enumerate(story.other_headlines):
            hits = _hits(news, f"other_headlines.{at}")
            yield from ((other, (0, len(other)), hits) for _ in hits[:1])
    for text in (story.lead, story.text):
        yield from ((text, stretch, []) for stretch in _sentences(story, text))


def _sentences(story: Story, text: str, near: list[Stretch] | None = None) -> Iterator[Stretch]:
    """The sentences of a text, or of those lines that ``near`` touches, without the dateline: the entry shows it on its own line."""
    filed, begin = _filed(story, text)
    for start, end in sentences(text, near):
        yield from trimmed(text, begin if filed <= start < begin or start <= filed < end else start, end)


def _filed(story: Story, text: str) -> Stretch:
    """Where the dateline stands in a text; an empty stretch if it does not."""
    at = text.find(story.dateline.raw) if story.dateline else -1
    return (at, at + len(story.dateline.raw)) if story.dateline and at >= 0 else (0, 0)


def _within(stretch: Stretch, hits: list[Stretch]) -> int:
    return sum(start < stretch[1] and end > stretch[0] for start, end in hits)


def _hits(news: News, field: str) -> list[Stretch]:
    return [(start, end) for name, start, end, _ in news.spans if name == field]


def _clean(pieces: Pieces) -> Pieces:
    cleaned = [Piece(text=plain(piece.text), hit=piece.hit) for piece in pieces]
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
    place, before = _place(news.story.dateline, agency)
    start, end = _filed(news.story, news.story.text)
    start += before
    return _clean(mark(place, (0, len(place)), [(a - start, b - start) for a, b in hits if start <= a < b <= min(end, start + len(place))]))


def _place(dateline: Dateline, agency: str) -> tuple[str, int]:
    """The dateline without what the line says anyway, the agency's credit and the closing mark; and how much of it stands before that."""
    if dateline.agency != agency:
        return _DASH.sub("", dateline.raw), 0
    if filed := _FILED.match(dateline.raw):
        return filed["place"], filed.start("place")
    return _DASH.sub("", _CREDIT.sub("", dateline.raw) or dateline.raw), 0


def snippet(news: News) -> str:
    """The sentence that says why, as plain text; "" where there is none but the headline."""
    return "".join(piece.text for piece in _sentence(news))
