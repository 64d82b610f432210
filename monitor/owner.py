"""Owner: whom the embedded Postgres of a root user runs as, since Postgres refuses to run as root."""

import os
import pwd
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: The user that is added for a new cluster.
NAME = "pgserver"


@dataclass(frozen=True, kw_only=True, slots=True)
class Owner:
    """A system user without the rights and groups of root."""

    uid: int
    gid: int

    @classmethod
    def of(cls, data: Path) -> "Owner | None":
        """The owner of the cluster ``data``, for a new one the user pgserver, added when missing.

        None unless we are root: then the server runs as ourselves. Raise LookupError when the user cannot be added.
        """
        if os.geteuid() != 0:
            return None
        if data.exists() and (owner := data.stat()).st_uid != 0:
            return cls(uid=owner.st_uid, gid=owner.st_gid)
        return cls._named() or cls._added()

    @classmethod
    def _named(cls) -> "Owner | None":
        with suppress(KeyError):
            entry = pwd.getpwnam(NAME)
            return cls(uid=entry.pw_uid, gid=entry.pw_gid)
        return None

    @classmethod
    def _added(cls) -> "Owner":
        with suppress(FileNotFoundError):
            # It fails when another process was quicker; what counts is whether the user is there afterwards.
            subprocess.run(["useradd", "--system", "--user-group", "--shell", "/usr/sbin/nologin", NAME], capture_output=True, check=False)
        account = cls._named()
        if account is None:
            raise LookupError(f"Postgres refuses to run as root, and the user {NAME} could not be added")
        return account

    def may_enter(self, path: Path) -> bool:
        """Whether this user gets through to ``path`` and may search or run it; the kernel is asked, which knows of ACLs."""
        return subprocess.run(["test", "-x", path], check=False, **self.identity).returncode == 0

    def own(self, path: Path) -> None:
        """Make this user the owner of ``path``."""
        os.chown(path, self.uid, self.gid)

    @property
    def identity(self) -> dict[str, Any]:
        """The arguments under which ``subprocess.run`` runs a program as this user."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}
