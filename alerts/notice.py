"""Notice: what the operator is told when something breaks and when it is well again, and the bytes of that mail. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from alerts import header
from alerts.mailbox import checked_mailbox, parse_sender
from alerts.message import LAST_FIELDS, assemble, digest_of
from alerts.plain import plain
from alerts.templating import Rendered, rendered
from alerts.utc import utc

#: The header fields of a notice, in this order and no other.
FIELDS = ("Date", "Message-ID", "From", "To", "Subject", "Auto-Submitted", "Content-Language", *LAST_FIELDS)
#: Most of either kind that are told at length; the others are counted.
MOST = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Trouble:
    """Something that has broken."""

    #: "KCNA does not answer".
    what: str
    #: Aware.
    since: datetime
    #: How we know.
    detail: str
    #: What it means for the readers, and what the operator can do.
    means: str
    advice: str
    #: The first answer that was bad: "HTTP 403 from https://…"; "" where it was not kept.
    first_bad: str = ""
    #: What was seen, line by line, where blanks count: a place that a caret points at.
    listing: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Recovery:
    """Something that is well again."""

    #: "KCNA answers again".
    what: str
    #: Aware.
    since: datetime
    until: datetime
    #: What may have been missed meanwhile, a line each.
    missed: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """All that has changed at ``now``, in English; times are told in UTC."""

    #: Where it goes.
    to: str
    #: The outage it is about, or the first of them.
    outage: int
    now: datetime
    troubles: tuple[Trouble, ...] = ()
    recoveries: tuple[Recovery, ...] = ()


def render(notice: Notice) -> Rendered:
    """Make subject, text and HTML of a notice; whatever the network said in it is text and nothing else."""
    return rendered(_view(notice), "en", kind="notice")


def build(notice: Notice, *, sender: str) -> bytes:
    """Make the bytes that go out; the same arguments always give the same bytes. Raise MailError as ``mail.build`` does."""
    parts = render(notice)
    return assemble(_head(notice, parts, sender=sender), text=parts.text, html=parts.html)


def _head(notice: Notice, parts: Rendered, *, sender: str) -> Mapping[str, bytes]:
    name, mailbox = parse_sender(sender)
    domain, date = mailbox.rpartition("@")[2], format_datetime(notice.now.astimezone(UTC))
    content = digest_of(date, sender, notice.to, parts.subject, parts.text, parts.html)
    return {
        "Date": header.tokens("Date", date),
        "Message-ID": header.tokens("Message-ID", f"<n.{notice.outage}.{content}@{domain}>"),
        "From": header.address("From", name, mailbox),
        "To": header.address("To", "", checked_mailbox(notice.to)),
        "Subject": header.text("Subject", parts.subject),
        "Auto-Submitted": header.tokens("Auto-Submitted", "auto-generated"),
        "Content-Language": header.tokens("Content-Language", "en"),
    }


def _view(notice: Notice) -> dict[str, Any]:
    troubles, recoveries = notice.troubles[:MOST], notice.recoveries[:MOST]
    return {
        "troubles": [
            _plain(asdict(each)) | {"since": utc(each.since), "listing": [_aligned(line) for line in each.listing]} for each in troubles
        ],
        "recoveries": [
            _plain(asdict(each)) | {"since": utc(each.since), "until": utc(each.until), "lasted": lasted(each.until - each.since)}
            for each in recoveries
        ],
        "broken": len(notice.troubles),
        "recovered": len(notice.recoveries),
        "more": len(notice.troubles) - len(troubles) + len(notice.recoveries) - len(recoveries),
        "at": utc(notice.now),
    }


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {
        key: plain(value) if isinstance(value, str) else [plain(line) for line in value]
        for key, value in values.items()
        if not isinstance(value, datetime)
    }


def _aligned(line: str) -> str:
    """One harmless line that keeps its blanks."""
    return " ".join(plain(word) for word in line.split(" "))


def lasted(length: timedelta) -> str:
    """A length of time, as exact as somebody wants to know it: "3 d 4 h", "2 h 5 min", "20 min"."""
    minutes = round(length / timedelta(minutes=1))
    days, hours = divmod(minutes // 60, 24)
    parts = ((days, "d"), (hours, "h"), (minutes % 60, "min"))
    told = [f"{number} {unit}" for number, unit in parts if number]
    return " ".join(told[:2]) or "under a minute"
