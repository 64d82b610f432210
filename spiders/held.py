"""Requests are sent only while whoever asked for them still may: a process that was frozen wakes up with requests of an hour ago."""

from typing import Any

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response


class NotHeld(IgnoreRequest):
    """A request was not sent: somebody else may be asking that host by now."""


class DownloadHandler(HTTP11DownloadHandler):
    """Scrapy's, the last to see a request: behind it there is only the connection, before it a queue with pauses of seconds."""

    lazy = True

    async def download_request(self, request: Request) -> Response:
        ticket: Any = request.cb_kwargs.get("ticket")  # robots.txt has none
        if ticket and not ticket.held():
            raise NotHeld("the claim has lapsed")
        return await super().download_request(request)
