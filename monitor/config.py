"""Settings: one frozen value from wirewatch.toml, the files that it includes, and the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from alerts.recipient import Recipient
from alerts.rules import Rule
from monitor import addresses, mailserver, rulebook, secrets, sections, sourcebook, times
from monitor.addresses import Network
from monitor.faults import ConfigError, Fault, NoConfig
from monitor.fetch import fetch
from monitor.files import File
from monitor.mailserver import Mail
from monitor.tables import Table
from spiders.source import Source

__all__ = ["ConfigError", "Fault", "Mail", "NoConfig", "Settings", "default_data_dir", "find", "load"]

NAME = "wirewatch.toml"
DATABASE_URL = "WIREWATCH_DATABASE_URL"


@dataclass(frozen=True, kw_only=True, slots=True)
class Retention:
    """How long what is kept."""

    #: Stories; then their tombstones.
    text: timedelta = timedelta(days=400)
    #: The pages as fetched; None: those of stories that matched as long as the story, the others not at all.
    bytes: timedelta | None = timedelta(days=30)
    #: The bytes of mails; who was told what stays.
    mail: timedelta = timedelta(days=90)


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """All that wirewatch is told by its owner. No secret shows in its repr."""

    #: The file that was named; the others are found by its ``include``.
    path: Path
    data_dir: Path
    #: The folder that messages are written to where no mail server is given.
    outbox: Path
    sources: tuple[Source, ...] = ()
    #: The ``[[rule]]`` tables, then the packaged presets that only recipients name.
    rules: tuple[Rule, ...] = ()
    recipients: tuple[Recipient, ...] = ()
    #: None: the embedded Postgres below data_dir.
    database_url: str | None = field(default=None, repr=False)
    database_schema: str = "wirewatch"
    #: Goes into the user agent; "" where every source is on this machine.
    contact: str = ""
    #: Private networks that may be fetched from.
    allow: tuple[Network, ...] = ()
    #: What all requests go through; "": nothing. May hold a password.
    proxy: str = field(default="", repr=False)
    #: Certificates that are trusted besides the system's, as PEM.
    ca_file: Path | None = None
    mail: Mail = field(default_factory=Mail)
    #: Host and port of ``wirewatch serve``.
    listen: tuple[str, int] = ("127.0.0.1", 8080)
    retention: Retention = field(default_factory=Retention)
    #: Told of silent sources, full disks; once, and when it is over. "": nobody, it is only logged.
    operator: str = ""
    #: The operator's own monitor, pinged while polls and mails move; "": none. It may hold a key.
    heartbeat_url: str = field(default="", repr=False)
    #: Every TOML file that was read; when one changes, all are read again.
    files: tuple[Path, ...] = ()

    def source(self, id: str) -> Source | None:
        """A source as configured; None for one that is configured no more."""
        return next((source for source in self.sources if source.id == id), None)


def find(explicit: Path | None, *, environ: Mapping[str, str], cwd: Path) -> Path:
    """Where the configuration is: as told, else here, the user's, the system's. Raise NoConfig."""
    told = explicit or (Path(environ["WIREWATCH_CONFIG"]) if environ.get("WIREWATCH_CONFIG") else None)
    if told:
        return cwd / told  # not looked at: load() says what is wrong with a file that was named
    user = _xdg(environ, "XDG_CONFIG_HOME", ".config")
    places = (cwd / NAME, user / "wirewatch" / NAME, Path("/etc/wirewatch") / NAME)
    for place in places:
        if _is_there(place):
            return place
    raise NoConfig(places)


def default_data_dir(environ: Mapping[str, str], *, uid: int) -> Path:
    """Where data lies unless --data-dir says so: WIREWATCH_DATA_DIR, a user's data home, root's /var/lib."""
    if environ.get("WIREWATCH_DATA_DIR"):
        return Path(environ["WIREWATCH_DATA_DIR"]).absolute()
    if uid == 0:
        return Path("/var/lib/wirewatch")
    return _xdg(environ, "XDG_DATA_HOME", ".local/share") / "wirewatch"


def load(path: Path, *, environ: Mapping[str, str], data_dir: Path | None = None) -> Settings:
    """Read the configuration in ``path`` and what it includes. Raise ConfigError with all that is wrong."""
    faults: list[Fault] = []
    # "../desk.toml" and "desk.toml" may be one file. Links stay: where they lead may change while the configuration is the same.
    first = File.open(Path(os.path.normpath(path.absolute())), path.name, faults)
    _stop_at(faults)  # of a file that cannot be read there is nothing else to say
    files = _with_included(first)
    sources = sourcebook.read(files, environ)
    rules, recipients = rulebook.read(files, environ)
    tables = (
        fetch(first.table("fetch"), sources, environ)
        | _database(first.table("database"), environ)
        | _retention(first.table("retention"))
        | _operator(first.table("operator"))
        | first.table("serve").read(sections.SERVE)
    )
    mail = mailserver.mail(first.table("mail"), environ)
    _stop_at(faults)
    data_dir = data_dir.absolute() if data_dir else default_data_dir(environ, uid=os.getuid())
    return Settings(
        path=first.path,
        data_dir=data_dir,
        outbox=data_dir / "outbox",
        sources=sources,
        rules=rules,
        recipients=recipients,
        mail=mail,
        files=tuple(file.path for file in files),
        **tables,
    )


def _stop_at(faults: list[Fault]) -> None:
    if faults:
        raise ConfigError(faults)


def _with_included(first: File) -> list[File]:
    include = first.top.read(sections.FILE).get("include", ())
    included = list(first.including(include))
    for file in included:
        file.top.read(sections.FILE)
        for key in sections.FIRST_FILE:
            if key in file.content:
                file.top.fault(key, f"belongs into {first.name}, not into a file that it includes")
    return [first, *included]


def _retention(table: Table) -> dict[str, Any]:
    retention = Retention(**table.read(sections.RETENTION))
    if retention.bytes and retention.text < retention.bytes:
        text, pages = times.written(retention.text), times.written(retention.bytes)
        table.fault("", f"stories would be kept {text} and their pages {pages}; make text as long as bytes, or longer")
    return {"retention": retention}


def _operator(table: Table) -> dict[str, Any]:
    given = table.read(sections.OPERATOR)
    return {name: given[key] for key, name in (("email", "operator"), ("heartbeat_url", "heartbeat_url")) if key in given}


def _database(table: Table, environ: Mapping[str, str]) -> dict[str, Any]:
    given = {f"database_{key}": value for key, value in table.read(sections.DATABASE).items()}
    outside = secrets.from_environment(DATABASE_URL, addresses.database_url, environ, table.faults)
    return given | ({"database_url": outside} if outside else {})


def _xdg(environ: Mapping[str, str], name: str, below_home: str) -> Path:
    # The XDG base directory specification: a relative path is to be ignored.
    told = Path(environ.get(name, ""))
    return told if told.is_absolute() else Path(environ.get("HOME") or Path.home()) / below_home


def _is_there(path: Path) -> bool:
    try:
        return path.is_file()
    except PermissionError:
        return True  # for all that we may see; load() then says that it cannot be read
