"""Denied: what is said where the user that a command runs as may not read or write; and a look whether it may, before the work."""

import os
import pwd
from contextlib import suppress
from pathlib import Path


def _user() -> str:
    """Who this process is, by name; by number where it has none."""
    with suppress(KeyError):
        return pwd.getpwuid(os.geteuid()).pw_name
    return str(os.geteuid())


def told(path: str | Path, otherwise: str = "name a file or folder of its own") -> str:
    """Who may not do what was tried at ``path``, and what to do ``otherwise``."""
    return f"{Path(path).absolute()}: user {_user()} may not read or write there; {otherwise}"


def ask(folder: Path) -> None:
    """Raise PermissionError where a file may not be put into ``folder``, which need not be there yet; nothing is changed."""
    # Not Path.exists(): it raises where it may not look.
    there = next(each for each in (folder.absolute(), *folder.absolute().parents) if os.path.exists(each))  # noqa: PTH110
    if not os.access(there, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
        raise PermissionError(
            f"{folder.absolute()}: user {_user()} may not write there; name another folder with --to, or give it this one: "
            f"sudo install -d -o {_user()} {folder.absolute()}"
        )
