"""The furniture of a first line: places, dates, agencies, reporters and marks, cut into tokens as far as it goes.

Each token has a kind of one letter, so that the order of a line is a word, and a shape of dateline.py a pattern over such words:

    P place in capitals   p place otherwise   l lower-case words   D date   Y date with its year
    A agency in brackets  U other name in brackets   K agency of the table without brackets
    B by-line in front    W reporter in brackets     C bracket that holds a whole dateline   Q place in brackets
    , . - :               marks; every dash and "_" and "=" is -
"""

import re
from collections.abc import Callable, Iterator

from spiders import agencies, bracket, printed_date
from spiders.token import Token

MOST_TOKENS = 16
_MARK = re.compile(r"(?P<dash>--+|[-–—―_=]+(?=\s|$)|(?<=[\s.)/\]）：])[-–—―_=]+|[—―_]+)|(?P<plain>[,.:：，、،])")
_PLAIN = str.maketrans("：，、،", ":,,,")
#: St. · D.C. · J. · С.-Петербург · Port-au-Prince
_WORD = re.compile(
    r"(?:St|Ste|Sta|Ft|Mt|Pt|ST|STE|FT|MT|PT)\.|(?:[^\W\d_]\.){2,3}|[^\W\d_]\.(?=\s[^\W\d_])|[^\W\d_]\.-[^\W\d_]+"
    r"|[^\W\d_]+(?:['’‐-][^\W\d_]+)*"
)
_SPACE = re.compile(r"[^\S\n]+")
_PARTICLES_TEXT = """
de la del las los el le les du des da do dos das di della al an am der dem im in bei ob upon on of the and y e en sur sous
aux à to route near off aboard a/bordo і и на в
"""
PARTICLES = frozenset(_PARTICLES_TEXT.split())
_BY = re.compile(r"(?:By|BY|Por|POR|Par|Von|Oleh|Di|От|Reported by)\s+(?=[^\W\d_])")
_ON_THE_WAY = re.compile(r"(?:aboard|on board|en route|near|off)\s[^()/,.:\n]{2,40}?(?=\s*[(/,])", re.IGNORECASE)
_AND = frozenset(("and", "y", "e", "dan", "und", "et", "и", "AND", "DAN", "Y"))
_NEWS_AGENCY = re.compile(r"(?:(?:information|news)\s+agency\s+)?[\"«“]?")
_PLACE_JOINT = re.compile(r"\s*[/&]\s*(?=[^\W\d_])|[–-](?=[A-Z]{3})")
_NAME_JOINT = re.compile(rf",?\s+(?:{'|'.join(sorted(_AND))})\s+|,\s+(?=[^\W\d_]+\s[^\W\d_]+(?:,|\s+(?:and|y)\s))")
#: An agency or paper that the table does not know, where the grammar leaves no doubt: 「…网」北京2月22日电.
_CHINESE_SERVICE = re.compile(
    r"[\u3400-\u9fff]{2,8}(?:《[^》]{1,12}》|[社网網台报報])(?=[\u3400-\u9fff]{2,6}(?:\d{1,2}月)?\d{1,2}日[电電讯訊])"
)
_SPACELESS = re.compile("[\u3040-\u30ff\u3400-\u9fff]")


def tokens(text: str, at: int = 0) -> list[Token]:
    """The furniture that stands at an offset of a text, up to the first thing that is none."""
    return list(_tokens(text, at))


def _tokens(text: str, at: int) -> Iterator[Token]:
    last = ""
    for _ in range(MOST_TOKENS):
        token = _token(text, _after_space(text, at), last)
        if token is None:
            return
        yield token
        at, last = token.end, token.kind


def _token(text: str, at: int, last: str) -> Token | None:
    for reader in _READERS:
        if token := reader(text, at, last):
            return token
    return None


