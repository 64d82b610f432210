import contextlib
import pickle
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta, timezone
from html import escape
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fuzzed import TEXTS
from hypothesis import example, given, settings
from hypothesis import strategies as st

from spiders.extract import Extracted, NotAStory, Unfamiliar, extract, from_entry, read
from spiders.feed import Entry
from spiders.page import DEEPEST, MOST_ELEMENTS, BadSelector
from spiders.source import Selectors, Source
from spiders.story import Dateline, SpiderError, Story

PAGES = Path(__file__).parent / "pages"
SEED = Path(__file__).parents[3] / "shared/data/seed_story.txt"
URL = "https://wire.example.org/world/1653021"
#: Seconds of work that a hostile page may take, on a slow machine.
SLOWEST = 20
TASS = Source(
    id="tass",
    feed="https://wire.example.org/rss",
    timezone=ZoneInfo("Europe/Moscow"),
    language="en",
    agency="TASS",
    selectors=Selectors(
        headline=".news-header__title",
        lead=".news-header__lead",
        body=".text-block",
        published=".news-header__date time",
        remove=".also",
    ),
)


def a_tass_page(headline, lead, paragraphs, kicker="World"):
    """The demo page with these texts, as bytes."""
    body = "\n".join(f"<p>{escape(text)}</p>" for text in paragraphs)
    page = (PAGES / "tass.html").read_text(encoding="utf-8")
    return page.format(kicker=kicker, headline=escape(headline), lead=escape(lead), body=body).encode()


def a_page(body="", head="", title="A title that is long enough"):
    return f"<html><head><title>{title}</title>{head}</head><body>{body}</body></html>"


PROSE = "".join(
    f"<p>Sentence {n} of a story that goes on for a while so that it is taken for one, and then some more of it.</p>" for n in range(6)
)


#: Combining marks in the wrong order; Unicode's normal forms sort them.
MARKS = "\u0345\u0300" * 500_000


def test_a_page_with_its_wires_selectors_is_read_to_the_letter():
    paragraphs = (
        "MOSCOW, July 27. /TASS/. The ministers met – “at last,” one said.",
        "They’ll meet again on Friday, the ministry's press service said.",
    )

    assert extract(a_tass_page("Ministers meet", "They had not met for a year", paragraphs), url=URL, source=TASS) == Story(
        headline="Ministers meet",
        canonical_url=URL,
        lead="They had not met for a year",
        paragraphs=paragraphs,
        agency="TASS",
        dateline=Dateline(raw="MOSCOW, July 27. /TASS/.", places=("MOSCOW",), month=7, day=27, agency="TASS"),
        language="en",
        published_at=datetime(2023, 7, 27, 7, 40, tzinfo=ZoneInfo("Europe/Moscow")),
    )


def test_the_seed_story_comes_back_to_the_letter():
    if not SEED.exists():
        pytest.skip("no ../shared/data/seed_story.txt beside this checkout")
    kicker, headline, lead, *paragraphs = SEED.read_text(encoding="utf-8").strip().split("\n\n")
    page = a_tass_page(headline, lead, paragraphs, kicker=kicker)

    for story in (extract(page, url=URL, source=TASS), extract(page, url=URL)):
        assert (story.headline, story.paragraphs) == (headline, tuple(paragraphs))
        assert story.dateline == Dateline(raw="MOSCOW, July 27. /TASS/.", places=("MOSCOW",), month=7, day=27, agency="TASS")
    assert extract(page, url=URL, source=TASS).lead == lead


def test_a_page_that_nobody_prepared_us_for_tells_its_story_by_json_ld_and_metadata():
    url = "https://coast.example.org/news/harbour-reopens-after-storm"
    story = extract((PAGES / "jsonld.html").read_bytes(), url=url)

    assert story == Story(
        headline="Harbour reopens after storm",
        canonical_url="https://www.coast.example.org/news/harbour-reopens-after-storm",
        other_headlines=("The harbour is open again",),
        lead="Ferries sail again from Thursday.",
        paragraphs=(
            "OSLO (Reuters) - The harbour reopened on Wednesday after two days of storm that had kept every ferry of the coast in port.",
            "“We sail again,” the harbour master said – and the first ferry left an hour later, with more than two hundred on board.",
            "The storm had torn down three cranes and a part of the eastern quay, which will be closed to larger ships until the summer.",
        ),
        byline=("Ann Baker", "Bo Chan"),
        agency="Reuters",
        section="Shipping",
        dateline=Dateline(raw="OSLO (Reuters) -", places=("OSLO",), agency="Reuters"),
        language="en-gb",
        published_at=datetime(2026, 3, 4, 9, 15, tzinfo=timezone(timedelta(hours=1))),
        updated_at=datetime(2026, 3, 4, 11, 0, tzinfo=timezone(timedelta(hours=1))),
        keywords=("harbour", "storm"),
    )


