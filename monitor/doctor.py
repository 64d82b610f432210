"""Doctor: what is to be thought of what was found, and what to do about it; pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

from alerts.deliver import DeliveryError
from monitor import fieldtable, lease
from monitor.database import StoreError
from monitor.disk import Disk
from monitor.finding import Finding
from monitor.migration import OLDEST
from monitor.postgres import Postgres
from spiders.trial import Trial

#: Python as pyproject.toml asks for it.
PYTHON = (3, 11)
#: How far our clock may be off Postgres's, to which each machine's is held: two of them are then no further apart than a lease allows.
STORE_AHEAD = lease.MARGIN / 2
#: The wires' servers only tell the minute.
WIRES_AHEAD = timedelta(minutes=2)
#: Modes of libpq that go without encryption where a server, or somebody on the way, has none.
_WEAK = ("", "disable", "allow", "prefer")

_POOLER = (
    "a pooler such as pgbouncer stands before it, in transaction mode: locks, notifications and search_path do not hold there; name "
    "Postgres's own port in [database] url, usually 5432, or give this database pool_mode = session in pgbouncer.ini"
)
_NO_OPTIONS = "a pooler such as pgbouncer stands before it, and takes no options: take options=… out of the URL"
#: What a refused connection says → what to do.
_UNREACHABLE = {
    r"No space left|disk full": "make room on its disk: df -h shows how much is left; then shorten bytes and text of [retention]",
    r"unsupported startup parameter": _NO_OPTIONS,
    r"password|authentication|no pg_hba\.conf entry": "mend user and password of the URL; else let pg_hba.conf admit them",
    r"database .* does not exist": "create it, as an administrator: CREATE DATABASE name OWNER user ENCODING 'UTF8' TEMPLATE template0",
    r"certificate|SSL|TLS": "mend sslmode and sslrootcert of the URL: sslmode=verify-full&sslrootcert=/path/to/ca.pem",
    r"resolve|translate|name or service|host name": "mend the host in the URL",
    r"too many connections for (role|database)": "raise it by 12 a process: ALTER ROLE user CONNECTION LIMIT 24, or of the database",
    r"too many|remaining connection slots": "raise its max_connections, or end what holds them: select * from pg_stat_activity",
    r"newer than this program": "install the newer wirewatch; going back needs the dump from before, see deploy/upgrade.md",
    r"migration ": "put back the migrations as they were released: install wirewatch anew",
}
#: Why nothing can be written to the data folder → what to do.
_FOLDER = {
    r"No space left|quota": "make room on its disk: df -h shows how much is left, df -i how many files",
    r"Read-only": "dmesg says why it takes no writes, its disk may be failing; mount it for writing, or name another folder: --data-dir",
}
_OWNED = "let the user that wirewatch runs as own it, or name another: --data-dir"
_LISTENS = "look whether it runs and listens there: pg_isready --dbname URL; then host, port and firewall"
_STARTS = "do what is said; postgres/log in the data folder says why"
#: What a relay says, by its code or its words → what to do.
_RELAY = {
    r" 53[045] ": "mend user and password: smtp of [mail], and WIREWATCH_MAIL_PASSWORD",
    r"certificate|SSL|TLS": "name the authority of the relay's certificate in ca_file of [mail]; its name must be that of the address",
    r" 5\d\d .*(relay|denied|not permitted|access)": "ask the relay's owner to let this machine, or this From, send to that address",
    r" 5\d\d ": "mend what the relay names; the From is from of [mail]",
    r" 4\d\d ": "nothing yet, it puts us off (greylisting?); run this again in a quarter of an hour",
    r"resolve|name or service|getaddrinfo|nodename": "mend the host in smtp of [mail]",
}
_RELAY_SILENT = (
    "look at host and port in smtp of [mail], and at the firewall; smtp:// speaks on 25, smtp+starttls:// on 587, smtps:// on 465"
)
#: What a source's failure says → what to do; {id} is the source.
_SOURCE = {
    r"robots": "its robots.txt forbids it: ask the agency, or take another of its lists; wirewatch sources new URL looks for them",
    r"answered (401|403|407)": "it lets us not in: ask the agency, or poll it less often (every); contact of [fetch] is what it sees",
    r"answered 429": "poll it less often: a longer every",
    r"answered (404|410)": "the address is gone; wirewatch sources new URL finds the new one",
    r"answered 5": "its server fails; nothing, unless it stays so for a day",
    r"one of the web's": "its address names a port that no web server has, and that is not fetched; ask for its lists at 80 or 443",
    r"not public|private|may not be fetched": 'write allow = ["its network"] under [fetch] if it is yours',
    r"DNS|resolve|lookup": "mend the host in its address; if all sources say so, this machine has no DNS",
    r"[Tt]imeout|refused|ConnectError|ConnectionLost": "look whether this machine gets out at all (proxy of [fetch]?); else wait",
}
_NOT_READ = "see what is read of it: wirewatch sources test {id}; selectors for it are found by: wirewatch sources new URL"


def python(version: tuple[int, int], unmet: Sequence[str]) -> Finding:
    """Whether Python and packages are those that we need; ``unmet``: the requirements that are not met."""
    if version < PYTHON:
        wanted = ".".join(map(str, PYTHON))
        return Finding(
            tried="python", says=f"Python {version[0]}.{version[1]}", do=f"install Python {wanted} or later, and wirewatch in it"
        )
    if unmet:
        said = f"missing or of another version: {', '.join(unmet)}"
        return Finding(tried="python", says=said, do="pip install --require-hashes -r deploy/requirements.txt")
    return Finding(tried="python", says=f"Python {version[0]}.{version[1]}, all packages")


def folder(path: Path, error: str, disk: Disk | None) -> Finding:
    """Whether the data folder can be written to, and its disk has room. ``error``: why not; "" when it can."""
    if error:
        return Finding(tried="data folder", says=f"{path}: {error}", do=_advice(_FOLDER, error, _OWNED))
    if disk and disk.low:
        said = f"{path}: {disk.free >> 20} MiB are free; below {disk.floor >> 20} MiB pages are not kept as evidence"
        return Finding(tried="data folder", says=said, do="make room, or shorten bytes and text of [retention]")
    return Finding(tried="data folder", says=f"{path}: writable" + (f", {disk.room} free" if disk else ""))


def no_store(error: StoreError, *, embedded: bool = False) -> Finding:
    """Why Postgres is of no use."""
    return Finding(tried="postgres", says=str(error), do=_advice(_UNREACHABLE, str(error), _STARTS if embedded else _LISTENS))


def store(found: Postgres) -> Iterator[Finding]:
    """What there is to say of a server that was looked at."""
    yield _server(found)
    yield _way(found)
    yield _rights(found)
    yield _encryption(found)
    if _rights(found).well:
        yield _schema(found)
    yield clock("clock beside Postgres", [found.ahead], STORE_AHEAD)


def _server(found: Postgres) -> Finding:
    do = ""
    if found.major < OLDEST:
        do = f"upgrade it to Postgres {OLDEST} or later"
    elif found.encoding != "UTF8":
        do = f"stories come in every script: CREATE DATABASE name OWNER \"{found.user}\" ENCODING 'UTF8' TEMPLATE template0"
    elif found.is_standby:
        do = "it follows another server and takes no writes: name that one in [database] url, or target_session_attrs=read-write with both"
    elif found.is_read_only:
        do = (
            "default_transaction_read_only is on, so it takes no writes; hosts do so when its disk is full: make room there; else an "
            f'administrator runs ALTER ROLE "{found.user}" RESET default_transaction_read_only, or the same of DATABASE or SYSTEM'
        )
    return Finding(tried="postgres", says=f"Postgres {found.name}, {found.encoding}, database {found.database}", do=do)


def _way(found: Postgres) -> Finding:
    if found.is_shared or not found.keeps_options:
        what = "one connection's statements are done by several processes" if found.is_shared else "search_path did not arrive"
        return Finding(tried="postgres: pooler", says=what, do=_POOLER)
    return Finding(tried="postgres: pooler", says="none in between, or in session mode")


def _rights(found: Postgres) -> Finding:
    user, schema = f'"{found.user}"', found.schema
    if not found.has_schema and not found.may_create_schema:
        do = f"an administrator runs in {found.database}: CREATE SCHEMA {schema} AUTHORIZATION {user}"
    elif found.has_schema and not found.may_create:
        do = f"an administrator runs in {found.database}: GRANT USAGE, CREATE ON SCHEMA {schema} TO {user}"
    elif found.owners:
        do = f"an administrator runs in {found.database}: " + "; ".join(f"REASSIGN OWNED BY {each} TO {user}" for each in found.owners)
    else:
        what = "schema {} is ours" if found.has_schema else "may create schema {}"
        return Finding(tried="postgres: rights", says=what.format(schema))
    lacks = f"its tables belong to {', '.join(found.owners)}" if found.may_create else f"user {user} may not create in schema {schema}"
    return Finding(tried="postgres: rights", says=lacks, do=do)


def _encryption(found: Postgres) -> Finding:
    mode = f"sslmode={found.sslmode}" if found.sslmode else "no sslmode"
    hosts = [host for host in found.host.split(",") if not is_local(host)]
    if hosts and found.sslmode in _WEAK:
        now = "encrypted this time" if found.is_encrypted else "not encrypted"
        do = "add ?sslmode=verify-full&sslrootcert=/path/to/ca.pem to the URL, or sslmode=require where the network is trusted"
        return Finding(tried="postgres: encryption", says=f"{', '.join(hosts)} with {mode}: {now}", do=do)
    return Finding(tried="postgres: encryption", says=mode if hosts else "on this machine, needs none")


def _schema(found: Postgres) -> Finding:
    count = len(found.unapplied)
    if found.has_schema and not count:
        return Finding(tried="postgres: schema", says=f"{found.schema}: up to date")
    says = f"{found.schema}: {count} migrations to apply" if found.has_schema else f"{found.schema}: not there yet"
    return Finding(tried="postgres: schema", says=f"{says}; the next command that works with it does so")


def is_local(host: str) -> bool:
    """Whether a host as libpq has it is this machine: a socket's path, or the loopback."""
    return not host or host.startswith(("/", "@", "127.")) or host in ("localhost", "::1")


