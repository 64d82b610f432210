"""Which pages are read in the event loop; and whatever a page does to its reader process, the next one is read."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import psutil
import pytest
from hostile import DATED, PARAGRAPHS, a_source

from spiders.extract import NotAStory
from spiders.feed import Entry, Feed, NotAFeed
from spiders.page import BadSelector
from spiders.patience import Patience
from spiders.reading import GRACE, LIBRARIES, MEMORY, MOST_HERE, Reading, ReadingFailed
from spiders.rung import Rung
from spiders.source import Selectors, Source
from spiders.story import Story

URL = "https://wire.example/one"
FEED = Rung(kind="feed", url=URL)
RSS = b"<rss version='2.0'><channel><item><link>/one</link></item></channel></rss>"
SOURCE = a_source("https://wire.example/rss")
PAGE = f"<h1>Delegations arrive</h1><article>{''.join(f'<p>{paragraph}</p>' for paragraph in PARAGRAPHS)}</article>"
#: libxml2 takes a minute to find nothing in it, and returns to no Python meanwhile.
MAZE = "<p>word</p>" * 6000
LOST_IN_THE_MAZE = Source(id="maze", feed="https://wire.example/rss", selectors=Selectors(remove="p ~ p ~ b"))


@pytest.fixture
def reading() -> Iterator[Reading]:
    with closing(Reading(time_limit=0.5)) as reading:
        yield reading


async def read(reading: Reading, body: str = PAGE, source: Source = SOURCE) -> Story:
    return (await reading.story(body, url=URL, source=source)).story


def readers(parent: int | None = None) -> list[psutil.Process]:
    """The reader processes of a process; multiprocessing's own tracker is none."""
    return [child for child in psutil.Process(parent).children() if is_reader(child)]


def resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


