"""``wirewatch advisories``: kills, holds and corrections of which it is not certain which story they mean; you say it."""

import asyncio

import click

from monitor import advisories, show, stories, storyrow
from monitor.advisories import Advisory
from monitor.commands.where import Where, as_json, where
from monitor.marking import Marking
from monitor.program import opened
from monitor.store import demand, looking

NONE = "none"


@click.group(name="advisories")
def advisories_group() -> None:
    """Kills and holds of which it is not certain which story they mean: list them, say which.

    Example: wirewatch advisories list
    """


@advisories_group.command(name="list")
@as_json
@where
def list_command(at: Where, as_json: bool) -> None:
    """The advisories that wait for an answer, each with the stories that it may mean.

    Example: wirewatch advisories list
    """
    found = asyncio.run(_waiting(at))
    if as_json:
        for each, likely in found:
            show.row(_row(each, likely))
    elif not found:
        click.echo("No advisory waits for an answer.")
    else:
        show.table(
            ("advisory", "source", "says", "of", "story", "which is"),
            (
                (each.id, each.source, each.status, each.headline, number, headline)
                for each, likely in found
                for number, headline in (likely.items() or [("", "none that we have")])
            ),
        )


def _row(each: Advisory, likely: dict[int, str]) -> dict[str, object]:
    text = storyrow.unpacked(each.item).text
    told = {"id": each.id, "source": each.source, "status": each.status, "headline": each.headline, "text": text}
    return {**told, "at": each.at.isoformat(), "likely": [{"story": id, "headline": headline} for id, headline in likely.items()]}


@advisories_group.command()
@click.argument("advisory", type=int)
@click.argument("story", metavar=f"STORY|{NONE}")
@where
def settle(at: Where, advisory: int, story: str) -> None:
    """Say which story an advisory means, by its number; it is marked so, and whoever was told of it hears of it.

    What was marked by an advisory before, also by itself, is given back; "none" does only that.

    Example: wirewatch advisories settle 3 1204
    """
    if story != NONE and not story.isdecimal():
        raise click.BadParameter(f'{story!r} is no number of a story; write one, or "{NONE}" if none of ours is meant', param_hint="STORY")
    click.echo(asyncio.run(_settled(at, advisory, None if story == NONE else int(story))))


async def _waiting(at: Where) -> list[tuple[Advisory, dict[int, str]]]:
    async with looking(at.settings()) as store, store.database.connection() as connection:
        found = []
        for each in await advisories.open_ones(connection):
            headlines = [await stories.newest(connection, id) for id in each.likely]
            likely = {known.id: story.headline for known, story, _ in filter(None, headlines)}
            found.append((each, {id: likely[id] for id in each.likely if id in likely}))
        return found


async def _settled(at: Where, number: int, story: int | None) -> str:
    settings = at.settings()
    demand(settings)
    async with opened(settings, configure=False) as watch:
        async with watch.database.connection() as connection:
            advisory = await advisories.advisory(connection, number)
            if advisory is None:
                raise click.ClickException(f"there is no advisory {number}; `wirewatch advisories list` shows those that wait")
            await stories.let_store(connection)
            marking = Marking(connection=connection, settings=watch.settings, rules=watch.rules, now=watch.clock())
            await advisories.settle(connection, advisory.id, story, now=marking.now)
            if advisory.story != story:
                await marking.give_back(advisory)
            if story is not None and await marking.write(story, storyrow.unpacked(advisory.item)) is None:
                raise click.ClickException(f"there is no story {story}, or its text is gone; `wirewatch search WORDS` finds one")
            found = await stories.newest(connection, story) if story is not None else None
        written = await watch.correct()
    said = f"Story {story} is {found[1].status} now" if found else f"Advisory {number} means none of our stories"
    return f"{said}. {written} mails go out at once."
