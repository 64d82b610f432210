"""What work costs: CPU seconds of this process, of its reader processes, and of the Postgres it talks to."""

from dataclasses import dataclass
from typing import Self

import psutil

from monitor.watch import Watch


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """CPU seconds since each process began; subtract two to have what happened between them."""

    ours: float
    readers: float
    postgres: float

    @classmethod
    def so_far(cls, postmaster: psutil.Process) -> Self:
        me = psutil.Process()
        readers = [child for child in me.children() if "spawn_main" in " ".join(child.cmdline())]
        times = me.cpu_times()
        return cls(
            ours=times.user + times.system,
            # A reader that was replaced meanwhile counts among the children that ended.
            readers=times.children_user + times.children_system + sum(map(_used, readers)),
            postgres=_used(postmaster) + _ended(postmaster) + sum(map(_used, postmaster.children())),
        )

    def since(self, before: Self) -> "Cost":
        return Cost(ours=self.ours - before.ours, readers=self.readers - before.readers, postgres=self.postgres - before.postgres)


def _used(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _ended(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.children_user + times.children_system)


async def postmaster_of(watch: Watch) -> psutil.Process:
    async with watch.database.connection() as connection:
        cursor = await connection.execute("select pg_backend_pid()")
        row = await cursor.fetchone()
    assert row
    parent = psutil.Process(row[0]).parent()
    assert parent
    return parent
