"""Redirects, followed as Scrapy follows them, without a Referer."""

from typing import Self

from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares import redirect


class _WithoutReferer(redirect.BaseRedirectMiddleware):
    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        # Scrapy's own then looks for the RefererMiddleware, which is off, and warns at every start that it found none.
        made = cls(crawler.settings)
        made.crawler = crawler
        return made


class RedirectMiddleware(_WithoutReferer, redirect.RedirectMiddleware):
    """Follows a Location."""


class MetaRefreshMiddleware(_WithoutReferer, redirect.MetaRefreshMiddleware):
    """Follows a page that says where to go."""
