"""Lists of sources from elsewhere, and the ids that they get."""

from pathlib import Path

import pytest

from monitor import slug, sourcelist
from monitor.faults import ConfigError
from spiders.opml import NotOpml


def written(folder: Path, name: str, text: str | bytes) -> Path:
    file = folder / name
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def test_a_csv_file_becomes_tables_with_ids_of_their_own(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        "feeds.csv",
        "\ufeffFeed,name,timezone,every\r\nhttps://a.example/rss,Hafen & Fluß,Europe/Berlin,10m\r\n"
        "\r\nhttps://www.b.example/rss,한강통신,,\r\nhttps://a.example/2,Hafen & Fluß,,\r\nhttps://a.example/rss,again,,\r\n",
    )

    assert sourcelist.read(file, ids={"b-example"}) == [
        {"id": "hafen-flu", "feed": "https://a.example/rss", "name": "Hafen & Fluß", "timezone": "Europe/Berlin", "every": "10m"},
        {"id": "b-example-2", "feed": "https://www.b.example/rss", "name": "한강통신"},
        {"id": "hafen-flu-2", "feed": "https://a.example/2", "name": "Hafen & Fluß"},
    ]


def test_each_bad_row_is_named_by_its_line_and_all_at_once(tmp_path: Path) -> None:
    rows = [
        "id,feed,every",
        "a,ftp://a.example,5m",
        "b,https://b.example/rss,soon",
        "c,https://c.example/rss,5m,x",
        "Taken,,",
        "d,https://d.example/,5m",
    ]
    file = written(tmp_path, "feeds.csv", "\n".join(rows))

    with pytest.raises(ConfigError) as caught:
        sourcelist.read(file, ids={"d"})

    assert [str(fault)[:46] for fault in caught.value.faults] == [
        'feeds.csv: line 2: feed is "ftp://a.example"; ',
        'feeds.csv: line 3: every is "soon"; use a numb',
        "feeds.csv: line 4: has more cells than the fir",
        'feeds.csv: line 5: id is "Taken"; use small le',
        "feeds.csv: line 5: says nowhere to ask; use on",
        'feeds.csv: line 6: id "d" is taken; write anot',
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "feeds.csv: lists no feed; write <outline xmlUrl="),
        (b"feed\n", "feeds.csv: lists no feed; write "),
        (b"feed\nhttps://a.example/\xff", "feeds.csv: line 2: is not UTF-8"),
        (b'feed\nhttps://a.example/rss\n"https://b.example/', "feeds.csv: line 2: is no CSV"),
        (b"adress\nhttps://a.example/rss\n", "feeds.csv: line 2: adress is not a key here"),
        (b"x" * (2 << 20), "feeds.csv: is larger than 1 MiB"),
    ],
    ids=["empty", "header", "charset", "quote", "column", "large"],
)
def test_a_file_that_is_no_list_is_refused(tmp_path: Path, text: bytes, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        sourcelist.read(written(tmp_path, "feeds.csv", text))

    assert str(caught.value).startswith(said)


def test_a_bad_feed_of_an_opml_file_is_named_by_its_line(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        "feeds.opml",
        "<opml><body>\n<outline xmlUrl='https://a.example/rss'/>\n<outline text='x' xmlUrl='javascript:1'/></body></opml>",
    )

    with pytest.raises(ConfigError, match=r'^feeds.opml: line 3: feed is "javascript:1"; use an http or https address'):
        sourcelist.read(file)


def test_an_opml_bomb_is_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE opml [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><opml><body><outline xmlUrl="https://a.example/&b;"/></body></opml>'

    with pytest.raises(NotOpml, match="entities of its own"):
        sourcelist.read(written(tmp_path, "feeds.opml", bomb))


def test_feeds_that_are_there_already_are_left_out(tmp_path: Path) -> None:
    file = written(tmp_path, "feeds.opml", "<opml><body><outline text='A' xmlUrl='https://a.example/rss'/></body></opml>")

    assert sourcelist.read(file, feeds={"https://a.example/rss"}) == []


@pytest.mark.parametrize(
    ("text", "made"), [("Yonhap – Nordkorea!", "yonhap-nordkorea"), ("연합뉴스", ""), ("  ", ""), ("É" * 99, "e" * 40), ("../../x", "x")]
)
def test_a_slug_is_small_letters_digits_and_hyphens(text: str, made: str) -> None:
    assert slug.of_text(text) == made
