"""Selectors, guessed: where a wire's template has what, by comparing what the reader of unknown pages finds on several of its pages."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from lxml import html

from spiders import body as bodies
from spiders import byline, moment, plaintext
from spiders.extract import NotAStory, extract
from spiders.naming import names, own_names
from spiders.page import Page
from spiders.published import printed
from spiders.source import UTC, Selectors, Source
from spiders.story import Story

#: Pages that a selector has to hold on; of one alone nothing can be learned.
LEAST_PAGES = 2
#: Of the words of a body: the share that a selector must find, and the share of what it finds that must be such words.
LEAST_FOUND, LEAST_MEANT = 0.98, 0.92
#: Elements looked at for one field on one page.
MOST_ELEMENTS = 80
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_]+")
_FURNITURE = re.compile(
    r"share|sns|social|related|promo|\bads?\b|advert|banner|newsletter|subscri|tags?\b|copyright|comment|recommend|read-?more"
    r"|toolbar|follow|caption|print",
    re.IGNORECASE,
)
_HEADINGS = "//h1 | //h2 | //*[contains(@class, 'title') or contains(@class, 'head') or contains(@itemprop, 'headline')]"
_DECKS = (
    "//h2 | //h3 | //*[contains(@class, 'lead') or contains(@class, 'sub') or contains(@class, 'deck') or contains(@class, 'dek')"
    " or contains(@class, 'summary') or contains(@class, 'desc') or contains(@class, 'standfirst') or contains(@class, 'intro')"
    " or contains(@class, 'anons') or contains(@class, 'excerpt')]"
)
_AUTHORS = (
    "//*[@rel='author' or @itemprop='author' or contains(@class, 'author') or contains(@class, 'byline') or contains(@class, 'autor')"
    " or contains(@class, 'report') or contains(@class, 'writer')]"
)
_DATES = (
    "//time | //*[@datetime or @itemprop='datePublished' or contains(@class, 'date') or contains(@class, 'time')"
    " or contains(@class, 'publi') or contains(@id, 'date')]"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """One page of the wire, as it came, with what the reader of unknown pages makes of it."""

    body: bytes
    url: str
    story: Story
    page: Page
    #: Its paragraphs, but for those that most pages have: menus, appeals, the names of the owners.
    own: tuple[str, ...]
    #: For dates without a zone.
    timezone: ZoneInfo

    @classmethod
    def of(cls, body: bytes, url: str, timezone: ZoneInfo = UTC) -> "Sample | None":
        """None for a page without a body: nothing can be learned from it."""
        try:
            story = extract(body, url=url, source=Source(id="sample", feed=url, timezone=timezone))
        except NotAStory:
            return None
        if not story.paragraphs:
            return None
        return cls(body=body, url=url, story=story, page=Page(body, url=url), own=story.paragraphs, timezone=timezone)

    def under(self, selectors: Selectors) -> Story:
        """What the page says under these selectors. Raise NotAStory."""
        return extract(self.body, url=self.url, source=Source(id="sample", feed=self.url, timezone=self.timezone, selectors=selectors))


def selectors(pages: Iterable[tuple[bytes, str]], *, timezone: ZoneInfo = UTC) -> Selectors:
    """Selectors under which each of these pages (its bytes, its address) reads as well as without, or better.

    A field has none where none holds on every page, and no field has one where fewer than LEAST_PAGES tell a story.
    Dates without a zone are taken in ``timezone``.
    """
    samples = _without_common([sample for body, url in pages if (sample := Sample.of(body, url, timezone))])
    if len(samples) < LEAST_PAGES:
        return Selectors()
    body, remove = _body(samples)
    guessed = Selectors(
        body=body,
        remove=remove,
        headline=_field(samples, _HEADINGS, _says_headline),
        lead=_field(samples, _DECKS, _says_lead),
        byline=_field(samples, _AUTHORS, _says_byline),
        published=_field(samples, _DATES, _says_date),
    )
    for doubtful in ("remove", "lead", "byline", "published", "headline", "body"):
        if all(_reads_as_well(sample, guessed) for sample in samples):
            break
        guessed = replace(guessed, **{doubtful: ""})
    return guessed


def _agreement(read: Sequence[str], known: Sequence[str]) -> tuple[float, float]:
    """How far a body that was read is the one that is known: the share of its words that was found, and that was meant; 0 to 1."""
    found, meant = (Counter(_WORD.findall(" ".join(paragraphs).casefold())) for paragraphs in (read, known))
    both = (found & meant).total()
    return both / max(1, meant.total()), both / max(1, found.total())


def _reads_as_well(sample: Sample, guessed: Selectors) -> bool:
    """Whether a page says under these selectors what it says without them; of the time of day it may say more."""
    try:
        told = sample.under(guessed)
    except NotAStory:
        return False
    known = sample.own if guessed.body else sample.story.paragraphs
    found, meant = _agreement((told.lead, *told.paragraphs), (sample.story.lead, *known))
    return (
        found >= LEAST_FOUND - 0.02
        and meant >= LEAST_MEANT
        and told.headline == sample.story.headline
        and told.byline == sample.story.byline
        and _same_time(told, sample.story)
    )


def _same_time(told: Story, known: Story) -> bool:
    if told.published_at is None or known.published_at is None:
        return told.published_at == known.published_at
    if known.published_precision == "day":
        return told.published_at.date() == known.published_at.date()
    return told.published_at == known.published_at


# -- the body


def _without_common(samples: Sequence[Sample]) -> list[Sample]:
    """The samples without the paragraphs that more than half of them have; with them where little else is left."""
    often = Counter(text for sample in samples for text in set(sample.story.paragraphs))
    left = [(sample, tuple(text for text in sample.story.paragraphs if often[text] * 2 <= len(samples))) for sample in samples]
    return [replace(sample, own=own) if 2 * len("".join(own)) > len(sample.story.text) else sample for sample, own in left]


def _body(samples: Sequence[Sample]) -> tuple[str, str]:
    """The selector of the bodies, and of what is to be cut out of them; "" where none holds on every page."""
    holders = [_holder(sample) for sample in samples]
    likely = Counter(selector for holder in holders if holder is not None for selector in dict.fromkeys(_of_body(holder)))
    best, worth = "", 0.0
    for selector, _ in likely.most_common():
        worst = min((_worth(sample, selector) for sample in samples), default=0.0)
        if worst > worth + 0.01:
            best, worth = selector, worst
        if worth > 0.98:
            break  # what comes later is no better, and says less
    if not best:
        return "", ""
    remove = _furniture(samples, best)
    meant = min(_agreement(_cut(sample, best, remove), sample.own)[1] for sample in samples)
    return (best, remove) if meant >= LEAST_MEANT else ("", "")


def _of_body(holder: html.HtmlElement) -> Iterable[str]:
    """Selectors of an element that holds a body, and of the paragraphs in it."""
    around = [element for element in holder.iterancestors() if element.tag not in ("html", "body")][:2]
    elements = [selector for element in (holder, *around) for selector in names(element)]
    return (*elements, *(f"{selector} > p" for selector in elements), *(f"{selector} p" for selector in elements))


def _worth(sample: Sample, selector: str) -> float:
    """How well a selector finds a page's body, 0 to 1; 0 where it misses some of it."""
    found, meant = _agreement(bodies.selected(sample.page, selector), sample.own)
    return found * meant if found >= LEAST_FOUND else 0.0


