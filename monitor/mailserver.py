"""Mail: how messages leave, from ``[mail]`` and the secret that belongs to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alerts.deliver import parse_url
from alerts.mailbox import parse_sender
from alerts.unsubscribe import Unsubscribe
from monitor import secrets, values
from monitor.certificates import authority
from monitor.files import Unreadable
from monitor.sections import MAIL
from monitor.tables import Table

PASSWORD = "WIREWATCH_MAIL_PASSWORD"


@dataclass(frozen=True, kw_only=True, slots=True)
class Mail:
    """How messages leave: by a server, or into a folder where none is given."""

    #: The From of every message, with or without a name.
    sender: str = "wirewatch <wirewatch@localhost>"
    #: As alerts.deliver.parse_url reads it, without the password; None: messages are written to a folder.
    smtp: str | None = None
    password: str | None = field(default=None, repr=False)
    #: Certificates that may sign the server's; None: the system's.
    ca_file: Path | None = None
    #: A folder with templates of one's own, which replace the packaged ones of their names; None: there is none.
    templates: Path | None = None
    #: Where ``wirewatch serve`` is reached from outside, without a slash at its end; "": links in mails lead to a mailbox only.
    public_url: str = ""

    def unsubscribe(self, token: str) -> Unsubscribe:
        """How the reader of the mail that bears ``token`` stops or pauses what they get."""
        return Unsubscribe.by(token, mailbox=parse_sender(self.sender)[1], public_url=self.public_url)


def mail(table: Table, environ: Mapping[str, str]) -> Mail:
    """The value of ``[mail]``; the environment's password wins over the file's."""
    given = table.read(MAIL)
    named = {"sender": given["from"]} if "from" in given else {}
    named |= {"templates": _templates(table, given)} if "templates" in given else {}
    named |= {"public_url": given["public_url"]} if "public_url" in given else {}
    if "smtp" not in table.content:
        return Mail(**named)
    if "from" not in table.content:
        table.fault("from", 'is missing; write from = "wirewatch <desk@example.org>"')
    return Mail(smtp=given.get("smtp"), password=_password(table, given, environ), ca_file=authority(table, given), **named)


def _templates(table: Table, given: Mapping[str, Any]) -> Path:
    folder = table.folder / str(given["templates"])
    if not folder.is_dir():
        table.fault("templates", f'names "{given["templates"]}", which is no folder; make it, or leave the key out')
    return folder


def _password(table: Table, given: Mapping[str, Any], environ: Mapping[str, str]) -> str | None:
    outside = secrets.from_environment(PASSWORD, values.secret, environ, table.faults)
    written = _written(table, given)
    password = outside or written
    user = parse_url(given["smtp"]).user if "smtp" in given else None
    sought = table.content.keys() & {"password", "password_file"} or environ.get(PASSWORD) or environ.get(f"{PASSWORD}_FILE")
    if user and not sought:
        table.fault("smtp", f"names a user without a password; set {PASSWORD}, or {PASSWORD}_FILE to the path of a file that holds it")
    if password and not user and "smtp" in given:
        table.fault("smtp", 'names no user for the password; write "smtp+starttls://user@host:587"')
    return password


def _written(table: Table, given: Mapping[str, Any]) -> str | None:
    """The password that the table holds or names."""
    if "password" in table.content and "password_file" in table.content:
        table.fault("password", "and password_file are both set; keep one")
    if "password_file" not in given:
        return given.get("password")
    try:
        return secrets.from_file(table.folder / given["password_file"], values.secret)
    except (Unreadable, values.BadSecret) as exc:
        table.fault("password_file", f'names "{given["password_file"]}", which {exc}')
        return None
