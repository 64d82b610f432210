import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from spiders import feed
from spiders.body import of_fragment
from spiders.entry import made
from spiders.feed import Entry, Feed, NotAFeed

URL = "https://wire.example.org/feeds/all.xml"
SAMPLES = Path(__file__).parents[3] / "shared/data/feeds"


def rss(items, head=""):
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>A wire</title>{head}{items}</channel></rss>'.encode()


def test_an_rss_feed_gives_its_entries_in_its_own_order():
    body = rss(
        """
        <item><title>Grain &lt;b&gt;deal&lt;/b&gt; signed &amp;amp; sealed</title><link>/story/1?utm_source=rss</link><guid>g-1</guid>
          <pubDate>Thu, 27 Jul 2023 07:40:00 +0300</pubDate><description>&lt;p&gt;The ports open.&lt;/p&gt;</description></item>
        <item><title>Second</title><link>https://other.example.org/2</link></item>
        """
    )

    assert feed.read(body, url=URL) == Feed(
        title="A wire",
        charset="utf-8",
        entries=(
            Entry(
                url="https://wire.example.org/story/1",
                guid="g-1",
                title="Grain deal signed & sealed",
                summary="The ports open.",
                published_at=datetime(2023, 7, 27, 7, 40, tzinfo=timezone(timedelta(hours=3))),
            ),
            Entry(url="https://other.example.org/2", guid="https://other.example.org/2", title="Second"),
        ),
    )


def test_an_atom_feed_gives_its_content_as_the_body():
    body = b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://base.example.org/x/"><title>A wire</title>
      <entry><title>One</title><id>urn:1</id><link href="1.html"/><updated>2023-07-27T04:40:00Z</updated>
      <content type="html">&lt;p&gt;SEOUL, July 27 (Yonhap) -- One.&lt;/p&gt;</content></entry></feed>"""

    assert feed.read(body, url=URL).entries == (
        Entry(
            url="https://base.example.org/x/1.html",
            guid="urn:1",
            title="One",
            published_at=datetime(2023, 7, 27, 4, 40, tzinfo=UTC),
            body="<p>SEOUL, July 27 (Yonhap) -- One.</p>",
        ),
    )


def test_an_rdf_feed_is_read():
    body = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
      xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>A wire</title></channel>
      <item rdf:about="https://wire.example.org/1"><title>One</title><link>https://wire.example.org/1</link><dc:date>2023-07-27</dc:date></item></rdf:RDF>"""

    assert feed.read(body, url=URL).entries == (
        Entry(
            url="https://wire.example.org/1", guid="https://wire.example.org/1", title="One", published_at=datetime(2023, 7, 27, tzinfo=UTC)
        ),
    )


def test_a_json_feed_is_read():
    body = json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "A wire",
            "items": [
                {"id": 7, "url": "/7", "title": "Seven", "content_html": "<p>Body</p>", "date_published": "2023-07-27T07:40:00Z"},
                "no entry",
            ],
        }
    ).encode()

    assert feed.read(body, url=URL) == Feed(
        title="A wire",
        charset="utf-8",
        entries=(
            Entry(
                url="https://wire.example.org/7",
                guid="7",
                title="Seven",
                published_at=datetime(2023, 7, 27, 7, 40, tzinfo=UTC),
                body="<p>Body</p>",
            ),
        ),
    )


def test_a_date_without_a_zone_is_taken_in_the_zone_of_the_source():
    body = rss("<item><title>A</title><pubDate>Thu, 27 Jul 2023 07:40:00</pubDate></item>")
    seoul = ZoneInfo("Asia/Seoul")

    assert feed.read(body, url=URL, timezone=seoul).entries[0].published_at == datetime(2023, 7, 27, 7, 40, tzinfo=seoul)


@pytest.mark.parametrize("link", ["javascript:alert(1)", "file:///etc/passwd", "ftp://example.org/x", "http://", "http://[::1"])
def test_a_link_that_is_no_web_address_is_no_link(link):
    assert feed.read(rss(f"<item><title>A</title><link>{link}</link></item>"), url=URL).entries[0].url == ""


def test_a_title_is_one_line_without_markup_and_controls():
    title = "A &lt;script&gt;x()&lt;/script&gt;title\r\nBcc: b\x7f@example.org =?utf-8?q?=0D=0A?="

    assert (
        feed.read(rss(f"<item><title>{title}</title></item>"), url=URL).entries[0].title == "A title Bcc: b@example.org =?utf-8?q?=0D=0A?="
    )


def test_entries_without_a_name_of_their_own_stay_apart():
    entries = feed.read(rss("<item><title>A</title></item><item><title>B</title></item>"), url=URL).entries

    assert len({entry.guid for entry in entries}) == 2


def test_a_feed_that_is_cut_off_gives_the_entries_before_the_cut():
    body = rss(
        "<item><title>A</title><link>https://e.org/a</link></item><item><title>B</title><link>https://e.org/b-long-slug</link></item>"
    )
    cut = body[: body.index(b"-long-slug")]

    assert [entry.url for entry in feed.read(cut, url=URL).entries] == ["https://e.org/a", ""]


def test_a_feed_in_another_charset_than_utf_8_is_read():
    body = '<?xml version="1.0" encoding="koi8-r"?><rss version="2.0"><channel><item><title>Новость</title></item></channel></rss>'

    assert feed.read(body.encode("koi8-r"), url=URL).entries[0].title == "Новость"


