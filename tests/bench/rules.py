"""``python -m tests.bench.rules [PYTHON]``: what it costs to match a story, beside Postgres and beside Hyperscan, which only scans.

All sides get the same rules and stories in one run. Postgres asks ``tsvector @@ tsquery`` of each rule, its NEAR loosened to AND (which is
cheaper); Hyperscan finds the literals of all rules and judges none. It is asked of the PYTHON that has it, where one is named.
"""

import gc
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
import psycopg

from alerts.canon import words
from alerts.match import RuleSet
from alerts.reading import Reading
from alerts.rules import Rule
from alerts.tree import And, Near, Node, Not, Or, Term
from monitor import embedded
from spiders.crawl import GARBAGE
from spiders.story import Story
from tests.bench.generated import rules, stories
from tests.bench.pages import folder

SIZES = (10, 1_000, 10_000, 100_000)
STORIES, ROUNDS = 300, 5
#: So many rules and stories Postgres is asked of at once: it needs a tenth of a second for one story and the most rules.
ASKED = 200_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One number of rules. Times are seconds of CPU, a story."""

    rules: int
    #: To parse all rules, and to make them one set.
    parsed: float
    compiled: float
    #: Most memory of the process so far, MB.
    memory: int
    hits: float
    matching: float
    postgres: float
    hyperscan: float | None = None


def main(python: str | None) -> None:
    """Measure and print the table."""
    # As in the daemon: else what is shown for the most rules is how often Python looks through them for garbage.
    gc.set_threshold(GARBAGE, 10, 10)
    told = stories(STORIES)
    canonical = timed(told, Reading)
    with folder() as home, embedded.start(home) as server, psycopg.connect(server.url, autocommit=True) as connection:
        measured = [measure(size, told, canonical, connection) for size in SIZES]
    scans = hyperscan(python, [literals for _, literals in measured], told) if python else [None] * len(measured)
    show([replace(row, hyperscan=scan) for (row, _), scan in zip(measured, scans, strict=True)], canonical)


def timed(told: Sequence[Story], work: Callable[[Story], object]) -> float:
    """CPU seconds a story, of the best round; one before them fills what is filled once."""
    spent = []
    for _ in range(ROUNDS + 1):
        began = time.process_time()
        for story in told:
            work(story)
        spent.append((time.process_time() - began) / len(told))
    return min(spent[1:])


def measure(size: int, told: Sequence[Story], canonical: float, connection: psycopg.Connection) -> tuple[Row, list[str]]:
    began = time.process_time()
    asked = rules(size)
    parsed = time.process_time()
    matcher = RuleSet(asked)
    compiled = time.process_time()
    row = Row(
        rules=size,
        parsed=parsed - began,
        compiled=compiled - parsed,
        memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        hits=sum(len(matcher.match(story)) for story in told) / len(told),
        matching=timed(told, matcher.match) - canonical,
        postgres=postgres(connection, asked, told[: max(20, ASKED // size)]),
    )
    return row, list(matcher.literals)


def postgres(connection: psycopg.Connection, asked: list[Rule], told: Sequence[Story]) -> float:
    """CPU seconds of the server that a story takes against a table of the rules."""
    connection.execute("drop table if exists rule")
    connection.execute("create table rule (id text, query tsquery not null)")
    with connection.cursor().copy("copy rule from stdin") as copy:
        for rule in asked:
            copy.write_row((rule.id, tsquery(rule.parsed.root)))
    connection.execute("vacuum analyze rule")
    texts = [words(f"{story.headline} {story.text}") for story in told]
    find = "with story as materialized (select to_tsvector('simple', %s) as words) select id from rule, story where story.words @@ query"
    connection.execute("set max_parallel_workers_per_gather = 0")
    connection.execute(find, [texts[0]]).fetchall()
    server = psutil.Process(connection.info.backend_pid)
    began = sum(server.cpu_times()[:2])
    for text in texts:
        connection.execute(find, [text]).fetchall()
    return float(sum(server.cpu_times()[:2]) - began) / len(texts)


def tsquery(node: Node) -> str:
    """What Postgres can say of a query: all but how near words are."""
    match node:
        case Term(text):
            stem = ":*" if text.endswith("*") else ""
            return f"({' <-> '.join(words(text).split())}{stem})"
        case Or(parts):
            return f"({' | '.join(map(tsquery, parts))})"
        case And(parts):
            return f"({' & '.join(map(tsquery, parts))})"
        case Near(left, right):
            return f"({tsquery(left)} & {tsquery(right)})"
        case Not(part):
            return f"!{tsquery(part)}"
        case _:
            raise AssertionError(node)


def hyperscan(python: str, literals: list[list[str]], told: Sequence[Story]) -> list[float]:
    """Seconds of CPU that its scan takes a story, for each list of literals."""
    request = json.dumps({"literals": literals, "texts": [Reading(story).text for story in told]})
    done = subprocess.run([python, Path(__file__).with_name("scan.py")], input=request, capture_output=True, text=True, check=True)
    return [float(each["text"]) for each in json.loads(done.stdout)]


def show(rows: list[Row], canonical: float) -> None:
    """Print the table."""
    print(f"\nCPU µs a story of 2.6 KB, {STORIES} stories; its canonical text, which all sides need, takes {canonical * 1e6:.0f} µs more\n")
    heads = (("rules", 8), ("matching", 10), ("a story", 9), ("Postgres", 10), ("× ours", 8), ("Hyperscan", 11), ("ours/its", 10))
    print("".join(f"{head:>{width}}" for head, width in (*heads, ("parse s", 9), ("compile s", 11), ("MB", 6))))
    for row in rows:
        scan = (
            f"{row.hyperscan * 1e6:11.0f}{(canonical + row.matching) / (canonical + row.hyperscan):10.2f}"
            if row.hyperscan
            else f"{'not there':>21}"
        )
        ours = f"{row.rules:8,}{row.matching * 1e6:10.0f}{row.hits:9.2f}{row.postgres * 1e6:10.0f}{row.postgres / row.matching:8.0f}"
        print(f"{ours}{scan}{row.parsed:9.2f}{row.compiled:11.2f}{row.memory:6}")
    fewer, more = rows[-2:]
    grown = more.matching / fewer.matching, (canonical + more.matching) / (canonical + fewer.matching)
    print(f"\n{fewer.rules:,} to {more.rules:,} rules: matching × {grown[0]:.1f}, with canonical text × {grown[1]:.1f}")
    print("a story: how many rules match one; ours/its: canonical text and matching against canonical text and its scan")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
