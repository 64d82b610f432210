"""Planning: what wires send their editors that is no story: schedules of news, daybooks, digests of what is offered, photo advisories."""

import re

#: Whose planning it is: BC-AP · Yonhap English · the Reuters world.
_WHOSE = (
    r"(?:BC-)?(?:(?:the|AP|Associated Press|Reuters|Yonhap|AFP|dpa|Kyodo|Jiji|TASS|Interfax|Anadolu|AA|ANSA|EFE|UPI|PA|Xinhua)[ -]){0,2}"
    r"(?:(?:english|world|international|national|economic|economy|business|financial|sports?|general|asia|europe|daily|morning)[ -]){0,2}"
)
_ENDS = r"(?: (?:for|at|as of|on|of) .*|[,:–-].*| \d.*)?$"
#: What such an item is, and how its headline reads, from its first word: "The agenda for peace" is a headline.
_KINDS = (
    (
        "a news schedule",
        rf"{_WHOSE}(?:news (?:schedule|budget|digest|agenda|planner|line-?up)|(?:file|story|coverage) (?:plan|list)){_ENDS}"
        r"|(?:tages|termin|wochen|themen)(?:vorschau|planung)(?: ?[:–-].*| (?:für|am|vom) .*)?$"
        r"|agenda (?:AFP|EFE|ANSA|de l'AFP|informativa)\b"
        r"|\[?(?:오늘|내일|이번 ?주|주간)의? ?주요 ?(?:일정|뉴스 ?일정|행사)|\[주요 ?일정\]"
        r"|【?(?:今日|明日|あす|きょう|今週)の(?:主な)?(?:予定|日程)】?"
        r"|(?:今日|明日|本周)新闻(?:预告|预报)|анонс(?:ы)?(?: (?:событий|новостей|мероприятий) .*| ?[:–—-] .*)?$|план информации\b",
    ),
    ("a daybook", rf"{_WHOSE}(?:(?:[^\W\d_]+[ .-]+){{0,3}})daybook{_ENDS}|(?-i:DIARY) ?[-–:]|diary - (?:week|today|events)\b"),
    (
        "a photo advisory",
        rf"{_WHOSE}(?:photo|picture|video|graphics?|multimedia)s? (?:advisory|schedule|alert|planner|budget|kill){_ENDS}"
        r"|[\[(]?사진 ?(?:안내|예고)[\])]?|(?:foto|bild)(?:planung|vorschau)\b",
    ),
)
_PATTERNS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _KINDS)


def kind_of(headline: str) -> str:
    """What an item under this headline is, "a daybook", if it is no story; "" for a story."""
    text = headline[:200].strip()
    return next((kind for kind, pattern in _PATTERNS if pattern.match(text)), "")
