"""Where a site keeps its feed, its sitemap and its stories, by its own pages."""

import time

from spiders.discover import LARGEST, MOST, feeds, sitemaps, stories, title

HOME = "https://news.example.org/"


def page(body: str, head: str = "") -> bytes:
    return f"<html><head><title>Wave</title>{head}</head><body>{body}</body></html>".encode()


def test_a_feed_that_the_page_names_comes_before_links_and_the_usual_places() -> None:
    head = (
        "<link rel='alternate' type='application/rss+xml' href='/comments/feed'><link rel='alternate' type='Application/Atom+XML' href='a'>"
    )
    body = "<a href='/about'>About</a><a href='//feeds.example.net/rss/world'>World</a><a href='https://feedly.com/i/rss'>Feedly</a>"

    found = feeds(page(body, head), url=HOME)

    assert found[:5] == (
        "https://news.example.org/a",
        "https://news.example.org/comments/feed",
        "https://feeds.example.net/rss/world",
        "https://news.example.org/rss",
        "https://news.example.org/feed",
    )
    assert feeds(page(body, head), url=HOME, usual=False) == found[:3]


def test_news_sitemaps_of_robots_txt_come_first() -> None:
    robots = (
        b"User-agent: *\r\nDisallow: /x\r\n  sitemap : /sitemaps/all.xml\r\n"
        b"SITEMAP: https://cdn.example.net/news.xml\r\n# Sitemap: /no.xml\r\n"
    )

    found = sitemaps(robots, url=HOME)

    assert found[:2] == ("https://cdn.example.net/news.xml", "https://news.example.org/news-sitemap.xml")
    assert "https://news.example.org/sitemaps/all.xml" in found
    assert not any("no.xml" in each for each in found)


def test_stories_are_the_links_of_the_commonest_telling_shape() -> None:
    links = [
        "/politics",
        "/world",
        "/about/us/1234",
        *(f"/world/{number}" for number in range(70001, 70005)),
        "https://x.example/world/70009",
    ]

    found = stories(page("".join(f"<a href='{link}'>x</a>" for link in links)), url=HOME)

    assert found == tuple(f"https://news.example.org/world/{number}" for number in range(70001, 70005))


def test_a_page_without_links_names_nothing_but_the_usual_places() -> None:
    for body in (b"", b"<html>", b"\x00\xff" * 100, page("<p>closed</p>")):
        assert stories(body, url=HOME) == ()
        assert feeds(body, url=HOME, usual=False) == ()
        assert sitemaps(body, url=HOME)


def test_a_huge_page_is_looked_at_up_to_a_limit_and_gives_no_more_than_its_share() -> None:
    link = "<a href='/rss/{0}'>rss</a><a href='/world/{0}'>x</a>"
    body = page("".join(link.format(number) for number in range(10_000, 400_000)))
    assert len(body) > 4 * LARGEST

    began = time.process_time()
    found = feeds(body, url=HOME)

    assert len(found) == MOST
    assert len(stories(body, url=HOME)) <= 2000
    assert time.process_time() - began < 5


def test_addresses_that_are_none_are_left_out() -> None:
    hrefs = ("javascript:rss()", "http://[::1/rss", "ftp://x/rss", "mailto:rss@example.org", "/rss" * 1000, "http://user:pw@h.example/rss")

    found = feeds(page("".join(f"<a href='{href}'>rss</a>" for href in hrefs)), url=HOME, usual=False)

    assert found == ("http://h.example/rss",)


def test_a_site_is_called_as_it_calls_itself() -> None:
    named = "<meta property='og:site_name' content='  Wave\nNews '>"

    assert title(page("", named), url=HOME) == "Wave News"
    assert title(page(""), url=HOME) == "Wave"
    assert title(b"<html></html>", url="https://www.wave.example/") == "wave.example"
