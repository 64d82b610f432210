"""A folder that a wire drops packets into: read as they come, moved away once they are kept."""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
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
    body: bytes

    @property
    def url(self) -> str:
        return self.path.as_uri()


def dropped(folder: Path) -> Iterator[Dropped]:
    """The files of a folder that are complete, oldest first. Raise FolderFailed when it cannot be read.

    Hidden files, which uploads hide behind, and folders are left alone; of a file that is too large its beginning is given, which no
    reader takes.
    """
    try:
        found = sorted((path.stat().st_mtime, path) for path in folder.iterdir() if _is_file(path))
    except OSError as exc:
        raise FolderFailed(f"folder {folder}: {exc.strerror}; is it there, and may wirewatch read it?") from exc
    now = time.time()
    for changed_at, path in found[:MOST_FILES]:
        # A clock ahead of ours must not hide a file for ever.
        if abs(now - changed_at) < AT_REST:
            continue
        with suppress(FileNotFoundError), path.open("rb") as file:
            yield Dropped(path=path, body=file.read(MOST_BYTES + 1))


def _is_file(path: Path) -> bool:
    # No links: they could name any file of this machine.
    return not path.name.startswith(".") and path.is_file() and not path.is_symlink()


def put_away(file: Dropped, *, refused: str = "") -> None:
    """Move a file that is kept to ``read`` below its folder; one that is ``refused`` for a reason, with that beside it.

    Raise FolderFailed: it would be read again at each visit.
    """
    below = file.path.parent / (REFUSED if refused else READ)
    try:
        below.mkdir(exist_ok=True)
        file.path.replace(below / file.path.name)
        if refused:
            (below / f"{file.path.name}.txt").write_text(refused + "\n", encoding="utf-8")
    except OSError as exc:
        raise FolderFailed(f"{file.path}: cannot be moved to {below}: {exc.strerror}; wirewatch needs to write there") from exc
