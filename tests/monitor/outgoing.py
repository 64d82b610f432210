"""A small vocabulary of the mail that lies in the outbox: a digest or an alert to one reader, and how it stands."""

from pathlib import Path

from desk import Clock, a_reader, a_story, a_watch, comes_in, rows

from monitor import runs
from monitor.database import Database
from monitor.watch import Watch

ANN = a_reader()
#: A port at which nobody listens.
NOBODY = 9


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
