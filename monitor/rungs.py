"""Rungs: the ways to ask a source that need more than an address, as its tables say them."""

import re
from typing import Any

from monitor.sections import JSON, LISTING, PATHS
from monitor.tables import Table
from spiders.jsonlist import Paths
from spiders.listing import Layout
from spiders.rung import Rung

#: Of a rung itself; the other keys of a listing are its layout.
_OF_RUNG = ("url", "method", "body", "pages")


def listing(table: Table, given: object, story_url: re.Pattern[str] | None) -> Rung | None:
    """The listing of a source, an address or its ``[source.listing]``; None where a fault stands in its way.

    Where it does not say what the address of a story matches, ``story_url`` of the source does.
    """
    if isinstance(given, str):
        return Rung(kind="listing", url=given, layout=Layout(address=story_url))
    said = table.inner("listing").read(LISTING, needs={"url": 'url = "https://news.example.org/latest"'})
    layout = {"address": story_url} | {key: value for key, value in said.items() if key not in _OF_RUNG}
    return _rung("listing", said, layout=Layout(**layout))


def jsonlist(table: Table) -> Rung | None:
    """The endpoint of ``[source.json]``; None where a fault stands in its way."""
    inner = table.inner("json")
    said = inner.read(JSON, needs={"url": 'url = "https://news.example.org/api/latest"', "paths": 'paths = { items = "items" }'})
    if "body" in inner.content and inner.content.get("method") != "POST":
        inner.fault("body", 'needs method = "POST" beside it')
    if "paths" not in said:
        return None
    paths = inner.inner("paths").read(PATHS, needs={"items": 'items = "data.items", or "@" where the answer is the list'})
    return _rung("json", said, paths=Paths(**paths)) if "items" in paths else None


def _rung(kind: str, said: dict[str, Any], **reading: Any) -> Rung | None:
    own = {key: value for key, value in said.items() if key in _OF_RUNG}
    return Rung(kind=kind, **own, **reading) if "url" in own else None  # type: ignore[arg-type]
