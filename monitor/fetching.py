"""Fetching: the crawler that goes by the configuration."""

from contextlib import AbstractAsyncContextManager

from monitor.config import Settings
from spiders.crawl import Crawler, crawling


def fetching(settings: Settings) -> AbstractAsyncContextManager[Crawler]:
    """A crawler that goes by [fetch] and ends with the block. Needs the reactor that ``spiders.crawl.run`` brings."""
    return crawling(contact=settings.contact, allow=settings.allow, proxy=settings.proxy, ca_file=settings.ca_file)
