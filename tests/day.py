"""`make day`: days on which clocks change, in fast time, with the daemon killed over and over; the suite does one of them.

What is real: Postgres, the schedule's tick, the queue and its worker, the store, the digests, the outbox, and the kills: the process is
forked, and ended by kill -9 wherever it is. What is not: the clock, which goes half an hour a step and stands still while nobody lives,
and the wire, whose stories are handed to ``Watch.keep`` as if polled.
"""

import asyncio
import email
import email.policy
import multiprocessing
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from ctypes import c_double
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import cycle, islice, product
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from procrastinate import PsycopgConnector

from alerts.recipient import DigestTime, Recipient
from monitor import claims, embedded, jobs
from monitor.database import Database, conninfo
from monitor.migration import migrate
from monitor.schedule import Schedule
from monitor.watch import Watch
from tests.monitor.desk import a_rule, a_story, a_visit, arrives, settings, text

#: (day, zone): both changes of the clock in three zones, of which one changes by half an hour, and a leap day.
DAYS = (
    (date(2026, 3, 8), "America/New_York"),
    (date(2026, 11, 1), "America/New_York"),
    (date(2026, 3, 29), "Europe/Berlin"),
    (date(2026, 10, 25), "Europe/Berlin"),
    (date(2026, 10, 4), "Australia/Lord_Howe"),
    (date(2026, 4, 5), "Australia/Lord_Howe"),
    (date(2028, 2, 29), "UTC"),
)
ZONES = (
    *("America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "UTC", "Asia/Seoul", "Asia/Kolkata", "Asia/Kathmandu"),
    *("America/St_Johns", "Pacific/Auckland", "America/Los_Angeles", "Europe/London", "Pacific/Apia"),
)
#: Among them times that a changing clock skips, or shows twice; each zone gets some of them.
TIMES = ("02:30", "01:30", "hourly", "02:15", "07:00", "00:00", "23:45", "07:00 mon-fri")
STEP = timedelta(minutes=30)
#: Seconds that a process lives at most while there are kills left.
LONGEST = 1.5
#: Before the end nobody is killed for so long: the claims of the dead lapse until then.
PEACE = timedelta(hours=2)


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    """A local day with two hours around it, those who read then, and what comes in."""

    start: datetime
    end: datetime
    readers: tuple[Recipient, ...]

    @classmethod
    def around(cls, day: date, zone: str, readers: int = 40) -> "Day":
        local = datetime.combine(day, datetime.min.time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)
        people = enumerate(islice(cycle(zip(cycle(ZONES), _shuffled(TIMES), strict=False)), readers))
        return cls(
            start=local - timedelta(hours=2, minutes=10),
            end=local + timedelta(hours=27),
            readers=tuple(_reader(number, *said) for number, said in people),
        )

    def stories(self, now: datetime) -> list[str]:
        """The names of those that came in by ``now``, one every 20 minutes."""
        return [f"n{number}" for number in range(int((now - self.start) / timedelta(minutes=20)))]

    def slots(self, reader: Recipient, until: datetime) -> set[str]:
        """The slots that are a reader's, found minute by minute on a clock on the wall of their zone: independent of ``DigestTime``."""
        found, at = set[str](), self.start
        while at <= until:
            local = at.astimezone(reader.timezone)
            if reader.digest.at is None:
                found |= {f"{at:%Y-%m-%dT%HZ}"} if at.minute == 0 else set()
            elif local.time() >= reader.digest.at and local.weekday() in reader.digest.days and self._began(reader, local.date()):
                found.add(local.date().isoformat())
            at += timedelta(minutes=1)
        return found

    def _began(self, reader: Recipient, day: date) -> bool:
        """Whether a day's slot lies after the start: before it nobody is owed any."""
        began = self.start.astimezone(reader.timezone)
        assert reader.digest.at
        return day > began.date() or began.time() < reader.digest.at


def _shuffled(times: tuple[str, ...]) -> Iterator[str]:
    """The times over and over, each round beginning with another, so that every zone meets several."""
    for number in range(1000):
        turn = number % len(times)
        yield from times[turn:] + times[:turn]


def _reader(number: int, zone: str, digest: str) -> Recipient:
    rules = (("strike",), ("ferry",), ("strike", "ferry"))[number % 3]
    return Recipient(email=f"reader{number}@example.org", rules=rules, digest=DigestTime.parse(digest), timezone=ZoneInfo(zone))


def headline(story: str) -> str:
    """Every third story is of both rules."""
    return ("Dockers strike", "New ferry sails", "Strike stops ferry")[int(story[1:]) % 3] + f" {story}"


def owed(reader: Recipient, story: str) -> bool:
    """Whether a reader is to be told a story, by what it says."""
    return any(rule in headline(story).casefold() for rule in reader.rules)


async def live(url: str, folder: Path, day: Day, clock: Any, step: timedelta) -> None:
    """Be the daemon until the day is over, or somebody ends us."""
    database = await Database.open(url, size=4)

    def now() -> datetime:
        return datetime.fromtimestamp(clock.value, UTC)

    rules = (a_rule("strike"), a_rule("ferry"))
    watch = Watch(database=database, settings=settings(folder, rules=rules, readers=day.readers), clock=now)
    await watch.configure()
    with jobs.app.replace_connector(PsycopgConnector()):
        async with jobs.app.open_async(database.pool):
            schedule = Schedule(watch)
            while now() <= day.end:
                await _poll(watch, day.stories(now())[-4:])  # as a list that still shows what it showed before
                await schedule.tick(now())
                context = {"watch": watch}
                await jobs.app.run_worker_async(queues=["tell"], wait=False, install_signal_handlers=False, additional_context=context)
                clock.value += step.total_seconds()
    await database.close()


async def _poll(watch: Watch, stories: list[str]) -> None:
    for story in stories:
        await arrives(watch, a_story(story, headline=headline(story), body="It is so.", published_at=watch.clock()))
    async with watch.database.connection() as connection:
        await claims.take_due(connection, by="poll", now=watch.clock())
        await claims.release(connection, [a_visit(began_at=watch.clock())], by="poll", now=watch.clock())


def _live(url: str, folder: Path, day: Day, clock: Any, step: timedelta) -> None:
    asyncio.run(live(url, folder, day, clock, step))


def spend(url: str, folder: Path, day: Day, kills: int, *, step: timedelta = STEP) -> Counter[str]:
    """Let the day go by, with so many kills at random moments; what was under way at them. The promise is asserted."""
    processes, clock = multiprocessing.get_context("fork"), multiprocessing.get_context("fork").RawValue(c_double, day.start.timestamp())
    found: Counter[str] = Counter()
    while True:
        daemon = processes.Process(target=_live, args=(url, folder, day, clock, step))
        daemon.start()
        daemon.join(random.uniform(0.2, LONGEST) if found["kills"] < kills else None)
        if daemon.exitcode is None and clock.value < (day.end - PEACE).timestamp():
            daemon.kill()
            daemon.join()
            found += _under_way(url)
        else:
            daemon.join()
            assert daemon.exitcode == 0
            break
    found += _kept(url, folder, day, datetime.fromtimestamp(clock.value, UTC) - step)
    return found


def _under_way(url: str) -> Counter[str]:
    [(digests, sends)] = _rows(
        url, "select (select count(*) from run where closed_at is null), (select count(*) from mail where state = 'sending')"
    )
    return Counter({"kills": 1, "in digests": digests > 0, "in sends": sends > 0})


def _kept(url: str, folder: Path, day: Day, until: datetime) -> Counter[str]:
    """Assert that each slot had its one mail, and each match its one mail; how many there were."""
    runs = _rows(
        url,
        """select run.recipient, slot, count(mail.id) from run left join mail on run = run.id and kind = 'digest'
           where slot is not null group by 1, 2""",
    )
    slots = {(reader.email, slot) for reader in day.readers for slot in day.slots(reader, until)}
    assert {(recipient, slot): count for recipient, slot, count in runs} == dict.fromkeys(slots, 1)
    assert _rows(url, "select id from run where closed_at is null") == _rows(url, "select id from mail where state <> 'sent'") == []

    mails = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in (folder / "outbox").glob("*.eml")]
    assert sorted(str(mail["To"]) for mail in mails) == sorted(recipient for recipient, *_ in runs)
    told = Counter((str(mail["To"]), line) for mail in mails for line in _links(text(mail)))  # type: ignore[arg-type]
    waiting = Counter(_rows(url, "select recipient, url from due join story on story.id = due.story where mail is null"))
    matched = {
        (reader.email, f"https://wire.example.org/{name}") for reader in day.readers for name in day.stories(until) if owed(reader, name)
    }
    assert told + waiting == dict.fromkeys(matched, 1)
    return Counter({"slots": len(slots), "matches": len(told), "still due": len(waiting)})


