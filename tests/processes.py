"""`wirewatch` as its users run it: real processes in a folder of their own, watched through Postgres, their outbox and stderr."""

import contextlib
import email
import email.policy
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import psutil
import psycopg

from monitor import embedded
from monitor.database import conninfo
from monitor.postmaster import MAJOR, POSTGRES_VERSIONS
from spiders.demo import Answer, DemoWire
from spiders.demowire.outlets import Article, Outlet

COMMAND = (sys.executable, "-m", "monitor")
READERS = ("ann@example.org",)


class LongWire(DemoWire):
    """The demo wire with each of its stories ``copies`` times, so that there is something to interrupt."""

    def __init__(self, began: datetime, *, copies: int) -> None:
        super().__init__(began)
        self.began = began
        editions: tuple[Literal[1, 2], ...] = (1, 2)
        self._outlets = dict[int, tuple[Outlet, ...]]()
        for self.edition in editions:
            self._outlets[self.edition] = tuple(_longer(outlet, copies) for outlet in super().outlets)
        self.edition = 1
        #: What other paths answer.
        self.more: dict[str, Answer] = {}

    def answer(self, path: str) -> Answer:
        return self.more.get(path) or super().answer(path)

    @property
    def outlets(self) -> tuple[Outlet, ...]:
        return self._outlets[self.edition]


def _longer(outlet: Outlet, copies: int) -> Outlet:
    def copy(article: Article, number: int) -> Article:
        # Numbered: below one and the same headline a corrected story would be taken for the correction of another.
        return replace(article, id=f"{article.id}-{number}", headline=f"{article.headline} {number}" if copies > 1 else article.headline)

    return replace(outlet, articles=tuple(copy(article, number) for number in range(copies) for article in outlet.articles))


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What a process said, and how it left."""

    code: int
    out: str
    err: str


class Running:
    """A process that runs; killed at the end of the ``with`` block, should it still be there."""

    def __init__(self, command: Iterable[str], folder: Path, environment: dict[str, str]) -> None:
        self._err = tempfile.NamedTemporaryFile(dir=folder, prefix="stderr-")  # noqa: SIM115
        self.process = subprocess.Popen(
            [*command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._err.fileno(),
        )

    def said(self) -> str:
        """Its standard error so far."""
        return Path(self._err.name).read_text(errors="replace")

    def children(self) -> list[psutil.Process]:
        """Its readers, and whatever else it started; not the embedded Postgres, which leaves its family at once."""
        with contextlib.suppress(psutil.NoSuchProcess):
            return psutil.Process(self.process.pid).children(recursive=True)
        return []

    def leaves(self, signum: int = signal.SIGTERM) -> tuple[int, float]:
        """Send a signal; with which code it left, after how many seconds."""
        began = time.monotonic()
        self.process.send_signal(signum)
        code = self.process.wait(60)
        return code, time.monotonic() - began

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None) -> None:
        self.process.kill()
        self.process.wait()
        if exc:
            print(self.said(), file=sys.stderr)  # pytest shows it with the failure
        self._err.close()


@dataclass
class Desk:
    """A folder with a configuration over a demo wire, a data folder and a store."""

    folder: Path
    wire: LongWire
    #: None: the embedded Postgres below the data folder.
    database_url: str | None = None
    environment: dict[str, str] = field(default_factory=dict)
    #: What starts each command: a program that shuts it in, with its arguments.
    under: tuple[str, ...] = ()

    @property
    def file(self) -> Path:
        return self.folder / "wirewatch.toml"

    @property
    def outbox(self) -> Path:
        return self.folder / "data" / "outbox"

    def configure(self, text: str = "", **given: Any) -> str:
        """Save wirewatch.toml as an editor does, by renaming; what it now says."""
        text = text or configuration(self.wire, **given)
        new = self.file.with_suffix(".new")
        new.write_text(text, encoding="utf-8")
        new.rename(self.file)
        return text

    def run(self, *arguments: str, input: str = "") -> Ended:
        """Run a command to its end."""
        done = subprocess.run(
            [*self.under, *COMMAND, *arguments],
            cwd=self.folder,
            env=self._environ(),
            input=input,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        return Ended(code=done.returncode, out=done.stdout, err=done.stderr)

    def pipe(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start a command whose output is read as it comes."""
        pipe = subprocess.PIPE
        return subprocess.Popen([*COMMAND, *arguments], cwd=self.folder, env=self._environ(), stdout=pipe, stderr=pipe, text=True)

    def start(self, *arguments: str) -> Running:
        """Start a command that goes on."""
        return Running([*self.under, *COMMAND, *arguments], self.folder, self._environ())

    def _environ(self) -> dict[str, str]:
        told = {"WIREWATCH_DATABASE_URL": self.database_url} if self.database_url else {}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("WIREWATCH_")}
        here = {"HOME": str(self.folder), "WIREWATCH_DATA_DIR": str(self.folder / "data"), "COLUMNS": "200"}
        return inherited | here | told | self.environment

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What the store says, or was told; never the embedded one while a process uses it, for who joins in counts as one."""
        if self.database_url:
            return _rows(self.database_url, query, values)
        with embedded.start(self.folder / "data") as server:
            return _rows(server.url, query, values)

    def ask_for_digests(self) -> None:
        """Let each reader's digest be due now, as after a worker that died before it wrote it."""
        self.rows("insert into run (recipient, created_at, claimed_until) select email, now(), now() - interval '1 second' from recipient")

    def lapse(self) -> None:
        """Let 45 seconds go by for the claims of the dead, and two minutes for the mails."""
        self.rows("update source set claimed_until = now() where claimed_by is not null")
        self.rows("update run set claimed_until = now() where closed_at is null")
        self.rows("update mail set next_try_at = now() where state = 'sending'")

    def mails(self) -> list[EmailMessage]:
        """The messages in the outbox folder."""
        return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in sorted(self.outbox.glob("*.eml"))]

    def told(self) -> Counter[tuple[str, str]]:
        """How often the digests told each (reader, story's address)."""
        digests = [message for message in self.mails() if "In-Reply-To" not in message]
        lines = ((str(message["To"]), line) for message in digests for line in _text(message).splitlines())
        return Counter((reader, line) for reader, line in lines if line.startswith(self.wire.url))

    def owed(self) -> Counter[tuple[str, str]]:
        """Each (reader, story's address) that is to be told, by what the wire itself knows of its stories; archive is not."""
        readers = [email for (email,) in self.rows("select email from recipient")]
        news = self.wire.began - timedelta(days=1)
        stories = [self.wire.url + each.path for each in articles(self.wire) if each.rules and each.published_at > news]
        return Counter((reader, story) for reader in readers for story in stories)


