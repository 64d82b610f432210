"""The ladder: what any rung's document lists, in one shape. Never fetches anything."""

from datetime import UTC, datetime, tzinfo

from spiders import feed, jsonlist, listing, packet, sitemap
from spiders import reader as own
from spiders.entry import Feed
from spiders.jsonlist import JsonList, Paths
from spiders.listing import Listing
from spiders.looks import is_packet
from spiders.rung import Rung
from spiders.sitemap import Sitemap

EARLIEST = datetime.min.replace(tzinfo=UTC)


def read(rung: Rung, body: bytes, *, url: str, timezone: tzinfo = UTC, reader: str = "") -> Feed:
    """What a document that was fetched from ``url`` lists. Raise SpiderError: the reader's own, which says what came instead.

    ``reader`` names the bundled wire whose code may read its listing or JSON endpoint; the other kinds are standards.
    """
    if reader and rung.kind in ("listing", "json") and (found := own.entries(reader, body, url=url)):
        return found
    match rung.kind:
        case "sitemap":
            return sitemap.read(body, url=url, timezone=timezone)
        case "listing":
            return listing.read(body, url=url, layout=rung.layout, timezone=timezone)
        case "json":
            return jsonlist.read(body, url=url, paths=rung.paths or Paths(items="@"), timezone=timezone)
        case "folder":
            return packet.read(body, url=url, timezone=timezone)
    # Some agencies answer at a feed's address with a packet of stories.
    return packet.read(body, url=url, timezone=timezone) if is_packet(body) else feed.read(body, url=url, timezone=timezone)


def further(read: Feed, rung: Rung) -> tuple[str, ...]:
    """The documents in which a list goes on: the newest sitemaps of an index, or the next page; at most ``rung.pages``."""
    if isinstance(read, Sitemap):
        # Without dates: most wires list their newest sitemap last.
        oldest_first = sorted(read.sitemaps, key=lambda child: child.modified_at or EARLIEST)
        return tuple(child.url for child in oldest_first[: -rung.pages - 1 : -1])
    return (read.next_url,) if isinstance(read, Listing | JsonList) and read.next_url else ()
