"""Copies: which stories of different sources say the same in the same words, though each outlet cut and headed it.

Only stories that a rule matched are looked at, in whatever version: of the others, which are the most, nobody is told, so nobody is
told twice. A copy that was cut above what the rule looks for is none of them.

The way of a story: ``note`` in its transaction, ``place`` when that is over. Only one process places at a time, so that of two
copies which came in at once each is compared with the other. What was placed wrongly is undone by ``apart``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from psycopg.rows import class_row, scalar_row

from alerts.canon import words
from alerts.shingles import SHARED_MARKS, contained, is_copy, marks, shingles
from monitor import stories
from monitor.database import Connection
from spiders.source import Source
from spiders.story import Status, Story

#: How far back copies are looked for.
WINDOW = timedelta(days=7)
#: A mark of more stories than this says nothing: a wire's sign-off, the menu of a site.
COMMON = 50
#: Stories with which one is compared word by word: those with which it shares the most marks.
MOST_COMPARED = 5
#: Stories of a cluster by whose marks it is found. Those of a hundred outlets would soon be too common to be looked at.
MOST_MARKED = 10
#: Stories placed in one go.
BATCH = 100
#: Key of the advisory lock of whoever places stories.
PLACING = 0x77697266


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """One story of a cluster."""

    cluster: int
    story: int
    source: str
    url: str
    #: Of its newest version; None once that is purged.
    headline: str | None
    #: Its source is the agency that it names.
    own: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class _Pair:
    """A story that is to be placed, and one that may be its copy."""

    story: int
    latest: int
    #: The cluster that it is in so far.
    cluster: int | None
    #: None: there is none.
    other: int | None
    other_latest: int | None
    other_cluster: int | None


async def note(connection: Connection, id: int, story: Story, search: str, source: Source, *, now: datetime) -> None:
    """Note what the newest version of a story is compared by; in the transaction that stores it, behind what it matched.

    ``search`` is its canonical text. Of a story that no rule ever matched, or of a source whose copies are not looked for, nothing
    is noted. What is withdrawn is known by what it said before: its page may only say so now.
    """
    if source.copies:
        values = {"story": id, "own": is_own(story, source), "standing": _standing(story), "now": now}
        # Written here: psycopg takes as long over a list of a hundred numbers as over all the rest.
        await connection.execute(_NOTE, values | {"marks": f"{{{str(marks(search))[1:-1]}}}"})


def is_own(story: Story, source: Source) -> bool:
    """Whether a story's source is the agency that it names."""
    named = story.agency or (story.dateline.agency if story.dateline else None)
    return source.agency is not None and named == source.agency


def _standing(story: Story) -> Status:
    return Status.USABLE if story.status is Status.GONE else story.status


_NOTE = """
with matched as (
    select story from match where story = %(story)s limit 1
), before as (
    select marks from copy where story = %(story)s
), said as (
    select coalesce((select marks from before where %(standing)s = 'withdrawn'), %(marks)s::bigint[]) as marks
), gone as (
    delete from mark using before, said where story = %(story)s and hash = any(before.marks) and hash <> all(said.marks)
), noted as (
    insert into copy (story, own, standing, marks, placed, noted_at)
    select story, %(own)s, %(standing)s, marks, cardinality(marks) = 0, %(now)s from matched, said
    on conflict (story) do update set own = excluded.own, standing = excluded.standing, marks = excluded.marks,
        placed = copy.apart, noted_at = excluded.noted_at
)
insert into mark (hash, story) select unnest(marks), story from matched, said on conflict do nothing
"""


async def place(connection: Connection) -> None:
    """Compare what was noted and not compared yet, and put each story into the cluster of the one that it is a copy of.

    A cluster takes in single stories, it is never joined with another. What was revised stays in its cluster while it is
    still a copy of one of that; what was corrected, or taken back, leaves it.
    """
    while await _is_open(connection):
        await connection.execute("select pg_advisory_xact_lock(%s)", [PLACING])
        await _place(connection)


async def _is_open(connection: Connection) -> bool:
    cursor = await connection.execute("select exists (select from copy where not placed)")
    return await cursor.fetchone() == (True,)


async def _place(connection: Connection) -> None:
    pairs = await _pairs(connection)
    texts = await _texts(connection, pairs)
    clusters: dict[int, int | None] = {pair.other: pair.other_cluster for pair in pairs if pair.other is not None}
    clusters |= {pair.story: pair.cluster for pair in pairs}
    for story, near in groupby(pairs, key=lambda pair: pair.story):
        copied = _copied(story, [pair.other for pair in near if pair.other is not None], texts)
        if not copied:
            clusters[story] = None
        elif clusters[story] is None or clusters[story] not in (clusters[other] for other in copied):
            # Not the most alike alone: two papers' copies that come together would be told beside the agency's own.
            kin = [copied[0], *_copied(copied[0], copied[1:], texts)]
            found = next(filter(None, map(clusters.get, kin)), None) or await _new_cluster(connection)
            # What came later than the story finds its place by itself.
            clusters |= {each: found for each in kin if clusters[each] is None and each < story} | {story: found}
            clusters[copied[0]] = clusters[copied[0]] or found
    await _placed(connection, {pair.story for pair in pairs}, clusters)


