"""`wirewatch serve` as a process: the page behind a mail's link, over real HTTP."""

import http.client
import re
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count

import pytest

from monitor import embedded
from tests.processes import Desk, Running, a_desk, wait_until

FORM = "application/x-www-form-urlencoded"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
_numbers = count(1)


@dataclass
class Site:
    """The served pages, and the store behind them."""

    desk: Desk
    process: Running
    host: str

    def ask(self, method: str, path: str, body: bytes | str = b"", kind: str = FORM, **headers: str) -> tuple[int, str, dict[str, str]]:
        """Send a request; status, text and header fields of the answer."""
        connection = http.client.HTTPConnection(self.host, timeout=20)
        try:
            connection.request(method, path, body or None, {"Content-Type": kind, **headers} if body else headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), {name.lower(): value for name, value in answer.getheaders()}
        finally:
            connection.close()

    def a_reader(self, name: str = "") -> tuple[str, str]:
        """Somebody who follows a rule and got a mail: their address, and the path of its link."""
        number, token = next(_numbers), secrets.token_urlsafe(32)
        email = name or f"reader{number}@example.org"
        self.desk.rows("insert into recipient values (%s, %s)", email, NOON)
        self.desk.rows("insert into subscription values (%s, 'dprk', 0, %s)", email, NOON)
        self.a_mail(email, token)
        return email, f"/unsubscribe/{token}"

    def a_mail(self, email: str, token: str = "") -> None:
        """A mail that waits to be sent, with a link if there is a token."""
        id = f"<{next(_numbers)}@example.org>"
        query = "insert into mail (recipient, message_id, bytes, next_try_at, created_at) values (%s, %s, '', %s, %s) returning id"
        [(mail,)] = self.desk.rows(query, email, id, NOON + timedelta(days=365), NOON)
        if token:
            self.desk.rows("insert into link values (%s, %s)", sha256(token.encode()).digest(), mail)

    def absences(self, email: str) -> list[tuple[str, str, float | None]]:
        """Kind, by whom, and for how many days."""
        query = "select kind, by, extract(epoch from over_at - began_at)::float / 86400 from absence where recipient = %s order by id"
        return [tuple(row) for row in self.desk.rows(query, email)]  # type: ignore[misc]

    def follows(self, email: str) -> bool:
        return bool(self.desk.rows("select from subscription where recipient = %s and ended_at is null", email))


@pytest.fixture(scope="module")
def site(shared_database_url: str) -> Iterator[Site]:
    with a_desk(shared_database_url) as desk:
        german = '[[recipient]]\nemail = "dora@example.org"\nlanguage = "de"\ntimezone = "Europe/Berlin"\nrules = ["dprk"]'
        desk.configure(more=german)
        with desk.start("serve", "--listen", "127.0.0.1:0") as process:
            found = wait_until(lambda: re.search(r"listening url=http://(\S+)", process.said()))
            yield Site(desk, process, found[1])


def test_the_service_manager_hears_that_it_answers_lives_and_leaves(shared_database_url: str) -> None:
    with a_desk(shared_database_url) as desk, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(desk.folder / "notify"))
        manager.settimeout(20)
        desk.configure()
        desk.environment |= {"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "120000000"}
        with desk.start("serve", "--listen", "127.0.0.1:0") as process:
            heard = [manager.recv(100), manager.recv(100)]
            assert process.leaves()[0] == 0
            heard.append(manager.recv(100))

    assert heard == [b"READY=1", b"WATCHDOG=1", b"STOPPING=1"]


def test_a_get_asks_names_the_masked_address_and_changes_nothing(site: Site) -> None:
    email, path = site.a_reader()

    status, page, _ = site.ask("GET", path)

    assert status == 200
    assert "Stop the mails to r…@example.org, or pause them?" in page
    assert email not in page
    assert re.findall(r'value="([^"]+)"', page) == ["stop", "pause-1", "pause-2", "pause-4"]
    assert (site.absences(email), site.follows(email)) == ([], True)


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "DELETE"])
def test_what_looks_at_links_never_acts(site: Site, method: str) -> None:
    email, path = site.a_reader()

    status, _, _ = site.ask(method, f"{path}?do=stop&List-Unsubscribe=One-Click")

    assert status == (200 if method == "HEAD" else 405)
    assert (site.absences(email), site.follows(email)) == ([], True)


