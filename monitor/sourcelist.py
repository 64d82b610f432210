"""Lists of sources from elsewhere, OPML or CSV, read into ``[[source]]`` tables; every fault is named by its line."""

import csv
import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from monitor import slug
from monitor.faults import ConfigError, Fault
from monitor.files import File, Unreadable, read_bytes
from monitor.sourcebook import read as read_sources
from spiders import opml

#: A row: its line, and what it says.
Row = tuple[int, dict[str, object]]
_NO_FEED = 'lists no feed; write <outline xmlUrl="https://news.example.org/rss.xml"/> in OPML, a column named feed in CSV'


def read(path: Path, *, ids: Collection[str] = (), feeds: Collection[str] = ()) -> list[dict[str, object]]:
    """The tables of a file's sources, with ids of their own; a feed that is there already, in ``feeds`` or further up, is left out.

    A CSV file names the keys of ``[[source]]`` in its first row. ``ids`` are taken. Raise ConfigError with all faults, or NotOpml.
    """
    faults: list[Fault] = []
    tables: dict[str, dict[str, object]] = {}
    seen = set(feeds)
    for line, said in _rows(path, faults):
        feed = str(said.get("feed") or "")
        if not feed or feed not in seen:
            seen.add(feed)
            table = _named(said, {*ids, *tables})
            tables[str(table["id"])] = table
            faults += _faults(path.name, line, said, table, ids)
    if not tables and not faults and not seen.intersection(feeds):
        faults.append(Fault(file=path.name, message=_NO_FEED))
    if faults:
        raise ConfigError(faults)
    return list(tables.values())


def _rows(path: Path, faults: list[Fault]) -> Iterator[Row]:
    try:
        body = read_bytes(path)
    except Unreadable as exc:
        raise ConfigError([Fault(file=path.name, message=str(exc))]) from exc
    yield from _csv(body, path.name, faults) if path.suffix.lower() == ".csv" else _opml(body, path.name)


def _opml(body: bytes, name: str) -> Iterator[Row]:
    for outline in opml.read(body, name=name):
        said = {"name": outline.title, "feed": outline.feed, "language": outline.language}
        yield outline.line, {key: value for key, value in said.items() if value or key == "feed"}


def _csv(body: bytes, name: str, faults: list[Fault]) -> Iterator[Row]:
    try:
        reader = csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True)
        for row in reader:
            if None in row:
                faults.append(Fault(file=name, table=f"line {reader.line_num}", message="has more cells than the first row has names"))
            elif any(row.values()):
                yield reader.line_num, {key.strip().lower(): _cell(key, value.strip()) for key, value in row.items() if value}
    except UnicodeDecodeError as exc:
        faults.append(Fault(file=name, table=f"line {body.count(bytes([10]), 0, exc.start) + 1}", message="is not UTF-8; save it as UTF-8"))
    except csv.Error as exc:
        faults.append(Fault(file=name, table=f"line {reader.line_num}", message=f"is no CSV: {exc}"))


def _cell(key: str, text: str) -> object:
    return int(text) if key.strip().lower() == "snippet" and text.isdecimal() else text


def _named(said: Mapping[str, object], taken: Collection[str]) -> dict[str, object]:
    """The row with an id: its own, else one out of its name or its address."""
    if "id" in said:
        return dict(said)
    named = slug.of_text(str(said.get("name") or "")) or slug.of_address(str(said.get("feed") or ""))
    return {"id": slug.unique(named, taken), **said}


def _faults(name: str, line: int, said: Mapping[str, object], table: dict[str, object], ids: Collection[str]) -> list[Fault]:
    """What is wrong with one row, as the configuration would say it."""
    found: list[Fault] = []
    read_sources([File(path=Path(name), name=name, content={"source": [table]}, faults=found)], {})
    if "id" in said and said["id"] in ids:
        found.append(Fault(file=name, key="id", message=f'"{said["id"]}" is taken; write another, or leave it out'))
    return [replace(fault, table=f"line {line}") for fault in found]
