"""Datelines: where, when and by whom a story was filed, as its first line says it.

The first line is cut into furniture (furniture.py), whose kinds make a word such as "P,D(A)-"; SHAPES are the words that datelines
are made of, each with a line that taught it. The longest shape that fits wins.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from spiders.cities import is_city
from spiders.furniture import PARTICLES, tokens
from spiders.story import Dateline
from spiders.token import Token

#: How far into a text a dateline may stand, behind a deck, a caption or a photo credit.
FURTHEST = 400
#: Capitals before a dash or colon that no city is called.
_NO_PLACES_TEXT = """
DEAR BREAKING URGENT EXCLUSIVE UPDATE UPDATED WATCH VIDEO PHOTO PHOTOS LIVE OPINION ANALYSIS EXPLAINER FACTBOX CORRECTED
CORRECTION REFILE REPEAT ADVISORY EDITORIAL SUMMARY NOTE EDITOR LEAD FLASH ALERT NEWS BRIEF BRIEFS US U.S. UK U.K. EU UN U.N.
USA NATO IBM DPRK ROK OPEC NASA FBI CIA NHL NBA NFL NEW TOP PRESS RELEASE Q A I THE EILMELDUNG АНАЛИЗ СРОЧНО МОЛНИЯ ВИДЕО
ФОТО США СССР КНДР ЕС РФ URGENTE ULTIMA ULTIM'ORA ACTUALIZACIÓN ALERTE SON DAKIKA QUESTION ANSWER READ MORE RELATED INTERVIEW
REVIEW FEATURE FOCUS WRAPUP KOREA
"""
_NO_PLACES = frozenset(_NO_PLACES_TEXT.split())
#: Words of a city's name in capitals, what joins them left out: RIO DE JANEIRO, SANTA CRUZ DE LA SIERRA. More are a catchphrase.
_MOST_WORDS = 3
_JOINED = re.compile(r"\b(?:DEL|DE|DO|DA|DOS|DU|OF|AM)(?: (?:LA|LOS|LAS))?\b")
#: First words behind which a by-line or a ship may take small words along, and small words that furniture has itself.
_LONG_FURNITURE = frozenset(("By", "Por", "Par", "Von", "Oleh", "Di", "От", "Reported", "Aboard", "On", "En", "Near", "Off"))
_SMALL_FURNITURE = PARTICLES | {"on", "am", "el", "le", "dan"}
_NEW_START = re.compile(r"\n\s*|[.!?”\"»…]\s+(?=[^\W\d_])|(?<=\w)(?=\([A-Z]{3})|(?=[【［])")


@dataclass(frozen=True, slots=True)
class Shape:
    """One order of furniture that is a dateline, if what it says and what follows it allow."""

    kinds: re.Pattern[str]
    allows: Callable[[list[Token], str], bool]


def _always(line: list[Token], rest: str) -> bool:
    return True


def _is_followed_by_a_start(line: list[Token], rest: str) -> bool:
    """Agence Somewhere (ASW) reported … is a sentence; Seoul (AFP) Nordkorea hat … is not."""
    return line[-1].kind not in "AKU" or not rest[:1].islower()


def _is_no_share(line: list[Token], rest: str) -> bool:
    """Apple (AAPL) - … is a company with its ticker, a long run of words a sentence: neither is a city with its agency."""
    place = next(token for token in line if token.places)
    name = next(token.agency or "" for token in line if token.kind == "U")
    if place.kind == "P" or is_city(place.places[0]):
        return True
    return len(place.places[0].split()) <= 3 and not (name.isupper() and len(name) < 6)


def _ends_on_a_name(line: list[Token], rest: str) -> bool:
    """One word between date and dash is an agency that the table does not know."""
    return len(line[-2].places) == 1 and " " not in line[-2].places[0]


def _is_place(line: list[Token], rest: str) -> bool:
    """Without date and agency, a city that everybody knows, or capitals that are no catchword, must be printed."""
    place = next(token for token in line if token.places)
    if is_city(place.places[0]):
        return line[-1].kind != "." or place.kind == "p"
    capitals = place.kind == "P" or (place.kind == "Q" and place.places[0].isupper())
    words = " ".join(place.places).split()
    return capitals and line[-1].kind != "." and not _NO_PLACES & set(words) and not _is_catchphrase(place.places)


def _is_catchphrase(places: tuple[str, ...]) -> bool:
    """LE POINT SUR LA SITUATION: more words than a city has, and none of them is one."""
    return any(len(_JOINED.sub("", place).split()) > _MOST_WORDS and not is_city(place) for place in places)


def _is_run_in(line: list[Token], rest: str) -> bool:
    """The closing mark was lost: only the change from capitals to a sentence's first word marks the border."""
    starts = bool(re.match(r"[^\W\d_](?:[^\W\d_]|[.]?\s)", rest)) and rest[0].isupper() and not rest[:2].strip()[1:].isupper()
    return starts and (is_city(line[0].places[0]) or (line[-1].date is not None and _is_place(line, rest)))


