import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.bars import Volume
from alerts.calendar import Coming, Day, days
from alerts.coverage import Coverage
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


def a_news(headline="Parade held", *, url="https://example.org/1", rule="dprk", ago=0, body="Crowds cheered.", slug="", **kw):
    published_at = NOON - timedelta(minutes=ago)
    story = Story(headline=headline, canonical_url=url, paragraphs=tuple(body.split("\n")), published_at=published_at, slug=slug)
    return News(story=story, **{"revision": 1, "rule": rule, "source": "Example Wire", "seen_at": NOON} | kw)


def words(html):
    """What a reader sees of a page, on one line; each block apart."""
    return " ".join(Page(re.sub(r"<style>.*?</style>|(?=</(td|p|h\d|title)>)", " ", html, flags=re.S)).text.split())


def a_digest(*news, recipient=ANALYST):
    return Digest(recipient=recipient, news=news, now=NOON, next_at=datetime(2026, 7, 28, 5, tzinfo=UTC))


def hit(field, alias="Korea", at=0):
    return ((field, at, at + len(alias), alias),)


def shown(text):
    """The first lines of a text part's entries."""
    return [block.splitlines()[0] for block in text.split("\n\n") if "https:" in block]


def test_rules_come_in_the_readers_order_and_the_newest_story_first():
    old, new, grain, left = a_news(ago=5), a_news(ago=1), a_news(rule="grain"), a_news(rule="left since")

    assert list(a_digest(left, grain, old, new).groups()) == [("dprk", (new, old)), ("grain", (grain,)), ("left since", (left,))]


def test_a_story_without_a_date_takes_its_place_by_when_it_was_seen():
    dated, undated = a_news(ago=5), a_news()
    undated = replace(undated, story=replace(undated.story, published_at=None), seen_at=NOON - timedelta(minutes=1))

    assert list(a_digest(dated, undated).groups()) == [("dprk", (undated, dated))]


def test_in_a_rule_the_headline_comes_before_the_lead_and_both_before_what_is_met_in_passing():
    passing = a_news(spans=hit("body", at=40), body="Ministers met.\nThey spoke, among much else, of Korea.")
    lead, headline, old_headline = (
        a_news(ago=9, spans=hit("body")),
        a_news(ago=20, spans=hit("headline")),
        a_news(ago=30, spans=hit("headline")),
    )
    no_text, dateline = a_news(ago=10, spans=hit("agency")), a_news(ago=1, spans=hit("place") + hit("body", at=400))

    told = a_digest(passing, dateline, no_text, lead, old_headline, headline)

    assert list(told.groups()) == [("dprk", (headline, old_headline, lead, no_text, passing, dateline))]


def test_what_is_met_in_passing_stands_on_one_line():
    passing = a_news(
        "Ministers met", body="Tea.\nAt last of Korea.", spans=hit("body", at=16), also=("City",), tags=("grain",), slug="2nd LD"
    )
    told = render(a_digest(passing))

    assert (
        "- Ministers met · Example Wire · 14:05 · 2nd LD · via: Korea · also in City · also under grain\nhttps://example.org/1\n"
        in told.text
    )
    assert "Ministers met · Example Wire · 14:05 · 2nd LD · via: Korea · also in City · also under grain" in words(told.html)
    assert "At last" not in told.text + told.html


def test_what_a_rule_brings_beyond_its_most_is_told_by_headline():
    news = [a_news(f"Story {number}", ago=number, spans=hit("headline"), url=f"https://example.org/{number}") for number in range(3)]
    told = render(replace(a_digest(*news, a_news("Wheat", rule="grain")), most={"dprk": 2}))

    assert shown(told.text) == ["Story 0", "Story 1", "- Story 2", "Wheat"]
    assert Page(told.html).links == [*(one.story.canonical_url for one in news), "https://example.org/1"]


