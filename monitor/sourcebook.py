"""Sources of all files, read together: those that are written out, the bundled wires, and the packs of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from monitor import rungs
from monitor.faults import closest, shown
from monitor.files import File
from monitor.headers import headers
from monitor.sections import PACK, SELECTORS, SOURCE
from monitor.tables import Table, refuse_twins
from spiders import wires
from spiders.source import Selectors, Source

#: The ways to ask a source; it needs one of them.
WAYS = ("feed", "sitemap", "listing", "json", "folder")
#: What a bundled wire says of itself, and no ``[[source]]``.
ABOUT = (*wires.METADATA, "reader")


def read(files: Sequence[File], environ: Mapping[str, str]) -> tuple[Source, ...]:
    """The sources, in the order of their tables. Faults are noted in the tables."""
    tables = [table for file in files for table in file.tables("source", "id", "wire", "pack")]
    whole = [each for table in _unpacked(tables) if (each := _written_out(table))]
    refuse_twins(whole, "id")
    return tuple(source for table in whole if (source := _source(table, environ)))


def off(wire: str) -> str:
    """Why a bundled wire is not polled unless its owner insists; "": it is."""
    said = wires.table(wire)
    return str(said.get("off") or ("it publishes no more" if said.get("level") == "dead" else ""))


def _unpacked(tables: Sequence[Table]) -> Iterator[Table]:
    """The tables, in place of each pack those of its wires. A wire's own table wins, wherever it stands."""
    taken = {table.content.get("wire") for table in tables if isinstance(table.content.get("wire"), str)}
    for table in tables:
        if "pack" not in table.content:
            yield table
            continue
        said = table.read(PACK)
        for wire in wires.packs()[said["pack"]] if "pack" in said else ():
            if wire not in taken and not off(wire):
                taken.add(wire)
                content = {key: value for key, value in table.content.items() if key in said and key != "pack"}
                yield replace(table, name=f"source {shown(wire)}", content=content | {"wire": wire})


def _written_out(table: Table) -> Table | None:
    """The table with all that the bundled wire says which it names; what it says itself wins. None where a fault stands in its way."""
    if "wire" not in table.content:
        return table
    wire = table.content["wire"]
    if not isinstance(wire, str) or wire not in wires.names():
        near = closest(wire, wires.names()) if isinstance(wire, str) else ""
        table.fault("wire", f"is {shown(wire)}, which is no bundled wire{near or '; there are: ' + ', '.join(wires.names())}")
        return None
    if off(wire) and "enabled" not in table.content:
        table.fault("wire", f"is {shown(wire)}, which is off: {off(wire)}; write enabled = true beside it to poll it all the same")
        return None
    return replace(table, content={"id": wire} | _bundled(wire) | dict(table.content))


def _bundled(wire: str) -> dict[str, object]:
    """What a ``[[source]]`` table would say to be this wire."""
    said = {key: value for key, value in wires.table(wire).items() if key not in ABOUT}
    level = {"licence": "headline", "dead": "full"}.get(str(said.get("level")), said.get("level", "full"))
    return said | {"level": level}


def _source(table: Table, environ: Mapping[str, str]) -> Source | None:
    """The source of a ``[[source]]`` table; None where a fault stands in its way, or its owner has turned it off."""
    given = table.read(SOURCE, needs={"id": 'id = "city-desk"'})
    wire, enabled = given.pop("wire", None), given.pop("enabled", True)
    if not any(way in table.content for way in WAYS):
        table.fault("", f'says nowhere to ask; use one of {", ".join(WAYS)}, such as feed = "https://news.example.org/rss.xml"')
    given |= _opened(table, given, environ)
    return Source(**given, reader=_reader(wire)) if enabled and "id" in given else None


def _opened(table: Table, given: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """The values of the keys that are tables, or paths."""
    values: dict[str, Any] = {}
    if "listing" in given:
        values["listing"] = rungs.listing(table, given["listing"], given.get("story_url"))
    if "json" in given:
        values["json"] = rungs.jsonlist(table)
    if "folder" in given:
        values["folder"] = _folder(table, given["folder"])
    if "selectors" in given:
        values["selectors"] = Selectors(**table.inner("selectors").read(SELECTORS))
    if "headers" in given:
        values["headers"] = headers(table.inner("headers"), environ)
    return values


def _folder(table: Table, given: str) -> Path:
    """Absolute. One that is not there may be on a disk that is to be mounted yet; its polls say so."""
    path = (table.folder / given).absolute()
    if path.exists() and not path.is_dir():
        table.fault("folder", f"is {shown(given)}, which is a file; name the folder that packets are dropped into")
    return path


def _reader(wire: str | None) -> str:
    return str(wires.table(wire).get("reader", "")) if wire else ""
