"""Heartbeat: the operator's own monitor hears from us for as long as polls and mails move; when it hears nothing it raises the alarm.

It is what tells of a dead mail server, which no mail can, and of a dead daemon. Its address is the operator's own word, like that of
the mail server: it may lie in a private network, and the address guard, which is for what wires name, has no say in it.
"""

import asyncio
import logging
import ssl
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPException
from pathlib import Path

from psycopg.rows import tuple_row

from monitor.config import Settings
from monitor.database import Connection
from monitor.store import Store

log = logging.getLogger(__name__)

#: Between two pings.
BEAT = timedelta(minutes=1)
#: Seconds that a ping may take.
LONGEST = 10.0
#: Mails that have waited for so long, none going out meanwhile, do not move; nor do polls of which none succeeded for so long, or
#: for three times a source's pace.
STUCK, POLLS_MISSED = timedelta(minutes=15), 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Pulse:
    """What the heartbeat goes by."""

    #: Of each active source: how often it is polled, and when that last succeeded, or, before it did, when the source was new.
    polls: Sequence[tuple[timedelta, datetime]]
    #: The oldest mail that is not out, of those written since the last one that went out; None: there is none. A mail that waits
    #: while later ones go out is its recipient's trouble.
    unsent_since: datetime | None


def trouble(pulse: Pulse, *, now: datetime) -> str:
    """What does not move; "" when all does."""
    if pulse.polls and not any(now - at <= max(STUCK, POLLS_MISSED * every) for every, at in pulse.polls):
        return "no source was polled with success"
    if pulse.unsent_since and now - pulse.unsent_since > STUCK:
        return f"no mail goes out, one waits since {pulse.unsent_since:%Y-%m-%d %H:%M} UTC"
    return ""


async def pulse(connection: Connection) -> Pulse:
    """How polls and mails do, by what the store knows."""
    polls = await connection.cursor(row_factory=tuple_row).execute(
        "select every, coalesce(succeeded_at, began_at) from source where active"
    )
    mails = await connection.cursor(row_factory=tuple_row).execute(
        # What was refused or given up has not gone out either. Of one reader's refusal the operator is told, and that mail goes out.
        """select min(created_at) from mail where state not in ('sent', 'recalled')
               and created_at > coalesce((select max(sent_at) from mail where state = 'sent'), '-infinity')"""
    )
    (unsent_since,) = await mails.fetchone() or (None,)
    return Pulse(polls=await polls.fetchall(), unsent_since=unsent_since)


def _ping(url: str, *, proxy: str = "", ca_file: Path | None = None) -> None:
    """Ask for an address, http or https, and read nothing of the answer. Raise OSError, ValueError or HTTPException."""
    trusted = ssl.create_default_context()
    if ca_file:
        trusted.load_verify_locations(ca_file)
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler({"http": proxy, "https": proxy} if proxy else {}),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(context=trusted),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    opener.addheaders = [("User-Agent", "wirewatch")]
    answer = opener.open(url, timeout=LONGEST)
    if answer is None:  # so says an opener of a scheme that it has no handler for
        raise ValueError("it leads to no web address")
    answer.close()


class Heartbeat:
    """The heartbeat of one process, which beats while it leads. What is wrong is logged once, and once that it is over."""

    def __init__(self, store: Store, *, longest: float = LONGEST) -> None:
        #: The last ping, which may be under way.
        self.beat: asyncio.Task[None] | None = None
        self._store, self._longest = store, longest
        self._looked_at: datetime | None = None
        self._stands_still = self._is_unheard = False

    async def tick(self, now: datetime) -> None:
        """Once a minute ping the operator's monitor, if there is one and all moves; it is not waited for."""
        is_early = self._looked_at is not None and timedelta(0) <= now - self._looked_at < BEAT
        if not self._store.settings.heartbeat_url or is_early or (self.beat and not self.beat.done()):
            return
        self._looked_at = now
        async with self._store.database.connection() as connection:
            stands_still = trouble(await pulse(connection), now=now)
        if not stands_still:
            self.beat = asyncio.create_task(self._ping(self._store.settings))
        if stands_still and not self._stands_still:
            log.error("heartbeat stops code=heartbeat-stops reason=%r", stands_still)
        elif self._stands_still and not stands_still:
            log.info("heartbeat goes on")
        self._stands_still = bool(stands_still)

    async def stop(self) -> None:
        """End a ping that is under way."""
        if self.beat:
            self.beat.cancel()
            await asyncio.wait((self.beat,))

    async def _ping(self, settings: Settings) -> None:
        asked = asyncio.to_thread(_ping, settings.heartbeat_url, proxy=settings.proxy, ca_file=settings.ca_file)
        error = ""
        try:
            await asyncio.wait_for(asked, self._longest)
        except (OSError, HTTPException, ValueError) as exc:  # TimeoutError is an OSError; no message of theirs has the address
            error = f"{type(exc).__name__}: {exc}"
        if error and not self._is_unheard:
            log.warning("heartbeat not heard code=heartbeat-unheard error=%r", error)
        elif self._is_unheard and not error:
            log.info("heartbeat is heard again")
        self._is_unheard = bool(error)
