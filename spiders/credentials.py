"""What a source brings along for its own hosts, and for no other: its headers, its POST, and leave to speak old TLS."""

from urllib.parse import ParseResult, SplitResult, urlsplit

from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.utils.httpobj import urlparse_cached

from spiders.source import Source

PORTS = {"http": 80, "https": 443}
Origin = tuple[str, str, int | None]


class SourceMiddleware:
    """Adds a source's headers to requests to its own hosts, and takes them from those that a redirect leads elsewhere.

    Scrapy sends every request of a chain of redirects through here, and each carries the headers of the one before.
    Comes before the middlewares that fill in what is missing, so that a header that was taken is theirs again.
    """

    def process_request(self, request: Request) -> None:
        source: Source | None = request.meta.get("source")
        if source is None or not (source.headers or source.legacy_tls or request.method == "POST"):
            return
        own = is_own(source, urlparse_cached(request))
        if request.method == "POST" and not own:
            raise IgnoreRequest(f"a POST is not sent to another host than the source's own: {request.url[:200]}")
        for name, value in source.headers:
            if own:
                request.headers[name] = value
            else:
                request.headers.pop(name, None)
        request.meta["legacy_tls"] = own and source.legacy_tls


def is_own(source: Source, url: SplitResult | ParseResult) -> bool:
    """Whether an address is at a host of the source's own, with or without "www."; https will do for http, not the reverse."""
    asked = _origin(url)
    return any(asked in (own, _secure(own)) for own in (_origin(urlsplit(rung.url)) for rung in source.rungs))


def _origin(url: SplitResult | ParseResult) -> Origin:
    try:
        port = url.port
    except ValueError:  # no number: no request will be sent there
        port = 0
    return url.scheme, (url.hostname or "").removeprefix("www."), PORTS.get(url.scheme) if port is None else port


def _secure(origin: Origin) -> Origin:
    scheme, host, port = origin
    return ("https", host, 443) if (scheme, port) == ("http", 80) else origin
