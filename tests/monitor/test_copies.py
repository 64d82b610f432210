"""monitor.copies and monitor.echoes: the same copy at several outlets is one cluster, told once, and nothing is lost by it."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest
from desk import Clock, a_reader, a_rule, a_story, a_watch, an_entry, change, comes_in, lists, mails, rows, shows, text
from postoffice import TAKEN, Office, send_to, served_by
from test_history import ask

from alerts.canon import words
from monitor import copies, echoes, retention, stories, unsent
from monitor.config import Retention
from monitor.copies import COMMON, MOST_MARKED, Member
from monitor.database import Database
from monitor.watch import Watch
from spiders.source import Source
from spiders.story import Status, Story

AGENCY = Source(id="agency", feed="https://agency.example.org/rss", agency="Agency")
PAPER = Source(id="paper", feed="https://paper.example.org/rss")
RADIO = Source(id="radio", feed="https://radio.example.org/rss")
SOURCES = (AGENCY, PAPER, RADIO)
BODY = """The dockers of three northern ports walked out at dawn on Monday after talks on night shifts broke down.
Their union said that four thousand men had followed its call to strike, twice as many as in spring.
The port authority put the number at half of that and spoke of a delay of hours, not of days.
Two ships with grain turned away to the south, a pilot said, and a third waited in the roads."""
ELSE = """A strike has closed the harbours of the north. Since early Monday no crane moves there, officials said.
The union wants longer breaks at night and blames the employers for the end of the talks last week."""


async def a_desk(database: Database, folder: Path, clock: Clock | None = None, **given: object) -> Watch:
    given = {"rules": (a_rule("strike"),), "sources": SOURCES} | given
    return await a_watch(database, folder, clock=clock, **given)  # type: ignore[arg-type]


async def arrives(watch: Watch, source: Source, name: str = "one", body: str = BODY, **given: object) -> int:
    """A story comes in and is noted; its number."""
    story = a_story(f"{source.id}/{name}", body=body, **({"headline": f"Strike, says the {source.id}"} | given))
    story = replace(story, canonical_url=f"https://{source.id}.example.org/{name}")
    await comes_in(watch, story, source=source)
    return await noted(watch, story, source)


async def noted(watch: Watch, story: Story, source: Source) -> int:
    ((id,),) = await rows(watch, "select id from story where url = %s", story.canonical_url)
    assert isinstance(id, int)
    async with watch.database.connection() as connection:
        await copies.note(connection, id, story, words(stories.searched(story)), source, now=watch.clock())
    return id


async def revised(watch: Watch, source: Source, name: str = "one", **given: object) -> int:
    """The page of a story is fetched again and says something else."""
    story = replace(a_story(**given), canonical_url=f"https://{source.id}.example.org/{name}")  # type: ignore[arg-type]
    for page in await lists(watch, an_entry(name, url=story.canonical_url, title=story.headline, summary="new"), source=source):
        await shows(watch, page, story)
    return await noted(watch, story, source)


async def clusters(watch: Watch) -> list[set[int]]:
    """The clusters of two and more."""
    async with watch.database.connection() as connection:
        await copies.place(connection)
    found = await rows(watch, "select array_agg(story) from copy where cluster is not null group by cluster having count(*) > 1 order by 1")
    return [set(stories) for (stories,) in found]  # type: ignore[call-overload]


async def told(watch: Watch) -> list[tuple[object, ...]]:
    """Tell the reader; which stories that wrote down as told, by which mail, as a copy of which."""
    await watch.tell_now(watch.settings.recipients[0])
    return await rows(watch, "select story, mail, copy_of from due order by story")


# ---- what is a copy ----


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


# ---- who is told ----


async def test_copies_that_are_due_together_are_told_once_the_agencys_own(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path)
    first, own = await arrives(watch, PAPER), await arrives(watch, AGENCY, agency="Agency")
    ((_, mail, _), *_) = found = await told(watch)
    (message,) = mails(watch)

    assert found == [(first, mail, own), (own, mail, None)]
    assert "Strike, says the agency" in text(message)
    assert "Strike, says the paper" not in text(message)


async def test_a_copy_of_what_was_told_is_not_told_again_and_is_noted_with_that_mail(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path)
    first = await arrives(watch, PAPER)
    await told(watch)
    own = await arrives(watch, AGENCY, agency="Agency")
    ((_, mail, _), *_) = found = await told(watch)

    assert found == [(first, mail, None), (own, mail, first)]
    last = await arrives(watch, RADIO)
    assert await told(watch) == [(first, mail, None), (own, mail, first), (last, mail, first)]
    assert len(mails(watch)) == 1


async def test_who_was_told_of_a_copy_is_not_told_of_the_next_though_what_led_was_corrected(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path)
    own, second = await arrives(watch, AGENCY), await arrives(watch, PAPER)
    await told(watch)
    await revised(watch, AGENCY, body=BODY, status=Status.CORRECTED)
    third = await arrives(watch, RADIO)

    assert [(story, copy_of) for story, _, copy_of in await told(watch)] == [(own, None), (second, own), (third, second)]


async def test_what_a_reader_was_not_told_of_is_told_though_its_copy_was_not_for_them(database: Database, tmp_path: Path) -> None:
    rules = (a_rule("grain"), a_rule("strike"))
    watch = await a_desk(database, tmp_path, rules=rules, readers=(a_reader(rules=("grain",)),))
    await arrives(watch, AGENCY, agency="Agency", body="\n".join(BODY.split("\n")[:3]))  # without the ships and their grain
    whole = await arrives(watch, RADIO)
    ((story, _, copy_of),) = await told(watch)

    assert (story, copy_of, len(mails(watch))) == (whole, None, 1)
    assert len(await clusters(watch)) == 1


async def test_a_copy_is_told_when_the_other_was_taken_back_before_it_was(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path)
    first, second = await arrives(watch, AGENCY), await arrives(watch, PAPER)
    assert await clusters(watch) == [{first, second}]
    await revised(watch, AGENCY, body=BODY, status=Status.WITHDRAWN)
    found = await told(watch)

    assert [(story, mail is None, copy_of) for story, mail, copy_of in found] == [(first, True, None), (second, False, None)]


async def test_a_new_subscription_begins_with_each_story_once(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path, readers=())
    first, second = await arrives(watch, AGENCY), await arrives(watch, PAPER)
    await change(watch, recipients=(a_reader(),))
    found = await told(watch)

    assert [(story, copy_of) for story, _, copy_of in found] == [(first, None), (second, first)]


async def test_a_preview_shows_copies_once_and_settles_nothing(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path)
    await arrives(watch, AGENCY), await arrives(watch, PAPER)
    digest = await watch.preview(watch.settings.recipients[0])

    assert [each.source for each in digest.news] == ["agency"]
    assert await rows(watch, "select count(*) from due where mail is null") == [(2,)]


async def test_the_digest_of_a_lead_can_say_who_else_has_it(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path)
    first, second = await arrives(watch, AGENCY), await arrives(watch, PAPER)
    async with watch.database.connection() as connection:
        found = await echoes.take(connection, watch.settings.recipients[0].email, now=watch.clock())

    assert [each.story for each in found.told] == [first]
    assert found.echoes == {second: first}
    assert {story: [each.source for each in also] for story, also in found.also.items()} == {first: ["paper"]}


async def test_the_coverage_line_counts_the_copies_that_its_reader_sees_folded(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path)
    await arrives(watch, AGENCY)
    await arrives(watch, PAPER)

    digest = await watch.preview(watch.settings.recipients[0])

    assert digest.coverage
    assert (len(digest.news), digest.coverage.merged) == (1, 1)


async def test_two_copies_that_come_in_at_once_are_told_once(database: Database, tmp_path: Path) -> None:
    """Each worker's transaction is open while the other's begins: neither sees the other's copy."""
    watch = await a_desk(database, tmp_path)
    first, second = await arrives(watch, AGENCY), await arrives(watch, PAPER)
    await rows(watch, "with a as (delete from mark), b as (delete from copy) select")
    async with watch.database.connection() as one, watch.database.connection() as other:
        for connection, id, source in ((one, first, AGENCY), (other, second, PAPER)):
            story = a_story(body=BODY)
            await copies.note(connection, id, story, words(stories.searched(story)), source, now=watch.clock())

    assert [(story, copy_of) for story, _, copy_of in await told(watch)] == [(first, None), (second, first)]