def articles(wire: DemoWire) -> list[Article]:
    """Every story of a wire."""
    return [article for outlet in wire.outlets for article in outlet.articles]


def configuration(
    wire: DemoWire,
    *,
    sources: Iterable[str] | None = None,
    every: str = "1s",
    readers: Iterable[str] = READERS,
    rules: str = '["dprk", "anniversary"]',
    digest: str = "hourly",
    head: str = "",
    more: str = "",
) -> str:
    """A wirewatch.toml over the outlets of a wire, all of them or those named; that two carry one copy is told of each."""
    outlets = {outlet.id: outlet for outlet in wire.outlets}
    lines = [head, '[fetch]\nallow = ["127.0.0.0/8"]']
    for id in outlets if sources is None else sources:
        zone, country = outlets[id].zone, outlets[id].country
        source = (f'id = "{id}"', f'feed = "{wire.feeds[id]}"', f'every = "{every}"', f'timezone = "{zone}"', f'country = "{country}"')
        lines.append("\n".join(["[[source]]", *source, "copies = false"]))
    lines += [f'[[recipient]]\nemail = "{reader}"\nrules = {rules}\ndigest = "{digest}"' for reader in readers]
    return "\n".join([*lines, more, ""])


@contextmanager
def a_desk(database_url: str | None = None, *, copies: int = 1, slow: float = 0) -> Iterator[Desk]:
    """A desk over a wire of its own, configured to watch all of it; gone with all its files at the end."""
    # Not tmp_path: pytest's is private, and root's embedded server runs as another user.
    with tempfile.TemporaryDirectory(prefix="wirewatch-test-") as name, LongWire(datetime.now(UTC), copies=copies) as wire:
        Path(name).chmod(0o711)
        wire.slow = slow
        desk = Desk(folder=Path(name), wire=wire, database_url=database_url)
        desk.configure()
        yield desk


def programs(name: str) -> str | None:
    """One of the programs that come with the embedded Postgres; None where it is missing."""
    found = POSTGRES_VERSIONS[MAJOR] / name
    return str(found) if found.exists() else None


def wait_until(true: Callable[[], Any], seconds: float = 60) -> Any:
    """Wait until something is true, and return it; fail after so many seconds."""
    deadline = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)
    return found


def gone(processes: list[psutil.Process], seconds: float = 5) -> bool:
    """Whether these processes have left, within so many seconds; one that only waits to be noted by its parent has."""

    def left(process: psutil.Process) -> bool:
        with contextlib.suppress(psutil.NoSuchProcess):
            return process.status() == psutil.STATUS_ZOMBIE
        return True

    deadline = time.monotonic() + seconds
    while not (all_left := all(map(left, processes))) and time.monotonic() < deadline:
        time.sleep(0.05)
    return all_left


def _rows(url: str, query: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
    with psycopg.connect(conninfo(url), autocommit=True) as connection:
        cursor = connection.execute(query.encode(), values)
        return cursor.fetchall() if cursor.description is not None else []


def _text(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())
