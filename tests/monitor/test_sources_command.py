"""`wirewatch sources` as a process: it finds, tries, lists, imports and exports sources over real HTTP, and keeps to its guard."""

import contextlib
import json
import os
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor import config
from monitor.cli import cli
from spiders import letters, opml
from spiders.extract import extract
from tests.monitor.newswire import KOREAN_WIRE, newswire

ROOT = Path(__file__).parents[2]
OPEN = '[fetch]\ncontact = "desk@example.org"\nallow = ["127.0.0.0/8"]\n'


@dataclass(frozen=True, kw_only=True)
class Ended:
    code: int
    out: str
    err: str


@dataclass(frozen=True, kw_only=True)
class Folder:
    """A folder with a wirewatch.toml."""

    path: Path

    def sources(self, *arguments: str) -> Ended:
        command = [sys.executable, "-m", "monitor", "sources", *arguments]
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.path), "PYTHONPATH": str(ROOT), "COLUMNS": "140"}
        done = subprocess.run(command, cwd=self.path, env=environment, capture_output=True, text=True, timeout=100, check=False)
        return Ended(code=done.returncode, out=done.stdout, err=done.stderr)

    def offline(self, *arguments: str) -> Ended:
        """A command that asks no network, in this process."""
        with contextlib.chdir(self.path):
            done = CliRunner().invoke(cli, ["sources", *arguments])
        return Ended(code=done.exit_code, out=done.stdout, err=done.stderr)

    def configure(self, text: str) -> None:
        (self.path / "wirewatch.toml").write_text(text, encoding="utf-8")

    def settings(self) -> config.Settings:
        return config.load(self.path / "wirewatch.toml", environ={})


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(path=tmp_path)
    made.configure(OPEN)
    return made


def test_a_new_source_is_found_written_and_read(folder: Folder) -> None:
    template = KOREAN_WIRE
    with newswire(template) as site:
        new = folder.sources("new", site.url + "/", "--id", "wave", "--timezone", "Asia/Seoul")
        folder.configure(f'include = ["wires/wave.toml"]\n{OPEN}')
        tried = folder.sources("test", "wave")
        again = folder.offline("new", site.url + "/", "--id", "wave")

    assert (new.code, tried.code) == (0, 0), new.err + tried.err
    assert 'include = ["wires/*.toml"]' in new.err
    [source] = folder.settings().sources
    assert (source.feed, source.sitemap) == (f"{site.url}/rss/news.xml", f"{site.url}/news-sitemap.xml")
    assert source.story_url
    assert [bool(source.story_url.search(site.url + path)) for path in (template.path.format(99), "/politics", "/")] == [True, False, False]
    assert source.selectors.body
    assert re.search(r"^body characters\s+100%(\s+\d{3}){6}\s*$", tried.out, re.MULTILINE)
    # The page that lies beside it reads as it says, and tells nothing of the story.
    page = (folder.path / "wires/wave.html").read_bytes()
    expected = json.loads((folder.path / "wires/wave.expected.json").read_text("utf-8"))
    read = extract(page, url=expected["url"], source=source)
    assert (read.headline, list(read.paragraphs)) == (expected["story"]["headline"], expected["story"]["paragraphs"])
    assert sorted(map(len, read.paragraphs)) == sorted(map(len, template.text))
    assert not set(letters.words(" ".join(template.text))) & set(letters.words(page.decode()))
    assert len(page) <= 20_000
    # It is never written over.
    assert (again.code, again.out) == (1, "")


