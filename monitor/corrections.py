"""The SQL of corrections: who was told of a story that reads otherwise since, and that they heard of it.

What was taken back is told at once, in quiet hours too: until they hear of it somebody may go on using what its own agency disowns.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, LiteralString

from psycopg.rows import class_row, scalar_row

from alerts.correction import TAKEN_BACK
from monitor.database import Connection
from monitor.outbox import REFUSED
from spiders.story import Status

#: Which of what somebody is behind with: what the agency has taken back, all that it says itself (corrections and releases, too),
#: or everything.
Scope = Literal["taken back", "said", "all"]
#: Of a copy that came after the mail a reader knows nothing, but that the agency they read may speak of it.
_KNOWN: LiteralString = "(later is null or later = 'agency' and revision.status <> 'gone')"
#: So long after a correction was refused for good it is told again; one of a later version does not wait for that.
TELL_AGAIN = timedelta(hours=1)
_WAITS: LiteralString = """
exists (select from correction where correction.recipient = told.recipient and correction.story = told.story
    and correction.revision = latest and refused_at > %(refused_since)s)"""
_SAID: LiteralString = """
exists (select from revision as said where said.story = story.id
    and (number > heard and status <> 'usable' or number = heard and status = any(%(taken_back)s)))"""
#: What they have of a story: the newest version that they heard of, and the newest whose text they read: what takes a story back has none.
#: Of what was refused, or came back, they heard nothing, be it that it is not told again.
_HAD: LiteralString = f"""
select coalesce(max(said.revision), told.told) as heard,
    coalesce(max(said.revision) filter (where version.status <> all(%(taken_back)s)), told.told) as read
from correction as said join mail on mail.id = said.mail and not ({REFUSED})
join revision as version on version.story = said.story and version.number = said.revision
where said.recipient = told.recipient and said.story = told.story and said.revision > told.told"""
#: What is due to somebody, as they were told of it; up to the version ``settled`` that was told, or given up.
_TOLD: LiteralString = """
recipient, story, told, coalesce(shown, told) as settled, coalesce(mail, named) as mail, mail is not null as is_told,
    copy_of is not null or mail is null as is_copy, later"""
#: What of ``told`` is to be told now, each within its ``scope``.
_BEHIND: LiteralString = f"""
from told join story on story.id = told.story join mail on mail.id = told.mail and not ({REFUSED})
join revision on revision.story = story.id and number = latest cross join lateral ({_HAD}) as had
where settled < latest and {_KNOWN} and not {_WAITS}
    and (status = any(%(taken_back)s) or is_told and (scope = 'all' or scope = 'said' and {_SAID}))"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Behind:
    """A story of which a recipient was shown an older version than there is."""

    story: int
    #: The newest version whose text they read, and what there is.
    read: int
    latest: int
    source: str
    #: Of the newest version that they heard of, which may have taken it back, and of those since.
    status: Status
    statuses: list[Status]
    #: They were told of a copy, whose mail named this one's source, or came before it.
    is_copy: bool
    #: The mail that told it first, its Message-ID, and when it was written.
    mail: int
    message_id: str
    told_at: datetime
    #: When we saw what there is.
    latest_at: datetime


async def note(connection: Connection, story: int) -> None:
    """Note that a story has a newer version: whoever was told of it is behind.

    Waits for a digest that is being written with the version before: its recipient is behind then, too.
    """
    await connection.execute("update due set behind = true where story = %s", [story])


async def urgent(connection: Connection, awake: Sequence[str] = (), *, now: datetime) -> list[str]:
    """The recipients who were told of a story that the agency has taken back since; those of ``awake`` also where it says anything."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        f"""with told as (
               select {_TOLD}, case when recipient = any(%(awake)s) then 'said' else 'taken back' end as scope from due where behind
           )
           select distinct told.recipient {_BEHIND}""",
        {"awake": list(awake), **_now(now)},
    )
    return await cursor.fetchall()


async def take(connection: Connection, recipient: str, scope: Scope = "all", *, now: datetime) -> list[Behind]:
    """What a recipient is behind with, but for what was refused just now; locked until the transaction ends."""
    cursor = await connection.cursor(row_factory=class_row(Behind)).execute(
        f"""with told as materialized (
               select {_TOLD}, %(scope)s as scope from due
               where recipient = %(recipient)s and behind and coalesce(mail, named) is not null order by story for update
           )
           select told.story, read, latest, is_copy, story.source, mail.id as mail, message_id, mail.created_at as told_at,
               read_at as latest_at,
               (select old.status from revision as old where old.story = story.id and old.number = heard) as status,
               array(select since.status from revision as since where since.story = story.id and since.number > heard) as statuses
           {_BEHIND}
           order by mail.id, story.id""",
        {"recipient": recipient, "scope": scope, **_now(now)},
    )
    found = await cursor.fetchall()
    return [replace(each, status=Status(each.status), statuses=[Status(status) for status in each.statuses]) for each in found]


async def tell(connection: Connection, recipient: str, told: Sequence[Behind], *, mail: int) -> None:
    """Note which mail tells a recipient of these versions. Of what was set apart and taken back they are told by that, and by no digest."""
    await connection.execute(
        """with new as (
               select * from unnest(%(stories)s::bigint[], %(revisions)s::integer[]) as new (story, revision)
           ), noted as (
               insert into correction (recipient, story, revision, mail) select %(recipient)s, story, revision, %(mail)s from new
           )
           update due set shown = new.revision, behind = new.revision < latest, mail = coalesce(due.mail, named), named = null
           from new join story on story.id = new.story where due.recipient = %(recipient)s and due.story = new.story""",
        {"mail": mail, **_shown(recipient, told)},
    )


async def pass_over(connection: Connection, recipient: str, seen: Sequence[Behind]) -> None:
    """Note that these versions need not be told; the next is compared with what was shown."""
    await connection.execute(
        """update due set behind = seen.revision < latest
           from unnest(%(stories)s::bigint[], %(revisions)s::integer[]) as seen (story, revision) join story on story.id = seen.story
           where due.recipient = %(recipient)s and due.story = seen.story""",
        _shown(recipient, seen),
    )


def _now(now: datetime) -> dict[str, object]:
    return {"taken_back": list(TAKEN_BACK), "refused_since": now - TELL_AGAIN}


def _shown(recipient: str, seen: Sequence[Behind]) -> dict[str, object]:
    return {"recipient": recipient, "stories": [each.story for each in seen], "revisions": [each.latest for each in seen]}
