import pytest

from alerts.via import LONGEST, via


def hits(*aliases):
    return [("body", 0, 1, alias) for alias in aliases]


@pytest.mark.parametrize(
    ("aliases", "marked", "named"),
    [
        (["Kim"], [], ("Kim",)),
        (["Kim"], ["Kim"], ()),
        (["sanction*"], ["Sanctions"], ()),
        (["North Korea", "Kim"], ["NORTH  KOREA"], ()),
        (["since:1953-07-27"], ["73rd anniversary"], ("since:1953-07-27",)),
        (["Kim", "Kim", "DPRK", "Pyongyang"], [], ("Kim", "DPRK")),
        ([], [], ()),
    ],
)
def test_words_are_named_where_no_mark_shows_them(aliases, marked, named):
    assert via(hits(*aliases), marked) == named


def test_words_are_short_and_harmless():
    assert via(hits("\u202e" + "x" * 200), []) == ("x" * LONGEST,)
