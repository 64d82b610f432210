import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from spiders import jsonlist
from spiders.entry import MOST_ENTRIES
from spiders.feed import Entry
from spiders.jsonlist import BadPath, JsonList, NotAJsonList, Paths

URL = "https://wire.example.org/api/news"
PATHS = Paths(items="newsList", url="link", summary="lead", published="date", next="paging.next")


def answer(*items, **more):
    return json.dumps({"newsList": items, **more}).encode()


def test_an_endpoint_gives_the_entries_that_the_paths_name():
    body = answer(
        {"id": 7, "title": "Grain &amp; <b>steel</b>", "lead": "Ports open.", "link": "/world/7?utm_source=api", "date": 1690432800},
        "no item",
        paging={"next": "?page=2"},
    )

    assert jsonlist.read(body, url=URL, paths=PATHS) == JsonList(
        entries=(
            Entry(
                url="https://wire.example.org/world/7",
                guid="7",
                title="Grain & steel",
                summary="Ports open.",
                published_at=datetime(2023, 7, 27, 4, 40, tzinfo=UTC),
            ),
        ),
        next_url="https://wire.example.org/api/news?page=2",
    )


@pytest.mark.parametrize("date", [1690432800, 1690432800.0, "1690432800", 1690432800000, "2023-07-27T04:40:00Z", "2023-07-27 13:40"])
def test_dates_are_seconds_milliseconds_or_printed(date):
    entries = jsonlist.read(answer({"link": "/1", "date": date}), url=URL, paths=PATHS, timezone=ZoneInfo("Asia/Seoul")).entries

    assert entries[0].published_at == datetime(2023, 7, 27, 4, 40, tzinfo=UTC)


@pytest.mark.parametrize("date", [20230727, "20230727"])
def test_a_date_in_figures_is_no_second(date):
    assert jsonlist.read(answer({"link": "/1", "date": date}), url=URL, paths=PATHS).entries[0].published_at == datetime(
        2023, 7, 27, tzinfo=UTC
    )


@pytest.mark.parametrize("date", [True, None, {}, [1], "soon", -1, 1e300, float("nan"), 10**400])
def test_what_is_no_date_is_none(date):
    assert jsonlist.read(answer({"link": "/1", "date": date}), url=URL, paths=PATHS).entries[0].published_at is None


def test_an_address_can_be_put_together():
    paths = Paths(items="@", url="join('', ['/news/', to_string(id)])")

    assert jsonlist.read(b'[{"id": 5, "title": "Five"}]', url=URL, paths=paths).entries == (
        Entry(url="https://wire.example.org/news/5", guid="5", title="Five"),
    )


def test_an_empty_list_is_a_list():
    assert jsonlist.read(answer(), url=URL, paths=PATHS) == JsonList(entries=())


def test_of_a_huge_list_the_newest_are_read():
    count = MOST_ENTRIES + 5
    items = [{"link": f"/{n}", "date": 1690432800 + n} for n in range(count)]

    assert [entry.url for entry in jsonlist.read(answer(*items), url=URL, paths=PATHS).entries] == [
        f"https://wire.example.org/{n}" for n in range(5, count)
    ]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"error": "blocked"}', "'newsList' names no list in an object with error"),
        (b"[1]", "'newsList' names no list in a list"),
        (
            b"<html><title>Blocked</title></html>",
            "got an HTML page titled 'Blocked', which is no JSON (Expecting value: line 1 column 1 (char 0))",
        ),
        (b'{"newsList": [{"name": "x"}]}', "none of 1 items of 'newsList' has 'link' or 'title'"),
        (
            b"[" * 100_000,
            "got bytes that start with b'"
            + "[" * 40
            + "', which is no JSON (maximum recursion depth exceeded while decoding a JSON array from a unicode string)",
        ),
    ],
)
def test_an_answer_without_the_list_is_refused_by_what_it_holds(body, reason):
    with pytest.raises(NotAJsonList) as caught:
        jsonlist.read(body, url=URL, paths=PATHS)

    assert str(caught.value)[:180] == f"{URL}: no list of stories: {reason}"[:180]


def test_a_path_that_cannot_be_read_is_named():
    with pytest.raises(BadPath, match=r"news\[\["):
        jsonlist.read(b"{}", url=URL, paths=Paths(items="news[["))
