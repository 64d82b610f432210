"""Behind the pooler that is met most, where it is installed: in session mode wirewatch works, in transaction mode it says what to do."""

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from monitor.clock import now
from monitor.database import Database, StoreError
from monitor.migration import migrate
from monitor.postgres import look

PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")

pytestmark = pytest.mark.skipif(not PGBOUNCER, reason="pgbouncer is not installed (Debian: package pgbouncer)")


@contextmanager
def bounced(url: str, folder: Path, *settings: str) -> Iterator[str]:
    """The URL of a pgbouncer before a Postgres."""
    parts, given = urlsplit(url), parse_qs(urlsplit(url).query)
    user = parts.username or given.get("user", ["postgres"])[0]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (folder / "users").write_text(f'"{user}" ""\n')
    (folder / "pgbouncer.ini").write_text(
        "\n".join(
            [
                "[databases]",
                f"* = host={given['host'][0]} port={given.get('port', ['5432'])[0]}",
                "[pgbouncer]",
                "listen_addr = 127.0.0.1",
                f"listen_port = {port}",
                "unix_socket_dir =",
                "auth_type = trust",
                f"auth_file = {folder}/users",
                *settings,
            ]
        )
    )
    owner = Path(given["host"][0]).stat().st_uid
    for path in (folder, *folder.iterdir()):
        shutil.chown(path, owner)
    # It refuses to be root; on the way to its folder may be one of root's alone.
    if os.geteuid() == 0 and owner:
        subprocess.run(["chmod", "o+x", *map(str, [*folder.parents][:-2])], check=True)
    command = [str(PGBOUNCER), "-q", *(["-u", pwd.getpwuid(owner).pw_name] if os.geteuid() == 0 else []), str(folder / "pgbouncer.ini")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as pooler:
        try:
            _await(port)
            yield f"postgresql://{user}@127.0.0.1:{port}{parts.path}"
        finally:
            pooler.terminate()


def _await(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("pgbouncer does not start")


@pytest.mark.parametrize("ignored", [[], ["ignore_startup_parameters = options"]])
async def test_in_session_mode_every_table_is_in_our_schema(empty_database_url: str, tmp_path: Path, ignored: list[str]) -> None:
    with bounced(empty_database_url, tmp_path, "pool_mode = session", *ignored) as url:
        await migrate(url)
        database = await Database.open(url)
        async with database.connection() as connection:
            kept = await (await connection.execute("select current_setting('statement_timeout'), current_setting('timezone')")).fetchone()
        await database.close()
        found = await look(url, "wirewatch", now)

    with psycopg.connect(empty_database_url) as admin:
        made = admin.execute("select distinct schemaname from pg_tables where schemaname in ('public', 'wirewatch')").fetchall()
    assert (made, kept) == ([("wirewatch",)], ("30s", "UTC"))
    assert (found.is_shared, found.keeps_options, found.unapplied) == (False, True, ())


async def test_in_transaction_mode_nothing_is_made(empty_database_url: str, tmp_path: Path) -> None:
    with bounced(empty_database_url, tmp_path, "pool_mode = transaction") as url:
        with pytest.raises(StoreError, match="pool_mode = session"):
            await migrate(url)
        found = await look(url, "wirewatch", now)

    with psycopg.connect(empty_database_url) as admin:
        assert admin.execute("select tablename from pg_tables where schemaname in ('public', 'wirewatch')").fetchall() == []
    assert found.is_shared
