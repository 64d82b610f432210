"""monitor.due: what somebody is still to be told."""

from pathlib import Path

import pytest
from desk import NOON, a_reader, a_story, a_watch, comes_in, rows

from monitor import due, outbox
from monitor.database import Database
from monitor.watch import Watch
from spiders.story import Status


async def waiting(watch: Watch) -> tuple[list[str], dict[str, int]]:
    """The headlines that the reader would be told, and how many the status shows."""
    digest = await watch.preview(a_reader())
    async with watch.database.connection() as connection:
        return [news.story.headline for news in digest.news], await due.open_count(connection)


@pytest.mark.parametrize("status", [Status.WITHDRAWN, Status.HELD])
async def test_a_story_that_was_taken_back_before_it_was_told_is_not_told(database: Database, tmp_path: Path, status: Status) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story())
    before = await waiting(watch)

    await comes_in(watch, a_story(status=status), summary="2")

    assert before == (["Dockers strike"], {"ann@example.org": 1})
    assert await waiting(watch) == ([], {})


async def test_a_held_story_that_is_released_is_told(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    for summary, status in enumerate([Status.USABLE, Status.HELD, Status.USABLE]):
        await comes_in(watch, a_story(status=status), summary=str(summary))

    assert await waiting(watch) == (["Dockers strike"], {"ann@example.org": 1})


async def test_who_is_told_a_version_that_is_not_the_newest_any_more_is_behind(database: Database, tmp_path: Path) -> None:
    watch, ann = await a_watch(database, tmp_path), a_reader()
    await comes_in(watch, a_story())
    async with database.connection() as connection:
        taken = await due.take(connection, ann.email)
    await comes_in(watch, a_story(body="The strike began at nine.", status=Status.CORRECTED), summary="2")
    async with database.connection() as connection:
        run = await outbox.open_run(connection, ann.email, None, now=NOON)
        assert run
        mail = await outbox.put(connection, run, ann.email, b"Message-ID: <d.1.a.b@example.org>\r\n\r\n", now=NOON)
        await due.tell(connection, ann.email, taken, mail=mail)

    assert await rows(watch, "select told, behind from due") == [(1, True)]
