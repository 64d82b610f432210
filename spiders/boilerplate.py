"""Boilerplate: what stands among a story's paragraphs and is none of them: its own headline, "Read also", credits, sign-offs, "(END)"."""

import re
from collections.abc import Iterable, Iterator

from spiders.headline import fold

#: Paragraphs at the beginning that may be the headline again, and what stood above it.
_TOP = 3
#: Characters of a paragraph that may be boilerplate; a longer one is the story's own, whatever it begins with.
_LONGEST = 300
#: What leads to other stories: alone as a heading, or with their headlines behind it.
_ALSO = re.compile(
    r"[\W_]*(?:(?:also )?read(?: also| more| next| this(?: next| too)?)?|see (?:also|more)|also read|more (?:on this(?: story)?|stories)"
    r"|related(?: articles?| stor(?:y|ies)| coverage| news| links?)?|don['’]t miss|recommended(?: for you)?|you may also like"
    r"|lesen sie (?:auch|mehr|hier|dazu)|auch interessant|mehr (?:zum thema|dazu)|lesetipps?|das könnte sie auch interessieren|weiterlesen"
    r"|(?:à )?(?:lire|voir|écouter) (?:aussi|également)|sur le même sujet"
    r"|(?:lea|lee|leer|vea|mira) (?:también|más)|también (?:lea|lee|puede leer)|(?:te|le) puede interesar"
    r"|leia (?:também|mais)|veja (?:também|mais)|leggi anche|lees ook|läs (?:också|mer|även)|l[eæ]s også|lue myös"
    r"|(?:czytaj|przeczytaj|zobacz) (?:też|także|więcej|również)|(?:pře)?čtěte (?:také|více|si)|citește și|baca juga|ayrıca okuyun"
    r"|читайте (?:также|ещё|еще|також|ще|в тему)|смотрите также|(?:материалы )?по теме|相关(?:新闻|阅读|报道|報導)|延伸阅读|延伸閱讀"
    r"|関連(?:記事|ニュース)|관련\s?(?:기사|뉴스)|اقرأ (?:أيضا|أيضاً|المزيد)|بیشتر بخوانید)\s*(?:[:：|»>–→-].*|\W*)$",
    re.IGNORECASE,
)
#: An item of a list, as readers of unknown pages mark it.
_ITEM = re.compile(r"[-•–*→>]+\s")
_NO_PARAGRAPH = re.compile(
    r"(?:"
    # Pictures.
    r"(?:image|photo(?:graph)?s?|picture|fotos?|bild(?:er)?|фото|снимок|사진|圖|图|写真)(?: credits?| by| source|quelle|nachweis)?"
    r"\s*[:：/|=].{1,120}"
    r"|©.{1,120}|\(?(?:image|photo) credit.{1,120}"
    # Sign-offs.
    r"|\(?(?:additional |further )?(?:reporting|writing|editing|compiled|edited) (?:and \w+ )?by .{1,280}"
    r"|\(?mit (?:agenturmaterial|material (?:von|der) .{2,60})\W*|\(?with (?:agency inputs|inputs from .{2,60}|reports? from .{2,60})"
    # Promotion.
    r"|(?:follow|like) (?:us|.{2,40}) on (?:x|twitter|facebook|instagram|telegram|google news|whatsapp|linkedin)\b.{0,200}"
    r"|(?:sign up|subscribe|click here) (?:for|to|here|now)\b.{0,200}|email .{2,40}@.{2,200}"
    r"|copyright\b.{0,200}|all rights reserved.{0,100}|alle rechte vorbehalten.{0,100}|все права защищены.{0,100}"
    r"|(?:advertisement|anzeige|werbung|publicidad|publicité|реклама|広告|광고|comments?|kommentare|tags?|share|teilen|loading)\W*"
    r"|(?:filed under|tags?|topics?|schlagw[oö]rte?r?|mots-clés|теги|етикети)\s*:.{0,200}"
    # A line of marks, or of what ends a story.
    r"|[\W_]*|\W*(?:ends?|end-?item|ende|fin|конец|끝|完|了|0)\W*)",
    re.IGNORECASE,
)
#: What ends a story at the end of its last paragraph: "(END)", "（完）", "-0-", "Enditem".
_END = re.compile(r"(?:[(（]\s?(?:END|End|end|ENDS|MORE|more|完|了|終|끝|Fin|FIN)\s?[)）]|[-–—]{1,3}\s?0\s?[-–—]{1,3}|\bEnditem|\s#{2,8})$")
#: Characters at the end of a paragraph, in which it stands.
_END_LENGTH = 60
_SENTENCE = re.compile(r"\w{2}[.!?。…]['’\"”»)]?$|.{120}")
#: The last paragraphs, in which that is looked for: what stands behind it may have gone unseen.
_LAST = 2


def without(paragraphs: Iterable[str], headlines: Iterable[str] = ()) -> tuple[str, ...]:
    """The paragraphs of a story without what only looks like some: its own headlines, links to other stories, credits, sign-offs."""
    kept = list(_kept(_below_headline(tuple(paragraphs), headlines)))
    for at in range(max(0, len(kept) - _LAST), len(kept)):
        kept[at] = _ended(kept[at])
    return tuple(filter(None, kept))


def _ended(text: str) -> str:
    found = _END.search(text, max(0, len(text) - _END_LENGTH))
    return text[: found.start()].rstrip() if found else text


def _below_headline(paragraphs: tuple[str, ...], headlines: Iterable[str]) -> tuple[str, ...]:
    """What stands below the headline, where a page's reader took that for a paragraph; a kicker may stand before it in its line."""
    names = tuple(filter(None, map(fold, headlines)))
    for at in reversed(range(min(_TOP, len(paragraphs)))):
        folded = fold(paragraphs[at][:_LONGEST])
        if any(folded == name or (len(name) > 20 and len(folded) < 2 * len(name) and folded.endswith(f" {name}")) for name in names):
            # Below whole sentences it is a heading between paragraphs, in the words of another headline.
            return paragraphs if any(map(_SENTENCE.search, paragraphs[:at])) else paragraphs[at + 1 :]
    return paragraphs


def _kept(paragraphs: tuple[str, ...]) -> Iterator[str]:
    among_links = False
    for text in paragraphs:
        is_short = len(text) <= _LONGEST
        also = is_short and bool(_ALSO.match(text))
        among_links = also or (among_links and is_short and bool(_ITEM.match(text)))
        if not among_links and not (is_short and _NO_PARAGRAPH.fullmatch(text)):
            yield text