def _holder(sample: Sample) -> html.HtmlElement | None:
    """The smallest element that holds nearly all of a page's body."""
    wanted = [(_packed(text), len(text)) for text in sample.own]
    enough = 0.9 * sum(length for _, length in wanted)
    holder = next(iter(sample.page.xpath("//body")), None)
    inner = holder
    while inner is not None:
        holder = inner
        inner = next((child for child in holder.iterchildren() if _held(child, wanted) >= enough), None)
    return holder


def _held(element: html.HtmlElement, wanted: Sequence[tuple[str, int]]) -> int:
    if not isinstance(element.tag, str):
        return 0
    text = _packed("".join(element.itertext()))
    return sum(length for paragraph, length in wanted if paragraph in text)


def _packed(text: str) -> str:
    return "".join(text.split())


def _furniture(samples: Sequence[Sample], body: str) -> str:
    """What the bodies hold beside their stories, by its names; never what holds a story's words on any page."""
    seen: Counter[str] = Counter()
    spoilt: set[str] = set()
    for sample in samples:
        told = _packed("".join((sample.story.lead, *sample.own)))
        for holder in sample.page.css(body)[:MOST_ELEMENTS]:
            for element in list(holder.iterdescendants())[: MOST_ELEMENTS * 10]:
                labels = [f"{body} {name}" for name in own_names(element) if name[0] in ".#" and _FURNITURE.search(name)]
                text = _packed("".join(element.itertext()))
                (spoilt if text and text in told else seen).update(labels[:1])
    kept = [selector for selector, _ in seen.most_common() if selector not in spoilt]
    return ", ".join(kept[:6])


def _cut(sample: Sample, body: str, remove: str) -> tuple[str, ...]:
    page = Page(sample.body, url=sample.url)
    page.cut(remove)
    return bodies.selected(page, body)


# -- the other fields


def _field(samples: Sequence[Sample], places: str, says: Callable[[Sample, str], bool | None]) -> str:
    """The first selector that names the field on two pages, and on none another thing; ``says`` is None where there is nothing."""
    likely: Counter[str] = Counter()
    for sample in samples:
        elements = sorted(sample.page.xpath(places)[:MOST_ELEMENTS], key=lambda element: element.tag not in ("h1", "time"))
        likely.update(list(dict.fromkeys(name for element in elements for name in names(element))))
    # Among equals the first one made is the most lasting.
    for selector, pages in likely.most_common():
        if pages < LEAST_PAGES:
            break
        said = [says(sample, selector) for sample in samples]
        if False not in said and said.count(True) >= LEAST_PAGES:
            return selector
    return ""


def _says_headline(sample: Sample, selector: str) -> bool | None:
    texts = [plaintext.visible_text(element) for element in sample.page.css(selector)[:1]]
    return texts == [sample.story.headline]


def _says_lead(sample: Sample, selector: str) -> bool | None:
    text = " ".join(map(plaintext.visible_text, sample.page.css(selector)[:3]))
    if not text:
        return None
    lead = sample.story.lead.rstrip(" .…")
    return bool(lead) and text.startswith(lead) and len(text) < 2 * len(lead)


def _says_byline(sample: Sample, selector: str) -> bool | None:
    texts = [plaintext.visible_text(element) for element in sample.page.css(selector)[:MOST_ELEMENTS]]
    if not any(texts):
        return None
    return tuple(dict.fromkeys(name for text in texts for name in byline.split(text))) == sample.story.byline != ()


def _says_date(sample: Sample, selector: str) -> bool | None:
    told = [text for element in sample.page.css(selector)[:1] for text in printed(element)]
    found = moment.first((text for text in told if len(text) < 100), timezone=sample.timezone)
    known = sample.story.published_at
    if found is None or known is None:
        return None if not told else False
    exact = found.precision == "minute" and sample.story.published_precision == "minute"
    return found.at == known if exact else found.at.date() == known.date()