def test_a_get_with_the_choice_in_its_address_only_asks(site: Site) -> None:
    email, path = site.a_reader()

    assert site.ask("GET", f"{path}?do=stop&List-Unsubscribe=One-Click")[0] == 200
    assert site.absences(email) == []


MULTIPART = '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'


@pytest.mark.parametrize(
    ("body", "kind"),
    [("do=stop", FORM), ("List-Unsubscribe=One-Click", FORM), (MULTIPART, "multipart/form-data; boundary=x")],
    ids=["the page's", "one click", "one click in parts"],
)
def test_a_post_stops_at_once_and_says_so_however_often(site: Site, body: str, kind: str) -> None:
    email, path = site.a_reader()

    answers = [site.ask("POST", path, body, kind) for _ in range(2)]

    assert [(status, "Nothing more is sent to r…@example.org." in page) for status, page, _ in answers] == [(200, True)] * 2
    assert (site.absences(email), site.follows(email)) == ([("stopped", "recipient", None)], False)
    assert site.desk.rows("select state, next_try_at, error from mail where recipient = %s", email) == [
        ("recalled", None, "its recipient has left")
    ]
    assert "Nothing more is sent" in site.ask("GET", path)[1]


def test_a_pause_is_for_as_many_weeks_as_chosen_last_and_does_not_take_back_a_stop(site: Site) -> None:
    email, path = site.a_reader()

    site.ask("POST", path, "do=pause-4")
    status, page, _ = site.ask("POST", path, "do=pause-1")
    paused = site.absences(email)
    site.ask("POST", path, "do=stop")
    after = site.ask("POST", path, "do=pause-2")[1]

    assert (status, "Nothing is sent to r…@example.org before " in page) == (200, True)
    assert [(kind, by, round(days or 0)) for kind, by, days in paused] == [("paused", "recipient", 7)]
    assert "Nothing more is sent" in after


def test_the_page_speaks_the_readers_language_and_zone(site: Site) -> None:
    _, path = site.a_reader("dora@example.org")

    assert 'lang="de"' in site.ask("GET", path)[1]
    assert "(Europe/Berlin) nichts gesendet" in site.ask("POST", path, "do=pause-2")[1]


def test_a_forwarded_mails_link_speaks_for_whom_it_was_sent_to_alone(site: Site) -> None:
    ann, path = site.a_reader()
    bob, _ = site.a_reader()

    site.ask("POST", path, "do=stop")

    assert (site.follows(ann), site.follows(bob)) == (False, True)


@pytest.mark.parametrize("token", ["x", "A" * 43, "%00", "..%2f..", "A" * 44, "é".encode().hex() * 400, "'%20or%20true--"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_token_that_was_never_sent_is_404_and_says_what_to_do(site: Site, token: str, method: str) -> None:
    status, page, _ = site.ask(method, f"/unsubscribe/{token}", "do=stop" if method == "POST" else "")

    assert status == 404
    assert "This link is not known." in page and "foot of your newest mail" in page
    assert "<button" not in page


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ("", FORM, 400),
        ("do=pause-52", FORM, 400),
        ("do=stop&do=pause-1", FORM, 400),
        ("List-Unsubscribe=Two-Clicks", FORM, 400),
        ('{"do": "stop"}', "application/json", 400),
        (b"\xff\xfe\x00" * 100, FORM, 400),
        (b"do=stop" + b"&" * 5000, FORM, 413),
    ],
)
def test_a_post_that_says_nothing_we_know_is_refused_and_changes_nothing(site: Site, body: bytes | str, kind: str, status: int) -> None:
    email, path = site.a_reader()

    answered, page, _ = site.ask("POST", path, body, kind)

    assert (answered, "Nothing was changed." in page) == (status, True)
    assert site.absences(email) == []


