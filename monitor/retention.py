"""Retention: what is old goes, in small batches. Of a story its tombstone stays, so that it never comes back as new.

What stays for good: addresses, hashes and names of what a feed listed, and who was told what by which mail.
"""

import logging
from datetime import datetime, timedelta

from monitor import copies
from monitor.config import Retention
from monitor.database import Database
from monitor.due import UNTOLD
from monitor.outbox import REFUSED
from monitor.watch import Watch

log = logging.getLogger(__name__)

#: Rows a transaction, so that nobody waits long for one of them; transactions of a kind at a time, so that nothing else waits.
BATCH, ROUNDS = 500, 10
#: How long bad answers are kept where [retention] bytes only speaks of stories.
BAD = timedelta(days=30)
#: How long what came of a back-test can be looked at.
RESULTS = timedelta(days=7)


async def keep(watch: Watch) -> None:
    """Let go what the configuration says, as far as it can be done in a few seconds."""
    purged = await purge(watch.database, watch.settings.retention, watch.clock())
    if any(purged.values()):
        log.info("purged %s", " ".join(f"{name}={count}" for name, count in purged.items() if count))


async def purge(database: Database, retention: Retention, now: datetime) -> dict[str, int]:
    """Let go what is older than ``retention`` says; what of which there was how much. What is left over is for the next call."""
    values = _limits(retention, now)
    return {name: await _in_batches(database, statement, values) for name, statement in STATEMENTS.items()}


def _limits(retention: Retention, now: datetime) -> dict[str, object]:
    text = now - retention.text
    return {
        "now": now,
        "batch": BATCH,
        "untold": list(UNTOLD),
        "text": text,
        "hour": text.replace(minute=0, second=0, microsecond=0),
        "mail": now - retention.mail,
        "copies": now - copies.WINDOW,
        "results": now - RESULTS,
        "bytes": now - (retention.bytes or timedelta()),
        "bad": now - (BAD if retention.bytes is None else retention.bytes),
    }


async def _in_batches(database: Database, statement: str, values: dict[str, object]) -> int:
    done = 0
    for _ in range(ROUNDS):
        async with database.connection() as connection:
            cursor = await connection.execute(statement.encode(), values)
        done += cursor.rowcount
        if cursor.rowcount < BATCH:
            break
    return done


#: What an outage that is not over shows its operator.
_SHOWN = "exists (select from outage where ended_at is null and evidence.id in (bad, good))"

#: What goes, and how; in this order, for what is let go first may be all that held the next.
STATEMENTS = {
    # Not one that somebody is still to be told, unless it was taken back, or of which they are to hear what became of it, unless they
    # have left; nor one of which there is a younger version.
    "stories": f"""
with old as (
    select id from story where purged_at is null and seen_at < %(text)s
        and (select read_at from revision where revision.story = story.id and number = latest) < %(text)s
        and not exists (
            select from due join subscription using (recipient) left join mail on mail.id = coalesce(due.mail, named)
            join revision on revision.story = due.story and number = latest
            where due.story = story.id and ended_at is null and (
                due.mail is null and revision.status <> all(%(untold)s) or mail.id is not null and behind and not ({REFUSED})))
    order by seen_at limit %(batch)s for update skip locked
), texts as (
    delete from revision using old where revision.story = old.id
), proof as (
    update evidence set bytes = null, headers = '[]' from old where evidence.story = old.id and not {_SHOWN}
), untold as (
    delete from due using old where due.story = old.id and mail is null
)
update story set purged_at = %(now)s, search = null from old where story.id = old.id
""",
    # Their names, addresses and hashes stay: a feed that goes on listing them brings nothing new. No page is looked at again.
    "entries": """
update entry set title = '', summary = '', body = '', item = null, next_try_at = null where id in (
    select entry.id from entry left join story on story.id = entry.story
    where (title <> '' or summary <> '' or body <> '' or item is not null) and entry.seen_at < %(text)s and state <> 'pending'
        and (entry.story is null or purged_at is not null)
    order by entry.seen_at limit %(batch)s for update of entry skip locked)
""",
    # Those of stories that matched go with their story. A younger version with the same bytes has them here.
    "bytes": f"""
update evidence set bytes = null where id in (
    select id from evidence where bytes is not null and fetched_at < %(bytes)s and (story is not null or fetched_at < %(bad)s)
        and not {_SHOWN}
        and not exists (select from match where match.story = evidence.story)
        and not exists (
            select from evidence as twin
            where twin.story = evidence.story and twin.sha256 = evidence.sha256 and twin.fetched_at >= %(bytes)s)
    order by fetched_at limit %(batch)s)
""",
    "mails": """
update mail set sha256 = sha256(bytes), bytes = null where id in (
    select id from mail where bytes is not null and created_at < %(mail)s and next_try_at is null
    order by created_at limit %(batch)s for update skip locked)
""",
    "outages": """
delete from outage where id in (select id from outage where ended_at < %(text)s limit %(batch)s)
""",
    "bad answers": """
delete from evidence where id in (
    select id from evidence where story is null and fetched_at < %(text)s
        and not exists (select from outage where evidence.id in (bad, good))
    order by fetched_at limit %(batch)s)
""",
    # An hour goes whole, with all its sightings, for they add up; and when what became of each is known.
    "accounts": """
with old as (
    select account.* from source cross join lateral (
        select source, hour from account where account.source = source.id and hour < %(hour)s and not exists (
            select from sighting
            where sighting.source = account.source and at >= hour and at < hour + interval '1 hour' and outcome is null)
        order by hour limit %(batch)s
    ) as account limit %(batch)s
), settled as (
    delete from sighting using old where sighting.source = old.source and at >= hour and at < hour + interval '1 hour'
)
delete from account using old where account.source = old.source and account.hour = old.hour
""",
    "gaps": """
delete from gap where id in (select id from gap where closed_at < %(text)s limit %(batch)s)
""",
    # By these copies were looked for; which stories are copies of each other stays.
    "marks": """
with old as (
    select story, marks from copy where marks is not null and noted_at < %(copies)s order by noted_at limit %(batch)s for update skip locked
), forgotten as (
    delete from mark using old where mark.story = old.story and hash = any(old.marks)
)
update copy set marks = null from old where copy.story = old.story
""",
    # Their samples are texts of stories, some of which may have gone meanwhile.
    "back-tests": """
delete from backtest where id in (select id from backtest where ended_at < greatest(%(text)s, %(results)s) limit %(batch)s)
""",
    "recalls": """
delete from recall where (source, day) in (select source, day from recall where at < %(text)s limit %(batch)s)
""",
}
