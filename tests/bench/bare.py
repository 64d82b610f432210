"""The other side: Scrapy that fetches the same pages with the same settings, and does nothing with them."""

from collections.abc import AsyncIterator, Iterable
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.http import Response

from spiders.settings import settings


class BareSpider(Spider):
    name = "bare"

    def __init__(self, *, urls: Iterable[str], **named: Any) -> None:
        super().__init__(**named)
        self.urls = urls
        self.fetched = 0

    async def start(self) -> AsyncIterator[Request]:
        for url in self.urls:
            yield Request(url, dont_filter=True)

    def parse(self, response: Response, **named: Any) -> None:
        self.fetched += bool(response.body)


async def fetch(urls: Iterable[str]) -> int:
    """Fetch these pages; how many came."""
    runner = AsyncCrawlerRunner(settings(contact="bench@example.org") | {"ITEM_PIPELINES": {}})
    crawler = runner.create_crawler(BareSpider)
    await runner.crawl(crawler, urls=urls)
    assert isinstance(crawler.spider, BareSpider)
    return crawler.spider.fetched
