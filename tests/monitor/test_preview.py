"""Watch.preview: a digest is looked at, at any moment, and the store is as it was."""

from datetime import timedelta
from pathlib import Path

from desk import NOON, Clock, a_reader, a_rule, a_story, a_watch, comes_in, mails, rows, settings

from monitor.database import Database
from monitor.watch import Watch


async def everything(watch: Watch) -> dict[str, object]:
    """Every row of the store."""
    tables = await rows(watch, "select table_name::text from information_schema.tables where table_schema = current_schema() order by 1")
    return {
        str(name): await rows(watch, f"select coalesce(jsonb_agg(to_jsonb(each) order by to_jsonb(each)), '[]') from {name} as each")
        for (name,) in tables
    }


async def test_a_preview_sends_and_writes_nothing_even_for_a_new_reader(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path)
    await comes_in(watch, a_story())
    before = await everything(watch)
    bob = a_reader("bob@example.org", rules=("noon",))
    edited = settings(tmp_path, rules=[a_rule("strike"), a_rule("noon")], readers=[a_reader(), bob])

    digests = [await Watch(database=database, settings=edited, clock=watch.clock).preview(reader) for reader in edited.recipients]

    assert [[news.story.headline for news in digest.news] for digest in digests] == [["Dockers strike"], ["Dockers strike"]]
    assert await everything(watch) == before
    assert mails(watch) == []


async def test_a_preview_is_as_of_any_moment(database: Database, tmp_path: Path) -> None:
    watch = await a_watch(database, tmp_path, clock=Clock(NOON))
    await comes_in(watch, a_story())

    [now, ahead, back] = [
        await watch.preview(watch.settings.recipients[0], at=at) for at in (None, NOON + timedelta(days=30), NOON - timedelta(days=30))
    ]

    assert [each.now for each in (now, ahead, back)] == [NOON, NOON + timedelta(days=30), NOON - timedelta(days=30)]
    assert [each.next_at for each in (now, ahead)] == [NOON + timedelta(hours=19), NOON + timedelta(days=30, hours=19)]
