"""Story rows: a story as the columns that hold it, and as JSON, there and back. Pure."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from spiders.story import Dateline, Status, Story

_COLUMNS = (
    "headline",
    "other_headlines",
    "lead",
    "paragraphs",
    "byline",
    "agency",
    "section",
    "language",
    "published_at",
    "published_precision",
    "updated_at",
    "keywords",
    "slug",
    "version",
    "note",
)
_TUPLES = ("other_headlines", "paragraphs", "byline", "keywords")
_MOMENTS = ("published_at", "updated_at", "embargoed_until")


def columns(story: Story) -> dict[str, Any]:
    """What a story says, by the columns that hold it as it is."""
    return {name: getattr(story, name) for name in _COLUMNS}


def revision(story: Story) -> dict[str, Any]:
    """What a story says, by the columns of a revision."""
    values = columns(story)
    values |= {name: list(values[name]) for name in _TUPLES}
    return values | {"status": str(story.status), "dateline": Jsonb(asdict(story.dateline)) if story.dateline else None}


def story(row: Mapping[str, Any]) -> Story:
    """The story that a row of ``revision`` with its story's ``canonical_url`` holds."""
    values = {name: row[name] for name in _COLUMNS} | {name: tuple(row[name]) for name in _TUPLES}
    return Story(canonical_url=row["canonical_url"], status=Status(row["status"]), dateline=_dateline(row["dateline"]), **values)


def packed(story: Story) -> dict[str, Any]:
    """A story as JSON can hold it."""
    values = asdict(story)
    return values | {name: values[name] and values[name].isoformat() for name in _MOMENTS}


def unpacked(packed: Mapping[str, Any]) -> Story:
    """The story that was packed."""
    values: dict[str, Any] = {name: tuple(value) if name in _TUPLES else value for name, value in packed.items()}
    values |= {name: values[name] and datetime.fromisoformat(values[name]) for name in _MOMENTS}
    return Story(**values | {"status": Status(values["status"]), "dateline": _dateline(values["dateline"])})


def _dateline(row: Mapping[str, Any] | None) -> Dateline | None:
    return Dateline(**{**row, "places": tuple(row["places"])}) if row else None
