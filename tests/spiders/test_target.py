from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from spiders import target
from spiders.story import Status, Story
from spiders.target import Candidate, Choice, Target

HEADLINE = "Ministers sign grain deal in Seoul"
FIRST = Candidate(
    id=1,
    headlines=(HEADLINE,),
    url="https://wire.example.org/view/AEN20260727001500325",
    slug="BC-EU--Grain Deal",
    guid="urn:newsml:wire.example:20260727:a0123",
    published_at=datetime(2026, 7, 27, 9, tzinfo=UTC),
)
#: The same words a week later.
AGAIN = replace(FIRST, id=2, url="https://wire.example.org/view/2", slug="", guid="2", published_at=datetime(2026, 8, 3, 9, tzinfo=UTC))
OTHER = Candidate(
    id=3, headlines=("Farmers of Ohio wait for rain",), url="https://wire.example.org/view/3", slug="BC-US--Rain", guid="a0124"
)


def a_notice(*paragraphs, headline="KILL KILL KILL", status=Status.WITHDRAWN, note="", **fields):
    return Story(
        headline=headline,
        paragraphs=paragraphs,
        status=status,
        note=note,
        canonical_url="https://wire.example.org/kill",
        published_at=datetime(2026, 7, 28, tzinfo=UTC),
        **fields,
    )


def test_a_notice_names_what_it_is_about():
    notice = a_notice(
        'Please kill BC-EU--Grain Deal, a0123, sent July 27 and headlined "Ministers sign grain deal in Seoul".',
        "See https://wire.example.org/view/AEN20260727001500325.",
    )

    assert target.of(notice) == Target(
        headlines=(HEADLINE, '"Ministers sign grain deal in Seoul"', "KILL KILL KILL"),
        slugs=("BC-EU--Grain Deal",),
        numbers=("a0123",),
        urls=("https://wire.example.org/view/AEN20260727001500325",),
        day=date(2026, 7, 27),
    )


def test_a_story_that_may_be_shown_is_about_itself():
    assert target.of(a_notice(status=Status.USABLE)) is None


def test_a_whole_story_that_is_corrected_quotes_as_stories_do():
    story = a_notice("See https://wire.example.org/view/3. " + "Ships sail. " * 200, headline=HEADLINE, status=Status.CORRECTED)

    assert target.of(story) == Target(headlines=(HEADLINE,))


@pytest.mark.parametrize(
    ("named", "candidates", "chosen"),
    [
        (Target(urls=(FIRST.url,)), (OTHER, FIRST), (1, True)),
        (Target(numbers=("a0123",)), (OTHER, FIRST), (1, True)),
        (Target(numbers=("AEN20260727001500325",)), (OTHER, FIRST), (1, True)),
        (Target(numbers=("A0123",)), (OTHER, FIRST), (1, True)),
        (Target(numbers=("0123",)), (OTHER, FIRST), None),
        # Such numbers are counted anew each day.
        (Target(numbers=("a0123",), day=date(2026, 8, 3)), (OTHER, FIRST), (1, False)),
        (Target(slugs=("BC-EU--Grain Deal",)), (OTHER, FIRST), (1, True)),
        (Target(slugs=("BC-EU--Grain Deal",)), (FIRST, replace(AGAIN, slug="BC-EU--Grain Deal, 2nd Ld")), (1, False)),
        (Target(headlines=(HEADLINE,)), (OTHER, FIRST), (1, True)),
        (Target(headlines=(HEADLINE.upper(),)), (OTHER, FIRST), (1, True)),
        # Two fit equally, but for the day that is named.
        (Target(headlines=(HEADLINE,)), (FIRST, AGAIN), (1, False)),
        (Target(headlines=(HEADLINE,), day=date(2026, 8, 3)), (FIRST, AGAIN), (2, True)),
        # Half of the words is a guess.
        (Target(headlines=("Ministers in Seoul sign another paper",)), (OTHER, FIRST), (1, False)),
        (Target(headlines=("A storm nears the coast",)), (OTHER, FIRST), None),
        (Target(headlines=("部长在首尔签署粮食协议",)), (OTHER, replace(FIRST, headlines=("部长在首尔签署粮食协议。",))), (1, True)),
        (Target(headlines=("Live updates",)), (replace(FIRST, headlines=("Live updates",)),), (1, False)),
        (Target(), (FIRST,), None),
        (Target(headlines=(HEADLINE,)), (), None),
        # The same story under two of its addresses is one.
        (Target(headlines=(HEADLINE,)), (FIRST, replace(FIRST, url="https://wire.example.org/amp/1")), (1, True)),
    ],
)
def test_what_is_meant_is_certain_unless_another_fits_as_well(named, candidates, chosen):
    choice = target.likely(named, candidates)

    assert (choice and (choice.candidate.id, choice.is_certain)) == chosen


def test_the_choice_carries_its_candidate():
    assert target.likely(Target(urls=(FIRST.url,)), [FIRST]) == Choice(candidate=FIRST, is_certain=True)