def is_reader(child: psutil.Process) -> bool:
    try:
        return "spawn_main" in " ".join(child.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return False


async def until(condition: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        await asyncio.sleep(0.02)


async def test_a_page_with_its_wires_selectors_is_read_in_this_process(reading: Reading) -> None:
    found = await reading.story(DATED + PAGE, url=URL, source=SOURCE)

    assert (found.story.headline, found.story.paragraphs, found.strange) == ("Delegations arrive", PARAGRAPHS, False)
    assert readers() == []


@pytest.mark.parametrize(
    ("page", "selector"),
    [(DATED + PAGE, "h1 ~ article"), (DATED + PAGE + " " * MOST_HERE, "article"), ((DATED + PAGE).encode(), "article")],
    ids=["siblings", "large", "undecoded"],
)
async def test_a_page_that_may_take_long_is_read_in_another_process(reading: Reading, page: bytes | str, selector: str) -> None:
    found = await reading.story(page, url=URL, source=Source(id="x", feed=URL, selectors=Selectors(body=selector)))

    assert (found.story.headline, found.story.paragraphs, found.strange) == ("Delegations arrive", PARAGRAPHS, False)
    assert len(readers()) == 1


async def test_a_page_that_its_wires_selectors_do_not_fit_is_read_in_another_process_as_an_unknown_one() -> None:
    with closing(Reading()) as reading:
        found = await reading.story(DATED + PAGE, url=URL, source=Source(id="x", feed=URL, selectors=Selectors(body=".story")))

        assert (found.story.headline, found.story.paragraphs, found.strange) == ("Delegations arrive", PARAGRAPHS, True)
        assert len(readers()) == 1


async def test_a_source_whose_page_took_long_holds_up_nobody_twice() -> None:
    with closing(Reading(long=0)) as reading:
        await read(reading, DATED + PAGE)
        assert readers() == []

        assert (await read(reading, DATED + PAGE)).headline == "Delegations arrive"
        assert len(readers()) == 1


async def test_pages_and_feeds_are_read_in_another_process(reading: Reading) -> None:
    story = await read(reading)
    listed = await reading.listed(FEED, RSS, url=URL, source=SOURCE)

    assert (story.headline, story.paragraphs) == ("Delegations arrive", PARAGRAPHS)
    assert listed == Feed(entries=(Entry(url=URL, guid=URL),), charset="utf-8")
    assert len(readers()) == 1


async def test_what_a_reader_refuses_comes_back_as_it_was_raised(reading: Reading) -> None:
    with pytest.raises(NotAStory) as empty:
        await read(reading, "")
    with pytest.raises(NotAFeed) as html:
        await reading.listed(FEED, b"<html>", url=URL, source=SOURCE)
    with pytest.raises(BadSelector) as bad:
        await read(reading, source=Source(id="x", feed=URL, selectors=Selectors(body="p[[")))

    assert str(empty.value) == f"{URL}: no story found: the page is empty"
    assert str(html.value).startswith(f"{URL}: expected an RSS, Atom, RDF or JSON feed, got")
    assert "p[[" in str(bad.value)


async def test_a_page_that_takes_too_long_fails_and_the_next_is_read_by_the_same_reader(reading: Reading) -> None:
    await reading.listed(FEED, b"<rss version='2.0'/>", url=URL, source=SOURCE)
    (reader,) = readers()
    unknown = Source(id="unknown", feed=URL)  # read by trafilatura, which catches whatever it can
    long = "<article>" + "<p>word word, word.</p>" * 20_000 + "</article>"

    began = time.monotonic()
    with pytest.raises(ReadingFailed, match=f"{URL}: not read within 0.5 s"):
        await read(reading, long, source=unknown)
    took = time.monotonic() - began

    assert took < 5
    assert (await read(reading)).headline == "Delegations arrive"
    assert readers() == [reader]


def test_no_time_limit_cuts_an_import_short() -> None:
    # Of an import that was, half a package would stay: the pages after it would fail.
    first = """
import sys
from contextlib import suppress
from spiders import reading
from spiders.source import Source
from spiders.story import SpiderError
url = "https://wire.example/one"
with suppress(SpiderError):
    reading._within(0.01, url, reading._extracted, "<p>word</p>", url, Source(id="x", feed=url))
print(*({*reading.LIBRARIES} & {*sys.modules}))
"""
    done = subprocess.run([sys.executable, "-c", first], capture_output=True, text=True, check=True)

    assert set(done.stdout.split()) == {*LIBRARIES}


async def test_a_reader_lost_in_c_is_ended_by_the_kernel_and_the_next_page_is_read(reading: Reading) -> None:
    began = time.monotonic()
    with pytest.raises(ReadingFailed, match="its reader was taken down"):
        await read(reading, MAZE, source=LOST_IN_THE_MAZE)

    assert time.monotonic() - began > 0.5 + GRACE
    assert (await read(reading)).headline == "Delegations arrive"


async def test_a_source_whose_pages_all_take_too_long_holds_up_the_others_no_further() -> None:
    with closing(Reading(time_limit=0.5, patience=Patience(usual=0.2, most=0.5))) as reading:
        with pytest.raises(ReadingFailed, match="its reader was taken down"):
            await read(reading, MAZE, source=LOST_IN_THE_MAZE)

        began = time.monotonic()
        lost = [asyncio.create_task(read(reading, MAZE, source=LOST_IN_THE_MAZE)) for _ in range(20)]
        other = await reading.listed(FEED, RSS, url=URL, source=SOURCE)
        took = time.monotonic() - began
        told = {str(each) for each in await asyncio.gather(*lost, return_exceptions=True)}

        assert len(other.entries) == 1
        assert took < 5
        assert told == {f"{URL}: not read now, for others of maze took too long, and all wait for the same reader"}


async def test_while_its_reader_is_frozen_a_source_is_held_to_no_more_than_a_page_may_take() -> None:
    limit = 0.2
    patience = Patience(usual=0.1, most=limit + GRACE)
    with closing(Reading(time_limit=limit, patience=patience)) as reading:
        await reading.listed(FEED, RSS, url=URL, source=LOST_IN_THE_MAZE)
        (reader,) = readers()
        reader.suspend()
        listed = asyncio.create_task(reading.listed(FEED, RSS, url=URL, source=SOURCE))
        await asyncio.sleep(limit + GRACE + 0.5)
        reader.resume()

        assert (await listed).entries
        assert not patience.is_over(SOURCE.id)


async def test_a_page_that_grows_in_memory_fails_and_the_next_is_read() -> None:
    with closing(Reading(time_limit=60)) as reading:
        await read(reading)
        (reader,) = readers()
        growing = asyncio.create_task(read(reading, "<p>a" * (4 << 20)))
        held = 0
        while not growing.done() and reader.is_running():
            held = max(held, resident(reader))
            await asyncio.sleep(0.05)

        with pytest.raises((ReadingFailed, NotAStory)):
            await growing
        assert held < MEMORY + (128 << 20)
        assert (await read(reading)).headline == "Delegations arrive"


async def test_a_page_that_takes_its_reader_down_takes_no_other_with_it() -> None:
    with closing(Reading(time_limit=60)) as reading:
        lost = asyncio.create_task(read(reading, MAZE, LOST_IN_THE_MAZE))
        pages = [asyncio.create_task(read(reading)) for _ in range(3)]
        feed = asyncio.create_task(reading.listed(FEED, RSS, url=URL, source=SOURCE))
        await until(lambda: [child for child in readers() if child.cpu_times().user > 1.5])

        readers()[0].kill()

        with pytest.raises(ReadingFailed, match="its reader was taken down"):
            await lost
        assert [story.headline for story in await asyncio.gather(*pages)] == ["Delegations arrive"] * 3
        assert len((await feed).entries) == 1


async def test_a_reader_that_died_idle_costs_no_page(reading: Reading) -> None:
    await read(reading)
    (reader,) = readers()
    reader.kill()
    await until(lambda: not psutil.pid_exists(reader.pid))

    assert (await read(reading)).headline == "Delegations arrive"


async def test_a_reader_is_replaced_after_its_life_and_no_page_waits_for_ever() -> None:
    with closing(Reading(life=3)) as reading:
        await read(reading)
        (first,) = readers()
        stories = await asyncio.wait_for(asyncio.gather(*(read(reading) for _ in range(8))), 30)

        assert [story.headline for story in stories] == ["Delegations arrive"] * 8
        await until(lambda: len(readers()) == 1)
        assert readers() != [first]


async def test_closing_leaves_no_process_and_may_be_done_twice(reading: Reading) -> None:
    await read(reading)

    reading.close()
    reading.close()

    assert readers() == []


PARENT = """
import asyncio, time
from spiders.reading import Reading
from spiders.rung import Rung
from spiders.source import Source

FEED = b"<rss version='2.0'><channel><title>x</title></channel></rss>"
URL = "https://wire.example/"

async def main():
    reading = Reading()
    read = await reading.listed(Rung(kind="feed", url=URL), FEED, url=URL, source=Source(id="wire", feed=URL))
    print(read.title, flush=True)
    time.sleep(60)

asyncio.run(main())
"""


def test_no_reader_outlives_a_parent_that_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        assert parent.stdout.readline() == b"x\n"
        (reader,) = readers(parent.pid)

        parent.kill()

    psutil.wait_procs([reader], timeout=10)
    assert not reader.is_running()
