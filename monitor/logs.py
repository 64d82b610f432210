"""Logs: one line an event, a fixed word and fields; nothing in it steers a terminal, forges a second line or gives a secret away."""

import logging
import os
import re
import sys
import time
import traceback
from datetime import UTC, datetime
from pathlib import Path

from alerts.plain import plain
from monitor.codes import CODES, LIBRARY

#: Libraries whose every step is news to nobody.
QUIET = (
    "apscheduler",
    "asyncio",
    "htmldate",
    "procrastinate",
    "psycopg",
    "py.warnings",
    "scrapy",
    "trafilatura",
    "twisted",
    "tzlocal",
    "uvicorn",
)
#: Its descriptor; sys.stderr may be a test's.
STDERR = 2
#: Characters of a message, and of a traceback.
LONGEST, LONGEST_TRACE = 2000, 4000

#: syslog(3)'s priorities: CRITICAL, ERROR, WARNING, INFO, DEBUG.
_PRIORITIES = {logging.CRITICAL: 2, logging.ERROR: 3, logging.WARNING: 4, logging.INFO: 6, logging.DEBUG: 7}

_CODE = re.compile(r"\bcode=([a-z]+(?:-[a-z]+)*)")
_SECRET_NAME = r"(?:key|token|secret|passw(?:or)?d|pwd|passphrase|auth|signature|sig|session|sid|credential)s?"
#: Each begins where a word begins: one that could begin anywhere takes a second for a long word.
_MASKS = (
    # postgresql://user:password@host, and a token in place of both
    (re.compile(r"(://)[^\s/]*@"), r"\1…@"),
    # Authorization: Basic …, as a header, in a dict, as Scrapy shows one: {b'Cookie': [b'…']}
    (re.compile(r"(?i)(?<![\w-])((?:[\w-]*-)?(?:authorization|cookie2?|auth|key|token|secret|password)\b[\"']?\s*:\s*)[^\r\n}]+"), r"\1…"),
    # ?apikey=…  &access_token=…  password='…'
    (re.compile(rf"(?i)((?<![\w.%-])[\w.%-]*{_SECRET_NAME}\s?=\s?)(?:'[^']*'|\"[^\"]*\"|[^\s&;#'\"]+)"), r"\1…"),
    # ann@example.org; in an address of the web its @ may be written %40
    (re.compile(r"(?i)(?<![^\s@<>()\[\],;:\"'…/=])([^\s@<>()\[\],;:\"'…/=])[^\s@<>()\[\],;:\"'…/=]*?(@|%40)(?=[\w\[])"), r"\1…\2"),
)


class OneLine(logging.Formatter):
    """Times in UTC; what came from the network is made harmless and short, secrets and addresses are masked, a traceback is folded.

    A warning or an error carries its code, and says what to do (monitor/codes.py). ``for_journal``: each begins with its priority.
    """

    converter = staticmethod(time.gmtime)

    def __init__(self, *, for_journal: bool = False) -> None:
        super().__init__()
        self._for_journal = for_journal

    def format(self, record: logging.LogRecord) -> str:
        return (priority(record.levelno) if self._for_journal else "") + self._line(record)

    def _line(self, record: logging.LogRecord) -> str:
        parts = [f"{self.formatTime(record, '%Y-%m-%dT%H:%M:%S')}Z {record.levelname}", _harmless(_message(record), LONGEST)]
        if record.levelno >= logging.WARNING:
            parts += _advice(record)
        if record.exc_info:
            parts.append(f"trace={_harmless(_folded(record.exc_info[1]), LONGEST_TRACE)}")
        return " ".join(parts)


def _message(record: logging.LogRecord) -> str:
    """What is said; moments as the line's own is written, to the second."""
    if not isinstance(record.args, tuple) or not record.args:
        return record.getMessage()
    return str(record.msg) % tuple(map(_moment, record.args))


def _moment(said: object) -> object:
    return f"{said.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if isinstance(said, datetime) and said.tzinfo else said


def _harmless(text: str, longest: int) -> str:
    """A text as a log may show it: one line without control characters, at most so long, addresses and secrets masked."""
    # Half a secret at the cut would not be known as one: masks see more than is shown, and never half a word.
    seen = text if len(text) <= 2 * longest else text[: 2 * longest].rpartition(" ")[0]
    for pattern, mask in _MASKS:
        seen = pattern.sub(mask, seen)
    seen = plain(seen)
    return seen if len(seen) <= longest and len(text) <= 2 * longest else f"{seen[:longest]}… ({len(text)} characters)"


def _advice(record: logging.LogRecord) -> list[str]:
    # Of the template alone: what came from the network could say code= too.
    found = _CODE.search(str(record.msg))
    if found and found[1] in CODES:
        return [f'do="{CODES[found[1]].do}"']
    return [f'code={LIBRARY} logger={record.name} do="{CODES[LIBRARY].do}"']


def _folded(error: BaseException | None) -> str:
    """An exception and those that led to it, the last first: what it says, then the innermost places it passed."""
    chain: list[str] = []
    while error and len(chain) < 5:
        places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-12:]]
        said = "".join(traceback.format_exception_only(error)).strip()[: LONGEST_TRACE // 4]
        chain.append(f"{said} [{' '.join(places)}]")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return " from ".join(chain)


def priority(level: int) -> str:
    """What a line begins with by which the journal knows how grave it is, see sd-daemon(3); by it ``journalctl -p`` selects."""
    return f"<{_PRIORITIES.get(level, _PRIORITIES[logging.INFO])}>"


def is_journal(descriptor: int) -> bool:
    """Whether what is written there goes to the journal: JOURNAL_STREAM names its device and inode."""
    try:
        found = os.fstat(descriptor)
    except OSError:
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


def to_stderr(level: int) -> None:
    """Log to standard error, where journald and containers look."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine(for_journal=is_journal(STDERR)))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING if level == logging.DEBUG else logging.ERROR)
    # A traceback for each robots.txt that does not come; the poll that follows tells the same in a line.
    logging.getLogger("scrapy.downloadermiddlewares.robotstxt").setLevel(logging.CRITICAL)
