"""The bundled wires: one TOML file each, and code beside it only for what no selector can say.

A file holds what a ``[[source]]`` table may hold, but its id, which is the file's name; and besides: ``home`` (where people read it),
``level`` ("full"; "headline" where only headlines and summaries can be read; "licence"; "dead"), ``verified`` (the day of the newest
real bytes of it that our readers have read, or "never"), ``off`` (why it is not polled unless somebody says so) and ``note``.
"""

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from importlib.resources import files
from typing import Any

from spiders.story import SpiderError

#: Keys of a wire's file that are no keys of a source.
METADATA = ("home", "verified", "off", "note")
_WIRES = files("spiders") / "wires"
_PACKS = "packs"


class UnknownWire(SpiderError):
    """A name that no bundled wire has; the message says which ones are close."""

    def __init__(self, name: str, close: tuple[str, ...]) -> None:
        super().__init__(name, close)
        self.name = name
        self.close = close

    def __str__(self) -> str:
        return f'no bundled wire is called "{self.name}"; {"near: " + ", ".join(self.close) if self.close else "see spiders/wires"}'


def names() -> tuple[str, ...]:
    """The bundled wires, in the order of the alphabet."""
    stems = (entry.name.removesuffix(".toml") for entry in _WIRES.iterdir() if entry.name.endswith(".toml"))
    return tuple(sorted(stem for stem in stems if stem != _PACKS))


def table(name: str) -> Mapping[str, object]:
    """What a wire's file says, as it says it; with ``reader``, its own name, where it has code beside it. Raise UnknownWire."""
    if name not in names():
        raise UnknownWire(name, tuple(get_close_matches(name, names(), n=3, cutoff=0.5)))
    said = _read(name)
    return {**said, "reader": name} if (_WIRES / f"{module_of(name)}.py").is_file() else said


def packs() -> Mapping[str, tuple[str, ...]]:
    """The packs, each with the names of its wires."""
    return {name: tuple(pack["wires"]) for name, pack in _read(_PACKS).items()}


def about() -> Mapping[str, str]:
    """What each pack is for, in one line."""
    return {name: pack["about"] for name, pack in _read(_PACKS).items()}


def module_of(name: str) -> str:
    """The name of the module in this package that a wire's code stands in."""
    return name.replace("-", "_")


def _read(stem: str) -> dict[str, Any]:
    return tomllib.loads((_WIRES / f"{stem}.toml").read_text(encoding="utf-8"))
