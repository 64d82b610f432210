"""Crawlers and servers that the tests of the crawling half share."""

from collections.abc import AsyncIterator, Iterator
from ipaddress import ip_network

import pytest
import pytest_asyncio
from hostile import Hostile, hostile

from spiders.crawl import Crawler, crawling


@pytest.fixture
def wire() -> Iterator[Hostile]:
    with hostile() as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def crawler(reactor: None) -> AsyncIterator[Crawler]:
    """May fetch from 127.0.0.1 and nothing else, not even the rest of loopback; a download may take 1 s."""
    async with crawling(contact="desk@example.org", allow=[ip_network("127.0.0.1/32")], time_limit=1) as crawler:
        yield crawler
