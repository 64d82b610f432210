"""Content encodings are undone up to the size that may be fetched, and not as often as a server likes."""

from scrapy import Request, Spider
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

#: Each is undone up to the cap on its own; a hundred of them would hold up the event loop for seconds.
MOST_ENCODINGS = 2


class EncodingMiddleware(HttpCompressionMiddleware):
    """Scrapy's, which ends at DOWNLOAD_MAXSIZE for each encoding, with a limit to their number."""

    def process_response(self, request: Request, response: Response, spider: Spider | None = None) -> Request | Response:
        encodings = response.headers.getlist("Content-Encoding")
        if encodings and sum(value.count(b",") + 1 for value in encodings) > MOST_ENCODINGS:
            raise IgnoreRequest(f"the answer is encoded more than {MOST_ENCODINGS} times over")
        return super().process_response(request, response) if encodings else response
