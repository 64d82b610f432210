"""Abbreviations: the words whose full stop ends no sentence: titles, months, weekdays, units, of English, German, Russian and a few others.

Single letters (U.S., J. Smith, 1953 г.) and short numbers (27. Juli) are known by their shape where sentences are cut.
"""

_TITLES = """
mr mrs ms dr prof st sen rep gov gen col lt sgt cpl maj capt cmdr cdr adm brig hon rev pres amb supt insp atty jr sr messrs
hr fr frl dipl ing mag hptm
им акад проф доц чл корр ген полк подполк кап лейт серж адм тов гр св
mme mlle mgr sra srta dra
"""
_DATES = """
jan feb febr mar mär apr jun jul aug sept sep okt oct nov dec dez jän mon tue tues wed thu thur thurs fri sat sun
янв фев февр мар апр авг сен сент окт ноя нояб дек
"""
_OTHERS = """
vs etc no nos vol inc ltd co corp dept est bros univ assn fig pp av art
nr bzw ca usw evtl ggf vgl abs str mio mrd hl bd sog inkl geb gest verh ehem
ул пр обл тыс млн млрд руб долл гг см напр пос оз
"""
_SPELT_LIKE_WORDS = """
no nos sat sun wed mon art fig mar mag ing gest est hon rep abs geb
"""
_ABBREVIATIONS = frozenset(f"{_TITLES} {_DATES} {_OTHERS}".split())
#: Spelt otherwise than with one capital, these are words, after which a sentence may well end.
_WORDS_TOO = frozenset(_SPELT_LIKE_WORDS.split())


def is_abbreviation(word: str) -> bool:
    """Whether a full stop behind this word only shortens it."""
    short = word.lower()
    return short in _ABBREVIATIONS and (short not in _WORDS_TOO or word.istitle())
