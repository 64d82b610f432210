"""Sheet: rows as CSV that a spreadsheet opens right, and in which no cell can do anything (RFC 4180). Pure."""

import csv
import io
from collections.abc import Iterable
from unicodedata import category

#: Excel reads a file as UTF-8 only where it begins so.
BOM = "\ufeff"
#: Characters that one cell of Excel holds; what is longer spills into the next rows.
LONGEST_CELL = 32_767
#: What a spreadsheet takes for the beginning of a formula, in the wide forms of East Asian keyboards too, whatever unseen stands
#: before it: a headline could then send what stands beside it to whoever wrote it (OWASP, CSV injection).
_FORMULA = frozenset("=+-@＝＋－＠\t\r\n")
_UNSEEN = frozenset(["Cf", "Zs"])


def line(cells: Iterable[str | int]) -> str:
    """One row, its line break included. Text that a spreadsheet would reckon with gets an apostrophe before it."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerow([_cell(each) if isinstance(each, str) else each for each in cells])
    return written.getvalue()


def _cell(text: str) -> str:
    first = next((char for char in text if category(char) not in _UNSEEN), "")
    safe = f"'{text}" if first in _FORMULA else text
    return safe if len(safe) <= LONGEST_CELL else f"{safe[: LONGEST_CELL - 1]}…"
