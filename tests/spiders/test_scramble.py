"""Pages whose words are scrambled: they read as they did, and tell nothing."""

import json
import re
from contextlib import suppress
from html import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spiders import letters, scramble
from spiders.extract import NotAStory, extract
from spiders.source import Selectors, Source
from spiders.trim import trimmed
from tests.monitor.newswire import KOREAN_WIRE, RUSSIAN_WIRE, Template, story

URL = "https://wire.example/2026/11/22/ferry-leaves-harbour-1234.html?id=77"
SELECTORS = Selectors(headline="h1", lead=".deck", body="#story", byline=".by", published="time")
SOURCE = Source(id="wire", feed=URL, selectors=SELECTORS)
#: Words of the scripts that wires write in.
LETTERS = "abcdefghijklmnopqrstuvwxyzäöüßABCXYZабвгдежзийклмнАБВ가나다라마바사김일성中國新聞社電かなカナابتثجעבגדאαβγअआइ0123456789"
WORDS = st.text(st.sampled_from(LETTERS), min_size=1, max_size=12)
LINES = st.lists(st.lists(WORDS, min_size=3, max_size=12).map(" ".join), min_size=1, max_size=6, unique=True)


def page(paragraphs: list[str], more: str = "") -> bytes:
    body = "".join(f"<p>{escape(line)}</p>" for line in paragraphs)
    return f"<html><body><h1>Headline</h1><div id='story'>{body}</div>{more}</body></html>".encode()


def visible(scrambled: str) -> str:
    """Its words: of tags only the values that are no names of theirs."""
    return re.sub(r"<[^>]*>", " ", scrambled)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(LINES)
def test_a_scrambled_page_has_as_many_paragraphs_of_the_same_lengths_and_no_word_of_the_body(paragraphs: list[str]) -> None:
    body = page(paragraphs)
    known = extract(body, url=URL, source=SOURCE)

    scrambled = scramble.page(body, url=URL, selectors=SELECTORS)

    assert [len(text) for text in extract(scrambled, url=URL, source=SOURCE).paragraphs] == [len(text) for text in known.paragraphs]
    assert set(letters.words(known.text)) & set(letters.words(visible(scrambled))) == set()
    assert scrambled == scramble.page(body, url=URL, selectors=SELECTORS)


@pytest.mark.parametrize("template", [KOREAN_WIRE, RUSSIAN_WIRE], ids=lambda template: template.language)
def test_a_wires_page_reads_the_same_without_any_selector(template: Template) -> None:
    body = story(template, 3).encode()
    known = extract(body, url=URL)

    scrambled = scramble.page(body, url=URL, selectors=Selectors())

    read = extract(scrambled, url=URL)
    assert [len(text) for text in read.paragraphs] == [len(text) for text in known.paragraphs]
    assert (len(read.headline), read.published_at, read.language) == (len(known.headline), known.published_at, known.language)
    assert set(letters.words(known.text)) & set(letters.words(visible(scrambled))) == set()


def test_dates_stay_and_the_words_around_them_go() -> None:
    body = page(["Nothing happened on 2026-11-22, or at 7."], "<time>Hamburg, 22 November 2026, 09:30</time>")

    read = scramble.page(body, url=URL, selectors=SELECTORS)

    assert "2026-11-22" in read
    assert ", 22 November 2026, 09:30</time>" in read
    assert "Hamburg" not in read
    assert extract(read, url=URL, source=SOURCE).published_at == extract(body, url=URL, source=SOURCE).published_at


def test_links_keep_their_shape_and_lose_their_place() -> None:
    link = scramble.link(URL, base=URL)

    assert re.fullmatch(r"https://example\.org/2026/11/22/[a-z]{5}-[a-z]{6}-[a-z]{7}-\d{4}\.html\?[a-z]{2}=\d\d", link)
    assert "ferry" not in link
    for no_address in ("javascript:alert(1)", "http://[::1", "mailto:ann@example.org", "data:text/html,x"):
        assert scramble.link(no_address, base=URL) == "#"


def test_linked_data_is_scrambled_and_cannot_end_its_script() -> None:
    said = {
        "@type": "NewsArticle",
        "headline": "Strike </script><script>alert(1)",
        "datePublished": "2026-11-22T09:00:00Z",
        "author": {"name": "Ann"},
    }
    written = json.dumps(said).replace("<", "\\u003c")
    body = page(["A strike began."], f"<script type='application/ld+json'>{written}</script>")

    scrambled = scramble.page(body, url=URL, selectors=SELECTORS)

    [script] = re.findall(r"<script[^>]*>(.*?)</script>", scrambled, re.DOTALL)
    told = json.loads(script)
    assert (told["@type"], told["datePublished"]) == (said["@type"], said["datePublished"])
    assert len(told["headline"]) == len(said["headline"])  # type: ignore[arg-type]
    assert "Strike" not in scrambled


def test_what_runs_looks_or_is_drawn_is_left_out() -> None:
    more = (
        "<!-- Strike --><script>strike()</script><style>.strike{}</style><img src=strike.jpg alt=Strike><svg><text>Strike</text></svg>"
        "<a onclick='strike()' data-strike='1' title='Strike' href='/strike'>x</a><input value=Strike><iframe src=/strike></iframe>"
    )

    scrambled = scramble.page(page(["It began."], more), url=URL, selectors=SELECTORS)

    assert re.findall(r"<(?!/)\W*(\w+)", scrambled) == ["doctype", "html", "body", "h1", "div", "p", "a"]
    assert "trike" not in scrambled


def test_attributes_that_selectors_name_are_kept() -> None:
    selectors = Selectors(body="div[data-part=text]")
    body = b"<html><body><h1>Ferry</h1><div data-part='text' data-other='x'><p>The ferry left.</p></div></body></html>"

    scrambled = scramble.page(body, url=URL, selectors=selectors)

    assert 'data-part="text"' in scrambled
    assert "data-other" not in scrambled


def test_a_word_is_always_replaced_by_the_same_one() -> None:
    one, other = letters.scrambled("Wave WAVE wave"), letters.scrambled("wave")

    assert one.casefold().split() == [other] * 3
    assert [word.isupper() for word in one.split()] == [False, True, False]


@pytest.mark.parametrize("body", [b"", b"plain text", b"<html></html>", b"<p>\xff\xfe", b"<b>" * 5000])
def test_what_holds_no_page_becomes_one_without_words(body: bytes) -> None:
    assert "plain" not in scramble.page(body, url=URL, selectors=Selectors())


def test_a_page_is_trimmed_to_what_its_reading_needs() -> None:
    menus = "".join(f"<nav><ul>{'<li>' + 'menu ' * 200 + '</li>'}</ul></nav>tail{number}" for number in range(10))
    whole = scramble.page(page(["The ferry left.", "It came back."], menus), url=URL, selectors=SELECTORS)
    known = extract(whole, url=URL, source=SOURCE)

    def alike(cut: str) -> bool:
        with suppress(NotAStory):
            return extract(cut, url=URL, source=SOURCE) == known
        return False

    small = trimmed(whole, most=1500, reads_alike=alike)

    assert len(whole) > 9000
    assert len(small) <= 1500
    assert extract(small, url=URL, source=SOURCE) == known


def test_what_cannot_be_spared_stays_as_it_was() -> None:
    whole = scramble.page(page(["The ferry left.", "It came back."], "tail"), url=URL, selectors=SELECTORS)

    assert trimmed(whole, most=10, reads_alike=lambda cut: False).split() == whole.split()
