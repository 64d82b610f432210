"""Inflect: the case forms of a noun phrase or name, as a text may spell what a rule gives in the nominative. Pure.

By tables of endings, not by a dictionary: a form that no text has costs nothing, and none that means another word is made.
The words that agree change together, so that a phrase has as many forms as there are cases, not all their products.
"""

import re

#: The cases after the nominative: genitive, dative, accusative, instrumental, locative; then those of the plural that differ.
_Forms = tuple[str, ...]

# Longest first. An adjective's endings, then a noun's.
_RU_ADJECTIVES: tuple[tuple[str, _Forms], ...] = (
    ("ые", ("ых", "ым", "ых", "ыми", "ых")),
    ("ие", ("их", "им", "их", "ими", "их")),
    ("ый", ("ого", "ому", "ого", "ым", "ом")),
    ("жий", ("жего", "жему", "жего", "жим", "жем")),
    ("ний", ("него", "нему", "него", "ним", "нем")),
    ("ий", ("ого", "ому", "ого", "им", "ом")),
    *((f"{hard}ой", tuple(f"{hard}{end}" for end in ("ого", "ому", "ого", "им", "ом"))) for hard in "гкхжчшщ"),
    ("ой", ("ого", "ому", "ого", "ым", "ом")),
    *((f"{soft}ая", tuple(f"{soft}{end}" for end in ("ей", "ей", "ую", "ей", "ей"))) for soft in "жчшщ"),
    ("ая", ("ой", "ой", "ую", "ой", "ой")),
    ("яя", ("ей", "ей", "юю", "ей", "ей")),
    *((f"{hard}ое", tuple(f"{hard}{end}" for end in ("ого", "ому", "ое", "им", "ом"))) for hard in "гкхжчшщ"),
    ("ое", ("ого", "ому", "ое", "ым", "ом")),
    ("ее", ("его", "ему", "ее", "им", "ем")),
)
_RU_NOUNS: tuple[tuple[str, _Forms], ...] = (
    ("ия", ("ии", "ии", "ию", "ией", "ии")),
    ("ие", ("ия", "ию", "ие", "ием", "ии")),
    ("ий", ("ия", "ию", "ия", "ием", "ии")),
    ("ость", ("ости", "ости", "ость", "остью", "ости")),
    *((f"{consonant}а", tuple(f"{consonant}{end}" for end in ("и", "е", "у", "ой", "е"))) for consonant in "гкх"),
    *((f"{consonant}а", tuple(f"{consonant}{end}" for end in ("и", "е", "у", "ей", "е"))) for consonant in "жчшщ"),
    ("ца", ("цы", "це", "цу", "цей", "це")),
    ("ова", ("овой", "овой", "ову", "овой", "овой")),
    ("ева", ("евой", "евой", "еву", "евой", "евой")),
    ("а", ("ы", "е", "у", "ой", "е")),
    ("я", ("и", "е", "ю", "ей", "е")),
    ("о", ("а", "у", "о", "ом", "е")),
    ("е", ("я", "ю", "е", "ем", "е")),
    ("й", ("я", "ю", "я", "ем", "е")),
    ("ы", ("ов", "ам", "ы", "ами", "ах")),
    *((f"{soft}ь", tuple(f"{soft}{end}" for end in ("и", "и", "ь", "ью", "и"))) for soft in ("з", "ш", "щ", "ж", "ч", "бов", "ов", "ед")),
    ("ь", ("я", "ю", "я", "ем", "е")),
    *((f"{name}", tuple(f"{name}{end}" for end in ("а", "у", "а", "ым", "е"))) for name in ("ов", "ев", "ин", "ын")),
    *((f"{consonant}", tuple(f"{consonant}{end}" for end in ("а", "у", "а", "ем", "е"))) for consonant in "жчшщц"),
    *((f"{consonant}", tuple(f"{consonant}{end}" for end in ("а", "у", "а", "ом", "е"))) for consonant in "бвгдзклмнпрстфх"),
)
_DE_ADJECTIVE = re.compile(r"\w{2,}?(?:e|er|es)")
#: What may follow a noun: the endings of genitive, dative and plural, by how it ends.
_DE_NOUNS: tuple[tuple[str, _Forms], ...] = (
    ("ung", ("en",)),
    ("heit", ("en",)),
    ("keit", ("en",)),
    ("schaft", ("en",)),
    ("in", ("nen", "s")),
    ("e", ("n", "s")),
    ("er", ("s", "es", "n")),
    ("el", ("s", "n")),
    ("en", ("s",)),
    *((f"{end}", ("es", "e", "en")) for end in ("s", "ß", "x", "z")),
    ("", ("s", "es", "e", "en")),
)


def forms(text: str, language: str) -> tuple[str, ...]:
    """The text as given and, in Russian and German, in its other cases; in any other language as given alone."""
    inflected = {"ru": _russian, "de": _german}.get(language)
    words = text.split()
    if inflected is None or not words or set("*?{}@") & set(text):
        return (text,)
    return tuple(dict.fromkeys((text, *inflected(words))))


def _russian(words: list[str]) -> list[str]:
    """Adjectives and the noun they stand before; what may be a name also in its last word, and in all of them."""
    head = next((at for at, word in enumerate(words[:-1]) if not _declined(word, _RU_ADJECTIVES)), len(words) - 1)
    found = _together([*(_declined(word, _RU_ADJECTIVES) for word in words[:head]), _declined(words[head], _RU_NOUNS)], words)
    if all(word[:1].isupper() for word in words):
        nouns = [_declined(word, _RU_NOUNS) for word in words]
        found += _together([*((),) * (len(words) - 1), nouns[-1]], words) + _together(nouns, words)
    return found


def _together(cases: list[_Forms], words: list[str]) -> list[str]:
    """The phrase in each case; a word without cases, and those behind the last, stay as they are."""
    rows = zip(*(forms or (word,) * 5 for forms, word in zip(cases, words, strict=False)), strict=True)
    return [" ".join((*row, *words[len(cases) :])) for row in rows]


def _declined(word: str, table: tuple[tuple[str, _Forms], ...]) -> _Forms:
    """A word in each case; nothing for one that does not change: an acronym, a single letter, a word of another script."""
    if word.isupper() or len(word) < 2:
        return ()
    for end, others in table:
        if word.endswith(end) and len(word) > len(end):
            return tuple(word.removesuffix(end) + other for other in others)
    return ()


def _german(words: list[str]) -> list[str]:
    """Adjectives in every ending, and the noun behind them or, of a name, the last."""
    noun = next(
        (at for at, word in enumerate(words) if word[:1].isupper() and not (at < len(words) - 1 and _DE_ADJECTIVE.fullmatch(word))), None
    )
    if noun is None:
        return []
    before, behind = words[:noun], words[noun + 1 :]
    nouns = [words[noun], *_german_noun(words[noun])]
    lists = [[*_with_ending(before, end), each, *behind] for end in (("e", "en", "er", "es", "em") if before else ("",)) for each in nouns]
    if behind and behind[-1][:1].isupper():
        lists += [[*words[:-1], each] for each in _german_noun(words[-1])]
    return [" ".join(each) for each in lists]


def _german_noun(word: str) -> list[str]:
    if word.isupper():
        return []
    ends = next(ends for end, ends in _DE_NOUNS if word.endswith(end))
    return [word + end for end in ends]


def _with_ending(adjectives: list[str], end: str) -> list[str]:
    return [re.sub(r"(?:er|es|e)$", end, word) for word in adjectives]