def test_names_in_nested_inline_markup_stay_in_their_sentence():
    names = "<nobr><span>Kim</span> <span>Someone</span></nobr>, president, met <nobr><span>a guest</span></nobr>"
    body = f"<div class=body><p>The Respected {names}.</p></div>"

    story = extract(a_page(body), url=URL, source=Source(id="kcna", feed=URL, selectors=Selectors(body=".body")))

    assert story.paragraphs == ("The Respected Kim Someone, president, met a guest.",)


def test_a_page_with_selectors_is_read_without_trafilatura():
    code = (
        "import sys; from pathlib import Path; from tests_page import page, TASS, URL; from spiders.extract import extract; "
        "assert extract(page, url=URL, source=TASS).paragraphs; sys.exit('trafilatura' in sys.modules or 'htmldate' in sys.modules)"
    )
    module = (
        "from spiders.source import Selectors, Source\n"
        f"TASS = Source(id='tass', feed={URL!r}, selectors=Selectors(headline='h1', body='.text-block', published='time'))\n"
        f"URL = {URL!r}\npage = {a_tass_page('A', 'B', ['C'])!r}\n"
    )

    code = f"import sys, types; m = types.ModuleType('tests_page'); exec({module!r}, m.__dict__); sys.modules['tests_page'] = m; {code}"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False).returncode == 0


def test_a_familiar_page_tells_the_same_story():
    page = a_tass_page("A", "B", ["MOSCOW, July 27. /TASS/. One."])

    assert read(page, url=URL, source=TASS, familiar=True) == Extracted(story=extract(page, url=URL, source=TASS))


@pytest.mark.parametrize(
    "body",
    [
        PROSE,
        "<div class=text-block></div>",
        "<div class=text-block><p>One.</p></div>",
        "<div class=text-block><p>One.</p></div><time>July 27, 2023</time>" + "<i></i>" * MOST_ELEMENTS,
        "<div class=text-block><p>One.</p></div><time>July 27, 2023</time>" + "<i>" * DEEPEST,
    ],
    ids=["no body", "empty body", "no date", "many elements", "deep"],
)
def test_a_page_that_takes_long_or_a_reader_of_unknown_pages_is_not_familiar(body):
    with pytest.raises(Unfamiliar, match=URL):
        read(a_page(body), url=URL, source=TASS, familiar=True)


@pytest.mark.parametrize("body", ["", "<div class=text-block></div>", "<div class=text-block><p> </p><figure>One.</figure></div>"])
def test_a_page_whose_selector_finds_no_text_is_strange_and_read_as_an_unknown_one(body):
    found = read(a_page(f"<article>{PROSE}</article>{body}"), url=URL, source=TASS)

    assert found == Extracted(story=extract(a_page(f"<article>{PROSE}</article>"), url=URL, source=TASS), strange=True)


@pytest.mark.parametrize(
    "head",
    [
        f"<script type='application/ld+json'>{{}}{' ' * 100_000}x</script>",
        f"<script type='application/ld+json'>{'{}' * 500_000}</script>",
        f"<title>{MARKS}</title>",
        f"<meta property='og:title' content='{MARKS}'>",
        f"<meta property='og:site_name' content='{MARKS}'>",
        f"""<script type='application/ld+json'>{{"@type": "Article", "publisher": "{MARKS}"}}</script>""",
        f"<link rel=canonical href='http://{'é.' * 500_000}/'>",
    ],
    ids=["spaces", "documents", "title", "og:title", "site", "publisher", "host"],
)
def test_no_page_makes_its_reader_take_quadratic_time(head):
    body = "<h1>A</h1><div class=text-block><p>One.</p></div><time>July 27, 2023</time>"

    # Any of them would take minutes, and run into the time limit of tests.
    assert read(f"<html><head>{head}</head><body>{body}", url=URL, source=TASS, familiar=True).story.paragraphs == ("One.",)