@pytest.mark.parametrize("path", ["link", "/unsubscribe/x", "/", "/health", "/unsubscribe/"])
def test_every_answer_loads_nothing_is_kept_by_nobody_and_found_by_nobody(site: Site, path: str) -> None:
    _, link = site.a_reader()

    _, page, fields = site.ask("GET", link if path == "link" else path)

    assert fields["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    names = ("referrer-policy", "x-content-type-options", "x-frame-options", "x-robots-tag", "cache-control")
    assert [fields[name] for name in names] == ["no-referrer", "nosniff", "DENY", "noindex, nofollow", "no-store"]
    assert "server" not in fields
    assert not re.search(r"<script|src=|href=|url\(|@import", page)


def test_health_is_a_sentence(site: Site) -> None:
    site.a_reader()  # whose mail has waited since noon

    status, said, _ = site.ask("GET", "/health")

    assert (status, said.startswith("Not well: no mail goes out, one waits since ")) == (503, True)


def test_metrics_are_for_prometheus_and_name_nobody(site: Site) -> None:
    site.a_reader()

    status, page, fields = site.ask("GET", "/metrics")

    assert (status, fields["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert re.search(r'^wirewatch_outbox_mails\{state="queued"\} [1-9]', page, re.MULTILINE)
    assert re.search(r"^process_resident_memory_bytes [1-9]", page, re.MULTILINE)
    assert "@" not in page


def test_no_token_stands_in_the_log(site: Site) -> None:
    _, path = site.a_reader()
    site.ask("GET", path)
    site.ask("POST", path, "do=stop")

    said = site.process.said()
    assert "left recipient=r…@example.org by=recipient" in said
    assert path.rpartition("/")[2] not in said


def test_sigterm_ends_it_with_0_and_a_place_that_is_taken_is_one_line(site: Site) -> None:
    taken = site.desk.run("serve", "--listen", site.host)
    wrong = site.desk.run("serve", "--listen", "8080")
    with site.desk.start("serve", "--listen", "127.0.0.1:0") as process:
        wait_until(lambda: "listening" in process.said())
        code, took = process.leaves()

    assert (taken.code, taken.err.count("\n")) == (1, 1)
    assert f"cannot listen on {site.host}" in taken.err and "--listen HOST:PORT" in taken.err
    assert wrong.code == 2 and 'use a host and a port, such as "127.0.0.1:8080"' in wrong.err
    assert (code, took < 10) == (0, True)


def test_it_waits_for_postgres_at_its_start_and_answers_a_monitor_in_time_while_that_is_away() -> None:
    with a_desk() as desk, embedded.start(desk.folder / "server") as first:
        desk.database_url = first.url
        first.stop()
        with desk.start("serve", "--listen", "127.0.0.1:0") as process:
            wait_until(lambda: "start waits code=start-waits error=Postgres cannot be reached: " in process.said())
            with embedded.start(desk.folder / "server") as second:
                site = Site(desk, process, wait_until(lambda: re.search(r"listening url=http://(\S+)", process.said()), 60)[1])
                there = site.ask("GET", "/metrics")
                second.stop()
                began = time.monotonic()
                health, metrics = site.ask("GET", "/health"), site.ask("GET", "/metrics")
                took = time.monotonic() - began
                code, _ = process.leaves()

    assert (there[0], "wirewatch_store_up 1\n" in there[1]) == (200, True)
    assert health[:2] == (503, "Not well: the store does not answer.\n")
    assert (metrics[0], "wirewatch_store_up 0\n" in metrics[1]) == (200, True)
    assert (took < 10, code) == (True, 0), took


def test_it_leaves_when_told_while_it_waits_for_postgres() -> None:
    with a_desk("postgresql://127.0.0.1:1/wirewatch") as desk, desk.start("serve", "--listen", "127.0.0.1:0") as process:
        wait_until(lambda: "start waits" in process.said())

        code, took = process.leaves()

    assert (code, took < 3) == (0, True)


def test_requests_that_are_begun_and_never_ended_keep_nobody_out_for_long(site: Site) -> None:
    host, _, port = site.host.partition(":")
    _, link = site.a_reader()
    head = f"POST {link} HTTP/1.1\r\nHost: {site.host}\r\nContent-Type: {FORM}\r\nContent-Length: 9\r\n\r\n".encode()
    half = b"GET /health HTTP/1.1\r\nHost:"
    with ExitStack() as stack:

        def begin(said: bytes, lines: int) -> None:
            for _ in range(lines):
                stack.enter_context(socket.create_connection((host, int(port)), timeout=20)).sendall(said)

        # Not all at once: heads that come when it is full already are refused, and keep no place.
        begin(head, 50)
        free = site.ask("GET", "/unsubscribe/none")[0]
        began = time.monotonic()
        begin(half, 55)
        full = site.ask("GET", "/unsubscribe/none")[0]
        wait_until(lambda: site.ask("GET", "/unsubscribe/none")[0] == 404)

    assert (free, full) == (404, 503)
    assert time.monotonic() - began < 30
