from importlib.metadata import version

import pytest
from scrapy import Request
from scrapy.settings import default_settings
from scrapy.utils.httpobj import urlparse_cached
from scrapy.utils.misc import load_object

from spiders.settings import settings, user_agent


def test_the_user_agent_says_who_asks_and_where_to_complain() -> None:
    assert user_agent("desk@example.org") == f"wirewatch/{version('wirewatch')} (+desk@example.org)"
    assert settings(contact="desk@example.org")["USER_AGENT"] == user_agent("desk@example.org")


def test_scrapy_knows_every_setting_by_this_name() -> None:
    """It passes over a misspelt one in silence, and our mistrust with it."""
    unknown = [name for name in settings(contact="") if not hasattr(default_settings, name)]

    assert unknown == ["WIREWATCH_CA_FILE", "WIREWATCH_PROXY"]  # read by our own parts of it


@pytest.mark.parametrize("name", ["EXTENSIONS", "SPIDER_MIDDLEWARES", "DOWNLOADER_MIDDLEWARES"])
def test_what_is_switched_off_would_otherwise_be_on(name: str) -> None:
    off = [path for path, place in settings(contact="")[name].items() if place is None]

    assert off
    assert [path for path in off if path not in getattr(default_settings, f"{name}_BASE")] == []
    assert all(map(load_object, off))


def test_every_protocol_but_http_and_https_is_off() -> None:
    handlers = {**default_settings.DOWNLOAD_HANDLERS_BASE, **settings(contact="")["DOWNLOAD_HANDLERS"]}

    assert {scheme for scheme, handler in handlers.items() if handler} == {"http", "https"}


def test_only_this_machine_is_asked_without_a_pause() -> None:
    slots = settings(contact="")["DOWNLOAD_SLOTS"]

    assert {urlparse_cached(Request(url)).hostname for url in ("http://127.0.0.1:8/x", "http://LOCALHOST/", "http://[::1]:8/x")} == set(
        slots
    )
    assert settings(contact="")["DOWNLOAD_DELAY"] > 0
    assert settings(contact="")["CONCURRENT_REQUESTS_PER_DOMAIN"] == 1


def test_every_part_of_ours_is_there_and_a_proxy_only_where_one_is_given() -> None:
    parts = [path for path, place in settings(contact="")["DOWNLOADER_MIDDLEWARES"].items() if place]
    proxied = [path for path, place in settings(contact="", proxy="http://proxy:3128")["DOWNLOADER_MIDDLEWARES"].items() if place]

    assert all(map(load_object, (*proxied, settings(contact="")["DOWNLOAD_HANDLERS"]["https"])))
    assert set(proxied) - set(parts) == {"spiders.proxy.ProxyMiddleware"}


def test_a_stop_that_waits_for_a_download_and_its_reading_stays_below_thirty_seconds() -> None:
    from spiders import reading

    assert settings(contact="")["DOWNLOAD_TIMEOUT"] + reading.TIME_LIMIT + reading.GRACE < 30
