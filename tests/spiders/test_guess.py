"""Selectors, guessed from a few pages of one template."""

from collections.abc import Callable

import pytest
from lxml import html

from spiders.extract import extract
from spiders.guess import selectors
from spiders.naming import names, own_names
from spiders.source import Selectors, Source
from tests.monitor.newswire import KOREAN_WIRE, RUSSIAN_WIRE, Template, story

URL = "https://wire.example/news/{}"
WORDS_TEXT = """
harbour river grain barge captain ministry ice bridge market winter ferry weather signal police engine harvest
"""
WORDS = WORDS_TEXT.split()


def sentences(seed: int, count: int = 4) -> list[str]:
    words = [[WORDS[(seed * 7 + line * 3 + at * at) % len(WORDS)] for at in range(22)] for line in range(count)]
    return [f"{' '.join(each).capitalize()} {seed}{line}." for line, each in enumerate(words)]


def pages(template: str, count: int = 4) -> list[tuple[bytes, str]]:
    """Pages of a template with {headline}, {lead}, {body} and {day}."""
    return [
        (
            template.format(
                headline=f"Ferry number {number} leaves the harbour",
                lead=f"The captain of ferry {number} waited for the ice to break.",
                body="".join(f"<p>{line}</p>" for line in sentences(number)),
                day=f"2026-11-{number + 10}",
            ).encode(),
            URL.format(number),
        )
        for number in range(1, count + 1)
    ]


PAGE = """<html><head><title>{headline}</title><meta property="og:description" content="{lead}"></head><body><div class="page">
<h1 class="Title_title__9aBc1">{headline}</h1><div class="deck">{lead}</div><div class="dateline-row">Published {day} 10:30</div>
<div class="by-author">By Ann Lee</div><div class="story-text">{body}</div>
<div class="rail"><h2>More</h2>
<p>Something else that happened in another town, which nobody here wants to read about at all.</p></div></div></body></html>"""


def test_each_field_gets_the_selector_of_its_element() -> None:
    assert selectors(pages(PAGE)) == Selectors(
        headline='[class*="Title_title__"]', lead=".deck", body=".story-text", byline=".by-author", published=".dateline-row"
    )


@pytest.mark.parametrize("template", [KOREAN_WIRE, RUSSIAN_WIRE], ids=lambda template: template.language)
def test_under_its_selectors_a_page_reads_as_without_them(template: Template) -> None:
    saved = [(story(template, number).encode(), URL.format(number)) for number in range(1, 5)]

    guessed = selectors(saved)

    assert guessed.body
    assert guessed.headline
    source = Source(id="wire", feed=URL, selectors=guessed)
    assert [extract(body, url=url, source=source) for body, url in saved] == [extract(body, url=url) for body, url in saved]


def test_boxes_inside_the_body_are_cut_out_when_their_names_say_what_they_are() -> None:
    share = "<p class='share-bar'>Send it to your friends and to all of their friends too, now</p>"
    guessed = selectors(pages(PAGE.replace("{body}", "{body}" + share)))

    assert (guessed.body, guessed.remove) == (".story-text", ".story-text .share-bar")


def test_a_selector_that_fails_on_one_page_is_not_written() -> None:
    """The last page has its body elsewhere, and its headline in another element."""
    saved = pages(PAGE)
    other = saved[-1][0].replace(b"story-text", b"liveblog").replace(b"Title_title__9aBc1", b"live")
    other = other.replace(b"<h1", b"<h2").replace(b"</h1", b"</h2")

    guessed = selectors([*saved[:-1], (other, saved[-1][1])])

    assert (guessed.headline, guessed.byline, guessed.lead) == ("", ".by-author", ".deck")
    for body, url in (*saved[:-1], (other, saved[-1][1])):
        told = extract(body, url=url, source=Source(id="w", feed=url, selectors=guessed))
        assert told.headline == extract(body, url=url).headline
        assert told.paragraphs[:4] == extract(body, url=url).paragraphs[:4]


def one_page() -> list[tuple[bytes, str]]:
    return pages(PAGE)[:1]


def without_stories() -> list[tuple[bytes, str]]:
    return [(b"", URL), (b"<html>", URL), (b"\xff" * 100, URL), (b"<h1>Sign in</h1>", URL)]


@pytest.mark.parametrize("saved", [list, one_page, without_stories])
def test_of_fewer_than_two_stories_nothing_is_learned(saved: Callable[[], list[tuple[bytes, str]]]) -> None:
    assert selectors(saved()) == Selectors()


def test_the_most_lasting_name_comes_first_and_names_of_a_build_never() -> None:
    classes = "css-1x9kqz mt-4 relative gVurjZ sc-bdVaJa Body_body__3fK2x story-body wide"
    element = html.fragment_fromstring(f"<div id='post-12345' itemprop='articleBody' class='{classes}'>x</div>")

    named = ['[itemprop="articleBody"]', ".story-body", "div.story-body", '[class*="Body_body__"]', ".wide", "div.wide"]
    assert list(own_names(element)) == named


def test_an_element_without_a_name_is_named_by_what_it_stands_in() -> None:
    tree = html.fragment_fromstring("<div class='view'><div><p>x</p></div></div>")

    assert next(names(tree[0])) == ".view > div"
    assert next(names(tree[0][0])) == ".view p"


def test_hostile_names_become_no_selector() -> None:
    element = html.Element("div", id='a"]{}b', itemprop="x'y", **{"class": "a:b 1a a.b {} \u202e " + "z" * 200})

    assert list(own_names(element)) == []
