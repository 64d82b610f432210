"""The SQL of what is kept about one person: all of it, for them to read, and how they are forgotten."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import class_row, dict_row

from monitor.database import Connection


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Somebody whom the store knows."""

    email: str
    began_at: datetime
    #: When their last mail was written; None before the first.
    last_mail_at: datetime | None


async def known(connection: Connection) -> list[Person]:
    """Everybody who was ever in the file and is not forgotten."""
    cursor = await connection.cursor(row_factory=class_row(Person)).execute(
        """select email, began_at, (select max(created_at) from mail where mail.recipient = email) as last_mail_at
           from recipient where email like '%@%' order by email"""
    )
    return await cursor.fetchall()


#: Kind of line → the rows of it, each a JSON object.
_KEPT = {
    "recipient": "select email, began_at from recipient where email = %(email)s",
    "subscription": "select rule, position, began_at, ended_at from subscription where recipient = %(email)s order by position",
    "absence": "select kind as why, by, began_at, over_at from absence where recipient = %(email)s order by id",
    "run": "select id, slot, created_at, closed_at from run where recipient = %(email)s order by id",
    "mail": """select id, run, mail.kind as sort, message_id, state, attempts, error, created_at, sent_at, encode(sha256, 'hex') as sha256,
                   exists (select from link where link.mail = mail.id) as link, convert_from(bytes, 'LATIN1') as message
               from mail where recipient = %(email)s order by id""",
    "told": """select story, story.url, rule, due.revision, created_at, mail, told, shown, copy_of
               from due join story on story.id = due.story where recipient = %(email)s order by story""",
    "correction": "select story, revision, mail from correction where recipient = %(email)s order by mail, story",
    "bounce": "select mail, status, said, noted_at from bounce where recipient = %(email)s order by noted_at",
}


async def kept(connection: Connection, email: str) -> AsyncIterator[dict[str, Any]]:
    """All that is kept about one person, an object a row, its ``kind`` first."""
    for kind, query in _KEPT.items():
        cursor = await connection.cursor(row_factory=dict_row).execute(query.encode(), {"email": email})
        async for row in cursor:
            yield {"kind": kind, **row}


async def forget(connection: Connection, email: str) -> bool:
    """Let nothing be left that says whom it is about; whether there was somebody of that address.

    What they were told stays as a number: it hangs on a name that says nothing. What nobody sent is gone.
    """
    values = {"email": email}
    for statement in _FORGET:
        cursor = await connection.execute(statement.encode(), values)
    return cursor.rowcount == 1


#: In this order; the last finds the recipient's row, whose new name goes on to all that hangs on it.
_FORGET = (
    "delete from link using mail where mail.id = link.mail and mail.recipient = %(email)s",
    "delete from bounce where recipient = %(email)s",
    # Of what waits, or is being sent at this moment, nobody has been told.
    """delete from correction using mail
       where correction.mail = mail.id and mail.recipient = %(email)s and (next_try_at is not null or exists (
           select from due join mail as first on first.id = due.mail
           where due.recipient = %(email)s and due.story = correction.story and first.next_try_at is not null))""",
    """delete from due where recipient = %(email)s and (mail is null
       or exists (select from mail where mail.id = due.mail and next_try_at is not null))""",
    "delete from mail where recipient = %(email)s and next_try_at is not null",
    # A Message-ID holds a hash of the address, an error may quote it.
    """update mail set recipient = 'forgotten', message_id = '<forgotten.' || id || '>', error = null,
           sha256 = coalesce(sha256, sha256(bytes)), bytes = null
       where recipient = %(email)s""",
    "update recipient set email = 'forgotten-' || gen_random_uuid() where email = %(email)s",
)
