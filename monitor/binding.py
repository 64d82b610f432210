"""The SQL of the binding: which configuration a store follows."""

from datetime import datetime
from pathlib import Path

from monitor.database import Connection


async def followed(connection: Connection) -> Path | None:
    """The configuration that the store follows; None before the first."""
    found = await (await connection.execute("select configuration from binding")).fetchone()
    return Path(found[0]) if found else None


async def begin(connection: Connection, configuration: Path, *, now: datetime) -> None:
    """Let a store that follows no configuration yet follow this one."""
    await connection.execute(
        "insert into binding (configuration, bound_at) values (%(path)s, %(now)s) on conflict do nothing",
        {"path": str(configuration), "now": now},
    )


async def take_over(connection: Connection, configuration: Path, *, now: datetime) -> None:
    """Let a store follow this configuration from now on, whichever it followed."""
    await connection.execute(
        """insert into binding (configuration, bound_at) values (%(path)s, %(now)s)
           on conflict (single) do update set configuration = excluded.configuration, bound_at = excluded.bound_at
               where binding.configuration <> excluded.configuration""",
        {"path": str(configuration), "now": now},
    )
