"""Marks: what an agency prints around a headline to say which version it is, and what may be done with it.

A mark counts only in a shape that wires print: in brackets, before a dash or colon, in capitals, behind the comma of a slug. "Update 2.0
released" and "Kill Bill" are headlines.
"""

import re
from dataclasses import dataclass

from spiders import embargo, release
from spiders.markwords import ALL, BRACKETED, FLASHES, LATER, PLAIN, STATUSES
from spiders.story import Status, gravest
from spiders.verbs import what_it_does

#: Characters of a headline that is looked at; a longer one is a text, and marks would be sought in it again and again.
LONGEST = 500

#: One mark: LEAD · 2nd LD · 3rd Ld-Writethru · UPDATE 2 · UPDATE1 · 종합2보 · 2보 · 第2次更新 · CORRECTED-(OFFICIAL).
_MARK_TEXT = (
    rf"(?<!\w)(?:\d{{1,2}}(?:ST|ND|RD|TH|[.ºª]|-[ЯЙ])?[ -]?)?(?P<word>{'|'.join(map(re.escape, ALL))})(?![^\W\d_])"
    r"(?: ?[#.]?\d{1,2}보?(?!\d|[.,]\d))?"
    r"(?:[ -]?\((?:OFFICIAL|OFFIZIELL|OFFICIEL)\))?|\d{1,2}보(?!\w)|第\d{1,2}次更新"
)
_MARK = re.compile(_MARK_TEXT, re.IGNORECASE)
_JOINT = re.compile(r" ?[-/;,+&] ?| ")
#: What ends a mark that stands bare before a headline.
_DASHES = r"[-‐‑–—―]"
_CLOSING = re.compile(
    rf"(?P<glued>{_DASHES})(?=[^\s\-–—])|\.-+ ?| {_DASHES}+(?= |$) ?|{_DASHES}+ | ?[:：] ?| ?\|+ ?| ?/// ?| ?\+\+\+ ?|[!！] ?"
)
#: 1ST LEAD Ministers meet: a number and capitals need nothing behind them.
_NUMBERED = re.compile(r"\d{1,2}(?:ST|ND|RD|TH) (?:LEAD|LD|UPDATE|ROUNDUP)$")
_THRICE = re.compile(r"(?P<marker>(?P<word>KILL|HOLD)(?:[ *+/-]{1,3}(?P=word)){2,9})(?! ?(?P=word)?[,!])(?![^\W_])[ :.*+/–—-]{0,5}")
# Not 「」, which quote: 「取り消し」 is what somebody asks for.
_OPENING, _CLOSED = "([【〔［（<", ")]】〕］）>"
_BRACKET = re.compile(
    rf"[{re.escape(_OPENING)}] ?(?P<inner>[^{re.escape(_OPENING + _CLOSED)}]{{1,120}}?) ?[{re.escape(_CLOSED)}](?: ?[:：] ?| [-–—] | )?"
)
_LAST_BRACKET = re.compile(rf" ?[{re.escape(_OPENING)}] ?(?P<inner>[^{re.escape(_OPENING + _CLOSED)}]{{1,120}}?) ?[{re.escape(_CLOSED)}]$")
#: Grain Deal, 3rd Ld-Writethru,0420 · Shooting, APNewsAlert · BC-EU--Grain Deal, KILL · Grain prices fall -- 2nd Update
_SLUG_END = re.compile(
    r"(?:, ?|\s--\s)(?P<marker>(?:\d{1,2}(?:st|nd|rd|th) (?:ld|lead)(?:-writethr(?:u|ough))?|(?:ld|lead)-writethr(?:u|ough)|apnewsalert"
    r"|(?:mandatory )?(?-i:KILL|HOLD)|corrective|(?<=-- )(?:\d(?:st|nd|rd|th) )?update)(?:, ?\d{2,4})?)$",
    re.IGNORECASE,
)
#: What KILL may stand behind: "Fight, survive, KILL" counts up.
_SLUG = re.compile(r"BC-|[^ ,]+(?: [^ ,]+){2,}$")
#: (HOLD) Gold stocks: analyst rating
_RATED = re.compile(r".*\b(?:stocks?|shares?|ratings?|rates?|rated|analysts?|buy|sell|price target)\b", re.IGNORECASE)
#: Putin hails deal /// UPDATES WITH quotes, background ///
_SLASHED_END = re.compile(r" ?/// ?(?P<marker>[^/]{3,120}?)(?: ?///)?$")
#: ADVISORY-Story withdrawn: Grain deal
_ADVISORY = re.compile(r"(?P<marker>ADVISORY ?[-–:] ?(?i:story withdrawn|withdrawn))(?: ?[-–:] ?| (?=on ))")
#: What a corrective of AP is called: Correction: Grain Deal story.
_CORRECTIVE = re.compile(r"(?P<marker>Correction|Clarification): (?=.{2,80} (?:story|stories)$)")
#: 2nd LD · 3rd Ld-Writethru · 종합2보 · 第2次更新: said by the number.
_NUMBERED_VERSION = re.compile(r"(?<!\w)\d{1,2}(?:st|nd|rd|th) (?:ld|lead)\b|[2-9]보(?!\w)|第\d{1,2}次更新", re.IGNORECASE)
#: Words that are nothing but marks, so that they need no capitals before a colon.
_TELLING = re.compile(
    r"(?P<marker>Corrected|Eilmeldung|Berichtigung|Rectificatif|Erratum|Fe de erratas|Errata corrige|Rettifica|Richtigstellung|Düzeltme"
    r"|Son dakika|Исправлено|Срочно|Уточнение|Молния) ?: "
)
#: МОЛНИЯ. Министры …
_STOPPED = re.compile(r"(?P<marker>МОЛНИЯ|СРОЧНО|ТЕРМІНОВО|URGENTE|EILMELDUNG|BREAKING NEWS)\. (?=[^\W\d_]\S* ?[^\W\d_]?[a-zа-я])")
#: EMBARGOED UNTIL 0001 GMT JULY 28 - … · (Sperrfrist: 28. Juli, 10.00 Uhr) …
_EMBARGO = re.compile(
    r"(?P<marker>(?:EMBARGOED|EMBARGO (?=UNTIL|TILL|JUSQU|HASTA|BIS|\d)|SPERRFRIST|(?:ПОД )?ЭМБАРГО ДО)\b[^()\[\]–—|/]{0,80}?)"
    r"(?: [-–—]+ |: (?=[^\W\d_])| ?\| ?| ?/// ?)"
)
#: HOLD LIFTED: … · RELEASED: Ministers …
_RELEASE = re.compile(rf"(?P<marker>{release.MARK}|RELEASED(?=: [^\W\d_a-zа-я]))(?: ?: ?| ?[-–—]+ ?| ?/// ?)(?=\S)")
_IS_EMBARGO = re.compile(r"embargo(?:ed)?|sperrfrist|эмбарго|엠바고|解禁|エンバーゴ", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Marked:
    """A headline and what was printed around it: every word is in one of the two."""

    #: Clean; as printed where it is nothing but marks.
    headline: str
    #: "CORRECTED-UPDATE 2", "2nd LD": as printed, without brackets and what parts it from the headline; "" if none.
    marker: str = ""
    #: The number that the marks print; None if none.
    version: int | None = None
    status: Status = Status.USABLE
    #: URGENT, EILMELDUNG: more is to come.
    is_flash: bool = False
    #: HOLD LIFTED: what was held may be used.
    releases: bool = False
    #: That of the marks which says that, or until when, the story is not to be shown.
    embargo: str = ""


def read(headline: str) -> Marked:
    """Take the marks from a headline. One without any, or of over LONGEST characters, stays as it is."""
    rest, markers = headline.strip(), list[str]()
    if len(rest) > LONGEST:
        return Marked(headline=rest)
    while found := _first(rest):
        marker, rest = found
        markers.append(marker)
    told = [*markers, rest] if _is_nothing_else(rest) else markers
    return Marked(
        headline=rest or headline.strip(),
        marker=" ".join(markers) if rest else "",
        version=next((number for marker in told if (number := _number(marker)) is not None), None),
        status=gravest(*map(_status, told)),
        is_flash=any(match["word"].upper() in FLASHES for marker in told for match in _MARK.finditer(marker) if match["word"]),
        releases=any(map(release.is_said, told)),
        embargo=next(filter(_IS_EMBARGO.match, told), ""),
    )


def stop(headline: str) -> Marked | None:
    """Read WITHDRAWN: or KILL - in front of a headline as a mark; None where there is none.

    For who knows what the story was called before: alone such a word may be news, so that ``read`` leaves it where it is.
    """
    found = _MARK.match(headline) if len(headline) <= LONGEST else None
    closing = _CLOSING.match(headline, found.end()) if found and found["word"] in BRACKETED else None
    return Marked(headline=headline[closing.end() :].strip(), marker=found[0], status=_status(found[0])) if found and closing else None


def is_later(marker: str) -> bool:
    """Whether marks say that this is a later version of a story: LEAD, 2nd LD, UPDATE 3, REFILE; of URGENT nobody knows."""
    return any(
        match["word"] and match["word"] == match["word"].upper() and match["word"] in LATER for match in _MARK.finditer(marker)
    ) or bool(_NUMBERED_VERSION.search(marker))


def is_flash(marker: str) -> bool:
    """Whether marks say that more is to come: URGENT, EILMELDUNG."""
    return any(match["word"] and match["word"] == match["word"].upper() and match["word"] in FLASHES for match in _MARK.finditer(marker))


def _is_nothing_else(text: str) -> bool:
    """CORRECTION · APNewsAlert: a notice without a headline."""
    return text.upper() not in PLAIN and (text.isupper() or text.lower() == "apnewsalert") and _is_mark(text)


def _number(marker: str) -> int | None:
    digits = (re.search(r"\d+", found[0]) for found in _MARK.finditer(marker))
    return next((int(found[0]) for found in digits if found), None)


def _first(text: str) -> tuple[str, str] | None:
    """The first mark of a headline, or its last one, with what is left of the headline; None if there is none."""
    for reader in (_bracketed, _worded, _bare, _at_end):
        if found := reader(text):
            return found
    return None


def _bracketed(text: str) -> tuple[str, str] | None:
    found = _BRACKET.match(text)
    if not found or not _is_mark(found["inner"]):
        return None
    rest = text[found.end() :].lstrip()
    return None if found["inner"] == "HOLD" and _RATED.match(rest) else (found["inner"], rest)


def _worded(text: str) -> tuple[str, str] | None:
    for pattern in (_THRICE, _ADVISORY, _CORRECTIVE, _TELLING, _STOPPED, _RELEASE, _EMBARGO):
        found = pattern.match(text)
        if found and (pattern is not _EMBARGO or embargo.tells_an_end(found["marker"])):
            return found["marker"].rstrip(" :"), text[found.end() :].lstrip()
    return None


def _bare(text: str) -> tuple[str, str] | None:
    at = end = 0
    while found := _MARK.match(text, at):
        end = found.end()
        joint = _JOINT.match(text, end)
        if not joint or not _MARK.match(text, joint.end()):
            break
        at = joint.end()
    marker, rest = text[:end], text[end:]
    closing = _CLOSING.match(rest)
    if not end or not (closing or (rest.startswith(" ") and _NUMBERED.fullmatch(marker))):
        return None
    rest = (rest[closing.end() :] if closing else rest).lstrip()
    return (marker, rest) if _is_bare(marker, rest, glued=bool(closing and closing["glued"])) else None


def _is_bare(marker: str, rest: str, *, glued: bool) -> bool:
    """Whether marks without brackets are no words of the headline: they stand out from it by capitals or a number."""
    words = [match["word"] for match in _MARK.finditer(marker) if match["word"]]
    if words and words[0] in BRACKETED:
        return False
    if any(word != word.upper() and "writethr" not in word.lower() and word.lower() != "apnewsalert" for word in words):
        return False
    is_plain = len(words) == 1 and words[0] in PLAIN and not any(char.isdigit() for char in marker)
    if not is_plain and not glued:
        return True
    # LEAD-FREE PETROL, KILL BILL: among capitals a plain word is a word, and glued to the next it is half of one.
    return rest != rest.upper() and not (is_plain and glued and words[0] != "REPEAT")


def _at_end(text: str) -> tuple[str, str] | None:
    # Concert (cancelled) is a headline: what stops a story stands in front.
    found = _LAST_BRACKET.search(text, max(0, len(text) - 130))
    if found and _is_mark(found["inner"]) and found["inner"].upper() not in BRACKETED:
        return found["inner"], text[: found.start()].rstrip()
    if (found := _SLASHED_END.search(text, max(0, len(text) - 140))) and _does(found["marker"]):
        return found["marker"], text[: found.start()].rstrip()
    found = _SLUG_END.search(text, max(0, len(text) - 60))
    if not found or (found["marker"] in BRACKETED and not _SLUG.match(text[: found.start()])):
        return None
    return found["marker"], text[: found.start()].rstrip()


def _is_mark(inner: str) -> bool:
    """Whether a bracket holds marks and nothing else, or says in capitals what was done to the story or until when it is embargoed."""
    is_embargo = _IS_EMBARGO.match(inner) and (inner[:4].isupper() or ":" in inner) and embargo.tells_an_end(inner)
    return _is_marks(inner) or _does(inner) or bool(is_embargo) or bool(re.fullmatch(release.MARK, inner))


def _is_marks(text: str) -> bool:
    at = 0
    while found := _MARK.match(text, at):
        if found["word"] and found["word"].upper() in PLAIN and found["word"] != found["word"].upper():
            return False
        if found.end() == len(text):
            return True
        joint = _JOINT.match(text, found.end())
        if not joint:
            return False
        at = joint.end()
    return False


def _does(text: str) -> bool:
    """UPDATES WITH quotes · CORRECTS age in headline."""
    return text.split(" ", 1)[0].isupper() and what_it_does(text) is not None


def _status(marker: str) -> Status:
    if marker == "Clarification":
        return Status.CORRECTED
    if release.is_said(marker):
        return Status.USABLE
    if _does(marker) and not _is_marks(marker):
        return what_it_does(marker) or Status.USABLE
    words = (match["word"].upper() for match in _MARK.finditer(marker) if match["word"])
    return gravest(*(STATUSES.get(word, Status.USABLE) for word in words))
