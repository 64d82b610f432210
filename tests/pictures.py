"""``python -m tests.pictures``: the README's pictures anew, the demo's digest and a made-up correction as chromium shows them."""

import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import sync_playwright

from alerts import correction
from alerts.correction import Correction, Corrections, Piece
from alerts.recipient import Recipient
from spiders.story import Status, Story

ROOT = Path(__file__).parent.parent
OUTBOX = ROOT / "demo" / "outbox"
#: Of a picture, in pixels; each is drawn by two of the screen's, so that it is sharp on any.
WIDTH, HEIGHT = 504, 200
NOON = datetime(2026, 11, 23, 12, 5, tzinfo=UTC)
HEADLINE: tuple[Piece, ...] = (
    ("kept", "Stand collapses at harbour festival, "),
    ("removed", "40 "),
    ("added", "14 "),
    ("kept", "injured"),
)
BODY: tuple[Piece, ...] = (
    ("kept", "PUSAN, Nov. 23 (Harbour Dispatch) -- "),
    ("removed", "Forty "),
    ("added", "Fourteen "),
    ("kept", "people were injured when a stand collapsed at a festival in the harbour on Monday, and helpers were still looking "),
    ("kept", "for more in the rubble of it. The organisers "),
    ("removed", "did not comment"),
    ("added", "said they regret the accident"),
    ("kept", "."),
)


def told(headline: str, agency: str, status: Status, *passages: tuple[Piece, ...], hours_ago: int) -> Correction:
    """What a reader hears of a story that they were told in the morning; the first passage, if any, is its headline."""
    before = Story(
        headline=headline, canonical_url="https://news.example.org/1", agency=agency, published_at=NOON - timedelta(hours=hours_ago)
    )
    headlines = ["".join(text for kind, text in passage if kind != "removed") for passage in passages]
    after = replace(before, headline=[*headlines, headline][0], status=status)
    told_at, seen_at = NOON - timedelta(hours=5), NOON - timedelta(minutes=4)
    return Correction(before=before, after=after, passages=passages, source=agency, revision=2, told_at=told_at, seen_at=seen_at)


def corrections() -> str:
    """The page of a mail with one story corrected and one withdrawn."""
    each = (
        told("Stand collapses at harbour festival, 40 injured", "Harbour Dispatch", Status.CORRECTED, HEADLINE, BODY, hours_ago=7),
        told("Minister to resign over port deal, sources say", "Riverside News", Status.WITHDRAWN, hours_ago=9),
    )
    reader = Recipient(email="analyst@example.org", rules=("dprk",), timezone=ZoneInfo("Europe/Berlin"))
    return correction.render(Corrections(recipient=reader, corrections=each, answers="<d.1.a@example.org>", now=NOON)).html


def main() -> None:
    """Draw both; say what is missing where they cannot be drawn."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("chromium is not installed: install it, then run make pictures again")
    mails = sorted(OUTBOX.glob("*.html"), key=lambda path: path.stat().st_mtime)
    if not mails:
        sys.exit(f"{OUTBOX} holds no digest: run make demo, or make pictures, which does so")
    with sync_playwright() as playwright:
        # Its own sandbox needs rights that a container does not give; it shows nothing here but our own pages.
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=2, offline=True)
        for name, html in (("digest", mails[-1].read_text("utf-8")), ("correction", corrections())):
            page.set_content(html)
            picture = ROOT / "docs" / f"{name}.png"
            page.screenshot(path=picture, full_page=True)
            if shutil.which("pngquant"):  # a third of the size
                subprocess.run(["pngquant", "--force", "--output", picture, picture], check=True)
            print(f"docs/{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
