"""Via: which words of a rule found a story, where what is marked of it does not show them. Pure."""

import re
from collections.abc import Iterable

from alerts.news import Span
from alerts.plain import plain

#: Words that are named; two say what a story is found for.
NAMED = 2
#: Characters of one.
LONGEST = 40
_OTHER = re.compile(r"[\W_]+")


def via(spans: Iterable[Span], marked: Iterable[str]) -> tuple[str, ...]:
    """The rule's words behind the hits, as the rule writes them; none where a mark shows one: "sanctions" shows "sanction*"."""
    aliases = dict.fromkeys(alias for *_, alias in spans)
    shown = [essence(text) for text in marked]
    if any(essence(alias) in text for alias in aliases for text in shown):
        return ()
    return tuple(plain(alias)[:LONGEST] for alias in list(aliases)[:NAMED])


def essence(text: str) -> str:
    """A text as two are compared: letters and figures only."""
    return _OTHER.sub("", text.casefold())
