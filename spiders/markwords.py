"""The words of marks, as wires print them in capitals, in the languages of the wires; "_" is a blank."""

from spiders.story import Status

#: What says that this is all there is as yet; and those of them that are plain words too, which count in capitals only.
_FLASHES_TEXT = """
APNEWSALERT NEWSALERT BREAKING_NEWS NEWS_ALERT EILMELDUNG BLITZMELDUNG СРОЧНО МОЛНИЯ ТЕРМІНОВО URGENTE ÚLTIMA_HORA
ULTIMA_HORA ÚLTIMO_MINUTO ULTIM'ORA ULTIM’ORA ALERTE_INFO SON_DAKİKA SON_DAKIKA 속보 긴급 1보 速報 号外 快讯 快訊 急讯 急訊 突发 突發 عاجل
"""
_PLAIN_FLASHES_TEXT = "URGENT BREAKING FLASH BULLETIN ALERT ALERTE EXTRA EIL SNAP"
#: The next version, the same once more, or a version with a slip mended.
_VERSIONS_TEXT = """
LD LD-WRITETHRU LEAD-WRITETHRU WRITETHRU WRITETHROUGH UPDATE UPDATED UPDATES ADDS RECASTS WRAPUP ROUNDUP REFILE REFILED RPT
REPEATING RESEND GESAMT-ROUNDUP ZUSAMMENFASSUNG AKTUALISIERT AKTUALISIERUNG WDH WIEDERHOLUNG ACTUALISATION ACTUALISÉ
SYNTHÈSE ACTUALIZA ACTUALIZACIÓN ACTUALIZADO AMPLIACIÓN AMPL AMPLÍA REPETICIÓN ATUALIZA ATUALIZAÇÃO ATUALIZADA ATUALIZADO
AGGIORNAMENTO AGGIORNATO RIPETIZIONE GÜNCELLEME GÜNCELLENDİ ОБНОВЛЕНО ОБНОВЛЕНИЕ ДОПОЛНЕНО ДОПОЛНЕНИЕ ДОПОЛНЕННАЯ_ВЕРСИЯ
РАСШИРЕННАЯ_ВЕРСИЯ ПОВТОР ОНОВЛЕНО ДОПОВНЕНО ПОВТОРНО 종합 更新 再送 更新版 重发 重發 محدث محدّث تحديث
"""
_PLAIN_VERSIONS_TEXT = "LEAD REPEAT NEU AMP"
_CORRECTIONS_TEXT = """
CORRECTED CORRECTION CORRECTS CORRECTIVE BERICHTIGUNG BERICHTIGT KORREKTUR KORRIGIERT RICHTIGSTELLUNG CORRIGÉ CORRECTIF
RECTIFICATIF CORREGIDO CORREGIDA CORRECCIÓN CORRIGE CORRIGIDO CORRIGIDA CORREÇÃO RETIFICAÇÃO CORREZIONE RETTIFICA
RIPETIZIONE_CORRETTA ERRATA ERRATUM FE_DE_ERRATAS ERRATA_CORRIGE DÜZELTME ИСПРАВЛЕНО ИСПРАВЛЕНИЕ ИСПРАВЛЕННАЯ_ВЕРСИЯ
УТОЧНЕНИЕ УТОЧНЕНО ПОПРАВКА ВИПРАВЛЕНО ВИПРАВЛЕННЯ УТОЧНЕННЯ 정정 고침 바로잡음 訂正 订正 更正 勘误 勘誤 تصحيح تصويب
"""
_WITHDRAWALS_TEXT = """
STORY_WITHDRAWN STORY_REMOVED MANDATORY_KILL BULLETIN_KILL DÉPÊCHE_ANNULÉE 전문취소 기사취소
"""
#: WITHDRAWN: a senator's nominee · HOLD: why gold is no buy. Where it is a plain word as well it counts in brackets in front only; words
#: that news itself is made of, [취소] 콘서트, never do.
_BRACKETED_WITHDRAWALS_TEXT = """
KILL KILLED WITHDRAWN STORY_KILLED ZURÜCKGEZOGEN STORNIERT ANNULATION ANNULÉ ANULACIÓN ANULADA ANULADO RETIRADA ANULAÇÃO ANNULLAMENTO
ANNULLATA İPTAL GERİ_ÇEKİLDİ АННУЛИРОВАНО АННУЛИРОВАНИЕ ОТОЗВАНО ВІДКЛИКАНО АНУЛЬОВАНО 記事取り消し 記事取消し 取り消し 取消し 撤稿
"""
_BRACKETED_HOLDS_TEXT = "HOLD ZURÜCKGEHALTEN 보류 保留"


def _listed(text: str) -> list[str]:
    return [word.replace("_", " ") for word in text.split()]


BRACKETED = frozenset(_listed(f"{_BRACKETED_WITHDRAWALS_TEXT} {_BRACKETED_HOLDS_TEXT}"))
PLAIN = frozenset(_listed(f"{_PLAIN_FLASHES_TEXT} {_PLAIN_VERSIONS_TEXT}")) | BRACKETED
FLASHES = frozenset(_listed(f"{_FLASHES_TEXT} {_PLAIN_FLASHES_TEXT}"))
STATUSES = {
    **dict.fromkeys(_listed(_CORRECTIONS_TEXT), Status.CORRECTED),
    **dict.fromkeys(_listed(f"{_WITHDRAWALS_TEXT} {_BRACKETED_WITHDRAWALS_TEXT}"), Status.WITHDRAWN),
    **dict.fromkeys(_listed(_BRACKETED_HOLDS_TEXT), Status.HELD),
}
ALL = sorted({*PLAIN, *FLASHES, *STATUSES, *_listed(_VERSIONS_TEXT)}, key=len, reverse=True)
LATER = frozenset(_listed(f"{_VERSIONS_TEXT} {_PLAIN_VERSIONS_TEXT}"))
