"""monitor.lease: what is surely still ours."""

from datetime import timedelta

from desk import NOON

from monitor.claims import CLAIM_TIME
from monitor.lease import Lease

SECOND = timedelta(seconds=1)
#: Of a request from the look at the lease until it is on its way, and between the clocks of two machines that keep time.
SLACK = 2 * SECOND


def test_a_lease_ends_before_the_claims_do_and_is_renewed_with_them() -> None:
    lease = Lease(["ap", "afp"], at=NOON)
    end = NOON + CLAIM_TIME - SLACK

    assert [lease.holds("ap", moment) for moment in (NOON, end - 4 * SECOND, end)] == [True, True, False]
    lease.renew(["afp"], at=NOON + 5 * SECOND)
    assert [lease.holds(id, end) for id in ("ap", "afp", "dpa")] == [False, True, False]
