"""The desk of the month: who reads what, when they are told, and what its wirewatch.toml says at a moment. Pure."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.month.newsroom import DAY, END, HOUR, LEARNED_AT, OUTLETS, START, Piece
from tests.month.wording import LEARNED, TOPICS

ALL = tuple(TOPICS)


@dataclass(frozen=True, kw_only=True)
class Reader:
    """A recipient as the file says it, and when by their own clock they are told: worked out here, not by what is tested."""

    email: str
    zone: str
    language: str
    rules: tuple[str, ...]
    #: None: each full hour.
    at: time | None
    days: frozenset[int] = frozenset(range(7))
    keys: tuple[tuple[str, object], ...] = ()
    #: From when on they are in the file.
    since: datetime = START
    #: Days away, by the file; the last is part of it.
    away: tuple[date, date] | None = None
    #: From when until when they had stopped their mails.
    stopped: tuple[datetime, datetime] | None = None
    empty: str = "send"

    @property
    def local(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def digest(self) -> str:
        """As the file says it."""
        weekdays = " mon-fri" if len(self.days) == 5 else ""
        return f"{self.at:%H:%M}{weekdays}" if self.at else "hourly"

    def slots(self) -> Iterator[tuple[str, datetime]]:
        """Name and moment of each slot of the month that comes up while they are told anything."""
        for name, at in self._slots():
            if self.since <= at < END and not self.is_away(at):
                yield name, at

    def _slots(self) -> Iterator[tuple[str, datetime]]:
        if self.at is None:
            yield from ((f"{START + HOUR * hour:%Y-%m-%dT%HZ}", START + HOUR * hour) for hour in range(int((END - START) / HOUR)))
            return
        for number in range(-1, (END - START).days + 2):
            day = (START + DAY * number).date()
            if day.weekday() in self.days:
                yield day.isoformat(), datetime.combine(day, self.at, self.local).astimezone(UTC)

    def is_away(self, at: datetime) -> bool:
        """Whether nothing may be sent to them at a moment."""
        day = at.astimezone(self.local).date()
        return bool((self.away and self.away[0] <= day <= self.away[1]) or (self.stopped and self.stopped[0] <= at < self.stopped[1]))

    def follows(self, piece: Piece, at: datetime) -> bool:
        """Whether a piece is about what they follow, by what the rules say at that moment."""
        known = piece.topics - ({LEARNED[0]} if piece.learned and at < LEARNED_AT else frozenset())
        return bool(known & set(self.rules))


READERS = (
    Reader(
        email="mara@desk.example.org",
        zone="Europe/Berlin",
        language="de",
        rules=("dock-strike", "wheat", "chip-export", "gas-hub", "sanction", "cable", "summit"),
        at=time(7),
        days=frozenset(range(5)),
        keys=(("instant", ["sanction"]), ("quiet", "22:00-06:30"), ("reads", ["de", "en", "ko"]), ("name", "Mara")),
    ),
    Reader(
        email="james@desk.example.org",
        zone="America/New_York",
        language="en",
        rules=("steel", "airspace", "rail-link", "visa", "drone"),
        at=time(6, 30),
        keys=(("reads", ["en"]),),
    ),
    Reader(
        email="soo@desk.example.org",
        zone="Asia/Seoul",
        language="ko",
        rules=("satellite", "chip-export", "sanction", "summit", "rare-earth", "drone"),
        at=time(8),
        keys=(("reads", ["ko", "en"]), ("instant", ["satellite"]), ("corrections", "instant"), ("quiet", "23:00-06:00")),
    ),
    Reader(
        email="night@desk.example.org",
        zone="Europe/London",
        language="en",
        rules=("airspace", "flu", "ferry", "wheat"),
        at=None,
        empty="skip",
    ),
    Reader(
        email="otto@desk.example.org",
        zone="Europe/Berlin",
        language="de",
        rules=("steel", "lithium", "rare-earth", "pension", "rail-link"),
        at=time(18),
        days=frozenset(range(5)),
        away=(date(2026, 10, 19), date(2026, 11, 1)),
    ),
    Reader(
        email="lena@desk.example.org",
        zone="Europe/Berlin",
        language="de",
        rules=("water", "census", "pension"),
        at=time(12),
        stopped=(datetime(2026, 10, 20, 14, tzinfo=UTC), datetime(2026, 10, 27, 9, 10, tzinfo=UTC)),
    ),
    Reader(
        email="priya@desk.example.org",
        zone="Europe/London",
        language="en",
        rules=("water", "summit", "gas-hub", "cable"),
        at=time(7, 15),
        days=frozenset(range(5)),
        since=datetime(2026, 10, 21, 13, 5, tzinfo=UTC),
    ),
    Reader(
        email="viktor@desk.example.org",
        zone="UTC",
        language="en",
        rules=("lithium",),
        at=time(9),
        keys=(("versions", "all"), ("corrections", "instant"), ("subject", "count")),
        empty="weekly",
    ),
)


def configuration(now: datetime, port: int) -> str:
    """The desk's wirewatch.toml as it stands at a moment; mails go to a port of the loopback."""
    head = [
        '[fetch]\ncontact = "desk@example.org"',
        '[operator]\nemail = "ops@desk.example.org"',
        f'[mail]\nfrom = "wirewatch <desk@example.org>"\nsmtp = "smtp://127.0.0.1:{port}"',
    ]
    return "\n\n".join([*head, *_sources(), *_rules(now), *_recipients(now), ""])


def _sources() -> Iterator[str]:
    for outlet in OUTLETS:
        keys = {
            "id": outlet.id,
            "name": outlet.name,
            "feed": outlet.address("rss.xml"),
            "every": "25m" if outlet.agency else "100m",
            "timezone": outlet.zone,
        }
        yield _table("source", keys | ({"agency": outlet.agency} if outlet.agency else {}))


def _rules(now: datetime) -> Iterator[str]:
    for topic, (name, *words) in TOPICS.items():
        learned = [LEARNED[1]] if topic == LEARNED[0] and now >= LEARNED_AT else []
        yield _table("rule", {"id": topic, "name": name, "any": [*words, *learned]})


def _recipients(now: datetime) -> Iterator[str]:
    for reader in READERS:
        if now >= reader.since:
            pause = {"pause": f"{reader.away[0]}..{reader.away[1]}"} if reader.away else {}
            keys = {"email": reader.email, "timezone": reader.zone, "language": reader.language, "rules": list(reader.rules)}
            yield _table("recipient", keys | {"digest": reader.digest, "when_empty": reader.empty} | pause | dict(reader.keys))


def _table(name: str, keys: dict[str, object]) -> str:
    # What JSON writes of strings and lists of them TOML reads.
    return "\n".join([f"[[{name}]]", *(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in keys.items())])


#: No story may be seen this close to the moment from which on somebody is told: which side it falls on is not said.
BLUR = timedelta(hours=2)
