"""monitor.withdrawn and corrections: when a source takes its copy back, whoever was told of one hears what is theirs to hear."""

from dataclasses import replace
from pathlib import Path

import pytest
from desk import Clock, a_reader, a_story, comes_in, mails, rows, text
from outlets import AGENCY, BODY, PAPER, a_desk, arrives, revised, told

from monitor.database import Database
from spiders.source import Source
from spiders.story import Status


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
