"""monitor.due: what somebody is still to be told."""

from pathlib import Path

import pytest
from desk import NOON, Clock, a_reader, a_rule, a_story, a_watch, arrives, change, comes_in, rows

from monitor import due, outbox, runs
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
        taken = await due.take(connection, ann.email, now=NOON)
    await comes_in(watch, a_story(body="The strike began at nine.", status=Status.CORRECTED), summary="2")
    async with database.connection() as connection:
        run = await runs.begin(connection, ann.email, None, now=NOON)
        assert run
        mail = await outbox.put(connection, run, ann.email, b"Message-ID: <d.1.a.b@example.org>\r\n\r\n", now=NOON)
        await due.tell(connection, ann.email, taken, mail=mail)

    assert await rows(watch, "select told, behind from due") == [(1, True)]


# ---- a rule is taken out ----

FLOOD = a_story("two", headline="Flood in the port", body="A flood, no more.")
BOTH = a_story("three", headline="Strike and flood", body="A strike, and a flood.")


async def a_desk(database: Database, tmp_path: Path, clock: Clock | None = None) -> Watch:
    """A desk whose reader follows two rules."""
    rules = (a_rule("flood"), a_rule("strike"))
    return await a_watch(database, tmp_path, clock=clock, rules=rules, readers=(a_reader(rules=("flood", "strike")),))


async def told(watch: Watch) -> list[tuple[str, str]]:
    """What the reader's next digest says, and under which rule."""
    digest = await watch.preview(watch.settings.recipients[0])
    return [(news.story.headline, news.rule) for news in digest.news]


async def test_what_was_due_under_a_rule_that_a_reader_took_out_is_told_only_under_another_of_theirs(
    database: Database, tmp_path: Path
) -> None:
    watch = await a_desk(database, tmp_path)
    await arrives(watch, FLOOD)
    await arrives(watch, BOTH)
    assert await told(watch) == [("Flood in the port", "flood"), ("Strike and flood", "flood")]

    await change(watch, recipients=(a_reader(),))

    assert await told(watch) == [("Strike and flood", "strike")]
    async with database.connection() as connection:
        assert await due.open_count(connection) == {"ann@example.org": 1}


async def test_a_rule_that_no_longer_matches_heads_what_it_made_due_unless_it_was_taken_out(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path)
    await comes_in(watch, BOTH)
    await comes_in(watch, a_story("three", headline="Calm in the port", body="A strike, and a flood, were feared.\nCalm."), summary="2")
    await comes_in(watch, a_story("three", headline="Calm in the port", body="Nothing at all.\nCalm."), summary="3")
    assert await told(watch) == [("Calm in the port", "flood")]

    await change(watch, recipients=(a_reader(),))

    assert await told(watch) == [("Calm in the port", "strike")]


async def test_a_rule_that_is_renamed_tells_what_was_due_for_days(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_desk(database, tmp_path, clock)
    await arrives(watch, FLOOD)
    clock.advance(days=3)

    await change(watch, rules=(a_rule("flood", "water"), a_rule("strike")), recipients=(a_reader(rules=("water", "strike")),))

    assert await told(watch) == [("Flood in the port", "water")]


@pytest.mark.parametrize(("hours", "said"), [(2, ["Flood in the port"]), (25, [])])
async def test_a_rule_that_is_put_back_within_a_day_was_never_out(database: Database, tmp_path: Path, hours: int, said: list[str]) -> None:
    clock = Clock()
    watch = await a_desk(database, tmp_path, clock)
    await arrives(watch, FLOOD)
    before = watch.settings.recipients
    clock.advance(days=3)
    await change(watch, recipients=(a_reader(),))
    clock.advance(hours=hours)

    await change(watch, recipients=before)

    assert [headline for headline, _ in await told(watch)] == said


async def test_who_took_a_rule_out_still_hears_that_what_it_told_is_withdrawn(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path)
    await comes_in(watch, FLOOD)
    await watch.tell_now(watch.settings.recipients[0])
    await change(watch, recipients=(a_reader(),))

    await comes_in(watch, a_story("two", headline="Flood in the port", body="A flood.", status=Status.WITHDRAWN), summary="2")

    assert await watch.correct() == 1
    assert await rows(watch, "select kind from mail order by id") == [("digest",), ("correction",)]
