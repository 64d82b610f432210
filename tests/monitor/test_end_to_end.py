"""From the wire to the mail, by the command line, over real HTTP: the seed story and real pages, where they are there."""

import gzip
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from html import escape
from pathlib import Path

import psycopg
import pytest
from served import Served, rss, served

from spiders.feed import Entry

DATA = Path(__file__).parents[2].parent / "shared" / "data"
HOUR_AGO = datetime.now(UTC) - timedelta(hours=1)


def data(*names: str) -> list[Path]:
    """Labelled real data that lies beside the repository, not in it."""
    paths = [DATA / name for name in names]
    if not all(path.exists() for path in paths):
        pytest.skip(f"real data is not here: {DATA}")
    return paths


class Desk:
    """The command line with one configuration and one database."""

    def __init__(self, folder: Path, database_url: str, sources: dict[str, str]) -> None:
        self.folder, self.database_url = folder, database_url
        tables = "".join(f'[[source]]\nid = "{id}"\n{source}\n' for id, source in sources.items())
        recipient = '[[recipient]]\nemail = "ann@example.org"\nrules = ["dprk", "anniversary"]\n'
        (folder / "wirewatch.toml").write_text(f'[fetch]\nallow = ["127.0.0.0/8"]\n{tables}{recipient}', encoding="utf-8")

    def __call__(self, *words: str) -> str:
        """Run a command that must do well; what it prints."""
        told = [*words, "--config", str(self.folder / "wirewatch.toml"), "--data-dir", str(self.folder / "data")]
        environ = {**os.environ, "WIREWATCH_DATABASE_URL": self.database_url}
        done = subprocess.run(
            [sys.executable, "-m", "monitor", *told], env=environ, capture_output=True, text=True, timeout=150, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.database_url, options="-c search_path=wirewatch") as connection:
            return connection.execute(query.encode()).fetchall()

    def mails(self) -> list[bytes]:
        return [path.read_bytes() for path in sorted((self.folder / "data" / "outbox").glob("*.eml"))]


def body_of(message: bytes) -> str:
    part = message_from_bytes(message, policy=policy.default).get_body(("plain",))  # type: ignore[attr-defined]
    return str(part.get_content())


def a_page(kicker: str, headline: str, lead: str, paragraphs: list[str]) -> str:
    """A page in the shape of the agency's: kicker, headline, lead in an element of its own, body."""
    blocks = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
    return f"""<!doctype html><html lang="en"><head><title>{escape(headline)} - wire</title></head><body>
        <nav><a href="/">{escape(kicker)}</a></nav>
        <div class="news-header">
          <h1 class="news-header__title">{escape(headline)}</h1><div class="news-header__lead">{escape(lead)}</div>
        </div>
        <div class="text-content"><div class="text-block">{blocks}</div></div><footer>Contacts</footer></body></html>"""


def test_the_seed_story_is_stored_to_the_letter_matched_told_once_and_known_again(tmp_path: Path, database_url: str) -> None:
    (path,) = data("seed_story.txt")
    kicker, headline, lead, *paragraphs = (part.strip() for part in path.read_text(encoding="utf-8").split("\n\n"))
    with served() as wire:
        url = wire.put("/politics/1653179", a_page(kicker, headline, lead, paragraphs))
        wire.put("/rss.xml", rss([Entry(url=url, guid="1653179", title=headline, published_at=HOUR_AGO)]), "application/rss+xml")
        selectors = 'headline = "h1", lead = ".news-header__lead", body = ".text-block"'
        desk = Desk(tmp_path, database_url, {"tass": f'feed = "{wire.url}/rss.xml"\nselectors = {{ {selectors} }}'})

        desk("crawl")
        stored = desk.rows("select headline, lead, paragraphs, dateline, agency from revision")
        matches = dict(desk.rows("select rule, spans from match"))
        desk("digest")
        before = desk.rows("select * from story, revision, match, due")
        again = json.loads(desk("crawl", "--json"))
        desk("digest")

    line = {"raw": "MOSCOW, July 27. /TASS/.", "places": ["MOSCOW"], "month": 7, "day": 27, "agency": "TASS", "author": None}
    assert stored == [(headline, lead, paragraphs, line, "TASS")]
    assert _hits(matches["dprk"], headline, lead, "\n".join(paragraphs)) >= {
        "Kim Jong Un",
        "North Korean",
        "Kim Il Sung",
        "Korean People's Army",
        "Korean People’s Army",
        "Democratic People’s Republic of Korea",
        "Pyongyang",
    }
    assert _hits(matches["anniversary"], headline, lead, "\n".join(paragraphs)) == {"anniversary"}
    assert (again["new"], again["changed"], again["read"]) == (0, 0, 0)
    assert desk.rows("select * from story, revision, match, due") == before
    assert [body_of(mail).count(headline) for mail in desk.mails()] == [1]