def test_who_was_away_is_told_of_that_time_by_headline_under_each_rule():
    news = [a_news("Story", spans=hit("headline"), slug="2nd LD", revision=2), a_news("Wheat", rule="grain")]
    away = (datetime(2026, 7, 1, tzinfo=UTC), NOON)
    told = {
        language: render(replace(a_digest(*news, recipient=replace(ANALYST, language=language)), away=away))
        for language in ("en", "de", "ko")
    }

    assert told["en"].text.startswith(
        "You were away Wed, Jul 1 – Mon, Jul 27: 2 stories, by rule below\n\ndprk: 1 · grain: 1\n\ndprk · 1 story\n"
    )
    assert shown(told["en"].text) == ["- Story · Example Wire · 14:05 · 2nd LD · v2", "- Wheat · Example Wire · 14:05"]
    assert told["de"].text.startswith("Sie waren Mi., 1. Juli – Mo., 27. Juli abwesend: 2 Meldungen, unten nach Regeln\n")
    assert told["ko"].text.startswith("부재 기간 7월 1일 (수) – 7월 27일 (월): 기사 2건, 아래 규칙별 목록\n")
    assert "You were away Wed, Jul 1 – Mon, Jul 27: 2 stories, by rule below" in words(told["en"].html)
    assert "Crowds" not in told["en"].text + told["en"].html


def test_a_time_away_ends_with_its_last_whole_day():
    away = (datetime(2026, 6, 30, 22, tzinfo=UTC), datetime(2026, 7, 26, 22, tzinfo=UTC))

    told = render(replace(a_digest(a_news("Story"), recipient=replace(ANALYST, timezone=ZoneInfo("Europe/Berlin"))), away=away))

    assert told.text.startswith("You were away Wed, Jul 1 – Sun, Jul 26: ")


def test_an_alert_shows_a_passing_mention_with_its_sentence_and_says_for_which_rules_it_comes():
    reader = replace(ANALYST, rules=("grain", "dprk"), instant=("dprk",))
    news = a_news(
        "Story",
        body="Crowds came. Wheat rose.\nNorth Korea was quiet.",
        spans=hit("body", "North Korea", at=len("Crowds came. Wheat rose.\n")),
    )

    told = render(replace(a_digest(news, recipient=reader), is_alert=True))

    assert "»North Korea« was quiet." in told.text
    assert "because you follow dprk." in told.text


def test_of_stories_told_at_one_length_the_subject_names_one_that_the_reader_can_read():
    news = [a_news(f"Story {language}", ago=ago, spans=hit("headline")) for ago, language in enumerate(("ru", "de", "en"))]
    news = [replace(each, story=replace(each.story, language=each.story.headline[-2:])) for each in news]
    reader = replace(ANALYST, reads=("en", "de"))

    assert render(a_digest(*news, recipient=reader)).subject == "3 stories · dprk: Story de"
    assert render(a_digest(news[0], recipient=reader)).subject == "1 story · dprk: Story ru"


def test_the_subject_names_no_mention_where_another_rule_has_a_story_of_its_own():
    mention = a_news("Choir sings", body="Tea.\nAt last of Korea.", spans=hit("body", at=16))
    other = replace(mention, rule="grain")

    assert render(a_digest(mention, a_news("Wheat up", rule="grain", spans=hit("lead")))).subject == "2 stories · grain: Wheat up"
    assert render(a_digest(mention, other)).subject == "2 stories · dprk: Choir sings"


def test_the_subject_goes_on_to_the_next_rule_for_a_story_that_the_reader_can_read():
    news = [
        replace(each, story=replace(each.story, language=code))
        for each, code in ((a_news("Парад"), "ru"), (a_news("Wheat up", rule="grain"), "en"))
    ]

    assert render(a_digest(*news, recipient=replace(ANALYST, reads=("en",)))).subject == "2 stories · grain: Wheat up"
    assert render(a_digest(*news)).subject == "2 stories · dprk: Парад"


def test_what_was_sent_at_once_is_counted_and_not_repeated():
    told = render(replace(a_digest(a_news()), at_once=3))

    assert told.text.startswith("3 sent at once\n\ndprk")
    assert "1 story · Mon, Jul 27 3 sent at once dprk · 1" in words(told.html)
    assert "at once" not in render(a_digest(a_news())).text


