"""Presence: a process says every few seconds that it is alive and what it has in hand, until it leaves."""

import asyncio
import logging
import os
import socket
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from uuid import uuid4

from procrastinate import JobContext
from procrastinate.worker import Worker

from monitor import members
from monitor.database import StoreError
from monitor.members import Member
from monitor.watch import Watch

log = logging.getLogger(__name__)


class Presence:
    """The sign of life of one process, as ``part``; ``leads`` is asked whether its schedule is in force."""

    def __init__(self, watch: Watch, part: str, leads: Callable[[], bool]) -> None:
        now = watch.clock()
        self._watch, self._leads = watch, leads
        self._in_hand = dict[int, JobContext]()
        self._member = Member(
            id=uuid4(), machine=socket.gethostname(), pid=os.getpid(), version=_version(), part=part, began_at=now, seen_at=now, jobs={}
        )

    async def live(self) -> None:
        """Give a sign of life now and then; when Postgres is away, the next time."""
        while True:
            try:
                await self.beat()
            except StoreError as exc:
                log.debug("no sign of life code=no-sign-of-life error=%s", exc)
            await asyncio.sleep(members.BEAT.total_seconds())

    async def beat(self) -> None:
        """Give a sign of life."""
        jobs = Counter(context.job.task_name for context in self._in_hand.values())
        batches = [str(context.job.task_kwargs["batch"]) for context in self._in_hand.values() if "batch" in context.job.task_kwargs]
        async with self._watch.database.connection() as connection:
            member = replace(self._member, leads=self._leads(), jobs=jobs, rules=self._watch.rules.fingerprint)
            await members.beat(connection, member, batches, now=self._watch.clock())
            await members.forget(connection, member, now=self._watch.clock())

    async def leave(self) -> None:
        """Be known no more; where Postgres is away, as if dead."""
        with suppress(StoreError):
            async with self._watch.database.connection() as connection:
                await members.leave(connection, self._member.id)

    async def working(self, process: Callable[[], Awaitable[Any]], context: JobContext, worker: Worker) -> Any:
        """What the queue calls around each job, so that it is known to be in hand."""
        key = id(context)
        self._in_hand[key] = context
        try:
            return await process()
        finally:
            del self._in_hand[key]


def _version() -> str:
    try:
        return version("wirewatch")
    except PackageNotFoundError:
        return "0"
