"""A story's page as bytes: the outlet's skeleton, filled."""

import json
from datetime import datetime
from html import escape
from string import Template

from spiders.demowire.outlets import FOLDER, Article, Outlet


def page(article: Article, outlet: Outlet, base: str) -> bytes:
    """Write the story's page. A line of the skeleton that names an empty part is left out."""
    parts = _parts(article, outlet, base)
    skeleton = (FOLDER / f"{outlet.page}.html").read_text("utf-8")
    lines = (Template(line) for line in skeleton.splitlines())
    return "\n".join(line.substitute(parts) for line in lines if all(parts[name] for name in line.get_identifiers())).encode()


def _parts(article: Article, outlet: Outlet, base: str) -> dict[str, str]:
    plain = {
        "headline": article.printed_headline,
        "lead": article.lead,
        "summary": article.summary,
        "kicker": article.kicker,
        "caption": article.caption,
        "byline": article.byline,
        "language": article.language,
        "agency": article.agency,
        "outlet": outlet.name,
        "url": base + article.path,
        "published": _iso(article, outlet),
        "day": article.published_at.date().isoformat(),
        "shown": article.published_at.strftime("%Y-%m-%d" if article.precision == "day" else "%Y-%m-%d %H:%M"),
    }
    return {name: escape(text) for name, text in plain.items()} | {
        "body": "\n".join(f"<p>{_named(text, article.names)}</p>" for text in article.paragraphs),
        "read_also": "".join(f'<li><a href="#">{escape(text)}</a></li>' for text in article.read_also),
        "jsonld": _jsonld(article, base),
    }


def _iso(article: Article, outlet: Outlet) -> str:
    at: datetime = article.published_at.replace(tzinfo=None) if outlet.naive else article.published_at
    return at.date().isoformat() if article.precision == "day" else at.isoformat()


def _named(text: str, names: tuple[str, ...]) -> str:
    marked = escape(text, quote=False)
    for name in names:
        marked = marked.replace(name, f'<nobr><span class="name">{name}</span></nobr>')
    return marked


def _jsonld(article: Article, base: str) -> str:
    document = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "mainEntityOfPage": base + article.path,
        "headline": article.printed_headline,
        "description": article.summary,
        "inLanguage": article.language,
        "datePublished": article.published_at.isoformat(),
        "dateModified": (article.updated_at or article.published_at).isoformat(),
        "author": {"@type": "Person", "name": article.byline} if article.byline else {"@type": "Organization", "name": article.agency},
    }
    # "</" would end the script element.
    return json.dumps(document, ensure_ascii=False).replace("</", "<\\/")
