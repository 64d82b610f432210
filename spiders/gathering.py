"""Gathering: what comes within a moment waits, and then goes on one after the other, while the processor still has its code at hand."""

import asyncio


class Gathering:
    """Lets through in one go what came within ``pause`` seconds, up to ``most`` of its sizes in all."""

    def __init__(self, *, pause: float, most: int) -> None:
        self.pause, self.most = pause, most
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []

    async def turn(self, size: int) -> None:
        """Return with others, or alone when none came; between two goes the event loop does what else there is."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((size, future))
        if len(self._waiting) == 1:
            asyncio.get_running_loop().call_later(self.pause, self._go)
        await future

    def _go(self) -> None:
        room = self.most
        while self._waiting and (room == self.most or self._waiting[0][0] <= room):
            size, future = self._waiting.pop(0)
            room -= size
            if not future.done():  # who waited may be cancelled
                future.set_result(None)
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._go)
