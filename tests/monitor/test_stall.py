"""monitor.stall: each part of a process says once that Postgres refuses, and one of them when it is over."""

from datetime import timedelta

from desk import NOON

from monitor.stall import OVER, Stall


def test_each_part_says_once_that_it_began_and_one_of_them_that_it_is_over() -> None:
    stall = Stall()
    began = [stall.meet(part, NOON) for part in ("schedule", "jobs", "schedule", "jobs")]
    over = [stall.end(NOON + wait) for wait in (timedelta(0), OVER * 0.9, OVER, OVER)]

    assert (began, over) == ([True, True, False, False], [False, False, True, False])
    assert stall.meet("schedule", NOON + OVER), "the next one is said as well"


def test_what_is_refused_now_and_then_is_one_stall() -> None:
    stall, moments = Stall(), [NOON + OVER * 0.9 * number for number in range(10)]
    said = [(stall.end(moment), stall.meet("jobs", moment)) for moment in moments]

    assert said == [(False, True), *[(False, False)] * 9]
    assert stall.end(moments[-1] + OVER)


def test_a_clock_that_is_set_back_does_not_keep_it_open() -> None:
    stall = Stall()
    stall.meet("jobs", NOON)

    assert stall.end(NOON - timedelta(hours=1))


def test_where_nothing_was_refused_nothing_is_over() -> None:
    assert not Stall().end(NOON)
