"""Metrics: the figures behind /metrics, asked of the store when somebody looks, each by an index and over a bounded time.

They are gauges of the last hour or day and no counters: several processes do the work, and none lives for ever. None carries a mail
address.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version

import psutil
from psycopg.rows import tuple_row

from monitor import disk
from monitor.config import Settings
from monitor.database import Connection
from monitor.exposition import Gauge
from monitor.heartbeat import POLLS_MISSED, STUCK
from monitor.members import LEADS

#: Of the newest stories and mails of an hour no more than these are looked at for how long they took.
STORIES, MAILS = 2000, 500
#: Who gave no sign of life for so long is gone; a worker gives one every 10 seconds, a scheduler every 5.
SILENT = timedelta(seconds=30)


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """A gauge that the store is asked for."""

    name: str
    help: str
    labels: tuple[str, ...] = ()
    #: Rows of the labels' values, then the figure; where that is null there is none.
    query: str
    #: Values of its one label that are 0 where there is no row: a series that comes and goes cannot be alerted on.
    always: tuple[str, ...] = ()


async def figures(connection: Connection, settings: Settings, *, now: datetime) -> list[Gauge]:
    """All that the store knows, and how much room it has."""
    return [*[await _gauge(connection, figure, now=now) for figure in FIGURES], _room(settings)]


def process() -> list[Gauge]:
    """What this process takes of its machine, under the names that Prometheus's own libraries have, and what it is."""
    us = psutil.Process()
    with us.oneshot():
        return [
            Gauge(name="process_resident_memory_bytes", help="Resident memory of wirewatch serve.", samples={(): us.memory_info().rss}),
            Gauge(name="process_open_fds", help="Open file descriptors of wirewatch serve.", samples={(): us.num_fds()}),
            Gauge(name="process_start_time_seconds", help="When it began, since 1970.", samples={(): us.create_time()}),
            Gauge(name="wirewatch_build_info", help="Its version.", labels=("version",), samples={(version("wirewatch"),): 1}),
        ]


def store_up(is_up: bool) -> Gauge:
    """Whether Postgres answers."""
    return Gauge(name="wirewatch_store_up", help="1 when Postgres answers; else its figures are missing.", samples={(): is_up})


async def _gauge(connection: Connection, figure: Figure, *, now: datetime) -> Gauge:
    hour, day = now - timedelta(hours=1), now - timedelta(days=1)
    given = {"now": now, "hour": hour, "day": day, "silent": now - SILENT, "stories": STORIES, "mails": MAILS}
    cursor = await connection.cursor(row_factory=tuple_row).execute(figure.query.encode(), given)
    found = {tuple(map(str, labels)): float(value) for *labels, value in await cursor.fetchall() if value is not None}
    return Gauge(name=figure.name, help=figure.help, labels=figure.labels, samples={(each,): 0.0 for each in figure.always} | found)


def _room(settings: Settings) -> Gauge:
    room = disk.look(settings)
    return Gauge(name="wirewatch_disk_free_bytes", help="Room for the embedded Postgres.", samples={(): room.free} if room else {})


