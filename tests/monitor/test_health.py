"""monitor.health: whether all is well."""

from datetime import timedelta
from pathlib import Path

from desk import WIRE, Clock, a_reader, a_story, a_watch, comes_in

from monitor import health
from monitor.database import Database
from monitor.tally import Tally
from monitor.watch import Watch
from spiders.wire import Poll, PollFailed


async def fail(watch: Watch, times: int) -> None:
    for _ in range(times):
        await watch.keep(PollFailed(order=Poll(source=WIRE), error="the server answered 500"), Tally())


async def test_a_desk_at_work_is_well(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story())
    await fail(watch, 2)

    report = await health.report(watch)

    assert report.troubles == []
    assert [(each.email, each.due) for each in report.readers] == [("ann@example.org", 1)]
    assert [(each.id, each.entries, each.pending) for each in report.sources] == [("wire", 1, 0)]


async def test_a_desk_whose_daemon_is_dead_is_not_well(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock, readers=[a_reader(digest="07:00")])
    clock.advance(hours=20, minutes=1)

    assert (await health.report(watch)).troubles == [
        "digest: that of 2026-11-24 07:00 UTC for ann@example.org is not written; is `wirewatch run` running?",
        "source wire: its poll has been due since 2026-11-23 12:00 UTC, 1 sources in all; is `wirewatch run` running?",
    ]


async def test_a_source_that_failed_three_times_is_not_well(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await fail(watch, 3)

    assert (await health.report(watch)).troubles == ["source wire: 3 polls failed in a row: the server answered 500"]


async def test_a_mail_that_waits_for_an_hour_is_not_well(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    watch = await a_watch(database, tmp_path, clock=clock)
    await comes_in(watch, a_story())
    (tmp_path / "outbox").write_text("a file where the folder should be")
    await watch.tell_now(watch.settings.recipients[0])
    clock.at += timedelta(hours=2)

    trouble, *_ = (await health.report(watch)).troubles

    assert trouble.startswith("outbox: a mail has waited since 2026-11-23 12:00 UTC: ")
