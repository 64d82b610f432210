"""monitor.postgres: one look at a real server, and through a pooler."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from desk import NOON
from pooling import pooled

from monitor.clock import now
from monitor.database import StoreError
from monitor.migration import MIGRATIONS
from monitor.postgres import look

#: Who may log in and nothing else, and whom an administrator of another's schema is.
CLERK = "wirewatch_clerk"


@pytest.fixture
def clerk_url(empty_database_url: str) -> Iterator[str]:
    """The URL of an empty database for a user with no rights in it."""
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {CLERK} LOGIN".encode())
        yield empty_database_url + ("&" if "?" in empty_database_url else "?") + f"user={CLERK}"
        connection.execute(f"DROP OWNED BY {CLERK}".encode())
        connection.execute(f"DROP ROLE {CLERK}".encode())


async def test_a_store_of_ours_is_up_to_date_and_its_clock_is_ours(database_url: str) -> None:
    found = await look(database_url, "wirewatch", now)

    assert abs(found.ahead) < timedelta(seconds=1)
    assert (found.encoding, found.is_standby, found.is_shared, found.keeps_options) == ("UTF8", False, False, True)
    assert (found.has_schema, found.may_create, found.owners, found.unapplied) == (True, True, (), ())


async def test_a_server_that_takes_no_writes_by_default_is_seen(database_url: str) -> None:
    found = [await look(f"{database_url}{more}", "wirewatch", now) for more in ("", "&options=-cdefault_transaction_read_only%3Don")]

    assert [each.is_read_only for each in found] == [False, True]


async def test_how_far_its_clock_is_ahead_goes_by_ours(database_url: str) -> None:
    found = await look(database_url, "wirewatch", lambda: NOON)

    assert abs(found.ahead - (datetime.now(UTC) - NOON)) < timedelta(seconds=5)


async def test_an_empty_database_has_no_schema_and_nothing_is_made(empty_database_url: str) -> None:
    first, second = [await look(empty_database_url, "wirewatch", now) for _ in range(2)]

    assert replace(first, ahead=second.ahead) == second
    assert (first.has_schema, first.may_create_schema, first.may_create, first.unapplied) == (False, True, False, ())


async def test_a_user_without_rights_is_seen(clerk_url: str, empty_database_url: str) -> None:
    nothing = await look(clerk_url, "wirewatch", now)
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute(b"CREATE SCHEMA wirewatch")
        there = await look(clerk_url, "wirewatch", now)
        connection.execute(f"GRANT USAGE, CREATE ON SCHEMA wirewatch TO {CLERK}".encode())
        connection.execute(b"CREATE TABLE wirewatch.migration (name text, sha256 bytea)")
        another = await look(clerk_url, "wirewatch", now)
        connection.execute(f"ALTER TABLE wirewatch.migration OWNER TO {CLERK}".encode())
        ours = await look(clerk_url, "wirewatch", now)

    seen = [(each.has_schema, each.may_create_schema, each.may_create, len(each.owners)) for each in (nothing, there, another, ours)]
    assert seen == [(False, False, False, 0), (True, False, False, 0), (True, False, True, 1), (True, False, True, 0)]
    assert (nothing.user, another.unapplied) == (CLERK, ())
    assert len(ours.unapplied) > len(list(MIGRATIONS.glob("*.sql")))


async def test_a_schema_that_is_newer_than_we_are_is_an_error(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(b"INSERT INTO wirewatch.migration (name, sha256) VALUES ('9999_later.sql', '')")

    with pytest.raises(StoreError, match=r"newer than this program: it has 9999_later\.sql"):
        await look(database_url, "wirewatch", now)


async def test_a_pooler_in_transaction_mode_is_found_out_by_the_process_that_two_connections_share(database_url: str) -> None:
    async with pooled(database_url) as url:
        found = await look(url, "wirewatch", now)

    assert found.is_shared


async def test_a_pooler_in_session_mode_is_well_though_it_takes_no_options(database_url: str) -> None:
    async with pooled(database_url, keeps_session=True) as url:
        found = await look(url, "wirewatch", now)

        with pytest.raises(StoreError, match="unsupported startup parameter: options"):
            await look(f"{url}?options=-c%20geqo%3Doff", "wirewatch", now)

    assert (found.is_shared, found.keeps_options, found.unapplied) == (False, True, ())
