"""Table: stories as the CSV that is attached to a mail too short to list them all. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC

from alerts import sheet
from alerts.clock import published_day
from alerts.fit import TEXT
from alerts.message import Attachment
from alerts.news import News
from alerts.plain import plain
from spiders.story import Story

NAME = "stories.csv"
COLUMNS = ("headline", "agency", "source", "published_at", "rule", "url")


def attached(news: Sequence[News], names: Mapping[str, str]) -> Attachment | None:
    """All these stories as an attachment; None when the text part has room for them. ``names``: rule id → its name for people."""
    if len(news) <= TEXT.rows:
        return None
    return Attachment(name=NAME, data=table(COLUMNS, (_row(each, names.get(each.rule) or each.rule) for each in news)))


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A CSV that every spreadsheet opens as text: UTF-8 with its mark, each cell one harmless line and no formula."""
    text = "".join(sheet.line(plain(cell).strip() for cell in row) for row in (columns, *rows))
    return f"{sheet.BOM}{text}".encode()


def published(story: Story) -> str:
    """When a story was published, as ISO 8601 has it: in UTC, or the day where only that is known; "" where nothing is."""
    at = story.published_at
    if at is None:
        return ""
    return published_day(at).isoformat() if story.published_precision == "day" else f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _row(news: News, rule: str) -> tuple[str, ...]:
    story = news.story
    return story.headline, story.agency or "", news.source, published(story), rule, story.canonical_url
