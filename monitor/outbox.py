"""The SQL of mails: their bytes are committed before anything is sent, and whoever sends one has claimed it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, LiteralString

from psycopg.rows import class_row, scalar_row

from alerts.message import message_id
from monitor.database import Connection

Kind = Literal["digest", "correction", "note", "instant"]
#: All that one delivery may take (alerts.deliver: connecting, each command, ten minutes for the answer to the message) and some.
SEND_TIME = timedelta(minutes=20)
#: Most mails that are claimed at once.
AT_ONCE = 20
#: How long after its n-th failure a mail is tried again; then hourly.
TRY_AGAIN = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
#: What could not be sent for this long is given up; the next digest carries it.
GIVE_UP = timedelta(hours=48)
INSTANT_GIVE_UP = timedelta(hours=2)
#: So long the same bytes are tried if a server may have them: the next mail must not say again what they said.
UNKNOWN_GIVE_UP = timedelta(days=7)
#: For so long ``wirewatch status`` shows what was given up.
SHOWN = timedelta(days=7)


#: A mail that was refused for good, or came back: nobody was told by it.
REFUSED: LiteralString = """mail.unanswered = 0
    and (mail.state = 'failed' or mail.state = 'sent' and exists (select from bounce where bounce.mail = mail.id))"""
#: The mails that were refused for good, or came back; of some a server may have another copy.
BACK: LiteralString = """select id from mail where state = 'failed'
    union all select bounce.mail from bounce join mail on mail.id = bounce.mail where state = 'sent'"""
#: Mails that must be out, or over, before the correction ``mail``: that told its stories, or showed an older version.
_BEFORE: LiteralString = """
    select earlier.id from correction as said cross join lateral (
        select due.mail from due where due.recipient = said.recipient and due.story = said.story
        union all
        select other.mail from correction as other where other.recipient = said.recipient and other.story = said.story
    ) as telling (id) join mail as earlier on earlier.id = telling.id
    where said.recipient = mail.recipient and said.mail = mail.id and earlier.id < mail.id and earlier.next_try_at is not null
