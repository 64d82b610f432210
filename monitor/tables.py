"""Table: one table of the configuration, read into checked values. Every fault is noted, and reading goes on."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from monitor.faults import Fault, closest, shown
from monitor.values import BadSecret, BadValue, Parser


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """One table of one file."""

    #: As messages call it: 'source "ap"', "[fetch]"; "" for what stands above the first table.
    name: str
    #: As TOML heads it: "source", "source.json".
    path: str
    file: str
    #: Where its relative paths begin.
    folder: Path
    content: Mapping[str, object] = field(repr=False)
    faults: list[Fault] = field(repr=False)

    def fault(self, key: str, message: str) -> None:
        """Note what is wrong with a key; with the table as a whole where ``key`` is ""."""
        self.faults.append(Fault(file=self.file, table=self.name, key=key, message=message))

    def read(self, known: Mapping[str, Parser], *, needs: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return the values that are given and right, by key; note a fault for every other key.

        ``needs`` says what to write where a key is missing.
        """
        self._note_missing(needs or {})
        self._note_unknown(known)
        values = {}
        for key, parse in known.items():
            if key not in self.content:
                continue
            try:
                values[key] = parse(self.content[key])
            except BadSecret as exc:
                self.fault(key, str(exc))
            except BadValue as exc:
                self.fault(key, f"is {shown(self.content[key])}; {exc}")
        return values

    def inner(self, key: str) -> "Table":
        """The table below a key of this one: ``selectors`` of a source."""
        value = self.content.get(key, {})
        if not isinstance(value, dict):
            self.fault(key, f"is {shown(value)}; use a table, [{self.path}.{key}]")
            value = {}
        return replace(self, name=f"{self.name} {key}", path=f"{self.path}.{key}", content=value)

    def _note_missing(self, needs: Mapping[str, str]) -> None:
        for key, example in needs.items():
            if key not in self.content:
                self.fault(key, f"is missing; write {example}")

    def _note_unknown(self, known: Mapping[str, Parser]) -> None:
        for key in self.content:
            if key not in known:
                self.fault(key, f"is not a key here{closest(key, known)}")


def refuse_twins(tables: Iterable[Table], *keys: str, name: Callable[[str], str] = str) -> None:
    """Note each table whose name, the first of ``keys`` that it has, an earlier table bears already."""
    seen: dict[str, Table] = {}
    for table in tables:
        key = next((key for key in keys if isinstance(table.content.get(key), str)), None)
        if key is None:
            continue
        first = seen.setdefault(name(str(table.content[key])).casefold(), table)
        if first is not table:
            table.fault(key, f"{shown(table.content[key])} is used twice, first in {first.file}")
