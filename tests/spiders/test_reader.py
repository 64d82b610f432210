import base64
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_files import source_of

from spiders import ladder, reader
from spiders.entry import Entry
from spiders.extract import extract
from spiders.reader import ReaderFailed
from spiders.rung import Rung
from spiders.story import SpiderError
from spiders.wires import UnknownWire, kcna_kp, rodong

URL = "http://www.kcna.kp/en/article/q/04dcac6deb9f11a3e3d36f56f8d63da9.kcmsf"
PYONGYANG = ZoneInfo("Asia/Pyongyang")
OLD_KCNA = b"""<html><body><div class="article-content-title"><div class="article-main-title"><strong>Ministers <nobr><span class='fSpecCs'>
  Bado Seri</span></nobr> Meet</strong></div></div><div class="article-content-body"><div class="content-wrapper">
  <p>Pyongyang, March 9 (KCNA) -- They had not met for a year.</p><p>They will meet again. -0-</p>
  <span class='publish-time'>www.kcna.kp (Juche113.3.9.)</span></div></div></body></html>"""


def a_rodong_link(said, title="A title"):
    return b'<a href="index.php?%s">%s</a>' % (base64.b64encode(said.encode()), title.encode())


def test_only_the_code_of_a_bundled_wire_is_loaded():
    for name in ("os", "subprocess", "spiders.wires.rodong", "../rodong", "kcna_kp", "__init__"):
        with pytest.raises(UnknownWire):
            reader.entries(name, b"", url=URL)
    with pytest.raises(ReaderFailed, match="not read by the code of tass-en: it has none"):
        reader.entries("tass-en", b"", url=URL)


def test_code_that_only_reads_lists_leaves_pages_to_the_selectors():
    assert reader.story("rodong", b"<p>x</p>", url=URL) is None


def test_a_feed_is_a_standard_and_read_by_no_wires_code():
    body = b"<rss version='2.0'><channel><item><title>One</title><link>http://www.kcna.kp/1</link></item></channel></rss>"

    (entry,) = ladder.read(Rung(kind="feed", url=URL), body, url=URL, reader="kcna-kp").entries

    assert entry.title == "One"


@pytest.mark.parametrize("body", [b"", b"<html><title>Blocked</title><a href='/x'>x</a></html>", b"\x00\xff", b"<" * 5000])
@pytest.mark.parametrize("name", ["rodong", "kcna-kp"])
def test_a_list_without_stories_is_an_error_that_says_what_came_instead(name, body):
    with pytest.raises(ReaderFailed, match=f"not read by the code of {name}: no story listed on "):
        ladder.read(Rung(kind="listing", url=URL), body, url=URL, reader=name)


def test_a_page_of_the_old_layout_gives_its_juche_day_and_loses_its_end_mark():
    story = extract(OLD_KCNA, url=URL, source=source_of("kcna-kp"))

    assert (story.headline, story.paragraphs) == (
        "Ministers Bado Seri Meet",
        ("Pyongyang, March 9 (KCNA) -- They had not met for a year.", "They will meet again."),
    )
    assert (story.published_at, story.published_precision) == (datetime(2024, 3, 9, tzinfo=PYONGYANG), "day")
    assert (story.canonical_url, story.agency, story.language) == (URL, "KCNA", "en")


def test_a_page_given_as_text_is_read_as_one_given_as_bytes():
    page = '<meta charset="euc-kr"><main><article><h1>A title</h1><p>조선 “one”</p></article></main>'

    assert extract(page, url=URL, source=source_of("kcna-kp")).paragraphs == ("조선 “one”",)


def test_a_mistake_in_a_wires_code_is_an_error_of_ours():
    with pytest.raises(ReaderFailed, match="not read by the code of rodong: TypeError: "):
        reader.entries("rodong", 7, url=URL)


def test_a_page_without_a_story_is_refused_by_name():
    with pytest.raises(ReaderFailed, match="not read by the code of kcna-kp: a page without headline or body"):
        extract(b"<html><body><p>Web Page Blocked</p></body></html>", url=URL, source=source_of("kcna-kp"))


@pytest.mark.parametrize(
    ("printed", "day"),
    [
        ("[2026.07.19]", datetime(2026, 7, 19, tzinfo=PYONGYANG)),
        ("www.kcna.kp (Juche 115.12.1.)", datetime(2026, 12, 1, tzinfo=PYONGYANG)),
        ("[2026.02.31]", None),
        ("19 July", None),
    ],
)
def test_the_day_beside_a_link_is_read_in_both_calendars(printed, day):
    link = f'<div><a href="/en/article/detail/{"a" * 32}">A title</a><span class="publish-time">{printed}</span></div>'

    (entry,) = kcna_kp.entries(link.encode())

    assert entry == Entry(url=f"http://www.kcna.kp/en/article/detail/{'a' * 32}", guid="a" * 32, title="A title", published_at=day)


def test_a_day_belongs_to_its_own_story_whatever_the_rows_are_made_of():
    row = '<{0}><a href="/en/article/detail/{1}">{2}</a>{3}</{0}>'
    day = '<span class="publish-time">[2026.07.19]</span>'
    rows = row.format("dd", "a" * 32, "First", day) + row.format("dd", "b" * 32, "Second", "")

    days = [entry.published_at for entry in kcna_kp.entries(f"<dl>{rows}</dl>".encode())]

    assert days == [datetime(2026, 7, 19, tzinfo=PYONGYANG), None]


def test_one_story_under_many_addresses_is_one_entry_with_the_longest_title():
    links = a_rodong_link("12@2026-02-19-003@1@1@@0@8", "Short") + a_rodong_link("12@2026-02-19-003@15@2@@0@1", "A longer title")

    (entry,) = rodong.entries(links)

    assert (entry.guid, entry.title) == ("2026-02-19-003", "A longer title")
    assert entry.published_at == datetime(2026, 2, 19, tzinfo=PYONGYANG)


@pytest.mark.parametrize("said", ["1@@1@1@ and no story", "12@2026-02-31-003@1@1@@0@8", "12@2026-02-19@1@1@@0@8 short"])
def test_other_pages_of_the_paper_are_no_stories(said):
    assert list(rodong.entries(a_rodong_link(said))) == []


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_end_in_a_story_or_an_error_of_ours(body):
    for name in ("rodong", "kcna-kp"):
        for read in (reader.entries, reader.story):
            try:
                read(name, body, url=URL)
            except SpiderError:
                continue
