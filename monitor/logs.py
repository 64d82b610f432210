"""Logs: one line an event, a fixed word and fields, nothing in it that could steer a terminal or forge a second line."""

import logging
import sys
import time

from alerts.plain import plain

#: Libraries whose every step is news to nobody.
QUIET = ("apscheduler", "asyncio", "procrastinate", "psycopg", "py.warnings", "scrapy", "trafilatura", "htmldate", "twisted")


class OneLine(logging.Formatter):
    """Times in UTC; what came from the network is made harmless; a traceback follows its line."""

    def __init__(self) -> None:
        super().__init__("%(asctime)sZ %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S")
        self.converter = time.gmtime

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = plain(record.message)
        return super().formatMessage(record)


def to_stderr(level: int) -> None:
    """Log to standard error, where journald and containers look."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING if level == logging.DEBUG else logging.ERROR)
    # A traceback for each robots.txt that does not come; the poll that follows tells the same in a line.
    logging.getLogger("scrapy.downloadermiddlewares.robotstxt").setLevel(logging.CRITICAL)
