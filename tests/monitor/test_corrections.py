"""monitor.corrections and correcting: who was told of a story hears what the agency says of it later, and nobody else does."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from desk import Clock, a_reader, a_story, a_watch, comes_in, mails, rows, text
from postoffice import TAKEN, Office, served_by

from alerts.recipient import Versions
from monitor import runs
from monitor.database import Database
from monitor.history import history
from monitor.telling import Telling
from monitor.watch import Watch
from spiders.story import Status

ANN, BOB, EVE = (a_reader(f"{name}@example.org") for name in ("ann", "bob", "eve"))
FIRST = "The strike began at noon, forty took part."
SECOND_IN_FIGURES = "The strike begann at noon, 14 took part."
SECOND = "The strike began at noon, fourteen took part."


async def told(watch: Watch, *readers: object) -> None:
    for reader in readers:
        await watch.tell_now(reader)  # type: ignore[arg-type]
    await watch.send()


def got(watch: Watch) -> list[tuple[str, str, bool]]:
    """Who got a mail with which subject, and whether it answers another; oldest first."""
    return [(str(mail["To"]), str(mail["Subject"]), "In-Reply-To" in mail) for mail in mails(watch)]


async def after_the_digest(database: Database, folder: Path, *readers: object, clock: Clock | None = None) -> Watch:
    """Ann and Bob were told the first version of a story, Eve joined later."""
    watch = await a_watch(database, folder, readers=(ANN, BOB, EVE), clock=clock)
    await comes_in(watch, a_story(body=FIRST))
    await told(watch, *(readers or (ANN, BOB)))
    return watch


async def test_a_correction_and_a_kill_reach_exactly_those_who_were_told(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await after_the_digest(database, tmp_path, clock=clock)
    before = len(mails(watch))
    roots = {str(mail["To"]): str(mail["Message-ID"]) for mail in mails(watch)}

    clock.advance(hours=1)
    await comes_in(watch, a_story(body=SECOND, status=Status.CORRECTED), summary="2")
    await told(watch, ANN, BOB)
    corrected = mails(watch)[before:]
    clock.advance(hours=1)
    await comes_in(watch, a_story(body=SECOND, status=Status.WITHDRAWN), summary="3")
    written = await watch.correct()
    await watch.send()
    killed = mails(watch)[before + len(corrected) :]
    await told(watch, EVE)

    assert sorted((str(mail["To"]), str(mail["Subject"])) for mail in corrected) == [
        ("ann@example.org", "CORRECTED: Dockers strike"),
        ("bob@example.org", "CORRECTED: Dockers strike"),
    ]
    assert written == 2 and sorted((str(mail["To"]), str(mail["Subject"])) for mail in killed) == [
        ("ann@example.org", "WITHDRAWN: Dockers strike"),
        ("bob@example.org", "WITHDRAWN: Dockers strike"),
    ]
    for mail in (*corrected, *killed):
        assert mail["References"] == mail["In-Reply-To"] == roots[str(mail["To"])]
    assert "[-forty-] {+fourteen+}" in text(corrected[0])
    for mail in killed:
        assert "noon" not in mail.as_string() and "took part" not in text(mail)
    assert not [mail for mail in mails(watch) if mail["To"] == EVE.email], "what was taken back is no news to her"


async def test_what_was_told_is_not_told_again(database: Database, tmp_path: Path) -> None:
    watch = await after_the_digest(database, tmp_path, ANN)
    await comes_in(watch, a_story(body=SECOND, status=Status.WITHDRAWN), summary="2")

    written = [await watch.correct(), await watch.correct()]
    await told(watch, ANN)

    assert written == [1, 0] and len(mails(watch)) == 2
    assert await rows(watch, "select recipient, story, revision from correction") == [(ANN.email, 1, 2)]
    assert await rows(watch, "select told, shown, behind from due where recipient = %s", ANN.email) == [(1, 2, False)]


@pytest.mark.parametrize(
    ("versions", "heard"),
    [
        ("first", []),
        ("material", ["UPDATED: Dockers strike"]),
        ("all", ["UPDATED: Dockers strike", "UPDATED: Dockers strike"]),
    ],
)
async def test_store_06_a_version_that_the_agency_says_nothing_of_is_told_to_who_wants_it(
    database: Database, tmp_path: Path, versions: Versions, heard: list[str]
) -> None:
    reader = replace(ANN, versions=versions)
    watch = await a_watch(database, tmp_path, readers=(reader,))
    await comes_in(watch, a_story(body=FIRST))
    await told(watch, reader)

    # The second has one word spelt otherwise, the third another number.
    for summary, body in enumerate((FIRST.replace("began", "begann"), SECOND_IN_FIGURES)):
        await comes_in(watch, a_story(body=body), summary=str(summary))
        await told(watch, reader)

    assert [subject for _, subject, _ in got(watch)][1:] == heard
    assert await rows(watch, "select number from revision order by number") == [(1,), (2,), (3,)]
    assert await rows(watch, "select behind from due") == [(False,)]


async def test_a_correction_is_compared_with_what_its_reader_was_shown(database: Database, tmp_path: Path) -> None:
    reader = replace(ANN, versions="first")
    watch = await a_watch(database, tmp_path, readers=(reader,))
    await comes_in(watch, a_story(body=FIRST))
    await told(watch, reader)

    await comes_in(watch, a_story(body=SECOND), summary="2")
    await told(watch, reader)
    await comes_in(watch, a_story(body=SECOND + " It is over.", status=Status.CORRECTED), summary="3")
    await told(watch, reader)

    assert [subject for _, subject, _ in got(watch)][1:] == ["CORRECTED: Dockers strike"]
    assert "[-forty-] {+fourteen+}" in text(mails(watch)[-1])


async def test_a_correction_says_when_it_was_seen_and_when_its_reader_was_told(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await after_the_digest(database, tmp_path, ANN, clock=clock)
    clock.advance(hours=1)
    await comes_in(watch, a_story(body=SECOND, status=Status.CORRECTED), summary="2")
    clock.advance(hours=1)
    await told(watch, ANN)

    assert text(mails(watch)[-1]).splitlines()[2:4] == ["v2 · seen 13:00", "wire · 12:00 · you were told 12:00"]


async def test_a_digest_that_is_being_written_when_the_story_is_withdrawn_is_recalled_before_it_goes_out(
    database: Database, tmp_path: Path
) -> None:
    watch = await after_the_digest(database, tmp_path, BOB)
    async with database.connection() as connection:
        run = await runs.begin(connection, ANN.email, None, now=watch.clock())
        telling = Telling(connection=connection, settings=watch.settings, rules=watch.rules, recipient=ANN, now=watch.clock())
        assert run
        await telling.write(run)
        withdrawn = asyncio.create_task(comes_in(watch, a_story(body=FIRST, status=Status.WITHDRAWN), summary="2"))
        await asyncio.sleep(0.3)
        assert not withdrawn.done(), "it waits for the digest that names the version before"
    await withdrawn
    assert await rows(watch, "select behind from due where recipient = %s", ANN.email) == [(True,)]
    await watch.correct()
    await watch.send()

    assert [subject for to, subject, _ in got(watch) if to == ANN.email] == []
    assert await rows(watch, "select mail, told, behind from due where recipient = %s", ANN.email) == [(None, None, False)]


@pytest.mark.parametrize("status", [Status.HELD, Status.WITHDRAWN])
async def test_who_was_told_that_a_story_is_held_back_hears_when_it_is_released(database: Database, tmp_path: Path, status: Status) -> None:
    watch = await after_the_digest(database, tmp_path, ANN)
    await comes_in(watch, a_story(body=FIRST, status=status), summary="2")
    await watch.correct()
    await watch.send()

    await comes_in(watch, a_story(body=FIRST), summary="3")
    await told(watch, ANN)

    assert [subject for _, subject, _ in got(watch)][1:] == [f"{status.upper()}: Dockers strike", "RELEASED: Dockers strike"]


async def test_stories_of_one_mail_are_corrected_in_one_answer(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, readers=(ANN,))
    for name in ("one", "two"):
        await comes_in(watch, a_story(name, headline=f"Strike {name}", body=FIRST))
    await told(watch, ANN)
    await comes_in(watch, a_story("three", headline="Strike three", body=FIRST))
    await told(watch, ANN)

    for name in ("one", "two", "three"):
        await comes_in(watch, a_story(name, headline=f"Strike {name}", body=SECOND, status=Status.CORRECTED), summary="2")
    await told(watch, ANN)

    assert sorted(subject for _, subject, is_answer in got(watch) if is_answer) == [
        "CORRECTED: Strike one (+1)",
        "CORRECTED: Strike three",
    ]


async def test_a_storys_history_names_each_mail_and_the_version_that_it_showed(database: Database, tmp_path: Path) -> None:
    watch = await after_the_digest(database, tmp_path, ANN)
    await comes_in(watch, a_story(body=SECOND, status=Status.WITHDRAWN), summary="2")
    await watch.correct()

    async with database.connection() as connection:
        found = await history(connection, 1)

    assert found and [(each.recipient, each.mail, each.told) for each in found.told if each.mail] == [(ANN.email, 1, 1), (ANN.email, 2, 2)]


async def test_a_correction_that_another_version_overtook_is_heard(database: Database, tmp_path: Path) -> None:
    reader = replace(ANN, versions="first")
    watch = await a_watch(database, tmp_path, readers=(reader,))
    await comes_in(watch, a_story(body=FIRST))
    await told(watch, reader)

    await comes_in(watch, a_story(body=SECOND, status=Status.CORRECTED, note="Corrects the number."), summary="2")
    await comes_in(watch, a_story(body=SECOND + " It is over.", note="Corrects the number."), summary="3")
    await told(watch, reader)
    await told(watch, reader)

    assert [subject for _, subject, _ in got(watch)][1:] == ["CORRECTED: Dockers strike"]
    assert "Corrects the number." in text(mails(watch)[-1]) and "{+fourteen+}" in text(mails(watch)[-1])


async def test_a_corrected_story_whose_page_only_prints_another_advertisement_is_not_told_again(database: Database, tmp_path: Path) -> None:
    """Fault row parse-12."""
    watch = await after_the_digest(database, tmp_path, ANN)
    await comes_in(watch, a_story(body=SECOND, status=Status.CORRECTED), summary="2")
    await told(watch, ANN)
    before = len(mails(watch))

    for summary, furniture in enumerate(("Updated 14:05", "3 hours ago", "12 comments")):
        await comes_in(watch, a_story(body=f"{SECOND}\n{furniture}", status=Status.CORRECTED), summary=f"again {summary}")
        await told(watch, ANN)

    assert len(mails(watch)) == before


async def test_who_cannot_be_written_to_costs_nobody_else_their_kill(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    watch = await after_the_digest(database, tmp_path)
    watch.settings = replace(watch.settings, recipients=(replace(ANN, language="xx"), BOB, EVE))
    await comes_in(watch, a_story(body=FIRST, status=Status.WITHDRAWN), summary="2")

    written = [await watch.correct(), await watch.correct()]
    await watch.send()
    said = [record.getMessage() for record in caplog.records if "correction not written" in record.getMessage()]
    watch.settings = replace(watch.settings, recipients=(ANN, BOB, EVE))
    later = await watch.correct()

    assert (written, later) == ([1, 0], 1)
    assert got(watch)[2:] == [(BOB.email, "WITHDRAWN: Dockers strike", True)]
    assert said == ["correction not written code=correction-not-written recipient=a…@example.org"]


async def becomes(watch: Watch, *versions: tuple[str, Status], hear: bool = True) -> None:
    """The story has these versions, one after the other; Ann hears of each, or of the last."""
    for number, (body, status) in enumerate(versions, 1):
        await comes_in(watch, a_story(body=body, status=status), summary=f"{number} {body}")
        if hear or number == len(versions):
            await watch.correct()
            await told(watch, ANN)


def subjects(watch: Watch) -> list[str]:
    return [subject for _, subject, _ in got(watch)][1:]


async def test_what_is_taken_back_in_other_words_is_not_taken_back_twice(database: Database, tmp_path: Path) -> None:
    watch = await after_the_digest(database, tmp_path, ANN)
    await becomes(watch, (FIRST, Status.WITHDRAWN), ("This story was withdrawn on July 27 at 14:05.", Status.WITHDRAWN))

    assert subjects(watch) == ["WITHDRAWN: Dockers strike"]


async def test_a_release_that_nobody_heard_of_makes_no_second_hold(database: Database, tmp_path: Path) -> None:
    watch = await after_the_digest(database, tmp_path, ANN)
    await becomes(watch, (FIRST, Status.HELD))
    await becomes(watch, (FIRST, Status.USABLE), (SECOND, Status.HELD), hear=False)

    assert subjects(watch) == ["HELD: Dockers strike"]


@pytest.mark.parametrize("before", [[(SECOND_IN_FIGURES, Status.HELD)], [(SECOND_IN_FIGURES, Status.CORRECTED), (FIRST, Status.HELD)]])
async def test_who_hears_that_a_story_is_released_reads_what_was_mended_meanwhile(
    database: Database, tmp_path: Path, before: list[tuple[str, Status]]
) -> None:
    watch = await after_the_digest(database, tmp_path, ANN)
    await becomes(watch, *before, hear=False)
    await becomes(watch, (SECOND, Status.USABLE))

    assert subjects(watch) == ["HELD: Dockers strike", "RELEASED: Dockers strike"]
    assert "[-forty-] {+fourteen+}" in text(mails(watch)[-1])


async def test_who_wants_the_first_version_does_not_hear_that_a_correction_is_not_marked_any_more(
    database: Database, tmp_path: Path
) -> None:
    watch = await a_watch(database, tmp_path, readers=(replace(ANN, versions="first"),))
    await comes_in(watch, a_story(body=FIRST))
    await told(watch, *watch.settings.recipients)
    for body, status in ((SECOND, Status.CORRECTED), (SECOND + " Another 300 came at night.", Status.USABLE)):
        await comes_in(watch, a_story(body=body, status=status), summary=body)
        await told(watch, *watch.settings.recipients)

    assert subjects(watch) == ["CORRECTED: Dockers strike"]


async def refused_twice(database: Database, folder: Path, office: Office, version: tuple[str, Status]) -> Watch:
    """Ann has the first version, and a server refused twice to take what became of it."""
    clock = Clock()
    watch = await after_the_digest(database, folder, ANN, clock=clock)
    office.data = lambda _: "554 5.7.1 looks like spam"
    await comes_in(watch, a_story(body=version[0], status=version[1]), summary="2")
    async with served_by(office, watch):
        for _ in range(2):
            await watch.correct()
            await told(watch, ANN)
            clock.advance(hours=1)
    assert await rows(watch, "select state from mail where kind = 'correction'") == [("failed",)] * 2
    office.data = lambda _: TAKEN
    return watch


async def test_nobody_hears_of_the_release_of_what_they_never_heard_was_held(database: Database, tmp_path: Path) -> None:
    office = Office()
    watch = await refused_twice(database, tmp_path, office, (FIRST, Status.HELD))
    async with served_by(office, watch):
        await becomes(watch, (FIRST, Status.USABLE))

    assert office.took == []
    assert await rows(watch, "select behind from due where recipient = %s", ANN.email) == [(False,)]


async def test_a_correction_shows_what_its_reader_has_not_what_was_refused(database: Database, tmp_path: Path) -> None:
    office = Office()
    watch = await refused_twice(database, tmp_path, office, (SECOND, Status.CORRECTED))
    async with served_by(office, watch):
        await becomes(watch, (SECOND.replace("fourteen", "fifteen"), Status.CORRECTED))

    [(to, data)] = office.took
    assert to == ANN.email and b"CORRECTED" in data and b"[-forty-] {+fifteen+}" in data


async def test_a_kill_that_was_refused_twice_is_not_tried_again_until_there_is_another_version(database: Database, tmp_path: Path) -> None:
    office = Office()
    watch = await refused_twice(database, tmp_path, office, (FIRST, Status.WITHDRAWN))
    async with served_by(office, watch):
        assert await watch.correct() == 0
        await becomes(watch, (SECOND, Status.WITHDRAWN))

    assert [b"WITHDRAWN" in data for _, data in office.took] == [True]
