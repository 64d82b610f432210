"""Mailbox: addresses as a header and a mail server take them. Pure."""

import re

from alerts.message import MailError

# What every mail server takes: no quotes, no comments, ASCII (RFC 5321; a domain of other letters is written xn--…).
_MAILBOX = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*")
_SENDER = re.compile(r"(?:(?P<name>[^<>]*)<(?P<mailbox>[^<>]*)>|(?P<bare>[^<>]*))\s*")


def parse_sender(sender: str) -> tuple[str, str]:
    """Divide "wirewatch <desk@example.org>" into name and address; the name may be missing. Raise MailError."""
    form = _SENDER.fullmatch(sender)
    if form is None:
        raise MailError(f'sender {sender!r} cannot be read; write "wirewatch <desk@example.org>" or "desk@example.org"')
    return (form["name"] or "").strip().strip('"'), checked_mailbox((form["mailbox"] or form["bare"] or "").strip())


def checked_mailbox(mailbox: str) -> str:
    """Give an address back if every mail server takes it. Raise MailError."""
    if not _MAILBOX.fullmatch(mailbox):
        raise MailError(f'address {mailbox!r} cannot be mailed to; write it as "desk@example.org", a domain of other letters as xn--…')
    return mailbox
