"""News items: exports as ninjs 3.0, the news in JSON that agencies and editorial systems exchange (iptc.org/standards/ninjs). Pure."""

import json
from datetime import datetime
from typing import Any

from alerts.entry import link
from alerts.rules import Rule
from monitor.exports import Export, Format

STANDARD = {"name": "ninjs", "version": "3.0", "schema": "http://www.iptc.org/std/ninjs/ninjs-schema_3.0.json#"}


def items(rule: Rule, desk: str, now: datetime) -> Format:
    """A JSON array with one item a story, a line each."""
    return Format(head="[\n", write=lambda export: json.dumps(_item(export), ensure_ascii=False), between=",\n", tail="\n]\n")


def _item(export: Export) -> dict[str, Any]:
    story, address = export.story, link(export.story.canonical_url)
    places = story.dateline.places if story.dateline else ()
    item = {
        "uri": export.id,
        "standard": STANDARD,
        "type": "text",
        "representationType": "full" if export.whole else "partial",
        "version": str(export.looked.stored.revision),
        "firstCreated": story.published_at and story.published_at.isoformat(),
        "versionCreated": export.looked.stored.read_at.isoformat(),
        "pubStatus": "usable",
        "language": story.language,
        "headlines": [_said("main", export.title)],
        "descriptions": _description(export),
        "bodies": [_said("html", export.html, "text/html")] if export.html else [],
        "by": ", ".join(story.byline),
        "infoSources": [{"name": export.agency}],
        "located": places[0] if places else "",
        "subjects": [{"name": keyword} for keyword in story.keywords],
        "slugline": story.slug,
        "edNote": story.note,
        # The standard has no other word for where a story can be read.
        "renditions": [{"name": "web", "href": address, "contentType": "text/html"}] if address else [],
        "altIds": [{"role": "wirewatch", "value": str(export.looked.stored.id)}],
    }
    return {key: value for key, value in item.items() if value}


def _description(export: Export) -> list[dict[str, str]]:
    if export.story.lead:
        return [_said("summary", export.story.lead)]
    return [_said("snippet", export.snippet)] if export.snippet else []


def _said(role: str, value: str, kind: str = "text/plain") -> dict[str, str]:
    return {"role": role, "contentType": kind, "value": value}
