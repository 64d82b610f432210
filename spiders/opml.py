"""OPML: the lists of feeds that readers of feeds export and import."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

from spiders import plaintext, xmltree
from spiders.looks import looks_like
from spiders.source import Source
from spiders.story import SpiderError

#: Characters that a title or an address may have.
_LONGEST = 2000
_END = re.compile(r"</(?:\w{1,40}:)?opml\s*>|<(?:\w{1,40}:)?opml\b[^<>]*/>", re.IGNORECASE)


class NotOpml(SpiderError):
    """Bytes that are no OPML; the message says what they look like instead."""

    def __init__(self, name: str, looks_like: str) -> None:
        super().__init__(name, looks_like)
        self.name = name
        self.looks_like = looks_like

    def __str__(self) -> str:
        return f"{self.name}: expected OPML, got {self.looks_like}; export the list again, or write CSV whose first row names feed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Outline:
    """One feed of a list, as the file says it: nothing of it is checked."""

    #: Its line in the file.
    line: int
    feed: str
    #: Plain, one line.
    title: str = ""
    language: str = ""


def read(body: bytes, *, name: str) -> tuple[Outline, ...]:
    """The feeds that an OPML file lists, in its order, folders opened; ``name`` is the file's, for messages. Raise NotOpml."""
    if not body.strip():
        raise NotOpml(name, "an empty file")
    try:
        root = xmltree.tree(body)
    except xmltree.NotXml as exc:
        raise NotOpml(name, f"{looks_like(body)} ({exc})") from exc
    if xmltree.local(root).lower() != "opml":
        raise NotOpml(name, looks_like(body))
    # What the reader of XML takes away before it parses.
    above = body[: body.find(b">") + 1].count(b"\n") if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<?xml") else 0
    found = tuple(_outlines(root, above))
    # The reader of XML takes what stands before a cut for the whole, and half a list would be missed by nobody.
    if not _END.search(xmltree.decode(body)[0]):
        raise NotOpml(name, f"the beginning of a file that is cut off, with {len(found)} feeds: it has no </opml>")
    return found


def _outlines(root: Any, above: int) -> Iterator[Outline]:
    for element in root.iter("outline"):
        said = {str(key).lower(): plaintext.clean(value)[:_LONGEST] for key, value in element.attrib.items()}
        if "xmlurl" in said:
            title = said.get("title") or said.get("text", "")
            language = said.get("language", "")
            yield Outline(line=element.sourceline + above, feed=said["xmlurl"], title=title, language=language)


def write(sources: Iterable[Source], *, title: str) -> str:
    """An OPML 2.0 document of the sources that have a feed."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = plaintext.clean(title)
    body = etree.SubElement(root, "body")
    for source in sources:
        if source.feed:
            outline = etree.SubElement(body, "outline", type="rss", text=plaintext.clean(source.label), xmlUrl=source.feed)
            if source.language:
                outline.set("language", source.language)
    etree.indent(root)
    written: str = etree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{written}\n'
