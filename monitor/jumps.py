"""The SQL of a clock that was ahead by hours and is right again: what it put off to its own future is due by the right one.

A clock that goes forward needs nothing: claims lapse, and what was due meanwhile is due once.
"""

import logging
from datetime import datetime, timedelta

from monitor import outbox, runs
from monitor.claims import CLAIM_TIME
from monitor.database import Connection

log = logging.getLogger(__name__)

#: By so much the clocks of several machines may differ without a word of ours.
SKEW = timedelta(minutes=10)


async def mend(connection: Connection, *, now: datetime) -> None:
    """Bring back to the present what lies further in the future than we ever put it; said when there is any."""
    await _slots(connection, now=now)
    late = await _polls(connection, now=now), await _runs(connection, now=now), await _mails(connection, now=now)
    if any(late):
        log.warning("clock went back code=clock-went-back polls=%d digests=%d mails=%d", *late)


async def _polls(connection: Connection, *, now: datetime) -> int:
    """Sources that were polled in the future are due within their pace, and nobody holds them for longer than a claim lasts."""
    done = await connection.execute(
        """update source set next_poll_at = least(next_poll_at, %(now)s + every), claimed_until = least(claimed_until, %(until)s)
           where active and polled_at > %(now)s + %(skew)s::interval
               and (next_poll_at > %(now)s + every or claimed_until > %(until)s + %(skew)s::interval)""",
        {"now": now, "until": now + CLAIM_TIME, "skew": SKEW},
    )
    return done.rowcount


async def _slots(connection: Connection, *, now: datetime) -> None:
    """Digest slots that were closed as missed though they are still to come are open again."""
    await connection.execute(
        "delete from run where covered_by is not null and created_at > %(now)s + %(skew)s::interval", {"now": now, "skew": SKEW}
    )


async def _runs(connection: Connection, *, now: datetime) -> int:
    done = await connection.execute(
        "update run set claimed_until = %(until)s where closed_at is null and claimed_until > %(until)s + %(skew)s::interval",
        {"until": now + runs.CLAIM_TIME, "skew": SKEW},
    )
    return done.rowcount


async def _mails(connection: Connection, *, now: datetime) -> int:
    """Mails are tried now; what somebody may be sending this moment, when that has surely ended."""
    done = await connection.execute(
        """update mail set next_try_at = %(now)s + case state when 'sending' then %(sending)s::interval else interval '0' end
           where next_try_at > %(now)s + %(longest)s::interval + %(skew)s::interval""",
        {"now": now, "sending": outbox.SEND_TIME, "longest": max(outbox.TRY_AGAIN), "skew": SKEW},
    )
    return done.rowcount
