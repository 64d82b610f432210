"""One embedded Postgres for the whole run, a migrated template in it, and a fresh clone of that for each test that asks."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from hypothesis import settings

from monitor import embedded
from monitor.database import Database
from monitor.migration import migrate
from tests.reactor import reactor

__all__ = ["reactor"]

# A run on several cores sets it to 80, and the console would keep that whatever a test asks for.
os.environ.pop("COLUMNS", None)

# The suite is to end within ten minutes. Slower machines and deeper searches: HYPOTHESIS_MAX_EXAMPLES=1000 make test
settings.register_profile("suite", max_examples=int(os.environ.get("HYPOTHESIS_MAX_EXAMPLES", "40")), deadline=None)
settings.load_profile("suite")

TEMPLATE = "wirewatch_template"
_numbers = count(1)


@pytest.fixture(scope="session")
def server() -> Iterator[embedded.Embedded]:
    """A server of this run's own, gone with all its files at the end."""
    with tempfile.TemporaryDirectory(prefix="wirewatch-test-") as name:
        Path(name).chmod(0o711)  # as root the server runs as another user
        with embedded.start(Path(name)) as running:
            with _administering(running) as connection:
                # What a test loses in a power cut nobody misses.
                for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
                    connection.execute(f"ALTER SYSTEM SET {setting}".encode())
                connection.execute("SELECT pg_reload_conf()")
            yield running


@pytest.fixture(scope="session")
def template(server: embedded.Embedded) -> str:
    """The name of a database with every migration applied."""
    with _administering(server) as connection:
        connection.execute(f"CREATE DATABASE {TEMPLATE}".encode())
    asyncio.run(migrate(_url(server, TEMPLATE)))
    return TEMPLATE


@pytest.fixture
def database_url(server: embedded.Embedded, template: str) -> Iterator[str]:
    """The URL of a fresh migrated database, dropped afterwards."""
    yield from _fresh(server, template)


@pytest.fixture(scope="module")
def shared_database_url(server: embedded.Embedded, template: str) -> Iterator[str]:
    """The URL of a migrated database that the tests of a file share, each with rows of its own."""
    yield from _fresh(server, template)


@pytest.fixture
def empty_database_url(server: embedded.Embedded) -> Iterator[str]:
    """The URL of a fresh database without any of our tables, dropped afterwards."""
    yield from _fresh(server, "template0")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A fresh migrated database, open."""
    opened = await Database.open(database_url)
    yield opened
    await opened.close()


def _fresh(server: embedded.Embedded, template: str) -> Iterator[str]:
    name = f"wirewatch_{os.getpid()}_{next(_numbers)}"
    with _administering(server) as connection:
        # Copying files beats logging every page of a database this small.
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} ".encode())
    yield _url(server, name)
    with _administering(server) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _administering(server: embedded.Embedded) -> psycopg.Connection:
    return psycopg.connect(server.url, autocommit=True)


def _url(server: embedded.Embedded, name: str) -> str:
    return urlsplit(server.url)._replace(path=f"/{name}").geturl()
