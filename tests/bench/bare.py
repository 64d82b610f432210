"""The other side: Scrapy that fetches the same pages with the same settings, and does nothing with them."""

from collections.abc import AsyncIterator, Iterable
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.http import Response

from spiders.settings import settings


class BareSpider(Spider):
    name = "bare"

    def __init__(self, *, urls: Iterable[str], etag: str, **named: Any) -> None:
        super().__init__(**named)
        self.urls, self.etag = urls, etag
        self.fetched = 0

    async def start(self) -> AsyncIterator[Request]:
        for url in self.urls:
            conditions = {"If-None-Match": self.etag} if self.etag else None
            yield Request(url, headers=conditions, meta={"handle_httpstatus_list": [304]}, dont_filter=True)

    def parse(self, response: Response, **named: Any) -> None:
        self.fetched += bool(response.body) or response.status == 304


async def fetch(urls: Iterable[str], *, etag: str = "") -> int:
    """Fetch these pages, if they are not still ``etag``; how many were answered."""
    runner = AsyncCrawlerRunner(settings(contact="bench@example.org"))
    crawler = runner.create_crawler(BareSpider)
    await runner.crawl(crawler, urls=urls, etag=etag)
    assert isinstance(crawler.spider, BareSpider)
    return crawler.spider.fetched
