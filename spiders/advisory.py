"""Advisories: lines of the desk to the editors, printed above a story or into its first paragraph; not body."""

import re
from dataclasses import dataclass

from spiders import embargo, footnote, release
from spiders.story import Status
from spiders.verbs import what_it_does

#: Characters that an advisory may have; longer ones are text that happens to stand in a bracket.
LONGEST = 1000
_CLOSED = {"(": ")", "[": "]", "（": "）", "【": "】", "［": "］"}
#: (ATTN: UPDATES …; CORRECTS …) · ATTENTION - ADDS quotes /// · Eds: … · (Achtung: …)
_TO_EDITORS = re.compile(
    r"(?:ATTN|ATTENTION(?: EDITORS)?|Eds\.?|EDS\.?|Editors|EDITORS|Achtung Redaktionen|ACHTUNG"
    r"|À l'attention des rédactions|Вниманию редакторов)"
    r" ?(?:: ?|[-–—] )(?P<told>.*)",
    re.DOTALL,
)
_STORY_WAS = re.compile(
    r"(?:(?:the|this) )?(?:[A-Z][a-z]+\.? \d{1,2} )?(?:story|report|item|dispatch|version|headline|article) (?:was|has been|is|had been) "
    r"(?P<done>corrected|withdrawn|killed|retracted|refiled|updated|amended|recast|removed|resent)\b",
    re.IGNORECASE,
)
_DONE = dict.fromkeys(("corrected", "amended"), Status.CORRECTED) | dict.fromkeys(
    ("withdrawn", "killed", "retracted", "removed"), Status.WITHDRAWN
)
_REFILES = re.compile(r"refil|resen[dt]", re.IGNORECASE)
_STOPS = re.compile(
    r"(?:(?P<kill>KILL)|HOLD)(?:[ *+/-]{1,3}(?:KILL|HOLD)){2,9}\b(?! ?(?:KILL|HOLD)?[,!])"
    r"|(?:(?:MANDATORY|BULLETIN) (?P<mandatory>KILL)|(?P<killed>STORY (?:REMOVED|WITHDRAWN|KILLED)))\b(?!:? [a-z])"
)
_PLEASE = re.compile(
    r"(?:please )?(?:(?P<kill>kill|withdraw|disregard|do not use|spike)|(?P<hold>hold|withhold|do not publish until|stand by))\b",
    re.IGNORECASE,
)
#: … を訂正しました。 · … 바로잡습니다.
_ENDS_ON_CORRECTION = re.compile(
    r"(?:訂正|修正)(?:し(?:ました|ます|て再送します)|しました)?。?$|(?:정정|바로잡)(?:합니다|습니다|았습니다|함)\.?$"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Advisory:
    """What the desk tells the editors of a story."""

    #: As printed, without its bracket.
    note: str
    status: Status
    #: What follows in the same paragraph: the story.
    rest: str


def read(paragraph: str) -> Advisory | None:
    """The advisory that a paragraph is or begins with; None if there is none."""
    bracketed = _bracket(paragraph)
    told, rest = bracketed or (paragraph.strip(), "")
    if not told or len(told) > LONGEST:
        return None
    told, rest = (told, rest) if bracketed else _slashed(told)
    if not told:
        return None
    status = _status(told, is_bracketed=bool(bracketed) or told != paragraph.strip())
    return None if status is None else Advisory(note=told, status=status, rest=rest)


def _bracket(paragraph: str) -> tuple[str, str] | None:
    """What the bracket holds that a paragraph begins with, brackets in it included, and what follows it."""
    text = paragraph.strip()
    close = _CLOSED.get(text[:1])
    if close is None:
        return None
    depth = 0
    for at, char in enumerate(text[: LONGEST + 2]):
        depth += (char == text[0]) - (char == close)
        if depth == 0:
            return text[1:at].strip(), text[at + 1 :].strip()
    return None


def _slashed(text: str) -> tuple[str, str]:
    """AFP ends its advisories with three strokes."""
    told, _, rest = text.partition("///")
    return told.strip(), rest.strip(" /")


def _status(told: str, *, is_bracketed: bool) -> Status | None:
    if stops := _STOPS.match(told):
        return Status.WITHDRAWN if any(stops.groupdict().values()) else Status.HELD
    if embargo.read(told, near=None) or ((is_bracketed or told.isupper()) and release.is_said(told)):
        return Status.USABLE
    if to_editors := _TO_EDITORS.match(told):
        return _asked(to_editors["told"])
    if story_was := _STORY_WAS.match(told):
        return _done(story_was["done"]) if is_bracketed and _is_of_itself(story_was, told) else None
    # (adding that he would go): a bracket of the story begins small.
    return None if not is_bracketed or told[0].islower() else what_it_does(told) or _corrected(told)


def _is_of_itself(story_was: re.Match[str], told: str) -> bool:
    return _DONE.get(story_was["done"].casefold()) is not Status.WITHDRAWN or footnote.is_of_itself(told[story_was.end() :])


def _asked(told: str) -> Status:
    """What the editors are asked to do, or are told that was done."""
    if _STOPS.match(told):
        return _status(told, is_bracketed=True) or Status.USABLE
    please, story_was = _PLEASE.match(told), _STORY_WAS.match(told)
    if please:
        return Status.WITHDRAWN if please["kill"] else Status.HELD
    return _done(story_was["done"]) if story_was else what_it_does(told) or Status.USABLE


def _done(done: str) -> Status:
    return Status.USABLE if _REFILES.match(done) else _DONE.get(done.casefold(), Status.USABLE)


def _corrected(told: str) -> Status | None:
    return Status.CORRECTED if _ENDS_ON_CORRECTION.search(told) else None
