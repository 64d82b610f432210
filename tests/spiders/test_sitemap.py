import gzip
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from spiders import sitemap
from spiders.entry import MOST_ENTRIES
from spiders.feed import Entry
from spiders.sitemap import Child, NotASitemap, Sitemap

URL = "https://wire.example.org/sitemap.xml"
SAMPLES = Path(__file__).parents[3] / "shared/data/feeds"


def urlset(urls, head=""):
    return f"""<?xml version="1.0" encoding="UTF-8"?>{head}<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
      xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"
      xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">{urls}</urlset>""".encode()


def test_a_news_sitemap_gives_titles_and_publication_dates():
    body = urlset(
        """<url><loc> https://wire.example.org/1?utm_source=map </loc><lastmod>2023-07-28T00:00:00Z</lastmod>
          <image:image><image:loc>https://wire.example.org/1.jpg</image:loc><image:title>A picture</image:title></image:image>
          <news:news><news:publication><news:name>A wire</news:name></news:publication>
          <news:publication_date>2023-07-27T07:40:00+03:00</news:publication_date><news:title> Grain &amp;
          steel </news:title></news:news></url>"""
    )

    assert sitemap.read(body, url=URL) == Sitemap(
        entries=(
            Entry(
                url="https://wire.example.org/1",
                guid="https://wire.example.org/1",
                title="Grain & steel",
                published_at=datetime(2023, 7, 27, 7, 40, tzinfo=timezone(timedelta(hours=3))),
            ),
        )
    )


def test_a_plain_sitemap_gives_addresses_and_their_last_change():
    body = urlset(
        "<url><loc>/a</loc><lastmod>2023-07-27</lastmod></url><url><loc>javascript:x</loc></url><url><lastmod>2023</lastmod></url><x/>"
    )
    seoul = ZoneInfo("Asia/Seoul")

    assert sitemap.read(body, url=URL, timezone=seoul).entries == (
        Entry(url="https://wire.example.org/a", guid="https://wire.example.org/a", published_at=datetime(2023, 7, 27, tzinfo=seoul)),
    )


def test_an_index_gives_the_sitemaps_to_read_next_and_no_entries():
    body = b"""<sitemapindex><sitemap><loc>/news.xml.gz</loc><lastmod>2023-07-27T04:00:00Z</lastmod></sitemap>
      <sitemap><loc>file:///etc/passwd</loc></sitemap><sitemap><loc>https://other.example.org/2.xml</loc></sitemap></sitemapindex>"""

    assert sitemap.read(body, url=URL) == Sitemap(
        entries=(),
        sitemaps=(
            Child(url="https://wire.example.org/news.xml.gz", modified_at=datetime(2023, 7, 27, 4, tzinfo=UTC)),
            Child(url="https://other.example.org/2.xml"),
        ),
    )


def test_an_empty_sitemap_is_a_sitemap():
    assert sitemap.read(urlset(""), url=URL) == Sitemap(entries=())


def test_prefixes_that_nobody_declared_are_read():
    body = b"<urlset><url><loc>/1</loc><news:news><news:title>One</news:title></news:news></url></urlset>"

    assert [entry.title for entry in sitemap.read(body, url=URL).entries] == ["One"]


def test_a_gzip_file_is_unpacked_even_when_it_is_cut_off():
    urls = [f"https://wire.example.org/{n * 7919 % 10007}" for n in range(2000)]
    packed = gzip.compress(urlset("".join(f"<url><loc>{url}</loc></url>" for url in urls)))

    assert [entry.url for entry in sitemap.read(packed, url=URL).entries] == urls
    cut = [entry.url for entry in sitemap.read(packed[: len(packed) // 2], url=URL).entries]
    assert 100 < len(cut) < 2000
    assert cut[:-1] == urls[: len(cut) - 1]


def test_a_gzip_bomb_is_refused_before_it_unfolds():
    bomb = gzip.compress(b"<urlset>" + b" " * (sitemap.MOST_BYTES + 1))

    with pytest.raises(NotASitemap, match="more than 50 MiB, unpacked"):
        sitemap.read(bomb, url=URL)


def test_of_a_huge_sitemap_the_newest_are_read_in_its_own_order():
    count = MOST_ENTRIES + 500
    dates = [datetime(2023, 1, 1, tzinfo=UTC) + timedelta(hours=n * 7919 % count) for n in range(count)]
    body = urlset("".join(f"<url><loc>/{n}</loc><lastmod>{at.isoformat()}</lastmod></url>" for n, at in enumerate(dates)))

    kept = sorted(sorted(range(count), key=lambda n: dates[n])[-MOST_ENTRIES:])
    assert [entry.url for entry in sitemap.read(body, url=URL).entries] == [f"https://wire.example.org/{n}" for n in kept]


def test_of_a_huge_sitemap_without_dates_the_first_and_the_last_are_read():
    count, half = MOST_ENTRIES + 3, MOST_ENTRIES // 2
    body = urlset("".join(f"<url><loc>/{n}</loc></url>" for n in range(count)))

    kept = [*range(half), *range(count - half, count)]
    assert [entry.url for entry in sitemap.read(body, url=URL).entries] == [f"https://wire.example.org/{n}" for n in kept]


@pytest.mark.parametrize(
    ("body", "looks_like"),
    [
        (b"", "an empty answer (XML that cannot be read (no element found (line 0)))"),
        (b"<html><head><title>Blocked</title></head></html>", "an HTML page titled 'Blocked'"),
        (b"<rss><channel><item><url>https://e.org/1</url></item></channel></rss>", "a feed"),
        (b"<x><urls/></x>", "XML whose root is <x>"),
        (b"\x1f\x8bjunk", "gzip data that cannot be unpacked (Error -3 while decompressing data: unknown compression method)"),
        (b"<urlset><url>" + b"<x/>" * 500_001, "a sitemap (XML of more than 500000 elements)"),
    ],
)
def test_what_is_no_sitemap_is_refused_by_what_it_looks_like(body, looks_like):
    with pytest.raises(NotASitemap) as caught:
        sitemap.read(body, url=URL)

    assert str(caught.value) == f"{URL}: expected a sitemap or an index of sitemaps, got {looks_like}"


def test_real_sitemaps_give_what_they_hold():
    if not SAMPLES.exists():
        pytest.skip("no ../shared/data/feeds beside this checkout")
    rows = [json.loads(line) for line in (SAMPLES / "index.jsonl").read_text(encoding="utf-8").splitlines()]
    held = {row["file"]: row["expect"] for row in rows if "sitemap" in row["kind"]}
    read = {name: sitemap.read((SAMPLES / name).read_bytes(), url=URL) for name in held}

    assert read
    assert {name: len(found.entries) for name, found in read.items()} == {name: expect["url"] for name, expect in held.items()}
    assert {name: len(found.sitemaps) for name, found in read.items()} == {name: expect["sitemap"] for name, expect in held.items()}