_PLACE = r"[Pp](?:[AU](?=,?[DY]))?(?:,[Pp]\.?){0,2}"
_DATE = "[DY]"
SHAPES = tuple(
    Shape(re.compile(kinds), allows)
    for kinds, allows in (
        # MOSCOW, July 27. /TASS/. · WASHINGTON (AP) — · By A B LONDON (Reuters) - · Canadian Press - OTTAWA (CP) -
        (rf"B?(?:[KA]-)?(?:{_DATE},?)?{_PLACE}[,.]?-?{_DATE}?[,.]?-?A\.?[-:]?-?A?", _is_followed_by_a_start),
        # HOUSTON (Ticker) -- · Ulaanbaatar, 16 November 2021 (TDI): · TORONTO & NEW YORK, 2016-Mar-23 — /EPR Retail News/ —
        (rf"B?(?:[KA]-)?{_PLACE}[,.]?-?U\.?[-:]-?", _is_no_share),
        (rf"B?{_PLACE}[,.]?-?{_DATE}[,.]?-?U\.?[-:]?-?", _is_followed_by_a_start),
        # москва, 1 дек — риа новости. · КИЕВ. 28 июля. УНН. · BEIJING, Feb. 16, Kyodo · … — РИА Новости, Имя Фамилия.
        (rf"(?:{_PLACE}|l)[,.]?-?{_DATE}[,.]?-?K(?:,[lp](?=\.))?[-.:]?-?", _is_followed_by_a_start),
        # ASTANA. KAZINFORM -
        (rf"{_PLACE}[,.]?-?K[-.:]", _always),
        # Алматы. 27 июля. КазТАГ -
        (rf"{_PLACE}[,.]{_DATE}[,.]?[Pp]-", _ends_on_a_name),
        # Jakarta, MINA –
        ("p,P[-:]", _is_place),
        # (ANSA) - ROMA, 22 MAR -
        (rf"[AUKQ]-{_PLACE},?{_DATE}?-", _always),
        # LONDON, March 17 - · JOHOR BAHRU 14 Ogos –
        (rf"B?{_PLACE}[,.]?{_DATE}\.?-|B?P(?:,[Pp]\.?)*,?{_DATE}:", _always),
        # July 8 (UPI) — · October 6, 2024_
        (rf"{_DATE}[,.]?A\.?[-:]?|Y-", _always),
        # PORT-AU-PRINCE, Haiti - · TOKYO : · Seoul.
        (r"B?[Pp](?:,[Pp]\.?){0,2}[-:.]", _is_place),
        # 新华社北京1月27日电（记者…） · 首尔1月1日电
        (rf"K[Pp]?{_DATE}W?[-:.]?", _always),
        # 【ソウル聯合ニュース】 · (서울=연합뉴스) 김병규 기자 = · 東京, 9月9日, /AJMEDIA/ 【ソウル時事】
        (rf"(?:p,?{_DATE},?[UA]?)?C-?", _always),
        # …/Getty Images(NEW YORK) --
        ("Q-", _is_place),
        # AP - · By A B (Reuters) –
        (r"B?A[-:]?|BK-|K-", _is_followed_by_a_start),
        # MOSCOW, Aug 31 Russia and … · NEW YORK Another rise …
        (rf"P(?:,[Pp]\.?)?,?{_DATE}?", _is_run_in),
    )
)


