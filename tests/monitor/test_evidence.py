"""monitor.evidence: what a server sent comes back as it was sent, once a story, without its secrets."""

import asyncio
import random
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from desk import NOON, WIRE, a_story, a_watch, an_entry, change, comes_in, lists, rows
from served import rss, served
from test_end_to_end import Desk as CommandLine

from monitor import evidence
from monitor.config import Retention
from monitor.database import Database, StoreError
from monitor.tally import Tally
from monitor.watch import Watch
from spiders.feed import Entry
from spiders.order import Answer, PageRead
from spiders.story import Story

PAGE = b"<html><h1>Dockers strike</h1>" + b"<p>The strike began at noon.</p>" * 50
HEADERS = (("Content-Type", "text/html"), ("Set-Cookie", "session=s3cret"))


def an_answer(body: bytes = PAGE, **given: object) -> Answer:
    values: dict[str, object] = {"url": "https://wire.example.org/one", "status": 200, "headers": HEADERS, "body": body}
    return Answer(**(values | given))  # type: ignore[arg-type]


async def shows(watch: Watch, story: Story, body: bytes = PAGE, **entry: object) -> None:
    """A page is fetched that tells this story in these bytes."""
    for page in await lists(watch, an_entry(title=story.headline, **entry)):
        await watch.keep(PageRead(order=page, story=story, answer=an_answer(body)), Tally())


async def kept(watch: Watch, story: int = 1) -> list[tuple[int, bytes | None]]:
    """What is at hand of each version."""
    async with watch.database.connection() as connection:
        return [(each.revision, await evidence.body(connection, each.id)) for each in await evidence.of_story(connection, story)]


