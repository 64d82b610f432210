"""Whose certificates are trusted, and who may speak old TLS, against servers that do speak it."""

import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
import pytest_asyncio
from certificates import serving, write_certificate
from hostile import a_source, hostile, redirect, rss
from keeper import polled

from spiders.crawl import Crawler, crawling
from spiders.order import FeedRead, PollFailed
from spiders.source import Source
from spiders.tls import BadCertificates, certificates

pytestmark = pytest.mark.asyncio(loop_scope="session")
HERE = [ip_network("127.0.0.0/8")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="module")
def trusted(folder: Path) -> Path:
    return write_certificate(folder, "127.0.0.1")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def crawler(reactor: None, trusted: Path) -> AsyncIterator[Crawler]:
    """Trusts one certificate of its own."""
    async with crawling(contact="desk@example.org", allow=HERE, time_limit=2, ca_file=trusted) as crawler:
        yield crawler


async def outcome(crawler: Crawler, source: Source) -> str:
    (result,) = await polled(crawler, source)
    assert isinstance(result, FeedRead | PollFailed)
    return result.error if isinstance(result, PollFailed) else "read"


async def test_a_certificate_of_ones_own_is_trusted(crawler: Crawler, trusted: Path) -> None:
    with hostile(tls=serving(trusted)) as wire:
        assert await outcome(crawler, a_source(wire.on("/rss", rss([])))) == "read"


async def test_no_other_is(crawler: Crawler, folder: Path, trusted: Path) -> None:
    """Neither one that nobody signed, nor an old one, nor one for another host."""
    unknown = write_certificate(folder, "127.0.0.2")
    with hostile("127.0.0.2", tls=serving(unknown)) as wire:
        assert "certificate verify failed" in await outcome(crawler, a_source(wire.on("/rss", rss([]))))
        assert wire.requests == []
    with hostile("127.0.0.2", tls=serving(trusted)) as wire:
        assert "VerificationError" in await outcome(crawler, a_source(wire.on("/rss", rss([]))))
        assert wire.requests == []


async def test_one_that_has_ended_is_refused_though_it_is_ones_own(folder: Path, reactor: None) -> None:
    ended = write_certificate(folder, "127.0.0.1", ends=timedelta(days=-1))
    with hostile(tls=serving(ended)) as wire:
        async with crawling(contact="desk@example.org", allow=HERE, ca_file=ended) as crawler:
            assert "certificate verify failed" in await outcome(crawler, a_source(wire.on("/rss", rss([]))))


async def test_without_a_file_of_ones_own_its_certificate_is_refused(trusted: Path, reactor: None) -> None:
    with hostile(tls=serving(trusted)) as wire:
        async with crawling(contact="desk@example.org", allow=HERE) as crawler:
            assert "certificate verify failed" in await outcome(crawler, a_source(wire.on("/rss", rss([]))))


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")
@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
async def test_old_tls_is_spoken_with_those_who_are_said_to_know_no_other(crawler: Crawler, trusted: Path, newest: ssl.TLSVersion) -> None:
    with hostile(tls=serving(trusted, newest)) as wire:
        source = a_source(wire.on("/rss", rss([])))

        assert "SSL" in await outcome(crawler, source)
        assert wire.requests == []
        assert await outcome(crawler, replace(source, legacy_tls=True)) == "read"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")
async def test_old_tls_is_not_spoken_with_the_host_that_such_a_source_leads_to(crawler: Crawler, trusted: Path) -> None:
    old = ssl.TLSVersion.TLSv1_1
    with hostile(tls=serving(trusted, old)) as wire, hostile(tls=serving(trusted, old)) as other:
        source = replace(a_source(wire.on("/rss", redirect(other.on("/rss", rss([]))))), legacy_tls=True)

        assert "SSL" in await outcome(crawler, source)
        assert (wire.asked, other.requests) == (["/rss"], [])


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")
async def test_old_tls_trusts_nobody_else(crawler: Crawler, folder: Path) -> None:
    unknown = write_certificate(folder, "127.0.0.2")
    with hostile("127.0.0.2", tls=serving(unknown, ssl.TLSVersion.TLSv1_1)) as wire:
        source = replace(a_source(wire.on("/rss", rss([]))), legacy_tls=True)

        assert "certificate verify failed" in await outcome(crawler, source)
        assert wire.requests == []


async def test_credentials_do_not_follow_a_redirect_from_https_to_http(crawler: Crawler, trusted: Path) -> None:
    with hostile(tls=serving(trusted)) as wire, hostile() as plain:
        source = replace(a_source(wire.on("/rss", redirect(plain.on("/rss", rss([]))))), headers=(("Authorization", "Bearer s3cret"),))

        assert await outcome(crawler, source) == "read"
        assert [wire.headers("/rss")[0]["Authorization"], plain.headers("/rss")[0]["Authorization"]] == ["Bearer s3cret", None]


async def test_a_file_that_holds_no_certificate_is_refused_at_the_start(tmp_path: Path, reactor: None) -> None:
    empty = tmp_path / "ca.pem"
    empty.write_text("-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n")

    with pytest.raises(BadCertificates, match="holds no certificates"):
        certificates(empty)
    with pytest.raises(BadCertificates, match=r"none\.pem: No such file"):
        async with crawling(contact="desk@example.org", ca_file=tmp_path / "none.pem"):
            pass
