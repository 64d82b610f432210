from datetime import UTC, datetime, timedelta, timezone

import pytest

from spiders.jsonld import Article
from spiders.moment import Moment
from spiders.page import Page
from spiders.published import published

URL = "https://coast.example.org/harbour"


def when(body="", head="", *, url=URL, article=None, top=()):
    page = Page(f"<html><head>{head}</head><body>{body}</body></html>", url=url)
    return published(page, "", article, timezone=UTC, top=top)


def a_day(*parts):
    return Moment(at=datetime(*parts, tzinfo=UTC), precision="day")


def test_a_date_beside_the_headline_goes_before_a_meta_that_may_mean_a_change():
    head = '<meta name="date" content="2022-01-26T14:32:06+00:00">'

    assert when(head=head, top=["World", "21.01.2022"]) == a_day(2022, 1, 21)
    assert when(head=head) == Moment(at=datetime(2022, 1, 26, 14, 32, 6, tzinfo=UTC))


def test_a_date_beside_the_headline_gives_way_to_what_the_markup_states():
    head = '<meta property="article:published_time" content="2022-01-20T09:00:00+01:00">'

    assert when(head=head, top=["21.01.2022"]) == Moment(at=datetime(2022, 1, 20, 9, tzinfo=timezone(timedelta(hours=1))))


@pytest.mark.parametrize("line", ["Updated June 13, 2019", "Aktualisiert: 13.06.2019", "обновлено 13 июня 2019", "x" * 90 + " 13.06.2019"])
def test_a_line_that_tells_a_change_or_much_else_is_no_date_of_publication(line):
    assert when(top=[line]) is None


@pytest.mark.parametrize("printed", ["February 24, 2020 9:25 pm", "2020-02-24T21:25:54-05:00"])
def test_a_moment_in_utc_is_told_in_the_zone_of_the_pages_own_clock(printed):
    stated = Article(published="2020-02-25T02:25:54Z")
    at = datetime(2020, 2, 24, 21, 25, 54, tzinfo=timezone(timedelta(hours=-5)))

    found = when(article=stated, top=[printed])

    assert found == Moment(at=at) and found.at.utcoffset() == at.utcoffset()


@pytest.mark.parametrize("printed", ["February 25, 2020 3:40 am", "February 24, 2020 1:25 am", "February 25, 2020"])
def test_a_clock_that_no_zone_explains_leaves_the_moment_as_stated(printed):
    found = when(article=Article(published="2020-02-25T02:25:54Z"), top=[printed])

    assert found and found.at.utcoffset() == timedelta(0)


def test_a_date_far_from_that_of_the_address_is_not_the_storys():
    url = "https://coast.example.org/2019/10/22/harbour"

    assert when(url=url, article=Article(published="2009-04-11T18:06:36Z")) == a_day(2019, 10, 22)
    assert when(url=url, article=Article(published="2019-10-23T01:00:00Z")) == Moment(at=datetime(2019, 10, 23, 1, tzinfo=UTC))


def test_an_empty_field_is_no_date():
    assert when(article=Article(published="1970-01-01T00:00:00Z")) is None
