from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from alerts.catalogue import catalogue
from alerts.clock import Clock
from alerts.entry import Entry, entry
from alerts.news import News
from alerts.sentence import Piece
from spiders.story import Dateline, Story

NOON = datetime(2026, 7, 27, 12, 5, tzinfo=UTC)
BODY = "SEOUL, July 27 (Yonhap) -- Pyongyang was quiet. North Korea held a parade in North Korea's capital. Crowds cheered."


def some_news(headline="Parade held", body=BODY, lead="", hits=(), **kw):
    story_keys = {key: kw.pop(key) for key in set(kw) & set(Story.__dataclass_fields__)}
    story = Story(
        **{"canonical_url": "https://example.org/1", "published_at": NOON}
        | story_keys
        | {"headline": headline, "lead": lead, "paragraphs": (body,) if body else ()}
    )
    texts = {"headline": headline, "lead": lead, "body": body} | {
        f"other_headlines.{at}": text for at, text in enumerate(story.other_headlines)
    }
    spans = tuple((field, texts[field].index(alias), texts[field].index(alias) + len(alias), alias) for field, alias in hits)
    return News(story=story, **{"revision": 1, "rule": "dprk", "spans": spans, "source": "Example Wire", "seen_at": NOON} | kw)


def seen_by(news, *, language="en", zone="Europe/Berlin", **kw):
    return entry(news, clock=Clock(language=language, timezone=ZoneInfo(zone), now=NOON), t=catalogue(language), **kw)


def shown(pieces):
    return "".join(f"[{piece.text}]" if piece.hit else piece.text for piece in pieces)


def test_an_entry_tells_where_when_who_and_why():
    dateline = Dateline(raw="SEOUL, July 27 (Yonhap) --", places=("SEOUL",), month=7, day=27, agency="Yonhap")

    assert seen_by(some_news(hits=[("body", "North Korea")], agency="Yonhap", dateline=dateline, language="en", tags=("parade",))) == Entry(
        form="full",
        headline=(Piece(text="Parade held"),),
        language="en",
        link="https://example.org/1",
        url="https://example.org/1",
        dateline=(Piece(text="SEOUL, July 27"),),
        agency="Yonhap",
        time="14:05",
        marks=(),
        sentence=(Piece(text="North Korea", hit=True), Piece(text=" held a parade in North Korea's capital.")),
        via="",
        tags=("parade",),
        headline_only=False,
        also="",
    )


def test_the_body_is_quoted_before_the_lead():
    both = some_news(lead="On North Korea. And more.", hits=[("lead", "North Korea"), ("body", "Crowds")])

    assert shown(seen_by(both).sentence) == "[Crowds] cheered."


def test_a_hit_in_the_lead_alone_quotes_the_lead():
    assert shown(seen_by(some_news(lead="A day. On North Korea.", hits=[("lead", "North Korea")])).sentence) == "On [North Korea]."


def test_a_hit_in_the_headline_alone_marks_the_headline_above_a_plain_first_sentence():
    told = seen_by(some_news(hits=[("headline", "Parade")], lead="A day of music. And more."))

    assert (shown(told.headline), shown(told.sentence)) == ("[Parade] held", "A day of music.")


def test_a_hit_in_the_headline_and_in_the_body_is_marked_once_where_it_says_more():
    told = seen_by(some_news(hits=[("headline", "Parade"), ("body", "Crowds")]))

    assert (shown(told.headline), shown(told.sentence)) == ("Parade held", "[Crowds] cheered.")


def test_a_hit_in_another_headline_quotes_that_headline():
    told = seen_by(some_news(other_headlines=("Parade in DPRK",), hits=[("other_headlines.0", "DPRK")]))

    assert shown(told.sentence) == "Parade in [DPRK]"


def test_a_hit_in_the_dateline_alone_is_marked_there():
    news = some_news(
        body="PYONGYANG, July 27 (KCNA) -- Crowds cheered.",
        hits=[("body", "PYONGYANG")],
        agency="KCNA",
        dateline=Dateline(raw="PYONGYANG, July 27 (KCNA) --", agency="KCNA"),
    )

    assert (shown(seen_by(news).dateline), shown(seen_by(news).sentence)) == ("[PYONGYANG], July 27", "Crowds cheered.")


