import json
import time
from pathlib import Path

import pytest
from fuzzed import TEXTS
from hypothesis import given, settings
from hypothesis import strategies as st

from spiders.dateline import parse
from spiders.story import Dateline

LABELS = Path(__file__).parents[3] / "shared/data/datelines.jsonl"


def a_dateline(raw, *places, month=None, day=None, agency=None, author=None):
    return Dateline(raw=raw, places=places, month=month, day=day, agency=agency, author=author)


SHAPES = [
    ("MOSCOW, July 27. /TASS/. The ministry said.", a_dateline("MOSCOW, July 27. /TASS/.", "MOSCOW", month=7, day=27, agency="TASS")),
    ("TOKYO, August 15./TASS/. The cabinet met.", a_dateline("TOKYO, August 15./TASS/.", "TOKYO", month=8, day=15, agency="TASS")),
    ("МОСКВА, 27 июля. /ИТАР-ТАСС/. Министр", a_dateline("МОСКВА, 27 июля. /ИТАР-ТАСС/.", "МОСКВА", month=7, day=27, agency="TASS")),
    (
        "ТОКИО, 27 июля. /Корр. ТАСС Иван Иванов/. Министр",
        a_dateline("ТОКИО, 27 июля. /Корр. ТАСС Иван Иванов/.", "ТОКИО", month=7, day=27, agency="TASS", author="Иван Иванов"),
    ),
    (
        "МОСКВА, 13 окт - РИА Новости, Иван Иванов. Лидер",
        a_dateline("МОСКВА, 13 окт - РИА Новости, Иван Иванов.", "МОСКВА", month=10, day=13, agency="RIA Novosti", author="Иван Иванов"),
    ),
    ("КИЕВ. 28 июля. УНН. Министр", a_dateline("КИЕВ. 28 июля. УНН.", "КИЕВ", month=7, day=28, agency="UNN")),
    ("MOSCOW. April 2 (Interfax) - The", a_dateline("MOSCOW. April 2 (Interfax) -", "MOSCOW", month=4, day=2, agency="Interfax")),
    ("Pyongyang, July 27 (KCNA) -- A", a_dateline("Pyongyang, July 27 (KCNA) --", "Pyongyang", month=7, day=27, agency="KCNA")),
    ("(서울=연합뉴스) 홍길동 기자 = 정부가", a_dateline("(서울=연합뉴스) 홍길동 기자 =", "서울", agency="Yonhap", author="홍길동")),
    ("【ソウル聯合ニュース】韓国軍は", a_dateline("【ソウル聯合ニュース】", "ソウル", agency="Yonhap")),
    ("【ソウル＝山田花子】韓国軍は", a_dateline("【ソウル＝山田花子】", "ソウル", author="山田花子")),
    ("[ソウル 10日 ロイター] - 韓国軍は", a_dateline("[ソウル 10日 ロイター] -", "ソウル", day=10, agency="Reuters")),
    ("首尔,1月1日(韩联社)——政府", a_dateline("首尔,1月1日(韩联社)——", "首尔", month=1, day=1, agency="Yonhap")),
    (
        "新华社北京1月27日电（记者甲乙、丙丁）政府",
        a_dateline("新华社北京1月27日电（记者甲乙、丙丁）", "北京", month=1, day=27, agency="Xinhua", author="甲乙、丙丁"),
    ),
    ("(路透首爾1日電) 政府", a_dateline("(路透首爾1日電)", "首爾", day=1, agency="Reuters")),
    ("BEIJING, Feb. 16, Kyodo The", a_dateline("BEIJING, Feb. 16, Kyodo", "BEIJING", month=2, day=16, agency="Kyodo")),
    ("WASHINGTON (AP) _ The", a_dateline("WASHINGTON (AP) _", "WASHINGTON", agency="AP")),
    ("SEOUL/TOKYO (Reuters) - The", a_dateline("SEOUL/TOKYO (Reuters) -", "SEOUL", "TOKYO", agency="Reuters")),
    ("BRUSSELS, Belgium (AP) -- The", a_dateline("BRUSSELS, Belgium (AP) --", "BRUSSELS", agency="AP")),
    ("By ANN BAKER OSLO (AP) -- The", a_dateline("By ANN BAKER OSLO (AP) --", "OSLO", agency="AP", author="ANN BAKER")),
    (
        "By Ann Baker, Bo Chan and Cy Diaz SEOUL (Reuters) - The",
        a_dateline(
            "By Ann Baker, Bo Chan and Cy Diaz SEOUL (Reuters) -", "SEOUL", agency="Reuters", author="Ann Baker, Bo Chan and Cy Diaz"
        ),
    ),
    ("Canadian Press - OTTAWA (AP) - The", a_dateline("Canadian Press - OTTAWA (AP) -", "OTTAWA", agency="AP")),
    ("Aug. 29 (UPI) -- The", a_dateline("Aug. 29 (UPI) --", month=8, day=29, agency="UPI")),
    ("(ANSA) - ROMA, 22 MAR - Il", a_dateline("(ANSA) - ROMA, 22 MAR -", "ROMA", month=3, day=22, agency="ANSA")),
    (
        "YEREVAN, FEBRUARY 2, ARMENPRESS. The",
        a_dateline("YEREVAN, FEBRUARY 2, ARMENPRESS.", "YEREVAN", month=2, day=2, agency="ARMENPRESS"),
    ),
    ("ASTANA. KAZINFORM - The", a_dateline("ASTANA. KAZINFORM -", "ASTANA", agency="KAZINFORM")),
    ("Ulaanbaatar /MONTSAME/ The", a_dateline("Ulaanbaatar /MONTSAME/", "Ulaanbaatar", agency="MONTSAME")),
    ("Madrid, 3 mar (EFE).- El", a_dateline("Madrid, 3 mar (EFE).-", "Madrid", month=3, day=3, agency="EFE")),
    ("Seoul (AFP) Das Land hat", a_dateline("Seoul (AFP)", "Seoul", agency="AFP")),
    ("سول 27 يوليو (رويترز) - قال", a_dateline("سول 27 يوليو (رويترز) -", "سول", month=7, day=27, agency="Reuters")),
    (
        "東京, 9月9日, /AJMEDIA/ 【ソウル時事】政府",
        a_dateline("東京, 9月9日, /AJMEDIA/ 【ソウル時事】", "ソウル", month=9, day=9, agency="Jiji Press"),
    ),
    ("ST. LOUIS - The", a_dateline("ST. LOUIS -", "ST. LOUIS")),
    ("Seoul: The government", a_dateline("Seoul:", "Seoul")),
    ("Somebody/Pictures(NEW YORK) -- The", a_dateline("(NEW YORK) --", "NEW YORK")),
    ("ТАСС – Министр", a_dateline("ТАСС –", agency="TASS")),
    ("NEW YORK Another day of trade", a_dateline("NEW YORK", "NEW YORK")),
    ("SAN JOSE DEL CABO - The", a_dateline("SAN JOSE DEL CABO -", "SAN JOSE DEL CABO")),
    ("SANTA CRUZ DE LA SIERRA - El", a_dateline("SANTA CRUZ DE LA SIERRA -", "SANTA CRUZ DE LA SIERRA")),
    # Small words before the first mark, as in a sentence.
    (
        "Von Anna und Bo Lee BERLIN (dpa) - Das",
        a_dateline("Von Anna und Bo Lee BERLIN (dpa) -", "BERLIN", agency="dpa", author="Anna und Bo Lee"),
    ),
    ("Aboard the old ship Star (AP) - The", a_dateline("Aboard the old ship Star (AP) -", "Aboard the old ship Star", agency="AP")),
    ("Rio de Janeiro (AP) - The", a_dateline("Rio de Janeiro (AP) -", "Rio de Janeiro", agency="AP")),
]


