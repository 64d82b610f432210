import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from spiders import advisory, embargo, footnote, grammar, marks
from spiders.marks import Marked
from spiders.story import Story

NEGATIVES = tomllib.loads(Path(__file__).with_name("negatives.toml").read_text(encoding="utf-8"))
NOON = datetime(2026, 7, 28, 12, tzinfo=UTC)
BODY = ("The ministers met for a day.", "They signed at noon.", "Ships sail on Friday.")


@pytest.mark.parametrize("headline", NEGATIVES["headlines"])
def test_a_headline_of_the_news_has_no_marks(headline):
    assert marks.read(headline) == Marked(headline=headline)
    assert embargo.read(headline, near=NOON) is None


@pytest.mark.parametrize("paragraph", NEGATIVES["paragraphs"])
def test_a_paragraph_of_the_news_is_not_the_desks(paragraph):
    assert (advisory.read(paragraph), footnote.read(paragraph), embargo.read(paragraph, near=NOON)) == (None, None, None)


@pytest.mark.parametrize("headline", NEGATIVES["headlines"])
@pytest.mark.parametrize("paragraph", NEGATIVES["paragraphs"][::8])
def test_a_story_of_such_texts_is_read_as_it_is_printed(headline, paragraph):
    story = Story(headline=headline, canonical_url="https://e.org/", paragraphs=(paragraph, *BODY, paragraph), published_at=NOON)

    assert grammar.read(story) == story
