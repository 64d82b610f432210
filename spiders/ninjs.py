"""ninjs: the stories of news in JSON (https://iptc.org/standards/ninjs/, 1.0 to 3.3)."""

from collections.abc import Iterator
from typing import Any

from spiders import body, plaintext
from spiders.item import Desk, Item, told

#: Where an answer keeps its items when it is not one itself.
_LISTS = ("item", "items", "results")
#: Of several headlines, bodies or descriptions the first of these roles; HTML keeps its paragraphs, text may not.
_ROLES = ("main", "html", "html5", "xhtml", "text", "summary", "caption")


def items(document: Any, desk: Desk) -> Iterator[Item]:
    """Each story of a JSON value: an item, a list of them, or an object with such a list. Pictures beside a story are none."""
    for found in _listed(document):
        # `uri` is what the standard asks for; Superdesk writes it as `guid`.
        if isinstance(found, dict) and (_text(found, "uri") or _text(found, "guid")):
            yield _item(found, desk)


def _listed(document: Any) -> list[Any]:
    if isinstance(document, dict):
        return next((found for name in _LISTS if isinstance(found := document.get(name), list)), [document])
    return document if isinstance(document, list) else []


def _item(found: dict[str, Any], desk: Desk) -> Item:
    created, version = _text(found, "firstcreated", "firstCreated"), _text(found, "versioncreated", "versionCreated")
    return told(
        desk,
        guid=_text(found, "uri", "guid"),
        link=_page(found),
        headline=_of_role(found, "headlines") or _text(found, "headline", "title"),
        lead=_of_role(found, "descriptions") or _text(found, "description_text", "description_html"),
        paragraphs=body.of_fragment(_of_role(found, "bodies") or _text(found, "body_html", "body_xhtml", "body_text")),
        published=(created, version),
        updated=version,
        version=_text(found, "version"),
        status=_text(found, "pubstatus", "pubStatus"),
        signals=[_text(signal, "uri", "literal", "code") for signal in _objects(found, "signals")],
        embargoed=_text(found, "embargoed"),
        bylines=[plaintext.from_markup(_text(found, "byline", "by"))],
        provider=_text(next(iter(_objects(found, "infoSources")), {}), "name")
        or _text(found, "source", "copyrightholder", "copyrightHolder"),
        language=_text(found, "language"),
        keywords=[_text(one, "name") for one in _objects(found, "keywords")],
        slug=_text(found, "slugline", "slug"),
        note=_text(found, "ednote", "edNote"),
    )


def _page(found: dict[str, Any]) -> str:
    """Where the story can be read: a link, or, as ninjs 3 has none, a rendition."""
    links = (_text(link, "href") for link in _objects(found, "links") if _text(link, "rel").endswith("hasWebVersion"))
    pages = (_text(each, "href") for each in _objects(found, "renditions") if _text(each, "contentType") == "text/html")
    return next(filter(None, (*links, *pages)), "")


def _of_role(found: dict[str, Any], name: str) -> str:
    """The text of the best role: ninjs 2 and 3 list their headlines, bodies and descriptions."""
    texts = {_text(one, "role"): _text(one, "value") for one in _objects(found, name)}
    return next((texts[role] for role in _ROLES if texts.get(role)), next(filter(None, texts.values()), ""))


def _objects(found: dict[str, Any], name: str) -> list[dict[str, Any]]:
    listed = found.get(name)
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _text(found: dict[str, Any], *names: str) -> str:
    return next((value for name in names if isinstance(value := found.get(name), str) and value), "")
