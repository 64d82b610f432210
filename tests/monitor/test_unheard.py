"""monitor.unheard: the operator hears of corrections that a server refused for good, story by story."""

import email
import email.policy
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from desk import Clock, a_reader, a_story, a_watch, arrives, comes_in, rows, text
from postoffice import TAKEN, Office, served_by

from monitor import health
from monitor.database import Database
from monitor.watch import Watch
from spiders.story import Status

ANN, OPERATOR = a_reader(), "ops@example.org"
POISON = "554 5.6.0 content refused"


async def a_told_story(database: Database, folder: Path, clock: Clock) -> Watch:
    watch = await a_watch(database, folder, clock=clock)
    watch.settings = replace(watch.settings, operator=OPERATOR)
    await comes_in(watch, a_story("one", headline="Strike at the mill", body="Forty took part in the strike."))
    return watch


async def revised(watch: Watch, status: Status) -> None:
    await comes_in(
        watch, a_story("one", headline="Strike at the mill", body="Fourteen took part in the strike.", status=status), summary="2"
    )


async def minutes(watch: Watch, clock: Clock, count: int = 3) -> None:
    for _ in range(count):
        await health.check(watch)
        clock.advance(minutes=1)
        await watch.send()


async def notes(watch: Watch) -> list[str]:
    """The texts of the notes to the operator that speak of corrections."""
    found = await rows(watch, "select bytes from mail where kind = 'note' order by id")
    said = [text(email.message_from_bytes(data, policy=email.policy.default)) for (data,) in found]  # type: ignore[arg-type]
    return [each for each in said if "Corrections that were refused" in each]


async def test_a_refused_kill_is_told_though_the_next_mail_is_taken_at_once(database: Database, tmp_path: Path) -> None:
    clock, office = Clock(), Office()
    watch = await a_told_story(database, tmp_path, clock)
    async with served_by(office, watch):
        await watch.tell_now(ANN)
        office.data = lambda _: POISON
        await revised(watch, Status.WITHDRAWN)
        await watch.correct()
        await watch.send()
        office.data = lambda _: TAKEN
        await arrives(watch, a_story("two", headline="Strike two", body="Another strike altogether, in zinc.", published_at=clock.at))
        clock.advance(seconds=20)
        await watch.tell_now(ANN)
        await minutes(watch, clock)

    [note] = await notes(watch)
    assert note.count('withdrawn: "Strike at the mill" (wire), to a…@example.org, told again after an hour') == 1
    assert "554 5.6.0 content refused" in note
    assert ANN.email not in note
    assert [to for to, _ in office.took].count(OPERATOR) == 1


async def test_one_that_is_refused_again_is_told_as_counted_for_told(database: Database, tmp_path: Path) -> None:
    clock, office = Clock(), Office()
    watch = await a_told_story(database, tmp_path, clock)
    async with served_by(office, watch):
        await watch.tell_now(ANN)
        office.data = lambda to: TAKEN if to == OPERATOR else POISON
        await revised(watch, Status.WITHDRAWN)
        for _ in range(3):
            await watch.correct()
            await watch.send()
            await minutes(watch, clock)
            clock.at += timedelta(hours=1)

    assert ["told again after an hour" in note for note in await notes(watch)] == [True, False]
    assert "not told again: tell them by hand" in (await notes(watch))[1]


async def test_a_correction_that_takes_nothing_back_is_told_when_it_is_refused_again(database: Database, tmp_path: Path) -> None:
    clock, office = Clock(), Office()
    watch = await a_told_story(database, tmp_path, clock)
    counts = []
    async with served_by(office, watch):
        await watch.tell_now(ANN)
        office.data = lambda to: TAKEN if to == OPERATOR else POISON
        await revised(watch, Status.CORRECTED)
        for _ in range(2):
            await watch.tell_now(ANN)
            await watch.send()
            await minutes(watch, clock)
            counts.append(len(await notes(watch)))
            clock.at += timedelta(hours=1)

    assert counts == [0, 1]
    assert 'corrected: "Strike at the mill"' in (await notes(watch))[0]
