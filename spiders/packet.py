"""Packets: the bytes of a NewsML, NITF or ninjs packet, fetched or dropped into a folder, become entries and stories."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from itertools import islice

from spiders import agencies, dateline, grammar, newsml, ninjs, nitf, planning, xmltree
from spiders.entry import MOST_ENTRIES, Feed
from spiders.extract import from_entry
from spiders.item import Desk, Item
from spiders.looks import looks_like
from spiders.source import Source
from spiders.story import Dateline, SpiderError, Story, gravest

#: Bytes of one packet; a larger one is refused unread.
MOST_BYTES = 16 * 1024 * 1024
_NEWSML = frozenset(["newsMessage", "newsItem", "packageItem", "contentSet", "NewsML"])


class NotAPacket(SpiderError):
    """Bytes that are no packet of the kinds that are read; the message says what they look like instead."""

    def __init__(self, url: str, looks_like: str) -> None:
        super().__init__(url, looks_like)
        self.url = url
        self.looks_like = looks_like

    def __str__(self) -> str:
        return f"{self.url}: expected NewsML-G2, NewsML 1, NITF or ninjs, got {self.looks_like}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Packet(Feed):
    """What one packet holds: its stories, each whole."""

    entries: tuple[Item, ...]


def read(body: bytes, *, url: str, timezone: tzinfo = UTC) -> Packet:
    """Read a packet that was fetched from ``url`` or lay in a folder: NewsML-G2, NewsML 1, NITF, ninjs 1 to 3.

    Dates without a zone are taken in ``timezone``. Items without a headline and a text are left out, pictures with a caption are
    not, nor schedules and the like; the first MOST_ENTRIES are given. Raise NotAPacket: also for IPTC 7901, ANPA
    1312 and the agencies' own XML and JSON.
    """
    if len(body) > MOST_BYTES:
        raise NotAPacket(url, f"more than {MOST_BYTES >> 20} MiB")
    desk = Desk(url=url, timezone=timezone)
    found = _json(body, desk) if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[") else _xml(body, desk)
    entries = [item for item in found if item.title or item.body]
    if not entries:
        raise NotAPacket(url, f"{len(found)} items, none with a headline or a text")
    return Packet(entries=tuple(item for item in entries if not planning.kind_of(item.title)))


def stories(body: bytes, *, url: str, source: Source) -> tuple[Story, ...]:
    """The stories of a packet, with the source's language and agency where it is silent. Raise NotAPacket."""
    return tuple(story(item, source=source) for item in read(body, url=url, timezone=source.timezone).entries)


def story(item: Item, *, source: Source) -> Story:
    """The story that one entry of a packet is: what from_entry() makes of its texts, and what the packet says besides."""
    told = from_entry(item, source=source)
    line = told.dateline or _dateline(item.dateline, item.language)
    named = (line.agency if line else None, agencies.canonical(item.provider), told.agency)
    whole = replace(
        told,
        dateline=line,
        agency=next(filter(None, named), None),
        byline=item.byline,
        language=item.language or told.language,
        updated_at=item.updated_at,
        status=gravest(told.status, item.status),
        keywords=item.keywords,
        slug=" ".join(dict.fromkeys(filter(None, (item.slug, told.slug)))),
        # 2, not urn:…:2: where the packet does not number its versions, a mark in the headline may.
        version=int(item.version) if item.version.isdecimal() and len(item.version) < 7 else told.version,
        note="\n".join(filter(None, (item.note, told.note))),
        embargoed_until=item.embargoed_until or told.embargoed_until,
        about=item.about,
    )
    return grammar.read(whole, timezone=source.timezone)


def _dateline(printed: str, language: str | None) -> Dateline | None:
    """The dateline that a packet prints beside the body: "London (dpa) -", or only the city."""
    if not printed:
        return None
    found = dateline.parse(printed, language=language) or dateline.parse(f"{printed} - ", language=language)
    return replace(found, raw=printed) if found else None


def _xml(body: bytes, desk: Desk) -> list[Item]:
    try:
        root = xmltree.tree(body)
    except xmltree.NotXml as exc:
        raise NotAPacket(desk.url, f"{looks_like(body)} ({exc})") from exc
    if root.tag == "nitf":
        return [nitf.item(root, desk)]
    if root.tag not in _NEWSML:
        raise NotAPacket(desk.url, looks_like(body))
    return list(islice(newsml.items(root, desk), MOST_ENTRIES))


def _json(body: bytes, desk: Desk) -> list[Item]:
    try:
        document = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as exc:
        raise NotAPacket(desk.url, f"JSON that cannot be read ({str(exc)[:100]})") from exc
    found = list(islice(ninjs.items(document, desk), MOST_ENTRIES))
    if not found:
        raise NotAPacket(desk.url, "JSON without an item that has a `uri`")
    return found