@pytest.mark.parametrize(
    ("body", "looks_like"),
    [
        (b"", "an empty answer"),
        (b"<!doctype html><html><head><title>Not &amp; here</title>", "an HTML page titled 'Not & here'"),
        (b"<urlset><url><loc>https://e.org/1</loc></url></urlset>", "a sitemap"),
        (b'{"error": "blocked"}', "a JSON object with error"),
        (b"\x1f\x8b\x08junk", "bytes that start with b'\\x1f\\x8b\\x08junk'"),
    ],
)
def test_what_is_no_feed_is_refused_by_what_it_looks_like(body, looks_like):
    with pytest.raises(NotAFeed) as caught:
        feed.read(body, url=URL)

    assert str(caught.value) == f"{URL}: expected an RSS, Atom, RDF or JSON feed, got {looks_like}"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_an_external_entity_is_never_opened(encoding, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("swordfish")
    body = f"""<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE r [<!ENTITY x SYSTEM "{secret.as_uri()}">]>
      <rss version="2.0"><channel><item><title>a&x;b</title></item></channel></rss>"""

    assert "swordfish" not in repr(feed.read(body.encode(encoding), url=URL))


def test_a_feed_whose_entities_would_grow_is_refused_with_the_reason():
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha" * 10}">' for n in range(12))
    body = f'<!DOCTYPE r [{entities}]><rss version="2.0"><channel><item><title>&a11;</title></item></channel></rss>'

    with pytest.raises(feed.NotAFeed, match="declares entities which grow"):
        feed.read(body.encode(), url=URL)


def test_of_a_huge_feed_the_first_and_the_last_entries_are_read():
    count = feed.MOST_ENTRIES + 3
    titles = [e.title for e in feed.read(rss("".join(f"<item><title>{n}</title></item>" for n in range(count))), url=URL).entries]

    half = feed.MOST_ENTRIES // 2
    assert titles == [str(n) for n in [*range(half), *range(count - half, count)]]


@given(st.binary() | st.text().map(str.encode) | st.text(alphabet="<>/&;![]rsitemnk=\"' ").map(lambda s: rss(s)))
@example(b"{" * 100_000)
@example(b"<rss version='2.0'>" + b"<a>" * 5000)
def test_whatever_the_bytes_only_its_own_error_is_raised(body):
    try:
        found = feed.read(body, url=URL)
    except NotAFeed:
        return

    assert isinstance(found, Feed)


def test_real_feeds_give_every_entry_they_hold():
    if not SAMPLES.exists():
        pytest.skip("no ../shared/data/feeds beside this checkout")
    counts = {}
    for row in map(json.loads, (SAMPLES / "index.jsonl").read_text(encoding="utf-8").splitlines()):
        if (row.get("feedparser") or {}).get("version"):
            entries = feed.read((SAMPLES / row["file"]).read_bytes(), url=URL).entries
            counts[row["file"]] = (len(entries), row["feedparser"]["entries"])

    assert counts
    assert [name for name, (got, held) in counts.items() if got != held] == []


@pytest.mark.parametrize("date", ["0000-00-00 00:00:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"])
def test_a_date_that_no_calendar_or_no_zone_can_show_is_none_and_costs_no_other_entry(date: str) -> None:
    items = f"<item><title>One</title><guid>1</guid><pubDate>{date}</pubDate></item><item><title>Two</title><guid>2</guid></item>"

    listed = feed.read(f"<rss version='2.0'><channel>{items}</channel></rss>".encode(), url="https://wire.example.org/rss.xml")

    assert [(entry.title, entry.published_at) for entry in listed.entries] == [("One", None), ("Two", None)]


def test_a_date_far_from_utc_comes_as_utc() -> None:
    item = "<item><title>One</title><pubDate>2026-11-23T10:00:00+18:00</pubDate></item>"

    (entry,) = feed.read(f"<rss version='2.0'><channel>{item}</channel></rss>".encode(), url="https://wire.example.org/rss.xml").entries

    assert entry.published_at is None or entry.published_at.utcoffset() == timedelta(0)


def test_an_entry_of_any_length_is_cut_to_what_a_store_and_a_mail_can_carry() -> None:
    item = f"<item><title>{'t' * 9000}</title><guid>{'g' * 9000}</guid><link>https://wire.example.org/{'u' * 9000}</link></item>"

    (entry,) = feed.read(f"<rss version='2.0'><channel>{item}</channel></rss>".encode(), url="https://wire.example.org/rss.xml").entries

    assert (len(entry.title), len(entry.guid), entry.url) == (500, 32, "")


def test_a_long_body_is_handed_on_as_plain_text_and_says_the_same():
    body = (
        "<div class='x'><p>One &amp;amp; two</p><p>a &lt;b&gt; c</p><figure>Picture</figure>three<br><br>four</div>" + "<p>" + "x" * 40_000
    )

    entry = made(base=URL, body=body)

    assert "<" not in entry.body
    assert of_fragment(entry.body) == of_fragment(body) == ("One &amp; two", "a <b> c", "three", "four", "x" * 40_000)


def test_whoever_stores_a_story_of_endless_markup_is_not_held_up():
    body = f"<p {' '.join(f'a{number}' for number in range(30_000))}>Text"
    entry = made(base=URL, body=body)

    began = process_time()
    paragraphs = of_fragment(entry.body)

    assert process_time() - began < 0.2
    assert paragraphs == ("Text",)
