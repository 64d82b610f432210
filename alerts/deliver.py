"""Send the bytes of a message: by SMTP, or into a folder. Says whether trying again can help."""

import asyncio
import os
import re
import ssl
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aiosmtplib

from alerts.mailbox import checked_mailbox, parse_sender
from alerts.message import MailError, message_id
from alerts.plain import plain
from alerts.recipient import AlertError

#: Seconds until a server has greeted us.
CONNECT_TIME = 30.0
#: Seconds for one command. RFC 5321 asks for five minutes; a digest can rather be tried again.
COMMAND_TIME = 60.0
#: Seconds for the message itself: to give up on a server that has it makes a second copy (RFC 5321, 4.5.3.2.6).
DATA_TIME = 600.0
#: Seconds for a goodbye.
QUIT_TIME = 5.0
#: Awaited when all is ready and nothing handed over; what it raises goes through, and nothing is handed over.
Look = Callable[[], Awaitable[None]]
PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


class BadMailUrl(AlertError):
    """A mail server's address that cannot be used."""


_STATUS = re.compile(r"5\.[0-9]{1,3}\.[0-9]{1,3}\b")
#: What is said of the sender, or of what this server may pass on (RFC 3463, X.1.7, X.1.8, X.7): "554 5.7.1 Relay access denied"; and as
#: Exim says it, which gives no such codes.
_OF_US = re.compile(r"5\.(1\.[78]|7\.[0-9]{1,3})\b|relay not permitted", re.IGNORECASE)


class DeliveryError(AlertError):
    """A message that was not delivered, or not surely."""

    def __init__(self, message: str, permanent: bool, *, status: str = "", unanswered: bool = False) -> None:
        super().__init__(message)
        #: Trying again would not help.
        self.permanent = permanent
        #: RFC 3463, of a server's refusal for good: "5.1.1"; "5.0.0" where it names none; "" where no server refused.
        self.status = status
        #: The message was handed over and nothing came back: whoever took it may deliver it, and another try makes a second copy.
        self.unanswered = unanswered


async def anyway() -> None:
    """Let every message go out."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that takes messages as ``.eml`` files named by their Message-ID, a readable ``.html`` beside each."""

    path: Path

    async def send(self, data: bytes, *, to: str, sender: str, look: Look = anyway) -> None:
        """Write the message. It is on the disk when this returns; the same bytes again change nothing. Raise DeliveryError."""
        await look()
        try:
            await asyncio.to_thread(self._write, data)
        except OSError as exc:
            raise DeliveryError(f"{self.path}: the message to {to} could not be written: {exc.strerror}", permanent=False) from exc

    def _write(self, data: bytes) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        stem = re.sub(r"[^A-Za-z0-9@_-]+", ".", message_id(data)).strip(".")[:200]
        # The page first: where there is an .eml, the delivery was whole.
        _write(self.path / f"{stem}.html", _html(data))
        _write(self.path / f"{stem}.eml", data)


@dataclass(frozen=True, kw_only=True, slots=True)
class MailUrl:
    """A mail server's address, read."""

    #: smtp, smtp+starttls or smtps.
    scheme: str
    host: str
    port: int
    #: None: no login.
    user: str | None = None


