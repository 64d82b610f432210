"""What hostile and broken documents may do to the readers: nothing. The faults parse-01, 02, 03 and 07 by their ids."""

import contextlib
import gzip
import json
import random
import socket
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from spiders import feed, jsonlist, listing, packet, sitemap
from spiders.entry import MOST_ENTRIES
from spiders.jsonlist import NotAJsonList, Paths
from spiders.listing import Layout, NotAListing

URL = "https://wire.example.org/x"
TEXT = "He said “yes” – don’t"
#: One document of each XML kind around a title.
RSS = "<rss version='2.0'><channel><item><title>{0}</title><link>https://e.org/1</link></item></channel></rss>"
ATOM = "<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>{0}</title><id>1</id></entry></feed>"
NEWS = "<urlset><url><loc>https://e.org/1</loc><news><title>{0}</title></news></url></urlset>"
NITF = (
    "<nitf><head><docdata><doc-id id-string='1'/></docdata></head><body><body.head><hedline><hl1>{0}</hl1></hedline></body.head>"
    "<body.content><p>One.</p></body.content></body></nitf>"
)
G2 = (
    "<newsItem guid='1'><contentMeta><headline>{0}</headline></contentMeta><contentSet><inlineXML><body><p>One.</p></body>"
    "</inlineXML></contentSet></newsItem>"
)
XML = [(feed, RSS), (feed, ATOM), (sitemap, NEWS), (packet, NITF), (packet, G2)]
NINJS = json.dumps({"uri": "urn:1", "headline": "x", "body_html": "<p>One.</p>", "pubstatus": "usable", "embargoed": "2023-07-27"})
JSON_FEED = json.dumps({"version": "https://jsonfeed.org/version/1", "items": [{"id": 1, "url": "/1", "date_published": "2023-07-27"}]})
NEWS_LIST = json.dumps({"newsList": [{"title": "x", "link": "/1", "date": 1690432800}]})
PAGE = "<html><body><article><a href='/1'><h2>One</h2></a><time>27.07.2023</time></article><a rel='next' href='?2'>2</a></body></html>"
OWN = (feed.NotAFeed, sitemap.NotASitemap, packet.NotAPacket, NotAListing, NotAJsonList)
READERS = {
    "feed": feed.read,
    "sitemap": sitemap.read,
    "packet": packet.read,
    "listing": lambda body, *, url: listing.read(body, url=url, layout=Layout(stories="article, a")),
    "jsonlist": lambda body, *, url: jsonlist.read(body, url=url, paths=Paths(items="newsList", url="link", published="date")),
}
MASTERS = [
    *(xml.format("x").encode() for _, xml in XML),
    *(text.encode() for text in (NINJS, JSON_FEED, NEWS_LIST, PAGE)),
    gzip.compress(NEWS.format("x").encode()),
]


def told(reader, body):
    """What a reader gives, as text; a refusal counts."""
    try:
        return repr(reader.read(body, url=URL))
    except OWN as exc:
        return str(exc)


@pytest.mark.parametrize(("reader", "xml"), XML)
@pytest.mark.parametrize(
    "dtd",
    [
        "<!DOCTYPE r [" + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10 if n else 'ha' * 10}'>" for n in range(12)) + "]>",
        f"<!DOCTYPE r [<!ENTITY a11 '{'a' * 1_000_000}'>]>",
        f"<!DOCTYPE r [<!ENTITY % p '{'a' * 1000}'><!ENTITY a11 '%p;%p;'>]>",
    ],
    ids=["laughs", "quadratic", "parameter"],
)
def test_parse_01_entities_never_grow(reader, xml, dtd):
    body = (dtd + xml.format("&a11;" * 1000).replace("https://e.org/1", "https://e.org/&a11;" + "&a11;" * 1000)).encode()
    tracemalloc.start()
    began = time.process_time()
    found = told(reader, body)
    took, peak = time.process_time() - began, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert len(found) < 30_000
    assert peak < 100_000_000
    assert took < 2


@pytest.mark.parametrize(("reader", "xml"), [pair for pair in XML if pair[0] is not feed])
def test_parse_01_a_document_with_entities_of_its_own_is_refused_with_the_reason(reader, xml):
    with pytest.raises(OWN, match="declares entities of its own"):
        reader.read(f"<!DOCTYPE r [<!ENTITY a 'ha'>]>{xml.format('&a;')}".encode(), url=URL)


