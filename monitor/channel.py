"""Channel: where a recipient's messages go instead of a mailbox, an address that is a secret."""

import re
from collections.abc import Callable, Mapping

from alerts import channel as channels
from monitor import secrets
from monitor.files import Unreadable
from monitor.tables import Table
from monitor.values import BadSecret

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s\x00-\x1f]+")
FORM = 'write "slack://…" as apprise has it, { file = "path" } or { env = "NAME" }'


def channel(table: Table, environ: Mapping[str, str]) -> str:
    """The channel of a ``[[recipient]]``: "slack://…", { file = "path" } or { env = "NAME" }; "" for none. Faults never repeat it."""
    if "channel" not in table.content:
        return ""
    try:
        url = _given(table, table.content["channel"], environ)
        channels.Channel(url)
    except (BadSecret, channels.BadChannel) as exc:
        table.fault("channel", str(exc).removeprefix("channel: "))
        return ""
    return url


def _given(table: Table, given: object, environ: Mapping[str, str]) -> str:
    match given:
        case str():
            return _url(given)
        case {"file": str(file), **more} if not more:
            return _named(f'names "{file}"', lambda: secrets.from_file(table.folder / file, _url))
        case {"env": str(name), **more} if not more:
            return _named(f"names {name} of the environment", lambda: _url(environ.get(name)))
    raise BadSecret(f"is no channel; {FORM}")


def _named(where: str, read: Callable[[], str]) -> str:
    try:
        return read()
    except (Unreadable, BadSecret) as exc:
        raise BadSecret(f"{where}, which {exc}") from exc


def _url(value: object) -> str:
    if not value:
        raise BadSecret("is not set")
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value):
        raise BadSecret(f"is no channel; {FORM}")
    return value
