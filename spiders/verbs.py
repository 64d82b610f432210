"""Verbs: what an advisory says was done to a story, in the third person that desks write: "ADDS quotes; CORRECTS age in 5th para"."""

import re

from spiders.story import Status, gravest

_CORRECTS_TEXT = """
corrects corrected correction corrective correcting clarifies rectifies berichtigt berichtigung korrigiert korrektur
richtigstellung corrige corrigé corrigée rectifie rectificatif corrección correção corregge corretto rettifica rettifica:
düzeltme düzeltir исправляет исправлено исправлена исправлен исправление исправленная уточнение уточняет уточняется уточнено
поправка виправлено виправлення уточнено уточнення 정정 고침 수정 訂正 订正 更正 勘误 勘誤 تصحيح
"""
_CHANGES_TEXT = """
adds added updates updated update recasts refiles refiled repeats removes rewrites fixes changes deletes inserts edits
releads leads drops trims tightens tops reflects restores amends changing adding updating ergänzt ergänzung
aktualisiert aktualisierung neu: zusammenfassung wiederholung wiederholt überarbeitet ajoute actualise actualisé actualisée
actualisation précise complète mise remplace reprend actualiza actualización añade agrega amplía ampliación repite sustituye
elimina cambia atualiza atualização acrescenta adiciona amplia aggiorna aggiornamento aggiunge ripete güncelleme günceller
ekler обновлено обновляет дополнено дополняет добавлены добавлена добавлено повтор оновлено доповнено 更新 再送 修正 تحديث
"""
_WITHDRAWS_TEXT = "withdrawn withdraws kills killed annule annulé anula anulada retira zurückgezogen 취소 取り消し 撤回 撤稿"
_STATUSES = {
    **dict.fromkeys(_CHANGES_TEXT.split(), Status.USABLE),
    **dict.fromkeys(_CORRECTS_TEXT.split(), Status.CORRECTED),
    **dict.fromkeys(_WITHDRAWS_TEXT.split(), Status.WITHDRAWN),
}
#: Neu-Ulm is a town.
_GLUE = tuple("-/‐–'’")
_CLAUSE = re.compile(r"(?:^|[;,:.；，、：。/]\s?|\band\s|\bund\s|\bet\s|\by\s|\be\s|\bи\s)(?P<verb>[^\W\d_]{2,16})")
#: (Changes in law) · (Drops mic): verbs of a desk only where they speak of a part of its story.
_WEAK_TEXT = "changes changing drops leads tops fixes reflects restores edits removes trims tightens deletes inserts added adding"
_WEAK = frozenset(_WEAK_TEXT.split())
_PART = re.compile(
    r"\b(?:para(?:graph)?s?|grafs?|headlines?|leads?|slugs?|bylines?|datelines?|quotes?|details?|background|comments?|names?|ages?|titles?"
    r"|spelling|typos?|words?|sentences?|references?|photos?|captions?|text|figures?|dates?|day|throughout|attribution|links?|errors?"
    r"|bullets?|media|byte|code|RIC|version|analyst|reaction|share moves?)\b",
    re.IGNORECASE,
)
#: Of an advisory this much is looked at.
_LONGEST = 2000


def what_it_does(text: str) -> Status | None:
    """The gravest thing that the clauses of an advisory say was done; None where its first word is no verb of a desk.

    A correction is one only where a clause begins with it: "ADDS minister, who corrects himself" is none.
    """
    text = text.strip()[:_LONGEST]
    verbs = [found["verb"].casefold() for found in _CLAUSE.finditer(text)]
    if verbs and (named := f"{verbs[0]}:") in _STATUSES and text.casefold().startswith(named):
        verbs[0] = named
    if not verbs or verbs[0] not in _STATUSES or not text.casefold().startswith(verbs[0]) or text[len(verbs[0]) :][:1] in _GLUE:
        return None
    if verbs[0] in _WEAK and not _PART.search(text):
        return None
    # Withdrawn is a story or it is not: "ADDS troops, withdraws" tells of troops.
    told = (_STATUSES.get(verb, Status.USABLE) for verb in verbs)
    return gravest(_STATUSES[verbs[0]], *(status for status in told if status is not Status.WITHDRAWN))
