"""The demo wire, and with it the readers and the rules: what a TOML says is printed must be what is read and matched."""

import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import Message
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.match import RuleSet
from alerts.rules import preset
from spiders import extract, feed
from spiders.demo import DemoWire, DemoWireDown
from spiders.demowire.outlets import Article, Outlet, outlets
from spiders.source import Source
from spiders.story import Story

BEGAN = datetime(2026, 11, 23, 5, 0, 30, tzinfo=UTC)
LATER = datetime(2027, 3, 2, 22, 10, tzinfo=UTC)
#: (outlet, story, edition) of every page that answers.
PAGES = [
    pytest.param(outlet, article, edition, id=f"{article.path}-{edition}")
    for edition in (1, 2)
    for outlet in outlets(BEGAN, edition=edition)
    for article in outlet.articles
    if not article.missing and (edition == 1 or article.marker)
]


@pytest.fixture
def wire() -> Iterator[DemoWire]:
    with DemoWire(BEGAN) as wire:
        yield wire


def get(url: str, **headers: str) -> tuple[int, Message, bytes]:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=5)
    try:
        connection.request("GET", parts.path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


def source_of(wire: DemoWire, outlet: Outlet) -> Source:
    return next(source for source in wire.sources() if source.id == outlet.id)


def spaced(text: str) -> str:
    """As a reader prints it: any white space is one blank (a Japanese headline has a wide one)."""
    return " ".join(text.split())


def printed_date(outlet: Outlet, article: Article) -> tuple[datetime, str]:
    """Old pages print the day alone; the minute is in their feed."""
    if outlet.page == "old":
        return article.published_at.replace(hour=0, minute=0), "day"
    return article.published_at, article.precision


def as_story(article: Article) -> Story:
    return Story(
        headline=article.headline,
        canonical_url=f"http://127.0.0.1{article.path}",
        lead=article.lead,
        paragraphs=() if article.missing else article.paragraphs,
        dateline=article.dateline,
        agency=article.agency,
        language=article.language,
        published_at=article.published_at,
    )


@pytest.mark.parametrize("edition", [1, 2])
@pytest.mark.parametrize("number", range(4), ids=[outlet.id for outlet in outlets(BEGAN)])
def test_a_feed_reads_with_the_entries_that_were_written(wire: DemoWire, number: int, edition: int) -> None:
    wire.edition = edition
    outlet = wire.outlets[number]
    source = source_of(wire, outlet)

    read = feed.read(get(source.feed)[2], url=source.feed, timezone=source.timezone)

    assert replace(read, charset="") == feed.Feed(
        title=outlet.name,
        entries=tuple(
            feed.Entry(
                url=wire.url + article.path,
                guid=article.guid,
                title=spaced(article.printed_headline),
                summary=spaced(article.summary),
                published_at=article.published_at,
            )
            for article in outlet.articles
        ),
    )


def test_one_outlet_prints_its_dates_without_a_zone(wire: DemoWire) -> None:
    (hanbit,) = (outlet for outlet in wire.outlets if outlet.naive)
    url = wire.feeds[hanbit.id]

    read = feed.read(get(url)[2], url=url, timezone=UTC)

    assert [entry.published_at for entry in read.entries] == [article.published_at.replace(tzinfo=UTC) for article in hanbit.articles]


@pytest.mark.parametrize(("outlet", "article", "edition"), PAGES)
def test_a_page_reads_as_the_story_that_was_printed(wire: DemoWire, outlet: Outlet, article: Article, edition: int) -> None:
    wire.edition = edition
    url = wire.url + article.path

    story = extract.extract(get(url)[2], url=url, source=source_of(wire, outlet))

    assert (story.headline, story.slug) == (spaced(article.headline), article.marker)
    assert (*story.paragraphs, *filter(None, [story.note])) == article.paragraphs
    assert story.status == ("corrected" if article.marker else "usable")
    assert story.dateline == article.dateline
    assert story.lead == article.lead
    assert (story.published_at, story.published_precision) == printed_date(outlet, article)
    assert story.agency == article.agency


@pytest.mark.parametrize("edition", [1, 2])
def test_each_story_matches_the_rules_it_was_written_for(edition: int) -> None:
    articles = [article for outlet in outlets(BEGAN, edition=edition) for article in outlet.articles]
    rules = RuleSet([preset("dprk"), preset("anniversary")])

    matched = {article.path: {match.rule.id for match in rules.match(as_story(article))} for article in articles}

    assert matched == {article.path: set(article.rules) for article in articles}


def test_every_page_says_that_its_story_is_invented(wire: DemoWire) -> None:
    pages = [get(wire.url + article.path)[2] for outlet in wire.outlets for article in outlet.articles if not article.missing]

    assert len(pages) == 17
    assert [page for page in pages if b"is an invented outlet, and this is an invented demonstration story" not in page] == []


@given(st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2035, 1, 1), timezones=st.just(UTC)))
@settings(max_examples=25, deadline=None)
def test_all_but_the_archive_item_were_published_within_the_last_day_whenever_it_begins(began: datetime) -> None:
    articles = [article for outlet in outlets(began) for article in outlet.articles]

    ages = {article.path: began - article.published_at for article in articles}

    assert timedelta(days=20) < ages.pop("/hanbit/glass-exhibition") < timedelta(days=22)
    assert timedelta(0) <= ages.pop("/hanbit/first-snow") < timedelta(days=1)  # the day alone is printed
    assert all(timedelta(hours=1) < age < timedelta(hours=20) for age in ages.values())


