"""Together: what comes while earlier work is under way waits for it, and is then done at once, up to so many."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Generic, TypeVar

T = TypeVar("T")


class Together(Generic[T]):
    """Does things in groups as large as the work before lets them become: one at a time while there is little to do."""

    def __init__(self, work: Callable[[list[T]], Awaitable[Collection[T]]], *, most: int, pause: float = 0) -> None:
        """``work`` takes up to ``most`` things and says which of them it has done.

        Where a group came while another was under way, more are likely to come: for those it waits ``pause`` seconds.
        """
        self.work, self.most, self.pause = work, most, pause
        self._waiting: list[tuple[T, asyncio.Future[bool]]] = []
        self._task: asyncio.Task[None] | None = None

    async def done(self, thing: T) -> bool:
        """Do it, with others; whether it was done. Raise what the work of its group raised."""
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((thing, future))
        if self._task is None:
            # Of its own: who came first may be cancelled, and the others still wait.
            self._task = asyncio.create_task(self._go_on())
        return await future

    async def _go_on(self) -> None:
        try:
            while self._waiting:
                group, self._waiting = self._waiting[: self.most], self._waiting[self.most :]
                await self._settle(group)
                if 0 < len(self._waiting) < self.most:
                    await asyncio.sleep(self.pause)
        finally:
            self._task = None
            for _, future in self._waiting:  # only when we are cancelled
                future.cancel()
            self._waiting = []

    async def _settle(self, group: list[tuple[T, "asyncio.Future[bool]"]]) -> None:
        try:
            done = await self.work([thing for thing, _ in group])
            for thing, future in group:
                if not future.done():
                    future.set_result(thing in done)
        except Exception as exc:
            for _, future in group:
                if not future.done():
                    future.set_exception(exc)
        finally:
            for _, future in group:
                future.cancel()
