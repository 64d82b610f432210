"""A store goes through a file into another Postgres, and is the same there."""

import asyncio
import gzip
import io
import json
import time
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from monitor.cli import cli
from monitor.database import SCHEMA, Database, StoreError, conninfo
from monitor.dump import WORK_TIME, DumpError, dump, load
from monitor.migration import migrate
from monitor.session import IDLE_TIME
from tests.monitor.configured import a_recipient, a_source, write
from tests.monitor.desk import NOON, Clock, a_story, a_watch, an_entry, lists, shows

#: What each connection of ours allows a process that holds a transaction and says nothing.
SILENCE = f"idle_in_transaction_session_timeout={IDLE_TIME.total_seconds():.0f}s"
OLDEST = "0001_the_wire_comes_in_the_digest_goes_out.sql"

OLD_ROWS = b"""
    insert into source (id, began_at, feed, every, next_poll_at) values ('wire', now(), 'https://wire.example.org/', '5 min', now());
    insert into story (source, url, latest, seen_at, news_at, search)
        values ('wire', 'https://wire.example.org/1', 1, now(), now(), to_tsvector('simple', 'dockers strike'));
    insert into revision values
        (1, 1, 'Dockers strike', '{}', '', '{The strike began.}', '{}', null, null, null, 'en', now(), 'minute', null, 'usable', '{}',
         false, now());
    insert into match values (1, 1, 'strike', 'v', '[["headline", 8, 14, "strike"]]', now());
    insert into recipient values ('ann@example.org', now());
    insert into run (recipient, slot, created_at, closed_at) values ('ann@example.org', '2026-01-01', now(), now());
    insert into mail (run, recipient, message_id, bytes, state, created_at)
        values (1, 'ann@example.org', '<1@example.org>', 'Subject: one', 'sent', now());
    insert into due values ('ann@example.org', 1, 1, 'strike', now(), 1, 1);
"""


async def a_busy_store(database: Database, folder: Path) -> None:
    """A story in two versions, told and corrected, one that is still due, and a page that was not read."""
    clock = Clock()
    watch = await a_watch(database, folder, clock=clock)
    for page in await lists(watch, an_entry("one"), an_entry("two", title="Ёлка – “strike” \\ 파업 \U0001f600")):
        await shows(watch, page, a_story(page.url.rpartition("/")[2], headline="Strike: ‘7 % of \\n dockers’ \U0001f600"))
    await watch.tell_now(watch.settings.recipients[0])
    clock.advance(hours=1)
    for page in await lists(watch, an_entry("three"), an_entry("four")):
        if page.url.endswith("three"):
            await shows(watch, page, a_story("three"))


async def an_opened_busy_store(url: str, folder: Path) -> None:
    database = await Database.open(url)
    await a_busy_store(database, folder)
    await database.close()


def contents(url: str) -> dict[str, list[str]]:
    """Every row of every table of ours, as text."""
    with psycopg.connect(url, options=f"-c search_path={SCHEMA} -c timezone=UTC") as connection:
        tables = connection.execute(
            "select tablename from pg_tables where schemaname = %s and tablename <> 'migration' and tablename not like 'procrastinate%%'",
            [SCHEMA],
        ).fetchall()
        return {name: sorted(row for (row,) in connection.execute(f"select t::text from {name} t".encode())) for (name,) in tables}


async def dumped(database: Database) -> bytes:
    file = io.BytesIO()
    await dump(database, file, now=NOON)
    return file.getvalue()


async def test_a_store_is_the_same_after_it_went_through_a_file(
    database: Database, database_url: str, empty_database_url: str, tmp_path: Path
) -> None:
    await a_busy_store(database, tmp_path)

    rows = await load(empty_database_url, SCHEMA, io.BytesIO(await dumped(database)))

    assert contents(empty_database_url) == contents(database_url)
    assert (rows["story"], rows["mail"], rows["due"], rows["entry"]) == (3, 1, 3, 4)


async def test_a_file_that_is_written_slowly_is_waited_for(database_url: str, tmp_path: Path) -> None:
    await an_opened_busy_store(database_url, tmp_path)
    hasty = Database(conninfo(database_url).replace(SILENCE, "idle_in_transaction_session_timeout=300ms"), size=2, statement_time=WORK_TIME)
    assert hasty.target != conninfo(database_url)
    await hasty.pool.open()
    file, waits = io.BytesIO(), iter([0.6])

    try:
        rows = await dump(hasty, file, now=NOON, step=lambda _: time.sleep(next(waits, 0)))
    finally:
        await hasty.close()

    assert rows["story"] == 3


async def test_the_loaded_store_goes_on_where_the_other_stopped(database: Database, empty_database_url: str, tmp_path: Path) -> None:
    await a_busy_store(database, tmp_path)
    await load(empty_database_url, SCHEMA, io.BytesIO(await dumped(database)))
    other = await Database.open(empty_database_url)

    watch = await a_watch(other, tmp_path, clock=Clock(NOON.replace(hour=14)))
    for page in await lists(watch, an_entry("one"), an_entry("three"), an_entry("five")):
        await shows(watch, page, a_story(page.url.rpartition("/")[2]))
    digest = await watch.preview(watch.settings.recipients[0])

    assert sorted(news.story.canonical_url.rpartition("/")[2] for news in digest.news) == ["five", "four", "three"]
    await other.close()


