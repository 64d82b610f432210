"""Stories: the bytes of a page become a Story, each field from the best witness that the page offers.

The source's own selectors come first, then JSON-LD, then metadata, then the page as a reader sees it.
"""

import re
from dataclasses import dataclass, replace
from urllib.parse import quote, urljoin, urlsplit

from spiders import agencies, boilerplate, continued, dateline, feed, grammar, jsonld, plaintext, planning, reader, signoff, topmatter
from spiders import body as bodies
from spiders import language as languages
from spiders.byline import names
from spiders.entry import LONGEST_TITLE
from spiders.headline import headlines
from spiders.jsonld import Article
from spiders.page import Page
from spiders.published import published, searched, updated
from spiders.source import Source
from spiders.story import Dateline, SpiderError, Story, canonical_url

_ELLIPSIS = re.compile(r"\s*(?:…|\.\.\.|\[…\]|\[\.\.\.\])\s*$")
#: A last path segment that no two stories of one place share: a number or a slug, not "index" or "view".
_TELLING = re.compile(r"\d{4}|[-_][^-_]+[-_]")
#: Paragraphs that may open with the dateline: a deck or a caption may stand before it.
_OPENING = 3
#: Paragraphs that tell the language.
_TELLING_PARAGRAPHS = 8


class NotAStory(SpiderError):
    """A page without a story; the message says what it holds instead."""

    def __init__(self, url: str, reason: str) -> None:
        # Both are args: pages are read in other processes, and only what is in args comes back from there.
        super().__init__(url, reason)
        self.url = url
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.url}: no story found: {self.reason}"


class Unfamiliar(SpiderError):
    """A page that is not as its source's selectors know it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Extracted:
    """What came of a page."""

    story: Story
    #: The source's own selector of bodies found no text: the page is another than it was made for.
    strange: bool = False


def extract(body: bytes | str, *, url: str, source: Source | None = None) -> Story:
    """Read the story on a page that was fetched from ``url``, an http or https address.

    ``source`` lends its selectors, its time zone for dates without one, its language and agency where the page is silent.
    A page that only gives a headline and calls itself an article has no paragraphs. Where its ``reader`` has code for pages, that
    reads it instead. Raise NotAStory, BadSelector or ReaderFailed.
    """
    return read(body, url=url, source=source or Source(id="page", feed=url)).story


def read(body: bytes | str, *, url: str, source: Source, familiar: bool = False) -> Extracted:
    """As ``extract``, and say whether the page is strange to its source's selectors.

    ``familiar``: take a millisecond, not fifty, by leaving out the readers of unknown pages. Raise Unfamiliar where the body
    is not where the source's selector says, where no date is stated, or where so much markup is that selectors may take long.
    """
    if source.reader and (own := _by_reader(body, url, source)):
        return Extracted(story=grammar.read(own, timezone=source.timezone))
    page = Page(body, url=url)
    if page.tree is None:
        raise NotAStory(url, "the page is empty")
    if familiar and page.is_intricate:
        raise Unfamiliar(f"{url}: too much markup")
    # Before anything is cut: readers of bodies and `remove` take scripts out.
    article = jsonld.article(page)
    page.cut(source.selectors.remove)
    return _extracted(page, source, article, familiar=familiar)


def from_entry(entry: feed.Entry, *, source: Source) -> Story:
    """The story as its feed entry alone tells it, for a page that could not be read. Raise NotAStory when it tells nothing.

    An entry without an address gets one of its own, below the feed's or its source's, so that two are never taken for one story.
    """
    paragraphs = bodies.of_fragment(entry.body)
    if not (entry.title or entry.summary or paragraphs):
        raise NotAStory(entry.url or source.home, "the feed gives no headline and no text for it")
    _refuse_planning(entry.url or source.home, entry.title)
    line = _dateline(paragraphs or (entry.summary,), source.language)
    agency = line.agency if line and line.agency else source.agency
    story = Story(
        headline=entry.title,
        canonical_url=entry.url or _own_address(entry, source),
        lead="" if _repeats(entry.summary, paragraphs) else entry.summary,
        paragraphs=signoff.without(paragraphs, agency=agency),
        agency=agency,
        dateline=line,
        language=_language((entry.title, entry.summary, *paragraphs[:_TELLING_PARAGRAPHS]), source.language),
        published_at=entry.published_at,
    )
    return grammar.read(story, timezone=source.timezone)


def _refuse_planning(url: str, headline: str) -> None:
    if kind := planning.kind_of(headline):
        raise NotAStory(url, f"it is {kind}")


def _own_address(entry: feed.Entry, source: Source) -> str:
    # Of a folder there is no web address: what begins so is never made a link.
    home = f"packet:{source.id}" if source.rungs[0].kind == "folder" else canonical_url(source.home)
    return f"{home}#{quote(entry.guid)}"


def _by_reader(body: bytes | str, url: str, source: Source) -> Story | None:
    """The story as the wire's own code reads it; None where that only reads lists."""
    # A byte order mark goes before whatever charset the page declares.
    told = reader.story(source.reader, body if isinstance(body, bytes) else body.encode("utf-8-sig", "ignore"), url=url)
    return told and replace(
        told,
        canonical_url=told.canonical_url or canonical_url(url),
        agency=told.agency or source.agency,
        language=told.language or source.language,
    )


