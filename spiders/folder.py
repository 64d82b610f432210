"""A folder that a wire drops packets into: read as they come, moved away once they are kept."""

import os
import stat
import time
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path

from spiders.packet import MOST_BYTES
from spiders.story import SpiderError

#: Seconds for which a file must not have changed: it may still be written.
AT_REST = 2.0
#: Files read at one visit; the rest at the next.
MOST_FILES = 200
READ, REFUSED = "read", "refused"


class FolderFailed(SpiderError):
    """A folder that cannot be looked into, or from which nothing can be moved away."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dropped:
    """One file, as it lay there."""

    path: Path
    #: By which it is known to be the same file still.
    mark: tuple[int, int, int]
    body: bytes

    @property
    def url(self) -> str:
        return self.path.as_uri()


def complete(folder: Path) -> list[Path]:
    """The files of a folder that are complete, oldest first. Raise FolderFailed when it cannot be looked into.

    Hidden files, which uploads hide behind, folders and links, which could name any file of this machine, are left alone.
    """
    try:
        found = sorted((path.lstat().st_mtime, path) for path in folder.iterdir() if _is_file(path))
    except OSError as exc:
        raise FolderFailed(f"folder {folder}: {exc.strerror}; is it there, and may wirewatch read it?") from exc
    now = time.time()
    # A clock ahead of ours must not hide a file for ever.
    return [path for changed_at, path in found if abs(now - changed_at) >= AT_REST][:MOST_FILES]


def _is_file(path: Path) -> bool:
    return not path.name.startswith(".") and stat.S_ISREG(path.lstat().st_mode)


def taken(path: Path) -> Dropped:
    """What a file holds; of one that is too large its beginning, which no reader takes. Raise FolderFailed."""
    try:
        # What was a file a moment ago may be a link or a pipe by now.
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(file, "rb") as opened:
            found = os.fstat(file)
            if not stat.S_ISREG(found.st_mode):
                raise FolderFailed(f"{path}: is no file; drop files only")
            return Dropped(path=path, mark=_mark(found), body=opened.read(MOST_BYTES + 1))
    except OSError as exc:
        raise FolderFailed(f"{path}: {exc.strerror}; may wirewatch read it?") from exc


def _mark(of: os.stat_result) -> tuple[int, int, int]:
    return of.st_ino, of.st_mtime_ns, of.st_size


def put_away(file: Dropped, *, refused: str = "") -> None:
    """Move a file that is kept to ``read`` below its folder; one that is ``refused`` for a reason, with that beside it.

    One that was replaced meanwhile stays for the next visit. Raise FolderFailed: it would be read again at each visit.
    """
    below = file.path.parent / (REFUSED if refused else READ)
    try:
        below.mkdir(exist_ok=True)
        if below.is_symlink():
            raise FolderFailed(f"{below}: is a link; wirewatch moves files into a folder only")
        if _mark(file.path.lstat()) != file.mark:
            return
        to = _free(below / file.path.name)
        file.path.rename(to)
        if refused:
            with _free(below / f"{to.name}.txt").open("x", encoding="utf-8") as reason:
                reason.write(refused + "\n")
    except OSError as exc:
        raise FolderFailed(f"{file.path}: cannot be moved to {below}: {exc.strerror}; wirewatch needs to write there") from exc


def _free(path: Path) -> Path:
    """A path that nothing has yet: this one, or with a number behind it."""
    names = chain([path], (path.with_name(f"{path.name}.{number}") for number in count(1)))
    return next(each for each in names if not os.path.lexists(each))
