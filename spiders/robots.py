"""robots.txt as RFC 9309 has it: fetched again now and then, bounded, and its Crawl-delay kept."""

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from scrapy import Request
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import ProtegoRobotParser, RobotParser
from scrapy.utils.httpobj import urlparse_cached

from spiders.rest import HostResting
from spiders.settings import TOKEN

#: Seconds until rules are fetched again.
FRESH = 3600.0
#: Seconds until a robots.txt that could not be had is asked for again.
AGAIN = 300.0
#: Seconds that rules stay in force while their robots.txt cannot be had (RFC 9309, 2.4).
LONGEST = 86400.0
#: Bytes of a robots.txt that are read (RFC 9309, 2.5: at least so many).
MOST_BYTES = 500 << 10
#: Most seconds between two requests that a Crawl-delay may ask for; one of a day would be a Disallow by another name.
LONGEST_DELAY = 30.0
#: Hosts whose rules are remembered, and bytes of rules in all: a hostile feed may lead to any number of both.
MOST_HOSTS, MOST_RULES = 1000, 4 << 20

_AGENT = re.compile(r"user[-\s]?agent\s*[:\s]\s*(.*)", re.IGNORECASE)
_PRODUCT = re.compile(r"\*|[a-z_-]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """What one host's robots.txt says, and until when that is believed."""

    #: None: everything is allowed.
    parser: RobotParser | None
    until: float
    read_at: float
    host: str
    size: int = 0
    #: Seconds between two requests that it asks for.
    delay: float | None = None


class RobotsMiddleware(RobotsTxtMiddleware):
    """Scrapy's, which keeps for ever what it read once, be it an error, and knows no Crawl-delay."""

    def __init__(self, crawler: Any, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(crawler)
        self.clock = clock
        self._rules: dict[str, Rules] = {}
        self._asked: dict[str, asyncio.Task[Rules]] = {}

    async def robot_parser(self, request: Request) -> RobotParser | None:
        url = urlparse_cached(request)
        origin = f"{url.scheme}://{url.netloc.rpartition('@')[2]}"
        rules = self._rules.get(origin)
        if rules is None or rules.until <= self.clock():
            rules = await asyncio.shield(self._asked.get(origin) or self._ask(origin, request))
            if getattr(self.crawler.spider, "leaving", False):
                raise IgnoreRequest("leaving")  # or a stop would wait for a robots.txt and then for the page
        return rules.parser

    def _ask(self, origin: str, request: Request) -> "asyncio.Task[Rules]":
        """Begin to ask a host for its rules; all who want them meanwhile wait for the same answer."""
        task = self._asked[origin] = asyncio.ensure_future(self._fetch(origin, request))
        task.add_done_callback(lambda _: self._asked.pop(origin))
        return task

    async def _fetch(self, origin: str, request: Request) -> Rules:
        meta = {"dont_obey_robotstxt": True, "source": request.meta.get("source")}
        asking = Request(f"{origin}/robots.txt", priority=self.DOWNLOAD_PRIORITY, meta=meta, callback=NO_CALLBACK)
        response: Response | None
        try:
            response = await self.crawler.engine.download_async(asking)
        except HostResting:
            raise
        except Exception:  # whatever it is, the request that comes after will meet it too, and tell
            response = None
        rules = self._judged(response, known=self._rules.get(origin), host=urlparse_cached(request).hostname or "")
        self._remember(origin, rules)
        return rules

    def _judged(self, response: Response | None, *, known: Rules | None, host: str) -> Rules:
        now = self.clock()
        if response is not None and response.status < 300:
            body = ours(response.body)
            parser = ProtegoRobotParser(body, self.crawler.spider)
            delay = parser.crawl_delay(TOKEN)
            return Rules(parser=parser, until=now + FRESH, read_at=now, host=host, size=len(body), delay=delay)
        if response is not None and response.status < 500 and response.status != 429:
            return Rules(parser=None, until=now + FRESH, read_at=now, host=host)
        # RFC 9309 would have us fetch nothing where robots.txt cannot be had. That is meant for those who walk whole sites. A desk
        # asks for the lists that it was given and the few pages they name, each once; some wires answer 500 here for years, and
        # their news would be missing without end. So the rules that we know stay in force, and without any we go on, at the pace
        # of one request at a time, and ask again soon.
        if known and now - known.read_at < LONGEST:
            return replace(known, until=now + AGAIN)
        return Rules(parser=None, until=now + AGAIN, read_at=now, host=host)

    def _remember(self, origin: str, rules: Rules) -> None:
        self._rules.pop(origin, None)
        self._rules[origin] = rules
        self._pace(rules.host)
        while len(self._rules) > MOST_HOSTS or sum(each.size for each in self._rules.values()) > MOST_RULES:
            dropped = self._rules.pop(next(iter(self._rules)))
            self._pace(dropped.host)

    def _pace(self, host: str) -> None:
        """Let Scrapy's queue of this host wait as long between two requests as any of its origins asks, or as we do for any host."""
        delay = max((each.delay or 0 for each in self._rules.values() if each.host == host), default=0)
        downloader, settings = self.crawler.engine.downloader, self.crawler.settings
        usual = settings.getdict("DOWNLOAD_SLOTS").get(host)
        paced = dict(usual or {"delay": settings.getfloat("DOWNLOAD_DELAY"), "jitter": settings.getfloat("DOWNLOAD_DELAY_JITTER")})
        if delay:
            paced |= {"concurrency": 1, "delay": max(paced["delay"], min(delay, LONGEST_DELAY)), "jitter": 0}
        if delay or usual:
            downloader.per_slot_settings[host] = paced
        else:
            downloader.per_slot_settings.pop(host, None)
        if slot := downloader.slots.get(host):
            slot.concurrency = paced.get("concurrency", downloader.domain_concurrency)
            slot.delay, slot.jitter = paced["delay"], paced["jitter"]


def ours(body: bytes) -> bytes:
    """The lines of a robots.txt that speak to us or to everybody, of its first MOST_BYTES.

    The parser keeps every rule once for each name above it: half a megabyte of names and rules would take it minutes and gigabytes.
    """
    if len(body) > MOST_BYTES:
        body = body[:MOST_BYTES].rpartition(b"\n")[0]
    kept: list[str] = []
    naming = speaks = False
    for line in body.decode("utf-8-sig", errors="ignore").splitlines():
        said = line.partition("#")[0].strip()
        agent = _AGENT.fullmatch(said)
        if agent:
            product = _PRODUCT.match(agent[1].lower())
            meant = product is not None and product[0] in ("*", TOKEN)
            speaks = meant or (naming and speaks)
            kept += [f"User-agent: {product[0]}"] if product and meant else []
        elif said and speaks:
            kept.append(said)
        naming = bool(agent) or (naming and not said)
    return "\n".join(kept).encode()
