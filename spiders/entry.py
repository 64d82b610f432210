"""Entries: what a feed, a sitemap, a listing, an endpoint or a packet says of a story, before its page is read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import TypeVar
from urllib.parse import urljoin

from spiders import body as bodies
from spiders import plaintext
from spiders.story import canonical_url, fingerprint

#: Most entries that any reader gives of one document; which ones, says newest().
MOST_ENTRIES = 2000
#: Characters that an entry's parts may have: a title of a million words is no title, and every reader's mail would carry it.
LONGEST_TITLE, LONGEST_SUMMARY, LONGEST_BODY = 500, 10_000, 500_000
#: The markup of a longer body is read with its list, in a process whose time is limited: libxml2 takes seconds over a hundred
#: thousand attributes, and whoever stores the story reads it in the event loop.
LONG_BODY = 32 << 10
#: A longer name is replaced by its digest: an index holds no more than 2,700 bytes.
LONGEST_GUID = 500

Listed = TypeVar("Listed")


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One entry of a feed, before its page is read."""

    #: Canonical, http or https; "" when the entry has no such link.
    url: str
    #: The feed's own name for the entry; else its url, else a digest of its texts.
    guid: str
    #: Plain, one line each.
    title: str = ""
    summary: str = ""
    #: Aware; None when the feed gives no date that can be read.
    published_at: datetime | None = None
    #: The story itself where the feed carries it: HTML or plain text, untrusted; "" if not.
    body: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Feed:
    """What one feed lists, in its own order."""

    entries: tuple[Entry, ...]
    title: str = ""
    #: The charset that explains its bytes, whatever was declared; "" where the reader does not say.
    charset: str = ""


def made(
    *, base: str, link: str = "", guid: str = "", title: str = "", summary: str = "", published_at: datetime | None = None, body: str = ""
) -> Entry:
    """An entry out of raw texts, as the document at ``base`` prints them: links relative to it, texts with markup in them."""
    url, title, summary = address(link, base), plaintext.from_markup(title), plaintext.from_markup(summary)
    named = plaintext.clean(guid) or url or fingerprint((title, summary, body)).hex()
    return Entry(
        url=url,
        guid=named if len(named) <= LONGEST_GUID else fingerprint((named,)).hex(),
        title=title[:LONGEST_TITLE],
        summary=summary[:LONGEST_SUMMARY],
        published_at=published_at and _believable(published_at),
        body=_body(plaintext.INVISIBLE.sub("", body[:LONGEST_BODY])),
    )


def _body(fragment: str) -> str:
    """A body as it is; a long one as plain text, with a line for each of its paragraphs."""
    if len(fragment) <= LONG_BODY:
        return fragment
    return "\n".join(escape(paragraph, quote=False) for paragraph in bodies.of_fragment(fragment))


def _believable(moment: datetime) -> datetime | None:
    """A moment as UTC; None for the year 1 of an empty field and the like, which no other zone could show."""
    try:
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if 1900 <= moment.year <= 2200 else None


def address(link: str, base: str) -> str:
    """The canonical address that ``link`` names in the document at ``base``; "" unless it is http or https."""
    try:
        return canonical_url(urljoin(base, plaintext.clean(link))) if link else ""
    except ValueError:
        return ""


def newest(listed: Sequence[Listed], published_at: Callable[[Listed], datetime | None], *, most: int = MOST_ENTRIES) -> tuple[Listed, ...]:
    """The ``most`` newest of what a document lists, in the document's own order.

    Those with a date go first. Of those without one the first and the last are taken: some wires put the newest last.
    """
    if len(listed) <= most:
        return tuple(listed)
    last = len(listed) - 1

    def age(at: int) -> tuple[bool, float]:
        when = published_at(listed[at])
        return (False, -when.timestamp()) if when else (True, min(at, last - at))

    return tuple(listed[at] for at in sorted(sorted(range(len(listed)), key=age)[:most]))
