"""monitor.telling: what goes into a recipient's digest, and what is sent when nothing does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from desk import NOON, Clock, a_reader, a_rule, a_story, a_watch, comes_in, mails, rows, text

from alerts.bars import DAYS
from alerts.recipient import Recipient, WhenEmpty
from alerts.rules import Rule
from monitor.corrections import Behind
from monitor.database import Database
from monitor.telling import _correction
from monitor.watch import Watch
from spiders.source import Source
from spiders.story import Status

BODY = """The dockers went on strike on Monday at noon when the talks in the old customs house had come to nothing.
Four thousand men and women left the cranes, the gates and the tugs, and the harbour stood still until the evening.
The ministry said that it would not take part in the talks, and the ships with grain wait in the roads."""
PAPER = Source(id="paper", feed="https://paper.example.org/rss", name="Paper")
RADIO = Source(id="radio", feed="https://radio.example.org/rss", name="Radio")
AGENCY = Source(id="agency", feed="https://agency.example.org/rss", name="Agency", agency="Agency")


async def a_desk(database: Database, folder: Path, reader: Recipient, clock: Clock | None = None, **given: object) -> Watch:
    return await a_watch(database, folder, clock=clock, readers=(reader,), sources=(PAPER, RADIO, AGENCY), **given)  # type: ignore[arg-type]


async def carries(watch: Watch, source: Source, language: str | None, **given: object) -> None:
    """A source carries the same copy, under its own headline, and says that it is in a language."""
    story = a_story(**({"headline": f"Strike, says the {source.id}", "body": BODY, "language": language} | given))  # type: ignore[arg-type]
    await comes_in(watch, replace(story, canonical_url=f"https://{source.id}.example.org/one"), source=source)


async def told(watch: Watch) -> list[tuple[str, tuple[str, ...]]]:
    """The sources that a digest would name now, each with those of its copies."""
    return [(news.source, news.also) for news in (await watch.preview(watch.settings.recipients[0])).news]


@pytest.mark.parametrize(
    ("reads", "lead"),
    [((), "Agency"), (("de", "en"), "Radio"), (("ko", "zh"), "Paper"), (("fr",), "Agency"), (("zh-hant", "de"), "Paper")],
)
async def test_of_several_copies_the_one_that_is_read_best_leads(
    database: Database, tmp_path: Path, reads: tuple[str, ...], lead: str
) -> None:
    watch = await a_desk(database, tmp_path, replace(a_reader(), reads=reads))
    for source, language in ((PAPER, "zh-hant"), (RADIO, "de"), (AGENCY, None)):
        await carries(watch, source, language, agency="Agency")

    ((name, also),) = await told(watch)

    assert (name, {name, *also}) == (lead, {"Paper", "Radio", "Agency"})


async def test_what_was_told_once_stays_told_whatever_is_read_better(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path, replace(a_reader(), reads=("de",)))
    await carries(watch, PAPER, "en")
    await watch.tell_now(watch.settings.recipients[0])
    await carries(watch, RADIO, "de")

    assert await told(watch) == []


async def test_a_copy_that_is_read_better_does_not_stand_for_a_correction(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path, replace(a_reader(), reads=("de",)))
    await carries(watch, AGENCY, "en", status=Status.CORRECTED, body=BODY.replace("Four", "Three"))
    await carries(watch, RADIO, "de")

    assert sorted(await told(watch)) == [("Agency", ()), ("Radio", ())]


async def test_a_copy_with_other_news_says_when_the_first_was_told(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_desk(database, tmp_path, a_reader(), clock)
    await carries(watch, PAPER, "en", headline="Strike: 40 hurt")
    await watch.tell_now(watch.settings.recipients[0])
    clock.advance(hours=1)
    await carries(watch, RADIO, "en", headline="Strike: 52 hurt")
    digest = await watch.preview(watch.settings.recipients[0])

    assert [(news.story.headline, news.told_at) for news in digest.news] == [("Strike: 52 hurt", NOON)]


async def test_a_digest_has_what_it_needs_to_be_read(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    rule = Rule(id="strike", any=("strike",), max=3)
    watch = await a_desk(database, tmp_path, a_reader(), clock, rules=(rule, a_rule("grain")))
    first = await watch.preview(watch.settings.recipients[0])
    await carries(watch, PAPER, "en")
    await watch.tell_now(watch.settings.recipients[0])
    clock.advance(hours=1)
    await comes_in(watch, a_story("two", published_at=NOON - timedelta(hours=3)), source=RADIO)
    second = await watch.preview(watch.settings.recipients[0])

    assert (first.since, first.volumes) == (None, ())
    assert (second.since, second.most) == (NOON, {"strike": 3})
    assert [(each.rule, each.counts) for each in second.volumes] == [("strike", (*(0,) * (DAYS - 1), 2))]


# ---- nothing to tell ----


async def after(database: Database, folder: Path, when_empty: WhenEmpty, days: int, *, news: tuple[int, ...] = ()) -> list[str]:
    """The subjects of what a reader gets in the slots of so many days; on some of them there is news."""
    clock = Clock(datetime(2026, 11, 1, 12, tzinfo=UTC))
    watch = await a_watch(database, folder, clock=clock, readers=(replace(a_reader(), when_empty=when_empty),))
    (reader,) = watch.settings.recipients
    subjects = []
    for day in range(1, days + 1):
        clock.at = datetime(2026, 11, 1 + day, 7, tzinfo=UTC)
        if day in news:
            await comes_in(watch, a_story(f"day-{day}", headline=f"Strike {day}", published_at=clock.at))
        before = len(mails(watch))
        assert not (await watch.tell_now(reader, reader.last_slot(clock.at))).taken
        subjects += [f"{day}: {message['Subject']}" for message in mails(watch)[before:]]
    assert await rows(watch, "select count(*), count(closed_at) from run") == [(days, days)]
    return subjects


@pytest.mark.parametrize(
    ("when_empty", "subjects"),
    [
        ("send", ["1: All quiet", "2: 1 story · strike: Strike 2", "3: All quiet", "4: All quiet"]),
        ("skip", ["2: 1 story · strike: Strike 2"]),
    ],
)
async def test_digest_08_a_slot_with_0_matches_is_told_or_skipped_as_asked_and_closed(
    database: Database, tmp_path: Path, when_empty: WhenEmpty, subjects: list[str]
) -> None:
    assert await after(database, tmp_path, when_empty, 4, news=(2,)) == subjects


async def test_weekly_says_that_all_is_quiet_when_nothing_came_for_seven_days(database: Database, tmp_path: Path) -> None:
    assert await after(database, tmp_path, "weekly", 19, news=(3,)) == ["3: 1 story · strike: Strike 3", "10: All quiet", "17: All quiet"]


async def test_a_mail_without_news_names_the_sources_and_the_next_and_is_no_news(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    clock.at = datetime(2026, 11, 24, 7, tzinfo=UTC)
    (reader,) = watch.settings.recipients
    await watch.tell_now(reader, reader.last_slot(clock.at))

    (message,) = mails(watch)
    assert text(message).splitlines()[::2][:2] == [
        "All quiet. Nothing new under your rules.",
        "Next digest: Wed, Nov 25, 07:00. Times are those of UTC.",
    ]
    assert "of 1 source healthy · 0 read" in text(message).splitlines()[1]
    assert await rows(watch, "select count(*) from due") == [(0,)]


async def test_who_asks_by_hand_for_a_digest_of_nothing_gets_no_mail(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)

    assert (await watch.tell_now(watch.settings.recipients[0])).mail is None


@pytest.mark.parametrize(("status", "compared"), [(Status.CORRECTED, True), (Status.WITHDRAWN, False), (Status.HELD, False)])
def test_what_was_taken_back_is_not_compared_with_what_was_told(status: Status, compared: bool) -> None:
    before, after = a_story(body="Forty took part."), a_story(body="Fourteen took part.", status=status)
    behind = Behind(
        story=1,
        read=1,
        latest=2,
        source="wire",
        status=Status.USABLE,
        statuses=[status],
        is_copy=False,
        mail=1,
        message_id="<1@example.org>",
        told_at=NOON,
        latest_at=NOON,
    )

    assert bool(_correction(behind, before, after, None).passages) is compared
