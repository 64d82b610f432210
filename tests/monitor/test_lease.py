"""monitor.lease: what is surely still ours."""

from datetime import timedelta

from desk import NOON

from monitor.lease import MARGIN, Lease
from monitor.sources import CLAIM_TIME

SECOND = timedelta(seconds=1)


def test_a_lease_ends_before_the_claims_do_and_is_renewed_with_them() -> None:
    lease = Lease(["ap", "afp"], at=NOON)
    end = NOON + CLAIM_TIME - MARGIN

    assert [lease.holds("ap", moment) for moment in (NOON, end - SECOND, end)] == [True, True, False]
    lease.renew(["afp"], at=NOON + SECOND)
    assert [lease.holds(id, end) for id in ("ap", "afp", "dpa")] == [False, True, False]
