"""Pace: when the next alert mail to a recipient may go, after those that went. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from alerts.recipient import Recipient

#: What comes within this after an alert mail waits and goes together in the next one: news comes in bursts, one event in many stories.
GROUPING = timedelta(minutes=5)
#: Most alert mails to one recipient in any WINDOW. One each ten minutes is as much as somebody at work can look up for; who gets more
#: turns alerts off, and then hears of nothing. What is beyond it is not lost: it goes together in one mail when the window allows.
MOST = 6
WINDOW = timedelta(hours=1)


def free_at(recipient: Recipient, sent: Sequence[datetime], now: datetime) -> datetime:
    """When the next alert mail may be written: ``now``, or later.

    ``sent``: when those of the last WINDOW were written, in any order. All aware.
    """
    before = sorted(sent)
    at = max(now, before[-1] + GROUPING) if before else now
    if len(before) >= MOST:
        at = max(at, before[-MOST] + WINDOW)
    # In the nights when a clock is put back one quiet time may reach into the next.
    while end := recipient.quiet_until(at):
        at = end
    return at
