"""monitor.undelivered: the operator hears of news that no mail brought and no mail will, once."""

from dataclasses import replace
from pathlib import Path

from desk import Clock, a_reader, a_rule, a_story, a_watch, arrives, comes_in, rows
from postoffice import CUT, TAKEN, Office, served_by

from monitor import health, leaving
from monitor.database import Database

OPERATOR = "ops@example.org"
POISON = "554 5.7.1 <ann@example.org> looks like spam"


def to_operator(office: Office) -> list[str]:
    return [data.decode() for to, data in office.took if to == OPERATOR]


async def test_a_digest_that_is_refused_twice_is_told_though_alerts_get_through(database: Database, tmp_path: Path) -> None:
    clock, office = Clock(), Office()
    ann = replace(a_reader(), rules=("strike", "flood"), instant=("flood",))
    watch = await a_watch(database, tmp_path, clock=clock, rules=(a_rule("strike"), a_rule("flood")), readers=(ann,))
    watch.settings = replace(watch.settings, operator=OPERATOR)
    await comes_in(watch, a_story())
    heard = []
    async with served_by(office, watch):
        for day in range(3):
            office.data = lambda _: POISON
            await watch.tell_now(ann)
            office.data = lambda _: TAKEN
            await arrives(watch, a_story(f"{day}", headline=f"Flood of day {day}", body=f"It rose {day} m.", published_at=clock.at))
            assert await watch.alert() == 1
            await watch.send()
            clock.advance(seconds=30)
            await health.check(watch)
            await watch.send()
            heard.append(len(to_operator(office)))
            clock.advance(days=1)

    [note] = to_operator(office)
    assert heard == [0, 1, 1]
    assert "Mails that were refused for good" in note
    assert "stories: 1: " in note
    assert "ann@example.org" not in note


async def test_when_somebody_leaves_the_operator_is_not_sent_to_the_mail_server(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    watch.settings = replace(watch.settings, operator=OPERATOR)
    await comes_in(watch, a_story())
    async with served_by(Office(data=lambda _: CUT), watch):
        await watch.tell_now(a_reader())
    async with database.connection() as connection:
        await leaving.stop(connection, a_reader().email, by="recipient", now=clock.at)
    await health.check(watch)

    assert await rows(watch, "select kind, state from mail") == [("digest", "expired")]