def test_volumes_stand_below_the_news_as_cells_and_as_numbers():
    volumes = tuple(
        Volume(rule=rule, first=date(2026, 7, 14), counts=counts)
        for rule, counts in {"dprk": (2, 1200, *[0] * 11, 4), "grain": (0,) * 14, "left": (1,) * 14}.items()
    )
    told = render(replace(a_digest(a_news()), volumes=volumes, names={"dprk": "North <Korea>"}))

    assert (
        "Stories a day, Tue, Jul 14 – Mon, Jul 27\n========================================\n\n"
        "North <Korea>: 2 1200 0 0 0 0 0 0 0 0 0 0 0 4\nleft: 1 1 1 1 1 1 1 1 1 1 1 1 1 1\n\n-- \n"
    ) in told.text
    assert re.findall(r'<td\b[^>]*class="bar"[^>]* height="(\d+)"', told.html) == ["1", "28", "1"]
    assert words(told.html).count(" 1k ") == 1
    assert "a day" not in render(a_digest(a_news())).text


def test_the_text_tells_each_story_and_why_and_when_next():
    body = "Pyongyang was quiet. North Korea held a parade."
    span = ("body", body.index("North"), body.index("North") + 11, "North Korea")

    assert render(a_digest(a_news(body=body, spans=(span,), tags=("parade",)), a_news("Wheat up", rule="grain", ago=65))).text == (
        "dprk: 1 · grain: 1\n\n"
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


def test_the_page_says_first_how_many_stand_under_each_rule_where_there_are_several():
    one, two = (words(render(a_digest(*news)).html) for news in ((a_news(), a_news()), (a_news(), a_news(), a_news(rule="grain"))))

    assert one.partition("Jul 27 ")[2].startswith("dprk · 2 Parade held")
    assert two.partition("Jul 27 ")[2].startswith("dprk 2 · grain 1 dprk · 2 Parade held")


def test_for_lock_screens_the_subject_is_the_count_alone():
    assert render(a_digest(a_news(), recipient=replace(ANALYST, subject="count"))).subject == "1 story"
    assert render(a_digest(recipient=replace(ANALYST, subject="count"))).subject == "All quiet"


def test_a_lock_screen_finds_no_headline_among_the_first_words_of_the_page():
    def first(subject):
        page = words(render(a_digest(a_news(), recipient=replace(ANALYST, subject=subject))).html)
        return page.partition("Jul 27")[2][:100]

    assert "Parade" in first("full")
    assert not re.search(r"\w", first("count"))


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
        ("de", "Sofortmeldung · dprk: Parade held", "Sofortmeldung · 2 Meldungen · dprk: Parade held"),
        ("ko", "즉시 알림 · dprk: Parade held", "즉시 알림 · 기사 2건 · dprk: Parade held"),
    ],
)
def test_the_subject_of_what_is_told_at_once_says_so(language, one, two):
    reader = replace(ANALYST, language=language)

    subjects = [render(replace(a_digest(*news, recipient=reader), is_alert=True)).subject for news in ([a_news()], [a_news(), a_news()])]

    assert subjects == [one, two]


def test_the_subject_of_an_alert_keeps_headlines_off_a_lock_screen():
    alert = replace(a_digest(a_news(), a_news(), recipient=replace(ANALYST, subject="count")), is_alert=True)

    assert render(alert).subject == "Alert · 2 stories"


@pytest.mark.parametrize("volumes", [(), (Volume(rule="dprk", first=date(2026, 7, 14), counts=(1,) * 14),)])
def test_digest_08_a_digest_without_news_is_three_lines(volumes):
    parts = render(replace(a_digest(), coverage=Coverage(sources=18, read=412), volumes=volumes))

    assert parts.subject == "All quiet"
    assert parts.text == (
        "All quiet. Nothing new under your rules.\n"
        "18 of 18 sources healthy · 412 read · 0 matched · 0 merged · 0 dropped\n"
        "Next digest: Tue, Jul 28, 07:00. Times are those of Europe/Berlin.\n\n"
        "-- \nYou receive this because you follow dprk and grain.\nWatched for you by wirewatch.\n"
    )
    assert (
        "All quiet · Mon, Jul 27 Nothing new under your rules. 18 of 18 sources healthy · 412 read · 0 matched · 0 merged · 0 dropped "
        "Next digest: Tue, Jul 28, 07:00. Times are those of Europe/Berlin. You receive this"
    ) in words(parts.html)


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


