"""Atom: exports as a feed of one rule, for a feed reader or another program (RFC 4287). Pure."""

from datetime import UTC, datetime
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement
from xml.sax.saxutils import escape

from alerts.entry import language_tag, link
from alerts.plain import plain
from alerts.rules import Rule
from monitor.exports import Export, Format, identity

#: Beside control characters, which ``plain`` takes, XML 1.0 has no place for these.
_NO_XML = dict.fromkeys((0xFFFE, 0xFFFF), " ")


def feed(rule: Rule, desk: str, now: datetime) -> Format:
    """The feed of a rule as of ``now``; its id is that of this rule at this desk."""
    head = (
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom">',
        f"<id>{identity(f'wirewatch:{desk}/{rule.id}')}</id>",
        f"<title>{escape(_text(rule.name or rule.id))}</title>",
        f"<updated>{_moment(now)}</updated>",
        "<author><name>wirewatch</name></author>",
        "<generator>wirewatch</generator>\n",
    )
    return Format(head="\n".join(head), write=lambda export: f"{_entry(export, rule)}\n", tail="</feed>\n")


def _entry(export: Export, rule: Rule) -> str:
    story, address = export.story, link(export.story.canonical_url)
    language = language_tag(story.language)
    entry = Element("entry", {"xml:lang": language} if language else {})
    _add(entry, "id", export.id)
    _add(entry, "title", export.title)
    if address:
        SubElement(entry, "link", rel="alternate", type="text/html", href=_text(address))
    if story.published_at:
        _add(entry, "published", _moment(story.published_at))
    _add(entry, "updated", _moment(export.looked.stored.read_at))
    _add(SubElement(entry, "author"), "name", export.agency)
    SubElement(entry, "category", term=_text(rule.id))
    if export.snippet:
        _add(entry, "summary", export.snippet)
    if export.html:
        _add(entry, "content", export.html, type="html")
    elif not address:  # an entry has one of the two
        _add(entry, "content", export.snippet)
    return ElementTree.tostring(entry, encoding="unicode")


def _add(parent: Element, name: str, text: str, **attributes: str) -> None:
    SubElement(parent, name, attributes).text = _text(text)


def _text(text: str) -> str:
    return plain(text).translate(_NO_XML)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
