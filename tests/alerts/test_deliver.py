import asyncio
import ssl
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from alerts.deliver import QUIT_TIME, BadMailUrl, DeliveryError, Folder, MailUrl, Smtp, parse_url
from alerts.digest import Digest
from alerts.mail import build
from alerts.recipient import Recipient

NOON = datetime(2026, 7, 27, 12, 5, tzinfo=UTC)
DESK, ANALYST = "desk@example.org", "analyst@example.org"


def some_mail(run=7):
    return build(Digest(recipient=Recipient(email=ANALYST, rules=("dprk",)), news=(), now=NOON, next_at=None), run=run, sender=DESK)


@dataclass
class Server:
    """A mail server's mind: what it answers, and what it heard."""

    mail: str = "250 OK"
    rcpt: str = "250 OK"
    data: str = "250 OK"
    heard: list[tuple[str, Any]] = field(default_factory=list)

    async def handle_MAIL(self, server, session, envelope, address, options):
        self.heard.append(("MAIL", address))
        envelope.mail_from = address
        return self.mail

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.heard.append(("RCPT", address))
        envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server, session, envelope):
        self.heard.append(("DATA", envelope.content))
        if self.data == "hang up":
            server.transport.close()
        return self.data

    def login(self, server, session, envelope, mechanism, auth_data):
        self.heard.append(("AUTH", (auth_data.login, auth_data.password)))
        return AuthResult(success=auth_data.password == b"secret", handled=False)


