"""monitor.metrics: what /metrics and /health say of a store, whether the alert rules know it, and what it costs."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from desk import NOON, WIRE, Clock, a_rule, a_story, a_watch, an_entry, arrives, comes_in, lists, rows
from starlette.types import Message

from monitor import heartbeat
from monitor.database import Connection, Database
from monitor.exposition import text
from monitor.metrics import FIGURES, Figure, figures, process, store_up
from monitor.watch import Watch
from monitor.web.app import application

ALERTS = yaml.safe_load((Path(__file__).parents[2] / "deploy" / "alerts.yml").read_text("utf-8"))


@pytest.fixture
async def watch(database: Database, tmp_path: Path) -> AsyncIterator[Watch]:
    yield await a_watch(database, tmp_path, clock=Clock(NOON + timedelta(minutes=10)), rules=[a_rule("strike")])


async def measured(watch: Watch) -> dict[str, float]:
    """Each sample of the store, by name and labels."""
    async with watch.database.connection() as connection:
        page = text(await figures(connection, watch.settings, now=watch.clock()))
    samples = (line.rpartition(" ") for line in page.splitlines() if not line.startswith("#"))
    return {name.removeprefix("wirewatch_"): float(value) for name, _, value in samples}


async def test_an_empty_store_has_its_figures_at_nothing(watch: Watch) -> None:
    found = await measured(watch)

    assert {name: value for name, value in found.items() if value and not name.startswith("disk")} == {'sources{state="ok"}': 1}
    assert {'outbox_mails{state="queued"}', 'polls_last_day{result="failed"}', "workers", "poll_overdue_seconds"} <= found.keys()


async def test_stories_are_measured_from_publication_to_store_to_mail(watch: Watch) -> None:
    await lists(watch, an_entry("old"))  # what the first list of a source has is its backlog
    await arrives(watch, a_story())
    assert await watch.tell_now(watch.settings.recipients[0], None)
    await rows(watch, "update mail set sent_at = due.created_at + interval '20 s' from due where due.mail = mail.id returning 1")

    found = await measured(watch)

    assert found['stories_last_hour{outcome="new"}'] == 1
    assert found['published_to_stored_seconds{quantile="0.95"}'] == 600
    assert found['stored_to_mailed_seconds{kind="digest",quantile="0.5"}'] == 20
    assert found['published_to_mailed_seconds{kind="digest",quantile="0.95"}'] == 620
    assert found['mails_last_day{state="sent"}'] == 1


async def test_the_outbox_is_counted_by_state_and_age(watch: Watch) -> None:
    put = "insert into mail (recipient, message_id, bytes, state, next_try_at, created_at) values ('a', %s, '', %s, %s, %s) returning 1"
    for number, state in enumerate(["queued", "queued", "unknown"]):
        await rows(watch, put, str(number), state, NOON, NOON - timedelta(minutes=number))

    found = await measured(watch)

    assert [found[f'outbox_mails{{state="{state}"}}'] for state in ("queued", "sending", "unknown")] == [2, 0, 1]
    assert [found[f'outbox_oldest_seconds{{state="{state}"}}'] for state in ("queued", "sending", "unknown")] == [660, 0, 720]


async def test_sources_are_counted_by_state_and_named_while_not_ok(watch: Watch) -> None:
    opened = "insert into outage (source, state, began_at, noticed_at, detail) values (%s, %s, %s, %s, '') returning 1"
    await rows(watch, opened, WIRE.id, "quiet", NOON, NOON)
    await rows(watch, opened, WIRE.id, "failing", NOON, NOON)

    found = await measured(watch)

    assert (found['sources{state="failing"}'], found['sources{state="ok"}'], found['sources{state="quiet"}']) == (1, 0, 0)
    assert found['source_trouble_seconds{source="wire",state="quiet"}'] == 600


async def test_polls_that_nobody_does_are_seen_by_their_age(watch: Watch) -> None:
    await rows(watch, "update source set next_poll_at = %s, succeeded_at = %s returning 1", NOON, NOON - timedelta(hours=1))
    queued = "insert into procrastinate_jobs (queue_name, task_name) values ('collect', 'collect') returning id"
    [(job,)] = await rows(watch, queued)
    await rows(watch, "update procrastinate_events set at = %s where job_id = %s returning 1", NOON, job)

    found = await measured(watch)

    assert (found["poll_overdue_seconds"], found["last_poll_age_seconds"]) == (600, 4200)
    assert found['jobs{queue="collect",status="todo"}'] == 1
    assert found['job_oldest_seconds{queue="collect",status="todo"}'] == 600


@pytest.mark.parametrize(("every", "minutes"), [("1 hour", 170), ("1 hour", 190), ("2 minutes", 4), ("2 minutes", 14)])
@pytest.mark.parametrize("when", ["succeeded_at = %s", "succeeded_at = null, began_at = %s"])
async def test_no_poll_succeeds_by_the_pace_that_a_source_has_as_health_sees_it(watch: Watch, every: str, minutes: int, when: str) -> None:
    await rows(watch, f"update source set every = %s, {when} returning 1", every, NOON - timedelta(minutes=minutes))

    found = await measured(watch)
    async with watch.database.connection() as connection:
        said = heartbeat.trouble(await heartbeat.pulse(connection), now=watch.clock())

    assert found["last_poll_age_ratio"] == (minutes + 10) / (180 if every == "1 hour" else 15)
    assert (found["last_poll_age_ratio"] > 1) == bool(said)
    assert found["last_poll_age_seconds"] == (minutes + 10) * 60


async def test_schedulers_are_counted_by_what_they_do_while_they_live(watch: Watch) -> None:
    joined = """insert into member (id, machine, pid, version, part, began_at, seen_at, leads, jobs, batches)
                values (gen_random_uuid(), 'vm', 1, '1', %s, %s, %s, %s, '{}', '{}') returning 1"""
    now, gone = watch.clock(), watch.clock() - timedelta(minutes=1)
    for part, seen_at, leads in [("scheduler", gone, True), ("run", now, True), ("scheduler", now, False), ("worker", now, False)]:
        await rows(watch, joined, part, NOON, seen_at, leads)

    found = await measured(watch)

    assert [found[f'schedulers{{state="{state}"}}'] for state in ("leading", "standing by")] == [1, 1]


async def test_no_figure_carries_an_address(watch: Watch) -> None:
    await comes_in(watch, a_story())
    await watch.tell_now(watch.settings.recipients[0], None)

    async with watch.database.connection() as connection:
        page = text([*await figures(connection, watch.settings, now=watch.clock()), *process()])

    assert "wirewatch_" in page and "@" not in page


def test_every_metric_that_an_alert_names_is_there() -> None:
    known = {figure.name: figure for figure in FIGURES}
    names = {*known, "wirewatch_disk_free_bytes", store_up(True).name}
    rules = [rule for group in ALERTS["groups"] for rule in group["rules"]]

    for rule in rules:
        assert rule.keys() - {"for"} == {"alert", "expr", "labels", "annotations"}
        for name, labels in re.findall(r"\b(wirewatch_\w+|up)\b(?:\{([^}]*)\})?", rule["expr"]):
            assert name in {*names, "up"}, rule["alert"]
            said = dict(re.findall(r'(\w+)[!=~]+"([^"]*)"', labels))
            assert set(said) <= {*(known[name].labels if name in known else ()), *(["job"] if name == "up" else [])}
            if name in known and known[name].always:
                assert {state for value in said.values() for state in value.split("|")} <= set(known[name].always)
    assert len({rule["alert"] for rule in rules}) == len(rules)


#: Old rows in the tables that grow; each table has hundreds of pages then.
OLD = """
with listed as (
    insert into entry (source, guid, url, title, summary, body, hash, backlog, state, seen_at)
    select 'wire', n::text, n::text, repeat('x', 60), '', '', '', false, 'read', %(old)s from generate_series(1, 20000) as n returning id
), seen as (
    insert into sighting (entry, source, at, outcome, settled_at)
    select id, 'wire', %(old)s - id * interval '1 minute', 'new', %(old)s from listed
), stored as (
    insert into story (source, url, latest, seen_at, news_at, fresh_until)
    select 'wire', 'https://wire.example.org/' || n, 1, %(old)s - n * interval '1 minute', %(old)s, %(old)s
    from generate_series(1, 20000) as n
), polled as (
    insert into account (source, hour) select 'wire', %(old)s - n * interval '1 hour' from generate_series(1, 20000) as n
)
insert into mail (recipient, message_id, bytes, state, created_at, sent_at)
select 'ann@example.org', n::text, '', 'sent', %(old)s, %(old)s - n * interval '1 minute' from generate_series(1, 20000) as n
"""


async def test_no_figure_reads_a_whole_table_that_grows(watch: Watch) -> None:
    given = dict.fromkeys(("now", "hour", "day", "silent"), NOON) | {"stories": 2000, "mails": 500}
    async with watch.database.connection() as connection:
        await connection.execute(OLD.encode(), {"old": NOON - timedelta(days=30)})
        await connection.execute("analyze")
        read = {figure.name: await _pages(connection, figure, given) for figure in FIGURES}

    assert {name: pages for name, pages in read.items() if pages > 40} == {}


async def _pages(connection: Connection, figure: Figure, given: dict[str, object]) -> int:
    """Pages of tables and indexes that its query looks at."""
    cursor = await connection.execute(f"explain (analyze, buffers, format json) {figure.query}".encode(), given)
    [[[told]]] = await cursor.fetchall()
    return int(told["Plan"]["Shared Hit Blocks"] + told["Plan"]["Shared Read Blocks"])


# -- health


async def ask(watch: Watch, path: str) -> tuple[int, str]:
    """What the application answers to a GET."""
    said: list[Message] = []

    async def send(message: Message) -> None:
        said.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"", "headers": [], "root_path": ""}
    await application(watch)(scope, receive, send)
    return said[0]["status"], b"".join(each.get("body", b"") for each in said).decode()


async def test_a_store_whose_polls_and_mails_move_is_well(watch: Watch) -> None:
    await lists(watch)

    assert await ask(watch, "/health") == (200, "All is well.\n")


async def test_it_is_not_well_while_nothing_was_polled(watch: Watch) -> None:
    new = await ask(watch, "/health")
    assert isinstance(watch.clock, Clock)
    watch.clock.advance(minutes=16)
    late = await ask(watch, "/health")
    await lists(watch)
    watch.clock.advance(minutes=16)

    assert [new, late, await ask(watch, "/health")] == [
        (200, "All is well.\n"),
        *[(503, "Not well: no source was polled with success.\n")] * 2,
    ]


async def test_it_is_not_well_while_mail_is_stuck(watch: Watch) -> None:
    await lists(watch)
    put = "insert into mail (recipient, message_id, bytes, next_try_at, created_at) values ('a', '1', '', %s, %s) returning 1"
    await rows(watch, put, watch.clock(), watch.clock() - timedelta(minutes=16))

    assert await ask(watch, "/health") == (503, "Not well: no mail goes out, one waits since 2026-11-23 11:54 UTC.\n")


async def test_while_postgres_is_away_health_says_so_and_metrics_are_those_of_the_process(watch: Watch) -> None:
    there = await ask(watch, "/metrics")
    await watch.database.close()

    assert await ask(watch, "/health") == (503, "Not well: the store does not answer.\n")
    status, page = await ask(watch, "/metrics")
    assert (status, "wirewatch_store_up 0\n" in page, "wirewatch_sources{" in page, "process_resident_memory_bytes " in page) == (
        *(200, True, False, True),
    )
    assert (there[0], "wirewatch_store_up 1\n" in there[1], 'wirewatch_sources{state="ok"} 1\n' in there[1]) == (200, True, True)
