"""Every bundled wire, TOML or code, by the same tests; a new one needs its file, a line in wires/addresses.toml, best a fixture too.

Fixtures are pages with their structure kept and their words scrambled: <wire>.html (a story), <wire>.list.html or .list.json (what its
listing or endpoint answers), and <wire>.expected.json, what is read in them.
"""

import json
import re
from collections import Counter
from dataclasses import fields
from datetime import UTC, date, datetime
from importlib.resources import files
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from wire_files import ADDRESSES, FIXTURES, layout_of, listing, source_of

from spiders import agencies, ladder, wires
from spiders.extract import extract
from spiders.page import Page
from spiders.source import Source
from spiders.wires import UnknownWire

ALL = wires.names()
KEYS = {field.name for field in fields(Source)} - {"id", "folder"} | set(wires.METADATA)
PAGES = [name for name in ALL if (FIXTURES / f"{name}.html").exists()]
LISTS = sorted(path.name.split(".")[0] for path in FIXTURES.glob("*.list.*"))


@pytest.mark.parametrize("name", ALL)
def test_a_wires_file_says_only_what_a_source_may_say(name):
    table = wires.table(name)

    assert set(table) - KEYS == set()
    assert {"name", "home", "country", "timezone", "verified"} - set(table) == set()
    assert ZoneInfo(table["timezone"])
    assert table["country"] in Locale("en").territories
    assert table.get("level", "full") in ("full", "headline", "licence", "dead")
    assert table["verified"] == "never" or isinstance(table["verified"], date)
    assert agencies.canonical(table.get("agency", "")) in (None, table.get("agency"))


@pytest.mark.parametrize("name", ALL)
def test_a_wire_can_be_asked_unless_it_needs_a_licence(name):
    source = source_of(name, level="full")

    assert bool(source.rungs) == (wires.table(name).get("level") not in ("licence", "dead"))


def test_a_wires_listing_may_be_its_address_alone():
    latest = "https://news.example.org/latest"

    assert listing(**layout_of(latest)) == listing(**layout_of({"url": latest}))


@pytest.mark.parametrize("name", ALL)
def test_a_wires_selectors_can_be_read(name):
    table = wires.table(name)
    layout = {key: value for key, value in layout_of(table.get("listing", {})).items() if key not in ("url", "address", "pages")}

    page = Page("<main><h1>x</h1><p>x</p></main>", url=table["home"])

    # Some that cssselect can read fail only when they meet a page.
    assert all(page.css(f"{text}, p") for text in (*table.get("selectors", {}).values(), *layout.values()))


@pytest.mark.parametrize("name", [name for name in ALL if "story_url" in wires.table(name)])
def test_a_wires_story_address_is_told_from_its_front_page(name):
    table = wires.table(name)
    patterns = filter(None, (table["story_url"], layout_of(table.get("listing", {})).get("address")))

    assert [bool(re.search(pattern, text)) for pattern in patterns for text in (ADDRESSES[name], table["home"])][:2] == [True, False]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_the_wire_is_read_to_the_letter(name):
    expected = json.loads((FIXTURES / f"{name}.expected.json").read_text(encoding="utf-8"))["story"]

    story = extract((FIXTURES / f"{name}.html").read_bytes(), url=ADDRESSES[name], source=source_of(name, level="full"))

    assert _told(story) == expected


@pytest.mark.parametrize("name", PAGES)
def test_each_selector_names_something_on_the_page(name):
    page = Page((FIXTURES / f"{name}.html").read_bytes(), url=ADDRESSES[name])
    selectors = wires.table(name).get("selectors", {})

    # Without it the reader finds most bodies by itself, and a dead selector would not show.
    assert [key for key, text in selectors.items() if key != "remove" and not page.css(text)] == []


@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_the_wire_is_read_to_the_letter(name):
    expected = json.loads((FIXTURES / f"{name}.expected.json").read_text(encoding="utf-8"))["list"]
    source = source_of(name)
    rung = source.listing or source.json
    (fixture,) = FIXTURES.glob(f"{name}.list.*")

    read = ladder.read(rung, fixture.read_bytes(), url=rung.url, timezone=source.timezone, reader=source.reader)

    assert [[entry.url, entry.guid, entry.title, _iso(entry.published_at)] for entry in read.entries] == expected


def test_fixtures_are_small_and_belong_to_a_wire():
    fixtures = [path for path in FIXTURES.iterdir() if path.name != "addresses.toml"]

    assert {path.name.split(".")[0] for path in fixtures} <= set(ALL)
    assert [path.name for path in fixtures if path.stat().st_size > 20_000] == []
    assert set(ADDRESSES) <= set(ALL)


def test_packs_hold_wires_that_may_be_polled_as_they_are():
    packs = wires.packs()

    assert {"dprk-core", "eurasia", "korea", "china", "global-agencies"} <= set(packs)
    assert set(wires.about()) == set(packs)
    for pack in packs.values():
        assert [name for name, times in Counter(pack).items() if times > 1] == []
        assert [name for name in pack if "off" in wires.table(name) or not source_of(name).rungs] == []


def test_an_unknown_wire_is_refused_with_the_close_ones():
    with pytest.raises(UnknownWire, match='no bundled wire is called "tass"; near: tass-'):
        wires.table("tass")
    for name in ("../pyproject", "packs", "__init__", "zzzzzzzz"):
        with pytest.raises(UnknownWire):
            wires.table(name)


def test_every_file_of_the_package_is_a_wire_the_packs_or_code_of_a_wire():
    entries = [entry.name for entry in (files("spiders") / "wires").iterdir() if not entry.name.startswith("__")]
    code = {entry.removesuffix(".py") for entry in entries if entry.endswith(".py")}

    assert {entry.removesuffix(".toml") for entry in entries if entry.endswith(".toml")} == {*ALL, "packs"}
    assert code <= {wires.module_of(name) for name in ALL}
    assert {name for name in ALL if wires.table(name).get("reader") == name} == {name for name in ALL if wires.module_of(name) in code}


def test_a_wheel_holds_the_wires(tmp_path):
    wheel = pytest.importorskip("hatchling.builders.wheel", reason="hatchling is not installed")
    (built,) = wheel.WheelBuilder(str(FIXTURES.parents[2])).build(directory=str(tmp_path), versions=["standard"])

    held = {name.removeprefix("spiders/wires/") for name in ZipFile(built).namelist() if name.startswith("spiders/wires/")}

    assert {f"{name}.toml" for name in (*ALL, "packs")} <= held


def _told(story):
    line = story.dateline
    return {
        "headline": story.headline,
        "lead": story.lead,
        "paragraphs": list(story.paragraphs),
        "byline": list(story.byline),
        "dateline": line.raw if line else None,
        "agency": story.agency,
        "published_at": _iso(story.published_at),
        "precision": story.published_precision,
    } | {name: text for name in ("slug", "note") if (text := getattr(story, name))}


def _iso(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None
