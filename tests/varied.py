"""Stories and rules of varied invented text in several scripts, the same for the same seed."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime

from alerts.rules import Rule
from spiders.story import Dateline, Status, Story

_WORDS = """
harbour strike Korea Korean Korea's Koreas north North kim Kim DPRK D.P.R.K. dockers' Dockers sanction sanctions grain port US us
anniversary anniversaries 70th Café cafe wo\u0301man woman women naïve re-enter e-mail 3.5 1e5 O'Neill ship-to-shore x² straße
Северная Корея Кореи корейский годовщина КНДР Чен ын зерно порт ёлка й
북한이 북한 한국 70주년 평양 김정은 곡물 朝鲜 朝鮮半島 平壤 核 制裁 北朝鮮 ミサイル テスト 金正恩 港口
كوريا الشمالية قطار צפון קוריאה उत्तर कोरिया উত্তর কোরিয়া เกาหลีเหนือ หนึ่ง ကိုရီးယား \u09ac\u09c7\u09be se\u00adven Ⅳ ﬁre
https://example.org/korea <b>grain</b> www.port.example &amp; a@b.example \ue000kim gr\x00ain 𝒦im 🚢
"""
WORDS = tuple(_WORDS.split())
BETWEEN = (*" " * 14, ". ", ", ", "\n\n", "。", " — ", "'", "<", ">", "! ", "\x02")
PLACES = ("PYONGYANG", "SEOUL", "Moscow", "平壤")
#: Some wires give no date, or one that is still to come.
DATES = (None, datetime(2026, 7, 26, 22, tzinfo=UTC), datetime(2026, 11, 23, 8, tzinfo=UTC), datetime(2100, 7, 27, tzinfo=UTC))
MARK = '"2nd LD"'
SOURCES = {"kcna": "KP", "harbour": None, "riverside": "GB"}


def a_text(random: random.Random, most: int) -> str:
    return "".join(random.choice(WORDS) + random.choice(BETWEEN) for _ in range(random.randrange(most)))


def a_story(random: random.Random, number: int) -> Story:
    place = random.choice(PLACES)
    dateline = Dateline(raw=f"{place}, July 27 (KCNA)", places=(place,), month=7, day=27, agency="KCNA")
    filed = random.random() < 0.3
    body = [a_text(random, 40) for _ in range(random.randrange(5))]
    return Story(
        canonical_url=f"https://wire.example.org/{number}",
        headline=a_text(random, 8),
        other_headlines=tuple(a_text(random, 5) for _ in range(random.randrange(2))),
        lead=a_text(random, 10),
        paragraphs=(f"{dateline.raw} -- {a_text(random, 20)}", *body) if filed else tuple(body),
        dateline=dateline if filed else None,
        agency="KCNA" if filed else None,
        byline=(random.choice(("Kim Min", "Ann Lee")),),
        language=random.choice(("en", "ko", "zh", None)),
        section=random.choice(("World", "Grain", None)),
        published_at=random.choice(DATES),
        status=random.choice((Status.USABLE, Status.CORRECTED)),
        slug=random.choice(("", "2nd LD", "CORRECTED-UPDATE 2", a_text(random, 4))),
        version=random.choice((None, 2, 13)),
        note="\n".join(a_text(random, 5) for _ in range(random.randrange(3))),
    )


def rules(random: random.Random, count: int) -> Iterator[Rule]:
    """Rules that can be used; some name earlier ones, some are of a country."""
    number = 0
    while number < count:
        names = [f"@r{random.randrange(number)}"] if number > 5 else []
        own = ("KP",) if random.random() < 0.2 else ()
        try:
            rule = Rule(id=f"r{number}", query=_query(random, 3, names), own=own)
        except Exception:  # short stems, parts that only say what is not wanted
            continue
        yield rule
        number += 1


def _query(random: random.Random, depth: int, names: list[str]) -> str:
    if depth == 0 or random.random() < 0.2:
        return _term(random)

    def some() -> str:
        return f"({_query(random, depth - 1, names)})"

    def words() -> str:
        return f"({' OR '.join(_term(random) for _ in range(random.randint(1, 3)))})"

    kind = random.randrange(12)
    near = f"{random.choice(('NEAR', 'ONEAR', 'NOT NEAR'))}/{random.randrange(6)}"
    field = random.choice(
        ("headline", "lead", "body", "dateline", "place", "byline", "agency", "source", "section", "slug", "version", "note")
    )
    return [
        f"{some()} AND {some()}",
        f"{some()} OR {some()}",
        f"{some()} OR {some()} OR {some()}",
        f"{some()} AND NOT {some()}",
        f"{words()} {near} {words()}",
        f"MIN/{random.randint(1, 3)}{words()}",
        f"{field}:{random.choice((_term(random), 'kim', 'harbour', 'KCNA', 'Pyongyang', '2', MARK))}",
        f"{some()} AND {random.choice(names or ['kim'])}",
        f"{some()} AND lang:{random.choice(('en', 'zh'))}",
        f"{random.choice(('since', 'headline:since'))}:{random.choice(('1956-11-25', '1946-12-24', '1956-07-27'))} OR {some()}",
        f"{some()} AND {random.choice(('', 'NOT '))}{random.choice(('around:11-20/5', 'around:07-27/9+2', 'words:40'))}",
        f"{some()} AND ({random.choice(('around:11-20/5', 'words:5', 'lang:en', 'headline:since:1956-11-25'))} OR {some()})",
    ][kind]


def _term(random: random.Random) -> str:
    word = "".join(char for char in random.choice(WORDS) if char.isalnum() or char in "'.-\u0301\u00ad\u09c7\u09be")
    kind = random.randrange(8)
    if kind == 0 and len(word) > 3:
        return f'"{word[: random.randint(3, len(word))]}*"'
    if kind == 1 and len(word) > 4:
        return f'"{word[:3]}?{word[4:]}"'
    if kind == 2:
        return f"{{{word}}}"
    if kind in (3, 4):
        return f'"{word} {random.choice(WORDS[:30])}"'
    return f'"{word}"'
