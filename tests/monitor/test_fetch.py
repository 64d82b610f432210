"""The [fetch] table: who we are, what may be asked, through what."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from tests.monitor.configured import SECRET, faults, read, write


@pytest.mark.parametrize("network", ["10.0.0.1/8", "intranet", "10.0.0.0/40", ""])
def test_only_networks_may_be_allowed(tmp_path: Path, network: str) -> None:
    (fault,) = faults(tmp_path, f'[fetch]\nallow = ["{network}"]\n')

    assert fault.startswith("wirewatch.toml: [fetch]: allow is a list; ")


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "[::1]", "localhost", "wire.localhost", "127.9.9.9"])
def test_a_wire_on_this_machine_needs_no_contact(tmp_path: Path, host: str) -> None:
    assert read(tmp_path, f'[[source]]\nid = "demo"\nfeed = "http://{host}/rss"\n').contact == ""


@pytest.mark.parametrize("host", ["news.example.org", "localhost.example.org", "10.0.0.1", "[fd00::1]"])
def test_any_other_wire_needs_a_contact(tmp_path: Path, host: str) -> None:
    assert faults(tmp_path, f'[[source]]\nid = "far"\nfeed = "http://{host}/rss"\n') == [
        'wirewatch.toml: [fetch]: contact is missing; write contact = "desk@example.org": it goes into the user agent that far sees'
    ]


def test_a_contact_that_no_header_can_carry_is_refused(tmp_path: Path) -> None:
    for contact in ("desk", "a@example.org\\nX: y", "https://exämple.org/"):
        (fault,) = faults(tmp_path, f'[fetch]\ncontact = "{contact}"\n')
        assert fault.endswith('use an e-mail address or the address of a page, such as "desk@example.org"')


WAYS = ['sitemap = "https://{}/"', 'listing = "http://{}/"', 'json = {{ url = "http://{}/", paths = {{ items = "@" }} }}']


@pytest.mark.parametrize("way", WAYS)
def test_a_wire_that_is_asked_elsewhere_in_any_way_needs_a_contact(tmp_path: Path, way: str) -> None:
    text = '[[source]]\nid = "far"\nfeed = "http://127.0.0.1/rss"\n'

    assert read(tmp_path, text + way.format("[::1]")).contact == ""
    assert faults(tmp_path, text + way.format("news.example.org")) == [
        'wirewatch.toml: [fetch]: contact is missing; write contact = "desk@example.org": it goes into the user agent that far sees'
    ]


def test_a_folder_of_packets_needs_no_contact(tmp_path: Path) -> None:
    assert read(tmp_path, '[[source]]\nid = "inbox"\nfolder = "packets"\n').contact == ""


def test_the_environments_proxy_wins_and_nothing_is_none(tmp_path: Path) -> None:
    text = '[fetch]\nproxy = "http://file.example.org:3128"\n'
    write(tmp_path, "http://secret.example.org:3128\n", "proxy")

    assert read(tmp_path, '[fetch]\nproxy = ""\n', WIREWATCH_PROXY="").proxy == ""
    assert read(tmp_path, text).proxy == "http://file.example.org:3128"
    assert read(tmp_path, text, WIREWATCH_PROXY="http://[fd00::1]").proxy == "http://[fd00::1]"
    assert read(tmp_path, text, WIREWATCH_PROXY_FILE=str(tmp_path / "proxy")).proxy == "http://secret.example.org:3128"


@pytest.mark.parametrize(
    "proxy",
    [
        "user:{}@proxy.example.org",
        "socks5://user:{}@proxy.example.org:1080",
        "https://user:{}@proxy.example.org",
        "http://user:{}@",
        "http://user:{}@[fd00",
        "http://user:{}@proxy.example.org:99999",
        "http://user:{}@proxy.example.org/path",
        "http://user:{}@proxy.example.org\\nHost: b",
    ],
)
def test_a_proxy_that_cannot_be_used_is_refused_without_repeating_its_password(tmp_path: Path, proxy: str) -> None:
    told = faults(tmp_path, f'[fetch]\nproxy = "{proxy.format(SECRET)}"\n')

    assert told == ['wirewatch.toml: [fetch]: proxy is no proxy; use "http://proxy.example.org:3128"']
    assert faults(tmp_path, "[mail]\n", WIREWATCH_PROXY=proxy.format(SECRET)) == [
        'environment: WIREWATCH_PROXY is no proxy; use "http://proxy.example.org:3128"'
    ]


def a_certificate() -> bytes:
    key, name, now = ec.generate_private_key(ec.SECP256R1()), x509.Name([]), datetime.now(UTC)
    alone = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
    return alone.sign(key, SHA256()).public_bytes(Encoding.PEM)


def test_certificates_are_read_beside_the_file_and_what_holds_none_is_refused(tmp_path: Path) -> None:
    write(tmp_path, a_certificate(), "ca.pem")
    write(tmp_path, "no certificate", "ca.txt")

    assert read(tmp_path, '[fetch]\nca_file = "ca.pem"\n').ca_file == tmp_path / "ca.pem"
    (told,) = faults(tmp_path, '[fetch]\nca_file = "ca.txt"\n')
    assert told.startswith('wirewatch.toml: [fetch]: ca_file names "ca.txt", where no certificate can be read: ')