async def test_two_digests_written_at_once_fold_the_same_copies(database: Database, tmp_path: Path) -> None:
    readers = (a_reader(), a_reader("bob@example.org"))
    watch = await a_desk(database, tmp_path, readers=readers)
    first, second = await arrives(watch, AGENCY), await arrives(watch, PAPER)
    await asyncio.gather(*(watch.tell_now(reader) for reader in readers))

    assert await rows(watch, "select story, copy_of from due order by recipient, story") == [(first, None), (second, first)] * 2
    assert len(await clusters(watch)) == 1


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


# ---- undone ----


async def test_the_next_copy_joins_those_that_are_left(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path)
    first, second = await arrives(watch, AGENCY), await arrives(watch, PAPER)
    assert await clusters(watch) == [{first, second}]
    async with watch.database.connection() as connection:
        await copies.set_apart(connection, first)
    third = await arrives(watch, RADIO)

    assert await clusters(watch) == [{second, third}]


async def test_what_is_set_apart_is_told_and_never_put_together_again(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path)
    first, second = await arrives(watch, AGENCY), await arrives(watch, PAPER)
    await told(watch)
    async with watch.database.connection() as connection:
        assert await copies.set_apart(connection, second)
        assert not await copies.set_apart(connection, second)
    await revised(watch, PAPER, body=f"{BODY}\nMore at night.")

    assert await clusters(watch) == []
    assert [(story, copy_of) for story, _, copy_of in await told(watch)] == [(first, None), (second, None)]
    assert len(mails(watch)) == 2


