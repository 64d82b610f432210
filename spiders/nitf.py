"""NITF: one story as the News Industry Text Format writes it (https://iptc.org/standards/nitf/, 2.5 to 3.6)."""

from typing import Any

from spiders import plaintext, xmltree
from spiders.item import Desk, Item, told

#: NITF's own inline elements, which HTML's readers would take for blocks.
_INLINE_TEXT = """
chron copyrite event function lang location money num object.title org person postaddr pronounce virtloc
"""
_INLINE = frozenset(_INLINE_TEXT.split())
#: Elements of a body that are not its text.
_BESIDE = frozenset(["media", "note", "fn", "nitf-table", "header"])


def item(nitf: Any, desk: Desk) -> Item:
    """The story of one <nitf> element without namespaces."""
    docdata, head = "head/docdata", "body/body.head"
    issued, released = _attribute(nitf, f"{docdata}/date.issue", "norm"), _attribute(nitf, f"{docdata}/date.release", "norm")
    status = _attribute(nitf, docdata, "management-status")
    # A notice may be usable and yet say that another document is not.
    about, given = _attribute(nitf, docdata, "management-doc-idref"), _attribute(nitf, docdata, "management-idref-status")
    corrected = nitf.find(f"{docdata}/correction") is not None
    return told(
        desk,
        guid=_attribute(nitf, f"{docdata}/doc-id", "id-string") or _attribute(nitf, f"{docdata}/du-key", "key"),
        headline=_text(nitf, f"{head}/hedline/hl1") or _text(nitf, f"{head}/hedline") or _text(nitf, "head/title"),
        lead=_text(nitf, f"{head}/abstract"),
        paragraphs=paragraphs(nitf.find("body/body.content")),
        published=(issued, _attribute(nitf, "pubdata", "date.publication"), _attribute(nitf, f"{head}/dateline/story.date", "norm")),
        version=_attribute(nitf, f"{docdata}/du-key", "version"),
        status=given if about and given else status,
        signals=["sig:correction"] if corrected else (),
        embargoed=released if status == "embargoed" or _is_later(released, issued, desk) else "",
        dateline=_text(nitf, f"{head}/dateline"),
        bylines=map(byline, nitf.iterfind(f"{head}/byline")),
        provider=_text(nitf, f"{head}/distributor") or _attribute(nitf, f"{docdata}/doc.copyright", "holder"),
        language=nitf.get("baselang") or nitf.get("{http://www.w3.org/XML/1998/namespace}lang") or "",
        keywords=[word.get("key") or word.text or "" for word in nitf.iterfind(f"{docdata}/key-list/keyword")],
        slug=_attribute(nitf, f"{docdata}/du-key", "key"),
        note=_attribute(nitf, f"{docdata}/ed-msg", "info") or _attribute(nitf, f"{docdata}/correction", "info"),
        about=about or _attribute(nitf, f"{docdata}/correction", "id-string"),
    )


def paragraphs(content: Any | None) -> tuple[str, ...]:
    """The paragraphs of a body without namespaces: NITF's <body.content>, or XHTML; changes the element."""
    if content is None:
        return ()
    for element in content.iter():
        if element.tag in _INLINE:
            element.tag = "span"
        elif element.tag in _BESIDE:
            element.tag = "aside"
    return plaintext.paragraphs(content)


def byline(line: Any) -> str:
    """The author in a <byline>, without the title in <byttl>."""
    return _text(line, "person") or line.text or ""


def _is_later(released: str, issued: str, desk: Desk) -> bool:
    release, issue = desk.moment(released), desk.moment(issued)
    return bool(release and issue and release > issue)


def _text(parent: Any, path: str) -> str:
    element = parent.find(path)
    return "" if element is None else xmltree.text(element)


def _attribute(nitf: Any, path: str, name: str) -> str:
    element = nitf.find(path)
    return "" if element is None else element.get(name) or ""
