"""Foot notes: paragraphs of their own that say of the story above or below them that it was corrected or withdrawn.

They are known by how they begin. "The ministry corrected an earlier version of the report" begins as a sentence of the story does.
"""

import re
from dataclasses import dataclass

from spiders import agencies
from spiders.story import Status

#: Characters that a note may have.
LONGEST = 1200

#: "Correction:", as the label of a paragraph.
_LABELS_TEXT = """
correction|corrections|clarification|clarifications|correction notice|correction and clarification|corrections and clarifications
erratum|berichtigung|korrektur|richtigstellung|korrekturhinweis|correctif|rectificatif|rectification|corrección|rectificación
fe de errores|fe de erratas|fe de errata|correzione|rettifica|errata corrige|errata|исправление|уточнение|поправка|виправлення
уточнення|정정|정정보도|바로잡습니다|고침|訂正|お詫びと訂正|訂正とお詫び|更正|更正启事|勘误|勘誤|订正|düzeltme|tashih|correção|retificação
تصحيح|تصويب|correctie|rectificatie|sprostowanie|koreksi|ralat|rättelse|rettelse|oprava
"""
_LABELS = "|".join(re.escape(label) for line in _LABELS_TEXT.split("\n") if line for label in line.split("|"))
_LABEL = re.compile(
    rf"(?:{_LABELS}) ?(?:\([^()]{{0,20}}\d[^()]{{0,20}}\) ?|, [^:]{{3,40}})?(?:[:：]|[-–—] (?-i:(?![a-zà-öø-ÿа-яіїєґ])))"
    rf"|[\[【〔(（](?:{_LABELS})[\]】〕)）]",
    re.IGNORECASE,
)
#: What may stand before the sentence of a note: a bracket, a star, "Editor's note:".
_EDITORS_TEXT = """
editor[’']?s?[’']? note|editors[’']? note|note to readers|note|update|nota del editor|nota de la redacción|nota do editor|nota da redação
nota|note de la rédaction|ndlr|nota della redazione|ndr|anmerkung der redaktion|anmerkung|hinweis der redaktion|hinweis|transparenzhinweis
anm\\. d\\. red\\.|aktualisierung|от редакции|примечание редакции|примечание|від редакції|примітка|editörün notu|not|編集部注|編注|编注
编者按|编者注|편집자 ?주|알림|ملاحظة
"""
_EDITORS = "|".join(_EDITORS_TEXT.strip().replace("\n", "|").split("|"))
_BEFORE = re.compile(rf"[\s*†•▲■◆※＊_()（\[【〔〈<–—-]{{0,6}}(?:(?:{_EDITORS})[^\w:：]{{0,3}}[:：.–—-]?[\s)\]】〕]{{0,3}})?", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Phrases:
    """How one language begins a note; each a pattern."""

    #: "An earlier version of this", then the story; or the story first, where the language has it so.
    earlier: str
    #: "This story has been", then one of the next two.
    was: str
    corrected: str
    withdrawn: str
    #: What may not follow: an article of a law is amended by parliament.
    unless: str = r"(?!)"


#: What may stand behind "withdrawn" where a desk says it of its own story: the end, or why and when; not by whom, or from where.
_OF_ITSELF = re.compile(
    r"\s*(?:$|[^\w\s'’]|(?:because|due to|after|as|pending|and|on|at|since|following|owing to|weil|wegen|da|am|um|und|aufgrund|nachdem"
    r"|car|en raison|parce|suite à|à|le|et|porque|debido|tras|y|por (?:un )?error|perché|a causa|per errore|dopo|e|devido|após|omdat|wegens"
    r"|из-за|так как|поскольку|ввиду|в связи|по ошибке|и|через|оскільки|у зв|因|，)(?!\w))"
)
_BY_OTHERS = re.compile(
    r"[^.。]{0,200}?\b(?:by|from|vom|von|durch|par|pelo|pela|dal|dalla|(?:in|im|en|nel|em|в) (?:19|20)\d\d)\b", re.IGNORECASE
)
_STORY = "(?:story|article|report|item|dispatch|piece|post|column|version|headline|page|obituary|graphic|caption|copy|news alert)"
_VERSION_OF = r"(?:an?|the) (?:earlier|previous|prior|original|initial|first)(?: \w+)? (?:version|edition)s? of"
_ENGLISH = Phrases(
    earlier=rf"{_VERSION_OF} (?:(?:this|our) (?:\w+ )?{_STORY}|the (?:story|article|headline|dispatch))\b"
    rf"|(?:an?|the) (?:earlier|previous|original) (?:headline|caption)s? (?:of|on|for|to|in) this {_STORY}\b|(?:this|story) corrects ",
    # This story was · This July 27 story has since been · The headline of this story was
    # The story "Ministers sign grain deal" has been
    was=r"(?:the (?:story|article|item|dispatch) (?:headlined |titled |slugged )?[\"“][^\"“”]{8,200}[\"”]"
    rf"|(?:the (?:headline|caption|lead) (?:of|on|to|for) )?this (?:\w+\.? \d{{1,2}},? )?(?:\w+[’']?s? ){{0,2}}{_STORY})"
    r"(?: [^.]{0,80}?)? (?:has (?:since |now )?been|was|is|had been|is being) (?:\w+ly )?",
    corrected="corrected|amended|(?:changed|updated|edited|revised) to correct|clarified|updated to reflect the correct",
    withdrawn="withdrawn|retracted|killed|removed|taken down",
    unless=r" (?:in (?:19|20)\d\d|by|from)\b",
)
_OWN = r"(?:[\w.]+ ){0,4}(?:story|report|article|item|dispatch|headline|alert)\b"
_ENGLISH_SELF = Phrases(
    earlier=r"this (?:story|item) (?:replaces|supersedes) (?:an?|the) (?:corrected|incorrect)",
    # Reuters has withdrawn its story on …
    was=r"(?:we (?:have|are)|(?P<agency>(?:[\w-]+ ){1,4})(?:has|is)) (?:since )?",
    corrected=rf"correct(?:ed|ing) (?:its|this|our) {_OWN}",
    withdrawn=rf"(?:withdr(?:awn|awing)|retract(?:ed|ing)|kill(?:ed|ing)) (?:its|this|our) {_OWN}",
)
_GERMAN = Phrases(
    earlier=r"in (?:einer|der) (?:früheren|vorherigen|ursprünglichen|ersten|älteren|vorigen)(?: \w+)? (?:version|fassung) "
    r"(?:dieses|dieser|des|der|unseres|unserer) (?:artikels|beitrags|textes|berichts|meldung|nachricht|geschichte)",
    was=r"(?:dieser|diese|dieses) (?:artikel|text|beitrag|bericht|meldung|nachricht|version|fassung) (?:wurde|ist|wird)"
    r"(?:(?! v(?:on|om)\b| durch\b)[^.]){0,80}? "
    r"|wir haben (?:das|dies|den fehler|die stelle|den artikel|die meldung)[^.]{0,60}? ",
    corrected="korrigiert|berichtigt|richtiggestellt",
    withdrawn="zurückgezogen|zurückgerufen|gelöscht|entfernt",
)
_FRENCH = Phrases(
    earlier=r"(?:une|dans une) (?:version (?:précédente|antérieure|initiale)|(?:précédente|première) version) de "
    r"(?:cet article|cette dépêche|ce texte|cette information|notre article)",
    was="(?:cet article|cette dépêche|ce texte|cette version|cette information) (?:a été|est) ",
    corrected="corrigée?|rectifiée?|modifiée? (?:pour|afin)",
    withdrawn="retirée?|annulée?|supprimée?",
    unless=r" par\b",
)
_SPANISH_STORY = "(?:artículo|despacho|nota|noticia|historia|información|texto|reportaje|versión)"
_SPANISH = Phrases(
    earlier=rf"(?:una|en una) (?:versión (?:anterior|previa|inicial)|(?:primera|anterior) versión) de "
    rf"(?:est[ea]|nuestr[oa]) {_SPANISH_STORY}",
    was=rf"est[ea] {_SPANISH_STORY} (?:ha sido|fue|está) ",
    corrected="corregid[oa]|rectificad[oa]",
    withdrawn="retirad[oa]|anulad[oa]|eliminad[oa]",
    unless=r" por\b",
)
_PORTUGUESE = Phrases(
    earlier="(?:uma|em uma|numa) versão (?:anterior|prévia|inicial) (?:desta|deste|da|do) (?:matéria|reportagem|notícia|artigo|texto)",
    was="est[ea] (?:matéria|reportagem|notícia|artigo|texto|versão) foi ",
    corrected="corrigid[oa]|retificad[oa]",
    withdrawn="retirad[oa]|removid[oa]|anulad[oa]",
    unless=r" (?:por|pel[oa])\b",
)
_ITALIAN = Phrases(
    earlier="(?:una|in una) (?:versione precedente|precedente versione|prima versione) di quest[oa] (?:articolo|notizia|testo|pezzo)",
    was="quest[oa] (?:articolo|notizia|testo|versione) è stat[oa] ",
    corrected="corrett[oa]|rettificat[oa]",
    withdrawn="ritirat[oa]|annullat[oa]|rimoss[oa]",
    unless=r" (?:da|dal|dalla)\b",
)
_DUTCH = Phrases(
    earlier="in een eerdere versie van (?:dit|deze) (?:artikel|bericht|stuk|verhaal)",
    was="dit (?:artikel|bericht) is ",
    corrected="gecorrigeerd|gerectificeerd",
    withdrawn="ingetrokken|verwijderd",
)
_RUSSIAN = Phrases(
    earlier="в (?:предыдущей|более ранней|первоначальной|ранней|первой) версии (?:этого |этой |данного |данной |нашего )?"
    "(?:материала|статьи|сообщения|новости|текста|публикации|заметки)",
    was="(?:этот |эта |это |данный |данная |данное )?"
    "(?:материал|статья|новость|сообщение|текст|публикация|заметка|заголовок) (?:был[ао]? )?",
    corrected="исправлен[ао]?",
    withdrawn="отозван[ао]?|аннулирован[ао]?",
)
_UKRAINIAN = Phrases(
    earlier="у (?:попередній|первинній|початковій|першій) версії (?:цього |цієї )?"
    "(?:матеріалу|статті|повідомлення|новини|тексту|публікації)",
    was="(?:цей |цю |це )?(?:матеріал|статтю|новину|повідомлення|текст) (?:було )?",
    corrected="виправлено",
    withdrawn="відкликано|анульовано",
)
_TURKISH = Phrases(
    earlier=r"bu (?:haberin|yazının|metnin) (?:önceki|ilk|daha önceki) (?:sürüm|versiyon|hal)\w*",
    was="bu (?:haber|yazı|metin) ",
    corrected=r"düzeltil\w*",
    withdrawn=r"geri çekil\w*|iptal edil\w*|kaldırıl\w*",
)
_ARABIC = Phrases(
    earlier="(?:ذكرت |في )?نسخة سابقة من هذا (?:المقال|التقرير|الخبر)",
    was="تم ",
    corrected="(?:تصحيح|تصويب) (?:هذا|هذه) (?:الخبر|التقرير|المقال|القصة)",
    withdrawn="(?:سحب|حذف|إلغاء) (?:هذا|هذه) (?:الخبر|التقرير|المقال|القصة)",
)
# News bodies end their sentences otherwise than notes to readers, 했다: so others' corrections are no notes.
_POLITE = "(?:됐습|되었습|했습|하였습|합|습|았습)니다"
_KOREAN = Phrases(
    earlier="(?:이|본) 기사의 (?:이전|최초) (?:버전|판)",
    was="(?:이|본|위) (?:기사|뉴스)(?:는|의|가|를)?[^。.]{0,60}?",
    corrected=f"(?:정정|수정|바로잡){_POLITE}",
    withdrawn=f"(?:취소|삭제|철회){_POLITE}",
)
_JAPANESE = Phrases(
    earlier="(?:この|本)記事の以前の(?:版|バージョン)",
    was="(?:この|本|当)(?:記事|ニュース|配信)[^。.]{0,60}?",
    corrected="(?:訂正|修正)し(?:ます|ました)",
    withdrawn="(?:取り消し|撤回し|削除し)(?:ます|ました)",
)
_CHINESE = Phrases(
    earlier="(?:本文|本报道|本報道|本稿)的?(?:较早|較早|早前|先前|之前|早期|较早前|旧)的?版本",
    was="(?:本文|本报道|本報道|本稿|本条新闻)[^。.]{0,60}?(?:已|曾|现)经?作?",
    corrected="更正|订正|訂正|勘误",
    withdrawn="撤回|撤稿|撤销|删除",
)
_LANGUAGES = (
    *(_ENGLISH, _ENGLISH_SELF, _GERMAN, _FRENCH, _SPANISH, _PORTUGUESE, _ITALIAN, _DUTCH),
    *(_RUSSIAN, _UKRAINIAN, _TURKISH, _ARABIC, _KOREAN, _JAPANESE, _CHINESE),
)
_NOTES = tuple(
    re.compile(
        rf"(?:{each.earlier})|(?:{each.was})(?:(?P<withdrawn>{each.withdrawn})|(?:{each.corrected}))(?!{each.unless})", re.IGNORECASE
    )
    for each in _LANGUAGES
)
#: This version of the bill was withdrawn · This post was removed: so stories tell of others.
_NEVER_WITHDRAWN = re.compile(
    r"this (?:version of (?!(?:the|this) (?:story|article|report))|(?:post|page|column|piece|caption|graphic)\b)", re.IGNORECASE
)
#: Words that are followed by more of themselves: Статья исправленная.
_GOES_ON = re.compile(r"[a-zа-яіїєґà-ž]", re.IGNORECASE)


def read(paragraph: str, *, agency: str | None = None) -> Status | None:
    """What a paragraph says became of the story that it stands by: corrected or withdrawn; None where it is no note.

    ``agency``: the story's own, by its short name. What another one withdrew is news.
    """
    if len(paragraph) > LONGEST:
        return None
    before = _BEFORE.match(paragraph)
    at = before.end() if before else 0
    if _LABEL.match(paragraph) or _LABEL.match(paragraph, at):
        return Status.CORRECTED
    found = next(filter(None, (note.match(paragraph, at) for note in _NOTES)), None)
    if found is None or (_GOES_ON.match(paragraph, found.end()) and found[0][-1:] != " "):
        return None
    if not _is_its_own(found, agency):
        return None
    if not found["withdrawn"]:
        return Status.CORRECTED
    is_said = "agency" in found.groupdict() or is_of_itself(paragraph[found.end() :])
    return Status.WITHDRAWN if is_said and not _NEVER_WITHDRAWN.match(found[0]) else None


def is_of_itself(rest: str) -> bool:
    """Whether a desk says of its own story that it was withdrawn, by what follows: "from parliament in 2019" is said of others."""
    return bool(_OF_ITSELF.match(rest)) and not _BY_OTHERS.match(rest)


def _is_its_own(found: re.Match[str], agency: str | None) -> bool:
    """Whether the one that withdrew is "we", the story's agency or, where none is known, any agency: the BBC and Russia are in the news."""
    named = found.groupdict().get("agency")
    if not named:
        return True
    known = agencies.canonical(re.sub(r"^the ", "", named.strip(), flags=re.IGNORECASE))
    return known is not None and known == (agency or known)
