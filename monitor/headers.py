"""Headers: what a source's requests carry besides, which may be a key that does not stand in the file."""

import re
from collections.abc import Mapping

from monitor import secrets
from monitor.files import Unreadable
from monitor.tables import Table
from monitor.values import BadSecret

#: A token of RFC 9110, 5.6.2.
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
#: What a field may hold without being read in two ways (RFC 9110, 5.5): no line break, nothing beyond ASCII.
_VALUE = re.compile(r"[\x21-\x7e](?:[\t\x20-\x7e]{0,7998}[\x21-\x7e])?")
#: Of one connection, or counted by the client: a second word on them makes two servers read two requests.
_OF_THE_CONNECTION = (
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
)
#: What the crawler says by itself, and what to write instead.
_OURS = {
    **dict.fromkeys(_OF_THE_CONNECTION, "belongs to the connection; leave it out"),
    **dict.fromkeys(("if-none-match", "if-modified-since"), "is sent by itself, as the last answer says; leave it out"),
    "accept-encoding": "is sent by itself; leave it out",
    "user-agent": "is sent by itself; it carries contact of [fetch]",
}


def headers(table: Table, environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The headers of ``[source.headers]``: name = "value", { file = "path" } or { env = "NAME" }. Faults never repeat a value."""
    read: dict[str, tuple[str, str]] = {}
    for name, given in table.content.items():
        if name.lower() in _OURS:
            table.fault(name, _OURS[name.lower()])
        elif not _NAME.fullmatch(name):
            table.fault(name, 'is no name of a header; use letters, digits and hyphens, such as "X-Api-Key"')
        elif name.lower() in read:
            table.fault(name, f"is there twice, first as {read[name.lower()][0]}; keep one")
        else:
            read[name.lower()] = name, _value(table, name, given, environ)
    return tuple(read.values())


def _value(table: Table, name: str, given: object, environ: Mapping[str, str]) -> str:
    try:
        match given:
            case str():
                return _line(given)
            case {"file": str(file), **more} if not more:
                return _from_file(table, file)
            case {"env": str(variable), **more} if not more:
                return _from_environment(variable, environ)
        raise BadSecret('is no header; use text in quotes, { file = "path" } or { env = "NAME" }')
    except BadSecret as exc:
        table.fault(name, str(exc))
        return ""


def _from_file(table: Table, file: str) -> str:
    try:
        return secrets.from_file(table.folder / file, _line)
    except (Unreadable, BadSecret) as exc:
        raise BadSecret(f'names "{file}", which {exc}') from exc


def _from_environment(variable: str, environ: Mapping[str, str]) -> str:
    if not environ.get(variable):
        raise BadSecret(f"names {variable} of the environment, which is not set")
    try:
        return _line(environ[variable])
    except BadSecret as exc:
        raise BadSecret(f"names {variable} of the environment, which {exc}") from exc


def _line(value: object) -> str:
    if not isinstance(value, str) or not _VALUE.fullmatch(value):
        raise BadSecret("is no header; use one line of ASCII, without blanks at its ends")
    return value