FIGURES = (
    Figure(
        name="wirewatch_sources",
        help="Sources that are polled, by state.",
        labels=("state",),
        query="""select coalesce(trouble.state, 'ok'), count(*) from source left join lateral (
                     select outage.state from outage where outage.source = source.id and ended_at is null
                     order by array_position(array['failing', 'unreadable', 'quiet'], outage.state) limit 1) as trouble on true
                 where active group by 1""",
        always=("ok", "quiet", "failing", "unreadable"),
    ),
    Figure(
        name="wirewatch_source_trouble_seconds",
        help="For how long a source has not been ok.",
        labels=("source", "state"),
        query="select source, state, extract(epoch from %(now)s - began_at) from outage where ended_at is null and source is not null",
    ),
    Figure(
        name="wirewatch_polls_last_day",
        help="Polls of a day, in full hours and the one that runs, by result; skipped: due while the one before still ran.",
        labels=("result",),
        query="""select result, sum(number) from source
                 cross join lateral (select * from account where account.source = source.id and hour > %(day)s) as account
                 cross join lateral (values ('listed', polls - unchanged - failed), ('unchanged', unchanged), ('failed', failed),
                     ('skipped', skipped)) as became (result, number)
                 group by 1""",
        always=("listed", "unchanged", "failed", "skipped"),
    ),
    Figure(
        name="wirewatch_last_poll_age_seconds",
        help="Since any source was polled with success; before the first was, since there are sources.",
        query="select extract(epoch from %(now)s - coalesce(max(succeeded_at), min(began_at))) from source where active",
    ),
    Figure(
        name="wirewatch_last_poll_age_ratio",
        help="The same by what a source may take: three times its pace, a quarter of an hour at least; above 1 no source is within that.",
        query=f"""select min(extract(epoch from %(now)s - coalesce(succeeded_at, began_at))
                             / extract(epoch from greatest(interval '{STUCK.total_seconds():.0f} s', {POLLS_MISSED} * every)))
                  from source where active""",
    ),
    Figure(
        name="wirewatch_poll_overdue_seconds",
        help="For how long the source that waits longest has been due and nobody's; grows while no schedule leads or no worker is free.",
        query="""select greatest(0, extract(epoch from %(now)s - min(next_poll_at))) from source
                 where active and coalesce(claimed_until < %(now)s, true)""",
    ),
    Figure(
        name="wirewatch_stories_last_hour",
        help="Entries that a list had new or changed within an hour, by what became of them; pending: to be read yet.",
        labels=("outcome",),
        query="""select coalesce(outcome, 'pending'), count(*) from source
                 cross join lateral (select outcome from sighting where sighting.source = source.id and at > %(hour)s) as sighting
                 group by 1""",
        always=("new", "changed", "seen", "refused", "pending"),
    ),
    Figure(
        name="wirewatch_published_to_stored_seconds",
        help="From when a story was published to when we had it, of the stories of an hour whose source was not new.",
        labels=("quantile",),
        query="""select quantile, percentile_cont(quantile) within group (order by took) from (
                     select greatest(0, extract(epoch from seen_at - published_at)) as took from (
                         select id, seen_at from story where purged_at is null and seen_at > %(hour)s and fresh_until is not null
                         order by seen_at desc limit %(stories)s) as story
                     join revision on revision.story = story.id and number = 1 and published_precision = 'minute'
                     where published_at is not null) as stored
                 cross join unnest(array[0.5, 0.95]) as quantile group by quantile""",
    ),
    Figure(
        name="wirewatch_stored_to_mailed_seconds",
        help="From when a story was due to somebody to when the relay had its mail, of the mails of an hour; of a digest, most is waiting.",
        labels=("kind", "quantile"),
        query="""select kind, quantile, percentile_cont(quantile) within group (order by extract(epoch from sent_at - due.created_at))
                 from (select id, kind, sent_at from mail where state = 'sent' and sent_at > %(hour)s
                       order by sent_at desc limit %(mails)s) as mail
                 join due on due.mail = mail.id cross join unnest(array[0.5, 0.95]) as quantile group by kind, quantile""",
    ),
    Figure(
        name="wirewatch_published_to_mailed_seconds",
        help="From when a story was published to when the relay had its mail, of the mails of an hour.",
        labels=("kind", "quantile"),
        query="""select kind, quantile, percentile_cont(quantile) within group (order by extract(epoch from sent_at - published_at))
                 from (select id, kind, sent_at from mail where state = 'sent' and sent_at > %(hour)s
                       order by sent_at desc limit %(mails)s) as mail
                 join due on due.mail = mail.id
                 join revision on revision.story = due.story and number = 1 and published_precision = 'minute' and published_at is not null
                 cross join unnest(array[0.5, 0.95]) as quantile group by kind, quantile""",
    ),
    Figure(
        name="wirewatch_outbox_mails",
        help="Mails that are not out yet, by state; unknown: a server may have it already.",
        labels=("state",),
        query="select state, count(*) from mail where next_try_at is not null group by state",
        always=("queued", "sending", "unknown"),
    ),
    Figure(
        name="wirewatch_outbox_oldest_seconds",
        help="Since the oldest of these was written, by state.",
        labels=("state",),
        query="select state, extract(epoch from %(now)s - min(created_at)) from mail where next_try_at is not null group by state",
        always=("queued", "sending", "unknown"),
    ),
    Figure(
        name="wirewatch_mails_last_day",
        help="Mails of a day that are over, by state; failed: refused for good, expired: given up, recalled: taken back before.",
        labels=("state",),
        query="""select state, count(*) from mail where state = 'sent' and sent_at > %(day)s group by state
                 union all select state, count(*) from mail where over_at > %(day)s and state <> 'sent' group by state""",
        always=("sent", "failed", "expired", "recalled"),
    ),
    Figure(
        name="wirewatch_jobs",
        help="Jobs that wait (todo) or are being done (doing), by queue.",
        labels=("queue", "status"),
        query="select queue_name, status, count(*) from procrastinate_jobs where status in ('todo', 'doing') group by 1, 2",
    ),
    Figure(
        name="wirewatch_job_oldest_seconds",
        help="Since the oldest of these was queued.",
        labels=("queue", "status"),
        query="""select queue_name, status, extract(epoch from %(now)s - min(at)) from procrastinate_jobs as job
                 join procrastinate_events as event on event.job_id = job.id and event.type = 'deferred'
                 where status in ('todo', 'doing') group by 1, 2""",
    ),
    Figure(
        name="wirewatch_job_success_age_seconds",
        help="Since a job of each kind last ended well; those of a kind that nothing is due for do not run.",
        labels=("job",),
        query="select job, extract(epoch from %(now)s - succeeded_at) from job_result",
    ),
    Figure(
        name="wirewatch_workers",
        help="Workers that gave a sign of life within half a minute.",
        query="select count(*) from procrastinate_workers where last_heartbeat > %(silent)s",
    ),
    Figure(
        name="wirewatch_schedulers",
        help="Schedulers that gave a sign of life within half a minute, by what they do; one leads, others stand by.",
        labels=("state",),
        query=f"""select case when {LEADS} then 'leading' else 'standing by' end, count(*) from member
                 where part <> 'worker' and seen_at > %(silent)s group by 1""",
        always=("leading", "standing by"),
    ),
)
