"""When: one tick a second asks Postgres what is due and queues it. Of several schedulers one leads, the others stand by."""

import logging
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import uuid4

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from procrastinate.exceptions import AlreadyEnqueued
from psycopg import Error

from alerts.recipient import masked
from monitor import absences, backtests, claims, corrections, disk, health, jobs, jumps, outbox, retention, runs, slots, sweep
from monitor.connection import CHECK_TIME, TimedConnection
from monitor.database import Database, StoreError, translated
from monitor.heartbeat import Heartbeat
from monitor.summary import Hourly
from monitor.watch import Watch

log = logging.getLogger(__name__)

#: The lock that the leading scheduler holds for as long as its connection lives. Locks are the database's, several schemas may share one.
LEADER = "hashtextextended('wirewatch lead ' || current_schema(), 0)"
HOUSEKEEPING = timedelta(minutes=10)
CHECK = timedelta(minutes=1)
#: How often, and how far back, digest slots are looked for in which nobody was there.
LOOK = timedelta(minutes=30)
LOOK_BACK = timedelta(days=7)


class Schedule:
    """The clockwork of one process. ``start`` needs a running event loop; ``stop`` ends it."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self._leadership = Leadership(watch.database)
        self._hourly = Hourly(watch.database)
        self._heartbeat = Heartbeat(watch)
        self._kept_at: datetime | None = None
        self._checked_at: datetime | None = None
        self._looked_at: datetime | None = None
        self._leads = self._stops = False
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        # The default grace of 1 s drops a run that comes late, as after a suspend.
        self._scheduler.add_job(self._tick, "interval", seconds=1, misfire_grace_time=None, coalesce=True, max_instances=1)
        # A tick tells its own errors. What is left is one that waits for Postgres, each second, and one cut short because we leave.
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)

    def start(self) -> None:
        """Begin to tick."""
        self._scheduler.start()

    async def stop(self) -> None:
        """Stop ticking and let another process lead."""
        self._stops = True
        self._scheduler.shutdown(wait=False)
        await self._heartbeat.stop()
        await self._leadership.resign()

    @property
    def leads(self) -> bool:
        """Whether this schedule is the one in force, by its last tick."""
        return self._leads

    async def _tick(self) -> None:
        try:
            with translated():
                self._leads = await self._leadership.hold()
                if self._leads:
                    await self.tick(self.watch.clock())
        except StoreError as exc:
            # A tick that is cut short because we leave waits for nothing.
            if self.watch.stall.meet("schedule", self.watch.clock()) and not self._stops:
                log.error("schedule waits code=schedule-waits error=%s", exc)
        except Exception:
            log.exception("schedule failed code=schedule-failed")
        else:
            if self.watch.stall.end(self.watch.clock()):
                log.info("schedule goes on")

    async def tick(self, now: datetime) -> None:
        """Queue what is due at ``now``: polls, digests, mails, back-tests; once a minute, judge the sources."""
        while await self._collect(now):
            pass
        await self._tell(now)
        if _is_over(self._looked_at, LOOK, now):
            self._looked_at = now
            await self._look_back(now)
        await self._alert()
        if _is_over(self._checked_at, CHECK, now):
            self._checked_at = now
            await self._mend(now)
            await health.check(self.watch, disk.look(self.watch.settings))
        await self._correct()
        await self._send(now)
        await self._backtest(now)
        await self._hourly.tick(now)
        await self._heartbeat.tick(now)
        if _is_over(self._kept_at, HOUSEKEEPING, now):
            self._kept_at = now
            await self._keep_house()
            await self._sweep(now)

    async def _collect(self, now: datetime) -> bool:
        """Queue one batch of sources; whether there may be more."""
        batch, limit = uuid4().hex, 50
        async with self.watch.database.connection() as connection:
            await claims.hold(connection)
            ids = await claims.take_due(connection, by=batch, now=now, limit=limit)
            if ids:
                await jobs.collect.configure(connection=connection).defer_async(batch=batch)
        return len(ids) == limit

    async def _tell(self, now: datetime) -> None:
        async with self.watch.database.connection() as connection:
            unwritten = await runs.lapsed(connection, now=now)
            reaches = await absences.reaches(connection, self.watch.settings.recipients, now=now)
            for email, reach in reaches.items():
                slot = reach.slot(now)
                run = await runs.begin(connection, email, slot, now=now) if slot else None
                unwritten += [run] if run else []
            for run in unwritten:
                await jobs.tell.configure(connection=connection).defer_async(run=run)

    async def _alert(self) -> None:
        async with self.watch.database.connection() as connection:
            is_due = bool(await self.watch.ready(connection)) and not await jobs.failed_lately(connection, "alert")
        if is_due:
            with suppress(AlreadyEnqueued):
                await jobs.alert.configure(queueing_lock="alert").defer_async()

    async def _look_back(self, now: datetime) -> None:
        """Close the slots that were missed; what was due in them was told by the first one after."""
        for recipient in self.watch.settings.recipients:
            async with self.watch.database.connection() as connection:
                reach = await absences.reach(connection, recipient, now=now)
                # Those of a time away are not missed: nobody was to be told in them.
                passed = [slot for slot in recipient.slots(now - LOOK_BACK, now) if reach.is_open(slot.at)]
                covered = await slots.cover(connection, recipient.email, passed, now=now)
            if covered:
                log.info("slots covered recipient=%s slots=%s", masked(recipient.email), ",".join(covered))

    async def _mend(self, now: datetime) -> None:
        async with self.watch.database.connection() as connection:
            await jumps.mend(connection, now=now)

    async def _correct(self) -> None:
        now = self.watch.clock()
        async with self.watch.database.connection() as connection:
            reaches = await absences.reaches(connection, self.watch.settings.recipients, now=now)
            urgent = await corrections.urgent(connection, self.watch.awake(), now=now)
            is_due = any(email in reaches and reaches[email].is_open(now) for email in urgent)
            is_due = is_due and not await jobs.failed_lately(connection, "correct")
        if is_due:
            with suppress(AlreadyEnqueued):
                await jobs.correct.configure(queueing_lock="correct").defer_async()

    async def _send(self, now: datetime) -> None:
        async with self.watch.database.connection() as connection:
            waiting = await outbox.waiting(connection, now=now)
        if waiting:
            # The lock only keeps a scheduler without workers from queueing one a second.
            with suppress(AlreadyEnqueued):
                await jobs.send.configure(queueing_lock="send").defer_async()

    async def _sweep(self, now: datetime) -> None:
        async with self.watch.database.connection() as connection:
            is_due = await sweep.is_due(connection, now=now)
        if is_due:
            with suppress(AlreadyEnqueued):
                await jobs.sweep.configure(queueing_lock="sweep").defer_async()

    async def _backtest(self, now: datetime) -> None:
        async with self.watch.database.connection() as connection:
            id = await backtests.next_due(connection, now=now)
        if id:
            with suppress(AlreadyEnqueued):
                await jobs.backtest.configure(queueing_lock=f"backtest {id}").defer_async(id=id)

    async def _keep_house(self) -> None:
        """Close jobs whose worker died (their claims have lapsed, their work is due again), drop old ones and what is past its time."""
        manager = jobs.app.job_manager
        for job in await manager.get_stalled_jobs():
            await manager.finish_job(job, status=jobs.FAILED, delete_job=False)
        await manager.delete_old_jobs(nb_hours=24, include_failed=True, include_cancelled=True, include_aborted=True)
        await retention.keep(self.watch)


def _is_over(last: datetime | None, span: timedelta, now: datetime) -> bool:
    """Whether a span is over since the last time, or never began; nor does one hold whose clock was ahead."""
    return last is None or not timedelta(0) <= now - last < span


class Leadership:
    """A lock that lives as long as one connection: when this process dies Postgres gives it to the next that asks."""

    def __init__(self, database: Database) -> None:
        self._target = database.target
        self._connection: TimedConnection | None = None

    async def hold(self) -> bool:
        """Whether this process leads, trying to if it does not."""
        try:
            if self._connection is None:
                self._connection = await TimedConnection.connect(self._target, autocommit=True)
                # A leader that is frozen, or whose machine is gone, keeps its connection: Postgres ends it, and another leads.
                await self._connection.execute(f"set idle_session_timeout = '{claims.CLAIM_TIME.total_seconds():.0f}s'".encode())
            # Granted again to the session that holds it; Postgres counts, and drops them all with the connection.
            cursor = await self._connection.execute(
                f"""select case when exists (select from pg_locks where locktype = 'advisory' and pid = pg_backend_pid())
                        then true else pg_try_advisory_lock({LEADER}) end"""
            )
            return await cursor.fetchone() == (True,)
        except Error as exc:
            await self.resign()
            raise StoreError(f"no connection to lead from: {exc}") from exc

    async def resign(self) -> None:
        """Give the lock up."""
        connection, self._connection = self._connection, None
        if connection:
            # Postgres notices a closed connection a little later, and the next one would not lead yet. One that is away is not waited for.
            connection.patience = CHECK_TIME
            with suppress(Error):
                await connection.execute("select pg_advisory_unlock_all()")
            await connection.close()