def _extracted(page: Page, source: Source, article: Article | None, *, familiar: bool) -> Extracted:
    selectors = source.selectors
    headline, *others = (text[:LONGEST_TITLE] for text in headlines(page, selectors.headline, article) or ("",))
    _refuse_planning(page.url, headline)
    top = topmatter.TopMatter() if familiar else topmatter.around(page, headline)
    byline = names(page, selectors.byline, article, top=top.lines())
    when = published(page, selectors.published, article, timezone=source.timezone, top=top.lines())
    if not when and not familiar:
        when = searched(page, timezone=source.timezone)
    lead = " ".join(map(plaintext.visible_text, page.css(selectors.lead)))
    page.cut(selectors.lead)
    selected = bodies.selected(page, selectors.body)
    if familiar and not (selected and when):
        raise Unfamiliar(f"{page.url}: no body or no date where it is looked for")
    paragraphs = _paragraphs(selected or continued.whole(page, bodies.found(page)), article, (headline, *others))
    if not paragraphs and not (headline and (article or page.meta("og:type") == ["article"])):
        raise NotAStory(page.url, f"no body under {headline[:80]!r}")
    line = _dateline(paragraphs, source.language)
    agency = _agency(line, byline, article) or source.agency
    story = Story(
        headline=headline,
        canonical_url=_canonical_url(page),
        other_headlines=tuple(others),
        lead=lead or top.deck(next(iter(paragraphs), "")) or _described(page, article, paragraphs, headline),
        paragraphs=signoff.without(paragraphs, agency=agency),
        byline=byline,
        agency=agency,
        section=(article.section if article else "") or next(iter(page.meta("article:section")), None),
        dateline=line,
        language=_language((*paragraphs[:_TELLING_PARAGRAPHS], headline), _stated_language(page, article) or source.language),
        published_at=when.at if when else None,
        updated_at=updated(page, article, timezone=source.timezone),
        published_precision=when.precision if when else "minute",
        keywords=_keywords(page, article),
    )
    return Extracted(story=grammar.read(story, timezone=source.timezone), strange=bool(selectors.body) and not selected)


def _paragraphs(found: tuple[str, ...], article: Article | None, headlines: tuple[str, ...]) -> tuple[str, ...]:
    return boilerplate.without(found or (bodies.of_fragment(article.body) if article else ()), headlines)


def _dateline(paragraphs: tuple[str, ...], language: str | None) -> Dateline | None:
    """The dateline of the first paragraph, or of one of the next if a deck or caption stands before it."""
    found = (dateline.parse(text, language=language) for text in paragraphs[:_OPENING])
    return next((line for at, line in enumerate(found) if line and (at == 0 or line.agency)), None)


def _described(page: Page, article: Article | None, paragraphs: tuple[str, ...], headline: str) -> str:
    """The deck as the page's metadata tell it; "" where they only repeat the headline or the body."""
    told = [article.description if article else "", *page.meta("og:description", "description", "twitter:description")]
    lead = next(filter(None, map(plaintext.from_markup, told)), "")
    return "" if lead == headline or _repeats(lead, paragraphs) else lead


def _repeats(lead: str, paragraphs: tuple[str, ...]) -> bool:
    opening = " ".join(paragraphs[:_OPENING])
    return not lead or _ELLIPSIS.sub("", lead) in opening


def _agency(line: Dateline | None, byline: tuple[str, ...], article: Article | None) -> str | None:
    names = (
        line.agency if line else None,
        *(agencies.canonical(part) for name in byline for part in name.split("/")),
        agencies.canonical(article.publisher) if article else None,
    )
    return next(filter(None, names), None)


def _language(texts: tuple[str, ...], stated: str | None) -> str | None:
    return languages.of(" ".join(texts), stated=stated)


def _stated_language(page: Page, article: Article | None) -> str | None:
    stated = [*(element.get("lang") or "" for element in page.xpath("/html")), article.language if article else "", *page.meta("og:locale")]
    return next(filter(None, map(languages.tag, stated)), None)


def _keywords(page: Page, article: Article | None) -> tuple[str, ...]:
    if article and article.keywords:
        return article.keywords
    told = next(iter(page.meta("news_keywords", "keywords")), "")
    return tuple(dict.fromkeys([*page.meta("article:tag"), *filter(None, map(str.strip, told.split(",")))]))


def _canonical_url(page: Page) -> str:
    """The address that the page claims for itself, if it may: same host, and the same page by its path."""
    links = [element.get("href") or "" for element in page.in_head("link") if element.get("rel") == "canonical"]
    for claim in (*links, *page.meta("og:url")):
        try:
            claimed = canonical_url(urljoin(page.url, claim))
        except ValueError:
            continue
        if _is_same_page(claimed, page.url):
            return claimed
    return canonical_url(page.url)


def _is_same_page(claimed: str, fetched: str) -> bool:
    # A careless template names the homepage, a hostile page names another's story: both would hide this one behind it.
    here, there = urlsplit(fetched), urlsplit(claimed)
    if (here.hostname or "").removeprefix("www.") != (there.hostname or "").removeprefix("www."):
        return False
    steps, claimed_steps = here.path.strip("/").split("/"), there.path.strip("/").split("/")
    if steps == claimed_steps and here.query == there.query:
        return True
    # Less of a query, or of the way there (/amp/…): only where the last step alone says which story it is.
    if steps[-1] != claimed_steps[-1] or not _TELLING.search(steps[-1]) or there.query not in ("", here.query):
        return False
    return set(claimed_steps) <= set(steps) or set(steps) <= set(claimed_steps)
