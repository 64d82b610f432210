"""Header fields of a message as bytes: our own policy, because the standard library's writes what a title tells it to. Pure.

``email.policy.SMTP`` parses encoded words in what it is given, so that the plain title ``=?utf-8?q?=0D=0ABcc:_evil@x?=`` writes
a line break and a field of its own (Python 3.11.7, 3.12.1; the class of CVE-2024-6923), and it encodes a List-Unsubscribe
of over 78 characters (cpython#85725). Here no field is parsed, and only text is ever encoded.
"""

import re
from email.charset import BASE64, SHORTEST, Charset
from email.header import Header

from alerts.plain import plain

#: RFC 5322: a line should have no more characters, CRLF not counted. Encoded words must not (RFC 2047), and we stay below.
FOLD_AT = 75
#: The library's own of that name may be changed by whoever is imported beside us, and the same text is to give the same bytes.
_UTF_8 = Charset("utf-8")
_UTF_8.header_encoding, _UTF_8.body_encoding = SHORTEST, BASE64
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")


def text(name: str, value: str) -> bytes:
    """A field of free text, such as Subject: as it is when it is plain ASCII, else in encoded words."""
    return _field(name, _encoded(name, plain(value).strip()))


def address(name: str, display: str, mailbox: str) -> bytes:
    """A field that holds one address. The mailbox must have been checked."""
    phrase = plain(display).strip()
    if not phrase:
        return tokens(name, mailbox)
    if _is_plain(phrase):
        phrase = phrase if _ATOMS.fullmatch(phrase) else '"' + re.sub(r'(["\\])', r"\\\1", phrase) + '"'
        return tokens(name, phrase, f"<{mailbox}>")
    return _field(name, f"{_encoded(name, phrase)}\r\n <{mailbox}>")


def tokens(name: str, *values: str) -> bytes:
    """A field for machines, such as List-Unsubscribe: never encoded, folded at white space only."""
    lines = [f"{name}:"]
    for word in " ".join(values).split():
        if len(lines[-1]) + 1 + len(word) > FOLD_AT and lines[-1] != f"{name}:":
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines).encode("ascii") + b"\r\n"


def _field(name: str, value: str) -> bytes:
    return f"{name}: {value}\r\n".encode("ascii")


def _encoded(name: str, value: str) -> str:
    if _is_plain(value):
        return tokens(name, value).decode("ascii")[len(name) + 2 : -2]
    return Header(value, _UTF_8, maxlinelen=FOLD_AT, header_name=name).encode(linesep="\r\n")


def _is_plain(value: str) -> bool:
    """ASCII that no reader takes for an encoded word, and that can be folded between words."""
    return value.isascii() and "=?" not in value and max(map(len, value.split()), default=0) < FOLD_AT - len("List-Unsubscribe: ")
