"""The [[source]] tables."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.sourcebook import WAYS, off
from spiders import wires
from spiders.jsonlist import Paths
from spiders.listing import Layout
from spiders.rung import Rung
from spiders.source import Source
from tests.monitor.configured import CONTACT, SECRET, a_source, faults, read


@pytest.mark.parametrize(
    ("key", "value", "instead"),
    [
        ("id", '"AP"', 'is "AP"; use small letters, digits and hyphens, such as "city-desk"'),
        ("feed", '"http://["', 'is "http://["; use an http or https address, such as "https://news.example.org/rss.xml"'),
        ("feed", '"http://a.example.org/a b"', 'is "http://a.example.org/a b"; write a space in an address as %20'),
        ("feed", '"http://a.example.org/\\u000d\\u000ab"', 'is "http://a.example.org/\\r\\nb"; use one line, without control characters'),
        ("feed", f'"http://u:{SECRET}@a.example.org"', "leave out user and password; wires behind a login are not built yet"),
        ("feed", f'"htp://u:{SECRET}@a.example.org"', 'use an http or https address, such as "https://news.example.org/rss.xml"'),
        ("name", '" "', 'is " "; write something, or leave the key out'),
        ("name", "[1]", "is a list; use text in quotes"),
        ("every", '"0s"', 'is "0s"; use a number and s, m, h or d, from "1s" to "31d", such as "5m"'),
        ("every", '"999999d"', 'is "999999d"; use a number and s, m, h or d, from "1s" to "31d", such as "5m"'),
        ("every", "300", 'is 300; use a number and s, m, h or d, from "1s" to "31d", such as "5m"'),
        ("timezone", '"/etc/passwd"', 'is "/etc/passwd"; use a name such as "Europe/Berlin"'),
        ("language", '"Korean"', 'is "Korean"; use a language tag, such as "en" or "zh-hant"'),
        ("country", '"KOR"', 'is "KOR"; use two letters, such as "KP"'),
        ("licence", '"ful"', 'is "ful"; use link or full; did you mean full?'),
        ("snippet", "true", "is true; use a whole number from 0 to 1000000"),
        ("snippet", "-1", "is -1; use a whole number from 0 to 1000000"),
        ("snippet", "0x" + "f" * 99_999, "is a huge number; use a whole number from 0 to 1000000"),
        ("selectors", '"h1"', 'is "h1"; use a table, [source.selectors]'),
        ("sitemap", "1", "is 1; use text in quotes"),
        ("listing", "[1]", 'is a list; use an address, such as "https://news.example.org/latest", or a table'),
        ("listing", '"/latest"', 'is "/latest"; use an http or https address, such as "https://news.example.org/rss.xml"'),
        ("json", '"https://ap.example.org/api"', 'is "https://ap.example.org/api"; use a table, [source.json]'),
        ("folder", '"wirewatch.toml"', 'is "wirewatch.toml", which is a file; name the folder that packets are dropped into'),
        ("order", '"rank"', 'is "rank"; use newest or ranked; did you mean ranked?'),
        ("level", '"dead"', 'is "dead"; use full or headline'),
        ("quiet", '"2 hours"', 'is "2 hours"; use a number and s, m, h or d, from "1s" to "31d", such as "5m"'),
        ("headers", '"X-Key: a"', 'is "X-Key: a"; use a table, [source.headers]'),
        ("legacy_tls", '"true"', 'is "true"; use true or false, without quotes'),
        ("enabled", "1", "is 1; use true or false, without quotes"),
        (
            "story_url",
            "'(a+)+'",
            "is \"(a+)+\"; use a regular expression, such as '/news/\\d+$', in which no repeat can take what another one takes: "
            "[^/]+ in place of .* (two of its repeats can take the same characters)",
        ),
    ],
)
def test_a_value_of_a_source_is_refused_by_what_to_write_instead(tmp_path: Path, key: str, value: str, instead: str) -> None:
    name = '"AP"' if value == '"AP"' else '"ap"'

    assert faults(tmp_path, a_source(**{key: value})) == [f"wirewatch.toml: source {name}: {key} {instead}"]


def test_a_folder_of_time_zones_is_none(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, a_source(timezone='"Europe"'))

    assert fault.startswith('wirewatch.toml: source "ap": timezone is "Europe"; use a name such as "Europe/Berlin"')


def test_a_selector_that_does_not_compile_is_refused(tmp_path: Path) -> None:
    text = a_source() + '[source.selectors]\nbody = "div >"\nheadline = "h1::text"\nlede = "p"\n'

    assert faults(tmp_path, text) == [
        'wirewatch.toml: source "ap" selectors: lede is not a key here; did you mean lead?',
        'wirewatch.toml: source "ap" selectors: headline is "h1::text"; '
        'use a CSS selector, such as "article h1" (Pseudo-elements are not supported.)',
        'wirewatch.toml: source "ap" selectors: body is "div >"; '
        'use a CSS selector, such as "article h1" (Expected selector, got <EOF at 5>)',
    ]


# ---- the ways to ask ----


def test_a_source_may_be_asked_in_five_ways(tmp_path: Path) -> None:
    text = r"""
        [fetch]
        contact = "desk@example.org"
        [[source]]
        id = "ap"
        feed = "https://ap.example.org/rss"
        sitemap = "https://ap.example.org/map.xml"
        listing = "https://ap.example.org/latest"
        folder = "packets"
        order = "ranked"
        story_url = '/news/\d+$'
        level = "headline"
        quiet = "6h"
        legacy_tls = true
        [source.json]
        url = "https://ap.example.org/api"
        method = "POST"
        body = { section = "мир", limit = 2 }
        pages = 9
        [source.json.paths]
        items = "data.items"
        url = "join('', ['/news/', to_string(id)])"
        next = "data.next"
        """

    (source,) = read(tmp_path, text).sources

    address = re.compile(r"/news/\d+$")
    paths = Paths(items="data.items", url="join('', ['/news/', to_string(id)])", next="data.next")
    assert source == Source(
        id="ap",
        feed="https://ap.example.org/rss",
        sitemap="https://ap.example.org/map.xml",
        listing=Rung(kind="listing", url="https://ap.example.org/latest", layout=Layout(address=address)),
        json=Rung(
            kind="json", url="https://ap.example.org/api", method="POST", body='{"section": "мир", "limit": 2}', paths=paths, pages=9
        ),
        folder=tmp_path / "packets",
        order="ranked",
        story_url=address,
        level="headline",
        quiet=timedelta(hours=6),
        legacy_tls=True,
    )
    assert [way.kind for way in source.rungs] == ["feed", "sitemap", "listing", "json", "folder"]


def test_a_listing_says_by_selectors_where_it_has_what(tmp_path: Path) -> None:
    text = """
        [source.listing]
        url = "https://ap.example.org/latest"
        stories = "article"
        address = "/n/[0-9]+"
        title = "h2"
        summary = ".deck"
        published = "time"
        next = "a.older"
        pages = 1
        """

    (source,) = read(tmp_path, a_source(feed="", story_url='"/news/"') + text).sources

    layout = Layout(stories="article", address=re.compile("/n/[0-9]+"), title="h2", summary=".deck", published="time", next="a.older")
    assert source.listing == Rung(kind="listing", url="https://ap.example.org/latest", layout=layout, pages=1)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("[source.listing]", ['listing: url is missing; write url = "https://news.example.org/latest"']),
        (
            '[source.listing]\nurl = "a"\nstories = "div >"\nbody = "p"\npages = 0',
            [
                "listing: body is not a key here",
                'listing: url is "a"; use an http or https address, such as "https://news.example.org/rss.xml"',
                'listing: stories is "div >"; use a CSS selector, such as "article h1" (Expected selector, got <EOF at 5>)',
                "listing: pages is 0; use a whole number from 1 to 100",
            ],
        ),
        (
            "[source.json]",
            [
                'json: url is missing; write url = "https://news.example.org/api/latest"',
                'json: paths is missing; write paths = { items = "items" }',
            ],
        ),
        (
            '[source.json]\nurl = "https://a.example.org"\nbody = { when = 2026-11-23 }\npaths = {}',
            [
                "json: body is a table; write dates in it as text: JSON has no word for them",
                'json: body needs method = "POST" beside it',
                'json paths: items is missing; write items = "data.items", or "@" where the answer is the list',
            ],
        ),
        (
            '[source.json]\nurl = "https://a.example.org"\nmethod = "post"\nbody = 1\npaths = { items = "a[", titel = "b" }',
            [
                'json: method is "post"; use GET or POST; did you mean POST?',
                "json: body is 1; use text in quotes, or a table, which is posted as JSON",
                'json: body needs method = "POST" beside it',
                "json paths: titel is not a key here; did you mean title?",
                'json paths: items is "a["; use a JMESPath expression, such as "data.items" '
                "(Invalid jmespath expression: Incomplete expression:)",
            ],
        ),
        ('[source.json]\nurl = "https://a.example.org"\npaths = "a"', ['json: paths is "a"; use a table, [source.json.paths]']),
    ],
)
def test_a_way_to_ask_is_refused_with_all_its_faults(tmp_path: Path, table: str, told: list[str]) -> None:
    assert faults(tmp_path, f"{a_source()}{table}\n") == [f'wirewatch.toml: source "ap" {fault}' for fault in told]


def test_a_source_that_is_asked_nowhere_is_refused(tmp_path: Path) -> None:
    assert faults(tmp_path, a_source(feed="")) == [
        'wirewatch.toml: source "ap": says nowhere to ask; use one of feed, sitemap, listing, json, folder, '
        'such as feed = "https://news.example.org/rss.xml"'
    ]


def test_a_source_that_is_turned_off_is_read_and_left_out(tmp_path: Path) -> None:
    assert read(tmp_path, a_source(enabled="false")).sources == ()
    assert faults(tmp_path, a_source(enabled="false", every='"0s"')) != []


# ---- bundled wires ----

PACK, MEMBERS = next((name, on) for name, members in wires.packs().items() if (on := [wire for wire in members if not off(wire)]))
ON = MEMBERS[0]
#: Those that can be asked at all: of some agencies nothing is free, and their file says only that.
ASKED = [wire for wire in wires.names() if wires.table(wire).keys() & set(WAYS)]
OFF = next(wire for wire in ASKED if off(wire))


def test_a_bundled_wire_needs_no_more_than_its_name(tmp_path: Path) -> None:
    (source,) = read(tmp_path, f'{CONTACT}[[source]]\nwire = "{ON}"\n').sources

    assert (source.id, source.rungs != ()) == (ON, True)


def test_what_stands_beside_a_bundled_wire_wins(tmp_path: Path) -> None:
    beside = 'id = "mine"\nname = "Mine"\nevery = "7m"\nlevel = "full"\nfeed = "https://my.example.org/rss"\n'

    (bundled, mine) = read(tmp_path, f'{CONTACT}[[source]]\nwire = "{ON}"\n[[source]]\nwire = "{ON}"\n{beside}').sources

    assert mine == replace(bundled, id="mine", name="Mine", every=timedelta(minutes=7), level="full", feed="https://my.example.org/rss")


def test_every_bundled_wire_is_a_source_once_its_owner_insists(tmp_path: Path) -> None:
    text = "".join(f'[[source]]\nwire = "{wire}"\nenabled = true\n' for wire in ASKED)

    sources = read(tmp_path, CONTACT + text).sources

    assert {source.id: source.level for source in sources} == {
        wire: "headline" if wires.table(wire).get("level") in ("headline", "licence") else "full" for wire in ASKED
    }
    assert {source.id: source.reader for source in sources} == {wire: wires.table(wire).get("reader", "") for wire in ASKED}


def test_a_wire_that_is_off_is_polled_only_for_an_owner_who_has_read_why(tmp_path: Path) -> None:
    text = f'{CONTACT}[[source]]\nwire = "{OFF}"\n'

    assert faults(tmp_path, text) == [
        f'wirewatch.toml: source "{OFF}": wire is "{OFF}", which is off: {off(OFF)}; write enabled = true beside it to poll it all the same'
    ]
    assert [source.id for source in read(tmp_path, text + "enabled = true\n").sources] == [OFF]
    assert read(tmp_path, text + "enabled = false\n").sources == ()


def test_a_wire_that_is_not_bundled_is_refused_with_the_one_that_is_near(tmp_path: Path) -> None:
    near, far, number = faults(tmp_path, f'[[source]]\nwire = "{ON}-"\n[[source]]\nwire = "zzzzzzzzzz"\n[[source]]\nwire = 1\n')

    assert near == f'wirewatch.toml: source "{ON}-": wire is "{ON}-", which is no bundled wire; did you mean {ON}?'
    assert (
        far == f'wirewatch.toml: source "zzzzzzzzzz": wire is "zzzzzzzzzz", which is no bundled wire; there are: {", ".join(wires.names())}'
    )
    assert number.startswith("wirewatch.toml: source number 3: wire is 1, which is no bundled wire; there are: ")


def test_the_same_wire_twice_is_refused(tmp_path: Path) -> None:
    assert faults(tmp_path, f'{CONTACT}[[source]]\nwire = "{ON}"\n[[source]]\nwire = "{ON}"\n') == [
        f'wirewatch.toml: source "{ON}": id "{ON}" is used twice, first in wirewatch.toml'
    ]


# ---- packs ----


def test_a_pack_is_those_of_its_wires_that_are_on(tmp_path: Path) -> None:
    sources = read(tmp_path, f'{CONTACT}[[source]]\npack = "{PACK}"\nevery = "9m"\n').sources

    assert [(source.id, source.every) for source in sources] == [(wire, timedelta(minutes=9)) for wire in MEMBERS]


def test_a_wire_of_a_pack_goes_by_its_own_table_and_is_there_once(tmp_path: Path) -> None:
    packed = f'[[source]]\npack = "{PACK}"\n'

    sources = read(tmp_path, f'{CONTACT}{packed}[[source]]\nwire = "{ON}"\nname = "Mine"\n{packed}').sources

    assert sorted(source.id for source in sources) == sorted(MEMBERS)
    assert [source.name for source in sources if source.id == ON] == ["Mine"]


def test_a_wire_of_a_pack_can_be_turned_off(tmp_path: Path) -> None:
    text = f'{CONTACT}[[source]]\npack = "{PACK}"\n[[source]]\nwire = "{ON}"\nenabled = false\n'

    assert [source.id for source in read(tmp_path, text).sources] == MEMBERS[1:]


def test_beside_a_pack_stands_only_its_pace(tmp_path: Path) -> None:
    unknown, name = faults(tmp_path, f'[[source]]\npack = "none-such"\n[[source]]\npack = "{PACK}"\nname = "a"\nevery = "0s"\n{CONTACT}')[
        :2
    ]

    assert unknown.startswith('wirewatch.toml: source "none-such": pack is "none-such"; use ')
    assert name == f'wirewatch.toml: source "{PACK}": name is not a key here'
