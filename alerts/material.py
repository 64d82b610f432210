"""Material: which change of a story its reader must hear of, and which is cosmetic. Pure.

Cosmetic are punctuation, spacing, case, a misspelt letter, and the furniture that a page prints among its paragraphs: when it
was updated, how many read it, what else to read.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum

from alerts.canon import is_hangul, is_spaceless, words
from alerts.diff import Change, changes
from spiders.story import Story

#: Words that come or go in one passage, from which on it says something else though no number or name changed.
MANY_WORDS = 8
#: Letters of a word that may be misspelt; shorter ones become other words.
LONG_WORD = 5
#: Characters of a paragraph that may be furniture.
LONGEST_FURNITURE = 200


class Reason(StrEnum):
    """Why a change is material."""

    STATUS = "status"
    HEADLINE = "headline"
    NUMBERS = "numbers"
    NAMES = "names"
    NEGATION = "negation"
    #: A sentence came or went; in a script without capitals, any word.
    WORDS = "words"


_TIMES = """updated? published posted modified last edited first|aktualisiert zuletzt stand veröffentlicht|publié mis modifié
|actualizado publicado|aggiornato pubblicato|atualizado|обновлено опубликовано|оновлено|입력 수정 송고 업데이트
|更新 发布 發布 公開 掲載 配信|güncelleme"""
_COUNTED = """comments? shares? views? likes? reads?|kommentare?|commentaires?|comentarios?|commenti|комментари\\w* просмотр\\w*
|댓글 조회 추천|评论 評論 阅读 閱讀 コメント"""
_MORE = """read[ ]also also[ ]read read[ ]more see[ ]also related more[ ]on|lesen[ ]sie[ ]auch lesen[ ]sie[ ]dazu mehr[ ]zum[ ]thema
siehe[ ]auch|lire[ ]aussi à[ ]lire|lea[ ]también lee[ ]también|leggi[ ]anche|leia[ ]também leia[ ]mais|читайте[ ]также
читать[ ]также|читайте[ ]також|관련[ ]?기사|相关 相關 延伸阅读 関連 あわせて読みたい|اقرأ[ ]أيضا"""


def _any(table: str) -> str:
    return "|".join(re.sub(r"[|\s]+", "|", table.replace("[ ]", "\0")).strip("|").replace("\0", "[ ]").split("|"))


_CLOCK = r"\d{1,2}[:.hH時点시]\s?\d{2}"
_DAY = rf"(?:{_CLOCK}|\d{{4}}|\d{{1,2}}[./-]\d{{1,2}})"
#: A time stamp begins with its word, or is nothing else; a counter is a number and its word, in either order; what else to read.
_FURNITURE = re.compile(
    rf"(?:{_any(_TIMES)})(?![^\W\d])[^.!?。]{{0,40}}?{_DAY}[^!?。]{{0,40}}"
    rf"|[\d\s.,:/+–—TZ年月日時分-]{{0,30}}{_CLOCK}[\d\s.,:/+–—年月日分-]{{0,30}}(?:[A-Z]{{1,4}}|[ap]\.?m\.?|Uhr|ч\.?)?"
    rf"|\d[\d.,]{{0,12}}\s?[km]?\s?(?:{_any(_COUNTED)})"
    r"|(?:\w+\s)?\d{1,3}\s(?:sec(?:ond)?s?|min(?:ute)?s?|hours?|days?|weeks?)\s(?:ago|read)"
    r"|(?:vor\s\d{1,3}\s(?:Minuten?|Stunden?|Tage?n?)|\d{1,3}\s(?:минут\w?|час\w{0,2}|дн\w{1,2})\sназад|\d{1,3}(?:분|시간|일)\s?전|viewed\s\d[\d,.]*\stimes)"
    rf"|(?:{_any(_COUNTED)})\s?[:：(]?\s?\d[\d.,]{{0,12}}\s?[km]?\)?"
    rf"|(?:{_any(_MORE)})\s?[:：|>»–—-].*",
    re.IGNORECASE | re.DOTALL,
)
_NEGATIONS = re.compile(
    r"\b(?:not|no|never|none|nobody|nothing|neither|nor|without|cannot|\w+n['’]t|nicht|nie|niemals|kein\w{0,2}|nichts|ohne|weder"
    r"|не|нет|ни|никогда|без|ні|немає|ne|pas|jamais|aucune?|sans|rien|sin|nunca|ningun[oa]?|ningún|jamás|nada|non|mai|senza"
    r"|não|nem|sem|nie|bez|niet|geen|inte|ikke|değil|لا|لم|لن|ليس|غير|بدون|نه|نمی\w*)\b"
    r"|[不没沒無无非未否]|ない|ません|ませんでした|なかった|ず、|\b(?:안|못)\s|않|없|아니|말라",
    re.IGNORECASE,
)
_NUMBER_WORDS = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fifteen|(?:four|six|seven|eigh|nine)teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|dozens?|hundreds?|thousands?|[mbtr]\w*illions?|half|twice|double"
    r"|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|\w*(?:zehn|zig|dreißig)|dutzend|hundert\w*|tausend\w*|million\w*|milliard\w*"
    r"|deux|trois|quatre|cinq|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingt|trente|quarante|cinquante|soixante|cents?|mille|dos|tres|cuatro|cinco|siete|ocho|nueve|diez|once|doce|veinte|treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa|cien\w*|mil|millones"
    r"|дв[аеу]\w*|три|тр[её]х|четыр\w*|пят\w{1,3}|шест\w{1,3}|сем[ьи]|восемь|девять|десят\w{1,3}|\w{2,6}надцат\w{1,3}|(?:двад|трид)цат\w{1,3}|сорока?|девяност\w|сот\w*|тысяч\w*|миллион\w*|миллиард\w*)\b"
    r"|[一二三四五六七八九十百千万億亿兆]+|[만억조](?=\s)",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+(?:[.,\u00a0\u202f]\d+)*")
_THOUSANDS = re.compile(r"[.,\u00a0\u202f](?=\d{3}(?!\d))")
_WORD = re.compile(r"[^\W\d_]+")
#: A capitalised word that no sentence begins with.
_NAME = re.compile(r"(?<![.!?…\n:\"“«„»”(\[-] )(?<!^)(?<![\n\"“«„(\[-])(?<!\w)[^\W\d_]\w*(?:['’-]\w+)*")


def lasting(story: Story) -> Story:
    """A story without the furniture among its paragraphs, which changes though the wire changed nothing."""
    return replace(story, paragraphs=tuple(each for each in story.paragraphs if not is_furniture(each)))


def is_furniture(paragraph: str) -> bool:
    """Whether a paragraph is a time stamp, a counter, or says what else to read."""
    return len(paragraph) <= LONGEST_FURNITURE and _FURNITURE.fullmatch(paragraph.strip()) is not None


def material(before: Story, after: Story) -> tuple[Reason, ...]:
    """Why a change is material, in the order of ``Reason``; empty where it is cosmetic, or there is none."""
    found = {Reason.STATUS} if before.status != after.status else set()
    for change in _unmoved(changes(lasting(before), lasting(after))):
        found.update(_reasons(change))
    return tuple(reason for reason in Reason if reason in found)


def _unmoved(all: list[Change]) -> Iterator[Change]:
    """The changes that say something else; not other headlines, which are the same one for search engines, nor a moved paragraph."""
    gone, come = {words(each.before) for each in all}, {words(each.after) for each in all}
    for change in all:
        before, after = words(change.before), words(change.after)
        moved = (not after and before in come) or (not before and after in gone)
        if change.field != "other_headlines" and before != after and not moved:
            yield change


def _reasons(change: Change) -> Iterator[Reason]:
    before, after = change.before, change.after
    if numbers(before) != numbers(after):
        yield Reason.NUMBERS
    if _names(before) != _names(after) or _renames(change):
        yield Reason.NAMES
    if len(_NEGATIONS.findall(before)) != len(_NEGATIONS.findall(after)):
        yield Reason.NEGATION
    changed = _changed(change)
    if changed and change.field == "headline":
        yield Reason.HEADLINE
    if len(changed) >= MANY_WORDS or any(map(_is_caseless, changed)):
        yield Reason.WORDS


def numbers(text: str) -> list[str]:
    """The numbers of a text in their order, in figures without marks between thousands, or in small words."""
    return [_THOUSANDS.sub("", each) for each in _DIGITS.findall(text)] + [each.casefold() for each in _NUMBER_WORDS.findall(text)]


def _names(text: str) -> list[str]:
    """The capitalised words of a text, in their order, but for those that begin a sentence, in canonical spelling."""
    return words("\n".join(found for found in _NAME.findall(text) if found[0].isupper())).split()


def _changed(change: Change) -> list[str]:
    """The canonical words that came or went, misspellings that were mended left out."""
    gone, come = (_words(change, kind) for kind in ("removed", "added"))
    if len(gone) == len(come):
        pairs = [pair for pair in zip(gone, come, strict=True) if pair[0] != pair[1] and not _is_typo(*pair)]
        return [word for pair in pairs for word in pair]
    return gone + come


def _renames(change: Change) -> bool:
    """Whether a capitalised word was mended by a letter: also where a sentence begins that is a name, or one cannot tell."""
    gone, come = (_WORD.findall(_pieces(change, kind)) for kind in ("removed", "added"))
    pairs = zip(gone, come, strict=False) if len(gone) == len(come) else ()
    return any(a[0].isupper() and b[0].isupper() and a != b and _is_typo(a.casefold(), b.casefold()) for a, b in pairs)


def _pieces(change: Change, kind: str) -> str:
    return " \n".join(text for each, text in change.pieces if each == kind)


def _words(change: Change, kind: str) -> list[str]:
    return words(_pieces(change, kind)).split()


def _is_typo(one: str, other: str) -> bool:
    """Whether two words differ in one letter, not their first, or in two that changed places."""
    if min(len(one), len(other)) < LONG_WORD or one[0] != other[0] or not (one + other).isalpha():
        return False
    first = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    a, b = one[first:], other[first:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])


def _is_caseless(word: str) -> bool:
    """Whether a word is of a script without capitals, so that nobody can say whether it is a name."""
    return any((char.isalpha() and char.lower() == char.upper()) or is_spaceless(char) or is_hangul(char) for char in word)
