"""monitor.members: who is alive, what each does, and what nobody does any more."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from desk import NOON, Clock, a_rule, a_watch, change, rows
from procrastinate import PsycopgConnector

from monitor import claims, health, jobs, members
from monitor.database import Database
from monitor.members import SILENT, Member
from monitor.metrics import figures
from monitor.presence import Presence
from monitor.watch import Watch


def a_member(part: str = "run", **given: Any) -> Member:
    said = {"id": uuid4(), "machine": "ant", "pid": 7, "version": "1.2", "part": part, "began_at": NOON, "seen_at": NOON, "jobs": {}}
    return Member(**(said | given))


async def beat(database: Database, *given: Member) -> None:
    async with database.connection() as connection:
        for each in given:
            await members.beat(connection, each, (), now=each.seen_at)


async def seen(database: Database) -> list[Member]:
    async with database.connection() as connection:
        return await members.members(connection)


@pytest.mark.parametrize(
    "member, doing",
    [
        (a_member(leads=True, jobs={"collect": 2, "tell": 1, "send": 2}, polls=12), "leading, polling 12 sources, send 2, tell"),
        (a_member(), "standing by, waiting for work"),
        (a_member("scheduler", leads=True), "leading"),
        (a_member("worker", jobs={"sweep": 1}), "sweep"),
        (a_member("worker", seen_at=NOON - SILENT), "silent: dead or frozen; others do its work"),
    ],
)
def test_what_a_member_does_is_said_in_words(member: Member, doing: str) -> None:
    assert member.doing(NOON) == doing


@pytest.mark.parametrize(
    "alive, missing",
    [
        ((), ["scheduler", "worker"]),
        (("worker",), ["scheduler"]),
        (("scheduler",), ["worker"]),
        (("scheduler", "worker"), []),
        (("run",), []),
    ],
)
def test_a_part_that_nobody_does_any_more_is_a_trouble(alive: tuple[str, ...], missing: list[str]) -> None:
    dead = a_member("run", seen_at=NOON - SILENT)

    said = members.troubles([dead, *map(a_member, alive)], now=NOON)

    assert [trouble.partition(" is alive")[0] for trouble in said] == [f"machines: no {part}" for part in missing]


@pytest.mark.parametrize("ahead", [timedelta(hours=1), timedelta(hours=-1)])
async def test_where_a_clock_is_wrong_the_clocks_are_named_and_nobody_is_said_to_be_dead(database: Database, ahead: timedelta) -> None:
    await beat(database, a_member(seen_at=datetime.now(UTC)))
    here = datetime.now(UTC) + ahead

    found = await seen(database)

    [trouble] = members.troubles(found, now=here)
    assert trouble.endswith(": the clocks differ; wirewatch doctor says which one is wrong")
    assert trouble.startswith("machines: the last sign of life of ant:7 is of ")
    assert [each.doing(here) for each in found] == ["its clock and ours differ"]


def test_where_nobody_ever_joined_nothing_is_missed() -> None:
    assert members.troubles([], now=NOON) == []


async def test_the_leader_comes_first_and_a_sign_of_life_replaces_the_last(database: Database) -> None:
    leader, other, worker = a_member("scheduler", leads=True, machine="cat"), a_member("scheduler"), a_member("worker")
    await beat(database, worker, other, leader, replace(worker, seen_at=NOON + members.BEAT, jobs={"send": 1}))

    assert await seen(database) == [leader, other, replace(worker, seen_at=NOON + members.BEAT, jobs={"send": 1})]


async def test_of_two_that_said_they_lead_the_last_one_does(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, clock=Clock())
    killed = a_member("scheduler", leads=True, machine="ant", seen_at=NOON - timedelta(seconds=10))
    await beat(database, killed, successor := a_member("scheduler", leads=True, machine="bee"))

    assert await seen(database) == [successor, replace(killed, leads=False)]
    async with database.connection() as connection:
        known = await figures(connection, watch.settings, now=NOON)
    assert [each.samples for each in known if each.name == "wirewatch_schedulers"] == [{("leading",): 1.0, ("standing by",): 1.0}]


async def test_who_comes_in_place_of_the_dead_lets_them_be_forgotten(database: Database) -> None:
    old, silent = NOON - timedelta(days=2), NOON - SILENT - timedelta(seconds=1)
    here, elsewhere = a_member(seen_at=silent), a_member(machine="bee", seen_at=silent)
    await beat(database, a_member("worker", machine="cat", seen_at=old), here, elsewhere, other_part := a_member("worker", seen_at=silent))
    await beat(database, new := a_member(), beside := a_member(began_at=NOON - timedelta(days=1)))
    async with database.connection() as connection:
        await members.forget(connection, beside, now=NOON)
    assert here.id in {each.id for each in await seen(database)}
    async with database.connection() as connection:
        await members.forget(connection, new, now=NOON)

    assert {each.id for each in await seen(database)} == {elsewhere.id, other_part.id, new.id, beside.id}


async def test_status_says_what_a_process_has_in_hand_and_who_left_is_gone(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, clock=Clock())
    presence, over = Presence(watch, "run", lambda: True), asyncio.Event()

    @jobs.app.task(name="test-poll", queue="test", pass_context=False)
    async def poll(batch: str) -> None:
        await presence.beat()
        over.set()

    async with database.connection() as connection:
        await claims.take_due(connection, by="b1", now=NOON)
    try:
        with jobs.app.replace_connector(PsycopgConnector()):
            async with jobs.app.open_async(watch.database.pool):
                await poll.defer_async(batch="b1")
                await jobs.app.run_worker_async(
                    queues=["test"], wait=False, install_signal_handlers=False, worker_middleware=[presence.working]
                )
    finally:
        del jobs.app.tasks["test-poll"]

    assert over.is_set()
    (member,) = (await health.report(watch)).members
    assert (member.jobs, member.polls, member.leads, member.seen_at) == ({"test-poll": 1}, 1, True, NOON)
    assert isinstance(member.id, UUID)
    await presence.beat()
    assert [each.jobs for each in await seen(database)] == [{}]
    await presence.leave()
    assert await rows(watch, "select from member") == []


async def test_status_names_who_follows_other_rules_than_those_taken_up_last(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    first = await a_watch(database, tmp_path, clock=clock)
    second = Watch(database=database, settings=first.settings, clock=clock)
    presences = [Presence(each, "worker", lambda: False) for each in (first, second)]
    for presence in presences:
        await presence.beat()

    clock.advance(seconds=1)
    await change(first, rules=(a_rule("lockout", "strike"),))
    just_then = [member.strays for member in await seen(database)]
    clock.advance(seconds=5)
    for presence in presences:
        await presence.beat()
    later = await seen(database)

    assert just_then == [False, False]
    assert {member.rules: member.doing(clock.at) for member in later} == {
        first.rules.fingerprint: "waiting for work",
        second.rules.fingerprint: "waiting for work, by other rules than those taken up last",
    }
