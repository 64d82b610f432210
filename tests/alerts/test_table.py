"""alerts.table: stories as a CSV."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_digest import a_news
from test_mail import hostile

from alerts.fit import TEXT
from alerts.table import COLUMNS, attached, table


def read(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_stories_that_the_text_lists_need_no_table() -> None:
    assert attached([a_news()] * TEXT.rows, {}) is None


def test_a_row_says_what_where_when_why() -> None:
    found = attached([a_news('Wheat, "up"\nagain'), *[a_news()] * TEXT.rows], {"dprk": "North Korea"})

    assert found and found.name == "stories.csv" and found.data.startswith(b"\xef\xbb\xbfheadline,")
    rows = read(found.data)
    assert len(rows) == TEXT.rows + 2
    assert rows[:2] == [
        list(COLUMNS),
        ['Wheat, "up" again', "", "Example Wire", "2026-07-27T12:05:00Z", "North Korea", "https://example.org/1"],
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r\n=", " =", "\ufeff\x00=", "＝", "\u202e="])
def test_no_cell_is_a_formula(start: str) -> None:
    (row,) = read(table(["a"], [[f'{start}HYPERLINK("https://evil.example.org")']]))[1:]

    assert row[0].startswith("'")


@given(st.lists(st.tuples(hostile, hostile), max_size=5))
def test_whatever_the_network_said_rows_and_columns_stay_ours(rows: list[tuple[str, str]]) -> None:
    found = read(table(["a", "b"], rows))

    assert [len(row) for row in found] == [2] * (len(rows) + 1)
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in found for cell in row)


def test_a_day_is_a_day_and_no_date_is_none() -> None:
    dated = a_news()
    day = replace(dated.story, published_at=datetime(2026, 7, 27, tzinfo=UTC), published_precision="day")
    undated = replace(dated.story, published_at=None)

    found = attached([replace(dated, story=day), replace(dated, story=undated), *[dated] * TEXT.rows], {})

    assert found and [row[3] for row in read(found.data)[1:4]] == ["2026-07-27", "", "2026-07-27T12:05:00Z"]
