"""XML from the network: decoded by what explains its bytes; no entity of its own, no DTD, no file and no address is ever read."""

import io
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from html import escape
from html.entities import html5
from typing import Any

from lxml import etree
from w3lib.encoding import read_bom, resolve_encoding

from spiders.page import NO_CHARSETS
from spiders.story import SpiderError

#: Elements of one document; what has more is refused: nobody lists or writes so much, and each one costs time.
MOST_ELEMENTS = 500_000
_DECLARATION = re.compile(r"^\s*<\?xml\b[^>]*>")
_CHARSET = re.compile(rb"\s*<\?xml\b[^>]{0,200}?\bencoding\s*=\s*[\"']([\w.:-]{1,40})")
#: The entities that the DTDs of NITF and XHTML define: we load no DTD. XML's own five stay.
_NAMED = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z]\w{1,30};)")
#: What XML may not hold, in any spelling: libxml2 stops there, even where it recovers from the rest.
_CONTROLS = dict.fromkeys({*range(32)} - {*b"\t\n\r"}) | dict.fromkeys((0x7F, 0xFFFE, 0xFFFF))


class NotXml(SpiderError):
    """Bytes that hold no XML that may be read; the message says what they are. Readers turn it into their own error."""


def walk(body: bytes, *names: str) -> tuple[str, Iterator[Any]]:
    """The name of the root, and the finished elements of these names, each emptied after its turn.

    So a document of any size takes little memory. One that is cut off or not well-formed gives what stands before the fault.
    Raise NotXml, also while the elements are taken.
    """
    events = _events(body)
    root = next(events)
    return local(root), _emptied(events, root, names)


def tree(body: bytes) -> Any:
    """The root of a document whose elements have lost their namespaces, comments left out. Raise NotXml."""
    events = _events(body)
    root = next(events)
    for element in events:
        with suppress(ValueError):  # what is left of a broken name is no name: <news:>
            element.tag = local(element)
    return root


def local(element: Any) -> str:
    """The name of an element without its namespace, or without a prefix that nobody declared."""
    return _local(element.tag)


def text(element: Any, *path: str) -> str:
    """The text of the first descendant by a path of local names, with its white space folded; "" where there is none."""
    for name in path:
        element = next((child for child in element if local(child) == name), None)
        if element is None:
            return ""
    return " ".join("".join(element.itertext()).split())


def decode(body: bytes) -> tuple[str, str]:
    """The text of an XML document and the charset it was read in.

    By its byte order mark, else as UTF-8 if that fits, else by its declaration, else as cp1252.
    """
    marked, mark = read_bom(body)
    declared = _CHARSET.match(body)
    named = resolve_encoding(declared[1].decode()) if declared else None
    # UTF-16 without a mark; then UTF-8 before the declaration: bytes of another charset do not fit it, but many declare a wrong one.
    wide = "utf-16-le" if body[:2] == b"<\0" else "utf-16-be" if body[:2] == b"\0<" else None
    for charset in (marked, wide, None if body.isascii() and named else "utf-8", named, "utf-8", "cp1252"):
        if charset and charset not in NO_CHARSETS:
            try:
                return body[len(mark or b"") :].decode(charset), charset
            except (LookupError, ValueError):
                continue
    return body.decode("utf-8", "replace"), "utf-8"


@lru_cache(maxsize=1024)
def _local(tag: Any) -> str:
    return str(tag).rpartition("}")[2].rpartition(":")[2]


def _events(body: bytes) -> Iterator[Any]:
    """The root where it begins, then each element where it ends, the root again at last."""
    found = _NAMED.sub(lambda named: escape(html5.get(named[1], named[0]), quote=False) if named[1] in html5 else named[0], decode(body)[0])
    document = _DECLARATION.sub("", found).translate(_CONTROLS).encode("utf-8", "replace")
    try:
        yield from _parsed(document)
    except (etree.LxmlError, SyntaxError) as exc:
        raise NotXml(f"XML that cannot be read ({str(exc)[:100]})") from exc


def _parsed(document: bytes) -> Iterator[Any]:
    """Parse step by step, so that a document with entities of its own is refused before they can grow."""
    begun, ended = False, 0
    for event, element in etree.iterparse(
        io.BytesIO(document),
        events=("start", "end"),
        tag="*",
        encoding="utf-8",
        recover=True,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    ):
        if not begun:
            dtd = element.getroottree().docinfo.internalDTD
            if dtd is not None and next(dtd.iterentities(), None) is not None:
                raise NotXml("XML that declares entities of its own, which no wire needs")
        ended += event == "end"
        if ended > MOST_ELEMENTS:
            raise NotXml(f"XML of more than {MOST_ELEMENTS} elements")
        if event == "end" or not begun:
            yield element
        begun = True
    if not begun:
        raise NotXml("no XML")


def _emptied(events: Iterator[Any], root: Any, names: tuple[str, ...]) -> Iterator[Any]:
    for element in events:
        if element is not root and element.getparent() is root:
            if local(element) in names:
                yield element
            element.clear()
            while element.getprevious() is not None:
                del root[0]
