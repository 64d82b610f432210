"""A small vocabulary of what an agency says of a story that it has sent, kills, holds and corrections, and of how the story stands."""

from pathlib import Path

from desk import a_reader, a_story, a_watch, change, comes_in, mails, rows

from monitor.database import Database
from monitor.watch import Watch
from spiders import grammar
from spiders.story import Story

DEAL = "Ministers agree on strike deal at the port"
KILL = ("WITHDRAWN: " + DEAL, f'The story "{DEAL}" has been withdrawn. No replacement story will follow.')
HOLD = ("HOLD HOLD HOLD: " + DEAL, f'Hold the story "{DEAL}" until further notice.')
LIFT = ("HOLD LIFTED: " + DEAL, f'The hold on the story "{DEAL}" is lifted.')
FIX = ("CORRECTED-" + DEAL, f'In the story "{DEAL}" read 14 instead of 40.')
FIRST, SECOND = "Forty took part in the strike.", "Fourteen took part in the strike."


def advisory(name: str, headline: str, body: str) -> Story:
    """An item of its own, as the grammar reads it."""
    return grammar.read(a_story(name, headline=headline, body=body))


async def statuses(watch: Watch) -> list[tuple[object, ...]]:
    """Of each story its address, its status and its first paragraph."""
    return await rows(
        watch,
        "select url, status, paragraphs[1] from story join revision on story = id and number = latest order by url",
    )


def at(name: str) -> str:
    return f"https://wire.example.org/{name}"


def subjects(watch: Watch) -> list[str]:
    return [str(mail["Subject"]) for mail in mails(watch)]


async def told(watch: Watch) -> None:
    """What is to be told at once is, then the digest of each reader."""
    await watch.correct()
    for reader in watch.settings.recipients:
        await watch.tell_now(reader)
    await watch.send()


async def a_told_deal(database: Database, folder: Path, **given: object) -> Watch:
    """Ann was told a story, of which Bob is to hear."""
    watch = await a_watch(database, folder, **given)  # type: ignore[arg-type]
    await comes_in(watch, a_story("deal", headline=DEAL, body=FIRST))
    await told(watch)
    await change(watch, recipients=(*watch.settings.recipients, a_reader("bob@example.org")))
    return watch
