"""Who does it: the queue's tasks. What a job may do is decided by the claim in Postgres, never by the job."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.jobs import Status

from monitor import backtesting, jobresults
from monitor import sweep as again
from monitor.database import Connection, StoreUnavailable
from monitor.watch import Watch
from spiders.crawl import Crawler
from spiders.order import CrawlStopped

log = logging.getLogger(__name__)

#: Opened with the store's own pool, so that a job is queued in the transaction that claims its work.
app = App(connector=PsycopgConnector())
FAILED = Status.FAILED

#: How long a job may take. Far more than it ever needs: a batch of fifty sources may have hundreds of pages at a slow host, a mail's
#: server ten minutes for its answer. One that hangs would keep its place in the worker, and renew its claims, for ever.
LIMITS = {
    "collect": timedelta(hours=1),
    "tell": timedelta(minutes=30),
    "alert": timedelta(minutes=30),
    "correct": timedelta(minutes=30),
    "send": timedelta(minutes=30),
    "sweep": timedelta(hours=2),
    "backtest": timedelta(hours=12),
}


@app.task(name="collect", queue="collect", pass_context=True)
async def collect(context: JobContext, *, batch: str) -> None:
    """Poll the sources that a batch has claimed."""
    async with _bounded(context, "collect"):
        await _watch(context).collect(_crawler(context), batch)


@app.task(name="tell", queue="tell", pass_context=True)
async def tell(context: JobContext, *, run: int) -> None:
    """Write the digest of a run, and send it."""
    async with _bounded(context, "tell"):
        mail = await _watch(context).tell(run)
        if mail:
            await _watch(context).send(only=mail)


@app.task(name="alert", queue="tell", pass_context=True)
async def alert(context: JobContext) -> None:
    """Write what is to be told at once, and send it."""
    async with _bounded(context, "alert"):
        if await _watch(context).alert():
            await _watch(context).send()


@app.task(name="correct", queue="tell", pass_context=True)
async def correct(context: JobContext) -> None:
    """Write what must be told at once of stories that were taken back, and send it."""
    async with _bounded(context, "correct"):
        if await _watch(context).correct():
            await _watch(context).send()


@app.task(name="send", queue="tell", pass_context=True)
async def send(context: JobContext) -> None:
    """Send the mails that are to be sent now."""
    async with _bounded(context, "send"):
        await _watch(context).send()


@app.task(name="sweep", queue="sweep", pass_context=True)
async def sweep(context: JobContext) -> None:
    """Match the last days again, unless another job did today."""
    async with _bounded(context, "sweep"):
        await again.sweep(_watch(context))


@app.task(name="backtest", queue="backtest", pass_context=True)
async def backtest(context: JobContext, *, id: int) -> None:
    """Do a back-test that somebody asked for."""
    async with _bounded(context, "backtest"):
        await backtesting.work(_watch(context), id)


async def failed_lately(connection: Connection, job: str) -> bool:
    """Whether a job of this name raised within the last minute: what is due each second would raise each second."""
    cursor = await connection.execute(
        """select exists (select from procrastinate_jobs as job join procrastinate_events as event on event.job_id = job.id
               where task_name = %s and status = 'failed' and type = 'failed' and at > now() - interval '1 minute')""",
        [job],
    )
    return await cursor.fetchone() == (True,)


@asynccontextmanager
async def _bounded(context: JobContext, job: str) -> AsyncIterator[None]:
    """End a job at its limit, and one for which Postgres is away or full, no fault of the job's: what it had claimed is due again.

    How it ended is noted.
    """
    limit = context.additional_context.get("limits", LIMITS)[job]
    try:
        async with asyncio.timeout(limit.total_seconds()) as deadline:
            yield
        await _succeeded(_watch(context), job)
    except CrawlStopped:
        pass  # we are leaving; the sources are due as before
    except StoreUnavailable as exc:
        watch = _watch(context)
        if watch.stall.meet("jobs", watch.clock()):  # some are due each second
            log.error("job left code=job-left job=%s error=%s", job, exc)
    except Exception as exc:
        if not (isinstance(exc, TimeoutError) and deadline.expired()):
            await _failed(_watch(context), job, f"{type(exc).__name__}: {exc}")
            raise
        log.error("job ended at its limit code=job-overdue job=%s limit=%s", job, limit)
        await _failed(_watch(context), job, f"ended at its limit of {limit}")


async def _succeeded(watch: Watch, job: str) -> None:
    async with watch.database.connection() as connection:
        await jobresults.succeeded(connection, job, now=watch.clock())
    if watch.stall.end(watch.clock()):
        log.info("jobs go on")


async def _failed(watch: Watch, job: str, error: str) -> None:
    with suppress(StoreUnavailable):  # why it failed is worth more
        async with watch.database.connection() as connection:
            await jobresults.failed(connection, job, error=error, now=watch.clock())


def _watch(context: JobContext) -> Watch:
    watch = context.additional_context["watch"]
    assert isinstance(watch, Watch)
    return watch


def _crawler(context: JobContext) -> Crawler:
    crawler = context.additional_context["crawler"]
    assert isinstance(crawler, Crawler)
    return crawler
