"""The fields of stories as a table: what a source fills, story by story."""

from collections.abc import Callable, Sequence

from spiders.story import Story
from spiders.trial import Trial

#: Field → what a story has of it; nothing, None or 0 where it is empty.
FIELDS: dict[str, Callable[[Story], object]] = {
    "headline": lambda story: story.headline,
    "lead": lambda story: story.lead,
    "body characters": lambda story: len(story.text),
    "paragraphs": lambda story: len(story.paragraphs),
    "byline": lambda story: story.byline,
    "dateline": lambda story: story.dateline,
    "date": lambda story: story.published_at,
    "language": lambda story: story.language,
    "agency": lambda story: story.agency,
}
#: The share of a source's stories that must have a field.
ESSENTIAL = {"headline": 1.0, "body characters": 0.8, "date": 0.8}


def _filled(stories: Sequence[Story], field: str) -> float:
    """The share of the stories that have a field, 0 to 1."""
    return sum(bool(FIELDS[field](story)) for story in stories) / max(1, len(stories))


def rows(stories: Sequence[Story]) -> list[list[str]]:
    """A row a field: its name, its share, then of each story a figure or a tick."""
    return [[field, f"{_filled(stories, field):.0%}", *(_cell(told(story)) for story in stories)] for field, told in FIELDS.items()]


def missing(trial: Trial) -> list[str]:
    """What a desk cannot do without and a source does not give, a line each; empty for a good one."""
    if not trial.stories:
        return ["no story was read"]
    needed = ESSENTIAL if trial.source.level == "full" else {"headline": ESSENTIAL["headline"]}
    shares = {field: (_filled(trial.stories, field), least) for field, least in needed.items()}
    return [f"{field} in {share:.0%} of the stories" for field, (share, least) in shares.items() if share < least]


def _cell(value: object) -> str:
    if isinstance(value, int):
        return str(value) if value else "–"
    return "✓" if value else "–"
