"""monitor.commands.statusview: the line that says what waits to be sent, and how much room there is."""

import pytest
from desk import NOON

from monitor.commands import statusview
from monitor.disk import Disk
from monitor.health import Report
from monitor.outbox import Box

BOX = Box(queued=2, unknown=1, oldest_at=NOON, error="450 greylisted", failed=1, refusal="550 no such user", expired=0, doubtful=0)


@pytest.mark.parametrize(("disk", "room"), [(Disk(free=99 << 30, total=1 << 40), " · disk: 99 GiB free"), (None, "")])
def test_what_waits_since_when_and_why_what_was_refused_and_the_room(
    disk: Disk | None, room: str, capsys: pytest.CaptureFixture[str]
) -> None:
    report = Report(at=NOON, sources=(), troubles_of={}, vitals={}, newest_at={}, readers=(), box=BOX, disk=disk)
    statusview.status(report)

    [said] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("outbox: ")]
    assert said.startswith("outbox: 2 to send, the oldest since 2026-11-23 12:00 UTC (450 greylisted)")
    assert "1 refused for good" in said
    assert said.endswith(room) and ("disk" in said) == bool(room)
