import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest

from alerts.calendar import Coming, Day, days
from alerts.digest import Digest, News, render
from alerts.recipient import Recipient
from spiders.story import Story

NOON = datetime(2026, 7, 27, 12, 5, tzinfo=UTC)
ANALYST = Recipient(email="analyst@example.org", rules=("dprk", "grain"), timezone=ZoneInfo("Europe/Berlin"))
HOSTILE = '</a><script>alert(1)</script> {{7*7}} &amp;lt; \u202egnp.exe\u202c \x1b[31mred\x1b[0m 👩\u200d👩\u200d👧 "quoted"'


class Page(HTMLParser):
    """What a reader sees of a page, and where its links lead."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.links, self.words = [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return "".join(self.words)


def a_news(headline="Parade held", *, url="https://example.org/1", rule="dprk", ago=0, body="Crowds cheered.", **kw):
    story = Story(headline=headline, canonical_url=url, paragraphs=(body,), published_at=NOON - timedelta(minutes=ago))
    return News(story=story, **{"revision": 1, "rule": rule, "source": "Example Wire", "seen_at": NOON} | kw)


def a_digest(*news, recipient=ANALYST):
    return Digest(recipient=recipient, news=news, now=NOON, next_at=datetime(2026, 7, 28, 5, tzinfo=UTC))


def test_rules_come_in_the_readers_order_and_the_newest_story_first():
    old, new, grain, left = a_news(ago=5), a_news(ago=1), a_news(rule="grain"), a_news(rule="left since")

    assert list(a_digest(left, grain, old, new).groups()) == [("dprk", (new, old)), ("grain", (grain,)), ("left since", (left,))]


def test_a_story_without_a_date_takes_its_place_by_when_it_was_seen():
    dated, undated = a_news(ago=5), a_news()
    undated = replace(undated, story=replace(undated.story, published_at=None), seen_at=NOON - timedelta(minutes=1))

    assert list(a_digest(dated, undated).groups()) == [("dprk", (undated, dated))]


def test_the_text_tells_each_story_and_why_and_when_next():
    body = "Pyongyang was quiet. North Korea held a parade."
    span = ("body", body.index("North"), body.index("North") + 11, "North Korea")

    assert render(a_digest(a_news(body=body, spans=(span,), tags=("parade",)), a_news("Wheat up", rule="grain", ago=65))).text == (
        "dprk · 1 story\n"
        "========================================\n\n"
        "Parade held\n"
        "Example Wire · 14:05\n"
        "»North Korea« held a parade.\n"
        "also under parade\n"
        "https://example.org/1\n\n"
        "grain · 1 story\n"
        "========================================\n\n"
        "Wheat up\n"
        "Example Wire · 13:00\n"
        "Crowds cheered.\n"
        "https://example.org/1\n\n"
        "-- \n"
        "You receive this because you follow dprk and grain.\n"
        "Next digest: Tue, Jul 28, 07:00. Times are those of Europe/Berlin.\n"
        "Watched for you by wirewatch.\n"
    )


def test_the_subject_says_how_many_under_which_rule_and_what_is_on_top():
    assert render(a_digest(a_news(), a_news(ago=1))).subject == "2 stories · dprk: Parade held"
    assert len(render(a_digest(a_news("word " * 200))).subject) <= 120


@pytest.mark.parametrize(
    ("language", "subject", "foot"),
    [
        ("de", "1 Meldung · dprk: Parade held", "Nächste Ausgabe: Di., 28. Juli, 07:00."),
        ("ko", "기사 1건 · dprk: Parade held", "다음 발송: 7월 28일 (화), 07:00"),
    ],
)
def test_the_mail_is_in_the_readers_language(language, subject, foot):
    parts = render(a_digest(a_news(), recipient=replace(ANALYST, language=language)))

    assert (parts.subject, foot in parts.text, foot in Page(parts.html).text) == (subject, True, True)
    assert f'<html lang="{language}"' in parts.html


@pytest.mark.parametrize(
    ("language", "one", "two"),
    [
        ("en", "Alert · dprk: Parade held", "Alert · 2 stories · dprk: Parade held"),
        ("de", "Sofort · dprk: Parade held", "Sofort · 2 Meldungen · dprk: Parade held"),
        ("ko", "속보 알림 · dprk: Parade held", "속보 알림 · 기사 2건 · dprk: Parade held"),
    ],
)
def test_the_subject_of_what_is_told_at_once_says_so(language, one, two):
    reader = replace(ANALYST, language=language)

    subjects = [render(replace(a_digest(*news, recipient=reader), is_alert=True)).subject for news in ([a_news()], [a_news(), a_news()])]

    assert subjects == [one, two]


@pytest.mark.parametrize(
    ("language", "line"), [("en", "3 more sent at once."), ("de", "3 weitere Meldungen sofort gesendet."), ("ko", "즉시 발송 3건")]
)
def test_what_was_sent_at_once_is_counted(language, line):
    parts = render(replace(a_digest(a_news(), recipient=replace(ANALYST, language=language)), at_once=3))

    assert line in parts.text.splitlines()
    assert line in Page(parts.html).text
    assert line not in render(a_digest(a_news(), recipient=replace(ANALYST, language=language))).text


def test_a_digest_without_news_says_so():
    parts = render(a_digest())

    assert parts.subject == "All quiet"
    assert parts.text.startswith("Nothing new under your rules.\n")
    assert "Nothing new under your rules." in Page(parts.html).text


def test_hits_are_marked_in_the_page():
    html = render(a_digest(a_news(body="In DPRK & co.", spans=(("body", 3, 7, "DPRK"),)))).html

    assert re.sub(r' style="[^"]*"', "", html).count("In <mark><b>DPRK</b></mark> &amp; co.") == 1


def test_digest_10_a_hostile_title_is_shown_as_it_reads_and_does_nothing():
    spans = (("headline", 4, 12, "<script>"),)
    parts = render(a_digest(a_news(HOSTILE, tags=("<b>tag</b>",), spans=spans, url="javascript:alert(1)")))
    page, reads = Page(parts.html), '</a><script>alert(1)</script> {{7*7}} &amp;lt; gnp.exe red 👩\u200d👩\u200d👧 "quoted"'

    assert "script" not in page.tags
    assert page.links == []
    assert (reads in page.text, reads in parts.text, reads in parts.subject) == (True, True, True)
    assert "&lt;/a&gt;" in parts.html
    assert "&amp;amp;lt;" in parts.html
    assert re.search(r'<bdi [^>]*dir="auto"[^>]*>&lt;/a&gt;', parts.html)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", parts.text + parts.subject + parts.html)


def test_days_that_are_coming_stand_below_the_news_with_their_years():
    founding, new_year = days()["dprk-founding"], Day(id="x", name={"en": "<b>New\nYear"}, month=1, day=1)
    soon = (Coming(day=founding, on=date(2026, 9, 9), years=78), Coming(day=new_year, on=date(2027, 1, 1), years=None))

    def told(language):
        return render(replace(a_digest(a_news(), recipient=replace(ANALYST, language=language)), coming=soon))

    assert (
        "https://example.org/1\n\n"
        "Coming dates\n"
        "========================================\n\n"
        "Wed, Sep 9 · Founding of the DPRK · 78 years\n"
        "Fri, Jan 1, 2027 · <b>New Year\n\n"
        "-- \n"
    ) in told("en").text
    assert "Gründung der DVRK · 78 Jahre" in told("de").text
    assert "북한 정권 수립 (9·9절) · 78주년" in told("ko").text
    assert "Founding of the DPRK · 78 years" in Page(told("en").html).text
    assert "b" not in Page(told("en").html).tags
    assert "Coming dates" not in render(a_digest(a_news())).text


def test_digest_11_every_story_and_link_of_the_page_stands_in_the_text():
    news = [a_news(f"Story {number}", url=f"https://example.org/{number}?{'q' * 900}", ago=number) for number in range(30)]
    parts = render(a_digest(*news))
    page = Page(parts.html)

    assert page.links == [one.story.canonical_url for one in news]
    assert [line for line in parts.text.splitlines() if line.startswith("https:")] == page.links
    assert [line for line in parts.text.splitlines() if line.startswith("Story")] == [one.story.headline for one in news]
    assert all(one.story.headline in page.text for one in news)
    assert "[object" not in parts.text


def test_the_page_says_its_charset_where_a_browser_looks_and_loads_nothing():
    html = render(a_digest(a_news())).html

    assert '<meta charset="utf-8">' in html[:1024]
    assert "prefers-color-scheme: dark" in html
    assert not re.search(r"url\(|@import|<link|<img|<script", html)


def test_a_template_of_ones_own_fetches_no_style_sheet(tmp_path):
    tmp_path.joinpath("digest-body.html.j2").write_text('<link rel="stylesheet" href="http://127.0.0.1:9/x.css"><p>hello</p>')

    assert "<p>hello</p>" in render(a_digest(a_news()), overrides=tmp_path).html


def test_a_subject_of_ones_own_is_one_line(tmp_path):
    tmp_path.joinpath("digest-subject.txt.j2").write_text("one\ntwo\n\n{{ count }}\n")

    assert render(a_digest(a_news()), overrides=tmp_path).subject == "one two 1"


def test_a_rule_is_shown_by_its_name_for_people():
    digest = replace(a_digest(a_news(tags=("grain",))), names={"dprk": "North <Korea>", "grain": "Grain deal"})

    rendered = render(digest)

    assert "North <Korea> · 1 story" in rendered.text
    assert "follow North <Korea> and Grain deal" in rendered.text
    assert "North &lt;Korea&gt;" in rendered.html
    assert "dprk" not in rendered.html
