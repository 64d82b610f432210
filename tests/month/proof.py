"""The account of the month, made from what was published and what the relay took, not from what is tested; then beside the store's own."""

import email
import email.policy
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from functools import cached_property
from html import unescape

from spiders.story import Status
from tests.month.life import AWAY, RELAY_DOWN, RESTARTS, STEP
from tests.month.newsroom import DAY, DEAD, END, START, Piece, Shown
from tests.month.readers import BLUR, Reader

#: What the subject or the text of a mail begins with, in any of the languages.
ALERT = ("Alert", "Sofortmeldung", "즉시 알림")
CORRECTED = ("CORRECTED", "BERICHTIGT", "정정")
WITHDRAWN = ("WITHDRAWN", "ZURÜCKGEZOGEN", "전문 취소")
UPDATED = ("UPDATED", "GEÄNDERT", "내용 변경")
#: Bytes that a page may have.
LARGEST = 80_000


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A mail as the relay took it."""

    taken_at: datetime
    to: str
    raw: bytes

    @cached_property
    def message(self) -> EmailMessage:
        return email.message_from_bytes(self.raw, policy=email.policy.default)  # type: ignore[return-value]

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def written_at(self) -> datetime:
        return datetime.fromisoformat(self.message["Date"].datetime.isoformat())

    @property
    def answers(self) -> str:
        """The mail that it answers; "" for one with news."""
        return str(self.message["In-Reply-To"] or "").strip()

    @property
    def id(self) -> str:
        return str(self.message["Message-ID"]).strip()

    @property
    def is_alert(self) -> bool:
        return self.subject.startswith(ALERT)

    @cached_property
    def text(self) -> str:
        return self._part("plain")

    @cached_property
    def html(self) -> str:
        return self._part("html")

    @cached_property
    def lines(self) -> frozenset[str]:
        return frozenset(line.strip() for line in self.text.splitlines())

    @cached_property
    def said(self) -> str:
        """All its words, in text and page, without marks and tags."""
        page = unescape(re.sub(r"<[^>]+>", "", self.html))
        return " ".join(f"{self.subject} {self.text} {page}".replace("»", "").replace("«", "").split())

    def _part(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        return str(part.get_content()) if part else ""


@dataclass
class Proof:
    """What was published and what came of it; ``faults`` is empty where the month adds up."""

    readers: Sequence[Reader]
    pieces: Sequence[Piece]
    letters: Sequence[Letter]
    read_at: Mapping[tuple[str, datetime], datetime]
    faults: list[str] = field(default_factory=list)
    figures: Counter[tuple[str, str]] = field(default_factory=Counter)

    def prove(self) -> None:
        """Look at each piece for each reader, and at each mail."""
        for reader in self.readers:
            news = [each for each in self.letters if each.to == reader.email and not each.answers]
            answers = [each for each in self.letters if each.to == reader.email and each.answers]
            self._count(reader, news, answers)
            for piece in self.pieces:
                self._look(reader, piece, news, answers)
        for letter in self.letters:
            if len(letter.html.encode()) > LARGEST:
                self.faults.append(f"{letter.to}: {letter.subject!r} is too large")
        self._withdrawn_is_silent()
        self._nobody_slept()

    def _look(self, reader: Reader, piece: Piece, news: Sequence[Letter], answers: Sequence[Letter]) -> None:
        urls = {shown.url for shown in piece.shown}
        told = [letter for letter in news for _ in urls & letter.lines]
        due = self._due(reader, piece)
        if len(told) not in due:
            self._fault(reader, piece, f"told {len(told)} times, not {' or '.join(map(str, sorted(due)))}")
        self.figures[reader.email, "told"] += bool(told)
        self.figures[reader.email, "at once"] += any(letter.is_alert for letter in told)
        for at, words, name in ((piece.corrected_at, CORRECTED, "corrected"), (piece.killed_at, WITHDRAWN, "withdrawn")):
            heard = [letter for letter in answers if any(f"{word}: {piece.headline}" in letter.lines for word in words)]
            self.figures[reader.email, name] += len(heard)
            expected = self._hears(reader, piece, told, at) if at else {0}
            if len(heard) not in expected:
                self._fault(reader, piece, f"heard {len(heard)} times that it was {name}, not {' or '.join(map(str, sorted(expected)))}")
            if any(letter.answers != told[0].id for letter in heard):
                self._fault(reader, piece, f"{name} answers another mail than told it")

    def _due(self, reader: Reader, piece: Piece) -> set[int]:
        """How often a reader may have been told of a piece."""
        seen = self._seen(piece)
        if seen is None or not reader.follows(piece, seen):
            return {0}
        newest = max(filter(None, map(self._read, piece.shown)))
        begins = [reader.since, *(reader.stopped or ())[1:]]
        for begin in (each for each in begins if each > START and seen < each):
            before = reader.stopped is not None and any(seen <= at < reader.stopped[0] for at in _moments(reader))
            if not before and newest < begin - DAY - BLUR:
                return {0}
            if not before and (seen < begin - DAY + BLUR or piece.late):
                return {0, 1}
        killed = self._killed(piece)
        last = min(killed or END, END)
        if any(seen <= at < last for at in _moments(reader)):
            return {0, 1} if killed and _is_down(killed) else {1}
        return {0, 1} if self._is_instant(reader, piece) else {0}

    def _hears(self, reader: Reader, piece: Piece, told: Sequence[Letter], at: datetime) -> set[int]:
        """How often a reader may have heard of what an agency said of a piece at a time."""
        changed = self._read(piece.shown[-1])
        if changed is None or not told or told[0].written_at >= changed:
            return {0}
        if reader.stopped and told[0].written_at < reader.stopped[1] and changed >= reader.stopped[0]:
            return {0, 1}
        return {1} if any(changed <= slot for slot in _moments(reader)) or piece.killed_at else {0, 1}

    def _withdrawn_is_silent(self) -> None:
        for piece in self.pieces:
            killed = self._killed(piece)
            for letter in self.letters if killed else ():
                if letter.taken_at > killed and piece.secret in letter.said:  # type: ignore[operator]
                    self.faults.append(f"{letter.to}: {letter.subject!r} of {letter.taken_at} says what was withdrawn at {killed}")

    def _nobody_slept(self) -> None:
        """A month in which nothing is read would add up, too."""
        for piece in self.pieces:
            first = piece.shown[0]
            if self._seen(piece) is None and first.outlet.id != DEAD and first.at < END - STEP:
                self.faults.append(f"{piece.headline!r}, shown by {first.outlet.id} {first.at:%d %H:%M}, was never read")

    def _seen(self, piece: Piece) -> datetime | None:
        """When it was first read as something to tell."""
        read = [self._read(shown) for shown in piece.shown if shown.story.status is not Status.WITHDRAWN]
        return min(filter(None, read), default=None)

    def _killed(self, piece: Piece) -> datetime | None:
        return self._read(piece.shown[-1]) or END if piece.killed_at else None

    def _read(self, shown: Shown) -> datetime | None:
        return self.read_at.get((shown.url, shown.at))

    def _is_instant(self, reader: Reader, piece: Piece) -> bool:
        at_once = dict(reader.keys).get("instant", [])
        return isinstance(at_once, list) and bool(piece.topics & set(at_once))

    def _count(self, reader: Reader, news: Sequence[Letter], answers: Sequence[Letter]) -> None:
        of = {
            "digests": sum(not each.is_alert for each in news),
            "alerts": sum(each.is_alert for each in news),
            "answers": len(answers),
            "updated": sum(line.startswith(tuple(f"{word}:" for word in UPDATED)) for each in answers for line in each.text.splitlines()),
            "largest": max((len(each.html.encode()) for each in news), default=0),
        }
        for name, figure in of.items():
            self.figures[reader.email, name] = figure

    def _fault(self, reader: Reader, piece: Piece, what: str) -> None:
        seen, shown = self._seen(piece), ", ".join(f"{each.outlet.id} {each.at:%d %H:%M}" for each in piece.shown)
        self.faults.append(
            f"{reader.email}: {piece.headline!r} ({shown}; read {seen:%d %H:%M}): {what}" if seen else f"{reader.email}: {what}"
        )

    def slots(self, runs: Sequence[tuple[str, str, str]]) -> None:
        """Hold each slot that came up beside the store's runs: (recipient, slot, what became of it)."""
        kept = Counter((recipient, slot) for recipient, slot, _ in runs)
        wanted = {(reader.email, name) for reader in self.readers for name, _ in reader.slots()}
        self.faults += [
            f"{recipient}: slot {slot} has {kept[recipient, slot]} runs" for recipient, slot in wanted if kept[recipient, slot] != 1
        ]
        self.faults += [f"{recipient}: there is no slot {slot}" for recipient, slot in kept if (recipient, slot) not in wanted]
        for recipient, _, became in runs:
            self.figures[recipient, became] += 1
            self.figures[recipient, "slots"] += 1


def _moments(reader: Reader) -> Iterator[datetime]:
    """When a reader's digests are written: at the tick after each slot, or as soon as there is a daemon again."""
    for _, slot in reader.slots():
        at = START + -(-(slot - START) // STEP) * STEP
        yield next((down + away for down, away in zip(RESTARTS, AWAY, strict=True) if down <= at < down + away), at)


def _is_down(at: datetime) -> bool:
    return RELAY_DOWN[0] <= at <= RELAY_DOWN[1]
