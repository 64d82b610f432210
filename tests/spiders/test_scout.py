"""Sites asked where their stories are, over real HTTP, and sources tried."""

from datetime import UTC, datetime

import pytest
from hostile import PARAGRAPHS, Hostile, hostile, page, redirect, rss, text

from spiders.crawl import Crawler
from spiders.scout import NothingFound, scout
from spiders.source import Selectors, Source
from spiders.trial import read_page, tried
from tests.monitor.newswire import KOREAN_WIRE, RUSSIAN_WIRE, newswire

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_site_tells_its_feed_its_sitemap_and_its_template(crawler: Crawler) -> None:
    said: list[str] = []
    with newswire(RUSSIAN_WIRE) as site:
        found = await scout(crawler, site.url + "/", say=said.append)

    assert (found.home, found.feed, found.sitemap, found.listing) == (
        f"{site.url}/",
        f"{site.url}/rss/news.xml",
        f"{site.url}/news-sitemap.xml",
        "",
    )
    assert found.selectors == Selectors(headline=".news-header__title", body=".text-block")
    assert [page.url for page in found.pages] == [site.url + RUSSIAN_WIRE.path.format(number) for number in range(1, 6)]
    assert [line.partition(":")[0] for line in said] == ["feed", "sitemap", "addresses of stories"]


async def test_a_site_without_feed_or_sitemap_is_listed_by_its_home_page(crawler: Crawler) -> None:
    with newswire(KOREAN_WIRE, feed="", sitemap="") as site:
        found = await scout(crawler, site.url + "/")

    assert (found.feed, found.sitemap, found.listing) == ("", "", f"{site.url}/")
    assert found.selectors.body


async def test_a_sitemap_whose_stories_have_no_pattern_is_left_out_and_it_is_said_what_to_write(crawler: Crawler, wire: Hostile) -> None:
    story = wire.on("/world/12345", page())
    home = wire.on("/", text("<html><link rel='alternate' type='application/rss+xml' href='/feed.xml'></html>"))
    wire.on("/feed.xml", rss([story]))
    pages = "".join(f"<url><loc>{wire.url}/{name}</loc></url>" for name in ("about", "sport", "team/anna", "terms/of/use"))
    sitemap = wire.on("/news-sitemap.xml", text(f"<urlset>{pages}</urlset>"))
    wire.on("/robots.txt", text(f"Sitemap: {sitemap}"))
    said: list[str] = []

    found = await scout(crawler, home, say=said.append)

    assert found.sitemap == ""
    assert [line for line in said if "sitemap" in line] == [
        f"sitemap left out: {sitemap}, 4 entries: what tells its stories from its other pages is not found; "
        f'if it lists stories, write sitemap = "{sitemap}", and as story_url a pattern that only their addresses match'
    ]


async def test_a_feed_leads_to_its_site(crawler: Crawler) -> None:
    with newswire(KOREAN_WIRE, sitemap="") as site:
        found = await scout(crawler, f"{site.url}/rss/news.xml")

    assert (found.home, found.feed, found.sitemap) == (f"{site.url}/", f"{site.url}/rss/news.xml", "")


async def test_a_page_about_feeds_leads_to_the_feed(crawler: Crawler, wire: Hostile) -> None:
    story = wire.on("/world/12345", page())
    home = wire.on("/", text("<html><a href='/rss'>RSS</a></html>"))
    wire.on("/rss", text("<html><a href='/all-news.rss'>all</a></html>"))
    feed = wire.on("/all-news.rss", rss([story]))

    assert (await scout(crawler, home)).feed == feed


async def test_a_site_that_tells_nothing_is_refused(crawler: Crawler, wire: Hostile) -> None:
    """Closed, huge and full of links to nowhere, missing, and one that leads where we may not go."""
    home = wire.on("/", text("<p>Closed.</p>"))
    huge = wire.on("/huge", text("<a href='/about'>x</a>" * 200_000))
    nothing = (
        "neither a feed, nor a sitemap, nor links to stories were found; write its table by hand, "
        "with a listing, or json for an endpoint: deploy/wirewatch.toml shows both"
    )
    with hostile("127.0.0.2") as other:
        away = wire.on("/away", redirect(f"{other.url}/"))
        said = {}
        for url in (home, huge, away, f"{wire.url}/missing"):
            with pytest.raises(NothingFound) as caught:
                await scout(crawler, url)
            said[url] = str(caught.value).removeprefix(f"{url}: ")

        assert said == {
            home: nothing,
            huge: nothing,
            away: '127.0.0.2 is at 127.0.0.2, which is not public; put its network into "allow" of [fetch] if it is yours',
            f"{wire.url}/missing": "the server answered 404",
        }
        assert other.requests == []


async def test_a_trial_reads_some_stories_and_says_what_failed(crawler: Crawler, wire: Hostile) -> None:
    good = [wire.on(f"/{number}", page(f"Story {number}")) for number in range(12)]
    source = Source(id="wire", feed=wire.on("/rss", rss([f"{wire.url}/gone", *good])), selectors=Selectors(body="article"))

    trial = await tried(crawler, source)

    assert (len(trial.entries), len(trial.stories)) == (13, 9)
    assert trial.errors == [f"{wire.url}/gone: the server answered 404"]
    assert trial.took >= trial.listed_after > 0


async def test_a_page_without_a_date_has_that_of_its_list(crawler: Crawler, wire: Hostile) -> None:
    story = wire.on("/one", text(f"<title>Ferry</title><article><p>{'</p><p>'.join(PARAGRAPHS)}</p></article>"))
    listed = f"<rss version='2.0'><channel><item><title>Ferry</title><link>{story}</link>"
    feed = wire.on("/rss", text(f"{listed}<pubDate>Mon, 23 Nov 2026 12:00:00 GMT</pubDate></item></channel></rss>"))

    trial = await tried(crawler, Source(id="wire", feed=feed))

    assert [story.published_at for story in trial.stories] == [datetime(2026, 11, 23, 12, tzinfo=UTC)]


async def test_a_wire_of_headlines_is_tried_without_asking_for_a_page(crawler: Crawler, wire: Hostile) -> None:
    source = Source(id="wire", feed=wire.on("/rss", rss([f"{wire.url}/one"])), level="headline")

    trial = await tried(crawler, source)

    assert [story.headline for story in trial.stories] == [f"{wire.url}/one"]
    assert wire.asked == ["/rss"]


async def test_an_index_of_sitemaps_is_followed(crawler: Crawler, wire: Hostile) -> None:
    one = wire.on("/one", page())
    news = wire.on("/news.xml", text(f"<urlset><url><loc>{one}</loc></url></urlset>"))
    index = wire.on("/index.xml", text(f"<sitemapindex><sitemap><loc>{news}</loc></sitemap></sitemapindex>"))

    trial = await tried(crawler, Source(id="wire", sitemap=index, selectors=Selectors(body="article")))

    assert [entry.url for entry in trial.entries] == [one]
    assert len(trial.stories) == 1


async def test_a_page_is_read_by_its_address(crawler: Crawler, wire: Hostile) -> None:
    trial = await read_page(crawler, wire.on("/one", page("Ferry")))

    assert [story.headline for story in trial.stories] == ["Ferry"]
    assert trial.errors == []