def test_a_dateline_that_stands_elsewhere_is_not_marked_for_the_body():
    news = some_news(body="Crowds cheered.", hits=[("body", "Crowds")], snippet=0, dateline=Dateline(raw="PYONGYANG, July 27"))

    assert shown(seen_by(news).dateline) == "PYONGYANG, July 27"


def test_the_sentence_with_most_hits_is_quoted():
    news = some_news(body="One Korea here. Kim of Korea there.", hits=[("body", "Korea"), ("body", "Kim"), ("body", "of Korea")])

    assert shown(seen_by(news).sentence) == "[Kim] [of Korea] there."


def test_the_sentence_never_repeats_the_headline():
    news = some_news(headline="North Korea holds parade", body="NORTH KOREA HOLDS PARADE.\nCrowds cheered.", hits=[("body", "NORTH KOREA")])

    assert shown(seen_by(news).sentence) == "Crowds cheered."


def test_a_mail_carries_no_more_of_the_text_than_the_licence_allows():
    assert len(shown(seen_by(some_news(snippet=20, hits=[("body", "parade")])).sentence)) <= 20 + len("[]")
    assert seen_by(some_news(snippet=0, hits=[("body", "parade")])).sentence == ()


def test_a_story_without_text_or_headline_still_shows_its_address():
    bare = seen_by(some_news(headline=" ", body=""))

    assert (bare.headline, bare.sentence) == ((Piece(text="https://example.org/1"),), ())


@pytest.mark.parametrize(
    ("raw", "agency", "line"),
    [
        ("MOSCOW, July 27. /TASS/.", "TASS", "MOSCOW, July 27"),
        ("(서울=연합뉴스) 홍길동 기자 =", "Yonhap", "서울"),
        ("(서울·평양=연합뉴스) 홍길동 기자 =", "Yonhap", "서울·평양"),
        ("【ソウル聯合ニュース】", "Yonhap", "【ソウル聯合ニュース】"),
        ("BEIJING, Feb. 16, Kyodo", "Kyodo", "BEIJING, Feb. 16, Kyodo"),
    ],
)
def test_the_line_does_not_name_the_agency_twice(raw, agency, line):
    assert shown(seen_by(some_news(agency=agency, dateline=Dateline(raw=raw, agency=agency))).dateline) == line


def test_the_dateline_of_another_agency_keeps_its_credit():
    news = some_news(agency="AFP", dateline=Dateline(raw="MOSCOW, July 27. /TASS/.", agency="TASS"))

    assert shown(seen_by(news).dateline) == "MOSCOW, July 27. /TASS/"


@pytest.mark.parametrize("form", ["line", "headline"])
def test_a_story_on_one_line_quotes_no_sentence_and_says_which_words_found_it(form):
    told = seen_by(some_news(hits=[("body", "North Korea"), ("body", "Crowds")]), form=form)

    assert (told.form, told.sentence, told.via) == (form, (), "via: North Korea, Crowds")


def test_a_story_on_one_line_is_marked_where_its_headline_was_hit():
    told = seen_by(some_news(hits=[("headline", "Parade"), ("body", "Crowds")]), form="headline")

    assert (shown(told.headline), told.via) == ("[Parade] held", "")


def test_the_words_that_found_it_are_named_where_the_mail_may_not_quote_them():
    assert seen_by(some_news(snippet=0, hits=[("body", "parade")])).via == "via: parade"


def test_an_entry_shows_which_version_it_is_and_that_it_is_late():
    told = seen_by(some_news(slug="2nd LD", revision=4, told_at=NOON, seen_at=NOON), since=NOON + timedelta(minutes=1))

    assert (told.marks, told.time) == (("2nd LD", "v4, first told 14:05"), "late: 14:05, seen today")


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "java\nscript:alert(1)", "data:text/html,x", "ftp://example.org/", "//example.org/x", ""]
)
def test_only_a_web_address_becomes_a_link(url):
    assert seen_by(some_news(canonical_url=url)).link == ""


def test_an_address_cannot_leave_its_attribute():
    assert seen_by(some_news(canonical_url='https://example.org/?q="><b> é')).link == "https://example.org/?q=%22%3E%3Cb%3E%20é"


def test_a_language_that_is_none_is_left_out():
    assert [seen_by(some_news(language=language)).language for language in ("zh-hant", '"><b>', None)] == ["zh-hant", "", ""]