async def an_old_dump(url: str) -> bytes:
    """Of a store as the first release made it, with a row in each table that the promise needs."""
    await migrate(url, last=OLDEST)
    with psycopg.connect(url, options=f"-c search_path={SCHEMA}") as connection:
        connection.execute(OLD_ROWS)
    old = await Database.open(url)
    file = await dumped(old)
    await old.close()
    with psycopg.connect(url) as connection:
        connection.execute(f"drop schema {SCHEMA} cascade".encode())
    return file


async def test_a_dump_of_the_oldest_schema_is_brought_up_to_date(empty_database_url: str) -> None:
    file = await an_old_dump(empty_database_url)

    await load(empty_database_url, SCHEMA, io.BytesIO(file))

    found = {table: len(rows) for table, rows in contents(empty_database_url).items() if rows}
    assert found == dict.fromkeys(("source", "story", "revision", "match", "recipient", "run", "mail", "due"), 1)
    assert await migrate(empty_database_url) == []


async def test_an_old_dump_is_not_loaded_into_a_newer_schema(empty_database_url: str, database_url: str) -> None:
    file = await an_old_dump(empty_database_url)

    with pytest.raises(DumpError, match="its schema is newer than the dump's"):
        await load(database_url, SCHEMA, io.BytesIO(file))


async def test_a_store_in_use_is_left_as_it_is(database: Database, database_url: str, tmp_path: Path) -> None:
    await a_busy_store(database, tmp_path)
    before = contents(database_url)

    with pytest.raises(DumpError, match="this store is in use"):
        await load(database_url, SCHEMA, io.BytesIO(await dumped(database)))

    assert contents(database_url) == before


async def a_changed(database: Database, change: str) -> bytes:
    """A dump that something happened to."""
    whole = await dumped(database)
    lines = gzip.decompress(whole).splitlines(keepends=True)
    match change:
        case "cut off":
            return whole[:-20]
        case "a line missing":
            return gzip.compress(b"".join(lines[:3] + lines[4:]))
        case "without its end":
            return gzip.compress(b"".join(lines[:-1]))
        case "no JSON":
            return gzip.compress(b"".join(lines[:3]) + b"{\n")
        case "nested":
            return gzip.compress(b"".join(lines[:3]) + b"[" * 200_000)
        case "a strange table":
            return gzip.compress(lines[0] + b'["pg_class", {"oid": 1}]\n' + lines[-1])
        case "a foreign row":
            return gzip.compress(
                lines[0] + b'["due", {"recipient": "eve", "story": 7, "revision": 1, "rule": "x"}]\n{"rows": {"due": 1}}\n'
            )
        case "newer":
            head = json.loads(lines[0])
            return gzip.compress(json.dumps(head | {"migrations": [*head["migrations"], "9999_later.sql"]}).encode() + b"\n")
        case "another format":
            return gzip.compress(b'{"kind": "wirewatch dump", "format": 2}\n')
        case "empty":
            return b""
        case _:
            return b"PK\x03\x04 this is a zip"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("cut off", "cut off"),
        ("a line missing", "not whole"),
        ("without its end", "not whole"),
        ("no JSON", "line 4 of the dump is no JSON"),
        ("nested", "line 4 of the dump is nested too deeply"),
        ("a strange table", "line 2 of the dump is no row of a table"),
        ("a foreign row", "Postgres refused"),
        ("newer", "newer than this wirewatch: it has 9999_later.sql"),
        ("another format", "format 2, this wirewatch reads 1"),
        ("empty", "no dump of wirewatch"),
        ("something else", "no dump of wirewatch"),
    ],
)
async def test_a_file_that_is_no_whole_dump_leaves_nothing(
    database: Database, empty_database_url: str, tmp_path: Path, change: str, message: str
) -> None:
    await a_busy_store(database, tmp_path)

    with pytest.raises(StoreError, match=message):
        await load(empty_database_url, SCHEMA, io.BytesIO(await a_changed(database, change)))

    await migrate(empty_database_url)
    assert not any(contents(empty_database_url).values())


def test_the_commands_dump_and_load(database_url: str, empty_database_url: str, tmp_path: Path) -> None:
    asyncio.run(an_opened_busy_store(database_url, tmp_path))
    config = write(tmp_path, a_source() + a_recipient())
    file = tmp_path / "all.dump"
    file.with_name("all.dump.part").touch(0o644)  # of one that was cut short

    done = [
        CliRunner().invoke(cli, [command, str(file), "--config", str(config)], env={"WIREWATCH_DATABASE_URL": url})
        for command, url in (("dump", database_url), ("load", empty_database_url))
    ]

    assert [each.exit_code for each in done] == [0, 0], [each.output for each in done]
    assert "3 stories, 1 mails" in done[1].output
    assert [(path.name, path.stat().st_mode & 0o777) for path in tmp_path.glob("all.dump*")] == [("all.dump", 0o600)]
    assert contents(empty_database_url) == contents(database_url)
