"""What bytes look like that are not what was expected: the last words of an error, so that its reader knows what came instead."""

import re

from spiders import plaintext

_TITLE = re.compile(rb"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
#: What a document's first lines hold, and what it then is; the first that fits.
_KINDS = (
    (re.compile(rb"<(?:\w+:)?(?:urlset|sitemapindex)\b"), "a sitemap"),
    (re.compile(rb"<(?:\w+:)?(?:rss|feed|rdf)\b"), "a feed"),
    (re.compile(rb"<(?:\w+:)?(?:newsmessage|newsitem|newsml)\b"), "a NewsML packet"),
    (re.compile(rb"<(?:\w+:)?nitf\b"), "an NITF packet"),
    # IPTC 7901: SOH, then service and number, priority, category, word count.
    (re.compile(rb"\A\s*\x01[a-z]{2,5}\d{2,6} \d \w{1,3} "), "an IPTC 7901 message"),
    # ANPA 1312: SYN SYN SOH, then the service's letter with a number, US, the selector.
    (re.compile(rb"\A\s*\x16*\x01?[a-z]\d{3,5}\x1f"), "an ANPA 1312 message"),
)
_ROOT = re.compile(rb"<([A-Za-z_][\w.:-]{0,60})")


def looks_like(body: bytes) -> str:
    """What a reader would call these bytes, with its article: "an HTML page titled 'Blocked'", "an empty answer"."""
    start = body[:2000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        return "an empty answer"
    lower = start.lower()
    if b"<html" in lower or lower.startswith(b"<!doctype html"):
        return _page(body)
    known = next((name for pattern, name in _KINDS if pattern.search(lower)), "")
    root = _ROOT.search(start) if lower.startswith(b"<") else None
    return known or (f"XML whose root is <{root[1].decode()}>" if root else f"bytes that start with {start[:40]!r}")


def _page(body: bytes) -> str:
    title = _TITLE.search(body[:20000])
    named = plaintext.from_markup(title[1].decode("utf-8", "replace"))[:80] if title else ""
    return f"an HTML page titled {named!r}" if named else "an HTML page"


def is_packet(body: bytes) -> bool:
    """Whether these bytes are rather a packet of stories (NewsML, NITF, ninjs) than a feed."""
    start = body[:2000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"{"):
        return b'"uri"' in start and b"jsonfeed.org" not in start
    return any(pattern.search(start.lower()) for pattern, name in _KINDS if "packet" in name)
