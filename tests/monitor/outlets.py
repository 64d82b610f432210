"""A small vocabulary of one copy at several outlets: an agency, and a paper and a radio that print it."""

from dataclasses import replace
from pathlib import Path

from desk import Clock, a_rule, a_story, a_watch, an_entry, comes_in, lists, rows, shows

from alerts.canon import words
from monitor import copies, stories
from monitor.database import Database
from monitor.watch import Watch
from spiders.source import Source
from spiders.story import Story

AGENCY = Source(id="agency", feed="https://agency.example.org/rss", agency="Agency")
PAPER = Source(id="paper", feed="https://paper.example.org/rss")
RADIO = Source(id="radio", feed="https://radio.example.org/rss")
SOURCES = (AGENCY, PAPER, RADIO)
BODY = """The dockers of three northern ports walked out at dawn on Monday after talks on night shifts broke down.
Their union said that four thousand men had followed its call to strike, twice as many as in spring.
The port authority put the number at half of that and spoke of a delay of hours, not of days.
Two ships with grain turned away to the south, a pilot said, and a third waited in the roads."""
ELSE = """A strike has closed the harbours of the north. Since early Monday no crane moves there, officials said.
The union wants longer breaks at night and blames the employers for the end of the talks last week."""


async def a_desk(database: Database, folder: Path, clock: Clock | None = None, **given: object) -> Watch:
    given = {"rules": (a_rule("strike"),), "sources": SOURCES} | given
    return await a_watch(database, folder, clock=clock, **given)  # type: ignore[arg-type]


async def arrives(watch: Watch, source: Source, name: str = "one", body: str = BODY, **given: object) -> int:
    """A story comes in and is noted; its number."""
    story = a_story(f"{source.id}/{name}", body=body, **({"headline": f"Strike, says the {source.id}"} | given))
    story = replace(story, canonical_url=f"https://{source.id}.example.org/{name}")
    await comes_in(watch, story, source=source)
    return await noted(watch, story, source)


async def noted(watch: Watch, story: Story, source: Source) -> int:
    """What is in the store is noted for the search for copies; its number."""
    ((id,),) = await rows(watch, "select id from story where url = %s", story.canonical_url)
    assert isinstance(id, int)
    async with watch.database.connection() as connection:
        await copies.note(connection, id, story, words(stories.searched(story)), source, now=watch.clock())
    return id


async def revised(watch: Watch, source: Source, name: str = "one", **given: object) -> int:
    """The page of a story is fetched again and says something else."""
    story = replace(a_story(**given), canonical_url=f"https://{source.id}.example.org/{name}")  # type: ignore[arg-type]
    for page in await lists(watch, an_entry(name, url=story.canonical_url, title=story.headline, summary="new"), source=source):
        await shows(watch, page, story)
    return await noted(watch, story, source)


async def clusters(watch: Watch) -> list[set[int]]:
    """The clusters of two and more."""
    async with watch.database.connection() as connection:
        await copies.place(connection)
    found = await rows(watch, "select array_agg(story) from copy where cluster is not null group by cluster having count(*) > 1 order by 1")
    return [set(stories) for (stories,) in found]  # type: ignore[call-overload]


async def told(watch: Watch) -> list[tuple[object, ...]]:
    """Tell the reader; which stories that wrote down as told, by which mail, as a copy of which."""
    await watch.tell_now(watch.settings.recipients[0])
    return await rows(watch, "select story, mail, copy_of from due order by story")


async def set_apart(watch: Watch, story: int) -> None:
    """Somebody says that a story is no copy of the others."""
    async with watch.database.connection() as connection:
        assert await copies.set_apart(connection, story)
