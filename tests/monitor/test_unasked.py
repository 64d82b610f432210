"""monitor.unasked: machines that follow different rules for a while miss nothing by it."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from desk import Clock, a_reader, a_story, a_watch, an_entry, arrives, change, lists, rows, shows

from alerts.recipient import Recipient
from alerts.rules import Rule
from monitor import daemon
from monitor.database import Database
from monitor.watch import Watch
from spiders.story import Status

OLD, NEW = Rule(id="strike", any=("strike",)), Rule(id="strike", any=("strike", "lockout"))
LOCKOUT = a_story("two", headline="Lockout at the port", body="A lockout, no more.")


def at_once() -> Recipient:
    return replace(a_reader(), instant=frozenset({"strike"}))


async def two(database: Database, tmp_path: Path, *readers: Recipient) -> tuple[Watch, Watch]:
    """Two machines with one configuration, of which the first has read an edit of its rule."""
    clock = Clock()
    first = await a_watch(database, tmp_path, clock=clock, rules=(OLD,), readers=readers or (a_reader(),))
    second = Watch(database=database, settings=first.settings, clock=clock)
    await second.configure()
    await change(first, rules=(NEW,))
    clock.advance(seconds=1)
    return first, second


async def due(watch: Watch) -> list[tuple[object, ...]]:
    return await rows(watch, "select url, due.revision, rule, instant from due join story on story.id = due.story")


TOLD = [("https://wire.example.org/two", 1, "strike", False)]


async def test_what_a_machine_stored_before_it_read_an_edit_is_matched_when_it_reads_it(database: Database, tmp_path: Path) -> None:
    _, second = await two(database, tmp_path)
    await arrives(second, LOCKOUT)
    assert await due(second) == []

    await change(second, rules=(NEW,))

    assert await due(second) == TOLD
    assert await rows(second, "select rule, version from match") == [("strike", second.rules.version("strike"))]
    assert await rows(second, "select from unasked") == []


async def test_what_was_to_be_told_at_once_is_though_another_machine_stored_it(database: Database, tmp_path: Path) -> None:
    first, second = await two(database, tmp_path, at_once())
    await arrives(second, LOCKOUT)

    await first.ask_again()

    assert [instant for *_, instant in await due(first)] == [True]
    assert await first.alert() == 1


async def test_a_machine_that_never_reads_an_edit_keeps_no_story_from_the_rules_in_force(database: Database, tmp_path: Path) -> None:
    first, second = await two(database, tmp_path)
    await arrives(second, LOCKOUT)

    await second.ask_again()
    assert await due(second) == []
    await first.ask_again()

    assert await due(first) == TOLD


@pytest.mark.parametrize("status", [Status.USABLE, Status.CORRECTED])
async def test_a_version_that_was_stored_by_other_rules_is_asked_again(database: Database, tmp_path: Path, status: Status) -> None:
    first, second = await two(database, tmp_path)
    await arrives(first, replace(LOCKOUT, headline="Calm at the port", paragraphs=("A calm day, no more.",)))
    (page,) = await lists(second, an_entry("two", title=LOCKOUT.headline, summary="2"))
    await shows(second, page, replace(LOCKOUT, status=status))

    await first.ask_again()

    assert [(url, revision) for url, revision, *_ in await due(first)] == [("https://wire.example.org/two", 2)]


async def test_where_all_follow_the_same_rules_nothing_is_asked_again(database: Database, tmp_path: Path) -> None:
    first, second = await two(database, tmp_path)
    await change(second, rules=(NEW,))
    await arrives(first, LOCKOUT)
    await arrives(second, a_story("three"))

    assert await rows(first, "select from unasked") == []


async def test_a_daemon_looks_by_itself(database: Database, tmp_path: Path) -> None:
    first, second = await two(database, tmp_path)
    asking = asyncio.create_task(daemon._ask_again(first))
    await arrives(second, LOCKOUT)
    for _ in range(100):
        if told := await due(first):
            break
        await asyncio.sleep(0.1)

    asking.cancel()
    with suppress(asyncio.CancelledError):
        await asking
    assert told == TOLD
