"""Alerts when it storms, and whenever stories, digests and nights come: each story once, no more mails than the pace allows."""

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count, pairwise
from pathlib import Path

from desk import NOON, WIRE, Clock, a_reader, a_rule, a_story, a_watch, comes_in, mails, rows, text
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from ledger import execute

from alerts import pace
from alerts.recipient import Quiet, Recipient
from monitor.database import Database
from monitor.watch import Watch

SOURCE = replace(WIRE, copies=False)
LIKE = "https://wire.example.org/one"


async def pour_in(watch: Watch, stories: int) -> None:
    """So many more stories like the first, each due to its reader as the first was when it came in."""
    await execute(
        watch.database,
        """with new as (
               insert into story (source, url, latest, seen_at, news_at, fresh_until)
               select source, concat(url, '-', number, '-', %(now)s), 1, %(now)s, %(now)s, %(now)s + interval '6 hours'
               from story cross join generate_series(1, %(stories)s) as number where url = %(like)s returning id
           ), version as (
               insert into revision (story, number, headline, other_headlines, lead, paragraphs, byline, published_at, published_precision,
                   status, keywords, headline_only, read_at)
               select new.id, 1, headline || new.id, other_headlines, lead, paragraphs, byline, %(now)s, published_precision, status,
                   keywords, headline_only, %(now)s
               from new, revision join story on story.id = story where url = %(like)s
           )
           insert into due (recipient, story, revision, rule, created_at, instant)
           select email, id, 1, 'everything', %(now)s, true from new, recipient""",
        now=watch.clock(),
        stories=stories,
        like=LIKE,
    )


async def told_by(watch: Watch) -> list[tuple[object, ...]]:
    """Kind of each mail, minutes after NOON when it was written, how many stories it tells."""
    return await rows(
        watch,
        """select kind, extract(epoch from mail.created_at - %s)::integer / 60, count(*) from due join mail on mail.id = due.mail
           group by mail.id order by mail.id""",
        NOON,
    )


async def test_rules_05_of_ten_thousand_stories_in_an_hour_six_mails_tell_and_then_one_sums_up(database: Database, tmp_path: Path) -> None:
    everything = a_rule("strike", id="everything")
    reader = replace(a_reader(rules=["everything"]), instant=("everything",))
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock, rules=[everything], readers=[reader], sources=[SOURCE])
    for five in range(13):
        clock.at = NOON + timedelta(minutes=5 * five)
        await (pour_in(watch, 833) if five else comes_in(watch, a_story(), source=SOURCE))
        await watch.alert()
        if five == 8:
            await watch.tell_now(reader)

    assert await told_by(watch) == [
        ("instant", 0, 1),
        *(("instant", 5 * five, 833) for five in range(1, 6)),
        ("digest", 40, 3 * 833),
        ("instant", 60, 4 * 833),
    ]
    assert await rows(watch, "select count(*), count(mail), bool_or(instant) from due") == [(9997, 9997, False)]


# -- whatever comes when


@dataclass(frozen=True)
class Event:
    """Something that happens so many minutes after what happened before."""

    wait: int
    what: str


EVENTS = some.builds(Event, wait=some.sampled_from([0, 1, 4, 5, 9, 40, 300]), what=some.sampled_from(["story", "story", "story", "digest"]))
NIGHTS = some.sampled_from([None, Quiet.parse("11:00-12:30"), Quiet.parse("12:05-12:04"), Quiet.parse("22:00-06:30")])
_names = count(1)


@given(some.lists(EVENTS, min_size=3, max_size=18), NIGHTS, some.sampled_from(["UTC", "Asia/Seoul"]))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whenever_stories_digests_and_nights_come_each_story_is_told_once_and_alerts_keep_their_pace(
    database_url: str, tmp_path: Path, events: list[Event], quiet: Quiet | None, zone: str
) -> None:
    reader = replace(a_reader(f"reader{next(_names)}@example.org", rules=("strike", "rain"), zone=zone), instant=("strike",), quiet=quiet)
    asyncio.run(_happens(database_url, tmp_path, events, reader))


async def _happens(url: str, folder: Path, events: list[Event], reader: Recipient) -> None:
    database = await Database.open(url)
    try:
        # Far from the examples before: a new reader begins with the last day.
        clock = Clock(NOON + timedelta(days=10 * next(_names)))
        watch = await a_watch(database, folder, clock=clock, rules=[a_rule("strike"), a_rule("rain")], readers=[reader], sources=[SOURCE])
        for event in events:
            stride = max(1, event.wait // 20)
            for _ in range(0, event.wait, stride):
                clock.advance(minutes=stride)
                await watch.alert()
                await watch.send()
            if event.what == "digest":
                await watch.tell_now(reader)
            else:
                await _comes(watch)
            await watch.alert()
            await watch.send()
        clock.advance(days=1)
        await watch.tell_now(reader)
        await watch.send()
        await _is_well(watch, reader, stories=sum(event.what == "story" for event in events))
    finally:
        await database.close()


async def _comes(watch: Watch) -> None:
    number = next(_names)
    headline = f"{'Rain' if number % 4 == 0 else 'Strike'} {number}"
    await comes_in(watch, a_story(f"n{number}", headline=headline, body="Nothing else.", published_at=watch.clock()), source=SOURCE)


async def _is_well(watch: Watch, reader: Recipient, *, stories: int) -> None:
    found = await rows(watch, "select count(*), count(mail), count(distinct story) from due where recipient = %s", reader.email)
    assert found == [(stories, stories, stories)]
    told = await rows(watch, "select url from due join story on story.id = story where recipient = %s", reader.email)
    lines = Counter(line for message in mails(watch) if message["To"] == reader.email for line in text(message).splitlines())
    assert {url: lines[str(url)] for (url,) in told} == {url: 1 for (url,) in told}
    sent = await rows(watch, "select created_at from mail where recipient = %s and kind = 'instant' order by 1", reader.email)
    alerts = [at for (at,) in sent if isinstance(at, datetime)]
    assert not any(reader.quiet_until(at) for at in alerts)
    assert all(later - earlier >= pace.WINDOW for earlier, later in zip(alerts, alerts[pace.MOST :], strict=False))
    assert all(later - earlier >= pace.GROUPING for earlier, later in pairwise(alerts))
