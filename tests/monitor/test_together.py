"""monitor.together: what comes while earlier work is under way is done at once; a fault is told to its own group only."""

import asyncio
from collections.abc import Collection

import pytest

from monitor.together import Together


class Bench:
    """Work that waits until it is let go on; remembers its groups."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.go_on = asyncio.Event()

    async def work(self, group: list[str]) -> Collection[str]:
        self.groups.append(group)
        await self.go_on.wait()
        if "bad" in group:
            raise ValueError("bad")
        return [thing for thing in group if thing != "left"]


async def begun(together: Together[str], *things: str) -> list["asyncio.Task[bool]"]:
    tasks = [asyncio.create_task(together.done(thing)) for thing in things]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


async def test_what_comes_meanwhile_is_done_at_once_but_not_more_than_the_most() -> None:
    bench = Bench()
    together = Together(bench.work, most=2)
    tasks = await begun(together, "a") + await begun(together, "b", "left", "d")
    bench.go_on.set()

    assert await asyncio.gather(*tasks) == [True, True, False, True]
    assert bench.groups == [["a"], ["b", "left"], ["d"]]


async def test_what_came_meanwhile_waits_for_more_but_not_once_it_is_a_full_group() -> None:
    bench = Bench()
    together = Together(bench.work, most=2, pause=0.1)
    first, second = await begun(together, "a"), await begun(together, "b")
    bench.go_on.set()
    assert await asyncio.gather(*first) == [True]
    more = await begun(together, "c", "d", "e")

    assert await asyncio.gather(*second, *more) == [True] * 4
    assert bench.groups == [["a"], ["b", "c"], ["d", "e"]]


async def test_who_came_first_may_be_cancelled_and_the_others_are_still_done() -> None:
    bench = Bench()
    together = Together(bench.work, most=2)
    first, second, third = await begun(together, "a", "b", "c")
    first.cancel()
    bench.go_on.set()

    assert await asyncio.gather(second, third) == [True, True]
    assert await together.done("d")


async def test_a_fault_is_raised_to_its_own_group_only() -> None:
    bench = Bench()
    together = Together(bench.work, most=2)
    tasks = await begun(together, "a") + await begun(together, "bad", "b", "c")
    bench.go_on.set()

    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(each) for each in found] == [bool, ValueError, ValueError, bool]


async def test_nobody_waits_for_ever_when_the_loop_ends() -> None:
    together = Together(Bench().work, most=1)
    tasks = await begun(together, "a", "b")
    assert together._task
    together._task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await tasks[0]
    with pytest.raises(asyncio.CancelledError):
        await tasks[1]
