"""monitor.echoes: a copy of what a recipient was told is not told again, and nothing is lost by it."""

import asyncio
from pathlib import Path

from desk import a_reader, a_rule, a_story, change, mails, rows, text
from outlets import AGENCY, BODY, PAPER, RADIO, a_desk, arrives, clusters, revised, told
from postoffice import TAKEN, Office, served_by

from alerts.canon import words
from monitor import copies, echoes, stories
from monitor.database import Database
from spiders.story import Status


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
