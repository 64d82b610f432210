"""File: one TOML file of the configuration and the tables in it."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from glob import glob
from pathlib import Path

from monitor.faults import Fault, shown
from monitor.tables import Table

#: Bytes a file may have: a hundred times what a desk writes by hand.
LARGEST = 1 << 20
_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
#: What tomllib says → what to write instead.
_MEANT = {
    "Invalid value": 'text stands in quotes: "…"',
    "Unterminated string": "close the quotes",
    r"Illegal character '\n'": "close the quotes",
    "Cannot overwrite a value": "keep one of the two",
    "Invalid statement": 'write key = "value", or [table]',
    "Expected '=' after a key in a key/value pair": 'write key = "value"',
}


class Unreadable(Exception):
    """A file that cannot be used; the message says why, and ``place`` where in it."""

    def __init__(self, message: str, *, place: str = "") -> None:
        super().__init__(message)
        self.place = place


@dataclass(frozen=True, kw_only=True, slots=True)
class File:
    """One TOML file, as far as it could be read."""

    path: Path
    #: As messages call it: relative to the first file's folder.
    name: str
    content: Mapping[str, object] = field(repr=False)
    faults: list[Fault] = field(repr=False)

    @classmethod
    def open(cls, path: Path, name: str, faults: list[Fault]) -> "File":
        """Read a file; one that holds no tables becomes a fault and an empty file."""
        content: Mapping[str, object] = {}
        try:
            content = _parse(read_bytes(path))
        except Unreadable as exc:
            faults.append(Fault(file=name, table=exc.place, message=str(exc)))
        return cls(path=path, name=name, content=content, faults=faults)

    def including(self, patterns: Iterable[str]) -> Iterator["File"]:
        """The files that ``patterns`` name, each once, in the order of their names; never this file itself."""
        seen = {self.path.resolve()}
        for pattern in patterns:
            for path in self._matching(pattern):
                if path.resolve() not in seen:
                    seen.add(path.resolve())
                    yield File.open(path, _relative(path, self.path.parent), self.faults)

    def _matching(self, pattern: str) -> list[Path]:
        # Path.glob matches hidden files too: what editors leave beside a file that is being changed.
        names = glob(pattern, root_dir=self.path.parent, recursive=True)  # noqa: PTH207
        found = [path for name in sorted(names) if (path := self.path.parent / name).is_file()]
        if not found:
            self.top.fault("include", f"{shown(pattern)} matches no file in {self.path.parent}")
        return found

    @property
    def top(self) -> Table:
        """What stands above the first table, and the tables' names."""
        return self._table("", "", self.content)

    def table(self, kind: str) -> Table:
        """The one table ``[kind]``; an empty one where the file has none."""
        value = self.content.get(kind, {})
        if not isinstance(value, dict):
            self.top.fault(kind, f"is {shown(value)}; use one table, [{kind}]")
            value = {}
        return self._table(f"[{kind}]", kind, value)

    def tables(self, kind: str, *labels: str) -> Iterator[Table]:
        """The tables ``[[kind]]``, each called by the first of its ``labels`` that it has, else by its number."""
        value = self.content.get(kind, [])
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            self.top.fault(kind, f"is {shown(value)}; use [[{kind}]], once for each {kind}")
            return
        for number, content in enumerate(value, start=1):
            label = next((shown(content[key]) for key in labels if isinstance(content.get(key), str)), f"number {number}")
            yield self._table(f"{kind} {label}", kind, content)

    def _table(self, name: str, path: str, content: Mapping[str, object]) -> Table:
        return Table(name=name, path=path, file=self.name, folder=self.path.parent, content=content, faults=self.faults)


def read_bytes(path: Path) -> bytes:
    """The bytes of a file that is not too large to have been written by hand. Raise Unreadable."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except (OSError, ValueError) as exc:  # ValueError: a NUL in the name
        raise Unreadable(f"cannot be read: {getattr(exc, 'strerror', None) or exc}") from exc
    if len(data) > LARGEST:
        raise Unreadable(f"is larger than {LARGEST >> 20} MiB")
    return data


def _parse(data: bytes) -> dict[str, object]:
    """The tables of a TOML file, with or without a byte order mark. Raise Unreadable with line and column."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = data.count(b"\n", 0, exc.start) + 1
        raise Unreadable("is not UTF-8; save it as UTF-8", place=f"line {line}") from exc
    if not text.strip():  # as an editor leaves it between emptying and writing
        raise Unreadable("is empty")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise _syntax(str(exc), text) from exc
    except (RecursionError, ValueError) as exc:  # brackets in brackets in …; a number of thousands of digits
        raise Unreadable("is nested too deeply, or holds a number that is too long") from exc


def _syntax(message: str, text: str) -> Unreadable:
    place = _PLACE.search(message)
    if place is None:
        return Unreadable(f"is no TOML: {message}")
    line, column = place.groups() if place[1] else (text.count("\n") + 1, len(text) - text.rfind("\n"))
    said = message[: place.start()].strip()
    meant = f"; {_MEANT[said]}" if said in _MEANT else ""
    return Unreadable(f"is no TOML: {said}{meant}", place=f"line {line}, column {column}")


def _relative(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)
