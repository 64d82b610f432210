"""Who does it: the queue's tasks. What a job may do is decided by the claim in Postgres, never by the job."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.jobs import Status

from monitor import backtesting
from monitor import sweep as again
from monitor.database import StoreUnavailable
from monitor.watch import Watch
from spiders.crawl import Crawler, CrawlStopped

log = logging.getLogger(__name__)

#: Opened with the store's own pool, so that a job is queued in the transaction that claims its work.
app = App(connector=PsycopgConnector())
FAILED = Status.FAILED


@app.task(name="collect", queue="collect", pass_context=True)
async def collect(context: JobContext, *, batch: str) -> None:
    """Poll the sources that a batch has claimed."""
    with _left_when_unavailable("collect"), suppress(CrawlStopped):  # we are leaving; the sources are due as before
        await _watch(context).collect(_crawler(context), batch)


@app.task(name="tell", queue="tell", pass_context=True)
async def tell(context: JobContext, *, run: int) -> None:
    """Write the digest of a run, and send it."""
    with _left_when_unavailable("tell"):
        mail = await _watch(context).tell(run)
        if mail:
            await _watch(context).send(only=mail)


@app.task(name="alert", queue="tell", pass_context=True)
async def alert(context: JobContext) -> None:
    """Write what is to be told at once, and send it."""
    with _left_when_unavailable("alert"):
        if await _watch(context).alert():
            await _watch(context).send()


@app.task(name="correct", queue="tell", pass_context=True)
async def correct(context: JobContext) -> None:
    """Write what must be told at once of stories that were taken back, and send it."""
    with _left_when_unavailable("correct"):
        if await _watch(context).correct():
            await _watch(context).send()


@app.task(name="send", queue="tell", pass_context=True)
async def send(context: JobContext) -> None:
    """Send the mails that are to be sent now."""
    with _left_when_unavailable("send"):
        await _watch(context).send()


@app.task(name="sweep", queue="sweep", pass_context=True)
async def sweep(context: JobContext) -> None:
    """Match the last days again, unless another job did today."""
    with _left_when_unavailable("sweep"):
        await again.sweep(_watch(context))


@app.task(name="backtest", queue="backtest", pass_context=True)
async def backtest(context: JobContext, *, id: int) -> None:
    """Do a back-test that somebody asked for."""
    with _left_when_unavailable("backtest"):
        await backtesting.work(_watch(context), id)


@contextmanager
def _left_when_unavailable(job: str) -> Iterator[None]:
    """End a job for which Postgres is away or full: no fault of the job's, and what it had claimed is due again."""
    try:
        yield
    except StoreUnavailable as exc:
        log.error("job left code=job-left job=%s error=%s", job, exc)


def _watch(context: JobContext) -> Watch:
    watch = context.additional_context["watch"]
    assert isinstance(watch, Watch)
    return watch


def _crawler(context: JobContext) -> Crawler:
    crawler = context.additional_context["crawler"]
    assert isinstance(crawler, Crawler)
    return crawler