def test_in_a_checkout_a_bundled_wire_and_its_test_are_written(folder: Folder) -> None:
    wires, tests = folder.path / "spiders/wires", folder.path / "tests/spiders/wires"
    with newswire(KOREAN_WIRE, feed="") as site:
        nowhere = folder.offline("new", site.url, "--bundled", "--timezone", "Asia/Seoul", "--country", "KR")
        wires.mkdir(parents=True)
        tests.mkdir(parents=True)
        (tests / "addresses.toml").write_text('# One address of each.\naa = "https://aa.example/1"\nzz = "https://zz.example/1"\n')
        half = folder.offline("new", site.url, "--bundled")
        done = folder.sources("new", site.url, "--bundled", "--id", "hangang", "--timezone", "Asia/Seoul", "--country", "KR")

    assert (nowhere.code, half.code, done.code) == (2, 2, 0), done.err
    assert "make test-wire W=hangang" in done.err
    said = tomllib.loads((wires / "hangang.toml").read_text("utf-8"))
    assert {"home", "name", "country", "timezone", "sitemap", "story_url", "level", "verified", "selectors"} == set(said)
    addresses = tomllib.loads((tests / "addresses.toml").read_text("utf-8"))
    assert list(addresses) == ["aa", "hangang", "zz"]
    assert re.search(said["story_url"], addresses["hangang"])
    assert not re.search(said["story_url"], said["home"])
    assert set(json.loads((tests / "hangang.expected.json").read_text("utf-8"))["story"]) >= {"headline", "lead", "paragraphs", "byline"}


def test_private_addresses_are_asked_only_where_the_owner_allows_it(folder: Folder) -> None:
    folder.configure('[fetch]\ncontact = "desk@example.org"\n')
    with newswire(KOREAN_WIRE) as site:
        new = folder.sources("new", site.url)

        assert (new.code, new.out) == (1, "")
        assert '127.0.0.1 is at 127.0.0.1, which is not public; put its network into "allow" of [fetch] if it is yours' in new.err
        assert not site.hits


def test_all_sources_are_asked_and_one_that_fails_is_named(folder: Folder) -> None:
    with newswire(KOREAN_WIRE) as site:
        feeds = {"wave": f"{site.url}/rss/news.xml", "gone": f"{site.url}/gone"}
        folder.configure(OPEN + "".join(f'[[source]]\nid = "{id}"\nfeed = "{feed}"\n' for id, feed in feeds.items()))
        both = folder.sources("test", "--all", "--live")

    assert both.code == 1
    assert re.search(r"^wave: 6 stories listed .*6 read", both.out, re.MULTILINE)
    assert both.err == "gone: the server answered 404\ngone: missing: no story was read\n"


def test_all_are_asked_only_when_that_is_said_twice(folder: Folder) -> None:
    refused = [folder.offline("test", *arguments) for arguments in ((), ("--all",), ("a", "--all", "--live"))]

    assert [ended.code for ended in refused] == [2, 2, 2]
    assert "add --live if that is meant" in refused[1].err


def test_lists_go_in_and_out(folder: Folder) -> None:
    (folder.path / "my feeds.opml").write_text(
        "<opml><body><outline text='Wave &amp; Co' xmlUrl='https://wave.example/rss'/><outline text='B' xmlUrl='https://b.example/'/></body></opml>"
    )
    imported = folder.offline("import", "my feeds.opml")
    folder.configure(f'include = ["wires/*.toml"]\n{OPEN}[[source]]\nid = "map"\nsitemap = "https://m.example/s.xml"\n')
    again, out = folder.offline("import", "my feeds.opml", "--to", "more.toml"), folder.offline("export")
    listed, bundled = folder.offline("list", "--json"), folder.offline("list", "--bundled", "--json")

    assert (imported.code, again.code) == (0, 0)
    assert not (folder.path / "more.toml").exists()
    assert [(each.title, each.feed) for each in opml.read(out.out.encode(), name="out")] == [
        ("Wave & Co", "https://wave.example/rss"),
        ("B", "https://b.example/"),
    ]
    assert [json.loads(line)["id"] for line in listed.out.splitlines()] == ["map", "wave-co", "b"]
    assert json.loads(listed.out.splitlines()[0]) == {"id": "map", "name": "", "ways": "sitemap", "every": "5m", "level": "full"}
    assert {"wire", "name", "level", "verified", "off"} == set(json.loads(bundled.out.splitlines()[0]))
    packs = {row["wire"]: row["name"] for row in map(json.loads, bundled.out.splitlines())}
    assert packs['pack = "iran"'] == "Iran's agencies in English: irna, mehr, tasnim"
