"""Echoes: of the copies of one story a recipient is told one. The others are noted as told with it, never dropped."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from psycopg.rows import kwargs_row

from alerts.canon import words
from alerts.material import numbers
from alerts.shingles import opens_in
from monitor import copies, due, stories, withdrawn
from monitor.copies import Member
from monitor.database import Connection
from monitor.due import Due
from monitor.outbox import REFUSED
from monitor.withdrawn import Withdrawn


@dataclass(frozen=True, kw_only=True, slots=True)
class Folded:
    """What a recipient is to be told, each story once."""

    told: tuple[Due, ...] = ()
    #: Story that is not told by itself → the copy that is told, or was.
    echoes: Mapping[int, int] = field(default_factory=dict)
    #: Story that is told → the other stories of its cluster, whoever is told of them.
    also: Mapping[int, tuple[Member, ...]] = field(default_factory=dict)
    #: Story that is told though a copy was before, for it says something else → when that was.
    told_at: Mapping[int, datetime] = field(default_factory=dict)
    #: Story that is told → one that was withdrawn, of which it is a copy.
    withdrawn: Mapping[int, Withdrawn] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Mate:
    """A story of a cluster, as it stands with one recipient."""

    member: Member
    #: They were told of it already; and that under its own headline, not as a copy.
    told: bool
    leads: bool
    #: Of its newest version, as a story carries it; None: not known, or purged.
    language: str | None = None
    #: When the mail was written that told it.
    told_at: datetime | None = None


async def take(connection: Connection, recipient: str, *, reads: Sequence[str] = (), at_once: bool = False, now: datetime) -> Folded:
    """What a recipient is to be told, as ``due.take`` takes it, with the copies among it folded.

    ``reads``: languages, the one that they read best first.
    """
    taken = await due.take(connection, recipient, at_once=at_once, now=now)
    # After it was taken: what came in since is not in it, and what was not compared yet is compared now.
    await copies.place(connection)
    if not taken:
        return Folded()
    ids = [each.story for each in taken]
    mates, killed = await _mates(connection, recipient, ids), await withdrawn.copied(connection, recipient, ids)
    found = folded(taken, mates, reads=reads)
    # Who was told of what is withdrawn hears of that: what they would be told of its copy is that story again.
    leads = dict(found.echoes) | {story: each.story for story, each in killed.items() if each.told and not each.stands}
    said = {each.story: each.number for each in killed.values()}
    echoes = {story: lead for story, lead in leads.items() if await _says_nothing_else(connection, story, lead, said)}
    before = {mate.member.story: mate.told_at for mate in mates if mate.told_at}
    told_at = {story: before[lead] for story, lead in leads.items() if story not in echoes and lead in before}
    told = tuple(each for each in taken if each.story not in echoes)
    return replace(found, told=told, echoes=echoes, told_at=told_at, withdrawn=killed)


async def _says_nothing_else(connection: Connection, story: int, lead: int, said: Mapping[int, int]) -> bool:
    """Whether a copy has no news of its own: it opens as the other does, below a headline that counts no other dead.

    ``said``: of what is withdrawn the version with which it is compared.
    """
    newest = await stories.latest(connection, [story, lead])
    told = await stories.versions(connection, {each: said.get(each, number) for each, number in newest.items()})
    if story not in told or lead not in told:
        return True  # one is purged: nobody can tell any more
    mine, theirs = told[story], told[lead]
    counts = [set(numbers(each.headline)) for each in (mine, theirs)]
    return opens_in(words(mine.text), words(theirs.text)) and (not all(counts) or bool(counts[0] & counts[1]))


def folded(taken: Sequence[Due], mates: Iterable[Mate], *, reads: Sequence[str] = ()) -> Folded:
    """Of each cluster one story is told, if none was before: in the language read best the agency's own copy, or else the first."""
    clusters: dict[int, list[Mate]] = {}
    for mate in mates:
        clusters.setdefault(mate.member.cluster, []).append(mate)
    open = {each.story for each in taken}
    echoes: dict[int, int] = {}
    also: dict[int, tuple[Member, ...]] = {}
    for cluster in clusters.values():
        lead = min(cluster, key=lambda mate: _rank(mate, open, reads)).member.story
        echoes |= {mate.member.story: lead for mate in cluster if mate.member.story in open and mate.member.story != lead}
        also[lead] = tuple(mate.member for mate in cluster if mate.member.story != lead)
    told = tuple(each for each in taken if each.story not in echoes)
    return Folded(told=told, echoes=echoes, also={each.story: also[each.story] for each in told if also.get(each.story)})


def _rank(mate: Mate, open: set[int], reads: Sequence[str]) -> tuple[bool, bool, bool, int, bool, int]:
    member = mate.member
    return not mate.told, not mate.leads, member.story not in open, _reading(mate.language, reads), not member.own, member.story


def _reading(language: str | None, reads: Sequence[str]) -> int:
    """The place of a language among those that somebody reads: "zh" stands for "zh-hant" too."""
    tag = (language or "").lower()
    return next((place for place, read in enumerate(reads) if tag == read or tag.startswith(f"{read}-")), len(reads))


async def _mates(connection: Connection, recipient: str, taken: Sequence[int]) -> list[Mate]:
    cursor = await connection.cursor(row_factory=kwargs_row(_mate)).execute(
        # A mail that was refused for good told them nothing.
        f"""select mate.cluster, mate.story, story.source, story.url, revision.headline, mate.own,
               mail.id is not null as told, mail.id is not null and copy_of is null as leads, revision.language,
               mail.created_at as told_at
           from copy as mate join story on story.id = mate.story
           left join revision on revision.story = story.id and number = latest
           left join due on due.recipient = %(recipient)s and due.story = mate.story
           left join mail on mail.id = due.mail and not ({REFUSED})
           where mate.cluster in (select cluster from copy where story = any(%(taken)s))
           order by mate.own desc, mate.story""",
        {"recipient": recipient, "taken": list(taken)},
    )
    return await cursor.fetchall()


def _mate(*, told: bool, leads: bool, language: str | None, told_at: datetime | None, **member: Any) -> Mate:
    return Mate(member=Member(**member), told=told, leads=leads, language=language, told_at=told_at)


async def settle(connection: Connection, recipient: str, folded: Folded, *, agencies: Sequence[str]) -> None:
    """Note of copies that they were told, by the mail that told the story which they are copies of; after ``due.tell``.

    ``agencies``: the sources that are an agency's own.
    """
    await connection.execute(
        # The mail of what is told now names their sources, one that was written before does not.
        """update due set mail = lead.mail, copy_of = lead.story, told = story.latest, shown = null, behind = false, instant = false,
               named = null, later = case when echo.lead <> all(%(told)s)
                   then case when story.source = any(%(agencies)s) then 'agency' else 'outlet' end end
           from unnest(%(stories)s::bigint[], %(leads)s::bigint[]) as echo (story, lead)
           join story on story.id = echo.story
           join due as lead on lead.recipient = %(recipient)s and lead.story = echo.lead
           where due.recipient = %(recipient)s and due.story = echo.story and due.mail is null and lead.mail is not null""",
        {
            "recipient": recipient,
            "stories": list(folded.echoes),
            "leads": list(folded.echoes.values()),
            "told": [each.story for each in folded.told],
            "agencies": list(agencies),
        },
    )
