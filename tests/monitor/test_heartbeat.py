"""monitor.heartbeat: the operator's monitor hears from us while polls and mails move, and only then."""

import asyncio
import socket
from datetime import timedelta
from pathlib import Path

import pytest
from desk import NOON, WIRE, Clock, a_reader, a_story, a_watch, change, comes_in, rows
from ledger import is_
from served import Served, served

from monitor import health
from monitor.database import Database
from monitor.heartbeat import Heartbeat, Pulse, trouble
from monitor.mailserver import Mail
from monitor.watch import Watch
from spiders.source import Source

MINUTE = timedelta(minutes=1)
#: A mail server that is not there: nothing listens on port 1 of a machine at work.
DEAD = Mail(sender="desk@example.org", smtp="smtp://127.0.0.1:1")


async def a_desk(database: Database, folder: Path, clock: Clock, monitor: Served, sources: tuple[Source, ...] = (WIRE,)) -> Watch:
    """A desk whose wire was polled just now, with a monitor that answers."""
    watch = await a_watch(database, folder, clock=clock, sources=sources)
    await change(watch, heartbeat_url=monitor.put("/ping/key", "OK"))
    await is_(database, succeeded_at=clock.at)
    return watch


async def beats(heart: Heartbeat, clock: Clock, minutes: int = 1, *, each: timedelta = MINUTE) -> None:
    """Tick, and let the ping be answered."""
    for _ in range(minutes * MINUTE // each):
        clock.at += each
        await heart.tick(clock.at)
        if heart.beat:
            await asyncio.wait((heart.beat,))


# -- what is decided


@pytest.mark.parametrize(
    ("pulse", "said"),
    [
        (Pulse(polls=(), unsent_since=None), ""),
        (Pulse(polls=[(5 * MINUTE, NOON - 15 * MINUTE)], unsent_since=None), ""),
        (Pulse(polls=[(5 * MINUTE, NOON - 16 * MINUTE), (60 * MINUTE, NOON - 180 * MINUTE)], unsent_since=None), ""),
        (Pulse(polls=[(5 * MINUTE, NOON - 16 * MINUTE)], unsent_since=None), "no source was polled with success"),
        (Pulse(polls=[(5 * MINUTE, NOON)], unsent_since=NOON - 15 * MINUTE), ""),
        (Pulse(polls=[(5 * MINUTE, NOON)], unsent_since=NOON - 16 * MINUTE), "no mail goes out, one waits since 2026-11-23 11:44 UTC"),
    ],
)
def test_it_is_decided_by_polls_and_mails(pulse: Pulse, said: str) -> None:
    assert trouble(pulse, now=NOON) == said


# -- what is heard


async def test_it_beats_once_a_minute_however_often_the_clock_ticks(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    with served() as monitor:
        watch = await a_desk(database, tmp_path, clock, monitor)
        await beats(Heartbeat(watch), clock, 5, each=timedelta(seconds=1))

    assert monitor.hits == {"/ping/key": 5}


async def test_a_desk_that_is_new_has_time_for_its_first_poll(database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    with served() as monitor:
        heart = Heartbeat(await a_desk(database, tmp_path, clock, monitor))
        await is_(database, succeeded_at=None)
        await beats(heart, clock, 15)
        said = [record.getMessage() for record in caplog.records]
        await beats(heart, clock)

    assert (said, monitor.hits) == ([], {"/ping/key": 15})
    assert "code=heartbeat-stops" in caplog.text


async def test_it_stops_with_the_polls_and_goes_on_with_them(database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    with served() as monitor:
        heart = Heartbeat(await a_desk(database, tmp_path, clock, monitor))
        await beats(heart, clock, 30)
        heard = monitor.hits.total()
        await is_(database, succeeded_at=clock.at)
        await beats(heart, clock, 2)

    assert (heard, monitor.hits.total()) == (15, 17)
    assert [record.levelname for record in caplog.records if "heartbeat stops" in record.message] == ["ERROR"]


async def test_a_dead_mail_server_stops_it_and_shows_in_the_status(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    with served() as monitor:
        watch = await a_desk(database, tmp_path, clock, monitor)
        await change(watch, mail=DEAD)
        heart = Heartbeat(watch)
        await comes_in(watch, a_story())
        await watch.tell_now(watch.settings.recipients[0])
        await is_(database, succeeded_at=NOON + timedelta(hours=1))
        await beats(heart, clock, 40)
        heard, said = monitor.hits.total(), (await health.report(watch)).troubles

        await change(watch, mail=Mail())
        await watch.send()
        await beats(heart, clock, 1)

    assert heard == 15
    assert [line for line in said if line.startswith("outbox: a mail has waited since 2026-11-23 12:00 UTC: 127.0.0.1:1: ")]
    assert monitor.hits.total() == 16


async def test_one_reader_whose_mail_waits_does_not_stop_it(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    with served() as monitor:
        watch = await a_desk(database, tmp_path, clock, monitor)
        await change(watch, recipients=(a_reader("full@example.org"), a_reader()))
        await comes_in(watch, a_story())
        for reader in watch.settings.recipients:
            await watch.tell_now(reader)
        await rows(watch, "update mail set state = 'queued', sent_at = null, next_try_at = %s where id = 1 returning id", NOON)
        await rows(watch, "update mail set created_at = created_at - interval '1 second' where id = 1 returning id")
        await is_(database, succeeded_at=NOON + timedelta(hours=1))
        await beats(Heartbeat(watch), clock, 60)

    assert monitor.hits.total() == 60


async def test_a_monitor_that_does_not_answer_is_logged_once_without_its_key(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    with served() as monitor:
        watch = await a_desk(database, tmp_path, clock, monitor)
        await change(watch, heartbeat_url=f"{monitor.url}/gone/key")
        heart = Heartbeat(watch)
        await beats(heart, clock, 3)
    await beats(heart, clock, 3)

    said = [record.message for record in caplog.records if "heartbeat" in record.message]
    assert said == ["heartbeat not heard code=heartbeat-unheard error='HTTPError: HTTP Error 404: Not Found'"]


async def test_a_monitor_that_says_nothing_holds_nobody_up(database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    with served() as monitor, socket.create_server(("127.0.0.1", 0)) as silent:
        watch = await a_desk(database, tmp_path, clock, monitor)
        await change(watch, heartbeat_url=f"http://127.0.0.1:{silent.getsockname()[1]}/")
        heart = Heartbeat(watch, longest=0.3)
        await asyncio.wait_for(heart.tick(clock.at), 5)
        assert heart.beat and not heart.beat.done()
        await asyncio.wait((heart.beat,))

    assert "code=heartbeat-unheard error='TimeoutError: " in caplog.text


async def test_without_an_address_nothing_is_asked(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    with served() as monitor:
        watch = await a_desk(database, tmp_path, clock, monitor)
        await change(watch, heartbeat_url="")
        await beats(Heartbeat(watch), clock, 3)

    assert monitor.hits.total() == 0
