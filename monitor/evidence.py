"""Evidence: what servers sent, with its hash, address, status and headers, and as long as retention says with its bytes."""

import asyncio
import re
import zlib
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from isal import isal_zlib
from psycopg.rows import class_row, scalar_row, tuple_row
from psycopg.types.json import Jsonb

from alerts.plain import plain
from monitor.config import Retention
from monitor.database import Connection, StoreError
from spiders.order import Answer

#: Of ISA-L's four. On real pages zlib's level 1 takes four times the CPU for no fewer bytes, its level 6 ten times for a seventh less.
LEVEL = 2
#: Larger bodies are compressed in a thread: they would stop everything else for over a millisecond, 16 MB for a quarter second.
LARGE = 128 << 10
#: Headers of one answer, and characters of each.
MOST_HEADERS, LONGEST_HEADER = 100, 1000
#: A header whose value opens something.
_SECRET = re.compile(r"cookie|auth|token|secret|session|csrf|xsrf|api-?key|password", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """One answer behind a story, as ``wirewatch story`` shows it."""

    id: int
    #: The version that was read from it.
    revision: int
    url: str
    status: int
    headers: list[tuple[str, str]]
    fetched_at: datetime
    #: Of the body, in hexadecimal.
    sha256: str
    #: Bytes of the body.
    size: int
    #: The body is at hand.
    kept: bool


async def put(
    connection: Connection, source: str, answer: Answer, *, story: int | None, revision: int | None, now: datetime, keep: bool
) -> None:
    """Note what a version of a story was read from, with its bytes if ``keep``.

    The same bytes of one story are kept once.
    """
    kept, said = await packed(answer.body) if keep else None, told(answer)
    await connection.execute(
        """insert into evidence (source, story, revision, url, status, headers, fetched_at, sha256, size, bytes)
           select %(source)s, %(story)s, %(revision)s, %(url)s, %(status)s, %(headers)s, %(now)s, %(sha256)s, %(size)s,
               case when not exists (select from evidence where story = %(story)s and sha256 = %(sha256)s and bytes is not null)
                   then %(bytes)s::bytea end""",
        {"source": source, "story": story, "revision": revision, **said, "headers": Jsonb(said["headers"]), "now": now, "bytes": kept},
    )


def told(answer: Answer) -> dict[str, Any]:
    """What is noted of an answer, whether its bytes are kept or not."""
    return {
        "url": answer.url,
        "status": answer.status,
        "headers": told_headers(answer.headers),
        "sha256": sha256(answer.body).digest(),
        "size": len(answer.body),
    }


async def packed(body: bytes) -> bytes:
    """Compress a body; a large one while the event loop does other things."""
    if len(body) > LARGE:
        return await asyncio.to_thread(isal_zlib.compress, body, LEVEL)  # which leaves Python's lock meanwhile
    return isal_zlib.compress(body, LEVEL)


async def first_bad(connection: Connection, source: str, answer: Answer, *, now: datetime, keep: bool) -> None:
    """Note the answer with which a source began to fail: to a poll that was no list, to a page that was no story."""
    await put(connection, source, answer, story=None, revision=None, now=now, keep=keep)


async def bad_since(connection: Connection, source: str, since: datetime) -> int | None:
    """The first bad answer of a source from a moment on: what an outage that began then began with."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        "select id from evidence where source = %s and story is null and fetched_at >= %s order by fetched_at, id limit 1", [source, since]
    )
    return await cursor.fetchone()


async def last_good(connection: Connection, source: str) -> int | None:
    """The last answer of a source that a story was read from and whose bytes are kept."""
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        """select id from evidence where source = %s and story is not null and bytes is not null
           order by fetched_at desc, id desc limit 1""",
        [source],
    )
    return await cursor.fetchone()


async def wanted(connection: Connection, retention: Retention, story: int) -> bool:
    """Whether the bytes of a version just written are to be kept: all are, or those of stories that matched in any version."""
    if retention.bytes is not None:
        return True
    cursor = await connection.execute("select exists (select from match where story = %s)", [story])
    return await cursor.fetchone() == (True,)


async def of_story(connection: Connection, story: int) -> list[Evidence]:
    """All that a story was read from, by version."""
    cursor = await connection.cursor(row_factory=class_row(Evidence)).execute(
        """select id, revision, url, status, headers, fetched_at, encode(sha256, 'hex') as sha256, size,
               bool_or(bytes is not null) over (partition by sha256) as kept
           from evidence where story = %s order by revision""",
        [story],
    )
    return await cursor.fetchall()


async def body(connection: Connection, id: int) -> bytes | None:
    """The bytes as the server sent them; None where they are not kept. Raise StoreError if they are others than were sent."""
    cursor = await connection.cursor(row_factory=tuple_row).execute(
        """select kept.sha256, kept.bytes from evidence
           join evidence as kept on kept.id = evidence.id or kept.story = evidence.story and kept.sha256 = evidence.sha256
           where evidence.id = %s and kept.bytes is not null limit 1""",
        [id],
    )
    row = await cursor.fetchone()
    return _unpacked(id, *row) if row else None


def told_headers(headers: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """Response headers as they may be kept: without secrets and without what jsonb cannot hold, so many and so long."""
    return [
        (plain(name)[:LONGEST_HEADER], "***" if _SECRET.search(name) else plain(value)[:LONGEST_HEADER])
        for name, value in headers[:MOST_HEADERS]
    ]


def _unpacked(id: int, digest: bytes, packed: bytes) -> bytes:
    try:
        sent = zlib.decompress(packed)
    except zlib.error as exc:
        raise StoreError(f"evidence {id} is damaged: {exc}") from exc
    if sha256(sent).digest() != digest:
        raise StoreError(f"evidence {id} is damaged: its bytes are others than were sent")
    return sent
