"""Recipients over time: who pauses, leaves or returns is told each story once, nothing is lost, and nobody is flooded."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from desk import NOON, Clock, a_reader, a_rule, a_story, a_watch, arrives, change, comes_in, mails, rows, text
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from postoffice import Office, send_to, served_by
from test_schedule import queued, ticking, work

from alerts.recipient import Pause, Recipient
from monitor import absences, leaving, outbox
from monitor.database import Database
from monitor.reach import By
from monitor.watch import Watch
from spiders.story import Status

ANN, BOB = a_reader(), a_reader("bob@example.org")
LEAVE = replace(ANN, when_empty="skip", pause=(Pause.parse("2026-11-24..2026-11-26"),))


async def pauses(watch: Watch, email: str = ANN.email, until: datetime | None = None) -> None:
    async with watch.database.connection() as connection:
        await leaving.pause(connection, email, by="recipient", now=watch.clock(), until=until)


async def stops(watch: Watch, email: str = ANN.email) -> None:
    async with watch.database.connection() as connection:
        await leaving.stop(connection, email, by="recipient", now=watch.clock())


async def returns(watch: Watch, email: str = ANN.email) -> None:
    async with watch.database.connection() as connection:
        await leaving.resume(connection, email, now=watch.clock())
    await watch.configure()


async def days(watch: Watch, clock: Clock, count: int) -> None:
    """Let the schedule tick every four hours for so many days, with a story a day at eleven."""
    async with ticking(watch) as schedule:
        for tick in range(count * 6):
            clock.advance(hours=4)
            if tick % 6 == 1:
                await arrives(watch, a_story(f"{clock.at:%m%d}", headline=f"Strike of {clock.at:%A}", published_at=clock.at))
            await schedule._tell(clock.at)
            await schedule._correct()
            await work(watch)


def told(watch: Watch) -> list[tuple[str, list[str]]]:
    """When each digest was written, and the days whose stories it tells."""
    return [(str(mail["Date"])[5:22], re.findall(r"(?m)^(?:- )?Strike of (\w+)(?: · .*)?\r?$", text(mail))) for mail in mails(watch)]


async def test_during_a_pause_nothing_goes_out_and_the_first_digest_after_it_tells_all(database: Database, tmp_path: Path) -> None:
    clock = Clock(NOON.replace(hour=3))
    watch = await a_watch(database, tmp_path, clock=clock, readers=[LEAVE])

    await days(watch, clock, 6)

    assert told(watch) == [
        ("27 Nov 2026 07:00", ["Thursday", "Wednesday", "Tuesday", "Monday"]),
        ("28 Nov 2026 07:00", ["Friday"]),
    ]


async def test_a_pause_by_the_reader_counts_though_the_file_knows_of_none(database: Database, tmp_path: Path) -> None:
    clock = Clock(NOON.replace(hour=3))
    watch = await a_watch(database, tmp_path, clock=clock)
    await pauses(watch, until=clock.at + timedelta(days=2))

    await days(watch, clock, 3)

    assert told(watch) == [("25 Nov 2026 07:00", ["Tuesday", "Monday"])]


async def test_the_digest_after_a_pause_says_for_what_time_it_is_and_the_next_does_not(database: Database, tmp_path: Path) -> None:
    clock = Clock(NOON)
    watch = await a_watch(database, tmp_path, clock=clock, readers=[LEAVE])
    await comes_in(watch, a_story("before"))
    await watch.tell_now(LEAVE)
    clock.at = datetime(2026, 11, 25, 12, tzinfo=NOON.tzinfo)
    await comes_in(watch, a_story("during", published_at=clock.at))
    clock.at = datetime(2026, 11, 27, 7, tzinfo=NOON.tzinfo)

    first = await watch.preview(LEAVE)
    await watch.tell_now(LEAVE)
    clock.advance(hours=3)
    await comes_in(watch, a_story("after", published_at=clock.at))

    assert first.away == LEAVE.pause[0].period(LEAVE.timezone)
    assert (await watch.preview(LEAVE)).away is None


async def test_the_digest_after_a_pause_says_so_to_who_only_had_alerts_before(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    until = clock.at + timedelta(days=3)
    clock.advance(hours=1)
    await pauses(watch, until=until)
    clock.advance(hours=20)
    await comes_in(watch, a_story("during", published_at=clock.at))
    clock.at = until

    assert (await watch.preview(ANN)).away == (NOON + timedelta(hours=1), until)


async def test_a_readers_pause_does_not_shorten_that_of_the_operator_who_may_shorten_it(database: Database, tmp_path: Path) -> None:
    await a_watch(database, tmp_path)
    ends: list[object] = []
    steps: tuple[tuple[By, int | None], ...] = (
        *(("operator", 2), ("recipient", 1), ("recipient", 4), ("operator", 3)),
        *(("operator", None), ("recipient", 1), ("operator", 1)),
    )
    async with database.connection() as connection:
        for by, weeks in steps:
            until = weeks and NOON + timedelta(weeks=weeks)
            await leaving.pause(connection, ANN.email, by=by, now=NOON, until=until or None)
            (absence,) = (await absences.reach(connection, ANN, now=NOON)).absences
            ends.append(absence.over_at and (absence.over_at - NOON).days / 7)

    assert ends == [2, 2, 4, 3, None, None, 1]


async def test_who_is_away_is_not_told_by_hand_either_and_their_slot_is_not_owed(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story())
    await pauses(watch)

    assert (await watch.tell_now(ANN)).mail is None
    assert await rows(watch, "select mail from due") == [(None,)]


async def test_a_run_that_was_opened_before_its_reader_paused_tells_nothing(database: Database, tmp_path: Path) -> None:
    clock = Clock(NOON.replace(hour=8))
    watch = await a_watch(database, tmp_path, clock=clock)
    await comes_in(watch, a_story())
    clock.advance(days=1)
    async with ticking(watch) as schedule:
        await schedule._tell(clock.at)
        await pauses(watch)
        await work(watch)

    assert mails(watch) == []
    assert await rows(watch, "select closed_at is not null, mail from run join due using (recipient)") == [(True, None)]


async def test_a_kill_during_a_pause_waits_and_is_told_at_its_end(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story())
    await watch.tell_now(ANN)
    await pauses(watch)
    await comes_in(watch, a_story(status=Status.WITHDRAWN), summary="2")
    async with ticking(watch) as schedule:
        await schedule._correct()
        meanwhile = await queued(watch), await watch.correct()
        await returns(watch)
        await schedule._correct()
        await work(watch)

    assert meanwhile == ([], 0)
    assert [str(mail["Subject"]) for mail in mails(watch)][1:] == ["WITHDRAWN: Dockers strike"]


async def test_who_left_by_themselves_is_not_taken_up_by_a_file_that_still_names_them(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, readers=[ANN, BOB])
    await comes_in(watch, a_story("one"))
    await stops(watch)
    await watch.configure()
    await comes_in(watch, a_story("two"))

    assert (await watch.tell_now(ANN)).mail is None
    assert await rows(watch, "select recipient, count(*) from due group by 1 order by 1") == [(ANN.email, 1), (BOB.email, 2)]


@pytest.mark.parametrize("by", ["themselves", "the file"])
async def test_who_left_and_returns_gets_one_list_of_at_most_24_hours(database: Database, tmp_path: Path, by: str) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock, readers=[ANN, BOB])
    await comes_in(watch, a_story("known", headline="Strike known"))
    await watch.tell_now(ANN)
    await comes_in(watch, a_story("pending", headline="Strike pending"))
    await (stops(watch) if by == "themselves" else change(watch, recipients=(BOB,)))
    for name, hours in (("missed", 30), ("late", 40)):
        clock.advance(hours=hours)
        await comes_in(watch, a_story(name, headline=f"Strike {name}", published_at=clock.at))
    clock.advance(hours=2)
    await (returns(watch) if by == "themselves" else change(watch, recipients=(ANN, BOB)))

    digest = await watch.preview(ANN)

    assert [news.story.headline for news in digest.news] == ["Strike late"]
    assert digest.away == (clock.at - timedelta(hours=24), clock.at)


async def test_who_returns_is_not_owed_the_slot_of_before(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await change(watch, recipients=())
    clock.advance(days=3)
    await comes_in(watch, a_story(published_at=clock.at))
    await change(watch, recipients=(ANN,))
    async with ticking(watch) as schedule:
        await schedule._tell(clock.at)
        early = await queued(watch)
        await schedule._tell(clock.advance(hours=20))

        assert (early, await queued(watch)) == ([], [("tell", 1)])


async def test_what_waited_for_somebody_who_left_is_not_sent(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story())
    (tmp_path / "outbox").write_text("no folder")  # so that nothing can be delivered
    assert not (await watch.tell_now(ANN)).sent

    await stops(watch)

    assert await rows(watch, "select state, next_try_at, error from mail") == [("recalled", None, "its recipient has left")]


async def test_an_address_whose_capitals_change_is_the_same_person(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, readers=[ANN, BOB])
    await comes_in(watch, a_story("one"))
    await watch.tell_now(ANN)
    await stops(watch, BOB.email)
    ann, bob = a_reader("Ann@example.org"), a_reader("BOB@example.org")
    await change(watch, recipients=(ann, bob))
    again = await watch.tell_now(ann), await watch.tell_now(bob)
    await comes_in(watch, a_story("one", status=Status.WITHDRAWN), summary="2")
    await watch.correct()
    await watch.send()

    assert [told.mail for told in again] == [None, None]
    assert [(str(mail["To"]), "In-Reply-To" in mail) for mail in mails(watch)] == [(ANN.email, False), (ann.email, True)]
    assert await rows(watch, "select email from recipient order by email") == [("Ann@example.org",), ("BOB@example.org",)]


async def an_unsent_digest(database: Database, folder: Path, clock: Clock, *readers: Recipient) -> Watch:
    """A digest for each, which no server took."""
    watch = await a_watch(database, folder, clock=clock, readers=readers)
    await comes_in(watch, a_story())
    send_to(watch, 9)
    for reader in readers:
        await watch.tell_now(reader)
    return watch


async def test_what_waits_when_somebody_pauses_is_told_after_the_pause_and_not_before(database: Database, tmp_path: Path) -> None:
    clock, office = Clock(), Office()
    watch = await an_unsent_digest(database, tmp_path, clock, ANN, BOB)
    await pauses(watch, until=clock.at + timedelta(weeks=1))
    states = await rows(watch, "select recipient, state, error from mail where recipient = %s", ANN.email)
    async with served_by(office, watch):
        clock.advance(days=1)
        await watch.send()
        during = [to for to, _ in office.took]
        clock.advance(weeks=1)
        await watch.tell_now(ANN)

    assert states == [(ANN.email, "recalled", "its recipient is away")]
    assert (during, [to for to, _ in office.took]) == ([BOB.email], [BOB.email, ANN.email])


async def test_what_waits_when_a_pause_of_the_file_begins_is_told_after_it(database: Database, tmp_path: Path) -> None:
    clock, office = Clock(datetime(2026, 11, 23, 23, 30, tzinfo=NOON.tzinfo)), Office()
    watch = await an_unsent_digest(database, tmp_path, clock, LEAVE)
    async with served_by(office, watch):
        clock.advance(hours=1)
        await watch.send()
        during = len(office.took)
        clock.advance(days=3)
        await watch.tell_now(LEAVE)

    assert (during, [b"Dockers strike" in data for _, data in office.took]) == (0, [True])


@pytest.mark.parametrize("leave", [pauses, stops])
async def test_a_mail_that_was_being_sent_when_its_reader_left_and_was_put_off_is_not_tried_again(
    database: Database, tmp_path: Path, leave: Callable[[Watch], Awaitable[None]]
) -> None:
    clock, office = Clock(), Office()
    watch = await an_unsent_digest(database, tmp_path, clock, ANN)
    async with database.connection() as connection:
        (sending,) = await outbox.claim(connection, now=clock.advance(hours=1))
    await leave(watch)
    async with database.connection() as connection:
        await outbox.failed(connection, sending, error="450 later", permanent=False, now=clock.at)
    async with served_by(office, watch):
        clock.advance(days=1)
        await watch.send()

    assert office.took == [] and await rows(watch, "select state from mail") == [("recalled",)]
    assert await rows(watch, "select mail from due") == [(None,)]


async def test_the_operator_who_pauses_as_a_reader_hears_of_the_machine_still(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    async with database.connection() as connection:
        await outbox.put_note(connection, ANN.email, b"Message-ID: <note@example.org>\r\n\r\n", now=watch.clock())
    await pauses(watch)

    assert await watch.send() == 1


# -- any sequence of changes


@dataclass
class Desk:
    """What should be: a desk of two, by the rules of the contract, in a few lines."""

    now: datetime = NOON
    #: Rule → its words.
    rules: dict[str, frozenset[str]] = field(default_factory=dict)
    file: dict[str, frozenset[str]] = field(default_factory=dict)
    follows: dict[str, frozenset[str]] = field(default_factory=dict)
    away: dict[str, set[str]] = field(default_factory=lambda: {ANN.email: set(), BOB.email: set()})
    #: Story → its words, and when it came.
    stories: dict[str, tuple[frozenset[str], datetime]] = field(default_factory=dict)
    #: (Reader, story) → it was told.
    due: dict[tuple[str, str], bool] = field(default_factory=dict)

    def configure(self, file: dict[str, frozenset[str]], rules: dict[str, frozenset[str]]) -> None:
        is_new = rules != self.rules
        self.file, self.rules = file, rules
        for who in self.away:
            wanted = frozenset[str]() if "stopped" in self.away[who] else file.get(who, frozenset())
            if wanted and who in self.follows and not self.follows[who]:
                self.due = {key: told for key, told in self.due.items() if key[0] != who or told or self.is_fresh(key[1])}
            is_new |= bool(wanted - self.follows.get(who, frozenset()))
            if wanted or who in self.follows:
                self.follows[who] = wanted
        for story in self.stories:
            if is_new and self.is_fresh(story):
                self.owe(story)

    def is_fresh(self, story: str) -> bool:
        return self.stories[story][1] >= self.now - timedelta(hours=24)

    def owe(self, story: str) -> None:
        for who, rules in self.follows.items():
            if any(self.rules[rule] & self.stories[story][0] for rule in rules):
                self.due.setdefault((who, story), False)

    def digest(self, who: str) -> set[str]:
        """The stories that a digest tells now."""
        if self.away[who] or who not in self.file:
            return set()
        told = {story for (reader, story), is_told in self.due.items() if reader == who and not is_told}
        self.due |= {(who, story): True for story in told}
        return told


WORDS = ("strike", "flood", "lockout")
PLAIN = {"strike": frozenset(["strike"]), "flood": frozenset(["flood"])}
EDITED = {"strike": frozenset(["strike"]), "flood": frozenset(["flood", "lockout"])}
people = st.sampled_from([ANN.email, BOB.email])
some_rules = st.frozensets(st.sampled_from(["strike", "flood"]), min_size=1)
steps = st.one_of(
    st.tuples(st.just("story"), st.frozensets(st.sampled_from(WORDS), min_size=1)),
    st.tuples(st.just("wait"), st.sampled_from([1, 10, 23, 30])),
    st.tuples(st.just("file"), st.dictionaries(people, some_rules)),
    st.tuples(st.just("rules"), st.sampled_from([PLAIN, EDITED])),
    st.tuples(st.sampled_from(["stop", "pause", "return", "digest"]), people),
)


def readers(file: dict[str, frozenset[str]]) -> list[Recipient]:
    return [a_reader(email, sorted(rules)) for email, rules in file.items()]


def worded(rules: dict[str, frozenset[str]]) -> list[object]:
    return [replace(a_rule(id), any=tuple(sorted(words))) for id, words in rules.items()]


async def play(url: str, folder: Path, moves: Iterable[tuple[str, object]]) -> None:
    """Make the moves at a real desk and at the one that should be; they must agree after each."""
    database = await Database.open(url)
    try:
        async with database.connection() as connection:
            await connection.execute("truncate source, entry, story, rule, recipient, run, mail, copy, mark, account cascade")
        desk, clock = Desk(), Clock()
        watch = await a_watch(database, folder, clock=clock, readers=(), rules=worded(PLAIN))  # type: ignore[arg-type]
        desk.configure({}, PLAIN)
        for number, move in enumerate(moves):
            await make(watch, desk, clock, f"s{number}", *move)
            found = await rows(watch, "select recipient, url, mail is not null from due join story on story.id = story")
            assert {(who, str(url).rpartition("/")[2]): told for who, url, told in found} == desk.due, move
    finally:
        await database.close()


async def make(watch: Watch, desk: Desk, clock: Clock, name: str, move: str, what: object) -> None:
    if move == "wait":
        desk.now = clock.advance(hours=what)  # type: ignore[arg-type]
    elif move == "story":
        assert isinstance(what, frozenset)
        desk.stories[name] = what, desk.now
        desk.owe(name)
        body = " ".join(f"{word} {name}{word}" for word in sorted(what))
        await arrives(watch, a_story(name, headline=f"Report {name}", body=body, published_at=clock.at))
    elif move in ("file", "rules"):
        file, rules = (what, desk.rules) if move == "file" else (desk.file, what)
        desk.configure(file, rules)  # type: ignore[arg-type]
        await change(watch, recipients=tuple(readers(file)), rules=tuple(worded(rules)))  # type: ignore[arg-type]
    else:
        assert isinstance(what, str)
        await turn(watch, desk, move, what)


async def turn(watch: Watch, desk: Desk, move: str, who: str) -> None:
    if move == "stop":
        if who in desk.follows:
            desk.away[who].add("stopped")
            desk.follows[who] = frozenset()
        await stops(watch, who)
    elif move == "pause":
        if who in desk.follows:
            desk.away[who].add("paused")
        await pauses(watch, who)
    elif move == "return":
        desk.away[who].clear()
        desk.configure(desk.file, desk.rules)
        await returns(watch, who)
    elif who in desk.file:
        told = desk.digest(who)
        number = (await watch.tell_now(next(each for each in watch.settings.recipients if each.email == who))).mail
        found = await rows(watch, "select count(*) from due where mail = %s", number)
        assert found == [(len(told),)]


ALL = frozenset(["strike", "flood"])


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(moves=st.lists(steps, max_size=14))
@example(
    moves=[
        ("file", {ANN.email: ALL}),
        ("story", ALL),
        ("stop", ANN.email),
        ("wait", 30),
        ("story", ALL),
        ("wait", 1),
        ("return", ANN.email),
    ]
)
@example(moves=[("file", {ANN.email: ALL}), ("story", ALL), ("file", {}), ("wait", 30), ("file", {ANN.email: ALL}), ("digest", ANN.email)])
@example(
    moves=[("file", {ANN.email: ALL}), ("pause", ANN.email), ("story", ALL), ("wait", 30), ("return", ANN.email), ("digest", ANN.email)]
)
def test_whatever_becomes_of_readers_and_rules_nothing_is_told_twice_or_missed(
    database_url: str, tmp_path: Path, moves: list[tuple[str, object]]
) -> None:
    asyncio.run(play(database_url, tmp_path, moves))
