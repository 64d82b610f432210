"""The SQL of links: the token in a mail, of which only the hash is kept, and whom it speaks for.

Each mail has its own: one that was forwarded is one that can be told apart, and what is kept opens nothing.
"""

import re
import secrets
from hashlib import sha256

from psycopg.rows import scalar_row

from monitor.database import Connection

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def token() -> str:
    """A new one: 256 random bits in 43 characters, for an address of the web."""
    return secrets.token_urlsafe(32)


async def note(connection: Connection, mail: int, token: str) -> None:
    """Note the token that stands in a mail."""
    await connection.execute("insert into link (hash, mail) values (%s, %s)", [sha256(token.encode()).digest(), mail])


async def recipient(connection: Connection, token: str) -> str | None:
    """Whom a token speaks for; None for one that was never sent, or whose recipient is forgotten."""
    if not _TOKEN.fullmatch(token):
        return None
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        "select recipient from link join mail on mail.id = link.mail where hash = %s", [sha256(token.encode()).digest()]
    )
    return await cursor.fetchone()