def test_one_copy_runs_in_two_outlets_under_two_headlines(wire: DemoWire) -> None:
    articles = {article.path: article for outlet in wire.outlets for article in outlet.articles}
    original, copy = articles["/riverside/cultural-accord"], articles["/harbour/seven-decades-of-song"]

    assert copy.paragraphs == original.paragraphs
    assert copy.dateline == original.dateline
    assert copy.headline != original.headline


def test_the_second_edition_corrects_one_story_under_its_old_guid(wire: DemoWire) -> None:
    before = {article.guid: article for outlet in wire.outlets for article in outlet.articles}

    wire.edition = 2

    after = {article.guid: article for outlet in wire.outlets for article in outlet.articles}
    assert after.keys() == before.keys()
    assert [guid for guid in after if after[guid] != before[guid]] == ["urn:demowire:harbour:pyongyang-marathon"]
    corrected = after["urn:demowire:harbour:pyongyang-marathon"]
    assert corrected.printed_headline == "CORRECTED-Pyongyang marathon to admit 2,100 foreign runners, organisers say"
    assert "2,100 runners from abroad" in corrected.paragraphs[0]


def test_guids_depend_neither_on_the_port_nor_on_the_day() -> None:
    assert [[article.guid for article in outlet.articles] for outlet in outlets(BEGAN)] == [
        [article.guid for article in outlet.articles] for outlet in outlets(LATER)
    ]
    with DemoWire(BEGAN) as one, DemoWire(BEGAN) as other:
        guids = [[entry.guid for entry in feed.read(get(url)[2], url=url).entries] for url in (one.feeds["crane"], other.feeds["crane"])]

    assert one.port != other.port
    assert guids[0] == guids[1]


@pytest.mark.parametrize(("header", "validator"), [("If_None_Match", "ETag"), ("If_Modified_Since", "Last-Modified")])
def test_a_feed_that_is_known_answers_304_until_it_changes(wire: DemoWire, header: str, validator: str) -> None:
    url = wire.feeds["harbour"]
    known = {header: str(get(url)[1][validator])}

    again = get(url, **known)
    wire.edition = 2
    changed = get(url, **known)

    assert (again[0], again[2]) == (304, b"")
    assert again[1][validator] == known[header]
    assert changed[0] == 200
    assert changed[1][validator] != known[header]


def test_the_other_feeds_do_not_change_with_the_second_edition(wire: DemoWire) -> None:
    url = wire.feeds["hanbit"]
    etag = str(get(url)[1]["ETag"])

    wire.edition = 2

    assert get(url, If_None_Match=etag)[0] == 304


def test_an_etag_outranks_a_date_and_an_unreadable_date_is_none(wire: DemoWire) -> None:
    url = wire.feeds["crane"]
    changed = str(get(url)[1]["Last-Modified"])

    assert get(url, If_None_Match='"other"', If_Modified_Since=changed)[0] == 200
    assert get(url, If_Modified_Since="the day before yesterday")[0] == 200


def test_a_broken_path_answers_500_and_a_missing_page_404(wire: DemoWire) -> None:
    wire.broken = {"/hanbit/feed.xml"}

    assert get(wire.feeds["hanbit"])[0] == 500
    assert get(wire.feeds["crane"])[0] == 200
    assert get(wire.url + "/harbour/mountain-paths")[0] == 404
    assert get(wire.url + "/nowhere")[0] == 404


def test_it_counts_what_was_asked_for(wire: DemoWire) -> None:
    get(wire.feeds["crane"])
    get(wire.feeds["crane"])
    get(wire.url + "/crane/sumo-upset")

    assert wire.hits == {"/crane/feed.json": 2, "/crane/sumo-upset": 1}


def test_a_slow_wire_delays_its_pages_and_not_its_end() -> None:
    began = datetime.now(UTC)
    with DemoWire(BEGAN) as wire:
        wire.slow = 0.2
        get(wire.url + "/crane/sumo-upset")
        page_took = datetime.now(UTC) - began
        wire.slow = 60
        hurried = HTTPConnection("127.0.0.1", wire.port, timeout=5)
        hurried.request("GET", "/crane/sumo-upset")
    took = datetime.now(UTC) - began
    hurried.close()

    assert page_took > timedelta(seconds=0.2)
    assert took < timedelta(seconds=10)


def test_a_client_that_hangs_up_leaves_no_traceback(wire: DemoWire, capsys: pytest.CaptureFixture[str]) -> None:
    wire.slow = 0.1
    client = socket.create_connection(("127.0.0.1", wire.port))
    client.sendall(b"GET /crane/sumo-upset HTTP/1.0\r\n\r\n")
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close() resets
    client.close()
    time.sleep(0.5)

    assert capsys.readouterr().err == ""


def test_it_is_gone_after_the_block() -> None:
    with DemoWire(BEGAN) as wire:
        assert get(wire.feeds["crane"])[0] == 200

    with pytest.raises(ConnectionRefusedError):
        get(wire.feeds["crane"])


def test_a_port_that_is_taken_is_refused_by_name(wire: DemoWire) -> None:
    with pytest.raises(DemoWireDown, match=rf"127\.0\.0\.1:{wire.port}: .+; use port=0 for a free one"), DemoWire(BEGAN, port=wire.port):
        pass


def test_a_naive_beginning_is_refused() -> None:
    with pytest.raises(ValueError, match="began must be aware"):
        DemoWire(datetime(2026, 11, 23))
