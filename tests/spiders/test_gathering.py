"""spiders.gathering: what comes within a moment goes on together, but not so much at once that the event loop is held."""

import asyncio

from spiders.gathering import Gathering


def gone(gathering: Gathering, **sizes: int) -> tuple[list[str], dict[str, asyncio.Task[None]]]:
    """What goes on in its turn, noted as it does, with an "other" for each time that the event loop did something else."""
    noted: list[str] = []

    async def go(name: str, size: int) -> None:
        await gathering.turn(size)
        noted.append(name)
        asyncio.get_running_loop().call_soon(lambda: noted[-1:] != ["other"] and noted.append("other"))

    return noted, {name: asyncio.create_task(go(name, size)) for name, size in sizes.items()}


async def test_what_comes_within_the_pause_goes_on_one_after_the_other_in_order() -> None:
    noted, tasks = gone(Gathering(pause=0.01, most=10), a=1, b=2, c=3)
    await asyncio.sleep(0)
    assert noted == []
    await asyncio.gather(*tasks.values())
    await asyncio.sleep(0)
    assert noted == ["a", "b", "c", "other"]


async def test_what_is_too_much_for_one_go_waits_for_the_next_and_a_large_one_goes_alone() -> None:
    noted, tasks = gone(Gathering(pause=0.01, most=10), a=6, b=4, c=1, large=50, d=1)
    await asyncio.gather(*tasks.values())
    await asyncio.sleep(0)
    assert noted == ["a", "b", "other", "c", "other", "large", "other", "d", "other"]


async def test_who_is_cancelled_holds_up_nobody_and_the_next_to_come_goes_too() -> None:
    gathering = Gathering(pause=0.01, most=10)
    noted, tasks = gone(gathering, a=1, b=1)
    await asyncio.sleep(0)
    tasks["a"].cancel()
    await tasks["b"]
    assert noted[0] == "b"
    await asyncio.wait_for(gathering.turn(1), 1)
