import re
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from spiders import listing
from spiders.feed import Entry
from spiders.listing import Layout, Listing, NotAListing
from spiders.page import BadSelector

URL = "https://wire.example.org/politics?page=2"
CARDS = b"""<html><head><title>Politics</title></head><body><nav><a href="/">Home</a></nav>
  <article><a href="/politics/1"><img src="1.jpg"></a><a class="tag" href="/politics">Politics</a>
    <h3><a href="/politics/1?utm_source=list">Grain <b>deal</b> signed</a></h3><p class="deck">The ports open.</p>
    <time datetime="2023-07-27T07:40:00+03:00">this morning</time></article>
  <article><h3><a href="https://wire.example.org/politics/2">Second</a></h3><span class="when">27.07.2023 06:10</span></article>
  <article><p>An advert without a link</p></article>
  <a rel="next" href="?page=3">More</a></body></html>"""


def test_a_listing_gives_its_stories_with_titles_dates_and_the_next_page():
    layout = Layout(stories="article, article a", summary=".deck", published="time, .when")
    minsk = ZoneInfo("Europe/Minsk")

    assert listing.read(CARDS, url=URL, layout=layout, timezone=minsk) == Listing(
        title="Politics",
        entries=(
            Entry(
                url="https://wire.example.org/politics/1",
                guid="https://wire.example.org/politics/1",
                title="Grain deal signed",
                summary="The ports open.",
                published_at=datetime(2023, 7, 27, 7, 40, tzinfo=timezone(timedelta(hours=3))),
            ),
            Entry(
                url="https://wire.example.org/politics/2",
                guid="https://wire.example.org/politics/2",
                title="Second",
                published_at=datetime(2023, 7, 27, 6, 10, tzinfo=minsk),
            ),
        ),
        next_url="https://wire.example.org/politics?page=3",
    )


def test_without_selectors_the_pattern_of_a_story_address_finds_the_stories_once_each():
    found = listing.read(CARDS, url=URL, layout=Layout(address=re.compile(r"/politics/\d+$")))

    assert [(entry.url, entry.title) for entry in found.entries] == [
        ("https://wire.example.org/politics/1", "Grain deal signed"),
        ("https://wire.example.org/politics/2", "Second"),
    ]


def test_a_link_around_the_card_is_the_link():
    body = b'<base href="https://wire.example.org/en/"><a href="7"><div class="card"><h2>Seven</h2></div></a>'

    assert [(entry.url, entry.title) for entry in listing.read(body, url=URL, layout=Layout(stories=".card")).entries] == [
        ("https://wire.example.org/en/7", "Seven")
    ]


@pytest.mark.parametrize("next_", ["https://elsewhere.example.org/?page=3", "javascript:more()", URL, ""])
def test_a_next_page_is_never_elsewhere_and_never_this_one(next_):
    body = f'<a class="story" href="/1">One</a><a class="more" href="{next_}">More</a>'.encode()

    assert listing.read(body, url=URL, layout=Layout(stories=".story", next=".more")).next_url == ""


@pytest.mark.parametrize(
    ("body", "looks_like"),
    [(b"", "an empty answer"), (b"<html><title>New look</title><a href='/1'>1</a></html>", "an HTML page titled 'New look'")],
)
def test_a_page_on_which_the_layout_finds_nothing_is_refused(body, looks_like):
    with pytest.raises(NotAListing) as caught:
        listing.read(body, url=URL, layout=Layout(stories=".story a"))

    assert str(caught.value) == f"{URL}: no story listed: '.story a' names no link to one on {looks_like}"


def test_a_selector_that_cannot_be_read_is_named():
    with pytest.raises(BadSelector, match=r"a\[\["):
        listing.read(CARDS, url=URL, layout=Layout(stories="article", title="a[["))
