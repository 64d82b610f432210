"""Withdrawn: what says the same, in the same words, as a story that its source has withdrawn: an outlet's copy of a killed one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from alerts.canon import words
from alerts.shingles import SHARED_MARKS, contained, is_copy, shingles
from monitor import stories
from monitor.copies import WINDOW
from monitor.database import Connection
from monitor.outbox import REFUSED


@dataclass(frozen=True, kw_only=True, slots=True)
class Withdrawn:
    """A story that was withdrawn, as it stands with one recipient, and another that may be its copy."""

    #: That, and its newest version.
    copy: int
    latest: int
    #: The withdrawn one, its last version that was not.
    story: int
    number: int
    source: str
    #: When we read that it is.
    at: datetime
    #: They were told of it, so they hear that it is withdrawn.
    told: bool
    #: The copy is the agency's own and the withdrawn one is not: an outlet takes back what its agency stands by.
    stands: bool


async def copied(connection: Connection, recipient: str, taken: Sequence[int]) -> dict[int, Withdrawn]:
    """Of the stories ``taken`` those that are copies of one that was withdrawn: story → that, the most alike."""
    alike: dict[int, list[tuple[float, Withdrawn]]] = {}
    near = await _near(connection, recipient, taken)
    mine = await _texts(connection, {each.copy: each.latest for each in near})
    theirs = await _texts(connection, {each.story: each.number for each in near})
    for each in near:
        one, other = mine.get(each.copy, frozenset()), theirs.get(each.story, frozenset())
        if is_copy(one, other):
            alike.setdefault(each.copy, []).append((contained(one, other), each))
    return {story: max(found, key=lambda pair: (pair[0], -pair[1].story))[1] for story, found in alike.items()}


async def _texts(connection: Connection, wanted: dict[int, int]) -> dict[int, frozenset[int]]:
    """Story → all shingles of this version of it."""
    return {id: shingles(words(stories.searched(story))) for id, story in (await stories.versions(connection, wanted)).items()}


async def _near(connection: Connection, recipient: str, taken: Sequence[int]) -> list[Withdrawn]:
    """The pairs of which both share as many marks as copies do."""
    cursor = await connection.cursor(row_factory=class_row(Withdrawn)).execute(
        # Few are withdrawn in a week: they are looked through, one by one. A mail that was refused for good told nothing.
        f"""with dead as materialized (
               select copy.story, source, own, marks, noted_at, (
                       select coalesce(max(number), latest) from revision where revision.story = copy.story and status <> 'withdrawn'
                   ) as number
               from copy join story on story.id = copy.story
               where standing = 'withdrawn' and marks is not null and not apart
                   and noted_at > (select min(noted_at) from copy where story = any(%(taken)s)) - %(window)s
           )
           select copy.story as copy, story.latest, dead.story, dead.number, dead.source, mail.id is not null as told,
               copy.own and not dead.own as stands,
               coalesce((
                   select min(read_at) from revision where revision.story = dead.story and revision.number > dead.number
               ), dead.noted_at) as at
           from copy join story on story.id = copy.story join dead on dead.source <> story.source
           left join due on due.recipient = %(recipient)s and due.story = dead.story
           left join mail on mail.id = due.mail and not ({REFUSED})
           where copy.story = any(%(taken)s) and not copy.apart
               and (select count(*) from (select unnest(copy.marks) intersect select unnest(dead.marks)) as shared) >= %(shared)s""",
        {"recipient": recipient, "taken": list(taken), "window": WINDOW, "shared": SHARED_MARKS},
    )
    return await cursor.fetchall()