@pytest.mark.parametrize(("reader", "xml"), XML)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_parse_02_no_file_and_no_address_is_opened(reader, xml, encoding, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("swordfish")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        away = f"http://127.0.0.1:{listener.getsockname()[1]}/evil.dtd"
        for dtd in (
            f'<!DOCTYPE r [<!ENTITY x SYSTEM "{secret.as_uri()}">]>',
            f'<!DOCTYPE r SYSTEM "{away}">',
            f'<!DOCTYPE r [<!ENTITY % e SYSTEM "{away}"> %e; <!ENTITY x SYSTEM "{away}">]>',
        ):
            body = f'<?xml version="1.0" encoding="{encoding}"?>{dtd}{xml.format("a&x;b")}'.encode(encoding)

            assert "swordfish" not in told(reader, body)
        with pytest.raises(TimeoutError):
            listener.accept()


@pytest.mark.parametrize(("reader", "xml"), XML)
@pytest.mark.parametrize(
    ("declared", "encoding"), [("iso-8859-1", "cp1252"), ("utf-8", "cp1252"), ("iso-8859-1", "utf-8"), ("windows-1252", "cp1252")]
)
def test_parse_03_the_charset_that_explains_the_bytes_is_taken(reader, xml, declared, encoding):
    body = f'<?xml version="1.0" encoding="{declared}"?>{xml.format(TEXT)}'.encode(encoding)

    assert [entry.title for entry in reader.read(body, url=URL).entries] == [TEXT]


@pytest.mark.parametrize("charset", ["koi8-r", "gb18030", "euc-kr", "utf-16", "iso-2022-jp"])
@pytest.mark.parametrize(("reader", "xml"), [pair for pair in XML if pair[0] is not feed])
def test_parse_03_a_charset_that_is_declared_is_taken(reader, xml, charset):
    title = {"koi8-r": "Новость", "gb18030": "新华社", "euc-kr": "연합뉴스", "utf-16": "Новость", "iso-2022-jp": "時事通信"}[charset]
    body = f'<?xml version="1.0" encoding="{charset}"?>{xml.format(title)}'.encode(charset)

    assert [entry.title for entry in reader.read(body, url=URL).entries] == [title]


@pytest.mark.parametrize("charset", ["idna", "punycode", "zip", "no-such-charset", "undefined", "utf-7"])
@pytest.mark.parametrize("title", [TEXT, "Grain-deal"])
def test_parse_03_a_charset_that_is_none_of_documents_is_not_taken(charset, title):
    body = f'<?xml version="1.0" encoding="{charset}"?>{NEWS.format(title)}'.encode()

    assert [entry.title for entry in sitemap.read(body, url=URL).entries] == [title]


@pytest.mark.parametrize(
    ("reader", "head", "item", "tail"),
    [
        (feed, "<rss version='2.0'><channel>", "<item><title>{0}</title><link>https://e.org/{0}</link></item>", "</channel></rss>"),
        (packet, "<newsMessage>", "<newsItem guid='{0}'><contentMeta><headline>{0}</headline></contentMeta></newsItem>", "</newsMessage>"),
        (packet, '{{"items": [', '{{"uri": "{0}", "headline": "{0}"}},', "{{}}]}}"),
    ],
    ids=["rss", "newsml", "ninjs"],
)
def test_parse_07_of_100_000_items_a_bounded_number_is_read(reader, head, item, tail):
    body = (head.format() + "".join(item.format(n) for n in range(100_000)) + tail.format()).encode()
    began = time.process_time()
    entries = reader.read(body, url=URL).entries

    assert len(entries) == MOST_ENTRIES
    assert time.process_time() - began < 10


def test_parse_07_of_a_sitemap_of_50_000_stories_the_newest_are_read():
    urls = "".join(f"<url><loc>https://e.org/{n}</loc><lastmod>2023-07-27T00:{n // 1000:02}:00Z</lastmod></url>" for n in range(50_000))
    began = time.process_time()
    entries = sitemap.read(f"<urlset>{urls}</urlset>".encode(), url=URL).entries

    assert [entry.url for entry in entries] == [f"https://e.org/{n}" for n in range(50_000 - MOST_ENTRIES, 50_000)]
    assert time.process_time() - began < 10


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize(
    "head", [b'<?xml version="1.0" encoding="punycode"?><urlset>-', b'<meta charset="punycode"><article><a href="/1">-']
)
def test_a_charset_that_takes_hours_to_decode_is_not_taken(name, head):
    began = time.process_time()
    with contextlib.suppress(OWN):
        READERS[name](head + b"b" * 400_000, url=URL)
    took = time.process_time() - began

    assert took < 2


def mutated(master, seed):
    """The master with a few bytes and slices lost, doubled, swapped or changed."""
    chance, body = random.Random(seed), bytearray(master)
    for _ in range(chance.randint(1, 6)):
        at, end = sorted(chance.randrange(len(body) + 1) for _ in range(2))
        match chance.randrange(4):
            case 0:
                del body[at:end]
            case 1:
                body[at:at] = body[at:end] * chance.randint(1, 30)
            case 2:
                body[at:end] = chance.randbytes(min(end - at, 8))
            case 3:
                body[at:at] = chance.choice(
                    [b"<", b"]]>", b"<![CDATA[", b"&#0;", b"&x;", b"\xff", b"null", b"{", b"[", b'"', b"<!DOCTYPE x [", b"\x00"]
                )
        body = body[:20_000] or bytearray(b" ")
    return bytes(body)


DOCUMENTS = st.binary(max_size=300) | st.builds(mutated, st.sampled_from(MASTERS), st.integers(0, 2**32))


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=150)
@given(DOCUMENTS)
@example(b"<" * 50_000)
@example(b"<urlset>" + b"<a>" * 20_000)
@example(b"<nitf><body><body.content>" + b"<p>" * 20_000)
@example(b"<newsItem>" * 20_000)
@example(b"<nitf><news:>x</news:><a:b:c/><news:/></nitf>")
@example(b'{"items":' * 20_000)
@example(b'[{"uri":"1","headline":"x","bodies":' + b"[" * 500 + b"]" * 500 + b"}]")
@example(b"<!--" * 20_000)
@example(b"<!DOCTYPE " * 20_000)
@example(b"\x1f\x8b\x08\x00" + b"\x00" * 100)
def test_whatever_the_bytes_a_reader_raises_its_own_error_only(name, body):
    try:
        READERS[name](body, url=URL)
    except OWN as exc:
        assert type(exc).__module__ == f"spiders.{name}"


def test_real_documents_that_are_damaged_raise_their_own_error_only():
    samples = Path(__file__).parents[3] / "shared/data/feeds"
    if not samples.exists():
        pytest.skip("no ../shared/data/feeds beside this checkout")
    documents = [path.read_bytes()[:60_000] for path in sorted(samples.iterdir()) if path.suffix != ".jsonl"]

    for seed, document in enumerate(documents):
        for read in READERS.values():
            began = time.process_time()
            with contextlib.suppress(OWN):
                read(mutated(document, seed), url=URL)
            assert time.process_time() - began < 2
