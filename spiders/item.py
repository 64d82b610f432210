"""Items: a story as a wire's packet tells it, whole, with what the wire lets a reader do with it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from html import escape

from spiders import byline, moment, plaintext
from spiders.entry import LONGEST_GUID, LONGEST_SUMMARY, LONGEST_TITLE, Entry, made
from spiders.story import Status, fingerprint

#: The last word of NewsML's pubStatus (cv.iptc.org/newscodes/pubstatusg2), ninjs's pubstatus, NITF's management-status.
_STATUSES = {"withheld": Status.HELD, "canceled": Status.WITHDRAWN, "cancelled": Status.WITHDRAWN}
#: Signals that a usable version corrects the last: cv.iptc.org/newscodes/signal, and Reuters's edStat.
_CORRECTION = re.compile(r"(?:^sig:|/signal/)correction$|^edStat:C$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Item(Entry):
    """One story of a packet: an entry that needs no page. ``body`` is its paragraphs as HTML."""

    #: "": the packet gives none. A later version has the same guid.
    version: str = ""
    status: Status = Status.USABLE
    #: Not to be shown before; aware. The status does not say it: an embargo ends by itself.
    embargoed_until: datetime | None = None
    updated_at: datetime | None = None
    #: As the packet prints it beside the body.
    dateline: str = ""
    byline: tuple[str, ...] = ()
    #: As printed: "Deutsche Presse-Agentur GmbH", "reuters.com".
    provider: str = ""
    #: BCP 47, lower case.
    language: str | None = None
    keywords: tuple[str, ...] = ()
    #: The slugline: what the wire calls the story from version to version.
    slug: str = ""
    #: What the desk says to editors.
    note: str = ""
    #: The id of another item that this one corrects, holds or kills.
    about: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """What a packet leaves open: where it came from, and the zone of its dates without one."""

    url: str
    timezone: tzinfo

    def moment(self, *printed: str) -> datetime | None:
        """The first of the printed dates that can be read, aware."""
        found = filter(None, (moment.read(text, timezone=self.timezone) for text in printed if text))
        return next((one.at for one in found), None)


def told(
    desk: Desk,
    *,
    guid: str,
    headline: str,
    link: str = "",
    lead: str = "",
    paragraphs: tuple[str, ...] = (),
    published: tuple[str, ...] = (),
    updated: str = "",
    version: str = "",
    status: str = "",
    signals: Iterable[str] = (),
    embargoed: str = "",
    dateline: str = "",
    bylines: Iterable[str] = (),
    provider: str = "",
    language: str = "",
    keywords: Iterable[str] = (),
    slug: str = "",
    note: str = "",
    about: str = "",
) -> Item:
    """An item out of the texts that a packet prints; paragraphs are plain, one that repeats the headline is left out."""
    headline = plaintext.from_markup(headline)
    kept = paragraphs[1:] if paragraphs[:1] == (headline,) else paragraphs
    until = desk.moment(embargoed)
    entry = made(base=desk.url, link=link, summary=lead, published_at=desk.moment(*published))
    return Item(
        url=entry.url,
        guid=plaintext.clean(guid) or entry.url or fingerprint((headline, *kept)).hex(),
        title=headline,
        summary=entry.summary,
        published_at=entry.published_at,
        body="".join(f"<p>{escape(text, quote=False)}</p>" for text in kept),
        version=plaintext.clean(version),
        # An embargo whose end is not told, or not readable, ends when a later version says so.
        status=Status.HELD if (embargoed or _last(status) == "embargoed") and not until else _status(status, signals),
        embargoed_until=until,
        updated_at=desk.moment(updated),
        dateline=plaintext.clean(dateline),
        byline=tuple(dict.fromkeys(name for text in bylines for name in byline.split(plaintext.clean(text)))),
        provider=plaintext.clean(provider),
        language=plaintext.clean(language).lower().replace("_", "-") or None,
        keywords=tuple(dict.fromkeys(filter(None, map(plaintext.clean, keywords)))),
        slug=plaintext.clean(slug)[:LONGEST_TITLE],
        note=plaintext.from_markup(note)[:LONGEST_SUMMARY],
        about=plaintext.clean(about)[:LONGEST_GUID],
    )


def _status(printed: str, signals: Iterable[str]) -> Status:
    corrects = any(_CORRECTION.search(signal) for signal in signals)
    return _STATUSES.get(_last(printed)) or (Status.CORRECTED if corrects else Status.USABLE)


def _last(code: str) -> str:
    """The word itself of a code: "stat:usable", "http://cv.iptc.org/newscodes/pubstatusg2/usable", "Usable"."""
    return re.split(r"[:/]", code.strip().lower())[-1]
