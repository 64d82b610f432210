"""Disk: how much room is left for the store, and whether bytes may still be kept there."""

import logging
import shutil
from dataclasses import dataclass
from datetime import datetime

from monitor import outages
from monitor.config import Settings
from monitor.database import Connection

log = logging.getLogger(__name__)

#: Below this no bytes are kept, or below a twentieth of a small disk: Postgres stops dead when it has none left.
FLOOR = 2 << 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Disk:
    """The disk that the store lies on, in bytes."""

    free: int
    total: int

    @property
    def room(self) -> str:
        """What is free, for people."""
        return f"{self.free >> 30} GiB" if self.free >= 10 << 30 else f"{self.free >> 20} MiB"

    @property
    def floor(self) -> int:
        return min(FLOOR, self.total // 20)

    @property
    def low(self) -> bool:
        """No bytes are kept any more; stories still are."""
        return self.free < self.floor

    @property
    def well(self) -> bool:
        """There is room again: a quarter more than the floor, or each file that comes and goes would be news."""
        return self.free >= self.floor * 5 // 4


def look(settings: Settings) -> Disk | None:
    """The disk under the embedded Postgres; None where it cannot be seen, as that of a Postgres of one's own."""
    if settings.database_url or not settings.data_dir.exists():
        return None
    used = shutil.disk_usage(settings.data_dir)
    return Disk(free=used.free, total=used.total)


def keeps_bytes(settings: Settings) -> bool:
    """Whether there is room for bytes. Costs 2 µs."""
    disk = look(settings)
    return disk is None or not disk.low


async def note(connection: Connection, disk: Disk, *, now: datetime) -> None:
    """Open an outage when there is no room, once, and end it when there is room again."""
    detail = f"{disk.free >> 20} MiB of the disk are free; below {disk.floor >> 20} MiB pages are not kept as evidence"
    if disk.low and await outages.open_(connection, None, "disk", began_at=now, detail=detail, now=now):
        log.error("disk low code=disk-low free_mib=%d wanted_mib=%d", disk.free >> 20, disk.floor * 5 // 4 >> 20)
    if disk.well and await outages.close(connection, None, "disk", now=now):
        log.info("disk has room again free_mib=%d", disk.free >> 20)