async def test_the_command_lists_the_copies_and_takes_one_out(database: Database, database_url: str, tmp_path: Path) -> None:
    (tmp_path / "wirewatch.toml").write_text('[fetch]\ncontact = "desk@example.org"\n', encoding="utf-8")
    watch = await a_desk(database, tmp_path)
    first, second = await arrives(watch, AGENCY), await arrives(watch, PAPER)
    await told(watch)
    shown = (await ask(watch, tmp_path, database_url, str(second))).output
    plain = json.loads((await ask(watch, tmp_path, database_url, str(second), "--json")).output)
    apart = await ask(watch, tmp_path, database_url, str(second), "--apart")
    again = await ask(watch, tmp_path, database_url, str(second), "--apart")

    assert "same copy" in shown
    assert "leads" in shown
    assert f"copy of {first}" in shown
    assert [each["story"] for each in plain["copies"]] == [first, second]
    assert (apart.exit_code, "same copy" in apart.output) == (0, False)
    assert (again.exit_code, again.output) == (
        1,
        f"Error: story {second} is a copy of no other, nor another of it; `wirewatch story {second}` shows what it is\n",
    )


BACKGROUND = BODY.partition("\n")[2]


async def test_a_copy_that_opens_with_news_of_its_own_is_told_beside_the_other(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path)
    await arrives(watch, AGENCY)
    await watch.tell_now(a_reader())
    own = " ".join(f"At berth {number} the strike turned violent and somebody was hurt by a stone." for number in range(8))

    await arrives(watch, PAPER, body=f"{own}\n{BACKGROUND}", headline="Strike turns violent")
    await watch.tell_now(a_reader())

    assert [str(mail["Subject"]) for mail in mails(watch)] == [
        "1 story · strike: Strike, says the agency",
        "1 story · strike: Strike turns violent",
    ]


async def test_copies_whose_headlines_count_otherwise_are_both_told(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path)
    await arrives(watch, AGENCY, headline="Strike: 7 hurt")
    await arrives(watch, PAPER, headline="Strike: 70 hurt")
    await watch.tell_now(a_reader())

    assert "2 stories" in str(mails(watch)[0]["Subject"])


async def test_who_was_told_of_a_copy_hears_that_the_agency_killed_its_own(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path)
    await arrives(watch, PAPER)
    await watch.tell_now(a_reader())
    await arrives(watch, AGENCY)
    await watch.tell_now(a_reader())
    before = len(mails(watch))

    await revised(watch, AGENCY, headline="Strike, says the agency", body=BODY, status=Status.WITHDRAWN)
    await watch.correct()
    await watch.correct()
    await watch.send()

    assert [str(mail["Subject"]) for mail in mails(watch)[before:]] == ["WITHDRAWN: Strike, says the agency"]
    assert BODY[:40] not in text(mails(watch)[-1])


