"""The SQL of mails that told nobody: recalled, expired, refused, come back. What was in them is due again, unless a server may have it.

The order of locks: first the mails that are over, by the statement that ends them; then what they told, by recipient and story, as a
digest and a correction take it; then the answers. Who writes an answer holds what it answers, so that none is written past us.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString

from psycopg.rows import scalar_row, tuple_row

from alerts.correction import TAKEN_BACK
from monitor.database import Connection
from monitor.outbox import ANSWERS_NOTHING, GIVE_UP, INSTANT_GIVE_UP, REFUSED, UNKNOWN_GIVE_UP, Mail

#: Why a mail did not go out whose reader is not there to get it.
AWAY, LEFT = "its recipient is away", "its recipient has left"
#: Mails that no server can have: those that wait, and the one that somebody is about to hand over.
_WAITS: LiteralString = "state = 'queued' and next_try_at is not null"
_HELD: LiteralString = "id = %(held)s and state = 'sending' and unanswered = 0"


async def recall(connection: Connection, *, now: datetime) -> list[int]:
    """Recall the mails that tell of what was taken back since, unless a server may have them; the digests' runs, open again."""
    mails = await _recall(connection, now=now)
    await give_back(connection, mails, now=now)
    return await _reopen(connection, mails, now=now) if mails else []


async def let_go(connection: Connection, mail: Mail, *, now: datetime) -> bool:
    """Recall a mail that is claimed and not handed over yet, where what it tells was taken back since, or its reader is away or has left.

    Whether it was; locked by ``outbox.renew``, it is nobody else's. What a server may have from a try before goes out all the same, but
    for who has left.
    """
    mails = await _recall(connection, now=now, held=mail.id)
    await give_back(connection, mails, now=now)
    await _reopen(connection, mails, now=now)
    return bool(mails) or await _let_go_absent(connection, mail, now=now)


async def expire(connection: Connection, *, now: datetime) -> list[int]:
    """Give up the mails whose time is over; which. What a server may have counts as told: its corrections and kills are owed."""
    mails = await _expire(connection, now=now)
    await give_back(connection, [mail for mail, unanswered in mails if not unanswered], now=now)
    return [mail for mail, _ in mails]


