"""monitor.accounts: what each source listed in a period, and what became of every entry."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from desk import NOON, WIRE, Clock, a_reader, a_rule, a_story, a_watch, an_entry, comes_in, fails, lists, mails, text
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger import execute, gapped, is_, polled, sighted, stands_on_its_list

from alerts.coverage import Coverage, Silence
from alerts.coverage import Gap as ToldGap
from monitor import accounts, copies, outages
from monitor.accounts import Account, Gap, Line, Recall
from monitor.commands import fatesview
from monitor.database import Database
from monitor.tally import Tally
from spiders.order import PacketRefused, Poll
from spiders.source import Source

TWO = Source(id="two", feed="https://two.example.org/", name="Second Wire")
HOUR = timedelta(hours=1)
FIGURES = ("polls", "unchanged", "failed", "skipped", "listed")
FATES = ("new", "changed", "seen", "refused", "pending", "read", "headline_only", "merged", "copies", "matched")
ZERO = dict.fromkeys(FIGURES + FATES, 0)


def a_line(source: str, state: str = "ok", **figures: int) -> Line:
    return Line(source=source, state=state, **(ZERO | figures))


async def told(database: Database, since: float = 1, until: float = 1) -> Account:
    async with database.connection() as connection:
        return await accounts.account(connection, NOON - since * HOUR, NOON + until * HOUR)


async def test_every_entry_of_a_period_is_accounted_for(database: Database, tmp_path: Path) -> None:
    await a_watch(database, tmp_path, sources=(WIRE, TWO))
    await polled(database, polls=12, unchanged=9, failed=1, skipped=2, listed=40, seen=32)
    for outcome in ("new", "new", "new", "changed", "seen", None):
        await sighted(database, outcome)
    await sighted(database, "refused", reason="no headline")
    await sighted(database, "refused", reason="no headline")
    await polled(database, "two", polls=1, listed=1)
    await sighted(database, "new", source="two")

    account = await told(database)

    wire = a_line("wire", polls=12, unchanged=9, failed=1, skipped=2, listed=40, new=3, changed=1, seen=33, refused=2, pending=1)
    assert account.lines == (a_line("two", polls=1, listed=1, new=1), wire)
    assert account.total == replace(wire, source="", polls=13, listed=41, new=4)
    assert account.refusals == {"wire": {"no headline": 2}}
    assert (account.adds_up, account.healthy) == (True, 2)


async def test_a_story_that_several_sources_bring_is_one_story(database: Database, tmp_path: Path) -> None:
    await a_watch(database, tmp_path, sources=(WIRE, TWO))
    await stands_on_its_list(database, story=7)
    await sighted(database, "new", story=7, matched=True)
    await sighted(database, "changed", story=7, matched=True, headline_only=True)
    await sighted(database, "new", source="two", story=7, matched=True, merged=True)

    account = await told(database)

    assert [(line.source, line.headline_only, line.merged, line.matched) for line in (*account.lines, account.total)] == [
        ("two", 0, 1, 1),
        ("wire", 1, 0, 1),
        ("", 1, 1, 1),
    ]


async def test_a_packet_that_cannot_be_read_was_listed_and_refused(database: Database, tmp_path: Path) -> None:
    watch, tally = await a_watch(database, tmp_path), Tally()
    for name in ("a.xml", "b.xml", "a.xml"):
        said = f"file:///drop/{name}: expected NewsML-G2, NewsML 1, NITF or ninjs, got plain text"
        await watch.keep(PacketRefused(order=Poll(source=WIRE), url=f"file:///drop/{name}", error=said), tally)

    account = await told(database)

    assert (account.lines, account.adds_up) == ((a_line("wire", listed=3, refused=3),), True)
    assert account.refusals == {"wire": {"expected NewsML-G2, NewsML 1, NITF or ninjs, got plain text": 3}}
    assert (tally.new, tally.refused) == (3, 3)


async def test_a_story_whose_body_we_have_is_not_headline_only_though_its_page_failed_later(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story("one"))
    for name, title in (("one", "Dockers strike again"), ("two", "No page")):
        for page in await lists(watch, an_entry(name, title)):
            await fails(watch, page)

    account = await told(database)
    async with database.connection() as connection:
        coverage = await accounts.coverage(connection, NOON - HOUR, NOON, (WIRE,), rules=())

    assert (account.total.new, account.total.changed) == (2, 1)
    assert (account.total.headline_only, coverage.headline_only) == (1, 1)


async def test_a_period_is_widened_to_full_hours(database: Database, tmp_path: Path) -> None:
    await a_watch(database, tmp_path)
    for hours in (-2, -1, 0, 1):
        await polled(database, at=NOON + hours * HOUR, listed=1)
        await sighted(database, "new", at=NOON + hours * HOUR + timedelta(minutes=59))

    account = await told(database, since=0.5, until=0.1)

    assert (account.since, account.until) == (NOON - HOUR, NOON + HOUR)
    assert (account.total.listed, account.total.new, account.adds_up) == (2, 2, True)


async def test_gaps_and_recalls_and_states_are_those_of_the_period(database: Database, tmp_path: Path) -> None:
    await a_watch(database, tmp_path, sources=(WIRE, TWO))
    await gapped(database, start=NOON - 3 * HOUR, end=NOON - 2 * HOUR)
    await gapped(database, source="two", start=NOON - HOUR, end=NOON, filled_by="sitemap", stories=3)
    await execute(database, "insert into recall values ('wire', '2026-11-22', 'sitemap', 50, 49, %(at)s)", at=NOON)
    async with database.connection() as connection:
        await outages.open_(connection, "wire", "failing", began_at=NOON, detail="x", now=NOON)
        await outages.close(connection, "wire", "failing", now=NOON + 2 * HOUR)

    account, later = await told(database), await told(database, until=3)

    assert account.gaps == (Gap(source="two", from_at=NOON - HOUR, to_at=NOON, noticed_at=NOON, stories=3, filled_by="sitemap"),)
    assert account.recalls == (Recall(source="wire", day=(NOON - timedelta(days=1)).date(), rung="sitemap", listed=50, known=49),)
    assert [(line.source, line.state) for line in account.lines] == [("two", "ok"), ("wire", "failing")]
    assert (account.healthy, later.healthy) == (1, 2)


async def test_an_account_that_does_not_add_up_says_so(database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await a_watch(database, tmp_path, sources=(WIRE, TWO))
    await polled(database, listed=10, seen=7)
    await sighted(database, "new")
    await polled(database, "two", listed=5, seen=7)  # the sum of the two would hide it

    account = await told(database)
    fatesview.account(account)

    assert [line.difference for line in (*account.lines, account.total)] == [-2, 2, 0]
    assert not account.adds_up
    shown = capsys.readouterr().out
    assert "does not add up: wire: 2 entries that nobody knows the fate of" in shown
    assert "it adds up" not in shown


async def test_what_the_network_said_is_shown_harmless(database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await a_watch(database, tmp_path)
    await sighted(database, "refused", reason="[red]\x1b[31mno\nheadline\u202e")
    await polled(database, listed=1)

    fatesview.account(await told(database))

    assert "refused: wire: 1 × [red]no headline\n" in capsys.readouterr().out


@given(st.lists(st.sampled_from(["new", "changed", "seen", "refused", None, "known"]), max_size=12))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_it_adds_up_whatever_becomes_of_the_entries(database: Database, tmp_path: Path, fates: list[str | None]) -> None:
    await a_watch(database, tmp_path)
    await execute(database, "delete from account")
    await execute(database, "delete from sighting")
    for fate in fates:
        if fate != "known":
            await sighted(database, fate)
    count = Counter(fates)
    await polled(database, listed=len(fates), seen=count["known"])

    total = (await told(database)).total

    assert total == a_line(
        "",
        listed=len(fates),
        new=count["new"],
        changed=count["changed"],
        seen=count["seen"] + count["known"],
        refused=count["refused"],
        pending=count[None],
    )


# -- the digest's line


async def test_a_digest_says_what_was_collected_since_the_one_before(database: Database, tmp_path: Path) -> None:
    await a_watch(database, tmp_path, sources=(WIRE, TWO))
    await stands_on_its_list(database, story=3)
    await sighted(database, "new", at=NOON, story=1)
    for story, flags in ((2, {}), (2, {"matched": True}), (3, {"headline_only": True}), (4, {"merged": True})):
        await sighted(database, "new", at=NOON + HOUR, story=story, **flags)  # type: ignore[arg-type]
    await sighted(database, "refused", at=NOON + HOUR)
    await sighted(database, None, at=NOON + HOUR)
    await gapped(database, source="two", start=NOON, end=NOON + HOUR, filled_by="sitemap")
    await is_(database, "two", failures=1, error="the server answered 503")  # nobody has looked at it since

    async with database.connection() as connection:
        found = await accounts.coverage(connection, NOON, NOON + HOUR, (WIRE, TWO), rules=())

    assert found == Coverage(
        sources=2,
        silences=(Silence(source="Second Wire", state="failing", since=NOON),),
        read=3,
        headline_only=1,
        dropped=1,
        gaps=(ToldGap(source="Second Wire", from_at=NOON, to_at=NOON + HOUR, filled=True),),
    )


async def test_each_digest_carries_the_time_since_the_last_one_that_was_mailed(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    reader = watch.settings.recipients[0]
    for story, read in ((1, 3), (2, 2)):
        await comes_in(watch, a_story(str(story), f"Dockers strike {story}"))
        await execute(database, "delete from sighting")  # whatever the watch wrote; these are ours
        for number in range(read):
            await sighted(database, "new", at=clock.at - timedelta(minutes=1), story=number)
        await watch.tell_now(reader)
        clock.advance(hours=1)

    first, second = map(text, mails(watch))
    assert "1 of 1 source healthy · 3 read · 1 matched · 0 merged · 0 dropped" in first
    assert "1 of 1 source healthy · 2 read · 1 matched" in second


async def test_a_digest_counts_as_matched_what_its_readers_rules_matched_and_as_merged_the_copies_of_it(
    database: Database, tmp_path: Path
) -> None:
    rules, reader = (a_rule("strike"), a_rule("owls")), a_reader(rules=("strike",))
    watch = await a_watch(database, tmp_path, sources=(WIRE, TWO), rules=rules, readers=(reader,))
    body = "The strike began at noon in three ports of the north, four thousand dockers said through their union, and nobody knows its end."
    await comes_in(watch, a_story("one", body=body))
    await comes_in(watch, a_story("two", headline="Ports at a halt", body=body), source=TWO)
    await comes_in(watch, a_story("three", headline="Owls counted", body="There are more of them."))
    async with database.connection() as connection:
        await copies.place(connection)
        found = [await accounts.coverage(connection, NOON - HOUR, NOON, (WIRE, TWO), rules=rules) for rules in (("strike",), ("owls",), ())]

    assert [(each.read, each.matched, each.merged) for each in found] == [(3, 2, 1), (3, 1, 0), (3, 0, 0)]
    account = await told(database)
    assert [(line.source, line.merged, line.copies) for line in (*account.lines, account.total)] == [
        ("two", 0, 1),
        ("wire", 0, 0),
        ("", 0, 1),
    ]
