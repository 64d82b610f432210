"""`make soak`: the daemon on 200 sources that publish in bursts of 50 stories a second, a digest each minute, alerts all the time.

Ends with an assertion when memory, connections or open files grow, or something is not told; else with the figures. Digests go to
as many readers as there are minutes, each at a minute of their own: nobody can have one a minute. Each has the stories of one minute
of the wire: were it all that came so far, the last would be twenty times the first, and memory grew with what is asked.
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import mean

import psutil

from monitor import embedded
from tests.burstwire import HOSTS, WORDS, bursts, published_at
from tests.manyhosts import address
from tests.processes import Desk, Running, a_desk, wait_until

MINUTES = 20
#: Seconds between two looks at the daemon; share of the time until it is warm.
LOOK, WARM = 5, 0.4
#: Share by which memory may grow afterwards; connections and files that may come and go.
GROWTH, PLAY = 0.05, 3
#: Seconds in which a story must be stored.
LATEST = 60
#: Minutes until the first digest: the wire's first minute is stored by then.
FIRST = 3


@dataclass(frozen=True, kw_only=True)
class Look:
    """The daemon at one moment, its readers with it."""

    megabytes: float
    files: int
    connections: int


def main(minutes: int) -> None:
    with tempfile.TemporaryDirectory(prefix="wirewatch-soak-") as name, bursts() as (port, began):
        Path(name).chmod(0o711)  # as root the server runs as another user
        with embedded.start(Path(name)) as server, a_desk(server.url) as desk:
            first = datetime.now(UTC) + timedelta(minutes=FIRST)
            desk.configure(configuration(port, [first + timedelta(minutes=number) for number in range(minutes - FIRST)]))
            with desk.start("run") as daemon:
                wait_until(lambda: "watching" in daemon.said(), 60)
                looks = list(look(desk, daemon, minutes * 60))
                published = {f"/{number}-" for number in range(10**6) if published_at(number, began) < time.time() - LATEST}
                check(desk, len(published), (datetime.now(UTC) - first) // timedelta(minutes=1))
                assert "trace=" not in daemon.said() and " ERROR " not in daemon.said()
                assert daemon.leaves()[0] == 0
            leaks(looks)


def look(desk: Desk, daemon: Running, seconds: float) -> Iterator[Look]:
    """Look at the daemon now and then, for so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(LOOK)
        family = [psutil.Process(daemon.process.pid), *daemon.children()]
        [(connections,)] = desk.rows("select count(*) from pg_stat_activity where application_name = 'wirewatch'")
        yield Look(
            megabytes=sum(each.memory_info().rss for each in family) / 1e6,
            files=len(list(Path(f"/proc/{daemon.process.pid}/fd").iterdir())),
            connections=connections,
        )


def check(desk: Desk, published: int, minutes: int) -> None:
    """Print how late stories were stored and told; what was published a minute ago is stored, each digest of a minute is written."""
    print(f"{published} stories published a minute ago or before, load {os.getloadavg()[0]:.1f} on {psutil.cpu_count()} cores")
    stored, told = late(desk, "stored", _STORED), late(desk, "told at once", _TOLD)
    [(digests, mails)] = desk.rows("select count(*), count(mail.id) from run left join mail on run = run.id where slot is not null")
    print(f"digests: {digests}, with a mail {mails}, for {minutes} minutes")
    assert stored >= published, (stored, published)
    assert told
    assert digests >= minutes and mails >= minutes
    assert desk.rows("select count(*) from mail where state <> 'sent' and created_at < now() - interval '1 minute'") == [(0,)]


def late(desk: Desk, what: str, query: str) -> int:
    """Print how long after their publication stories came so far; how many did."""
    [(count, half, most)] = desk.rows(query)
    print(f"{what}: {count}" + (f"; seconds after publication: p50 {half:.1f}, p95 {most:.1f}" if count else ""))
    return int(count)


_PUBLISHED = "to_timestamp(substring(url from '-([0-9]+)$')::bigint / 1000.0)"
_STORED = f"""
select count(*), percentile_cont(0.5) within group (order by late), percentile_cont(0.95) within group (order by late)
from (select extract(epoch from read_at - {_PUBLISHED}) as late from story join revision on story = id and number = 1) as each"""
_TOLD = f"""
select count(*), percentile_cont(0.5) within group (order by late), percentile_cont(0.95) within group (order by late)
from (select extract(epoch from sent_at - {_PUBLISHED}) as late
      from story join due on due.story = story.id join mail on mail.id = due.mail where kind = 'instant' and sent_at is not null) as each"""


def leaks(looks: Sequence[Look]) -> None:
    """Compare the first tenth after the warm-up with the last."""
    warm = looks[int(len(looks) * WARM) :]
    tenth = max(len(warm) // 10, 2)
    before, after = warm[:tenth], warm[-tenth:]
    growth = mean(each.megabytes for each in after) / mean(each.megabytes for each in before) - 1
    print(f"memory: {before[0].megabytes:.0f} MB warm, {after[-1].megabytes:.0f} MB at the end, {growth:+.1%}")
    for what in ("files", "connections"):
        counts = [[getattr(each, what) for each in part] for part in (before, after)]
        print(f"open {what}: {min(counts[0])} to {max(counts[0])} warm, {min(counts[1])} to {max(counts[1])} at the end")
        assert min(counts[1]) <= max(counts[0]) + PLAY, what
    assert growth <= GROWTH, growth


def configuration(port: int, slots: Sequence[datetime]) -> str:
    """The sources, a reader for each word, who is told at once, and one for each minute, who has a digest then."""
    lines = ['[fetch]\nallow = ["127.0.0.0/8"]\ncontact = "desk@example.org"']
    for number in range(HOSTS):
        lines.append(f'[[source]]\nid = "s{number}"\nfeed = "http://{address(number)}:{port}/rss"\nevery = "10s"\ncopies = false')
    for number in range(WORDS):
        word, night = f"zulu{number}", (slots[0] - timedelta(hours=2)).strftime("%H:%M")
        lines.append(f'[[rule]]\nid = "{word}"\nquery = "{word}"')
        lines.append(f'[[recipient]]\nemail = "{word}@example.org"\nrules = ["{word}"]\ninstant = ["{word}"]\ndigest = "{night}"')
    for number, slot in enumerate(slots):
        lines.append(f'[[rule]]\nid = "minute{number}"\nquery = "minute{number}"')
        lines.append(f'[[recipient]]\nemail = "at{slot:%H%M}@example.org"\nrules = ["minute{number}"]\ndigest = "{slot:%H:%M}"')
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else MINUTES)
