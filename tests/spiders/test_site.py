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
