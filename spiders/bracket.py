"""Brackets of a first line: an agency, a reporter, a region, or a whole dateline in the manner of Korea, Japan and China."""

import re

from spiders import agencies, printed_date
from spiders.token import Token

_BRACKETS = {"(": ")", "（": "）", "[": "]", "［": "］", "【": "】", "〔": "〕", "/": "/"}
#: /TASS/ but not the middle of a photo credit: Name/AFP/Getty.
_SLASHED = re.compile(r"/[^/\n]{2,40}/(?!\w)")
_REPORTER = re.compile(r"(?:本报|本報|本社)?(?:记者|記者|通讯员|特派员|Reporter:?|By)\s*(?P<name>.+)")
_KOREAN_REPORTER = re.compile(
    r"\s*(?P<name>[가-힣]{2,5}(?:[\s·,]+[가-힣]{2,5}){0,5}?)\s*(?:선임|수습|전문|북한전문)?\s*(?:기자|특파원|통신원|논설위원)\s*="
)
_CORRESPONDENT = re.compile(r"^(?:соб\.?\s*)?(?:корр|кор|кар)\.?\s*", re.IGNORECASE)
_CLOSING = re.compile(r"\s*=(?=\s|$)")
_EQUALS = re.compile(r"[=＝]")
#: Lower-case words inside an agency's or a region's name.
_SMALL_WORDS = frozenset(("de", "la", "del", "do", "da", "of", "the", "and", "y", "und", "et"))
_SENT = re.compile(r"[発发發电電讯訊]$|\s*발$")


_SPACELESS = re.compile("[\u3040-\u30ff\u3400-\u9fff]")


def read(text: str, at: int, last: str) -> Token | None:
    """The bracket that begins at an offset of a text, whose furniture so far ends on the kind ``last``; None if it is no furniture."""
    close = _BRACKETS.get(text[at : at + 1])
    if close == "/" and not _SLASHED.match(text, at):
        return None
    end = text.find(close, at + 1, at + 80) if close else -1
    inner = text[at + 1 : end].strip() if end > 0 else ""
    if not inner or "\n" in inner:
        return None
    token = _inside(inner, at, end + 1, square=text[at] in "[［【〔", glued=text[at - 1 : at].isalnum(), last=last)
    return _with_korean_reporter(text, token) if token and token.kind == "C" else token


def _inside(inner: str, start: int, end: int, *, square: bool, glued: bool, last: str) -> Token | None:
    if reporter := _REPORTER.fullmatch(inner):
        return Token(kind="W", start=start, end=end, author=reporter["name"].strip())
    agency, author = _named_agency(inner)
    if agency:
        return Token(kind="A", start=start, end=end, agency=agency, author=author)
    if (not last or square) and (whole := _whole_dateline(inner, start, end)):
        return whole
    if not _is_name(inner) or (last and glued) or (square and not last):
        return None
    return Token(kind="U" if last else "Q", start=start, end=end, agency=inner, places=(inner,))


def _named_agency(inner: str) -> tuple[str | None, str | None]:
    """The agency that a bracket names, and its reporter: AFP · dpa/AFX · Корр. ТАСС Имя Фамилия."""
    name = _CORRESPONDENT.sub("", inner)
    parts = (name, *re.split(r"\s*[/;,&+-]\s*|\s+(?:and|und|y|et)\s+", name))
    known = next(filter(None, map(agencies.canonical, parts)), None)
    if known or _EQUALS.search(inner):
        return known if not _EQUALS.search(inner) else None, None
    begun = agencies.BARE.match(name)
    if not begun or not name[begun.end() :][:1].isspace() or any(c.isdigit() for c in name):
        return None, None
    return agencies.canonical(begun[0]), name[begun.end() :].strip()


def _is_name(inner: str) -> bool:
    words = inner.split()
    return len(words) <= 4 and not any(c.isdigit() for c in inner) and all(not word[0].islower() or word in _SMALL_WORDS for word in words)


def _whole_dateline(inner: str, start: int, end: int) -> Token | None:
    """서울=연합뉴스 · 平壌3月22日発朝鮮中央通信 · ソウル 10日 ロイター · 路透首爾1日電 · 中央社記者某某首爾1日電 · ソウル=名前."""
    left, equals, right = re.match(r"([^=＝]*)([=＝]?)\s*(.*)", inner).groups()  # type: ignore[union-attr]
    place, agency, date = _parted(left)
    if not place or not (equals or (agency and (date or _SPACELESS.search(inner)))):
        return None
    named, author = _after_equals(right) if equals else (None, None)
    places = tuple(filter(None, re.split(r"\s*[·・/、,，&]\s*", place)))
    return Token(kind="C", start=start, end=end, places=places, date=date, agency=named or agency, author=author)


def _after_equals(right: str) -> tuple[str | None, str | None]:
    """Agency and reporter behind the = of a bracket: Japanese papers put the reporter there, Korean ones the agency."""
    agency, _ = _named_agency(right)
    reporter = re.fullmatch(r"([가-힣]{2,4})\s*(?:기자|특파원)", right.strip())
    if agency or reporter:
        return agency, reporter[1] if reporter else None
    return (right.strip(), None) if re.search("[가-힣]", right) else (None, right.strip())


def _parted(inner: str) -> tuple[str, str | None, printed_date.PrintedDate | None]:
    found = agencies.BARE.search(inner)
    rest = inner[: found.start()] + " " + inner[found.end() :] if found else inner
    dated = printed_date.search(rest)
    if dated:
        rest = rest[: dated[0]].strip() or rest[dated[1].end :]
    rest = re.sub(r"^\s*(?:记者|記者)\s*\S{2,3}(?=\S{2,})", "", rest)
    place = _SENT.sub("", rest.strip(" 　,，、.-—")).strip()
    return place, agencies.canonical(found[0]) if found else None, dated[1] if dated else None


def _with_korean_reporter(text: str, token: Token) -> Token:
    found = _KOREAN_REPORTER.match(text, token.end)
    equals = None if found else _CLOSING.match(text, token.end)
    end = found.end() if found else equals.end() if equals else token.end
    author = found["name"] if found else token.author
    return Token(kind="C", start=token.start, end=end, places=token.places, date=token.date, agency=token.agency, author=author)