@asynccontextmanager
async def listening(mind, *, ssl_context=None, **options):
    """Let a server listen on a free port of the loopback, and give the port."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(mind, hostname="test", loop=loop, **options), "127.0.0.1", 0, ssl=ssl_context)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A server's TLS context for 127.0.0.1, and the file that vouches for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now - timedelta(days=1), now + timedelta(days=1)
    )
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    signed = builder.add_extension(names, False).add_extension(x509.BasicConstraints(True, None), True).sign(key, SHA256())
    folder = tmp_path_factory.mktemp("certificate")
    ca_file, key_file = folder / "ca.pem", folder / "key.pem"
    ca_file.write_bytes(signed.public_bytes(Encoding.PEM))
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(ca_file, key_file)
    return context, ca_file


async def failure(channel, data=None):
    with pytest.raises(DeliveryError) as error:
        await channel.send(data or some_mail(), to=ANALYST, sender=DESK)
    return error.value


async def test_a_folder_takes_a_mail_and_its_page_under_its_message_id(tmp_path):
    await Folder(tmp_path / "outbox").send(some_mail(), to=ANALYST, sender=DESK)

    eml, html = sorted((tmp_path / "outbox").iterdir())
    assert eml.name.startswith("d.7.") and eml.name.endswith("@example.org.eml")
    assert (html.stem, html.suffix) == (eml.stem, ".html")
    assert eml.read_bytes() == some_mail()
    assert html.read_text("utf-8").startswith("<!DOCTYPE html>")


async def test_the_same_mail_twice_is_one_file_and_another_is_another(tmp_path):
    for run in (7, 7, 8):
        await Folder(tmp_path).send(some_mail(run), to=ANALYST, sender=DESK)

    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".eml", ".eml", ".html", ".html"]


async def test_a_message_id_cannot_lead_out_of_the_folder(tmp_path):
    await Folder(tmp_path / "outbox").send(b"Message-ID: </../../up/./x\0y>\r\n\r\n", to=ANALYST, sender=DESK)

    assert sorted(path.name for path in (tmp_path / "outbox").iterdir()) == ["up.x.y.eml", "up.x.y.html"]


async def test_a_folder_that_cannot_be_written_says_so_and_can_be_tried_again(tmp_path):
    tmp_path.joinpath("file").write_text("")

    error = await failure(Folder(tmp_path / "file"))
    assert (str(error), error.permanent) == (f"{tmp_path}/file: the message to {ANALYST} could not be written: File exists", False)


async def test_a_probe_does_all_but_the_message_and_says_what_the_server_said(certificate):
    mind, (context, ca_file) = Server(rcpt="250 2.1.5 she is known"), certificate
    async with listening(mind, tls_context=context, require_starttls=True, authenticator=mind.login) as port:
        said = await Smtp(f"smtp+starttls://desk@127.0.0.1:{port}", "secret", ca_file).probe(to=ANALYST, sender=DESK)

    assert said == "250 2.1.5 she is known"
    assert mind.heard == [("AUTH", (b"desk", b"secret")), ("MAIL", DESK), ("RCPT", ANALYST)]


async def test_a_probe_that_is_refused_says_with_which_words():
    mind = Server(rcpt="554 5.7.1 Relay access denied")
    async with listening(mind) as port:
        with pytest.raises(DeliveryError, match=f"^127.0.0.1:{port}: 554 5.7.1 Relay access denied$"):
            await Smtp(f"smtp://127.0.0.1:{port}").probe(to=ANALYST, sender=DESK)

    assert mind.heard == [("MAIL", DESK), ("RCPT", ANALYST)]


async def test_the_exact_bytes_arrive():
    mind, data = Server(), some_mail() + b".\r\n..dots\r\n"
    async with listening(mind) as port:
        await Smtp(f"smtp://127.0.0.1:{port}").send(data, to=ANALYST, sender=DESK)

    assert mind.heard == [("MAIL", DESK), ("RCPT", ANALYST), ("DATA", data)]


@pytest.mark.parametrize(
    ("answers", "permanent"),
    [
        # It speaks of the From, which is everybody's: the operator mends it, and no mail is lost by then.
        ({"mail": "550 5.7.1 sender rejected"}, False),
        ({"rcpt": "550 5.1.1 no such user"}, True),
        ({"rcpt": "554 5.7.1 Relay access denied"}, False),
        ({"rcpt": "553 5.1.8 unknown sender domain"}, False),
        ({"rcpt": "550 relay not permitted"}, False),
        ({"rcpt": "554 transaction failed"}, True),
        ({"rcpt": "450 4.2.0 greylisted"}, False),
        ({"rcpt": "421 4.3.2 closing"}, False),
        ({"data": "554 5.7.1 spam"}, True),
        ({"data": "452 4.3.1 disk full"}, False),
        ({"data": "hang up"}, False),
    ],
)
async def test_a_refusal_says_whether_trying_again_can_help(answers, permanent):
    async with listening(Server(**answers)) as port:
        error = await failure(Smtp(f"smtp://127.0.0.1:{port}"))

    assert error.permanent == permanent
    assert error.unanswered == ("hang up" in answers.values()), "then it may have the message"
    answer = next(iter(answers.values()))
    assert str(error).startswith(f"127.0.0.1:{port}: {answer if answer[0].isdigit() else ''}")


async def test_a_server_that_is_not_there_can_be_tried_again():
    async with listening(Server()) as port:
        pass

    assert not (await failure(Smtp(f"smtp://127.0.0.1:{port}"))).permanent


async def test_a_server_that_greets_with_a_refusal_says_nothing_against_the_mail():
    async def refuse(reader, writer):
        writer.write(b"554 5.3.2 \x1b[31mgo away\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        error = await failure(Smtp(f"smtp://127.0.0.1:{port}"))

    assert (str(error), error.permanent) == (f"127.0.0.1:{port}: 554 5.3.2 go away", False)


@pytest.mark.parametrize("scheme", ["smtp+starttls", "smtps"])
async def test_a_verified_server_gets_the_password_and_the_mail(certificate, scheme):
    context, ca_file = certificate
    mind = Server()
    tls = {"ssl_context": context, "auth_require_tls": False} if scheme == "smtps" else {"tls_context": context, "require_starttls": True}
    async with listening(mind, authenticator=mind.login, auth_required=True, **tls) as port:
        await Smtp(f"{scheme}://user@127.0.0.1:{port}", "secret", ca_file).send(some_mail(), to=ANALYST, sender=DESK)

    assert mind.heard == [("AUTH", (b"user", b"secret")), ("MAIL", DESK), ("RCPT", ANALYST), ("DATA", some_mail())]


@pytest.mark.parametrize("scheme", ["smtp+starttls", "smtps"])
async def test_smtp_08_a_certificate_that_nobody_vouches_for_gets_nothing(certificate, scheme):
    mind = Server()
    tls = {"ssl_context": certificate[0], "auth_require_tls": False} if scheme == "smtps" else {"tls_context": certificate[0]}
    async with listening(mind, authenticator=mind.login, **tls) as port:
        error = await failure(Smtp(f"{scheme}://user@127.0.0.1:{port}", "secret"))

    assert (mind.heard, error.permanent, "certificate" in str(error).lower()) == ([], False, True)


async def test_smtp_08_a_server_without_starttls_gets_nothing():
    mind = Server()
    async with listening(mind, authenticator=mind.login, auth_require_tls=False) as port:
        error = await failure(Smtp(f"smtp+starttls://user@127.0.0.1:{port}", "secret"))

    assert (mind.heard, error.permanent, "STARTTLS" in str(error)) == ([], False, True)


async def test_smtp_08_a_server_without_login_gets_no_mail(certificate):
    context, ca_file = certificate
    mind = Server()
    async with listening(mind, tls_context=context, auth_exclude_mechanism=["LOGIN", "PLAIN"]) as port:
        error = await failure(Smtp(f"smtp+starttls://user@127.0.0.1:{port}", "secret", ca_file))

    assert (mind.heard, error.permanent, "authentication" in str(error)) == ([], False, True)


async def test_a_wrong_password_says_nothing_against_the_mail_and_is_not_repeated(certificate):
    context, ca_file = certificate
    mind = Server()
    async with listening(mind, authenticator=mind.login, tls_context=context) as port:
        channel = Smtp(f"smtp+starttls://user@127.0.0.1:{port}", "wrong-one", ca_file)
        error = await failure(channel)

    assert not error.permanent
    assert str(error).startswith(f"127.0.0.1:{port}: 535 ")
    assert "wrong-one" not in str(error) + repr(channel)


@pytest.mark.parametrize("to", ["a@example.org>\r\nRCPT TO:<evil@example.org", "a@example.org\nDATA"])
async def test_an_address_that_would_add_a_command_is_refused(to):
    mind = Server()
    async with listening(mind) as port:
        with pytest.raises(DeliveryError) as error:
            await Smtp(f"smtp://127.0.0.1:{port}").send(some_mail(), to=to, sender=DESK)

    assert ([word for word, _ in mind.heard], error.value.permanent) == ([], True)


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("smtp://mail.example.org", MailUrl(scheme="smtp", host="mail.example.org", port=25)),
        ("smtp://[::1]:2525/", MailUrl(scheme="smtp", host="::1", port=2525)),
        ("smtp+starttls://user@mail.example.org", MailUrl(scheme="smtp+starttls", host="mail.example.org", port=587, user="user")),
        ("smtps://me%40example.org@mail.example.org", MailUrl(scheme="smtps", host="mail.example.org", port=465, user="me@example.org")),
    ],
)
def test_a_mail_server_is_written_as_a_url(url, read):
    assert parse_url(url) == read


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("mail.example.org:25", "write"),
        ("http://mail.example.org", "write"),
        ("smtp://", "write"),
        ("smtp://host:port", "write"),
        ("smtp://[::1", "write"),
        ("smtp://host/path", "write"),
        ("smtp://ho st", "write"),
        ("smtps://user:hunter2@host", "own setting"),
        ("smtps://user:hun/ter2@host", "write"),
        ("smtp://user@host", "in the clear"),
    ],
)
def test_a_mail_server_that_cannot_be_used_is_refused_without_its_password(url, complaint):
    with pytest.raises(BadMailUrl, match=complaint) as error:
        parse_url(url)
    assert "hun" not in str(error.value)


def test_a_user_without_a_password_or_a_ca_file_that_is_none_is_refused(tmp_path):
    with pytest.raises(BadMailUrl, match="user has no password"):
        Smtp("smtps://user@host")
    with pytest.raises(BadMailUrl, match=r"ca_file .*none.pem cannot be read: No such file"):
        Smtp("smtps://host", ca_file=tmp_path / "none.pem")


async def test_whoever_sends_is_asked_once_more_when_all_is_ready_and_nothing_is_handed_over(tmp_path):
    async def refuse():
        raise LookupError("not any more")

    mind = Server()
    async with listening(mind) as port:
        for way in (Smtp(f"smtp://127.0.0.1:{port}"), Folder(tmp_path)):
            with pytest.raises(LookupError):
                await way.send(some_mail(), to=ANALYST, sender=DESK, look=refuse)

    assert [verb for verb, _ in mind.heard] == ["MAIL", "RCPT"]
    assert list(tmp_path.iterdir()) == []


async def test_whoever_stops_while_a_server_keeps_silent_over_a_message_does_not_wait_for_its_goodbye():
    class Silent(Server):
        async def handle_DATA(self, server, session, envelope):
            await super().handle_DATA(server, session, envelope)
            got.set()
            await asyncio.sleep(60)

    got, mind = asyncio.Event(), Silent()
    async with listening(mind) as port:
        sending = asyncio.create_task(Smtp(f"smtp://127.0.0.1:{port}").send(some_mail(), to=ANALYST, sender=DESK))
        await got.wait()
        sending.cancel()
        began = time.monotonic()
        with pytest.raises(asyncio.CancelledError):
            await sending

        assert time.monotonic() - began < QUIT_TIME / 2
