"""Correction: what a reader hears of stories that changed after they were told, and the bytes of that mail. Pure.

It answers the mail that carried the stories, so that a mail program shows both together. What the agency took back is named, by
headline, time and agency, and never quoted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from alerts import fit, header, mail, table
from alerts.catalogue import Catalogue, catalogue
from alerts.clock import Clock
from alerts.entry import language_tag, link
from alerts.message import LAST_FIELDS, Attachment, assemble
from alerts.plain import plain
from alerts.recipient import Recipient
from alerts.sentence import ELLIPSIS
from alerts.templating import Rendered, rendered
from alerts.unsubscribe import Unsubscribe
from spiders.story import Status, Story

#: The header fields of a correction, in this order and no other.
FIELDS = (*mail.FIELDS[: -len(LAST_FIELDS)], "In-Reply-To", "References", *LAST_FIELDS)
#: A story that is not to be quoted any more.
TAKEN_BACK = (Status.WITHDRAWN, Status.HELD, Status.GONE)
#: What happened to a story: what must not be used any more before what reads otherwise.
_GRAVEST = ("withdrawn", "held", "gone", "corrected", "released", "updated")
#: Passages of one story that are shown; the others are counted.
MOST_PASSAGES = 12
#: Of one passage: pieces, characters of a piece that changed, characters of the unchanged to its left and right.
MOST_PIECES, MOST_CHARACTERS, CONTEXT = 40, 600, 60

#: Of the table of those that are too many for the text.
COLUMNS = ("what", "headline", "agency", "source", "published_at", "url")

#: (kind, text): together the old wording and the new.
Piece = tuple[Literal["kept", "removed", "added"], str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Correction:
    """One story that reads otherwise than its reader was told."""

    #: As the reader was told it; of what was taken back nothing but its headline is shown.
    before: Story
    after: Story
    #: The passages that read otherwise, in reading order; empty for what was taken back.
    passages: tuple[tuple[Piece, ...], ...]
    #: The source's name as shown to people.
    source: str
    #: Of ``after``, as stored; 1: it is not said.
    revision: int = 1
    #: Aware; when the mail was written that told it.
    told_at: datetime
    #: Aware; when we saw ``after``.
    seen_at: datetime

    @property
    def kind(self) -> str:
        """What happened to it: withdrawn, held, gone, corrected; released, when it had been taken back before; updated, on its own."""
        if self.after.status is not Status.USABLE:
            return str(self.after.status)
        return "released" if self.before.status in TAKEN_BACK else "updated"


@dataclass(frozen=True, kw_only=True, slots=True)
class Corrections:
    """What one reader hears at ``now`` of the stories that one mail told them."""

    recipient: Recipient
    corrections: tuple[Correction, ...]
    #: Message-ID of that mail, angle brackets included.
    answers: str
    #: Aware.
    now: datetime
    #: How its reader stops or pauses these mails; None: by writing to whom it comes from.
    unsubscribe: Unsubscribe | None = None

    @property
    def gravest_first(self) -> tuple[Correction, ...]:
        """As they are told: the first is the subject, and who reads no further has read what must not be used any more."""
        return tuple(sorted(self.corrections, key=lambda each: _GRAVEST.index(each.kind)))


def render(told: Corrections, *, overrides: Path | None = None) -> Rendered:
    """Make subject, text and HTML; as ``digest.render`` does it."""
    return rendered(_view(told), told.recipient.language, kind="correction", overrides=overrides)


def build(told: Corrections, *, run: int, sender: str, overrides: Path | None = None) -> bytes:
    """Make the bytes that go out, as ``mail.build`` does it; the same arguments always give the same bytes. Raise what that raises."""
    parts = render(told, overrides=overrides)
    fields = dict(mail.head(told.recipient, parts, run=run, sender=sender, now=told.now, unsubscribe=told.unsubscribe))
    fields |= {"In-Reply-To": header.tokens("In-Reply-To", told.answers), "References": header.tokens("References", told.answers)}
    return assemble(fields, text=parts.text, html=parts.html, attachment=_attached(told))


def _attached(told: Corrections) -> Attachment | None:
    """All of them as a CSV; None where the text part has room for them."""
    if len(told.corrections) <= fit.TEXT.rows:
        return None
    entries = zip(told.gravest_first, _entries(told), strict=True)
    return Attachment(name=table.NAME, data=table.table(COLUMNS, (_row(each, entry) for each, entry in entries)))


def _row(each: Correction, entry: Mapping[str, Any]) -> tuple[str, ...]:
    # What was taken back is linked to from nowhere.
    return entry["what"], entry["headline"], entry["agency"], each.source, table.published(each.before), entry["link"]


def _view(told: Corrections) -> dict[str, Any]:
    entries = _entries(told)
    return {
        "language": told.recipient.language,
        "count": len(entries),
        "top": f"{entries[0]['what']}: {entries[0]['headline']}",
        "entries": entries,
        "table": table.NAME if len(entries) > fit.TEXT.rows else "",
        "stop": told.unsubscribe.link if told.unsubscribe else "",
        "zone": told.recipient.timezone.key,
    }


def _entries(told: Corrections) -> list[Mapping[str, Any]]:
    recipient = told.recipient
    t, clock = catalogue(recipient.language), Clock(language=recipient.language, timezone=recipient.timezone, now=told.now)
    return [_entry(each, clock, t) for each in told.gravest_first]


def _entry(each: Correction, clock: Clock, t: Catalogue) -> Mapping[str, Any]:
    is_back = each.after.status in TAKEN_BACK
    published = each.before.published_at
    return {
        "form": "full",
        "kind": each.kind,
        "what": t(each.kind),
        "came": " · ".join(
            [*([t("version", number=each.revision)] if each.revision > 1 else []), t("seen", time=clock.recent(each.seen_at))]
        ),
        "means": t(f"{each.kind}_means"),
        "headline": plain(each.before.headline if is_back else each.after.headline).strip() or plain(each.after.canonical_url),
        "language": language_tag(each.after.language),
        "agency": plain((each.before if is_back else each.after).agency or each.source).strip(),
        "published": clock.recent(published) if published else "",
        "told": t("told", time=clock.recent(each.told_at)),
        "note": "" if is_back else plain(each.after.note[:MOST_CHARACTERS]).strip(),
        "passages": [] if is_back else [_passage(pieces) for pieces in each.passages[:MOST_PASSAGES]],
        "more": 0 if is_back else max(0, len(each.passages) - MOST_PASSAGES),
        "link": "" if is_back else link(each.after.canonical_url),
    }


def _passage(pieces: tuple[Piece, ...]) -> list[dict[str, str]]:
    cut = [(kind, _shortened(text) if kind == "kept" else text[:MOST_CHARACTERS]) for kind, text in pieces[:MOST_PIECES]]
    following = [kind for kind, _ in cut[1:]] + [""]
    return [
        # The space after a word is not part of what is struck out; what is put in its place stands apart from it.
        {"kind": kind, "text": plain(text).rstrip(), "space": " " if text[-1:].isspace() or (kind, then) == ("removed", "added") else ""}
        for (kind, text), then in zip(cut, following, strict=True)
    ]


def _shortened(text: str) -> str:
    """What did not change, only as far as it shows where the change stands; cut at words where there are any."""
    if len(text) <= 2 * CONTEXT:
        return text
    left, right = text[:CONTEXT], text[-CONTEXT:]
    return f"{left.rpartition(' ')[0] or left} {ELLIPSIS} {right.partition(' ')[2] or right}"
