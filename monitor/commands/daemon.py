"""``wirewatch run``, ``worker``, ``scheduler`` and ``serve``: what runs until it is told to leave."""

import asyncio
import logging
import os
import signal
from contextlib import suppress

import click

from monitor import addresses, logs
from monitor.commands.where import Where, where
from monitor.values import BadValue


@click.command()
@where
def run(at: Where) -> None:
    """The daemon: collects on schedule and sends digests, until SIGTERM. SIGHUP reads the configuration again.

    Example: wirewatch run --config /etc/wirewatch/wirewatch.toml
    """
    _daemon(at, schedule=True, work=True)


@click.command()
@where
def worker(at: Where) -> None:
    """Only the work: takes jobs that some scheduler queued in the same Postgres.

    Example: WIREWATCH_DATABASE_URL=postgresql://wirewatch@db/wirewatch wirewatch worker
    """
    _daemon(at, schedule=False, work=True)


@click.command()
@where
def scheduler(at: Where) -> None:
    """Only the schedule: queues what is due for the workers. Of several one leads, the others stand by.

    Example: WIREWATCH_DATABASE_URL=postgresql://wirewatch@db/wirewatch wirewatch scheduler
    """
    _daemon(at, schedule=True, work=False)


def _daemon(at: Where, **parts: bool) -> None:
    if logging.getLogger().level > logging.INFO:
        logs.to_stderr(logging.INFO)
    # Nothing has begun yet: to leave now is to leave well. Not by an exception: while a library is imported that may be swallowed.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    # Only now: all that the daemon needs takes most of a second to import.
    from monitor import daemon
    from spiders import crawl as reactor

    with suppress(asyncio.CancelledError):  # by a signal that came before the daemon listened to it itself
        reactor.run(daemon.run(at.settings(), at.settings, **parts))


@click.command()
@click.option("--listen", metavar="HOST:PORT", help="Where; otherwise what [serve] says, 127.0.0.1:8080.")
@where
def serve(at: Where, listen: str | None) -> None:
    """Answer over HTTP, until SIGTERM: the page on which readers stop or pause their mails; /health and /metrics for your monitor.

    Put a web server with TLS before it, which hands on /unsubscribe/ and nothing else.

    Example: wirewatch serve --listen 127.0.0.1:8080
    """
    from monitor.serve import serve as serve_  # the web's import takes 0.3 s, and the daemon does without

    if logging.getLogger().level > logging.INFO:
        logs.to_stderr(logging.INFO)
    settings = at.settings()
    try:
        place = addresses.listen(listen) if listen else settings.listen
    except BadValue as exc:
        raise click.UsageError(f"--listen {listen!r}: {exc}") from exc
    asyncio.run(serve_(settings, place))