def parse_url(url: str) -> MailUrl:
    """Read smtp://host:25, smtp+starttls://user@host:587 or smtps://user@host:465; the port may be left out.

    Raise BadMailUrl, which never repeats the address: it may hold a password.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.scheme not in PORTS or parts.path.strip("/") or parts.query or parts.fragment or re.search(r"\s", url):
        raise BadMailUrl('mail server: write "smtp://host:25", "smtp+starttls://user@host:587" or "smtps://user@host:465"')
    if parts.password is not None:
        raise BadMailUrl("mail server: the address holds a password; keep that in its own setting")
    if parts.scheme == "smtp" and parts.username:
        raise BadMailUrl("mail server: smtp:// would send the password in the clear; write smtp+starttls:// or smtps://")
    user = unquote(parts.username) if parts.username else None
    return MailUrl(scheme=parts.scheme, host=host, port=port or PORTS[parts.scheme], user=user)


class Smtp:
    """A mail server. With smtp+starttls or smtps, nothing is said before its certificate is verified."""

    def __init__(self, url: str, password: str | None = None, ca_file: Path | None = None) -> None:
        """Read the address (``parse_url``) and the file of certificates to trust; None: the system's. Raise BadMailUrl."""
        self.url = parse_url(url)
        if self.url.user and password is None:
            raise BadMailUrl(f"mail server: {self.url.user} has no password; set it, or leave {self.url.user}@ out of the address")
        self._server = f"{self.url.host}:{self.url.port}"
        self._password = password if self.url.user else None
        self._tls = _tls(ca_file) if self.url.scheme != "smtp" else None

    async def send(self, data: bytes, *, to: str, sender: str, look: Look = anyway) -> None:
        """Hand the message over; ``to`` is a bare address, ``sender`` may have a name before its own. Raise DeliveryError."""
        mail_from, rcpt_to = _envelope(sender, to)
        async with self._connected() as client:
            with _failures(self._server, refusal_is_final=False):
                await client.mail(mail_from)
            with _failures(self._server, refusal_is_final=True, may_be_of_us=True):
                await client.rcpt(rcpt_to)
            await look()
            # From DATA to the answer after the last dot is one call: a line lost within it counts as lost after the dot.
            with _failures(self._server, refusal_is_final=True, is_message=True):
                await client.data(data, timeout=DATA_TIME)

    async def probe(self, *, to: str, sender: str) -> str:
        """Do all that ``send`` does up to the message, give none, and take it back; what the server said to the recipient.

        Raise DeliveryError.
        """
        mail_from, rcpt_to = _envelope(sender, to)
        async with self._connected() as client:
            with _failures(self._server, refusal_is_final=True):
                await client.mail(mail_from)
                answer = await client.rcpt(rcpt_to)
                await client.rset()
        return _short(f"{answer.code} {answer.message}")

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[aiosmtplib.SMTP]:
        """The server, once it has taken us for who we are; it is left in order."""
        client = self._client()
        # A server that refuses us before it hears to whom (a greeting of 554, a wrong password, a From that it does not want)
        # says nothing against the message: it can go later, when the operator has mended that.
        with _failures(self._server, refusal_is_final=False):
            await client.connect(timeout=CONNECT_TIME)
        try:
            yield client
        except asyncio.CancelledError:
            client.close()  # no goodbye: its answer would be the one that is waited for
            raise
        finally:
            await _leave(client)

    def _client(self) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=self.url.host,
            port=self.url.port,
            username=self.url.user,
            password=self._password,
            use_tls=self.url.scheme == "smtps",
            start_tls=self.url.scheme == "smtp+starttls",
            tls_context=self._tls,
            timeout=COMMAND_TIME,
        )


def _tls(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as exc:  # ssl.SSLError is one
        raise BadMailUrl(f"mail server: ca_file {ca_file} cannot be read: {exc.strerror}") from exc


def _envelope(sender: str, to: str) -> tuple[str, str]:
    # aiosmtplib takes what it can read of a bad address, and would mail to that.
    try:
        return parse_sender(sender)[1], checked_mailbox(to)
    except MailError as exc:
        raise DeliveryError(str(exc), permanent=True) from exc


@contextmanager
def _failures(server: str, *, refusal_is_final: bool, may_be_of_us: bool = False, is_message: bool = False) -> Iterator[None]:
    """Turn what went wrong into a DeliveryError; only a 5xx answer can be final, and only a refusal says that a message was not taken.

    ``may_be_of_us``: a 5xx answer that speaks of us is not final. It comes to every recipient alike until the operator has mended that.
    """
    try:
        yield
    except aiosmtplib.SMTPResponseException as exc:
        is_of_us = may_be_of_us and _OF_US.match(exc.message)
        permanent = refusal_is_final and 500 <= exc.code <= 599 and not is_of_us
        # Other codes are none of SMTP's answers to a message: -1 is what could not be read as one.
        unanswered = is_message and not 400 <= exc.code <= 599
        named = _STATUS.match(exc.message)
        status = (named[0] if named else "5.0.0") if permanent else ""
        raise DeliveryError(f"{server}: {exc.code} {_short(exc.message)}", permanent, status=status, unanswered=unanswered) from exc
    except (aiosmtplib.SMTPException, OSError) as exc:
        raise DeliveryError(f"{server}: {_short(str(exc))}", permanent=False, unanswered=is_message) from exc


async def _leave(client: aiosmtplib.SMTP) -> None:
    # The message's fate is decided by now; how the server says goodbye changes nothing.
    try:
        if client.is_connected:
            await client.quit(timeout=QUIT_TIME)
    except (aiosmtplib.SMTPException, OSError):
        pass
    finally:
        client.close()


def _short(answer: str) -> str:
    return plain(answer).strip()[:300]


def _html(data: bytes) -> bytes:
    pages = [part for part in message_from_bytes(data).walk() if part.get_content_type() == "text/html"]
    page = pages[0].get_payload(decode=True) if pages else b""
    return page if isinstance(page, bytes) else b""


def _write(path: Path, data: bytes) -> None:
    """Put a whole file in place: never half of it, and on the disk when this returns."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync(path.parent)


def _sync(folder: Path) -> None:
    if os.name != "posix":  # Windows opens no folders; it writes the rename through by itself
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
