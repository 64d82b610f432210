"""monitor.copies: the same copy at several outlets is one cluster."""

import asyncio
from dataclasses import replace
from pathlib import Path

from desk import Clock, a_reader, a_rule, change, rows
from outlets import AGENCY, BODY, ELSE, PAPER, RADIO, a_desk, arrives, clusters, revised, told

from monitor import copies, retention
from monitor.config import Retention
from monitor.copies import COMMON, MOST_MARKED, Member
from monitor.database import Database
from spiders.source import Source
from spiders.story import Status


async def test_the_same_text_at_other_sources_is_one_cluster_and_the_same_event_is_not(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path)
    first = await arrives(watch, PAPER)
    cut = await arrives(watch, RADIO, body="\n".join(BODY.split("\n")[:2]))
    await arrives(watch, RADIO, "two", body=ELSE)
    own = await arrives(watch, AGENCY, agency="Agency")

    assert await clusters(watch) == [{first, cut, own}]


async def test_two_papers_copies_that_come_together_join_the_agencys_own_though_they_are_more_like_each_other(
    database: Database, tmp_path: Path
) -> None:
    watch = await a_desk(database, tmp_path)
    own = await arrives(watch, AGENCY, agency="Agency")
    await clusters(watch)
    cut, heading = BODY.rpartition("\n")[0], "Ports of the north at a halt after talks on night shifts"
    papers = [await arrives(watch, source, body=cut, headline=heading) for source in (PAPER, RADIO)]

    assert await clusters(watch) == [{own, *papers}]


async def test_the_agencys_own_copy_leads_the_others_come_as_they_came(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path)
    first, second = await arrives(watch, PAPER), await arrives(watch, RADIO)
    own = await arrives(watch, AGENCY, agency="Agency")
    await clusters(watch)

    async with watch.database.connection() as connection:
        found = await copies.members(connection, second)

    assert [each.story for each in found] == [own, first, second]
    assert found[0] == Member(
        cluster=found[0].cluster,
        story=own,
        source="agency",
        url="https://agency.example.org/one",
        headline="Strike, says the agency",
        own=True,
    )


async def test_what_no_rule_matched_is_not_looked_at_until_one_does(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path, rules=(a_rule("grain"),), readers=(a_reader(rules=("grain",)),))
    first, second = await arrives(watch, AGENCY, body=ELSE), await arrives(watch, PAPER, body=ELSE)
    assert await rows(watch, "select story from copy union all select story from mark") == []

    await change(watch, rules=(a_rule("crane"),), recipients=(a_reader(rules=("crane",)),))

    assert [(story, copy_of) for story, _, copy_of in await told(watch)] == [(first, None), (second, first)]


async def test_what_a_version_matched_is_looked_at_ever_after(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path, rules=(a_rule("grain"),), readers=(a_reader(rules=("grain",)),))
    first, second = await arrives(watch, AGENCY, body=ELSE), await arrives(watch, PAPER, body=ELSE)
    for source, name in ((AGENCY, "agency"), (PAPER, "paper")):
        await revised(watch, source, headline=f"Grain, says the {name}", body=ELSE)
    assert await clusters(watch) == [{first, second}]

    await revised(watch, PAPER, headline="Calm in the ports", body=BODY.replace("grain", "coal"))

    assert await clusters(watch) == []


async def test_a_source_may_be_left_out(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path)
    await arrives(watch, AGENCY)
    await arrives(watch, replace(PAPER, copies=False))

    assert await clusters(watch) == []


async def test_one_source_copies_not_itself(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path)
    await arrives(watch, PAPER)
    await arrives(watch, PAPER, "two", body=f"{BODY}\nMore at night.")

    assert await clusters(watch) == []


async def test_a_correction_and_the_copy_of_what_was_wrong_stay_apart(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path)
    await arrives(watch, PAPER)
    corrected = await arrives(watch, AGENCY, body=BODY.replace("four thousand", "three thousand"), status=Status.CORRECTED)
    same = await arrives(watch, RADIO, body=BODY.replace("four thousand", "three thousand"), status=Status.CORRECTED)

    assert await clusters(watch) == [{corrected, same}]
    assert [copy_of for _, _, copy_of in await told(watch)] == [None, None, corrected]


