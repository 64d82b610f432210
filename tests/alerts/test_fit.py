"""alerts.fit: what of many stories stands on a page."""

import re
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from alerts.fit import LONG_SHARE, Room, Size, chosen, fitted

ROOM = Room(bytes=10_000, rows=100)


def a_row(number: int = 0, *, headline: str = "", extra: int = 100, **given: object) -> dict[str, Any]:
    return {
        "headline": headline or f"Story {number}",
        "link": f"https://example.org/{number}",
        "text": "x" * extra,
        "form": "full",
        **given,
    }


def page(values: dict[str, Any]) -> str:
    """A template: a frame, rows with markup of their own, and how many there are besides."""
    groups = values.get("groups", [values])
    rows = [_row(row) for group in groups for row in group["entries"]]
    return "\n".join([*(f"<h2>{group['count']}</h2>" for group in groups), *rows, f"and {values['more']} more"])


def _row(row: dict[str, Any]) -> str:
    named = f"<a href={row['link']} class={row['form']}>{row['headline']}</a>"
    return {"full": f"<p style='{'s' * 200}'>{named} {row['text']}", "line": f"{named} {row['text']}", "headline": named}[row["form"]]


def forms(made: str) -> list[str]:
    return re.findall(r"class=(\w+)>", made)


def test_all_stand_in_full_while_they_fit() -> None:
    values = {"entries": [a_row(number) for number in range(20)]}

    assert forms(fitted(page, values, ROOM)) == ["full"] * 20


def test_then_the_first_stand_in_full_and_all_others_by_headline() -> None:
    made = fitted(page, {"entries": [a_row(number) for number in range(60)]}, ROOM)

    found = forms(made)
    assert found == sorted(found) and len(found) == 60 and "and 0 more" in made
    # One row more in full would not have fitted.
    assert 0.95 * ROOM.bytes < len(made) <= ROOM.bytes and found.count("full") > 10


def test_then_the_last_are_left_to_another_part_and_counted() -> None:
    made = fitted(page, {"entries": [a_row(number) for number in range(5_000)]}, ROOM)

    found = forms(made)
    assert 0.9 * ROOM.bytes < len(made) <= ROOM.bytes
    assert found.count("full") >= 5 and found.count("headline") > 50
    assert "<h2>5000</h2>\n" in made and f"and {5_000 - len(found)} more" in made


def test_the_rules_take_turns() -> None:
    groups = [{"entries": [a_row(number, headline=f"{rule}{number}") for number in range(60)]} for rule in "ab"] + [{"entries": []}]
    made = fitted(page, {"groups": groups}, ROOM)

    for rule in "ab":
        lines = [line for line in made.split("\n") if f">{rule}" in line]
        assert forms("\n".join(lines)) == sorted(forms("\n".join(lines))) and forms(lines[0]) == ["full"]
        assert [f">{rule}{number}<" in line for number, line in enumerate(lines)] == [True] * len(lines)


def test_a_row_is_shown_in_no_more_than_its_form_says() -> None:
    made = fitted(page, {"entries": [a_row(0, form="headline"), a_row(1)]}, ROOM)

    assert forms(made) == ["headline", "full"]


def test_each_form_is_measured_by_itself() -> None:
    made = fitted(page, {"entries": [a_row(number, form=("full", "line")[number % 2]) for number in range(60)]}, ROOM)

    assert 0.95 * ROOM.bytes < len(made) <= ROOM.bytes
    assert forms(made).count("full") - forms(made).count("line") in (0, 1) and forms(made).count("line") > 10 and len(forms(made)) == 60


def test_one_story_cannot_take_the_page_from_the_others() -> None:
    monsters = [a_row(headline="h" * 9_000), a_row(extra=9_000, headline="long text")]
    made = fitted(page, {"entries": [*monsters, *(a_row(number) for number in range(10))]}, ROOM)

    assert forms(made) == ["headline", *["full"] * 10]
    assert "hhh" not in made and "long text" in made and "and 1 more" in made


def test_a_long_story_alone_has_the_page() -> None:
    assert forms(fitted(page, {"entries": [a_row(extra=9_000)]}, ROOM)) == ["full"]


def test_a_frame_that_is_too_long_by_itself_stands_alone() -> None:
    made = fitted(lambda values: page(values) + "y" * 20_000, {"entries": [a_row()]}, ROOM)

    assert forms(made) == [] and "and 1 more" in made


def test_few_pages_are_rendered_to_find_out() -> None:
    seen = []

    def counted(values: dict[str, Any]) -> str:
        seen.append(values)
        return page(values)

    fitted(counted, {"entries": [a_row(number, extra=number % 90) for number in range(1_000)]}, ROOM)

    assert len(seen) <= 5


sizes = st.builds(lambda headline, more: Size(long=headline + more, headline=headline), st.integers(1, 400), st.integers(0, 2_000))


@example([Size(long=447, headline=1), Size(long=448, headline=1), Size(long=673, headline=179)], 3_576)
@given(st.lists(sizes, max_size=80), st.integers(0, 20_000))
def test_what_is_chosen_fits_and_nothing_that_fits_is_left_out(rows: list[Size], room: int) -> None:
    found = chosen(rows, room)

    taken = sum(size.long if is_long else size.headline for size, is_long in zip(rows, found, strict=True) if is_long is not None)
    assert taken <= room
    left = [size for size, is_long in zip(rows, found, strict=True) if is_long is None]
    assert all(size.headline > min(room - taken, room / 20) for size in left)
    # One whose headline alone would take too much is left out, whatever room there is for others.
    if any(size.headline <= room / 20 for size in left):
        assert sum(size.long for size, is_long in zip(rows, found, strict=True) if is_long) <= room * LONG_SHARE


@given(st.lists(st.tuples(st.text(max_size=300), st.text(max_size=2_000)), max_size=120), st.integers(500, 30_000))
def test_whatever_the_stories_the_page_keeps_to_its_room_and_counts_the_rest(texts: list[tuple[str, str]], room: int) -> None:
    clean = [(a.replace("\n", " ").replace("<", "["), b.replace("\n", " ").replace("<", "[")) for a, b in texts]
    values = {"entries": [{"headline": f"{a}.", "link": "", "text": b, "form": "full"} for a, b in clean]}
    made = fitted(page, values, Room(bytes=room, rows=100))

    assert len(made.encode()) <= room
    assert made.endswith(f"and {len(texts) - len(forms(made))} more")