def clock(tried: str, ahead: Sequence[timedelta], most: timedelta) -> Finding:
    """Whether our clock goes as others do, by the middle one of how far they are ``ahead`` of it."""
    off = sorted(ahead)[len(ahead) // 2]
    seconds = f"{abs(off.total_seconds()):.1f} s"
    says = f"ours is {seconds} {'behind' if off > timedelta() else 'ahead'}"
    if abs(off) > most:
        return Finding(tried=tried, says=says, do="let NTP set the clocks of both machines: timedatectl set-ntp true; timedatectl shows it")
    return Finding(tried=tried, says=f"within {most.total_seconds():g} s: {says}")


def relay(server: str, answer: str | DeliveryError) -> Finding:
    """What the mail server answered to the one message that we did not give it."""
    if isinstance(answer, DeliveryError):
        return Finding(tried="mail", says=str(answer), do=_advice(_RELAY, str(answer), _RELAY_SILENT))
    return Finding(tried="mail", says=f"{server}: {answer}")


def source(trial: Trial) -> Finding:
    """Whether a source lists stories and they can be read."""
    tried, said = f"source {trial.source.id}", "; ".join(trial.errors)
    if not trial.entries:
        says = said or "it lists no story"
        return Finding(tried=tried, says=says, do=_advice(_SOURCE, says, _NOT_READ).format(id=trial.source.id))
    listed = f"{len(trial.entries)} listed, {len(trial.stories)} read"
    if lacks := fieldtable.missing(trial):
        says = f"{listed}; missing: {', '.join(lacks)}" + (f" ({said})" if said else "")
        return Finding(tried=tried, says=says, do=_advice(_SOURCE, said, _NOT_READ).format(id=trial.source.id))
    return Finding(tried=tried, says=f"{listed} in {trial.took:.1f} s")


def advice(found: Iterable[Finding]) -> list[str]:
    """What to do, a line each; what is to be done about several sources is said once, with their ids."""
    alike: dict[str, list[Finding]] = {}
    for each in found:
        kind, _, id = each.tried.partition(" ")
        do = each.do.replace(f"sources test {id};", "sources test SOURCE;") if kind == "source" else f"{each.tried}: {each.do}"
        if each.do:
            alike.setdefault(do, []).append(each)
    return [_said_once(do, findings) for do, findings in alike.items()]


def _said_once(do: str, findings: Sequence[Finding]) -> str:
    if len(findings) == 1:
        return f"{findings[0].tried}: {findings[0].do}"
    ids = ", ".join(each.tried.removeprefix("source ") for each in findings)
    return f"{len(findings)} sources, {ids}: {do}"


def _advice(known: dict[str, str], said: str, otherwise: str) -> str:
    return next((do for pattern, do in known.items() if re.search(pattern, said[:1000], re.IGNORECASE)), otherwise)
