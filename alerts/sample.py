"""Sample: every kind of mail, made up of stories that nobody wrote, to try templates of one's own with. Pure but for these."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from alerts import correction, digest
from alerts.bars import Volume
from alerts.calendar import Coming, days
from alerts.correction import Correction, Corrections, Piece
from alerts.coverage import Coverage, Gap, Silence
from alerts.digest import Digest
from alerts.news import News
from alerts.recipient import Recipient
from alerts.templating import TemplateError
from spiders.story import Dateline, Status, Story

NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
READER = Recipient(email="analyst@example.org", name="Ann Lee", rules=("harbour", "grain"))
STORY = Story(
    headline="Dockers strike in three harbours",
    canonical_url="https://wire.example.org/1",
    paragraphs=("RIVERSIDE, November 23. The strike began at noon.", "Forty ships wait."),
    dateline=Dateline(raw="RIVERSIDE, November 23."),
    agency="Example Wire",
    published_at=NOW - timedelta(hours=2),
    language="en",
)
NEWS = News(
    story=STORY,
    revision=2,
    rule="harbour",
    tags=("grain",),
    spans=(("body", 28, 34, "strike"),),
    source="Example",
    also=("Other",),
    seen_at=NOW,
    told_at=NOW - timedelta(hours=1),
)
#: A page that gives no more than an address.
BARE = replace(
    NEWS,
    story=Story(headline="", canonical_url="https://wire.example.org/2"),
    rule="grain",
    tags=(),
    spans=(),
    also=(),
    headline_only=True,
)
BROKEN = Coverage(
    sources=3,
    silences=(Silence(source="Other", state="failing", since=NOW - timedelta(hours=5)),),
    read=12,
    headline_only=1,
    matched=2,
    gaps=(Gap(source="Example", from_at=NOW - timedelta(hours=3), to_at=NOW, filled=False),),
)
PASSAGE: tuple[Piece, ...] = (("removed", "Forty"), ("added", "Fourteen"), ("kept", " ships wait."))


def digests() -> Iterator[Digest]:
    """A digest with all that one may have, one of very many stories, and an empty one."""
    full = Digest(
        recipient=READER,
        news=(NEWS, BARE),
        now=NOW,
        next_at=NOW + timedelta(days=1),
        coverage=BROKEN,
        coming=(Coming(day=days()["dprk-founding"], on=date(2027, 9, 9), years=79),),
        since=NOW - timedelta(days=1),
        volumes=tuple(Volume(rule=rule, first=date(2026, 11, 10), counts=(0, 3) * 7) for rule in READER.rules),
        at_once=2,
    )
    yield full
    yield replace(full, news=(NEWS, BARE) * 300, coverage=Coverage(sources=3), away=(NOW - timedelta(days=9), NOW), volumes=(), at_once=0)
    yield replace(full, news=(), next_at=None, coverage=None, coming=())


def corrections() -> Corrections:
    """A story that was corrected and one that was withdrawn."""
    corrected = replace(STORY, status=Status.CORRECTED)
    told = Correction(
        before=STORY, after=corrected, passages=(PASSAGE,) * 20, source="Example", told_at=NOW - timedelta(hours=1), seen_at=NOW
    )
    withdrawn = replace(told, after=replace(STORY, status=Status.WITHDRAWN))
    return Corrections(recipient=READER, corrections=(told, withdrawn), answers="<d.1.a@example.org>", now=NOW)


def broken(overrides: Path) -> list[str]:
    """What is wrong with the templates in a folder, each by file and line; nothing where every kind of mail can be made with them."""
    return list(dict.fromkeys(_complaints(overrides)))


def _complaints(overrides: Path) -> Iterator[str]:
    for each in digests():
        try:
            digest.render(each, overrides=overrides)
        except TemplateError as exc:
            yield str(exc)
    try:
        correction.render(corrections(), overrides=overrides)
    except TemplateError as exc:
        yield str(exc)
