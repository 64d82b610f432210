"""Rules that are edited while the daemon is at work: what is matched, what is told, and what the operator hears of a bad edit."""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest
from desk import Clock, a_reader, a_rule, a_story, a_watch, an_entry, change, comes_in, lists, mails, rows, shows, text

from alerts.rules import Rule
from monitor import health, stories
from monitor.config import Settings, load
from monitor.daemon import _read_again
from monitor.database import Database
from monitor.watch import Watch

STORIES = 60
QUERIES = ("strike", "strike OR lockout", "strik* AND NOT ferry", "dockers AND strike")


async def test_rules_02_a_rule_edited_in_mid_run_leaves_no_story_unmatched_and_tells_none_twice(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, rules=(Rule(id="strike", query=QUERIES[-1]),))
    pages = await lists(watch, *(an_entry(f"n{number}", f"Dockers strike {number}") for number in range(STORIES)))

    async def read() -> None:
        for start in range(0, STORIES, 6):
            batch = enumerate(pages[start : start + 6], start)
            await asyncio.gather(
                *(shows(watch, page, a_story(f"n{number}", headline=f"Dockers strike {number}")) for number, page in batch)
            )

    async def edit() -> None:
        for query in QUERIES:
            await change(watch, rules=(Rule(id="strike", query=query),))
            await watch.tell_now(watch.settings.recipients[0])

    await asyncio.gather(read(), edit())
    await watch.tell_now(watch.settings.recipients[0])

    version = watch.rules.version("strike")
    assert await rows(watch, "select count(*) from match where version = %s", version) == [(STORIES,)]
    assert await rows(watch, "select from match where version not in (select version from rule)") == []
    links = Counter(line for mail in mails(watch) for line in text(mail).splitlines() if line.startswith("https://wire.example.org/n"))
    assert links == {f"https://wire.example.org/n{number}": 1 for number in range(STORIES)}


async def test_a_story_that_waits_for_its_lock_while_rules_change_is_matched_with_the_new_ones(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, rules=(a_rule("ferry", "r"),), readers=(a_reader(rules=("r",)),))
    (page,) = await lists(watch, an_entry())
    async with database.connection() as connection:
        await stories.hold_stories(connection)
        storing = asyncio.create_task(shows(watch, page, a_story(headline="Dockers strike")))
        await asyncio.sleep(0.2)
        watch.rules, old = type(watch.rules)([a_rule("strike", "r")]), watch.rules
    await storing

    assert await rows(watch, "select version from match") == [(watch.rules.version("r"),)]
    assert watch.rules.version("r") != old.version("r")


def a_configuration(folder: Path, query: str) -> Settings:
    file = folder / "wirewatch.toml"
    file.write_text(
        f"""[operator]
email = "ops@example.org"
[fetch]
contact = "desk@example.org"
[[source]]
id = "wire"
feed = "https://wire.example.org/rss.xml"
[[rule]]
id = "strike"
query = '{query}'
[[recipient]]
email = "ann@example.org"
rules = ["strike"]
"""
    )
    return load(file, environ={}, data_dir=folder)


async def notes(watch: Watch) -> list[str]:
    """What the operator was written, oldest first."""
    await health.check(watch)
    await watch.send()
    return [text(mail) for mail in mails(watch) if mail["To"] == "ops@example.org"]


async def test_rules_07_a_bad_edit_keeps_the_old_rules_and_the_operator_is_told_once_with_the_place(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    watch = Watch(database=database, settings=a_configuration(tmp_path, "strike"), clock=clock)
    await watch.configure()
    before = watch.rules

    for query in ("", "NOT strike", "strike AND (ferry", '"strike', "strike ferry"):
        await _read_again(watch, lambda query=query: a_configuration(tmp_path, query))  # type: ignore[misc]
        assert watch.rules is before

    (told,) = await notes(watch)
    assert 'rule "strike": query' in told
    await comes_in(watch, a_story(headline="Dockers strike"))
    assert await rows(watch, "select rule from match") == [("strike",)]

    clock.advance(minutes=5)
    await _read_again(watch, lambda: a_configuration(tmp_path, "strike OR ferry"))
    assert watch.rules is not before
    over = (await notes(watch))[1:]
    assert len(over) == 1 and "The configuration can be used again" in over[0]
    assert len([record for record in caplog.records if "code=configuration-refused" in record.getMessage()]) == 5


async def test_the_operator_sees_the_caret_under_the_place(database: Database, tmp_path: Path) -> None:
    watch = Watch(database=database, settings=a_configuration(tmp_path, "strike"), clock=Clock())
    await watch.configure()

    await _read_again(watch, lambda: a_configuration(tmp_path, "strike AND  (ferry"))

    (told,) = await notes(watch)
    lines = told.splitlines()
    at = next(number for number, line in enumerate(lines) if line.strip().startswith("^"))
    assert lines[at - 1][lines[at].index("^") :].startswith("(ferry")


async def test_an_edit_that_names_rules_in_a_long_chain_is_refused_with_its_place(database: Database, tmp_path: Path) -> None:
    watch = Watch(database=database, settings=a_configuration(tmp_path, "strike"), clock=Clock())
    await watch.configure()
    before = watch.rules
    chain = "".join(f"[[rule]]\nid = 'r{number}'\nquery = '@r{number + 1} OR ferry{number}'\n" for number in range(300))

    await _read_again(watch, lambda: a_configuration(tmp_path, f"strike OR @r0'\n{chain}[[rule]]\nid = 'r300'\nquery = 'end"))

    assert watch.rules is before
    (told,) = await notes(watch)
    assert "within one another" in told and "[[aliases]]" in told


class Unusable(tuple[Rule, ...]):
    """Rules at which our own code fails."""

    def __iter__(self) -> Iterator[Rule]:
        raise RecursionError("maximum recursion depth exceeded")


@pytest.mark.parametrize("when", ["read", "compiled"])
async def test_whatever_goes_wrong_with_an_edit_keeps_the_old_rules_and_the_operator_is_told(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture, when: str
) -> None:
    settings = a_configuration(tmp_path, "strike")
    watch = Watch(database=database, settings=settings, clock=Clock())
    await watch.configure()
    before = watch.rules

    def reload() -> Settings:
        if when == "read":
            raise RecursionError("maximum recursion depth exceeded")
        return replace(settings, rules=Unusable())

    await _read_again(watch, reload)

    assert (watch.rules, watch.settings) == (before, settings)
    (told,) = await notes(watch)
    assert "RecursionError: maximum recursion depth exceeded" in told
    (record,) = [record for record in caplog.records if "code=configuration-refused" in record.getMessage()]
    assert record.exc_info

    await _read_again(watch, lambda: settings)
    assert "The configuration can be used again" in (await notes(watch))[-1]


class Seen(tuple[Rule, ...]):
    """Rules that say which thread reads them."""

    threads: ClassVar[set[int]] = set()

    def __iter__(self) -> Iterator[Rule]:
        self.threads.add(threading.get_ident())
        return super().__iter__()


async def test_an_edited_set_is_compiled_aside(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)

    await change(watch, rules=Seen((a_rule("ferry"),)), recipients=())

    assert [rule.id for rule in watch.rules.rules] == ["ferry"]
    assert Seen.threads and threading.get_ident() not in Seen.threads
