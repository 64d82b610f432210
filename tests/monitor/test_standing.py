"""monitor.standing: what a story is when its page and several advisories speak of it."""

from dataclasses import replace

import pytest
from desk import a_story

from monitor import standing
from spiders.story import Status, Story

USABLE, CORRECTED, HELD, WITHDRAWN, GONE = Status.USABLE, Status.CORRECTED, Status.HELD, Status.WITHDRAWN, Status.GONE
HOLD, KILL = a_story("hold", status=HELD, slug="HOLD", body="Hold it."), a_story("kill", status=WITHDRAWN, slug="KILL", body="Kill it.")
LIFT = a_story("lift", releases=True)
FIX = a_story("fix", status=CORRECTED, body="Read 14 instead of 40.")
ANEW = replace(FIX, paragraphs=("Fourteen took part. " * 100,))


@pytest.mark.parametrize(
    ("page", "said", "stands"),
    [
        (USABLE, (), USABLE),
        (USABLE, (KILL,), WITHDRAWN),
        (USABLE, (HOLD,), HELD),
        (USABLE, (HOLD, LIFT), USABLE),
        (USABLE, (HOLD, HOLD, LIFT), USABLE),
        (USABLE, (HOLD, LIFT, HOLD), HELD),
        # What is weaker undoes no kill, whenever it comes.
        (USABLE, (KILL, HOLD), WITHDRAWN),
        (USABLE, (HOLD, KILL), WITHDRAWN),
        (USABLE, (KILL, LIFT), WITHDRAWN),
        (USABLE, (KILL, HOLD, LIFT), WITHDRAWN),
        (USABLE, (KILL, FIX), WITHDRAWN),
        (USABLE, (HOLD, FIX), HELD),
        # What tells the story anew does.
        (CORRECTED, (KILL, ANEW), CORRECTED),
        (USABLE, (KILL, ANEW), USABLE),
        (CORRECTED, (ANEW, KILL), WITHDRAWN),
        # A page has the last word on all but holds and kills.
        (USABLE, (FIX,), USABLE),
        (GONE, (FIX,), GONE),
        (CORRECTED, (HOLD, LIFT), CORRECTED),
        (HELD, (HOLD, LIFT), HELD),
        (CORRECTED, (HOLD,), HELD),
        (WITHDRAWN, (HOLD,), WITHDRAWN),
        (WITHDRAWN, (HOLD, LIFT), WITHDRAWN),
        (GONE, (HOLD,), HELD),
        (GONE, (KILL,), WITHDRAWN),
    ],
)
def test_only_a_hold_or_a_kill_goes_before_a_page_and_the_gravest_stands(page: Status, said: tuple[Story, ...], stands: Status) -> None:
    assert standing.stands(page, said) is stands


@pytest.mark.parametrize(
    ("before", "said", "after"),
    [
        (USABLE, FIX, CORRECTED),
        (GONE, FIX, CORRECTED),
        (HELD, FIX, HELD),
        (WITHDRAWN, FIX, WITHDRAWN),
        (WITHDRAWN, ANEW, CORRECTED),
        (HELD, LIFT, USABLE),
        (CORRECTED, LIFT, CORRECTED),
        (GONE, LIFT, GONE),
        (WITHDRAWN, LIFT, WITHDRAWN),
        (WITHDRAWN, HOLD, WITHDRAWN),
        (HELD, KILL, WITHDRAWN),
        (GONE, KILL, WITHDRAWN),
    ],
)
def test_an_advisory_makes_of_a_story_only_what_is_graver_unless_it_lifts_a_hold_or_tells_it_anew(
    before: Status, said: Story, after: Status
) -> None:
    assert standing.then(before, said) is after


def test_what_is_too_weak_to_stand_is_noted_on_the_story() -> None:
    killed = standing.after(a_story(), KILL)

    assert standing.after(killed, FIX) == replace(a_story(), status=WITHDRAWN, slug="KILL", note="Kill it.\nRead 14 instead of 40.")


def test_what_is_noted_already_is_not_noted_twice() -> None:
    noted = standing.after(standing.after(a_story(), KILL), FIX)

    assert standing.after(noted, FIX) == noted


def test_what_tells_the_story_anew_takes_its_place() -> None:
    assert standing.after(a_story(), ANEW) == replace(ANEW, canonical_url=a_story().canonical_url)
