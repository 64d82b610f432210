import pytest
from matching import a_story

from alerts.match import RuleSet, Span
from alerts.rank import Rank, is_beside, opening, rank
from alerts.reading import fields
from alerts.rules import Rule
from spiders.story import Dateline, Story


@pytest.mark.parametrize(
    ("paragraphs", "dateline", "stretch"),
    [
        (["SEOUL, July 27 -- Crowds cheered.", "More."], "SEOUL, July 27 --", (17, 33)),
        (["SEOUL, July 27 --", "Crowds cheered."], "SEOUL, July 27 --", (18, 33)),
        (["Crowds cheered."], "", (0, 15)),
        ([" ", "Crowds cheered."], "PYONGYANG", (2, 17)),
        ([], "", (0, 0)),
    ],
)
def test_the_opening_is_the_first_paragraph_behind_the_dateline(paragraphs, dateline, stretch):
    assert opening(paragraphs, dateline) == stretch


@pytest.mark.parametrize(
    ("places", "best"),
    [
        ([("headline", 0)], Rank.HEADLINE),
        ([("body", 50), ("other_headlines.2", 0)], Rank.HEADLINE),
        ([("body", 50), ("lead", 9)], Rank.LEAD),
        ([("body", 10)], Rank.LEAD),
        ([("body", 9)], Rank.MENTION),
        ([("body", 20)], Rank.MENTION),
        ([("agency", 0)], Rank.MENTION),
        ([], Rank.MENTION),
    ],
)
def test_the_best_of_the_hits_counts(places, best):
    assert rank([(field, at, at + 1, "x") for field, at in places], (10, 20)) is best


def test_what_a_story_says_of_itself_is_beside_its_texts():
    story = Story(canonical_url="https://wire.example.org/1", headline="A", other_headlines=("B",))

    assert [field for field in fields(story) if not is_beside((field, 0, 1, "x"))] == ["headline", "other_headlines.0", "lead", "body"]


@pytest.mark.parametrize(
    ("query", "rank"),
    [
        ("talks", Rank.HEADLINE),
        ("summit", Rank.HEADLINE),
        ("talks OR villages", Rank.HEADLINE),
        ("delegates", Rank.LEAD),
        ("arrived", Rank.LEAD),
        ("moscow", Rank.MENTION),
        ("villages", Rank.MENTION),
        ("agency:tass", Rank.MENTION),
        ("villages OR arrived", Rank.LEAD),
    ],
)
def test_a_hit_ranks_headline_over_lead_over_passing_mention(query: str, rank: Rank) -> None:
    story = a_story(
        *(" ", "MOSCOW, May 1. /TASS/. A train arrived.", "It passed villages."),
        headline="Talks begin",
        other_headlines=("Summit begins",),
        lead="Delegates wait",
        dateline=Dateline(raw="MOSCOW, May 1. /TASS/.", places=("MOSCOW",)),
        agency="TASS",
    )

    assert [match.rank for match in RuleSet([Rule(id="r", query=query)]).match(story)] == [rank]


def test_spans_that_were_stored_rank_as_they_did_when_the_story_matched() -> None:
    story = a_story("MOSCOW, May 1. A train arrived.", "It passed villages.", dateline=Dateline(raw="MOSCOW, May 1.", places=("MOSCOW",)))
    for query in ("arrived", "villages", "moscow", "arrived OR villages"):
        [match] = RuleSet([Rule(id="r", query=query)]).match(story)

        assert (
            rank([Span(*row) for row in map(list, match.spans)], opening(story.paragraphs, story.dateline.raw if story.dateline else ""))
            is match.rank
        )
