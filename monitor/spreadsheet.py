"""Spreadsheet: exports as a table, a row a story. Pure."""

from datetime import UTC, datetime

from alerts import sheet
from alerts.plain import plain
from alerts.rules import Rule
from monitor.exports import Export, Format

COLUMNS = (
    *("id", "published (UTC)", "seen (UTC)", "source", "agency", "language", "status", "version"),
    *("headline", "snippet", "link", "dateline", "byline", "rules", "text"),
)


def table(rule: Rule, desk: str, now: datetime) -> Format:
    """A row a story, below one with the names of the columns."""
    return Format(head=sheet.BOM + sheet.line(COLUMNS), write=_row)


def _row(export: Export) -> str:
    story, stored = export.story, export.looked.stored
    texts = (
        _moment(story.published_at),
        _moment(stored.news_at),
        export.source,
        export.agency,
        story.language or "",
        story.status.value,
    )
    said = (
        export.title,
        export.snippet,
        story.canonical_url,
        story.dateline.raw if story.dateline else "",
        ", ".join(story.byline),
        ", ".join(export.rules),
    )
    whole = "\n".join(map(plain, story.paragraphs))
    return sheet.line((stored.id, *map(plain, texts), stored.revision, *map(plain, said), whole))


def _moment(at: datetime | None) -> str:
    """As every spreadsheet reads a time, whatever its country."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}" if at else ""