async def waited_for(connection: Connection) -> list[str]:
    """The readers for whom a mail lies in the outbox that no server can have."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        "select distinct recipient from mail where state = 'queued' and next_try_at is not null and kind <> 'note'"
    )
    return await cursor.fetchall()


async def withhold(connection: Connection, recipients: Sequence[str], *, error: str, now: datetime) -> None:
    """Recall what waits for these readers, who are away or have left, unless a server may have it: what it told is due again."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        """update mail set state = 'recalled', next_try_at = null, over_at = %(now)s, error = %(error)s where id in (
               select id from mail where recipient = any(%(recipients)s) and state = 'queued' and next_try_at is not null and kind <> 'note'
               for update skip locked)
           returning id""",
        {"recipients": list(recipients), "error": error, "now": now},
    )
    await give_back(connection, await cursor.fetchall(), now=now)


async def cancel(connection: Connection, recipient: str, *, now: datetime) -> None:
    """Let nothing more go out to somebody who has left: what a server may have is given up, and counts as told."""
    await withhold(connection, [recipient], error=LEFT, now=now)
    await connection.execute(
        """update mail set state = 'expired', next_try_at = null, over_at = %(now)s, error = %(error)s
           where recipient = %(recipient)s and kind <> 'note' and state = 'unknown'""",
        {"recipient": recipient, "error": LEFT, "now": now},
    )


async def give_back(connection: Connection, mails: Sequence[int], *, now: datetime) -> None:
    """Let what these mails told be due again: news with the next digest, corrections as if they had not been written.

    The corrections that answer them go with them.
    """
    if mails:
        await _lock(connection, mails)
        await _untell_corrections(connection, [*mails, *await _recall_answers(connection, mails, now=now)])
        await _untell(connection, mails, now=now)


async def refused(connection: Connection, mail: int, *, now: datetime) -> None:
    """Let what a mail told that was refused for good, or came back, be due again, once each, unless a server may have it besides.

    What comes back a second time stays told: one headline that no server takes must not hold up all that comes after it. The operator
    hears of it (``unheard``, ``undelivered``).
    """
    mails = await _refused(connection, mail)
    if mails:
        await _lock(connection, mails)
        await _untell_corrections(connection, await _recall_answers(connection, mails, now=now))
        await _untell(connection, mails, now=now, refused=True)
        await _refuse_corrections(connection, mails, now=now)


async def _lock(connection: Connection, mails: Sequence[int]) -> None:
    """Lock what these mails told, named or corrected, until the transaction ends."""
    await connection.execute(
        """select from due where (recipient, story) in (
               select due.recipient, story from mail join due on due.recipient = mail.recipient and due.mail = mail.id
               where mail.id = any(%(mails)s)
               union all
               select due.recipient, story from mail join due on due.recipient = mail.recipient and due.named = mail.id
               where mail.id = any(%(mails)s)
               union all
               select correction.recipient, story from correction where correction.mail = any(%(mails)s))
           order by recipient, story for update""",
        {"mails": list(mails)},
    )


async def _refused(connection: Connection, mail: int) -> list[int]:
    cursor = await connection.cursor(row_factory=scalar_row).execute(f"select id from mail where id = %s and {REFUSED}", [mail])
    return await cursor.fetchall()


async def _recall(connection: Connection, *, now: datetime, held: int | None = None) -> list[int]:
    which = _WAITS if held is None else _HELD
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        # One that somebody else sends is locked, or not queued any more. What answers a mail that is recalled goes with it.
        f"""with waiting as materialized (
               select mail.id, recipient, {ANSWERS_NOTHING} as answers_nothing from mail
               where {which}
           ), said as materialized (
               select waiting.id, due.recipient, story, told as revision
               from waiting join due on due.recipient = waiting.recipient and due.mail = waiting.id
               union all
               select waiting.id, correction.recipient, story, revision
               from waiting join correction on correction.recipient = waiting.recipient and correction.mail = waiting.id
           ), wrong as (
               select recipient, story from said join story on story.id = said.story
               join revision using (story) where number = latest and status = any(%(taken_back)s) and said.revision < latest
           ) update mail set state = 'recalled', next_try_at = null, over_at = %(now)s where id in (
               select id from mail where {which} and id in (
                   select said.id from said join wrong using (recipient, story)
                   union all
                   select waiting.id from waiting where answers_nothing)
               for update skip locked)
           returning id""",
        {"taken_back": list(TAKEN_BACK), "now": now, "held": held},
    )
    return await cursor.fetchall()


async def _let_go_absent(connection: Connection, mail: Mail, *, now: datetime) -> bool:
    """Let nothing go out to somebody who paused or left since a mail to them was claimed, as ``withhold`` and ``cancel`` do; whether so."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        """update mail set next_try_at = null, over_at = %(now)s, state = case when unanswered > 0 then 'expired' else 'recalled' end,
               error = case when 'stopped' = any(kinds) then %(left)s else %(away)s end
           from (
               select array_agg(absence.kind) as kinds from mail join absence using (recipient)
               where mail.id = %(mail)s and mail.kind <> 'note' and began_at <= %(now)s
                   and (absence.over_at is null or absence.over_at > %(now)s)
           ) as absent
           where id = %(mail)s and state = 'sending' and kinds is not null and (unanswered = 0 or 'stopped' = any(kinds))
           returning state""",
        {"mail": mail.id, "now": now, "left": LEFT, "away": AWAY},
    )
    state = await cursor.fetchone()
    if state == "recalled":
        await give_back(connection, [mail.id], now=now)
    return state is not None


async def _recall_answers(connection: Connection, mails: Sequence[int], *, now: datetime) -> list[int]:
    """Recall the corrections that answer these mails; they waited, for ``outbox.claim`` leaves them out until those are over."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        """update mail set state = 'recalled', next_try_at = null, over_at = %(now)s where id in (
               select answer.id from mail as first join due on due.recipient = first.recipient and due.mail = first.id
               join correction on correction.recipient = due.recipient and correction.story = due.story
               join mail as answer on answer.id = correction.mail
               where first.id = any(%(mails)s) and answer.state = 'queued' for update of answer skip locked)
           returning id""",
        {"mails": list(mails), "now": now},
    )
    return await cursor.fetchall()


async def _expire(connection: Connection, *, now: datetime) -> list[tuple[int, int]]:
    """The mails that are given up, and after how many tries of each a server may have it."""
    cursor = await connection.cursor(row_factory=tuple_row).execute(
        # What came at once is stale by its age alone; anything else only if it was tried, and failed, until then.
        """update mail set state = 'expired', next_try_at = null, over_at = %(now)s, unanswered = unanswered + (state = 'sending')::integer
           where id in (
               select id from mail where next_try_at <= %(now)s and (kind = 'instant' or state <> 'sending' and error is not null)
                   and created_at <= %(now)s - case
                       when unanswered > 0 or state = 'sending' then %(unknown)s when kind = 'instant' then %(instant)s else %(give_up)s end
               for update skip locked)
           returning id, unanswered""",
        {"now": now, "unknown": UNKNOWN_GIVE_UP, "instant": INSTANT_GIVE_UP, "give_up": GIVE_UP},
    )
    return await cursor.fetchall()


async def _reopen(connection: Connection, mails: Sequence[int], *, now: datetime) -> list[int]:
    """Let the runs of these digests write them anew, whoever comes first."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        """update run set closed_at = null, claimed_until = %(now)s from mail
           where mail.id = any(%(mails)s) and mail.kind = 'digest' and run.id = mail.run returning run.id""",
        {"mails": list(mails), "now": now},
    )
    return await cursor.fetchall()


async def _untell(connection: Connection, mails: Sequence[int], *, now: datetime, refused: bool = False) -> None:
    await connection.execute(
        # What was to be told at once is again, while it is fresh and a rule asks for it. What was said of it since is forgotten: where
        # the mail came back there are corrections that were sent.
        """with told as (
               select due.recipient, story, not %(refused)s and kind = 'instant' and fresh_until > %(now)s and exists (
                   select from match join subscription on subscription.rule = match.rule and subscription.recipient = due.recipient
                   where match.story = due.story and subscription.instant and ended_at is null) as instant
               from mail join due on due.recipient = mail.recipient and due.mail = mail.id join story on story.id = due.story
               where mail.id = any(%(mails)s) and not (%(refused)s and refused)
           ), forgotten as (
               delete from correction using told where correction.recipient = told.recipient and correction.story = told.story
           ) update due set mail = null, told = null, shown = null, copy_of = null, behind = false, instant = coalesce(told.instant, false),
               refused = due.refused or %(refused)s
           from told where due.recipient = told.recipient and due.story = told.story""",
        {"mails": list(mails), "now": now, "refused": refused},
    )
    await connection.execute(
        "update due set named = null from mail where mail.id = any(%s) and due.recipient = mail.recipient and named = mail.id",
        [list(mails)],
    )


async def _untell_corrections(connection: Connection, mails: Sequence[int]) -> None:
    await connection.execute(
        """with untold as (
               delete from correction using mail
               where mail.id = any(%(mails)s) and correction.recipient = mail.recipient and correction.mail = mail.id
               returning correction.recipient, story
           ), shown as (
               select recipient, story, (
                   select max(revision) from correction as other where other.recipient = untold.recipient and other.story = untold.story
                       and other.mail <> all(%(mails)s) and refused_at is null) as revision
               from untold
           ) update due set shown = shown.revision, behind = coalesce(shown.revision, told) < latest
           from shown join story on story.id = shown.story
           where due.recipient = shown.recipient and due.story = shown.story and due.mail is not null""",
        {"mails": list(mails)},
    )


async def _refuse_corrections(connection: Connection, mails: Sequence[int], *, now: datetime) -> None:
    """Note of what these mails corrected that it was refused, and is due again, unless it was before."""
    await connection.execute(
        """with refused as (
               update correction set refused_at = %(now)s from mail
               where mail.id = any(%(mails)s) and correction.recipient = mail.recipient and correction.mail = mail.id and not exists (
                   select from correction as before where before.recipient = correction.recipient and before.story = correction.story
                       and before.revision = correction.revision and before.refused_at is not null)
               returning correction.recipient, correction.story
           ) update due set behind = true, shown = (
                 select max(revision) from correction
                 where correction.recipient = due.recipient and correction.story = due.story and correction.mail <> all(%(mails)s)
                     and refused_at is null)
           from refused where due.recipient = refused.recipient and due.story = refused.story and due.mail is not null""",
        {"mails": list(mails), "now": now},
    )
