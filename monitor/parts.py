"""Parts: what one process does side by side, until it is time to leave; then all of it ends together, and in time."""

import asyncio
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Self


class Parts:
    """The parts of a process, as tasks. Leaving the block ends them, within ``patience`` seconds.

    When a part ends, well or not, ``leave`` is set: half a daemon looks alive and does nothing. What the first one raised is raised
    at the end.
    """

    def __init__(self, leave: asyncio.Event, *, patience: float) -> None:
        self._leave, self._patience = leave, patience
        self._tasks = list[asyncio.Task[None]]()
        self._stops = list[Callable[[], Coroutine[Any, Any, None]]]()
        self._error: BaseException | None = None

    def begin(self, part: Coroutine[Any, Any, None]) -> None:
        """Run a part beside the others; it is cancelled at the end, once."""
        task = asyncio.create_task(part)
        task.add_done_callback(self._ended)
        self._tasks.append(task)

    def at_end(self, stop: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Call this when it is time to leave, while the parts end."""
        self._stops.append(stop)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None) -> None:
        for task in self._tasks:
            task.cancel()
        for stop in self._stops:
            self.begin(stop())
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._patience)
        if self._error and not exc:
            raise self._error

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._leave.set()
        if not task.cancelled():
            self._error = self._error or task.exception()
