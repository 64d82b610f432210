"""monitor.correcting: what stands in an answer to a mail that told a story."""

import pytest
from desk import NOON, a_story

from monitor.correcting import _correction
from monitor.corrections import Behind
from spiders.story import Status


@pytest.mark.parametrize(("status", "compared"), [(Status.CORRECTED, True), (Status.WITHDRAWN, False), (Status.HELD, False)])
def test_what_was_taken_back_is_not_compared_with_what_was_told(status: Status, compared: bool) -> None:
    before, after = a_story(body="Forty took part."), a_story(body="Fourteen took part.", status=status)
    behind = Behind(
        story=1,
        read=1,
        latest=2,
        source="wire",
        status=Status.USABLE,
        statuses=[status],
        is_copy=False,
        mail=1,
        message_id="<1@example.org>",
        told_at=NOON,
        latest_at=NOON,
    )

    assert bool(_correction(behind, before, after, None).passages) is compared
