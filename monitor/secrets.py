"""Secrets: from the environment or from a file that it names, never repeated in a message."""

from collections.abc import Mapping
from pathlib import Path

from monitor.faults import Fault
from monitor.files import Unreadable, read_bytes
from monitor.values import BadSecret, Parser


def from_environment(name: str, parse: Parser, environ: Mapping[str, str], faults: list[Fault]) -> str | None:
    """The secret in the variable ``name``, or in the file that ``name``_FILE names; None where neither is set.

    A variable that is set to nothing counts as not set: that is how compose files pass what they do not have.
    """
    given, file = environ.get(name), environ.get(f"{name}_FILE")
    try:
        if given and file:
            raise BadSecret(f"and {name}_FILE are both set; keep one")
        if file:
            return from_file(Path(file), parse)
        return str(parse(given)) if given else None
    except (Unreadable, BadSecret) as exc:
        key, said = (name, str(exc)) if given else (f"{name}_FILE", f"names {file}, which {exc}")
        faults.append(Fault(file="environment", key=key, message=said))
        return None


def from_file(path: Path, parse: Parser) -> str:
    """The one line of a secret's file, without its line break. Raise Unreadable, or BadSecret."""
    try:
        secret = read_bytes(path).decode().rstrip("\r\n")
    except UnicodeDecodeError as exc:
        raise Unreadable("is not UTF-8") from exc
    if not secret:
        raise Unreadable("is empty")
    return str(parse(secret))
