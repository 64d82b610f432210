"""The SQL of members: which processes are at work in this store, what each has in hand, and when it last gave a sign of life."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from alerts.utc import utc
from monitor.claims import CLAIM_TIME
from monitor.database import Connection

#: Between two signs of life.
BEAT = timedelta(seconds=5)
#: Who gave none for so long is dead or frozen: by now its claims have lapsed, and others do its work.
SILENT = CLAIM_TIME
#: Of a row of ``member``: whether it leads.
LEADS = "(leads and id = (select last.id from member as last where last.leads order by last.seen_at desc, last.id limit 1))"
#: For so long the dead are named.
REMEMBERED = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """A process at work in this store, by its last sign of life."""

    id: UUID
    machine: str
    pid: int
    version: str
    #: The command it was started with: run, scheduler or worker.
    part: str
    began_at: datetime
    seen_at: datetime
    #: Its schedule is the one in force.
    leads: bool = False
    #: Name of a task → how many of them it has in hand.
    jobs: Mapping[str, int]
    #: Sources that it is polling.
    polls: int = 0
    #: Fingerprint of the rules that it says it follows.
    rules: str | None = None
    #: Those are others than are in force, since before its last sign of life: its configuration is not the one taken up last.
    strays: bool = False
    #: By Postgres' clock its last sign of life was lately.
    heard: bool = False

    @property
    def name(self) -> str:
        return f"{self.machine}:{self.pid}"

    @property
    def schedules(self) -> bool:
        return self.part != "worker"

    @property
    def works(self) -> bool:
        return self.part != "scheduler"

    def is_alive(self, now: datetime) -> bool:
        """Whether it gave a sign of life lately."""
        return now - self.seen_at < SILENT

    def is_askew(self, now: datetime) -> bool:
        """Whether its clock and ours differ: it was alive just now, or will have been."""
        return self.seen_at - now > SILENT or (self.heard and not self.is_alive(now))

    def doing(self, now: datetime) -> str:
        """What it does, for people: "leading, polling 12 sources"."""
        if self.is_askew(now):
            return "its clock and ours differ"
        if not self.is_alive(now):
            return "silent: dead or frozen; others do its work"
        schedule = [("leading" if self.leads else "standing by")] if self.schedules else []
        polls = [f"polling {self.polls} sources"] if self.polls else []
        others = [f"{name} {count}" if count > 1 else name for name, count in sorted(self.jobs.items()) if name != "collect"]
        work = (polls + others or ["waiting for work"]) if self.works else []
        strays = ["by other rules than those taken up last"] if self.strays else []
        return ", ".join(schedule + work + strays)


def troubles(members: Sequence[Member], *, now: datetime) -> list[str]:
    """What nobody does any more who did; where nobody ever joined, somebody else starts the commands."""
    alive = [each for each in members if each.is_alive(now) or each.is_askew(now)]
    askew = next((each for each in members if each.is_askew(now)), None)
    found = [_askew(askew, now)] if askew else []
    if members and not any(each.schedules for each in alive):
        found.append("machines: no scheduler is alive, nothing is polled or sent; start `wirewatch run` or `wirewatch scheduler`")
    if members and not any(each.works for each in alive):
        found.append("machines: no worker is alive, nothing is polled or sent; start `wirewatch run` or `wirewatch worker`")
    return found


def _askew(member: Member, now: datetime) -> str:
    said = f"machines: the last sign of life of {member.name} is of {utc(member.seen_at)}, and here it is {utc(now)}"
    return f"{said}: the clocks differ; wirewatch doctor says which one is wrong"


async def beat(connection: Connection, member: Member, batches: Sequence[str], *, now: datetime) -> None:
    """Say that a member is alive and what it has in hand; its first one makes it known."""
    await connection.execute(
        """insert into member (id, machine, pid, version, part, began_at, seen_at, leads, jobs, batches, rules)
           values (%(id)s, %(machine)s, %(pid)s, %(version)s, %(part)s, %(began_at)s, %(now)s, %(leads)s, %(jobs)s, %(batches)s, %(rules)s)
           on conflict (id) do update set seen_at = excluded.seen_at, leads = excluded.leads, jobs = excluded.jobs,
               batches = excluded.batches, rules = excluded.rules""",
        {
            "id": member.id,
            "machine": member.machine,
            "pid": member.pid,
            "version": member.version,
            "part": member.part,
            "began_at": member.began_at,
            "leads": member.leads,
            "jobs": Jsonb(dict(member.jobs)),
            "batches": list(batches),
            "rules": member.rules,
            "now": now,
        },
    )


async def forget(connection: Connection, member: Member, *, now: datetime) -> None:
    """Forget who died before this one began in its place: at the same machine, as the same part, or long ago."""
    await connection.execute(
        """delete from member where id <> %(id)s and (
               seen_at < %(now)s - %(remembered)s
               or machine = %(machine)s and part = %(part)s and seen_at < least(%(began_at)s, %(now)s - %(silent)s))""",
        {
            "id": member.id,
            "machine": member.machine,
            "part": member.part,
            "began_at": member.began_at,
            "remembered": REMEMBERED,
            "silent": SILENT,
            "now": now,
        },
    )


async def leave(connection: Connection, id: UUID) -> None:
    """Take a member out that leaves of its own will."""
    await connection.execute("delete from member where id = %(id)s", {"id": id})


async def members(connection: Connection) -> list[Member]:
    """Who is at work, and who died lately: who schedules first, the leader before the others.

    Of several that said they lead the last one does: the lock is with it, and those before died with their word.
    """
    cursor = await connection.cursor(row_factory=class_row(Member)).execute(
        f"""select id, machine, pid, version, part, began_at, seen_at, {LEADS} as leads, jobs, rules,
               exists (select from ruleset where fingerprint <> rules and ruleset.began_at < seen_at) as strays,
               abs(extract(epoch from clock_timestamp() - seen_at)) < %(silent)s as heard,
               (select count(*) from source where claimed_by = any(batches)) as polls
           from member order by part = 'worker', not {LEADS}, machine, began_at, id""",
        {"silent": SILENT.total_seconds()},
    )
    return await cursor.fetchall()
