"""The promise over real HTTP: what falls out of a feed is found, what is sick is reported once, what changes in place is seen."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from collecting import a_source, poll_what_is_due, watching
from desk import NOON, Clock, a_reader, a_rule, change, mails, rows, text

from monitor import accounts, health
from monitor.accounts import Account
from monitor.watch import Watch
from spiders.crawl import Crawler
from spiders.source import Source
from tests.spiders.hostile import Answer, Hostile, hostile
from tests.spiders.hostile import text as answer

pytestmark = pytest.mark.asyncio(loop_scope="session")
OPERATOR = "ops@example.org"


def hour(number: float) -> datetime:
    return NOON + timedelta(hours=number)


def a_page(headline: str, body: str) -> str:
    stated = f"<meta property='article:published_time' content='{NOON.isoformat()}'>"
    return f"<html><head><title>{escape(headline)}</title>{stated}</head><body><h1>{escape(headline)}</h1>{body}</body></html>"


def article(text: str = "The talks went on for hours. Nobody was told what was said.") -> str:
    return f"<article><p>{text}</p></article>"


class Site:
    """A wire on a hostile server: stories by name, a feed of the newest, a sitemap of all."""

    def __init__(self, server: Hostile, window: int = 5) -> None:
        self.server, self.window = server, window
        self.stories: dict[str, datetime] = {}

    def publish(self, stories: Mapping[str, datetime], body: str = article()) -> None:
        self.stories |= stories
        for name in stories:
            self.server.on(f"/{name}", answer(a_page(f"Story {name}", body)))
        self._list()

    def _list(self) -> None:
        newest = sorted(self.stories.items(), key=lambda story: story[1], reverse=True)
        self.server.on("/rss.xml", answer(feed(self.server, newest[: self.window]), Content_Type="application/rss+xml"))
        self.server.on("/sitemap.xml", answer(sitemap(self.server, newest), Content_Type="application/xml"))

    def source(self, **given: object) -> Source:
        return replace(a_source("wire", f"{self.server.url}/rss.xml"), **given)  # type: ignore[arg-type]


def feed(server: Hostile, stories: Iterable[tuple[str, datetime]]) -> str:
    items = "".join(
        f"<item><title>Story {name}</title><link>{server.url}/{name}</link><pubDate>{format_datetime(at)}</pubDate></item>"
        for name, at in stories
    )
    return f"<rss version='2.0'><channel><title>Wire</title>{items}</channel></rss>"


def sitemap(server: Hostile, stories: Iterable[tuple[str, datetime]]) -> str:
    urls = "".join(f"<url><loc>{server.url}/{name}</loc><lastmod>{at.isoformat()}</lastmod></url>" for name, at in stories)
    return f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{urls}</urlset>"


async def account(watch: Watch) -> Account:
    async with watch.database.connection() as connection:
        return await accounts.account(connection, NOON - timedelta(days=2), NOON + timedelta(days=30))


async def read(watch: Watch) -> set[str]:
    return {str(url).rsplit("/", 1)[1] for (url,) in await rows(watch, "select url from story join revision on story = id")}


async def test_what_fell_out_of_a_feed_between_two_polls_is_fetched_by_the_sitemap_and_the_account_shows_the_gap(
    reactor: None, database_url: str, tmp_path: Path
) -> None:
    with hostile() as server:
        clock, site = Clock(), Site(server)
        site.publish({f"early-{number}": hour(-1 + number / 10) for number in range(5)})
        source = site.source(sitemap=f"{server.url}/sitemap.xml")
        async with watching(database_url, tmp_path, source, clock=clock) as (watch, crawler):
            await poll_what_is_due(watch, crawler)
            clock.at = hour(3)
            site.publish({f"late-{number}": hour(0.1 + number / 10) for number in range(20)})
            await poll_what_is_due(watch, crawler)

            assert await read(watch) == set(site.stories)
            told = await account(watch)
            (gap,) = told.gaps
            assert (gap.from_at, gap.to_at, gap.filled_by, gap.stories) == (hour(-0.6), hour(1.6), "sitemap", 15)
            assert (told.total.new, told.total.pending, told.adds_up) == (25, 0, True)
            assert [number for number, _ in await rows(watch, "select number, url from revision join story on story = id")] == [1] * 25


def politely(body: str) -> Answer:
    """A list with a validator, which says 304 to whoever has it."""
    etag = f'"{hash(body)}"'

    def write(handler: BaseHTTPRequestHandler) -> None:
        is_same = handler.headers["If-None-Match"] == etag
        answer("" if is_same else body, status=304 if is_same else 200, ETag=etag)(handler)

    return write


@pytest.mark.parametrize("says", ["not modified", "the same bytes"])
async def test_a_gap_is_filled_though_the_feed_stays_as_it_is(reactor: None, database_url: str, tmp_path: Path, says: str) -> None:
    with hostile() as server:
        clock, site = Clock(), Site(server)
        site.publish({f"early-{number}": hour(-1 + number / 10) for number in range(5)})
        source = site.source(sitemap=f"{server.url}/sitemap.xml")
        async with watching(database_url, tmp_path, source, clock=clock) as (watch, crawler):
            await poll_what_is_due(watch, crawler)
            clock.at = hour(3)
            site.publish({f"late-{number}": hour(0.1 + number / 10) for number in range(20)})
            if says == "not modified":
                newest = sorted(site.stories.items(), key=lambda story: story[1], reverse=True)
                server.on("/rss.xml", politely(feed(server, newest[:5])))
            server.on("/sitemap.xml", answer("try later", status=503))
            await poll_what_is_due(watch, crawler)
            missing = set(site.stories) - await read(watch)
            server.on("/sitemap.xml", answer(sitemap(server, site.stories.items()), Content_Type="application/xml"))
            await go_on(watch, crawler, hours=1)

            assert len(missing) == 15
            assert await read(watch) == set(site.stories)
            told = await account(watch)
            assert told.total.unchanged > 0
            assert [(gap.filled_by, gap.stories) for gap in told.gaps] == [("sitemap", 15)]


async def test_a_feed_that_is_frozen_for_days_is_found_out_by_the_sitemap(reactor: None, database_url: str, tmp_path: Path) -> None:
    with hostile() as server:
        clock, site = Clock(), Site(server)
        site.publish({"one": hour(-1)})
        server.on("/rss.xml", politely(feed(server, site.stories.items())))
        frozen = server.answers["/rss.xml"]
        async with watching(database_url, tmp_path, site.source(sitemap=f"{server.url}/sitemap.xml"), clock=clock) as (watch, crawler):
            await poll_what_is_due(watch, crawler)
            site.publish({"two": hour(20), "three": hour(40)})
            server.on("/rss.xml", frozen)
            for _ in range(60):
                clock.advance(hours=1)
                await poll_what_is_due(watch, crawler)

            assert await read(watch) == {"one", "two", "three"}
            assert server.asked.count("/sitemap.xml") == 2
            assert [(recall.listed, recall.known) for recall in (await account(watch)).recalls] == [(1, 0)] * 2


async def reported(watch: Watch) -> list[str]:
    """Judge the sources, and send what there is to say; the subjects of the notes."""
    before = len(mails(watch))
    await health.check(watch)
    await watch.send()
    return [str(mail["Subject"]) for mail in mails(watch)[before:]]


async def go_on(watch: Watch, crawler: Crawler, *, hours: float) -> list[str]:
    """Poll and judge every quarter of an hour for so long; the notes that the operator gets."""
    clock, notes = watch.clock, []
    assert isinstance(clock, Clock)
    for _ in range(round(hours * 4)):
        clock.advance(minutes=15)
        await poll_what_is_due(watch, crawler)
        notes += await reported(watch)
    return notes


async def test_a_source_that_answers_with_the_same_old_entries_is_reported_once_and_once_as_recovered(
    reactor: None, database_url: str, tmp_path: Path
) -> None:
    with hostile() as server:
        clock, site = Clock(), Site(server)
        site.publish({"one": hour(-1)})
        async with watching(database_url, tmp_path, site.source(quiet=timedelta(hours=6)), clock=clock) as (watch, crawler):
            await change(watch, operator=OPERATOR)
            well = await go_on(watch, crawler, hours=4)
            silent = await go_on(watch, crawler, hours=8)
            site.publish({"two": clock.at})
            over = await go_on(watch, crawler, hours=3)

            assert (well, len(silent), len(over)) == ([], 1, 1)
            assert "wire" in silent[0]
            assert await read(watch) == {"one", "two"}
            assert await rows(watch, "select state, ended_at is not null from outage") == [("quiet", True)]


async def test_a_source_whose_template_changed_is_reported_once_and_once_as_recovered_and_no_entry_is_lost(
    reactor: None, database_url: str, tmp_path: Path
) -> None:
    with hostile() as server:
        clock, site = Clock(), Site(server, window=50)
        site.publish({f"good-{number}": hour(-1 + number / 10) for number in range(5)})
        async with watching(database_url, tmp_path, site.source(), clock=clock) as (watch, crawler):
            await change(watch, operator=OPERATOR)
            await poll_what_is_due(watch, crawler)
            site.publish({f"empty-{number}": hour(number / 10) for number in range(8)}, body="<div class='app' data-story='7'></div>")
            sick = await go_on(watch, crawler, hours=2)
            site.publish({name: at for name, at in site.stories.items() if name.startswith("empty")})
            site.publish({"new": clock.at})
            over = await go_on(watch, crawler, hours=14)

            assert (len(sick), len(over)) == (1, 1)
            (outage,) = await rows(watch, "select state, ended_at is not null, bad is not null, good is not null from outage")
            assert outage == ("unreadable", True, True, True)
            assert await read(watch) == set(site.stories)
            bodies = await rows(watch, "select count(distinct story) from revision where paragraphs <> '{}'")
            assert bodies == [(len(site.stories),)], "each is read in full once its page can be read"


async def test_a_source_that_answers_403_to_its_pages_is_reported_once_and_once_as_recovered_and_no_entry_is_lost(
    reactor: None, database_url: str, tmp_path: Path
) -> None:
    with hostile() as server:
        clock, site = Clock(), Site(server, window=50)
        site.publish({"good": hour(-1)})
        async with watching(database_url, tmp_path, site.source(), clock=clock) as (watch, crawler):
            await change(watch, operator=OPERATOR)
            await poll_what_is_due(watch, crawler)
            shut = {f"shut-{number}": hour(number / 10) for number in range(6)}
            site.publish(shut)
            for name in shut:
                server.on(f"/{name}", answer("Access denied", status=403))
            sick = await go_on(watch, crawler, hours=2)
            by_headline = await read(watch)
            site.publish(shut)
            over = await go_on(watch, crawler, hours=10)

            assert (len(sick), len(over)) == (1, 1)
            assert by_headline == set(site.stories), "while they cannot be read they are told by their headlines"
            assert await rows(watch, "select state, status from outage left join evidence on evidence.id = bad") == [("unreadable", 403)]
            assert await rows(watch, "select count(*) from entry where state = 'read'") == [(7,)]
            assert (await account(watch)).adds_up


async def test_a_story_overwritten_in_place_after_it_matched_is_found_and_one_that_is_404_twice_is_gone(
    reactor: None, database_url: str, tmp_path: Path
) -> None:
    with hostile() as server:
        clock, site = Clock(), Site(server)
        site.publish({"one": NOON, "two": NOON}, body=article("The strike began at noon, the union said on Monday."))
        async with watching(database_url, tmp_path, site.source(), clock=clock) as (watch, crawler):
            await change(watch, rules=(a_rule("strike"),), recipients=(a_reader(rules=("strike",)),))
            await poll_what_is_due(watch, crawler)
            listed = list(server.asked)
            await go_on(watch, crawler, hours=0.75)
            server.on("/one", answer(a_page("Story one", article("The strike was called off, the union said on Monday."))))
            server.on("/two", answer("not here", status=404))
            await go_on(watch, crawler, hours=1)

            assert listed == ["/rss.xml", *sorted(listed[1:], key=listed.index)]
            versions = await rows(
                watch, "select url, number, paragraphs[1], status from revision join story on story = id order by url, number"
            )
            assert [(str(url).rsplit("/", 1)[1], number, str(first)[:16], status) for url, number, first, status in versions] == [
                ("one", 1, "The strike began", "usable"),
                ("one", 2, "The strike was c", "usable"),
                ("two", 1, "The strike began", "usable"),
                ("two", 2, "The strike began", "gone"),
            ]


async def test_a_server_that_says_not_modified_though_its_list_changed_is_found_out(
    reactor: None, database_url: str, tmp_path: Path
) -> None:
    with hostile() as server:
        clock, site = Clock(), Site(server)
        site.publish({"one": hour(-1)})

        def lying(handler: BaseHTTPRequestHandler) -> None:
            body = feed(server, site.stories.items())
            status = 304 if handler.headers["If-None-Match"] else 200
            answer("" if status == 304 else body, status=status, ETag='"always"')(handler)

        server.on("/rss.xml", lying)
        async with watching(database_url, tmp_path, site.source(), clock=clock) as (watch, crawler):
            await poll_what_is_due(watch, crawler)
            site.publish({"two": NOON})
            server.on("/rss.xml", lying)
            await go_on(watch, crawler, hours=1)
            believed = await read(watch)
            await go_on(watch, crawler, hours=6)
            site.publish({"three": clock.at})
            server.on("/rss.xml", lying)
            await go_on(watch, crawler, hours=1)

            assert believed == {"one"}
            assert await read(watch) == {"one", "two", "three"}
            assert await rows(watch, "select lies from source") == [(True,)]


async def test_the_operators_notes_say_what_it_is_since_when_and_what_to_do(reactor: None, database_url: str, tmp_path: Path) -> None:
    with hostile() as server:
        clock, site = Clock(), Site(server)
        site.publish({"one": hour(-1)})
        async with watching(database_url, tmp_path, site.source(), clock=clock) as (watch, crawler):
            await change(watch, operator=OPERATOR)
            await poll_what_is_due(watch, crawler)
            server.on("/rss.xml", answer("gone fishing", status=503))
            await go_on(watch, crawler, hours=8)

            (note,) = mails(watch)
            assert note["To"] == OPERATOR
            said = " ".join(text(note).split())
            for part in ("wire does not answer", "503", "2026-11-23 12:00 UTC", "`wirewatch sources test wire`"):
                assert part in said
