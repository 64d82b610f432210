"""``python -m tests.bench.space FOLDER``: what a story takes up on the disk, by table, of the saved pages (.html, .html.gz) in a folder.

Each page goes the way of a crawled one: listed, read, matched, stored, its bytes kept.
"""

import gzip
import sys
import tempfile
from collections import Counter
from pathlib import Path

from alerts.recipient import Recipient
from alerts.rules import preset
from monitor.config import Settings
from monitor.program import opened
from monitor.tally import Tally
from monitor.watch import Watch
from spiders.crawl import run
from spiders.extract import NotAStory, extract
from spiders.feed import Entry
from spiders.order import Answer, FeedRead, Page, PageRead, Poll
from spiders.source import Source

#: Which of the figures a table counts to; the rest is small.
PARTS = {"evidence": "bytes", "revision": "text", "story": "text", "entry": "text", "match": "text", "sighting": "text"}
STORIES_A_MONTH = 30_000
RULES = (preset("dprk"), preset("anniversary"))
HEADERS = tuple((f"X-Header-{number}", "some value of thirty characters") for number in range(12))


async def main(folder: Path, pages: list[Path]) -> None:
    source = Source(id="pages", feed="http://127.0.0.1/rss")
    settings = Settings(
        path=folder / "wirewatch.toml",
        data_dir=folder / "data",
        outbox=folder / "outbox",
        sources=(source,),
        rules=RULES,
        recipients=(Recipient(email="bench@example.org", rules=tuple(rule.id for rule in RULES)),),
    )
    async with opened(settings) as watch:
        sizes = [size for path in pages if (size := await keep(watch, source, path.name.partition(".")[0], saved(path)))]
        show(sizes, await sizes_of(watch))


def saved(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


async def keep(watch: Watch, source: Source, name: str, body: bytes) -> int:
    """Let a page come in; its size, 0 of one that is no story."""
    url = f"http://127.0.0.1/news/2026/11/23/{name}"
    try:
        story = extract(body, url=url)
    except NotAStory:
        return 0
    entry = Entry(url=url, guid=name, title=story.headline, summary=story.lead[:300], published_at=story.published_at)
    for page in await watch.keep(FeedRead(order=Poll(source=source), entries=(entry,)), Tally()):
        assert isinstance(page, Page)
        answer = Answer(url=url, status=200, headers=HEADERS, body=body)
        await watch.keep(PageRead(order=page, story=story, answer=answer), Tally())
    return len(body)


async def sizes_of(watch: Watch) -> Counter[str]:
    """Bytes on the disk of text, index and bytes."""
    found: Counter[str] = Counter()
    async with watch.database.connection() as connection:
        cursor = await connection.execute(
            """select relname, pg_table_size(oid), pg_indexes_size(oid) from pg_class
               where relkind = 'r' and relnamespace = current_schema()::regnamespace"""
        )
        for table, data, index in await cursor.fetchall():
            if table in PARTS:
                found += Counter({PARTS[table]: data, "index": index})
    return found


def show(sizes: list[int], found: Counter[str]) -> None:
    count = len(sizes)
    mean, middle = sum(sizes) / count / 1024, sorted(sizes)[count // 2] / 1024
    print(f"{count} stories; pages of {mean:.0f} KB on average, half of them below {middle:.0f} KB\n")
    print(f"{'':8}{'KB a story':>12}{'GB a month at 1,000 stories a day':>36}")
    for part in ("text", "index", "bytes"):
        print(f"{part:8}{found[part] / count / 1024:12.1f}{found[part] / count * STORIES_A_MONTH / 1e9:36.2f}")


if __name__ == "__main__":
    found = sorted(path for path in Path(sys.argv[1]).rglob("*") if path.name.endswith((".html", ".html.gz"))) if sys.argv[1:] else []
    if not found:
        sys.exit("name a folder of saved pages (.html, .html.gz): make space PAGES=folder")
    with tempfile.TemporaryDirectory(prefix="wirewatch-bench-") as name:
        Path(name).chmod(0o711)  # as root the server runs as another user
        run(main(Path(name), found))
