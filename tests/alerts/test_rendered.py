"""The mails as chromium shows them: on a phone and a desk, light and dark, without a network."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, sync_playwright
from test_correction import PASSAGE, told
from test_digest import HOSTILE, NOON, a_digest, a_news

from alerts import correction, digest
from alerts.digest import Digest
from alerts.sample import BROKEN, digests
from spiders.story import Status

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: no mail is looked at as a reader sees it")

#: A phone and a desk, in pixels.
SIZES = {360: 740, 800: 1000}
SCHEMES = ("light", "dark")
WORD = "Donaudampfschifffahrtsgesellschaftskapitänswitwenversicherung" * 8
TITLES = (
    ("북한, 평양에서 대규모 열병식 개최… 최대 규모 대표단 도착", "ko"),
    ("إضراب عمال الموانئ في ثلاث مدن ساحلية يدخل يومه الخامس", "ar"),
    ("Докеры трёх портов объявили бессрочную забастовку", "ru"),
)
#: Text as it stands out from what lies behind it, least of all: the ratio of WCAG 2, and the text.
CONTRAST = """() => {
  const rgba = color => (color.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(c => c / 255).map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = element => {
    for (let at = element; at; at = at.parentElement) {
      const color = rgba(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let least = [99, ""];
  while (texts.nextNode()) {
    if (!texts.currentNode.data.trim()) continue;
    const element = texts.currentNode.parentElement;
    const [a, b] = [light(rgba(getComputedStyle(element).color)), light(behind(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < least[0]) least = [ratio, texts.currentNode.data.trim().slice(0, 60)];
  }
  return least;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One chromium for all that is looked at."""
    driver = subprocess.run([sys.executable, "-m", "playwright", "--version"], capture_output=True, text=True, check=False)
    if driver.returncode:
        pytest.skip(f"playwright's Node.js does not start (Debian: package libatomic1): {driver.stderr.strip()}")
    with sync_playwright() as playwright:
        # Its own sandbox needs rights that a container does not give; it shows nothing here but our own pages.
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page without a network; the test fails if it asks for anything."""
    asked: list[str] = []
    context = browser.new_context()
    context.set_offline(True)
    page = context.new_page()
    page.on("request", lambda request: asked.append(_address(request)))
    yield page
    context.close()
    assert asked == []


def looks(page: Page, width: int, scheme: Any) -> None:
    """Look at it at a width in a scheme."""
    page.set_viewport_size({"width": width, "height": SIZES[width]})
    page.emulate_media(color_scheme=scheme)


def _address(request: Request) -> str:
    return str(request.url)


def full() -> Digest:
    """All that a digest may have, and what is troublesome in it: scripts of every direction, words without an end."""
    found = next(digests())
    titles = [a_news(title, rule="harbour", body=title + ". " + title, also=("Wire",)) for title, _ in TITLES]
    titles = [replace(news, story=replace(news.story, language=language)) for news, (_, language) in zip(titles, TITLES, strict=True)]
    body = f"{WORD} {HOSTILE}"
    hostile = [
        a_news(HOSTILE, rule="harbour", tags=(WORD, "grain"), also=(WORD,), spans=(("headline", 4, 12, "x"),)),
        a_news(WORD, rule="harbour", url=f"https://example.org/{'a' * 400}", body=body, source=WORD, spans=(("body", 0, 400, "y"),)),
        a_news(rule="grain", url=f"javascript:{'b' * 400}"),
        a_news("", rule="grain", url=f"https://example.org/{'c' * 400}"),
    ]
    return replace(found, news=(*found.news, *titles, *hostile), names={"harbour": "Häfen", "grain": WORD})


def two_hundred() -> Digest:
    body = "The strike that began at noon goes on, dockers of three harbours said on Monday, and forty ships wait. "
    return a_digest(*(a_news(f"{number}: {TITLES[number % 3][0]}", ago=number, body=body * 3) for number in range(200)))


def corrections(language: str = "en") -> str:
    statuses = (Status.CORRECTED, Status.WITHDRAWN, Status.HELD, Status.GONE, Status.USABLE)
    passage = (("removed", WORD), *PASSAGE, ("added", TITLES[1][0]))
    each = [
        replace(one, passages=(passage,) * 14, after=replace(one.after, headline=title, note=WORD))
        for status in statuses
        for title in (HOSTILE, WORD, TITLES[1][0])
        for one in told(status, language=language).corrections
    ]
    return correction.render(replace(told(language=language), corrections=tuple(each))).html


MAILS: dict[str, Callable[[], str]] = {
    "all that there may be": lambda: digest.render(full()).html,
    "away": lambda: digest.render(replace(full(), away=(NOON - timedelta(days=9), NOON))).html,
    "nothing": lambda: digest.render(replace(a_digest(), coverage=BROKEN)).html,
    "Korean": lambda: digest.render(replace(full(), recipient=replace(full().recipient, language="ko"))).html,
    "corrections": corrections,
}
MANY: dict[str, Callable[[], str]] = {
    "two hundred": lambda: digest.render(two_hundred()).html,
    "many corrections": lambda: correction.render(told(count=300)).html,
}


@pytest.mark.parametrize("mail", MAILS | MANY)
def test_digest_12_nothing_overflows_all_can_be_read_and_nothing_is_loaded(page: Page, mail: str) -> None:
    page.set_content((MAILS | MANY)[mail]())

    for width, scheme in product(SIZES, SCHEMES):
        looks(page, width, scheme)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0, (width, scheme)
        ratio, text = page.evaluate(CONTRAST)
        assert ratio >= 4.5, (scheme, text)


@pytest.mark.parametrize("mail", MAILS)
def test_digest_12_axe_finds_nothing_serious(page: Page, mail: str) -> None:
    page.set_content(MAILS[mail]())

    for scheme in SCHEMES:
        looks(page, 360, scheme)
        violations = Axe().run(page).response["violations"]
        assert [each for each in violations if each["impact"] in ("serious", "critical")] == []


def test_a_digest_of_one_story_fits_one_screen_of_a_phone(page: Page) -> None:
    body = "PYONGYANG, July 27. The parade began at noon on the main square of the capital, the agency said. It lasted two hours."
    one = a_news("Parade held in the capital as delegations arrive", body=body, tags=("grain",), spans=(("body", 24, 30, "parade"),))
    page.set_content(digest.render(replace(a_digest(one), coverage=replace(BROKEN, silences=(), gaps=()))).html)

    looks(page, 360, "light")
    assert page.evaluate("document.documentElement.scrollHeight") <= SIZES[360]


def test_what_is_looked_at_could_fail(page: Page) -> None:
    page.set_content("<html lang=en><title>x</title><main><h1>x</h1><p style='width:900px;color:#999;background:#fff'>grey")

    looks(page, 360, "light")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") > 0
    assert page.evaluate(CONTRAST)[0] < 4.5
    assert [each["id"] for each in Axe().run(page).response["violations"]] == ["color-contrast"]


def test_a_page_that_asks_for_something_is_seen_to(browser: Browser) -> None:
    asked = []
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.set_content("<img src='https://tracker.example.org/a.gif'>")
    context.close()

    assert asked == ["https://tracker.example.org/a.gif"]