def _copied(story: int, others: Sequence[int], texts: Mapping[int, frozenset[int]]) -> list[int]:
    """Those of which the story is a copy, the most alike first."""
    found = [other for other in others if story in texts and other in texts and is_copy(texts[story], texts[other])]
    return sorted(found, key=lambda other: (-contained(texts[story], texts[other]), other))


async def _texts(connection: Connection, pairs: Sequence[_Pair]) -> dict[int, frozenset[int]]:
    """Story → all shingles of its newest version, of those that are to be compared."""
    wanted: dict[int, int] = {}
    for pair in pairs:
        if pair.other is not None and pair.other_latest is not None:
            wanted |= {pair.story: pair.latest, pair.other: pair.other_latest}
    told = await stories.versions(connection, wanted)
    return {id: shingles(words(stories.searched(story))) for id, story in told.items()}


async def _pairs(connection: Connection) -> list[_Pair]:
    """The next stories to be placed, oldest first, each with those that may be its copies or with none."""
    values = {"batch": BATCH, "common": COMMON, "shared": SHARED_MARKS, "most": MOST_COMPARED, "window": WINDOW}
    cursor = await connection.cursor(row_factory=class_row(_Pair)).execute(_PAIRS, values)
    return await cursor.fetchall()


#: Of a mark no more rows are looked at than it takes to see that it is common.
_SHARING = """
    select wanted.story, found.story as other, count(*) as shared
    from wanted cross join unnest(wanted.marks) as mine (hash)
    cross join lateral (
        select near.story, count(*) over () as spread
        from (select mark.story from mark where mark.hash = mine.hash order by mark.story limit %(common)s + 1) as near
    ) as found
    where spread <= %(common)s and found.story <> wanted.story
    group by wanted.story, found.story having count(*) >= %(shared)s
"""
_PAIRS = f"""
with wanted as materialized (
    select copy.story, marks, cluster, standing, noted_at, source, latest
    from copy join story on story.id = copy.story where not placed order by copy.story limit %(batch)s
    for update of copy
), sharing as (
    {_SHARING}
), pair as (
    select sharing.story, other, story.latest, copy.cluster,
        row_number() over (partition by sharing.story order by shared desc, other) as rank
    from sharing join wanted using (story) join copy on copy.story = other join story on story.id = other
    where story.source <> wanted.source and copy.standing = wanted.standing and not copy.apart
        and copy.noted_at > wanted.noted_at - %(window)s
)
select wanted.story, wanted.latest, wanted.cluster, pair.other, pair.latest as other_latest, pair.cluster as other_cluster
from wanted left join pair on pair.story = wanted.story and rank <= %(most)s
order by wanted.story, rank
"""


async def _new_cluster(connection: Connection) -> int:
    cursor = await connection.cursor(row_factory=scalar_row).execute("select nextval('copy_cluster_number')")
    number = await cursor.fetchone()
    assert number
    return int(number)


async def _placed(connection: Connection, done: set[int], clusters: Mapping[int, int | None]) -> None:
    """Write down where the stories are, and forget the marks by which large clusters need not be found."""
    values = {"stories": list(clusters), "clusters": list(clusters.values()), "done": list(done), "most": MOST_MARKED}
    await connection.execute(
        """update copy set cluster = found.cluster, placed = placed or copy.story = any(%(done)s)
           from unnest(%(stories)s::bigint[], %(clusters)s::bigint[]) as found (story, cluster)
           where copy.story = found.story and not apart""",
        values,
    )
    await connection.execute(
        """delete from mark using copy
           where copy.story = any(%(done)s) and mark.story = copy.story and hash = any(marks)
               and (select count(*) from copy as mate where mate.cluster = copy.cluster and mate.story < copy.story) >= %(most)s""",
        values,
    )


async def members(connection: Connection, story: int) -> list[Member]:
    """The stories of a story's cluster, itself among them; none when it stands alone.

    The agency's own copy leads, or else the first that came.
    """
    cursor = await connection.cursor(row_factory=class_row(Member)).execute(
        """select mate.cluster, mate.story, story.source, story.url, revision.headline, mate.own
           from copy join copy as mate on mate.cluster = copy.cluster join story on story.id = mate.story
           left join revision on revision.story = story.id and number = latest
           where copy.story = %(story)s order by mate.own desc, mate.story""",
        {"story": story},
    )
    found = await cursor.fetchall()
    return found if len(found) > 1 else []


async def set_apart(connection: Connection, story: int) -> bool:
    """Take a story out of its cluster for good: it is no copy. False when it is in none.

    Whoever was told of it only as a copy, or of another only as a copy of it, is told with their next digest. If their mail named its
    source, and that takes it back first, they hear of it.
    """
    # In the order of a digest: what is due before what is compared.
    await connection.execute(
        """update due set mail = null, copy_of = null, named = case when later is null then mail end, later = null
           where copy_of is not null and (story = %(story)s or copy_of = %(story)s)""",
        {"story": story},
    )
    cursor = await connection.execute(
        "update copy set apart = true, cluster = null, placed = true where story = %(story)s and cluster is not null",
        {"story": story},
    )
    return cursor.rowcount == 1
