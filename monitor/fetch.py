"""Fetch: how requests leave, from ``[fetch]`` and the secret that belongs to it."""

from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from monitor import addresses, secrets
from monitor.certificates import authority
from monitor.sections import FETCH
from monitor.tables import Table
from spiders.rung import Rung
from spiders.source import Source

PROXY = "WIREWATCH_PROXY"


def fetch(table: Table, sources: Iterable[Source], environ: Mapping[str, str]) -> dict[str, Any]:
    """``contact``, ``allow``, ``proxy`` and ``ca_file`` of Settings; the environment's proxy wins over the file's.

    A contact is needed as soon as a source is asked, in any of its ways, that is not on this machine.
    """
    given = table.read(FETCH)
    away = next((source.id for source in sources if not all(map(_is_local, source.rungs))), None)
    if away and "contact" not in table.content:
        table.fault("contact", f'is missing; write contact = "desk@example.org": it goes into the user agent that {away} sees')
    outside = secrets.from_environment(PROXY, addresses.proxy, environ, table.faults)
    return given | {"ca_file": authority(table, given)} | ({"proxy": outside} if outside else {})


def _is_local(rung: Rung) -> bool:
    if rung.kind == "folder":
        return True
    host = (urlsplit(rung.url).hostname or "").rstrip(".")
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
