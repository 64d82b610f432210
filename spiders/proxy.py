"""A proxy that every request goes through, once its host is checked as if we went there ourselves."""

import asyncio
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from scrapy import Request
from scrapy.exceptions import CannotResolveHostError
from scrapy.utils.httpobj import urlparse_cached

from spiders.credentials import PORTS
from spiders.story import SpiderError


class BadProxy(SpiderError):
    """The address of a proxy that cannot be used. The message does not repeat it: it may hold a password."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Proxy:
    """Where the proxy is, and what lets us in."""

    host: str
    port: int
    authorization: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read "http://user:password@host:3128"; user and password with %40 for @. Raise BadProxy."""
        try:
            split = urlsplit(url)
            host, port = split.hostname, split.port
        except ValueError:
            host = port = None
        if not (host and port) or split.scheme != "http":
            # Scrapy speaks no TLS to a proxy for https pages.
            raise BadProxy('the proxy cannot be used; write "http://host:3128" or "http://user:password@host:3128"')
        signed = f"{unquote(split.username)}:{unquote(split.password or '')}" if split.username else ""
        return cls(host=host, port=port, authorization=f"Basic {b64encode(signed.encode()).decode()}" if signed else None)

    @property
    def url(self) -> str:
        """Without user and password."""
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"


class ProxyMiddleware:
    """Checks a request's host, then hands it to the proxy; Scrapy's own would take one from the environment and check nothing.

    The proxy looks the name up once more, by itself: against a name that changes between the two it has to guard itself.
    """

    def __init__(self, crawler: Any) -> None:
        self.proxy, self.guard = Proxy.parse(crawler.settings["WIREWATCH_PROXY"]), crawler.spider.guard

    @classmethod
    def from_crawler(cls, crawler: Any) -> Self:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        url = urlparse_cached(request)
        try:
            async with asyncio.timeout(request.meta["download_timeout"]):
                admitted = await self.guard.admits(url.hostname or "", url.port or PORTS.get(url.scheme, 0))
        except TimeoutError:
            admitted = False
        if not admitted:
            raise CannotResolveHostError(f"{url.hostname} was not found here, and is not handed to the proxy unchecked")
        request.meta["proxy"] = self.proxy.url
        if self.proxy.authorization:
            # Scrapy sends it to the proxy alone: with CONNECT, or with a request for http that the proxy itself reads.
            request.headers["Proxy-Authorization"] = self.proxy.authorization
