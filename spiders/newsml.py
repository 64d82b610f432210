"""NewsML: the stories of a NewsML-G2 packet (https://iptc.org/standards/newsml-g2/), and of its forerunner NewsML 1."""

from collections.abc import Iterator
from typing import Any

from lxml import etree

from spiders import body, nitf, xmltree
from spiders.item import Desk, Item, told

_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


def items(root: Any, desk: Desk) -> Iterator[Item]:
    """Each story of a document without namespaces: of newsItem, packageItem and NewsItem, and of an NITF body on its own.

    A package has a headline and links to other items, which come in packets of their own.
    """
    for element in _outermost(root, "newsItem", "packageItem", "NewsItem", "nitf"):
        if element.tag == "nitf":
            yield nitf.item(element, desk)
        else:
            yield _first_generation(element, desk) if element.tag == "NewsItem" else _second_generation(element, desk)


def _outermost(root: Any, *tags: str) -> Iterator[Any]:
    """The elements of these names that are not inside another one: items in items would be read again and again."""
    walk = etree.iterwalk(root, events=("start",))
    for _, element in walk:
        if element.tag in tags:
            yield element
            walk.skip_subtree()


def _second_generation(item: Any, desk: Desk) -> Item:
    about, content = "itemMeta", "contentMeta"
    return told(
        desk,
        guid=item.get("guid") or "",
        link=_attribute(item, f"{about}/link[@rel='irel:hasWebVersion']", "href"),
        headline=_text(item, f"{content}/headline") or _text(item, f"{about}/title") or _text(item, "contentSet//hedline/hl1"),
        lead=_text(item, f"{content}/description[@role='drol:summary']"),
        paragraphs=_content(item.find("contentSet")),
        published=(_text(item, f"{about}/firstCreated"), _text(item, f"{content}/contentCreated"), _text(item, f"{about}/versionCreated")),
        updated=_text(item, f"{about}/versionCreated"),
        version=item.get("version") or "",
        status=_code(item.find(f"{about}/pubStatus")),
        signals=[_code(signal) for signal in item.iterfind(f"{about}/signal")],
        # An empty element: embargoed, nobody knows until when.
        embargoed=_text(item, f"{about}/embargoed") or ("" if item.find(f"{about}/embargoed") is None else "unknown"),
        dateline=_text(item, f"{content}/dateline"),
        bylines=[_text(item, f"{content}/by"), *map(nitf.byline, item.iterfind("contentSet//byline"))],
        provider=_text(item, f"{about}/provider/name") or _code(item.find(f"{about}/provider")),
        language=_attribute(item, f"{content}/language", "tag") or item.get(_LANGUAGE) or "",
        keywords=[xmltree.text(word) for word in item.iterfind(f"{content}/keyword")],
        slug=_text(item, f"{content}/slugline"),
        note=_text(item, f"{about}/edNote"),
    )


def _first_generation(item: Any, desk: Desk) -> Item:
    named, managed, lines = "Identification/NewsIdentifier", "NewsManagement", ".//NewsLines"
    identifier, revision = _text(item, f"{named}/PublicIdentifier"), _text(item, f"{named}/RevisionId")
    status = _attribute(item, f"{managed}/Status", "FormalName")
    return told(
        desk,
        # The public identifier ends on the revision, :1, :2N: without it all versions of a story share a name.
        guid=identifier.rpartition(":")[0] if revision and identifier.rpartition(":")[2].rstrip("AUN") == revision else identifier,
        headline=_text(item, f"{lines}/HeadLine"),
        paragraphs=_content(item.find(".//ContentItem/DataContent")),
        published=(_text(item, f"{managed}/FirstCreated"), _text(item, f"{managed}/ThisRevisionCreated")),
        updated=_text(item, f"{managed}/ThisRevisionCreated"),
        version=revision,
        status=status,
        embargoed=_text(item, f"{managed}/StatusWillChange/DateAndTime") if status == "Embargoed" else "",
        dateline=_text(item, f"{lines}/DateLine"),
        bylines=[_text(item, f"{lines}/ByLine")],
        provider=_attribute(item, ".//AdministrativeMetadata/Provider/Party", "FormalName"),
        language=_attribute(item, ".//DescriptiveMetadata/Language", "FormalName"),
        keywords=[xmltree.text(word) for word in item.iterfind(f"{lines}/KeywordLine")],
        slug=_text(item, f"{lines}/SlugLine"),
    )


def _content(content: Any | None) -> tuple[str, ...]:
    """The text of a story in whatever it is wrapped in: NITF, XHTML, bare paragraphs, or plain text in <inlineData>."""
    if content is None:
        return ()
    marked = next(content.iter("body.content"), None)
    marked = next(content.iter("body"), content) if marked is None else marked
    if len(marked):
        return nitf.paragraphs(marked)
    return body.of_fragment("".join(content.itertext()))


def _code(element: Any | None) -> str:
    """A code as NewsML-G2 writes it: qcode="stat:usable", uri="http://cv.iptc.org/…/usable", literal="reuters.com"."""
    return next(filter(None, (element.get(name) for name in ("qcode", "uri", "literal"))), "") if element is not None else ""


def _text(item: Any, path: str) -> str:
    return next(filter(None, map(xmltree.text, item.iterfind(path))), "")


def _attribute(item: Any, path: str, name: str) -> str:
    return next(filter(None, (element.get(name) for element in item.iterfind(path))), "")
