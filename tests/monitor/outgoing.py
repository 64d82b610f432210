"""A small vocabulary of mail that is not out yet: a digest or an alert to one reader, and what became of it."""

from dataclasses import replace
from pathlib import Path

from desk import Clock, a_reader, a_story, a_watch, comes_in, rows
from postoffice import Office, send_to

from monitor import runs
from monitor.database import Database
from monitor.watch import Watch
from spiders.story import Status

ANN = a_reader()
#: A port at which nobody listens.
NOBODY = 9
KILLED, KEPT = "Strike at the mill", "Strike at the port"


async def a_mail(database: Database, folder: Path, clock: Clock) -> Watch:
    """A digest lies in the outbox, and nobody has tried to send it."""
    watch = await a_watch(database, folder, clock=clock)
    await comes_in(watch, a_story())
    async with database.connection() as connection:
        run = await runs.begin(connection, ANN.email, None, now=clock.at)
    assert run
    await watch.tell(run)
    return watch


async def an_instant_mail(database: Database, folder: Path, clock: Clock) -> Watch:
    """As ``a_mail``, but it says at once what it says."""
    watch = await a_mail(database, folder, clock)
    async with database.connection() as connection:
        await connection.execute("update mail set kind = 'instant'")
    return watch


async def mail(watch: Watch) -> tuple[object, ...]:
    """State, tries, tries that nobody answered, and how long until the next, of the first mail."""
    ((state, attempts, unanswered, at),) = await rows(watch, "select state, attempts, unanswered, next_try_at from mail where id = 1")
    return state, attempts, unanswered, at and at - watch.clock()  # type: ignore[operator]


async def an_unsent_digest(database: Database, folder: Path, clock: Clock) -> Watch:
    """A digest of two stories that nobody could send, for there is no server."""
    watch = await a_watch(database, folder, clock=clock)
    await comes_in(watch, a_story("one", headline=KILLED, body="The strike at the mill was invented."))
    await comes_in(watch, a_story("two", headline=KEPT, body="Dockers walked out, the strike goes on for days."))
    send_to(watch, NOBODY)
    async with database.connection() as connection:
        slot = ANN.next_slot(clock.at)
        assert slot
        clock.at = slot.at
        run = await runs.begin(connection, ANN.email, slot, now=clock.at)
    assert run
    assert await watch.tell(run)
    await watch.send()
    return watch


async def an_unsent_alert(database: Database, folder: Path, clock: Clock) -> Watch:
    """An alert of two stories that nobody could send, for there is no server."""
    watch = await a_watch(database, folder, clock=clock, readers=(replace(ANN, instant=("strike",)),))
    clock.advance(minutes=1)
    await comes_in(watch, a_story("one", headline=KILLED, body="The strike at the mill was invented."))
    await comes_in(watch, a_story("two", headline=KEPT, body="Dockers walked out, the strike goes on for days."))
    send_to(watch, NOBODY)
    assert await watch.alert() == 1
    await watch.send()
    return watch


async def is_taken_back(watch: Watch, status: Status = Status.WITHDRAWN, summary: str = "2") -> None:
    """Of the two stories the first, whose headline is KILLED, is not to be used any more."""
    await comes_in(watch, a_story("one", headline=KILLED, body="The strike at the mill was invented.", status=status), summary=summary)


def said(office: Office) -> list[tuple[bool, bool]]:
    """Of each mail that arrived whether it names the story that was taken back, and the other."""
    return [(KILLED.encode() in data, KEPT.encode() in data) for _, data in office.took]
