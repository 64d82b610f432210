"""Sign-offs: what an agency prints below the last sentence of its stories: its own name, initials, an address, the terms of use."""

import re

#: Last paragraphs that may be sign-offs, and characters of one.
_LAST, _LONGEST = 4, 300
#: What is one as a paragraph of its own, whoever's story it is.
_LINE = re.compile(
    r"\(ANSA\)\.?|[-–—]{1,3} ?KCNA ?[-–—]{0,3}|={2,4} ?Kyodo(?: News)?|\(Dow Jones(?: Newswires)?\)|dpa(?:[ /-][a-zäöü]{1,4}){1,6}"
    r"|\((?:afp|dpa|apa|sda|ats|efe)(?:[/-][a-z]{1,4}){1,4}\)"
    r"|(?:[\w.+-]{1,40}@yna\.co\.kr[ ,]{0,3}){1,3}|[‹<(〈]?저작권자 ?(?:\(c\)|ⓒ|©)?.{0,120}(?:금지|yna\.co\.kr)\W{0,3}"
    r"|[【（(\[]? ?(?:责任编辑|責任編輯|编辑|編輯|校对) ?[:：].{1,30}|при цитировании\b.{0,60}\bссылка\b.{0,120}\bобязательна\W{0,3}"
    r"|our standards: .{0,120}|follow (?:the )?AP[’']s .{0,60}coverage\b.{0,160}",
    re.IGNORECASE,
)
#: What ends the last sentence of an agency's own stories, in their own line or not.
_ENDS = {
    "ANSA": r"\(ANSA\)\.?",
    "KCNA": r"[-–—]{1,3} ?KCNA ?[-–—]{0,3}",
    "Kyodo": r"={2,4} ?Kyodo(?: News)?",
    "AFP": r"\(afp(?:[/-][a-z]{1,4}){1,4}\)|(?<=[.!?”\"»] )[a-z]{2,4}(?:[/-][a-z]{2,4}){1,3}",
    "dpa": r"\(dpa(?:[/-][a-z]{1,4}){1,4}\)|(?<=[.!?“\"«] )dpa(?: [a-zäöü]{1,4}){1,6}",
    "Xinhua": r"[（(](?:完|end)[)）]",
}
_ENDING = {agency: re.compile(rf"(?:{form})$") for agency, form in _ENDS.items()}
#: Characters at the end of a paragraph, in which that stands.
_END_LENGTH = 60


def without(paragraphs: tuple[str, ...], *, agency: str | None) -> tuple[str, ...]:
    """A story's paragraphs without the sign-offs at its foot; ``agency`` is its own, by its short name."""
    body, foot = paragraphs[:-_LAST], paragraphs[-_LAST:]
    kept = [text for text in foot if len(text) > _LONGEST or not _LINE.fullmatch(text)]
    if kept and (ending := _ENDING.get(agency or "")):
        kept[-1] = _unsigned(kept[-1], ending)
    return (*body, *filter(None, kept)) or paragraphs


def _unsigned(text: str, ending: re.Pattern[str]) -> str:
    found = ending.search(text, max(0, len(text) - _END_LENGTH))
    return text[: found.start()].rstrip() if found else text
