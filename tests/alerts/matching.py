"""A small vocabulary to match a story with: its texts, and what a query hits in them."""

from alerts.match import RuleSet
from alerts.rules import Rule
from spiders.story import Story


def a_story(*paragraphs: str, headline: str = "", lead: str = "", **fields: object) -> Story:
    return Story(headline=headline, lead=lead, paragraphs=paragraphs, canonical_url="https://news.example/a", **fields)  # type: ignore[arg-type]


def hits(query: str, story: Story) -> list[tuple[str, str, str]] | None:
    """The field, the story's own spelling and the alias of each span; None when the rule does not match."""
    found = RuleSet([Rule(id="r", query=query)]).match(story)
    return [(span.field, text_of(story, span.field)[span.start : span.end], span.alias) for span in found[0].spans] if found else None


def text_of(story: Story, field: str) -> str:
    """What a span of this field counts its letters in."""
    texts = {"headline": story.headline, "lead": story.lead, "body": story.text}
    texts |= {f"other_headlines.{number}": text for number, text in enumerate(story.other_headlines)}
    texts |= {"agency": story.agency or "", "lang": story.language or "", "dateline": story.dateline.raw if story.dateline else ""}
    return texts[field]
