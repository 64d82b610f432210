"""Fault: one thing that is wrong with the configuration, and where; ConfigError: all of them at once."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

#: Of what there is, so many are named to somebody who wrote something else.
NAMED = 12
_SHOWN = 80
_BARE_KEY = re.compile(r"[A-Za-z0-9_.-]{1,80}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One line for whoever wrote the file: where it is, what it is, what to write instead."""

    #: As its writer knows it: "wirewatch.toml", "rules/grain.toml", "environment".
    file: str
    #: 'source "ap"', "[fetch]"; "line 3, column 7" of a file that is no TOML; "" for the file as a whole.
    table: str = ""
    key: str = ""
    message: str

    def __str__(self) -> str:
        said = f"{_named(self.key)} {self.message}" if self.key else self.message
        return _printable(": ".join(part for part in (self.file, self.table, said) if part), keep="\n")


class ConfigError(Exception):
    """A configuration that is refused. Its text lists every fault, one a line."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class NoConfig(ConfigError):
    """There is no configuration yet."""

    def __init__(self, places: Iterable[object]) -> None:
        looked = ", ".join(str(place) for place in places)
        super().__init__([Fault(file="wirewatch.toml", message=f"not found (looked for {looked}); `wirewatch init` writes one")])


def _named(key: str) -> str:
    """A key as a message can carry it: a TOML file may name one with line breaks or escape sequences."""
    return key if _BARE_KEY.fullmatch(key) else shown(key)


def shown(value: object) -> str:
    """A value as a message can carry it: on one line, short, nothing that moves a terminal's cursor."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            cut = value if len(value) <= _SHOWN else value[:_SHOWN] + "…"
            return f'"{_printable(cut)}"'
        case dict():
            return "a table"
        case list():
            return "a list" if value else "empty"
        case int() if value.bit_length() > 128:  # str() refuses numbers of more than 4300 digits
            return "a huge number"
        case _:
            return str(value)


def _printable(text: str, *, keep: str = "") -> str:
    return "".join(char if char.isprintable() or char in keep else ascii(char)[1:-1] for char in text)


def closest(word: str, words: Iterable[str]) -> str:
    """'; did you mean every?', or "" where nothing comes near."""
    near = _nearest(word[:_SHOWN], words)
    return f"; did you mean {near}?" if near else ""


def meant(name: str, known: Sequence[str]) -> str:
    """What somebody who wrote an unknown ``name`` may have meant: "did you mean …?", or what there is, the first NAMED."""
    near = _nearest(name, known)
    if near:
        return f'did you mean "{near}"?'
    each = list(dict.fromkeys(known))
    more = f" and {len(each) - NAMED} more" if len(each) > NAMED else ""
    return f"there are: {', '.join(each[:NAMED]) or 'none'}{more}"


def _nearest(word: str, words: Iterable[str]) -> str | None:
    """The word that comes nearest, in whichever case it was written; None where none comes near."""
    folded = {each.casefold(): each for each in words}
    near = get_close_matches(word.casefold(), list(folded), n=1)
    return folded[near[0]] if near else None
