import pytest

from spiders.site import site
from spiders.source import Source


@pytest.mark.parametrize(
    ("url", "registered"),
    [
        ("https://en.yna.co.kr/view/1", "yna.co.kr"),
        ("https://www.yna.co.kr", "yna.co.kr"),
        ("https://tass.com/politics/1", "tass.com"),
        ("http://www.kcna.kp/", "kcna.kp"),
        ("https://news.gov.ua/1", "news.gov.ua"),
        ("https://co.example/1", "co.example"),
        ("https://wire.desk.internal/1", "desk.internal"),
        ("https://www.some-paper.or.at/1", "some-paper.or.at"),
        ("https://one.blogspot.com/1", "one.blogspot.com"),
        ("https://www.gov.uk/1", "www.gov.uk"),
        ("https://gov.uk/1", "gov.uk"),
        ("http://127.0.0.1:8080/1", "127.0.0.1:8080"),
        ("http://[::1]:80/1", "::1:80"),
        ("http://localhost:80/1", "localhost:80"),
        ("/no/host", ""),
        ("http://[bad", ""),
        ("", ""),
    ],
)
def test_a_site_is_what_its_publisher_registered(url: str, registered: str) -> None:
    assert site(url) == registered


def test_a_source_publishes_what_lies_on_its_own_site() -> None:
    source = Source(id="yonhap", feed="https://en.yna.co.kr/RSS/news.xml")

    assert [source.publishes(url) for url in ("https://www.yna.co.kr/view/1", "https://other.co.kr/view/1", "")] == [True, False, False]


def test_a_neighbour_on_a_host_of_many_is_another_publisher() -> None:
    source = Source(id="one", feed="https://one.blogspot.com/feed.xml")

    assert [source.publishes(f"https://{name}.blogspot.com/1") for name in ("one", "two")] == [True, False]
