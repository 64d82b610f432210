"""Embedded: the Postgres that wirewatch brings along, shared by the processes of one folder, stopped by the last one out."""

import atexit
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from monitor.postmaster import EmbeddedError, Postmaster

__all__ = ["Embedded", "EmbeddedError", "check", "make", "start"]


class Embedded:
    """This process's hold on the server of one folder; ``with`` lets go at the end, and so does a normal exit."""

    def __init__(self, postmaster: Postmaster, hold: int, url: str, *, alone: bool) -> None:
        #: libpq URL of the server's own database, over a Unix socket.
        self.url = url
        #: Nobody else held the server when we came: whatever is marked as being worked on, nobody works on it.
        self.alone = alone
        self._postmaster, self._hold, self._pid = postmaster, hold, os.getpid()
        atexit.register(self.stop)

    def stop(self) -> None:
        """Let go; the last process to let go stops the server. May be called twice. Raise EmbeddedError."""
        atexit.unregister(self.stop)
        # A forked child has inherited the hold, but it is its parent's to give up.
        if self._hold < 0 or os.getpid() != self._pid:
            return
        hold, self._hold = self._hold, -1
        try:
            with _locked(self._postmaster.folder):
                if _alone(hold):
                    self._postmaster.stop()
        finally:
            os.close(hold)

    def __enter__(self) -> "Embedded":
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


def start(folder: Path) -> Embedded:
    """Start the server whose cluster lies in ``folder``/postgres, or join it where it runs already.

    Any number of processes may share one folder. What a killed one left behind is cleared away first.
    As root, the server runs as the cluster's owner, a new one as the user pgserver; folders that were there before
    keep their modes. Raise EmbeddedError.
    """
    folder = folder.expanduser().resolve()
    try:
        make(folder)
        with _locked(folder):
            return _started(Postmaster(folder))
    except OSError as exc:
        raise EmbeddedError(f"{folder}: {exc}; choose another folder with --data-dir") from exc


def check(folder: Path) -> None:
    """Raise EmbeddedError when the server of ``folder``, which was started, is gone."""
    Postmaster(folder.expanduser().resolve()).check()


def _started(postmaster: Postmaster) -> Embedded:
    hold = _opened(postmaster.folder / "postgres.users")
    try:
        alone = _alone(hold)
        url = postmaster.join() or postmaster.start(alone=alone)
        fcntl.flock(hold, fcntl.LOCK_SH)
    except BaseException:
        os.close(hold)
        raise
    return Embedded(postmaster, hold, url, alone=alone)


def make(folder: Path) -> None:
    """Make a folder and those on the way to it, whatever the umask, so that the server gets there. Raise OSError."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        # Root's server must get through to its cluster, but need not list what lies on the way.
        path.chmod(0o711 if os.geteuid() == 0 else 0o700)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Only one process at a time starts, joins or stops the server."""
    lock = _opened(folder / "postgres.lock")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _opened(path: Path) -> int:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    if os.geteuid() == 0:  # root may look into a service's folder: the service must still be able to open this
        owner = path.parent.stat()
        os.fchown(handle, owner.st_uid, owner.st_gid)
    return handle


def _alone(hold: int) -> bool:
    """Whether nobody else has a hold. The kernel drops the hold of a killed process: there is no list to prune."""
    try:
        fcntl.flock(hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
