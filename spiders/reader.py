"""Readers: the code of a bundled wire, for what no selector can say. Only modules of ``spiders.wires`` are ever loaded.

Such a module has one or both of ``entries(body: bytes) -> Iterable[Entry]``, for its listing page or JSON endpoint, and
``story(body: bytes) -> Story``, whose canonical_url is "" where the page does not state its own. Both are pure.
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from itertools import islice
from types import ModuleType
from typing import Any

from spiders import wires
from spiders.entry import MOST_ENTRIES, Feed
from spiders.looks import looks_like
from spiders.story import SpiderError, Story


class ReaderFailed(SpiderError):
    """A document that a wire's own code cannot read; the message says what came instead, or what went wrong."""

    def __init__(self, url: str, name: str, reason: str) -> None:
        super().__init__(url, name, reason)
        self.url = url
        self.name = name
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.url}: not read by the code of {self.name}: {self.reason}"


def entries(name: str, body: bytes, *, url: str) -> Feed | None:
    """What the code of the wire ``name`` finds in a document that was fetched from ``url``; None where it leaves lists to others.

    Of more than MOST_ENTRIES the first are given. Raise UnknownWire, or ReaderFailed where there is none.
    """
    own = getattr(_module(name), "entries", None)
    if own is None:
        return None
    found = _tried(lambda: tuple(islice(own(body), MOST_ENTRIES)), url, name)
    if not found:
        raise ReaderFailed(url, name, f"no story listed on {looks_like(body)}")
    return Feed(entries=found)


def story(name: str, body: bytes, *, url: str) -> Story | None:
    """The story that the code of the wire ``name`` finds on a page; None where it leaves pages to others.

    Raise UnknownWire or ReaderFailed.
    """
    own = getattr(_module(name), "story", None)
    return None if own is None else _tried(lambda: own(body), url, name)


@cache
def _module(name: str) -> ModuleType:
    if "reader" not in wires.table(name):
        raise ReaderFailed("spiders/wires", name, "it has none")
    return import_module(f"spiders.wires.{wires.module_of(name)}")


def _tried(read: Callable[[], Any], url: str, name: str) -> Any:
    try:
        return read()
    except MemoryError:  # whoever asked has set a limit; that of time is no Exception, and passes by itself
        raise
    except SpiderError as exc:
        raise ReaderFailed(url, name, str(exc)) from exc
    except Exception as exc:  # written for one page, and meets whatever comes in its place
        raise ReaderFailed(url, name, f"{type(exc).__name__}: {str(exc)[:100]}") from exc