@pytest.mark.parametrize(("text", "expected"), SHAPES, ids=[text[:24] for text, _ in SHAPES])
def test_a_shape_of_the_wires_is_read_whole(text, expected):
    assert parse(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "WASHINGTON, D.C. police said on Monday that",
        "BREAKING: Something happened",
        "URGENT - Something happened",
        "U.S. PRESIDENT SAYS something happened",
        "NATO, EU leaders met on July 27 in Brussels.",
        "SEOUL (population 9 million) is a city.",
        "SEOUL, May 3 was a public holiday.",
        "On July 27 (Reuters) reported that",
        "In Seoul, July 27 is a public holiday.",
        "Acme (ACME) - The company said",
        "The Acme News Agency (ANA) reported that",
        "Analysis - why it matters",
        "DEAR READER: Thank you",
        "May 9 (Victory Day) - a holiday",
        "韓国軍は27日、発表した。",
        "정부는 27일 발표했다.",
    ],
)
def test_a_sentence_that_opens_like_a_dateline_is_none(text):
    assert parse(text) is None


def test_a_dateline_is_found_below_a_deck_and_behind_a_caption():
    below = parse("Ministers meet for the third time\nMOSCOW, July 27. /TASS/. The ministers met.")
    behind = parse("発電所の完工式＝20日（共同）【北京共同】メディアは")

    assert below == a_dateline("MOSCOW, July 27. /TASS/.", "MOSCOW", month=7, day=27, agency="TASS")
    assert behind == a_dateline("【北京共同】", "北京", agency="Kyodo")


def test_behind_other_text_only_what_names_its_agency_is_a_dateline():
    assert parse("The talks went on all night.\nPARIS - the capital - was calm.") is None


@given(st.text() | st.text(alphabet="MOSCOW, July27./TAS()-—【】=年月日 (AP)\nBy"))
def test_whatever_the_text_a_dateline_is_a_part_of_it(text):
    found = parse(text)

    assert found is None or (found.raw and found.raw in text)


@settings(deadline=None)
@given(TEXTS, st.integers(1, 20_000))
def test_a_hostile_text_is_no_slower_the_longer_it_is(piece, times):
    began = time.process_time()
    parse((piece * times)[:100_000])

    assert time.process_time() - began < 1


def test_labelled_openings_are_read_as_well_as_promised():
    if not LABELS.exists():
        pytest.skip("no ../shared/data/datelines.jsonl beside this checkout")
    real, none = [], []
    for row in map(json.loads, LABELS.read_text(encoding="utf-8").splitlines()):
        want, got = row["dateline"], parse(row["opening"], language=row.get("language"))
        if want is None:
            none.append(got is None)
        elif not want.get("kind"):
            real.append(got is not None and list(got.places[:1]) == want["places"][:1])

    assert sum(real) / len(real) >= 0.97
    assert sum(none) / len(none) >= 0.97


@pytest.mark.parametrize(
    "text", ["LE POINT SUR LA SITUATION - Les ministres", "GRAIN DEAL IN THREE POINTS - The", "ЧТО НУЖНО ЗНАТЬ СЕГОДНЯ - Министр"]
)
def test_a_catchphrase_in_capitals_is_no_place(text):
    assert parse(text) is None
