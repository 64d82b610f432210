"""Doubts: what a configuration may say, and what cannot work as things are; ``wirewatch check`` tells."""

from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from alerts import sample
from monitor.config import Settings
from monitor.faults import Fault, shown
from monitor.files import File
from spiders.addresses import Address, may_fetch
from spiders.rung import Rung


def doubts(settings: Settings) -> list[Fault]:
    """A folder that is not there, an address that may not be fetched, a broken template; each with its place, and what to write."""
    return [*_sources(settings), *_templates(settings)]


def _sources(settings: Settings) -> Iterator[Fault]:
    places = _places(settings)
    for source in settings.sources:
        for rung in source.rungs:
            if message := _missing(rung) if rung.kind == "folder" else _private(rung, settings):
                table = f"source {shown(source.id)}"
                yield Fault(file=places.get(source.id, settings.path.name), table=table, key=rung.kind, message=message)


def _templates(settings: Settings) -> Iterator[Fault]:
    if folder := settings.mail.templates:
        for complaint in sample.broken(folder):
            message = f"holds one that cannot be used, so that its mails go out in the packaged form: {complaint}"
            yield Fault(file=settings.path.name, table="[mail]", key="templates", message=message)


def _missing(rung: Rung) -> str:
    return "" if Path(rung.url).is_dir() else f"is {shown(rung.url)}, which is not there; make it, or mount its disk"


def _private(rung: Rung, settings: Settings) -> str:
    address = _address(urlsplit(rung.url).hostname or "")
    if address is None or may_fetch(address, settings.allow):
        return ""
    return f'is {shown(rung.url)}, which is not public; write allow = ["{ip_network(address)}"] under [fetch] if it is yours'


def _address(host: str) -> Address | None:
    """The address that a host is written as; of a name only that of this machine: others are looked up when they are asked."""
    try:
        return ip_address("127.0.0.1" if host == "localhost" or host.endswith(".localhost") else host)
    except ValueError:
        return None


def _places(settings: Settings) -> dict[str, str]:
    """Source → the file whose table it is; of a wire that came in a pack there is none."""
    return dict(_named(settings))


def _named(settings: Settings) -> Iterator[tuple[str, str]]:
    folder = settings.path.parent
    for path in settings.files:
        name = str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)
        for table in File.open(path, name, []).tables("source", "id"):
            yield str(table.content.get("id", table.content.get("wire"))), name