@pytest.mark.parametrize(
    ("claim", "canonical"),
    [
        ("https://www.wire.example.org/world/1653021?utm_source=x", "https://www.wire.example.org/world/1653021"),
        ("/world/1653021", URL),
        ("/a-long-slug", "https://wire.example.org/a-long-slug"),
        ("https://wire.example.org/", URL),
        ("https://wire.example.org/world/1653022", URL),
        ("https://evil.example.com/world/1653021", URL),
        ("javascript:alert(1)", URL),
        ("http://[::1", URL),
    ],
)
def test_a_page_may_name_its_own_address_and_no_other(claim, canonical):
    url = "https://wire.example.org/world/a-long-slug" if "slug" in claim else URL

    assert extract(a_page(PROSE, f'<link rel="canonical" href="{claim}">'), url=url).canonical_url == canonical


def test_a_short_last_word_of_a_path_names_no_page():
    page = a_page(PROSE, '<link rel="canonical" href="https://wire.example.org/sports/index">')

    assert extract(page, url="https://wire.example.org/world/index").canonical_url == "https://wire.example.org/world/index"


def test_a_selector_that_names_the_body_and_its_paragraphs_reads_each_once():
    source = Source(id="x", feed=URL, selectors=Selectors(body=".body, .body p"))

    assert extract(a_page("<div class=body><p>One.</p><p>Two.</p></div>"), url=URL, source=source).paragraphs == ("One.", "Two.")


def test_a_homepage_does_not_stand_for_a_story_that_differs_by_its_query():
    url = "https://wire.example.org/?story=7"

    assert extract(a_page(PROSE, '<link rel="canonical" href="https://wire.example.org/">'), url=url).canonical_url == url


@pytest.mark.parametrize(
    ("head", "at", "precision"),
    [
        ('<meta property="article:published_time" content="2026-03-04T09:15:00Z">', datetime(2026, 3, 4, 9, 15, tzinfo=UTC), "minute"),
        ('<meta name="date" content="2026-03-04 09:15">', datetime(2026, 3, 4, 9, 15, tzinfo=ZoneInfo("Europe/Moscow")), "minute"),
        ('<meta name="pubdate" content="4 March 2026">', datetime(2026, 3, 4, tzinfo=ZoneInfo("Europe/Moscow")), "day"),
        (
            '<meta name="pubdate" content="2026-03-04"><meta name="date" content="2026-03-04T09:15+03:00">',
            datetime(2026, 3, 4, 9, 15, tzinfo=timezone(timedelta(hours=3))),
            "minute",
        ),
    ],
)
def test_a_date_keeps_its_zone_and_its_precision(head, at, precision):
    story = extract(a_page(PROSE, head), url=URL, source=Source(id="x", feed=URL, timezone=ZoneInfo("Europe/Moscow")))

    assert (story.published_at, story.published_precision) == (at, precision)


@pytest.mark.parametrize(
    ("head", "heading", "title", "headline"),
    [
        ("", "<h1>The heading of the page</h1>", "The heading of the page - Site", "The heading of the page"),
        ("", "<h1>Site</h1><h2>The heading of the page</h2>", "The heading of the page | Site", "The heading of the page"),
        (
            '<meta property="og:title" content="Shared headline - Site"><meta property="og:site_name" content="Site">',
            "",
            "x",
            "Shared headline",
        ),
        ("", "", "Short · The longest part of the title", "The longest part of the title"),
        (
            '<meta property="og:title" content="Talks begin in the capital">',
            "<h1>Diplomacy: Talks begin in the capital</h1>",
            "x",
            "Talks begin in the capital",
        ),
    ],
)
def test_the_headline_comes_from_the_best_witness(head, heading, title, headline):
    assert extract(a_page(heading + PROSE, head, title), url=URL).headline == headline