def parse(text: str, *, language: str | None = None) -> Dateline | None:
    """The dateline of a text, which may hold paragraphs below and a deck, caption or photo credit before it; else None.

    Scripts and month names tell the shapes apart, so ``language`` decides nothing yet.
    """
    opening = text.lstrip()[:FURTHEST]
    for start in _starts(opening):
        line = [] if _is_prose(opening[start : start + 120]) else _longest(opening, start)
        if line and (start == 0 or _is_certain(line)):
            return _dateline(opening, line)
    return None


def _is_prose(opening: str) -> bool:
    """Whether a text begins as a sentence: its first words have no mark, bracket or number, and one of them is small.

    Most texts do, and to look so far takes a tenth of the time of cutting them into furniture.
    """
    words = opening.split(None, 6)[:6]
    if not words or words[0].islower() or words[0] in _LONG_FURNITURE or (words[0].isupper() and len(words[0]) > 1):
        return False
    for at, word in enumerate(words[:-1]):
        if not word.isalpha():
            return False
        if word.islower() and word not in _SMALL_FURNITURE:
            return words[at + 1].isalpha()
    return False


def _starts(text: str) -> Iterator[int]:
    yield 0
    yield from (found.end() for found in _NEW_START.finditer(text))


def _longest(text: str, start: int) -> list[Token]:
    """The longest line at an offset that has a dateline's shape; empty where there is none."""
    line = tokens(text, start)
    word = "".join(token.kind for token in line)
    fits = [(found.end(), shape) for shape in SHAPES if (found := shape.kinds.match(word)) and found.end()]
    for length, shape in sorted(fits, key=lambda fit: fit[0], reverse=True):
        if shape.allows(line[:length], text[line[length - 1].end :].lstrip()):
            return line[:length]
    return []


def _is_certain(line: list[Token]) -> bool:
    """Whether a line may be a dateline behind other text: an agency of the table, or brackets around the place."""
    kinds = {token.kind for token in line}
    return bool(kinds & {"C", "Q"}) or bool(kinds & {"A", "K"} and kinds & {"P", "p"} and line[-1].kind in "-:.")


def _dateline(text: str, line: list[Token]) -> Dateline:
    word = "".join(token.kind for token in line)
    # A bracket in front is the agency where a place follows, else the place; Jakarta, MINA – ends on the agency.
    agency_first, agency_last = word[0] == "Q" and len(word) > 2, bool(re.fullmatch("p,P[-:]|.+[DY][,.]?[Pp]-", word))
    places = [token.places for token in line if token.kind in ("PplC" if agency_first else "PplCQ") and token.places]
    names = [token.agency for token in line if token.agency and (token.kind != "Q" or agency_first)]
    names += [places[-1][0]] if agency_last and len(places[-1][0]) > 2 else []
    dates = [token.date for token in line if token.date]
    # Of two stacked datelines the inner one is the agency's own.
    own = -1 if word.endswith("C") else 0
    return Dateline(
        raw=text[line[0].start : line[-1].end],
        places=places[own] if places else (),
        month=dates[0].month if dates else None,
        day=dates[0].day if dates else None,
        agency=names[-1] if names else None,
        author=next((token.author for token in line if token.author), _reporter_after_agency(line, word)),
    )


def _reporter_after_agency(line: list[Token], word: str) -> str | None:
    """… — РИА Новости, Имя Фамилия."""
    found = re.search("K,[lp]", word)
    return line[found.end() - 1].places[0] if found else None
