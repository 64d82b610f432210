"""Turns: a host's requests are taken up one by one as it answers; what waits longer waits where it keeps no other host's from going on."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from scrapy.pqueues import DownloaderAwarePriorityQueue, DownloaderInterface


class Turns(DownloaderAwarePriorityQueue):
    """Scrapy's, which asks the host with the fewest downloads first, but hands the downloader no more of one host than it can use.

    Else the pages of one slow host are soon all that the downloader may hold at a time, though it fetches but one of them.
    """

    def __init__(self, crawler: Any, *args: Any, **named: Any) -> None:
        super().__init__(crawler, *args, **named)
        self._downloader_interface = _Room(crawler)


class _Room(DownloaderInterface):
    def stats(self, possible_slots: Iterable[str]) -> list[tuple[int, str]]:
        # Not the slots' own count: a request that waits for a robots.txt has not come to its slot yet.
        active = Counter(map(self.get_slot_key, self.downloader.active))
        # A spider that leaves takes all that waits, to drop it.
        all_go = getattr(self.downloader.crawler.spider, "leaving", False)
        return [(active[slot], slot) for slot in possible_slots if all_go or active[slot] < self._at_once(slot)]

    def _at_once(self, slot: str) -> int:
        """How many a host is asked at once."""
        return int(self.downloader.per_slot_settings.get(slot, {}).get("concurrency", self.downloader.domain_concurrency))