def test_a_description_that_repeats_the_body_is_no_lead():
    story = extract(a_page(PROSE, '<meta name="description" content="Sentence 0 of a story that goes on for a…">'), url=URL)

    assert story.lead == ""


def test_the_agency_of_an_unsigned_story_is_its_publisher_or_its_source():
    head = '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "A", "publisher": {"name": "ТАСС"}}</script>'

    assert extract(a_page(PROSE, head), url=URL).agency == "TASS"
    assert extract(a_page(PROSE), url=URL, source=Source(id="x", feed=URL, agency="UNN")).agency == "UNN"


def test_a_page_is_decoded_as_it_declares_and_guessed_where_it_does_not():
    text = "В Москве сегодня прошла встреча министров, сообщили в пресс-службе. " * 4
    declared = a_page(f"<article><p>{text}</p></article>", '<meta charset="koi8-r">').encode("koi8-r")
    silent = a_page(f"<article><p>{text}</p></article>").encode("utf-8")

    assert extract(declared, url=URL).paragraphs == extract(silent, url=URL).paragraphs == (text.strip(),)


def test_an_article_whose_body_is_not_on_the_page_keeps_its_headline():
    page = a_page(head='<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Only for subscribers"}</script>')

    assert (extract(page, url=URL).headline, extract(page, url=URL).paragraphs) == ("Only for subscribers", ())


def test_what_is_cut_leaves_the_text_beside_it_whatever_that_holds():
    source = Source(id="x", feed=URL, selectors=Selectors(body="article", remove=".also, .also b, html"))
    page = a_page("<article>One &#1;<i class=also>Also <b>this</b></i> two.</article>")

    assert extract(page, url=URL, source=source).paragraphs == ("One two.",)


def test_control_characters_are_in_no_text():
    story = extract(a_tass_page("A\x00 head\x1bline", "A\x07 lead", ["MOSCOW, July 27. /TASS/.\x00 One\x85two"]), url=URL, source=TASS)

    assert (story.headline, story.lead, story.paragraphs) == ("A headline", "A lead", ("MOSCOW, July 27. /TASS/. One two",))


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (b"", "the page is empty"),
        (b"%PDF-1.7 binary", "the page is empty"),
        (b"<html><title>Loading the page</title><script>load()</script></html>", "no body under 'Loading the page'"),
    ],
)
def test_a_page_without_a_story_is_refused(page, reason):
    with pytest.raises(NotAStory) as caught:
        extract(page, url=URL)

    assert str(caught.value) == f"{URL}: no story found: {reason}"
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value), "it does not survive the way between processes"


def test_a_selector_that_cannot_be_read_is_refused_by_its_text():
    with pytest.raises(BadSelector, match=r"CSS selector 'div\[' cannot be read"):
        extract(a_page(PROSE), url=URL, source=Source(id="x", feed=URL, selectors=Selectors(body="div[")))


@settings(deadline=None)
@given(st.binary() | st.text(alphabet="<>/=\"' divphtmlscrtya[]{}@:,").map(lambda s: a_page(s, s)))
@example(b"<html><body>" + b"<div>" * 200_000 + b"<p>text")
@example(b"\x00" * 1000)
@example(b"<script type='application/ld+json'>" + b"[" * 100_000 + b"</script>")
@example('<?xml version="1.0" encoding="utf-16"?><html><p>x</p></html>')
def test_whatever_the_bytes_only_its_own_error_is_raised(body):
    began = time.process_time()
    with contextlib.suppress(SpiderError):
        assert isinstance(extract(body, url=URL), Story)

    assert time.process_time() - began < SLOWEST


@settings(deadline=None)
@given(TEXTS, TEXTS, st.lists(TEXTS, max_size=6))
def test_whatever_an_entry_says_only_its_own_error_is_raised(title, summary, lines):
    body = "".join(f"<p>{escape(line)}</p>" for line in lines)
    entry = Entry(url=URL, guid="g", title=title, summary=summary, published_at=None, body=body)

    with contextlib.suppress(SpiderError):
        assert isinstance(from_entry(entry, source=TASS), Story)


