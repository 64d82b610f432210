"""Who does it: the queue's tasks. What a job may do is decided by the claim in Postgres, never by the job."""

from contextlib import suppress

from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.jobs import Status

from monitor.watch import Watch
from spiders.crawl import Crawler, CrawlStopped

#: Opened with the store's own pool, so that a job is queued in the transaction that claims its work.
app = App(connector=PsycopgConnector())
FAILED = Status.FAILED


@app.task(name="collect", queue="collect", pass_context=True)
async def collect(context: JobContext, *, batch: str) -> None:
    """Poll the sources that a batch has claimed."""
    with suppress(CrawlStopped):  # we are leaving; the sources are due as before
        await _watch(context).collect(_crawler(context), batch)


@app.task(name="tell", queue="tell", pass_context=True)
async def tell(context: JobContext, *, run: int) -> None:
    """Write the digest of a run, and send it."""
    mail = await _watch(context).tell(run)
    if mail:
        await _watch(context).send(only=mail)


@app.task(name="send", queue="tell", pass_context=True)
async def send(context: JobContext) -> None:
    """Send the mails that are to be sent now."""
    await _watch(context).send()


def _watch(context: JobContext) -> Watch:
    watch = context.additional_context["watch"]
    assert isinstance(watch, Watch)
    return watch


def _crawler(context: JobContext) -> Crawler:
    crawler = context.additional_context["crawler"]
    assert isinstance(crawler, Crawler)
    return crawler
