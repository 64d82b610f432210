from spiders.patience import FORGIVEN, MOST, USUAL, Patience


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_pages_that_take_what_pages_take_are_never_too_many():
    patience = Patience(clock=Clock())
    for _ in range(10_000):
        patience.took("wire", USUAL)

    assert not patience.is_over("wire")


def test_a_source_whose_pages_take_all_of_the_time_limit_has_three():
    patience = Patience(clock=Clock())
    read = 0
    while not patience.is_over("hostile"):
        patience.took("hostile", 9.0)
        read += 1

    assert read == 3
    assert not patience.is_over("wire")


def test_it_is_read_again_when_enough_is_forgiven():
    clock = Clock()
    patience = Patience(clock=clock)
    patience.took("wire", USUAL + MOST + 1)
    assert patience.is_over("wire")

    clock.now += 0.9 / FORGIVEN
    assert patience.is_over("wire")
    clock.now += 0.2 / FORGIVEN
    assert not patience.is_over("wire")
