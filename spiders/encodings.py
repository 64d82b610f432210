"""What a server says of its bytes: content encodings are undone up to the size that may be fetched, charsets that are none ignored."""

from scrapy import Request, Spider
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response, TextResponse

from spiders.page import NO_CHARSETS

#: Each is undone up to the cap on its own; a hundred of them would hold up the event loop for seconds.
MOST_ENCODINGS = 2
#: Bytes in which a document may declare its charset, as w3lib looks for it.
_DECLARED = 4096


class EncodingMiddleware(HttpCompressionMiddleware):
    """Scrapy's, which ends at DOWNLOAD_MAXSIZE for each encoding, with a limit to their number."""

    def process_response(self, request: Request, response: Response, spider: Spider | None = None) -> Request | Response:
        encodings = response.headers.getlist("Content-Encoding")
        if encodings and sum(value.count(b",") + 1 for value in encodings) > MOST_ENCODINGS:
            raise IgnoreRequest(f"the answer is encoded more than {MOST_ENCODINGS} times over")
        undone = super().process_response(request, response) if encodings else response
        return _with_a_charset(undone) if isinstance(undone, TextResponse) else undone


def _with_a_charset(response: TextResponse) -> TextResponse:
    # Scrapy decodes each page on the event loop, to look for a meta refresh.
    said = (response.headers.get("Content-Type") or b"") + response.body[:_DECLARED]
    return response.replace(encoding="utf-8") if any(name.encode() in said.lower() for name in NO_CHARSETS) else response
