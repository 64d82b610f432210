"""Run by the Python that has news-please: read the pages that come as a JSON list, print the seconds of CPU one takes."""

import json
import sys
import time

from newsplease import NewsPlease


def read(pages: list[str], url: str) -> None:
    for page in pages:
        article = NewsPlease.from_html(page, url=url)
        assert article.title and article.maintext and article.date_publish, "it is to read what we read"


if __name__ == "__main__":
    pages = json.load(sys.stdin)
    read(pages[:1], sys.argv[1])  # which loads what is loaded once
    began = time.process_time()
    read(pages, sys.argv[1])
    print((time.process_time() - began) / len(pages))