async def test_each_version_keeps_what_it_was_read_from(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await shows(watch, a_story())
    await shows(watch, a_story(), b"only the advertisements changed", summary="changed")
    await shows(watch, a_story(body="The strike is over."), b"<p>The strike is over.</p>", summary="changed again")

    async with database.connection() as connection:
        first, second = await evidence.of_story(connection, 1)

    assert await kept(watch) == [(1, PAGE), (2, b"<p>The strike is over.</p>")]
    assert first == evidence.Evidence(
        id=first.id,
        revision=1,
        url="https://wire.example.org/one",
        status=200,
        headers=[["Content-Type", "text/html"], ["Set-Cookie", "***"]],  # type: ignore[list-item]
        fetched_at=NOON,
        sha256=sha256(PAGE).hexdigest(),
        size=len(PAGE),
        kept=True,
    )
    assert (second.revision, second.sha256) == (2, sha256(b"<p>The strike is over.</p>").hexdigest())


@pytest.mark.parametrize(
    "body",
    [b"", b"\0" * 3_000_000, random.Random(1).randbytes(300_000), "쓰촨\r\n".encode("euc-kr")],
    ids=["empty", "zeros", "noise", "text"],
)
async def test_whatever_was_sent_comes_back(database: Database, tmp_path: Path, body: bytes) -> None:
    watch = await a_watch(database, tmp_path)
    await shows(watch, a_story(), body)

    assert await kept(watch) == [(1, body)]
    assert await rows(watch, "select size, encode(sha256, 'hex') from evidence") == [(len(body), sha256(body).hexdigest())]


def test_a_page_that_was_crawled_is_written_byte_for_byte(tmp_path: Path, database_url: str) -> None:
    text = "시장은 월요일에 새 다리를 열었다고 시청이 밝혔다. 다리는 강의 두 기슭을 잇는다.\r\n" * 5
    page = f"<html><meta charset=euc-kr><title>다리</title><article><h1>다리</h1><p>{text}</p></article></html>".encode("euc-kr")
    with served() as wire:
        url = wire.put("/1", page, "text/html")
        wire.put("/rss.xml", rss([Entry(url=url, guid="1", title="다리")]), "application/rss+xml")
        desk = CommandLine(tmp_path, database_url, {"wire": f'feed = "{wire.url}/rss.xml"'})
        desk("crawl")
    desk("story", "1", "--evidence", str(tmp_path / "page.html"))

    assert (tmp_path / "page.html").read_bytes() == page
    assert desk.rows("select url, status, encode(sha256, 'hex') from evidence") == [(url, 200, sha256(page).hexdigest())]


async def test_the_same_bytes_of_a_story_are_kept_once(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await shows(watch, a_story())
    await shows(watch, a_story(body="It was withdrawn."), b"withdrawn", summary="2")
    await shows(watch, a_story(), summary="3")

    assert await kept(watch) == [(1, PAGE), (2, b"withdrawn"), (3, PAGE)]
    assert await rows(watch, "select revision from evidence where bytes is not null order by 1") == [(1,), (2,)]


async def test_a_version_without_room_for_its_bytes_still_has_their_hash(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story())

    async with database.connection() as connection:
        await evidence.put(connection, "wire", an_answer(), story=1, revision=1, now=NOON, keep=False)

        assert await evidence.body(connection, 1) is None
        assert [(each.kept, each.sha256) for each in await evidence.of_story(connection, 1)] == [(False, sha256(PAGE).hexdigest())]


async def test_where_only_matched_stories_are_kept_all_their_versions_are_from_the_match_on(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await change(watch, retention=Retention(bytes=None))
    await shows(watch, a_story(headline="Owls counted", body="All is calm."), b"1", summary="1")
    await shows(watch, a_story(headline="Owls on strike", body="All is calm."), b"2", summary="2")
    await shows(watch, a_story(headline="Owls counted again", body="All is calm."), b"3", summary="3")

    assert await kept(watch) == [(1, None), (2, b"2"), (3, b"3")]


async def test_bytes_that_are_not_those_that_were_sent_are_no_evidence(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await shows(watch, a_story())
    async with database.connection() as connection:
        await connection.execute("update evidence set bytes = %s", [await evidence.packed(b"forged")])
        with pytest.raises(StoreError, match="evidence 1 is damaged: its bytes are others than were sent"):
            await evidence.body(connection, 1)
        await connection.execute("update evidence set bytes = 'x'")
        with pytest.raises(StoreError, match="evidence 1 is damaged: "):
            await evidence.body(connection, 1)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("set-cookie", "id=1", "***"),
        ("X-Auth-Token", "abc", "***"),
        ("X-Api-Key", "abc", "***"),
        ("WWW-Authenticate", 'Digest nonce="1"', "***"),
        ("Server", "nginx\0\ud800\x1b[31m", "nginx \ufffd"),
        ("ETag", "x" * 5000, "x" * 1000),
    ],
)
async def test_a_header_is_kept_without_secrets_and_tricks(database: Database, tmp_path: Path, name: str, value: str, told: str) -> None:
    await a_watch(database, tmp_path)
    async with database.connection() as connection:
        await evidence.first_bad(connection, "wire", an_answer(headers=((name, value),)), now=NOON, keep=True)
        cursor = await connection.execute("select headers from evidence")

        assert await cursor.fetchone() == ([[name, told]],)


def test_a_thousand_headers_are_not_kept() -> None:
    assert len(evidence.told_headers((("A", "b"),) * 1000)) == evidence.MOST_HEADERS


async def test_the_loop_goes_on_while_a_large_page_is_compressed() -> None:
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            beats += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(beat())
    await evidence.packed(PAGE)
    small = beats
    await evidence.packed(random.Random(1).randbytes(16 << 20))
    task.cancel()

    assert small == 0
    assert beats > 10


async def test_an_outage_is_shown_its_first_bad_answer_and_the_last_good_one(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, sources=(WIRE, replace(WIRE, id="other")))
    await shows(watch, a_story())
    async with database.connection() as connection:
        await evidence.first_bad(connection, "wire", an_answer(b"login"), now=NOON - timedelta(days=1), keep=True)
        await evidence.first_bad(connection, "wire", an_answer(b"consent", status=403), now=NOON, keep=True)
        await evidence.first_bad(connection, "wire", an_answer(b"consent"), now=NOON + timedelta(hours=1), keep=True)

        bad = await evidence.bad_since(connection, "wire", NOON)
        assert bad is not None
        assert await evidence.body(connection, bad) == b"consent"
        assert await evidence.bad_since(connection, "wire", NOON + timedelta(days=1)) is None
        assert await evidence.last_good(connection, "wire") == 1
        assert await evidence.last_good(connection, "other") is None