async def test_what_is_corrected_later_leaves_its_copies(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path)
    first, second, third = await arrives(watch, AGENCY), await arrives(watch, PAPER), await arrives(watch, RADIO)
    assert await clusters(watch) == [{first, second, third}]

    await revised(watch, AGENCY, body=BODY.replace("four", "three"), status=Status.CORRECTED)

    assert await clusters(watch) == [{second, third}]


async def test_what_is_rewritten_leaves_and_what_is_mended_stays(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path)
    first, second = await arrives(watch, AGENCY), await arrives(watch, PAPER)
    assert await clusters(watch) == [{first, second}]

    await revised(watch, PAPER, body=BODY.replace("a pilot said", "a pilot of the port said"))
    assert await clusters(watch) == [{first, second}]
    await revised(watch, PAPER, headline="Calm in the ports", body=ELSE)
    assert await clusters(watch) == []


async def test_two_clusters_are_never_joined_by_a_story_that_holds_both(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path)
    one = {await arrives(watch, AGENCY), await arrives(watch, PAPER)}
    two = {await arrives(watch, AGENCY, "two", body=ELSE), await arrives(watch, PAPER, "two", body=ELSE)}
    both = await arrives(watch, RADIO, body=f"{BODY}\n{ELSE}")

    assert sorted(await clusters(watch), key=len) in ([two, one | {both}], [one, two | {both}])


async def test_what_is_older_than_a_week_is_not_looked_at_and_its_marks_go(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_desk(database, tmp_path, clock)
    await arrives(watch, AGENCY)
    clock.advance(days=7, hours=1)
    late = await arrives(watch, PAPER)

    assert await clusters(watch) == []
    assert (await retention.purge(database, Retention(), clock()))["marks"] == 1
    assert await rows(watch, "select distinct story from mark") == [(late,)]


async def test_a_sign_off_that_everybody_prints_makes_no_copies(database: Database, tmp_path: Path) -> None:
    sources = tuple(Source(id=f"s{number}", feed=f"https://s{number}.example.org/rss") for number in range(COMMON + 2))
    watch = await a_desk(database, tmp_path, sources=sources)
    sign_off = "This report was filed by the shared service of the regional papers and may not be used by others without its leave"
    for number, source in enumerate(sources):
        await arrives(watch, source, headline=" ".join(f"{word}{number}" for word in BODY.split()[:8]), body=sign_off)

    assert await clusters(watch) == []


async def test_a_speech_that_two_reports_quote_makes_them_no_copies(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path)
    speech = BODY.split("\n")[1]
    await arrives(watch, AGENCY, body=f"{speech}\n{' '.join(f'grain{number}' for number in range(120))}")
    await arrives(watch, PAPER, body=f"{speech}\n{' '.join(f'ship{number}' for number in range(120))}")

    assert await clusters(watch) == []


async def test_the_copy_at_the_hundredth_outlet_is_still_found(database: Database, tmp_path: Path) -> None:
    sources = tuple(Source(id=f"s{number}", feed=f"https://s{number}.example.org/rss") for number in range(COMMON + 10))
    watch = await a_desk(database, tmp_path, sources=sources)
    ids = set()
    for source in sources:
        ids.add(await arrives(watch, source))
        async with watch.database.connection() as connection:
            await copies.place(connection)

    assert await clusters(watch) == [ids]
    assert await rows(watch, "select count(distinct story) from mark") == [(MOST_MARKED,)]


async def test_who_places_waits_for_whoever_does_so_already(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path)
    first, second = await arrives(watch, AGENCY), await arrives(watch, PAPER)
    async with watch.database.connection() as connection:
        await copies.place(connection)
        third = await arrives(watch, RADIO)
        other = asyncio.create_task(clusters(watch))
        await asyncio.sleep(0.3)
        assert not other.done()

    assert await other == [{first, second, third}]
