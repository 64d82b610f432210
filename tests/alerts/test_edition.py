from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from alerts.catalogue import catalogue
from alerts.clock import Clock
from alerts.edition import LONGEST_SLUG, edition
from alerts.news import News
from spiders.story import Status, Story

NOON = datetime(2026, 7, 27, 12, 5, tzinfo=UTC)


def marks(language="en", revision=1, told_at=None, withdrawn=None, **story):
    clock = Clock(language=language, timezone=ZoneInfo("Europe/Berlin"), now=NOON)
    told = Story(headline="Parade held", canonical_url="https://example.org/1", **story)
    news = News(story=told, revision=revision, rule="parade", source="Wire", seen_at=NOON, told_at=told_at, withdrawn=withdrawn)
    return edition(news, clock=clock, t=catalogue(language))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, ()),
        ({"slug": "2nd LD"}, ("2nd LD",)),
        ({"status": Status.CORRECTED}, ("CORRECTED",)),
        ({"status": Status.CORRECTED, "slug": "Corrected-Update 2"}, ("Corrected-Update 2",)),
        ({"status": Status.CORRECTED, "slug": "UPDATE 2"}, ("CORRECTED", "UPDATE 2")),
        ({"status": Status.CORRECTED, "slug": "정정"}, ("CORRECTED",)),
        ({"status": Status.CORRECTED, "slug": "Correction"}, ("CORRECTED",)),
        ({"status": Status.CORRECTED, "slug": "corrected"}, ("corrected",)),
        ({"revision": 4}, ("v4",)),
        ({"revision": 4, "told_at": NOON - timedelta(hours=7, minutes=5)}, ("v4, first told 07:00",)),
        ({"told_at": NOON - timedelta(days=1)}, ("first told Sun 14:05",)),
        ({"withdrawn": ("Yon\nhap", NOON), "revision": 2}, ("withdrawn by Yon hap 14:05", "v2")),
    ],
)
def test_a_version_is_marked_by_what_is_known_of_it(given, said):
    assert marks(**given) == said


def test_a_correction_is_one_in_the_readers_language():
    assert [marks(language, status=Status.CORRECTED) for language in ("de", "ko")] == [("BERICHTIGT",), ("정정",)]


def test_that_a_copy_was_withdrawn_is_said_in_the_readers_language():
    assert [marks(language, withdrawn=("Yonhap", NOON)) for language in ("de", "ko")] == [
        ("zurückgezogen von Yonhap 14:05",),
        ("Yonhap 철회 14:05",),
    ]


def test_what_a_wire_printed_is_one_short_harmless_line():
    (mark,) = marks(slug="UPDATE\n\x1b[31m\u202e " + "x" * 100)

    assert (mark[:8], mark[-1], len(mark)) == ("UPDATE x", "…", LONGEST_SLUG)