def _links(said: str) -> Iterable[str]:
    return (line for line in said.splitlines() if line.startswith("https://wire.example.org/n"))


def _rows(url: str, query: str) -> list[Any]:
    with psycopg.connect(conninfo(url), autocommit=True) as connection:
        return connection.execute(query.encode()).fetchall()


@contextmanager
def _stores() -> Iterator[Iterator[tuple[str, Path]]]:
    """Fresh migrated databases on one server, each with a folder beside it."""
    with tempfile.TemporaryDirectory(prefix="wirewatch-day-") as name:
        Path(name).chmod(0o711)
        with embedded.start(Path(name)) as server, psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("alter system set fsync = off")
            connection.execute("select pg_reload_conf()")

            def fresh() -> Iterator[tuple[str, Path]]:
                for number, _ in product(range(1000), (0,)):
                    connection.execute(f"create database day{number}".encode())
                    url, folder = server.url.replace("/postgres?", f"/day{number}?"), Path(name, f"day{number}")
                    folder.mkdir()
                    asyncio.run(migrate(url))
                    yield url, folder

            yield fresh()


def main() -> None:
    """Spend all the days, with fifty kills; the seed makes a run repeatable as far as the machine's pace allows."""
    seed = int(sys.argv[1]) if sys.argv[1:] else random.randrange(1 << 32)
    random.seed(seed)
    print(f"seed {seed}")
    total, began = Counter[str](), time.monotonic()
    with _stores() as stores:
        for number, (day, zone) in enumerate(DAYS):
            url, folder = next(stores)
            found = spend(url, folder, Day.around(day, zone), kills=50 // len(DAYS) + (number < 50 % len(DAYS)))
            total += found
            print(f"{day} {zone}: {_said(found)}", flush=True)
    print(f"all: {_said(total)}, {time.monotonic() - began:.0f} s; each slot one digest, each match in one mail")


def _said(found: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in found.items())


if __name__ == "__main__":
    main()