@pytest.mark.parametrize("field", ["headline", "body"])
def test_digest_10_marks_words_and_other_sources_are_text_and_nothing_else(field):
    news = a_news(slug=HOSTILE, also=(HOSTILE,), tags=(HOSTILE,), spans=hit(field, HOSTILE, at=400), told_at=NOON, revision=2)
    volumes = (Volume(rule="dprk", first=date(2026, 7, 14), counts=(1,) * 14),)
    parts = render(replace(a_digest(news), names={"dprk": HOSTILE}, volumes=volumes))

    assert "script" not in Page(parts.html).tags
    assert "\u202e" not in parts.html + parts.text and "\x1b" not in parts.html + parts.text
    assert parts.text.count("<script>") >= 4 and "{{7*7}}" in parts.text


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


STORIES = st.lists(
    st.tuples(st.sampled_from(["dprk", "grain", "left"]), st.sampled_from(["headline", "lead", "body", "agency"]), st.integers(0, 99))
)


@settings(max_examples=15, deadline=None)
@given(STORIES, st.dictionaries(st.sampled_from(["dprk", "left"]), st.integers(1, 3)), st.booleans())
def test_digest_11_text_and_page_tell_the_same_stories_in_the_same_order(stories, most, is_away):
    news = [
        a_news(f"Story {number}", url=f"https://example.org/{number}", rule=rule, ago=ago, spans=hit(field, at=ago))
        for number, (rule, field, ago) in enumerate(stories)
    ]
    told = render(replace(a_digest(*news), most=most, away=(NOON, NOON) if is_away else None))
    links = [line for line in told.text.splitlines() if line.startswith("https:")]

    assert Page(told.html).links == links
    assert sorted(links) == sorted(one.story.canonical_url for one in news)
    assert re.findall(r"Story \d+", told.text) == [f"Story {link.rpartition('/')[2]}" for link in links]


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


def many(count, **given):
    return [
        a_news(f"Story {number}", url=f"https://example.org/{number}", ago=number, rule=("dprk", "grain")[number % 2], **given)
        for number in range(count)
    ]


def test_digest_08_no_matches_say_so():
    parts = render(a_digest())

    assert (parts.subject, "Nothing new under your rules." in parts.text) == ("All quiet", True)


@pytest.mark.parametrize("language", ["en", "de", "ko"])
def test_digest_08_of_five_thousand_matches_the_page_names_the_first_and_says_how_many_follow_the_text_2000(language):
    digest = a_digest(*many(5_000), recipient=replace(ANALYST, language=language))
    parts = render(digest)
    page = Page(parts.html)

    assert 0.9 * 80_000 < len(parts.html.encode()) <= 80_000
    assert len(page.links) == len(set(page.links)) > 100
    assert f"{5_000 - len(page.links)}" in page.text and "stories.csv" in page.text
    listed = [line for line in parts.text.splitlines() if line.startswith("https:")]
    assert len(listed) == len(set(listed)) == 2_000 and set(page.links) <= set(listed)
    assert "3000" in parts.text and "stories.csv" in parts.text
    assert parts.text.count("dprk · ") == 1 and "2500" in parts.text
    assert "5000" in parts.subject


def test_of_two_hundred_stories_the_page_names_nearly_all_and_the_text_all():
    parts = render(a_digest(*many(200, body="Crowds cheered in the capital. " * 20)))
    page = Page(parts.html)

    assert len(parts.html.encode()) <= 80_000
    assert page.tags.count("h3") >= 15 and len(page.links) >= 150
    assert parts.text.count("https://example.org/") == 200 and parts.text.count("Crowds cheered") == 200
    assert (f"{200 - len(page.links)} more stories are listed in the text part" in page.text) == (len(page.links) < 200)
    assert "more stories" not in parts.text


def test_a_monstrous_headline_is_left_to_the_text_and_the_others_stand():
    page = Page(render(a_digest(a_news("m" * 100_000), *many(20))).html)

    assert len(page.links) == 20 and "1 more story is listed in the text part" in page.text
