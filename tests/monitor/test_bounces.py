"""Bounces: whose mails come back is told nothing after three, and the operator hears of it."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from desk import Clock, a_reader, a_story, a_watch, arrives, change, comes_in, mails, rows
from postoffice import CUT, TAKEN, Office, served_by

from alerts.bounce import Bounce
from monitor import absences, bounces, corrections, health, leaving
from monitor.database import Database
from monitor.mailserver import Mail
from monitor.watch import Watch
from spiders.story import Status, Story
from tests.alerts.test_deliver import Server, listening

ANN = "ann@example.org"


async def mailed(watch: Watch, clock: Clock, count: int = 1) -> list[str]:
    """Ann is told a story a day; the Message-IDs."""
    ids = []
    for _ in range(count):
        clock.advance(days=1)
        await arrives(watch, a_story(f"{clock.at:%m%d}", body=f"The strike of {clock.at:%A} began.", published_at=clock.at))
        await watch.tell_now(watch.settings.recipients[0])
        [(id,)] = await rows(watch, "select message_id from mail where recipient = %s order by id desc limit 1", ANN)
        ids.append(str(id))
    return ids


async def come_back(watch: Watch, ids: Iterable[str], *, address: str = ANN, status: str = "5.1.1") -> list[str | None]:
    """Reports on these mails; whose they were."""
    async with watch.database.connection() as connection:
        return [
            await bounces.returned(
                connection, Bounce(message_id=id, addresses=(address,), status=status, said="no such user"), now=watch.clock()
            )
            for id in ids
        ]


async def state(watch: Watch) -> str:
    async with watch.database.connection() as connection:
        absence = (await absences.reach(connection, watch.settings.recipients[0], now=watch.clock())).absence(watch.clock())
    return absence.kind if absence else "active"


class Refusing(Server):
    """A server that knows no Ann."""

    async def handle_RCPT(self, server, session, envelope, address, options):  # type: ignore[no-untyped-def]
        self.rcpt = "550 5.1.1 no such user" if address == ANN else "250 OK"
        return await super().handle_RCPT(server, session, envelope, address, options)


async def test_smtp_03_after_three_refusals_within_a_week_one_of_twenty_is_suspended_and_the_others_are_told(
    database: Database, tmp_path: Path
) -> None:
    clock, server = Clock(), Refusing()
    readers = tuple(a_reader(email) for email in (ANN, *(f"reader{number}@example.org" for number in range(19))))
    watch = await a_watch(database, tmp_path, clock=clock, readers=readers)
    async with listening(server) as port:
        post = Mail(sender="desk@example.org", smtp=f"smtp://127.0.0.1:{port}")
        await change(watch, mail=post, operator="ops@example.org")
        for day in range(4):
            clock.advance(days=1)
            await arrives(watch, a_story(f"{day}", body=f"The strike of day {day} began.", published_at=clock.at))
            for reader in readers if day == 0 else readers[:2]:
                await watch.tell_now(reader)
            await health.check(watch)
            await watch.send()

    report = await health.report(watch)
    counted = "select recipient = %s, state, attempts, count(*) from mail where kind = 'digest' group by 1, 2, 3 order by 1"
    sent = await rows(watch, counted, ANN)
    assert sent == [(False, "sent", 1, 19 + 3), (True, "failed", 1, 3)]
    assert await state(watch) == "suspended"
    assert [trouble for trouble in report.troubles if ANN in trouble] == [
        "recipient ann@example.org: suspended since 2026-11-26 12:00 UTC, mails came back; wirewatch recipients resume ann@example.org"
    ]
    notes = [content for verb, content in server.heard if verb == "DATA" and b"ops@example.org" in content]
    assert len([note for note in notes if b"come back" in note]) == 1
    assert not any(ANN.encode() in note for note in notes)
    assert await rows(watch, "select count(*) from due where recipient = %s and mail is null", ANN) == [(2,)], (
        "of the last day, and of the last mail that was refused"
    )


async def test_three_reports_within_a_week_suspend_and_resume_begins_anew(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    ids = await mailed(watch, clock, 4)

    said = [(*await come_back(watch, [id]), await state(watch)) for id in ids[:3]]
    async with database.connection() as connection:
        clock.advance(minutes=1)
        await leaving.resume(connection, ANN, now=clock.at)
    await come_back(watch, ids[3:])

    assert said == [(ANN, "active"), (ANN, "active"), (ANN, "suspended")]
    assert await state(watch) == "active"


async def test_a_report_that_comes_again_counts_once(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)

    await come_back(watch, await mailed(watch, clock) * 5)

    assert (await state(watch), await rows(watch, "select status, said from bounce")) == ("active", [("5.1.1", "no such user")])


async def test_three_within_more_than_a_week_do_not_suspend(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    for _ in range(3):
        await come_back(watch, await mailed(watch, clock))
        clock.advance(days=4)

    assert await state(watch) == "active"


async def test_a_forged_report_suspends_nobody(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock, readers=(a_reader(), a_reader("bob@example.org")))
    ids = await mailed(watch, clock, 3)

    never_sent = await come_back(watch, [f"<d.{number}.a.b@example.org>" for number in range(5)])
    others = await come_back(watch, ids, address="bob@example.org")

    assert never_sent + others == [None] * 8
    assert await rows(watch, "select * from bounce") == []


async def test_what_was_refused_for_its_sender_its_content_or_by_a_policy_suspends_nobody(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    for status in ("5.7.1", "5.1.8", "5.6.0", "5.7.26"):
        await come_back(watch, await mailed(watch, clock), status=status)

    assert (await state(watch), await rows(watch, "select count(*) from bounce")) == ("active", [(4,)])


async def test_the_operator_who_cannot_be_reached_is_no_reader(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    watch.settings = replace(watch.settings, operator="ops@example.org")
    await rows(
        watch,
        "insert into mail (kind, recipient, message_id, bytes, created_at) values ('note', %s, '<n>', '', now()) returning id",
        "ops@example.org",
    )

    await come_back(watch, ["<n>"] * 3, address="ops@example.org")

    assert await rows(watch, "select * from bounce") == []


def killed() -> Story:
    """The story of the first day, taken back."""
    return a_story("1124", body="The strike was invented.", status=Status.WITHDRAWN)


async def resumed(watch: Watch, clock: Clock) -> list[str]:
    """The headlines of what Ann is told in the days after she is no longer suspended."""
    told = len(mails(watch))
    async with watch.database.connection() as connection:
        assert await leaving.resume(connection, ANN, now=clock.advance(hours=1)) == ["suspended"]
    for _ in range(3):
        clock.advance(days=1)
        await watch.correct()
        await watch.tell_now(watch.settings.recipients[0])
        await watch.send()
    return [str(each["Subject"]) for each in mails(watch)[told:]]


async def test_what_came_back_is_told_again_once_its_reader_is_no_longer_suspended(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await come_back(watch, await mailed(watch, clock, 3), status="5.2.2")

    assert len(await resumed(watch, clock)) == 1
    assert await rows(watch, "select mail from due") == [(4,)] * 3


async def test_a_kill_that_came_back_is_told_again_too(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await mailed(watch, clock)
    await comes_in(watch, killed(), summary="2")
    await watch.correct()
    await watch.send()
    [(kill,)] = await rows(watch, "select message_id from mail where kind = 'correction'")
    await come_back(watch, [str(kill), *await mailed(watch, clock, 2)])

    assert [each.partition(":")[0] for each in await resumed(watch, clock)].count("WITHDRAWN") == 1


async def test_who_has_only_a_mail_that_came_back_of_a_story_hears_of_no_kill(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await come_back(watch, await mailed(watch, clock))
    await comes_in(watch, killed(), summary="2")

    async with database.connection() as connection:
        assert await corrections.urgent(connection, now=clock.at) == []
    assert await watch.correct() == 0


async def test_of_what_came_back_and_a_server_may_have_twice_the_kill_is_told(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    ids = await mailed(watch, clock)
    await rows(watch, "update mail set unanswered = 1 returning id")
    await come_back(watch, ids)
    await comes_in(watch, killed(), summary="2")

    assert await watch.correct() == 1


async def test_what_came_back_more_than_a_week_before_the_suspension_is_not_told_again(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    for _ in range(2):
        await come_back(watch, await mailed(watch, clock))
    clock.advance(days=8)
    await come_back(watch, await mailed(watch, clock, 3))
    await resumed(watch, clock)

    assert await rows(watch, "select story, mail from due order by story") == [(1, 2), *((story, 6) for story in range(2, 6))]


async def test_an_answer_to_what_came_back_goes_with_it(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    ids = await mailed(watch, clock)
    await comes_in(watch, replace(killed(), paragraphs=("Nine strikes began.",), status=Status.CORRECTED), summary="2")
    ids += await mailed(watch, clock, 2)
    await watch.send()
    await come_back(watch, ids)
    await resumed(watch, clock)

    assert await rows(watch, "select story, mail, told, shown from due order by story") == [
        (1, 5, 2, None),
        (2, 5, 1, None),
        (3, 5, 1, None),
    ]
    assert await rows(watch, "select * from correction") == []


async def test_a_digest_that_came_back_is_told_once_more_and_no_third_time(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await come_back(watch, await mailed(watch, clock), status="5.7.1")
    clock.advance(days=1)
    assert (await watch.tell_now(watch.settings.recipients[0])).sent
    [(again,)] = await rows(watch, "select message_id from mail where id = 2")
    await come_back(watch, [str(again)] * 2, status="5.7.1")

    assert (await watch.tell_now(watch.settings.recipients[0])).mail is None
    assert await rows(watch, "select mail, refused from due") == [(2, True)]


async def test_a_digest_that_came_back_before_we_noted_that_it_is_out_is_told_once_more(database: Database, tmp_path: Path) -> None:
    clock, office = Clock(), Office()
    watch = await a_watch(database, tmp_path, clock=clock)
    await mailed(watch, clock)
    await rows(watch, "update mail set state = 'queued', next_try_at = %s returning id", clock.at)
    async with served_by(office, watch):
        await come_back(watch, [str(id) for (id,) in await rows(watch, "select message_id from mail")])
        await watch.send()

    assert await rows(watch, "select state from mail") == [("sent",)]
    assert await rows(watch, "select mail, refused from due") == [(None, True)]


async def test_a_kill_that_came_back_is_told_again_after_an_hour_and_the_operator_hears_of_it(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await change(watch, operator="ops@example.org")
    await mailed(watch, clock)
    await comes_in(watch, killed(), summary="2")
    kills = []
    for _ in range(4):
        await watch.correct()
        await watch.send()
        found = await rows(watch, "select message_id from mail where kind = 'correction' order by id")
        await come_back(watch, [str(id) for (id,) in found], status="5.7.1")
        await health.check(watch)
        kills.append(len(found))
        clock.advance(minutes=30)

    said = [data for (data,) in await rows(watch, "select bytes from mail where kind = 'note' order by id")]
    told = [data for data in said if b"Corrections that were refused" in data]  # type: ignore[operator]
    assert kills == [1, 1, 2, 2]
    assert ["told again after an hour" in str(data) for data in told] == [True, False]
    assert await rows(watch, "select shown, behind from due") == [(2, False)], "it counts as told"


async def test_no_kill_goes_to_whom_the_story_came_back_from_meanwhile(database: Database, tmp_path: Path) -> None:
    clock, office = Clock(), Office()
    watch = await a_watch(database, tmp_path, clock=clock)
    async with served_by(office, watch):
        ids = await mailed(watch, clock)
        office.data = lambda _: "451 4.3.0 later"
        await comes_in(watch, killed(), summary="2")
        await watch.correct()
        await watch.send()
        await come_back(watch, ids)
        office.data = lambda _: TAKEN
        clock.advance(hours=1)
        await watch.send()

    assert [b"WITHDRAWN" in data for _, data in office.took] == [False]
    assert await rows(watch, "select kind, state from mail order by id") == [("digest", "sent"), ("correction", "recalled")]


async def test_after_a_suspension_comes_what_came_back_though_its_first_try_was_cut(database: Database, tmp_path: Path) -> None:
    clock, office = Clock(), Office()
    watch = await a_watch(database, tmp_path, clock=clock)
    answers = iter([CUT])
    office.data = lambda _: next(answers, TAKEN)
    async with served_by(office, watch):
        ids = await mailed(watch, clock)
        clock.advance(minutes=5)
        await watch.send()
        ids += await mailed(watch, clock, 2)
        await come_back(watch, ids, status="5.2.2")
        async with database.connection() as connection:
            assert await leaving.resume(connection, ANN, now=clock.advance(hours=1)) == ["suspended"]

    assert await rows(watch, "select unanswered from mail order by id") == [(1,), (0,), (0,)]
    assert await rows(watch, "select story, mail from due order by story") == [(1, None), (2, None), (3, None)]
