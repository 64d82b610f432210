"""Rung: one way to ask a wire what it has — its feed, its sitemap, a listing page, a JSON endpoint, a folder of packets."""

from dataclasses import dataclass, field
from typing import Literal

from spiders.jsonlist import Paths
from spiders.listing import Layout

#: In the order in which a source's are tried.
Kind = Literal["feed", "sitemap", "listing", "json", "folder"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rung:
    """Where to ask, and how the answer is to be read."""

    kind: Kind
    #: An http or https address; of a folder its absolute path.
    url: str
    method: Literal["GET", "POST"] = "GET"
    #: Of a POST, as the endpoint wants it: JSON where it begins with a brace or bracket, else a form.
    body: str = ""
    #: Of a listing: where its page has what.
    layout: Layout = field(default_factory=Layout)
    #: Of a JSON endpoint: where its answer has what.
    paths: Paths | None = None
    #: Most documents of it that are read at once: the pages that "next" leads to, the sitemaps of an index.
    pages: int = 3
