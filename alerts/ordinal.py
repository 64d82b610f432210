"""Ordinals: how many years an anniversary has, as canonical text says it beside the word: 70th anniversary, 70 летие, 70 周 年.

Raise ``canon.VERSION`` with a change that can change what ``since:`` finds.
"""

import re
from typing import NamedTuple

from alerts.tree import Term


class Count(NamedTuple):
    """A number of years, and where it begins in canonical text."""

    years: int
    start: int


_TENS = ("tenth", "twentieth", "thirtieth", "fortieth", "fiftieth", "sixtieth", "seventieth", "eightieth", "ninetieth", "hundredth")
_NUMBER_WORDS = {word: 10 * number for number, word in enumerate(_TENS, 1)}
_DIGITS = {char: number for number, char in enumerate("〇一二三四五六七八九")} | {"两": 2, "兩": 2}
#: Canonical text lets this many characters stand before the word, and no more are looked at.
_REACH = 80

# ".*" takes the number that stands nearest. "the June 25 anniversary" counts no years: in English the number says that it is one.
_ENGLISH = re.compile(rf".* (?:(\d{{1,3}}) ?(?:st|nd|rd|th)|({'|'.join(_NUMBER_WORDS)})) (?:\w+ ){{0,2}}$")
_ROMANCE = re.compile(r".* (\d{1,3}) ?(?:o|a|e|er|eme|os|as)? (?:\w+ )?$")
#: The ending of an ordinal stands as a word of its own: 70-ю, 70-та.
_SLAVIC = re.compile(r".* (\d{1,3}) (?:[а-яіїєґў]{1,3} )?$")
_PLAIN = re.compile(r".* (\d{1,3}) $")
_HAN = re.compile(
    r".* (?:(\d{1,3})|(?<![〇一二三四五六七八九十百两兩] )([〇一二三四五六七八九十百两兩](?: [〇一二三四五六七八九十百]){0,4})) $"
)

_FORMS: dict[re.Pattern[str], tuple[str, ...]] = {
    _ENGLISH: ("anniversar*", "birthday*", "jubilee*"),
    _PLAIN: (
        *(
            "years since",
            "years after",
            "years ago",
            "years on",
            "years of",
            "Jahrestag*",
            "Geburtstag*",
            "Todestag*",
            "jährig*",
            "Jahre nach",
        ),
        *(
            "Jahre seit",
            "летие",
            "летия",
            "летию",
            "летием",
            "летии",
            "лет со дня",
            "лет назад",
            "лет с момента",
            "річчя",
            "річчю",
            "років з дня",
        ),
        *("років від дня", "ans après", "ans de", "años de", "años del", "anni dalla", "anni di", "anos de", "anos da", "주년", "돌"),
    ),
    _SLAVIC: ("годовщин*", "річниц*", "роковин*", "юбиле*", "ювіле*"),
    _ROMANCE: ("anniversaire*", "aniversario*", "anniversario*", "aniversário*"),
    _HAN: ("周年", "週年"),
}
#: Words that say of themselves, without a number, that a day comes back.
ANNIVERSARY = (
    *(
        "anniversar*",
        "Jahrestag*",
        "годовщин*",
        "летие",
        "летия",
        "летию",
        "летием",
        "летии",
        "юбиле*",
        "річниц*",
        "роковин*",
        "річчя",
        "річчю",
    ),
    *(
        "anniversaire*",
        "aniversario*",
        "anniversario*",
        "주년",
        "돌",
        "周年",
        "週年",
        "years since",
        "years after",
        "Jahre nach",
        "лет со дня",
    ),
    *(
        "생일",
        "誕生日",
        "生日",
        "birthday*",
        "Geburtstag*",
        "день рождения",
        "дня рождения",
        "기념일",
        "記念日",
        "纪念日",
        "紀念日",
        "commemorat*",
        "Gedenk*",
    ),
)
_FORM_OF = {mark: form for form, marks in _FORMS.items() for mark in marks}
#: The words beside which years are counted.
MARKS = tuple(map(Term, _FORM_OF))


def before(text: str, start: int, mark: str) -> Count | None:
    """The number before one of the MARKS, which begins at ``start`` of canonical text; None where there is none."""
    first = max(0, start - _REACH)
    found = _FORM_OF[mark].search(text[first:start])
    if found is None:
        return None
    number = found.lastindex or 1
    years = int(found[number]) if found[number].isdecimal() else _spoken(found[number])
    return Count(years, first + found.start(number))


def _spoken(words: str) -> int:
    """A number in words: seventieth, 七 十."""
    if words in _NUMBER_WORDS:
        return _NUMBER_WORDS[words]
    total, digit = 0, 0
    for char in words.split():
        if char in "十百":
            total, digit = total + (digit or 1) * (10 if char == "十" else 100), 0
        else:
            digit = 10 * digit + _DIGITS[char]
    return total + digit
