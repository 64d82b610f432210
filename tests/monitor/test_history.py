"""monitor.history and `wirewatch story`: all that there is of a story, rendered so that no text of it does harm."""

import asyncio
import json
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from desk import NOON, Clock, a_rule, a_story, a_watch, an_entry, comes_in, lists

from monitor import retention
from monitor.cli import cli
from monitor.config import Retention
from monitor.database import Database
from monitor.history import History, history
from monitor.tally import Tally
from monitor.watch import Watch
from spiders.order import Answer, PageRead

HOSTILE = "Dockers \x1b[2Jwalk out [bold]now[/bold]\u202e"


async def looked_up(watch: Watch, id: int = 1) -> History:
    async with watch.database.connection() as connection:
        found = await history(connection, id)
    assert found
    return found


async def a_corrected_story(database: Database, folder: Path, clock: Clock) -> Watch:
    """A story of two versions, told after the second."""
    watch = await a_watch(database, folder, clock=clock, rules=(a_rule("strike"), a_rule("lockout")))
    for number, body in enumerate(("The strike of 100 men began.", "The lockout of 2,100 men began.")):
        for page in await lists(watch, an_entry(summary=f"{number}", title=HOSTILE)):
            answer = Answer(url=page.url, status=200, headers=(("Set-Cookie", "a=b"),), body=body.encode())
            await watch.keep(PageRead(order=page, story=a_story(headline=HOSTILE, body=body), answer=answer), Tally())
        clock.advance(hours=1)
    await watch.tell_now(watch.settings.recipients[0])
    return watch


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "wirewatch.toml").write_text('[fetch]\ncontact = "desk@example.org"\n', encoding="utf-8")
    return tmp_path


async def ask(watch: Watch, folder: Path, url: str, *words: str) -> Result:
    """Run `wirewatch story` to its end, in a thread, for it has an event loop of its own."""
    told = ["story", *words, "--config", str(folder / "wirewatch.toml"), "--data-dir", str(folder / "data")]
    environ = {"WIREWATCH_DATABASE_URL": url, "COLUMNS": "300"}
    return await asyncio.to_thread(CliRunner().invoke, cli, told, env=environ)


async def test_a_story_has_its_versions_what_they_changed_what_they_matched_and_whom_it_was_told(
    database: Database, tmp_path: Path
) -> None:
    watch = await a_corrected_story(database, tmp_path, Clock())
    found = await looked_up(watch)
    (told,) = found.told

    assert [(each.number, each.story.text, each.read_at) for each in found.revisions] == [
        (1, "The strike of 100 men began.", NOON),
        (2, "The lockout of 2,100 men began.", NOON + timedelta(hours=1)),
    ]
    assert found.rules == {1: ("strike",), 2: ("lockout",)}
    assert [(change.field, change.pieces) for change in found.changes[2]] == [
        (
            "paragraphs",
            (
                ("kept", "The "),
                ("removed", "strike"),
                ("added", "lockout"),
                ("kept", " of "),
                ("removed", "100"),
                ("added", "2,100"),
                ("kept", " men began."),
            ),
        )
    ]
    assert (told.recipient, told.rule, told.revision, told.told, told.state) == ("ann@example.org", "strike", 1, 2, "sent")
    assert [(each.revision, each.sha256, each.kept) for each in found.evidence] == [
        (1, sha256(b"The strike of 100 men began.").hexdigest(), True),
        (2, sha256(b"The lockout of 2,100 men began.").hexdigest(), True),
    ]


async def test_the_command_shows_it_and_no_text_steers_the_terminal(database: Database, database_url: str, folder: Path) -> None:
    watch = await a_corrected_story(database, folder, Clock())
    shown = (await ask(watch, folder, database_url, "1", "--diff", "--evidence")).output

    assert "story 1 · wire · https://wire.example.org/one\nseen 2026-11-23 12:00 UTC\n" in shown
    assert "+2 -2 words" in shown
    assert "Dockers walk out [bold]now[/bold]" in shown
    assert "version 2 · numbers\nparagraphs: The [-strike-]{+lockout+} of [-100-]{+2,100+} men began." in shown
    assert "ann@example.org" in shown
    assert sha256(b"The lockout of 2,100 men began.").hexdigest() in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown


async def test_json_is_one_object_with_everything(database: Database, database_url: str, folder: Path) -> None:
    watch = await a_corrected_story(database, folder, Clock())
    (line,) = (await ask(watch, folder, database_url, "1", "--json")).output.splitlines()
    told = json.loads(line)

    assert (told["id"], told["url"], told["source"], told["purged_at"]) == (1, "https://wire.example.org/one", "wire", None)
    assert [(each["number"], each["rules"], len(each["changes"]), each["material"], each["headline"]) for each in told["revisions"]] == [
        (1, ["strike"], 0, [], HOSTILE),
        (2, ["lockout"], 1, ["numbers"], HOSTILE),
    ]
    assert (told["told"][0]["recipient"], told["told"][0]["told"]) == ("ann@example.org", 2)
    assert [(each["revision"], each["headers"]) for each in told["evidence"]] == [
        (1, [["Set-Cookie", "***"]]),
        (2, [["Set-Cookie", "***"]]),
    ]


async def test_the_newest_page_is_written_as_it_was_sent(database: Database, database_url: str, folder: Path) -> None:
    watch = await a_corrected_story(database, folder, Clock())
    page = folder / "page.html"
    ended = await ask(watch, folder, database_url, "1", "--evidence", str(page))

    assert (ended.exit_code, page.read_bytes()) == (0, b"The lockout of 2,100 men began.")


async def test_a_tombstone_says_so(database: Database, database_url: str, folder: Path) -> None:
    clock = Clock()
    watch = await a_corrected_story(database, folder, clock)
    clock.advance(days=2)
    await retention.purge(database, Retention(text=timedelta(days=1)), clock())
    shown = (await ask(watch, folder, database_url, "1", "--evidence", "--diff")).output
    page = await ask(watch, folder, database_url, "1", "--evidence", str(folder / "page.html"))

    assert "purged 2026-11-25 14:00 UTC: only this tombstone is left" in shown
    assert "ann@example.org" in shown
    assert sha256(b"The lockout of 2,100 men began.").hexdigest() in shown
    assert "men began" not in shown
    assert (page.exit_code, page.output) == (
        1,
        "Error: story 1: the bytes of none of its versions are kept; [retention] bytes says how long they are\n",
    )


async def test_a_story_that_is_still_to_be_told_says_so(database: Database, database_url: str, folder: Path) -> None:
    watch = await a_watch(database, folder)
    await comes_in(watch, a_story())

    assert "still to be told" in (await ask(watch, folder, database_url, "1")).output


async def test_a_number_that_no_story_has_is_an_error(database: Database, database_url: str, folder: Path) -> None:
    watch = await a_watch(database, folder)

    ended = await ask(watch, folder, database_url, "7")

    assert (ended.exit_code, ended.output) == (1, "Error: there is no story 7; `wirewatch search` shows their numbers\n")
    assert (await ask(watch, folder, database_url, "9" * 30)).exit_code == 2
