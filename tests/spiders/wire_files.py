"""What the tests of the bundled wires share: their fixtures, and the Source that a file describes."""

import re
import tomllib
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from monitor import times, values
from spiders import wires
from spiders.jsonlist import Paths
from spiders.listing import Layout
from spiders.rung import Rung
from spiders.source import Selectors, Source

FIXTURES = Path(__file__).parent / "wires"
ADDRESSES = tomllib.loads((FIXTURES / "addresses.toml").read_text(encoding="utf-8"))
PARSERS = {
    "timezone": ZoneInfo,
    "every": times.pace,
    "story_url": re.compile,
    "language": values.language,
    "country": values.country,
    "selectors": lambda table: Selectors(**table),
    "listing": lambda said: listing(**layout_of(said)),
    "json": lambda table: json(**table),
}


def source_of(name: str, **given: object) -> Source:
    """The source that a wire's file describes."""
    said = {key: value for key, value in wires.table(name).items() if key not in wires.METADATA}
    return Source(id=name, **{key: PARSERS.get(key, lambda value: value)(value) for key, value in said.items()} | given)


def layout_of(said: str | dict[str, Any]) -> dict[str, Any]:
    """A listing as a table, which its address alone may stand for."""
    return {"url": said} if isinstance(said, str) else said


def listing(url: str, address: str = "", **layout: str) -> Rung:
    return Rung(kind="listing", url=url, layout=Layout(address=re.compile(address) if address else None, **layout))


def json(url: str, paths: dict[str, str]) -> Rung:
    return Rung(kind="json", url=url, paths=Paths(**paths))