@pytest.mark.parametrize(
    ("first", "later", "status", "said"),
    [
        (AGENCY, PAPER, Status.GONE, []),
        (AGENCY, PAPER, Status.WITHDRAWN, []),
        (PAPER, AGENCY, Status.GONE, []),
        (PAPER, AGENCY, Status.WITHDRAWN, ["WITHDRAWN: Strike, says the agency"]),
    ],
)
async def test_of_a_copy_that_came_after_the_mail_a_reader_hears_only_what_the_agency_says_of_its_own(
    database: Database, tmp_path: Path, first: Source, later: Source, status: Status, said: list[str]
) -> None:
    watch = await a_desk(database, tmp_path)
    agencies = {AGENCY: "Agency", PAPER: None}
    await arrives(watch, first, agency=agencies[first])
    await told(watch)
    copy = await arrives(watch, later, agency=agencies[later])
    assert (await told(watch))[-1][0] == copy

    await revised(watch, later, headline=f"Strike, says the {later.id}", body=BODY, status=status)
    written = await watch.correct()
    await watch.tell_now(a_reader())
    await watch.send()

    assert written == len(said)
    assert [str(mail["Subject"]) for mail in mails(watch)[1:]] == said


async def test_who_was_told_beside_the_name_of_an_outlet_hears_that_its_copy_is_gone(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path)
    await arrives(watch, AGENCY, agency="Agency")
    await arrives(watch, PAPER)
    await told(watch)

    await revised(watch, PAPER, headline="Strike, says the paper", body=BODY, status=Status.GONE)

    assert await watch.correct() == 1


async def test_a_copy_that_came_after_the_mail_and_was_set_apart_was_named_by_none(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path)
    await arrives(watch, AGENCY, agency="Agency")
    await told(watch)
    second = await arrives(watch, PAPER)
    await told(watch)
    await set_apart(watch, second)

    assert await rows(watch, "select mail, copy_of, named from due where story = %s", second) == [(None, None, None)]


async def test_a_copy_of_what_was_refused_for_good_is_told(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path)
    first = await arrives(watch, AGENCY)
    office = Office(data=lambda _: "554 5.7.1 looks like spam")
    async with served_by(office, watch):
        for _ in range(2):
            await watch.tell_now(a_reader())
        office.data = lambda _: TAKEN
        second = await arrives(watch, PAPER)
        await watch.tell_now(a_reader())

    assert await rows(watch, "select story, mail, copy_of from due order by story") == [(first, 2, None), (second, 3, None)]
    assert [b"says the paper" in data for _, data in office.took] == [True]


async def set_apart(watch: Watch, story: int) -> None:
    async with watch.database.connection() as connection:
        assert await copies.set_apart(connection, story)


async def test_who_was_told_of_a_copy_that_was_then_set_apart_hears_that_it_is_killed(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path)
    await arrives(watch, AGENCY)
    second = await arrives(watch, PAPER)
    await watch.tell_now(a_reader())
    await set_apart(watch, second)

    await revised(watch, PAPER, headline="Strike, says the paper", body=BODY, status=Status.WITHDRAWN)
    assert [await watch.correct(), await watch.correct()] == [1, 0]
    await watch.send()

    digest, kill = mails(watch)
    assert (kill["Subject"], kill["In-Reply-To"]) == ("WITHDRAWN: Strike, says the paper", digest["Message-ID"])
    assert await rows(watch, "select mail, told, shown, behind, named from due where story = %s", second) == [(1, 1, 2, False, None)]


async def test_a_copy_that_was_set_apart_and_corrected_is_told_as_it_reads_now_and_no_correction(
    database: Database, tmp_path: Path
) -> None:
    watch = await a_desk(database, tmp_path, readers=(replace(a_reader(), corrections="instant"),))
    await arrives(watch, AGENCY)
    second = await arrives(watch, PAPER)
    await watch.tell_now(watch.settings.recipients[0])
    await set_apart(watch, second)

    await revised(watch, PAPER, headline="Strike, says the paper", body=f"{BODY}\nNone of 9 hurt.", status=Status.CORRECTED)
    assert await watch.correct() == 0
    await watch.tell_now(watch.settings.recipients[0])
    await watch.send()

    assert [mail["In-Reply-To"] for mail in mails(watch)] == [None, None]
    assert await rows(watch, "select mail, told, shown, behind, named from due where story = %s", second) == [(2, 2, None, False, None)]