"""
#: The correction ``mail`` speaks of nothing that its reader was told: what told it came back while this waited, or was in somebody's hands.
ANSWERS_NOTHING: LiteralString = """mail.kind = 'correction' and not exists (
    select from correction join due using (recipient, story) where correction.mail = mail.id and due.mail is not null)"""
_MAY_GO: LiteralString = f"(kind <> 'correction' or not exists ({_BEFORE}) and not ({ANSWERS_NOTHING}))"


@dataclass(frozen=True, kw_only=True, slots=True)
class Mail:
    """A mail that we alone may send until the claim lapses."""

    id: int
    kind: Kind
    recipient: str
    bytes: bytes
    #: This try among them.
    attempts: int
    #: Tries before this one after which a server may have it.
    unanswered: int
    created_at: datetime
    #: When the claim lapses.
    until: datetime

    def gives_up_at(self, *, unanswered: bool) -> datetime:
        """From when on it is no longer tried; ``unanswered``: a server may have it."""
        if unanswered:
            return self.created_at + UNKNOWN_GIVE_UP
        return self.created_at + (INSTANT_GIVE_UP if self.kind == "instant" else GIVE_UP)


@dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """What lies in the outbox, as ``wirewatch status`` shows it."""

    queued: int
    #: Of these, what a server may have already.
    unknown: int
    oldest_at: datetime | None
    #: What the last of these to be tried met with.
    error: str | None
    #: Of the last week: mails that were refused for good, with what was said of the newest; given up; and sent, perhaps twice.
    failed: int
    refusal: str | None
    expired: int
    doubtful: int


async def abandon(connection: Connection, *, now: datetime) -> None:
    """Let every claim on a mail lapse now: whoever held it is known to be gone; how far it came is not."""
    await connection.execute(
        "update mail set state = 'unknown', unanswered = unanswered + 1, next_try_at = %s where state = 'sending'", [now]
    )


async def put(connection: Connection, run: int, recipient: str, data: bytes, *, now: datetime, kind: Kind = "digest") -> int:
    """Put the final bytes of a run's mail into the outbox."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        """insert into mail (run, kind, recipient, message_id, bytes, next_try_at, created_at)
           values (%(run)s, %(kind)s, %(recipient)s, %(message_id)s, %(bytes)s, %(now)s, %(now)s) returning id""",
        {"run": run, "kind": kind, "recipient": recipient, "message_id": message_id(data), "bytes": data, "now": now},
    )
    mail = await cursor.fetchone()
    assert isinstance(mail, int)
    return mail


async def put_note(connection: Connection, operator: str, data: bytes, *, now: datetime) -> int:
    """Put the final bytes of a note to the operator into the outbox; no run asked for it."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        """insert into mail (kind, recipient, message_id, bytes, next_try_at, created_at)
           values ('note', %(operator)s, %(message_id)s, %(bytes)s, %(now)s, %(now)s) returning id""",
        {"operator": operator, "message_id": message_id(data), "bytes": data, "now": now},
    )
    mail = await cursor.fetchone()
    assert isinstance(mail, int)
    return mail


async def last_digest_at(connection: Connection, recipient: str) -> datetime | None:
    """When a recipient's last digest was written that may have reached them; None before the first."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        f"""select max(created_at) from mail
           where recipient = %s and kind = 'digest' and state not in ('recalled', 'expired') and not ({REFUSED})""",
        [recipient],
    )
    return await cursor.fetchone()


async def wrote_since(connection: Connection, recipient: str, since: datetime) -> bool:
    """Whether any mail was written to a recipient after ``since``, or they have not been one for so long."""
    cursor = await connection.execute(
        """select exists (select from mail where recipient = %(recipient)s and created_at > %(since)s)
               or exists (select from recipient where email = %(recipient)s and began_at > %(since)s)""",
        {"recipient": recipient, "since": since},
    )
    return await cursor.fetchone() == (True,)


async def claim(
    connection: Connection, *, now: datetime, only: int | None = None, to: str | None = None, untried: bool = False
) -> list[Mail]:
    """Claim mails that are to be sent now, so that nobody else sends them; or ``only`` that one; or all that wait for ``to``.

    ``untried``: of these, what nobody tried to send so far.

    None that answers a mail which is not out yet: nobody is to read what was taken back behind the kill. Nor one that answers nothing.
    One whose claim has lapsed may be with its server: whoever held it died at some point of sending it.
    """
    cursor = await connection.cursor(row_factory=class_row(Mail)).execute(
        f"""update mail set state = 'sending', attempts = attempts + 1, unanswered = unanswered + (state = 'sending')::integer,
               next_try_at = %(until)s where id in (
               select id from mail where (next_try_at <= %(now)s or state in ('queued', 'unknown') and recipient = %(to)s)
                   and (%(only)s::bigint is null or id = %(only)s) and (%(to)s::text is null or recipient = %(to)s)
                   and (not %(untried)s or attempts = 0) and {_MAY_GO}
               order by next_try_at limit %(limit)s for update skip locked)
           returning id, kind, recipient, bytes, attempts, unanswered, created_at, next_try_at as until""",
        {"now": now, "until": now + SEND_TIME, "limit": AT_ONCE, "only": only, "to": to, "untried": untried},
    )
    return await cursor.fetchall()


async def renew(connection: Connection, mail: Mail, *, now: datetime) -> bool:
    """Claim a mail for as long again, if it is still ours: nobody claimed it since, whether or not the claim has lapsed."""
    cursor = await connection.execute(
        "update mail set next_try_at = %(until)s where id = %(id)s and state = 'sending' and attempts = %(attempts)s",
        {"id": mail.id, "attempts": mail.attempts, "until": now + SEND_TIME},
    )
    return cursor.rowcount == 1


async def waiting(connection: Connection, *, now: datetime) -> bool:
    """Whether there is a mail to send now."""
    cursor = await connection.execute(f"select exists (select from mail where next_try_at <= %s and {_MAY_GO})", [now])
    return await cursor.fetchone() == (True,)


async def hasten(connection: Connection, mail: int, *, now: datetime) -> None:
    """Let what must be out before a kill be tried now, where a server may have it."""
    await connection.execute(
        f"""update mail set next_try_at = %(now)s where state = 'unknown' and next_try_at > %(now)s and id in (
               select before.id from mail cross join lateral ({_BEFORE}) as before where mail.id = %(mail)s)""",
        {"mail": mail, "now": now},
    )


async def unsent(connection: Connection, recipient: str, *, since: datetime) -> list[str]:
    """Why the mails that a recipient has not got are not out, oldest first; of those that were given up, what was so ``since`` then."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        """select coalesce(error, 'another process is sending it')
               || case state when 'failed' then '; given up' else '; tried again later' end
           from mail where recipient = %s and (next_try_at is not null or state = 'failed' and over_at >= %s) order by id""",
        [recipient, since],
    )
    return await cursor.fetchall()


async def sent(connection: Connection, mail: Mail, *, now: datetime) -> None:
    """Note that a mail is out."""
    await connection.execute(
        "update mail set state = 'sent', next_try_at = null, error = null, sent_at = %(now)s where id = %(id)s", {"id": mail.id, "now": now}
    )


async def failed(connection: Connection, mail: Mail, *, error: str, permanent: bool, unanswered: bool = False, now: datetime) -> None:
    """Note that a mail was not sent: for good, or until its next try; ``unanswered``: or perhaps it was.

    Changes nothing when the claim has lapsed and somebody else tries it.
    """
    wait = TRY_AGAIN[min(mail.attempts, len(TRY_AGAIN)) - 1]
    is_unknown = unanswered or mail.unanswered > 0
    await connection.execute(
        """update mail set state = %(state)s, next_try_at = %(at)s, over_at = %(over)s, error = %(error)s,
               unanswered = unanswered + %(unanswered)s::integer
           where id = %(id)s and state = 'sending' and attempts = %(attempts)s""",
        {
            "id": mail.id,
            "attempts": mail.attempts,
            "state": "failed" if permanent else "unknown" if is_unknown else "queued",
            "at": None if permanent else min(now + wait, max(mail.gives_up_at(unanswered=is_unknown), now)),
            "over": now if permanent else None,
            "unanswered": unanswered,
            "error": error[:500],
        },
    )


async def box(connection: Connection, *, now: datetime) -> Box:
    """What lies in the outbox."""
    cursor = await connection.cursor(row_factory=class_row(Box)).execute(
        """select waiting.*, over.*, doubtful from (
               select count(*) as queued, count(*) filter (where state = 'unknown') as unknown, min(created_at) as oldest_at,
                   (array_agg(error order by attempts desc, id desc) filter (where error is not null))[1] as error
               from mail where next_try_at is not null) as waiting, (
               select count(*) filter (where state = 'failed') as failed, count(*) filter (where state = 'expired') as expired,
                   (array_agg(error order by over_at desc) filter (where state = 'failed'))[1] as refusal
               from mail where over_at > %(since)s) as over, (
               select count(*) as doubtful from mail where unanswered > 0 and state = 'sent' and created_at > %(since)s) as doubted""",
        {"since": now - SHOWN},
    )
    found = await cursor.fetchone()
    assert found
    return found


async def posted(connection: Connection, since: datetime, until: datetime) -> dict[str, int]:
    """Of the mails written from ``since`` until before ``until``: state → how many are in it; "maybe duplicate": tries nobody answered."""
    cursor = await connection.execute(
        """select state, count(*) from mail where created_at >= %(since)s and created_at < %(until)s group by state
           union all
           select 'maybe duplicate', coalesce(sum(unanswered), 0) from mail where created_at >= %(since)s and created_at < %(until)s
           order by 1""",
        {"since": since, "until": until},
    )
    return dict(await cursor.fetchall())
