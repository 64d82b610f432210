"""Exports to write: stories as the archive finds them, asked by a real rule."""

from datetime import UTC, datetime

from alerts.rules import Rule
from monitor.archive import Looked, Question, Stored
from monitor.exports import Export, Format, export
from spiders.source import Source
from spiders.story import Story

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
RULE = Rule(id="strike", any=("strike",))
BODY = ("LONDON -- Nothing moved at the docks.", "The strike began at noon, the union said.")


def found(story: Story, rule: Rule = RULE) -> Looked:
    """What the archive says of a story that a rule is true of."""
    stored = Stored(id=7, revision=2, source="wire", country=None, news_at=NOON, read_at=NOON.replace(minute=30))
    [looked] = Question.of([rule]).ask([(stored, story)])
    return looked


def a_story(headline: str = "Dockers strike", **given: object) -> Story:
    values: dict[str, object] = {"canonical_url": "https://wire.example.org/one", "paragraphs": BODY, "lead": "In short."}
    values |= {"language": "en", "published_at": NOON}
    return Story(headline=headline, **(values | given))  # type: ignore[arg-type]


def an_export(story: Story | None = None, *, licence: str = "link", **given: object) -> Export:
    source = Source(id="wire", feed="https://wire.example.org/rss.xml", name="The Wire", licence=licence, **given)  # type: ignore[arg-type]
    return export(found(story or a_story()), source, ["strike"])


def written(form: Format, *exports: Export) -> str:
    return f"{form.head}{form.between.join(map(form.write, exports))}{form.tail}"
