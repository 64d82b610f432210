import pytest

from spiders import agencies
from spiders.months import MONTHS


@pytest.mark.parametrize(
    ("printed", "short"),
    [
        ("ТАСС", "TASS"),
        ("Itar-Tass", "TASS"),
        ("риа новости", "RIA Novosti"),
        ("ЦТАК", "KCNA"),
        ("연합뉴스", "Yonhap"),
        ("新华社", "Xinhua"),
        ("The Associated Press", "AP"),
        ("A.P.", "AP"),
        ("ロイター", "Reuters"),
        ("Nobody's News", None),
    ],
)
def test_an_agency_has_one_short_name_however_it_is_printed(printed, short):
    assert agencies.canonical(printed) == short


def test_an_agency_in_a_text_is_a_word_of_its_own():
    assert agencies.BARE.search("The tapas bar") is None
    assert agencies.BARE.search("新华社北京电")[0] == "新华社"


@pytest.mark.parametrize(("name", "number"), [("july", 7), ("июля", 7), ("mär", 3), ("lug", 7), ("ogos", 8), ("temmuz", 7), ("يوليو", 7)])
def test_a_month_is_known_in_the_languages_of_the_wires(name, number):
    assert MONTHS[name] == number