async def test_who_never_got_the_mail_that_named_a_copy_hears_nothing_of_it(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path)
    await arrives(watch, AGENCY)
    second = await arrives(watch, PAPER)
    send_to(watch, 9)
    await watch.tell_now(a_reader())
    await set_apart(watch, second)
    async with database.connection() as connection:
        await unsent.give_back(connection, [1], now=watch.clock())

    assert await rows(watch, "select mail, named from due") == [(None, None)] * 2


# ---- copies of what was withdrawn ----


@pytest.mark.parametrize("comes_first", [False, True])
async def test_a_copy_of_what_was_withdrawn_is_no_news_to_who_was_told_of_that_and_marked_for_who_was_not(
    database: Database, tmp_path: Path, comes_first: bool
) -> None:
    clock, bob = Clock(), a_reader("bob@example.org")
    watch = await a_desk(database, tmp_path, clock, readers=(a_reader(), bob))
    killed = await arrives(watch, AGENCY, agency="Agency")
    await watch.tell_now(a_reader())
    copy = await arrives(watch, PAPER) if comes_first else 0
    clock.advance(minutes=30)
    await revised(watch, AGENCY, headline="Strike, says the agency", body=BODY, agency="Agency", status=Status.WITHDRAWN)
    clock.advance(hours=1)
    copy = copy or await arrives(watch, PAPER)
    await watch.correct()
    for reader in (a_reader(), bob):
        await watch.tell_now(reader)
    await watch.send()

    assert sorted((str(mail["To"]), "WITHDRAWN" in mail["Subject"]) for mail in mails(watch)) == [
        (a_reader().email, False),
        (a_reader().email, True),
        (bob.email, False),
    ]
    assert ["withdrawn by agency 12:30" in text(mail) for mail in mails(watch) if mail["To"] == bob.email] == [True]
    assert await rows(watch, "select copy_of from due where recipient = %s and story = %s", a_reader().email, copy) == [(killed,)]


async def test_a_copy_of_what_was_withdrawn_and_given_back_is_a_copy_of_it(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path)
    await arrives(watch, AGENCY, agency="Agency")
    story = replace(a_story(headline="Strike, says the agency", body=BODY), canonical_url="https://agency.example.org/one")
    for status in (Status.WITHDRAWN, Status.USABLE):
        await comes_in(watch, replace(story, status=status), source=AGENCY, url=story.canonical_url, summary=str(status))
    await arrives(watch, PAPER)

    [news] = (await watch.preview(a_reader())).news

    assert (news.source, news.withdrawn, news.also) == ("agency", None, ("paper",))


async def test_what_says_more_than_what_was_withdrawn_is_told_and_marked(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path)
    await arrives(watch, AGENCY)
    await watch.tell_now(a_reader())
    await revised(watch, AGENCY, headline="Strike, says the agency", body=BODY, status=Status.WITHDRAWN)
    own = " ".join(f"At berth {number} the strike turned violent and somebody was hurt by a stone." for number in range(8))
    await arrives(watch, PAPER, body=f"{own}\n{BODY}", headline="Strike turns violent")

    [news] = (await watch.preview(a_reader())).news

    assert (news.source, news.withdrawn and news.withdrawn[0]) == ("paper", "agency")


async def test_the_agencys_own_is_told_though_an_outlet_withdrew_its_copy(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path)
    await arrives(watch, PAPER)
    await watch.tell_now(a_reader())
    await revised(watch, PAPER, headline="Strike, says the paper", body=BODY, status=Status.WITHDRAWN)
    await arrives(watch, AGENCY, agency="Agency")

    [news] = (await watch.preview(a_reader())).news

    assert (news.source, news.withdrawn and news.withdrawn[0]) == ("agency", "paper")


async def test_what_is_withdrawn_is_known_by_what_it_said_though_its_page_only_says_so_now(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path)
    await arrives(watch, AGENCY)
    await watch.tell_now(a_reader())
    for summary in ("1", "2"):
        told = a_story(headline="Strike, says the agency", body=f"Withdrawn, note {summary}.", status=Status.WITHDRAWN)
        url = "https://agency.example.org/one"
        await comes_in(watch, replace(told, canonical_url=url), source=AGENCY, url=url, summary=summary)
    await arrives(watch, PAPER)

    assert [news.withdrawn for news in (await watch.preview(a_reader())).news] == []
    assert await rows(watch, "select story from mark join copy using (story) where hash <> all(marks)") == [], "they go with their story"
