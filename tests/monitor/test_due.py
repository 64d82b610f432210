"""monitor.due: what somebody is still to be told."""

from pathlib import Path

import pytest
from desk import a_reader, a_story, a_watch, comes_in

from monitor import due
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