def _hits(spans: object, headline: str, lead: str, body: str) -> set[str]:
    assert isinstance(spans, list)
    fields = {"headline": headline, "lead": lead, "body": body}
    return {re.sub(r"[’']s$", "", fields[field][start:end]) for field, start, end, _ in spans if field in fields}


def test_a_feed_of_real_pages_is_crawled_stored_matched_and_mailed_once(tmp_path: Path, database_url: str) -> None:
    (folder,) = data("pages/fundus")
    with served() as wire:
        truth = [json.loads(line) for line in (folder / "truth.jsonl").open(encoding="utf-8")]
        entries = [_entry(wire, folder, row) for row in truth]
        # The pages are years old: a source that is new would take them for its archive, and tell nobody.
        wire.put(
            "/rss.xml", rss([Entry(url=wire.url + "/gone", guid="first", title="Before", published_at=HOUR_AGO)]), "application/rss+xml"
        )
        desk = Desk(tmp_path, database_url, {"real": f'feed = "{wire.url}/rss.xml"'})
        desk("crawl")
        wire.put("/rss.xml", rss(entries), "application/rss+xml")
        first = json.loads(desk("crawl", "--json"))
        desk("digest")
        second = json.loads(desk("crawl", "--json"))
        desk("digest")

    assert (first["new"], first["read"], first["refused"]) == (len(truth), len(truth), 0)
    assert first["headline_only"] <= len(truth) * 0.02
    assert (second["new"], second["changed"], second["seen"]) == (0, 0, 0), "the same bytes need no reading"
    (mail,) = desk.mails()
    (matched,) = desk.rows("select count(distinct story) from match")
    assert body_of(mail).count(wire.url) == matched[0]
    named = re.compile(r"north korea|nordkorea|corée du nord|北朝鮮|북한|朝鲜|кндр|pyongyang|kim jong", re.IGNORECASE)
    wanted = {row["id"] for row in truth if named.search(f"{row['title']} {row['body']}")}
    told = {url.rsplit("/", 1)[1] for (url,) in desk.rows("select url from story join match on story = id where rule = 'dprk'")}
    assert wanted <= told


def _entry(wire: Served, folder: Path, row: dict[str, str]) -> Entry:
    page = gzip.decompress((folder / "pages" / f"{row['id']}.html.gz").read_bytes())
    url = wire.put(f"/{row['id']}", page, f"text/html; charset={row.get('encoding', 'utf-8')}")
    return Entry(url=url, guid=row["id"], title=row["title"] or "", published_at=HOUR_AGO)


def test_a_real_feed_whose_pages_are_gone_is_told_on_its_own_text(tmp_path: Path, database_url: str) -> None:
    (folder,) = data("feeds")
    (path,) = folder.glob("*real-cnn.rss")
    with served() as wire:
        # Its links, on loopback: nothing is asked of anybody else.
        body = re.sub(rb"https?://[a-z0-9.-]*cnn[a-z0-9.-]*", wire.url.encode(), path.read_bytes())
        wire.put(
            "/cnn.rss", rss([Entry(url=wire.url + "/gone", guid="first", title="Before", published_at=HOUR_AGO)]), "application/rss+xml"
        )
        desk = Desk(tmp_path, database_url, {"cnn": f'feed = "{wire.url}/cnn.rss"'})
        desk("crawl")
        wire.put("/cnn.rss", body, "application/rss+xml")
        first = json.loads(desk("crawl", "--json"))
        second = json.loads(desk("crawl", "--json"))
        desk("digest")

    listed = len(re.findall(rb"<item>", body))
    assert (first["new"], first["headline_only"]) == (listed, listed)
    assert (second["new"], second["changed"]) == (0, 0)
    assert desk.rows("select count(*) from story") == [(listed + 1,)]
    assert all(url.startswith(wire.url) for (url,) in desk.rows("select url from story"))