def _after_space(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _mark(text: str, at: int, last: str) -> Token | None:
    found = _MARK.match(text, at) if last else None
    if not found:
        return None
    kind = "-" if found["dash"] else found[0].translate(_PLAIN)
    return Token(kind=kind, start=at, end=found.end())


def _by_line(text: str, at: int, last: str) -> Token | None:
    found = None if last else _BY.match(text, at)
    if not found:
        return None
    end = _name_end(text, found.end())
    return Token(kind="B", start=at, end=end, author=text[found.end() : end]) if end > found.end() else None


def _name_end(text: str, at: int) -> int:
    """Where one or more names end. Nothing parts a name from the place after it but that names are two words, or a change of case."""
    while True:
        words = list(_words(text, at, 6))
        taken = _name_length(words)
        if not taken:
            return at
        at = words[taken - 1].end()
        joint = _NAME_JOINT.match(text, at)
        if not joint:
            return at
        at = joint.end()


def _name_length(words: list[re.Match[str]]) -> int:
    count = initials = 0
    for word in words:
        if word[0] in _AND:
            break
        count += 1
        initials += len(word[0]) == 2 and word[0].endswith(".")
        if count - initials >= 2:
            break
    rest = words[count:]
    titled = [not word[0].isupper() and word[0][0].isupper() and word[0] not in _AND for word in rest]
    # By Hyung Jin Kim SEOUL: what is not in capitals before capitals is still the name.
    lead = next((i for i, word in enumerate(rest) if word[0].isupper() and len(word[0]) > 2), 0)
    if words and not words[0][0].isupper() and lead and all(titled[:lead]):
        count += lead
    return count


def _words(text: str, at: int, most: int) -> Iterator[re.Match[str]]:
    for _ in range(most):
        word = _WORD.match(text, _after_space(text, at))
        if not word:
            return
        yield word
        at = word.end()


def _date(text: str, at: int, last: str) -> Token | None:
    found = printed_date.match(text, at)
    return Token(kind="Y" if found.year else "D", start=at, end=found.end, date=found) if found else None


def _agency(text: str, at: int, last: str) -> Token | None:
    start = _NEWS_AGENCY.match(text, at)
    found = agencies.BARE.match(text, start.end() if start else at)
    if found:
        end = found.end() + (start is not None and start.end() > at and text[found.end() : found.end() + 1] in ('"', "»", "”"))
        return Token(kind="K", start=at, end=end, agency=agencies.canonical(found[0]))
    service = None if last else _CHINESE_SERVICE.match(text, at)
    return Token(kind="K", start=at, end=service.end(), agency=service[0]) if service else None


def _place(text: str, at: int, last: str) -> Token | None:
    if last and last in "PplQ":
        return None
    if moving := _ON_THE_WAY.match(text, at):
        return Token(kind="p", start=at, end=moving.end(), places=(moving[0],))
    runs: list[tuple[int, int]] = []
    while run := _run(text, at):
        runs.append((at, run))
        joint = _PLACE_JOINT.match(text, run)
        if not joint or bracket.read(text, _after_space(text, run), "p"):
            break
        at = joint.end()
    if not runs:
        return None
    places = tuple(text[start:end] for start, end in runs)
    return Token(kind=_case(places[0]), start=runs[0][0], end=runs[-1][1], places=places)


def _run(text: str, at: int) -> int:
    """Where the words of one place end; 0 if there are none."""
    end, case, count = 0, "", 0
    for word in _words(text, at, 8):
        if end and (printed_date.match(text, word.start()) or agencies.BARE.match(text, word.start())):
            break
        kind = _case(word[0])
        if kind == "l" and end and word[0] in PARTICLES and case != "l":
            continue
        if end and not _goes_on(case, kind, word[0]):
            break
        count += 1
        if count > 5:
            break
        case, end = case or kind, word.end()
        if _SPACELESS.match(word[0]):
            break
    return end


def _goes_on(case: str, kind: str, word: str) -> bool:
    return kind == case or (case == "P" and kind == "P") or (case == "p" and kind == "P" and (word.endswith(".") or len(word) == 1))


def _case(words: str) -> str:
    letters = [c for c in words if c.isalpha()]
    if not letters or letters[0].islower():
        return "l"
    upper = sum(c.isupper() for c in letters)
    return "P" if upper > 1 and upper >= 0.6 * len(letters) else "p"


_READERS: tuple[Callable[[str, int, str], Token | None], ...] = (_mark, _by_line, _date, bracket.read, _agency, _place)