def test_an_entry_alone_makes_a_story_when_its_page_cannot_be_read():
    entry = Entry(
        url=URL,
        guid="g",
        title="A story",
        summary="What it is about.",
        published_at=datetime(2023, 7, 27, tzinfo=UTC),
        body="<p>SEOUL, July 27 (Yonhap) -- The army said so.</p><p>It said more.</p>",
    )

    assert from_entry(entry, source=TASS) == Story(
        headline="A story",
        canonical_url=URL,
        lead="What it is about.",
        paragraphs=("SEOUL, July 27 (Yonhap) -- The army said so.", "It said more."),
        agency="Yonhap",
        dateline=Dateline(raw="SEOUL, July 27 (Yonhap) --", places=("SEOUL",), month=7, day=27, agency="Yonhap"),
        language="en",
        published_at=datetime(2023, 7, 27, tzinfo=UTC),
    )


def test_the_dateline_of_an_entry_without_a_body_is_in_its_summary():
    entry = Entry(url=URL, guid="g", title="A story", summary="SEOUL, July 27 (Yonhap) -- The army said so.")

    assert from_entry(entry, source=TASS).dateline.places == ("SEOUL",)


@pytest.mark.parametrize(
    ("claimed", "fetched", "counts"),
    [
        ("/world/dock-strike-begins-1234", "/amp/world/dock-strike-begins-1234?ref=rss", True),
        ("/view.php", "/view.php?id=2", False),
        ("/view.php?id=1", "/view.php?id=666", False),
        ("/index.html", "/2026/a/index.html", False),
        ("/blogs/alice/dock-strike-begins", "/blogs/mallory/dock-strike-begins", False),
        ("/", "/world/dock-strike-begins-1234", False),
    ],
)
def test_a_page_may_only_name_itself(claimed: str, fetched: str, counts: bool) -> None:
    host = "https://wire.example.org"
    body = "<article><h1>Strike</h1><p>Work stops.</p></article>"
    page = f'<html><head><link rel="canonical" href="{host}{claimed}"></head><body>{body}</body></html>'

    assert extract(page, url=host + fetched).canonical_url == host + (claimed if counts else fetched)


def test_a_body_that_unfolds_is_read_to_its_end():
    rest = "".join(f"<p>Sentence {n} of the part that unfolds when somebody clicks, which is the longer one.</p>" for n in range(30))
    page = a_page(
        f'<h1>Harbour reopens</h1><div class="post-text"><p>{"The harbour reopened. " * 8}</p><div class="hideable">{rest}</div></div>'
    )

    assert len(extract(page, url=URL).paragraphs) == 31


def test_the_deck_in_the_header_of_an_article_is_the_lead():
    deck = "Ferries sail again from Thursday, says the harbour master."
    page = a_page(f"<article><header><h1>Harbour reopens</h1><p>By Ann Baker</p><p>{deck}</p></header>{PROSE}</article>")

    story = extract(page, url=URL)

    assert (story.lead, story.byline, len(story.paragraphs)) == (deck, ("Ann Baker",), 6)


def test_the_language_is_that_of_the_text_whatever_the_page_states():
    story = extract(a_page(f"<article><h1>Harbour</h1>{PROSE}</article>").replace("<html>", '<html lang="de">'), url=URL)

    assert story.language == "en"


def test_a_feed_entry_tells_its_language_where_that_is_sure():
    summary = "Der Hafen ist nach dem Sturm wieder offen, und die Fähren werden am Donnerstag wieder fahren."
    source = Source(id="coast", feed=URL)

    assert from_entry(Entry(url=URL, guid="1", title="Hafen offen", summary=summary), source=source).language == "de"
    assert from_entry(Entry(url=URL, guid="1", title="Oslo"), source=source).language is None


def test_marks_without_end_on_a_letter_of_any_part_of_a_page_are_read_at_once():
    marks = "\u0301\u0323" * 100_000
    name = f"Ann a{marks} Lee"
    page = (
        f"<html><head><title>{name}</title><meta name=author content='{name}'></head><body><article><h1>{name}</h1><p>By {name}</p>"
        f"<p>SEOUL, July 27 ({name}) -- The river rose again yesterday, officials said on Monday.</p><p>{name} said so.</p>"
        "</article></body></html>"
    )
    began = time.process_time()

    extract(page.encode(), url="https://wire.example.org/a")

    assert time.process_time() - began < SLOWEST
