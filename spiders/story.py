"""Story, Dateline and Status: the frozen values a spider yields; what a page *says*, not what is stored."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from typing import Literal
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

#: Query parameters that say how a reader came to a page, never which page it is.
TRACKING = ("utm_", "fbclid", "gclid", "mc_cid", "mc_eid", "yclid", "ref_src")

#: Characters of an address. Longer ones work nowhere else either, and no index of the store holds them.
LONGEST = 2000


class SpiderError(Exception):
    """Anything the room ``spiders`` refuses: its message says what, and where."""


class Status(StrEnum):
    """What the wire lets a reader do with a story (the words of ninjs ``pubstatus`` and the agencies' advisories)."""

    USABLE = "usable"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"
    HELD = "held"
    #: Its page is there no more, looked for twice.
    GONE = "gone"


#: From what may be shown to what must not: of several witnesses the gravest counts.
_GRAVITY = (Status.USABLE, Status.CORRECTED, Status.HELD, Status.WITHDRAWN, Status.GONE)


def gravest(*statuses: Status) -> Status:
    """The one of several statuses that allows least; usable if there are none."""
    return max(statuses, key=_GRAVITY.index, default=Status.USABLE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Dateline:
    """Where, when and by whom a story was filed, as its first line says it."""

    #: A literal substring of the text it was read from, closing mark included.
    raw: str
    #: Cities as printed.
    places: tuple[str, ...] = ()
    #: 1–12 and 1–31; a dateline has no year.
    month: int | None = None
    day: int | None = None
    #: The agency's one short name: TASS, Yonhap, AP.
    agency: str | None = None
    author: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Story:
    """One story as one page, feed entry or packet tells it. Texts are plain; nothing in them is trusted markup."""

    #: May be "" where the page has none.
    headline: str
    canonical_url: str
    #: Other true headlines of the same page (for search engines, for sharing); rules read them too.
    other_headlines: tuple[str, ...] = ()
    #: The deck: printed between headline and body, not part of the body.
    lead: str = ""
    #: The body; the dateline stays in the first one.
    paragraphs: tuple[str, ...] = ()
    byline: tuple[str, ...] = ()
    #: Short name, as in Dateline.agency.
    agency: str | None = None
    section: str | None = None
    dateline: Dateline | None = None
    #: BCP 47, lower case: "en", "zh-hant".
    language: str | None = None
    #: Aware, any zone; None if the page gives no date.
    published_at: datetime | None = None
    updated_at: datetime | None = None
    #: A "day" is midnight in the source's zone.
    published_precision: Literal["minute", "day"] = "minute"
    status: Status = Status.USABLE
    keywords: tuple[str, ...] = ()
    #: What the wire printed around the headline, "CORRECTED-UPDATE 2"; of a packet its slugline too.
    slug: str = ""
    #: The number of its version, as a mark or packet prints it.
    version: int | None = None
    #: What the desk says of the story beside it: advisories, notes at head or foot; one a line.
    note: str = ""
    #: Not to be shown before; aware. The status does not say it: an embargo ends by itself.
    embargoed_until: datetime | None = None
    #: The id of another item that a packet says it corrects, holds or kills.
    about: str = ""
    #: The desk says that what it held may be used after all: this story, or the one that it speaks of.
    releases: bool = False

    @property
    def text(self) -> str:
        """The body as one text: paragraphs, a line break between two."""
        return "\n".join(self.paragraphs)


def canonical_url(url: str) -> str:
    """The address of a page without what only says how the reader came to it.

    Lower-cases scheme and host, drops the default port, the fragment, user name and password, and tracking parameters.
    Raise ``ValueError`` unless it is http or https with a host that may exist: nothing else may become a link in a mail.
    """
    parts = urlsplit(url.strip())
    if len(url) > LONGEST or parts.scheme.lower() not in ("http", "https") or not _may_exist(parts.hostname or ""):
        raise ValueError(f"not a web address: {url[:200]!r}")
    return SplitResult(parts.scheme.lower(), _authority(parts), parts.path or "/", _query(parts.query), "").geturl()


@lru_cache(maxsize=1024)  # few hosts bring most addresses
def _may_exist(host: str) -> bool:
    # Twisted's resolver never answers for a label that is empty or over 63 characters, and the request waits for its time limit.
    try:
        return bool(host) and bool(host.encode("idna"))
    except UnicodeError:
        return False


def _authority(parts: SplitResult) -> str:
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443}[parts.scheme.lower()]
    return host if parts.port in (None, default) else f"{host}:{parts.port}"


def _query(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True)
    kept = [(key, value) for key, value in pairs if not key.lower().startswith(TRACKING)]
    return query if len(kept) == len(pairs) else urlencode(kept)


def fingerprint(texts: Iterable[str]) -> bytes:
    """16 bytes that change when a word of any of the texts changes; white space does not count."""
    return fingerprint_of_words(" ".join(text.split()) for text in texts)


def fingerprint_of_words(texts: Iterable[str]) -> bytes:
    """As ``fingerprint``, of texts that have one blank between two words and no other white space."""
    digest = blake2b(digest_size=16)
    for text in texts:
        digest.update(text.encode("utf-8", "surrogatepass") + b"\0")
    return digest.digest()
