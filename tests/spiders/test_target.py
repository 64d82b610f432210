from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

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
SENT = datetime(2026, 7, 28, tzinfo=UTC)
MISSILES = replace(FIRST, headlines=("N. Korea fires 2 ballistic missiles into sea",), guid="", slug="")
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
        published_at=SENT,
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
        mentioned=("https://wire.example.org/view/AEN20260727001500325",),
        at=SENT,
        day=date(2026, 7, 27),
    )


def test_a_story_that_may_be_shown_is_about_itself():
    assert target.of(a_notice(status=Status.USABLE)) is None


def test_a_whole_story_that_is_corrected_quotes_as_stories_do():
    story = a_notice("See https://wire.example.org/view/3. " + "Ships sail. " * 200, headline=HEADLINE, status=Status.CORRECTED)

    assert target.of(story) == Target(headlines=(HEADLINE,), at=SENT)


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
        # Another number or a "not" is another event.
        (Target(headlines=("N. Korea fires two ballistic missiles into sea",)), (MISSILES,), (1, True)),
        (Target(headlines=("N. Korea fires 3 ballistic missiles into sea",)), (MISSILES,), (1, False)),
        (Target(headlines=("N. Korea fires three ballistic missiles into sea",)), (MISSILES,), (1, False)),
        (Target(headlines=("Ministers do not sign grain deal in Seoul",)), (FIRST,), (1, False)),
        (Target(headlines=("Ministers didn’t sign grain deal in Seoul",)), (FIRST,), (1, False)),
        # An address in passing needs a headline that is like it.
        (Target(mentioned=(FIRST.url,)), (OTHER, FIRST), (1, False)),
        (Target(mentioned=(FIRST.url,), headlines=(HEADLINE,)), (OTHER, FIRST), (1, True)),
        # Headlines come again; what else names the story does not.
        (Target(headlines=(HEADLINE,), at=SENT), (OTHER, FIRST), (1, True)),
        (Target(headlines=(HEADLINE,), at=SENT + timedelta(days=2)), (OTHER, FIRST), (1, False)),
        (Target(headlines=(HEADLINE,), at=SENT + timedelta(days=2), day=date(2026, 7, 27)), (OTHER, FIRST), (1, True)),
        (Target(headlines=(HEADLINE,), slugs=("BC-EU--Grain Deal",), at=SENT + timedelta(days=2)), (OTHER, FIRST), (1, True)),
        # Daily numbers and slugs are given again, addresses and long numbers are not.
        (Target(numbers=("a0123",), at=SENT + timedelta(days=15)), (OTHER, FIRST), (1, False)),
        (Target(headlines=(HEADLINE,), slugs=("BC-EU--Grain Deal",), at=SENT + timedelta(days=15)), (OTHER, FIRST), (1, False)),
        (Target(numbers=("AEN20260727001500325",), at=SENT + timedelta(days=80)), (OTHER, FIRST), (1, True)),
        (Target(urls=(FIRST.url,), at=SENT + timedelta(days=80)), (OTHER, FIRST), (1, True)),
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


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Airline orders 20 A320neos", ()),
        ("Airline orders 20 a320neo jets", ()),
        ("Please kill item a320neo", ("a320neo",)),
        ("Please kill LD0HZ2, AEN20260727001500325 and aen20260727001500325", ("LD0HZ2", "AEN20260727001500325", "aen20260727001500325")),
        ("Please kill story no. 0123 and a0124", ("0123", "a0124")),
    ],
)
def test_an_item_number_is_told_from_an_aeroplane(text, numbers):
    assert target.of(a_notice(text)).numbers == numbers


@pytest.mark.parametrize(
    ("text", "is_meant"),
    [
        ("Please withdraw https://e.org/1 from your pages.", True),
        ("https://e.org/1", True),
        ("Die Meldung https://e.org/1 wird zurückgezogen.", True),
        ("The figure was wrong. More on the fair: https://e.org/1", False),
        ("Find our terms at https://e.org/1.", False),
    ],
)
def test_an_address_is_meant_where_its_sentence_takes_something_back(text, is_meant):
    named = target.of(a_notice(text))

    assert (named.urls, named.mentioned) == (("https://e.org/1",) * is_meant, ("https://e.org/1",) * (not is_meant))
