"""History: all that we have of one story: its versions, what they matched, whom it was told, and the proof."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from alerts.diff import Change, changes
from alerts.material import Reason, material
from monitor import copies, evidence, stories
from monitor.copies import Member
from monitor.database import Connection
from monitor.evidence import Evidence
from monitor.stories import Revision


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """One reader whom a story concerns, and one mail that tells them of it: its news, or a correction."""

    recipient: str
    #: Their first that matched, and in which version.
    rule: str
    revision: int
    created_at: datetime
    #: The mail that told them, what became of it, and the version that it showed; None: still to be told.
    mail: int | None
    message_id: str | None
    state: str | None
    sent_at: datetime | None
    told: int | None
    #: It was told as a copy of this story, with which the mail is shared.
    copy_of: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """One story from its first version to the mails that it led to."""

    id: int
    url: str
    source: str
    seen_at: datetime
    #: Since then only its tombstone is left: no text, no version.
    purged_at: datetime | None
    revisions: tuple[Revision, ...]
    #: Version → rules.
    rules: Mapping[int, tuple[str, ...]]
    told: tuple[Told, ...]
    evidence: tuple[Evidence, ...]
    #: The stories of other sources that say the same, and this one among them, the one that leads first; none where it stands alone.
    copies: tuple[Member, ...]

    @property
    def changes(self) -> dict[int, list[Change]]:
        """Version → what it says otherwise than the one before."""
        pairs = zip(self.revisions, self.revisions[1:], strict=False)
        return {new.number: changes(old.story, new.story) for old, new in pairs}

    @property
    def reasons(self) -> dict[int, tuple[Reason, ...]]:
        """Version → why what it changed is material; empty where it is cosmetic."""
        pairs = zip(self.revisions, self.revisions[1:], strict=False)
        return {new.number: material(old.story, new.story) for old, new in pairs}

    @property
    def proof(self) -> Evidence | None:
        """The newest answer whose bytes are at hand."""
        return next((each for each in reversed(self.evidence) if each.kept), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Known:
    url: str
    source: str
    seen_at: datetime
    purged_at: datetime | None


async def history(connection: Connection, id: int) -> History | None:
    """What there is of a story; None if there never was one of this number."""
    known = await _known(connection, id)
    if known is None:
        return None
    return History(
        id=id,
        url=known.url,
        source=known.source,
        seen_at=known.seen_at,
        purged_at=known.purged_at,
        revisions=tuple(await stories.revisions(connection, id)),
        rules=await _rules(connection, id),
        told=tuple(await _told(connection, id)),
        evidence=tuple(await evidence.of_story(connection, id)),
        copies=tuple(await copies.members(connection, id)),
    )


async def _known(connection: Connection, id: int) -> _Known | None:
    cursor = await connection.cursor(row_factory=class_row(_Known)).execute(
        "select url, source, seen_at, purged_at from story where id = %s", [id]
    )
    return await cursor.fetchone()


async def _rules(connection: Connection, id: int) -> dict[int, tuple[str, ...]]:
    cursor = await connection.execute(
        "select revision, array_agg(distinct rule order by rule) from match where story = %s group by revision", [id]
    )
    return {revision: tuple(rules) for revision, rules in await cursor.fetchall()}


async def _told(connection: Connection, id: int) -> list[Told]:
    cursor = await connection.cursor(row_factory=class_row(Told)).execute(
        """select due.recipient, rule, revision, due.created_at, due.mail, message_id, state, sent_at, told, copy_of
           from due left join mail on mail.id = due.mail where story = %(story)s
           union all
           select due.recipient, rule, due.revision, mail.created_at, mail.id, message_id, state, sent_at, correction.revision, null
           from correction join due using (recipient, story) join mail on mail.id = correction.mail where story = %(story)s
           order by created_at, recipient""",
        {"story": id},
    )
    return await cursor.fetchall()
