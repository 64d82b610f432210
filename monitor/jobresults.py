"""The SQL of job results: when each kind of job last ended well, and when and why one last failed."""

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from monitor.database import Connection

#: Characters of an error that are kept.
LONGEST = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class JobResult:
    """How the last jobs of one kind ended."""

    job: str
    succeeded_at: datetime | None
    failed_at: datetime | None
    error: str | None

    @property
    def failed(self) -> bool:
        """Whether the last one did."""
        return self.failed_at is not None and (self.succeeded_at is None or self.succeeded_at < self.failed_at)


async def succeeded(connection: Connection, job: str, *, now: datetime) -> None:
    """Note that a job of this kind ended well."""
    await connection.execute(
        """insert into job_result (job, succeeded_at) values (%(job)s, %(now)s)
           on conflict (job) do update set succeeded_at = excluded.succeeded_at""",
        {"job": job, "now": now},
    )


async def failed(connection: Connection, job: str, *, error: str, now: datetime) -> None:
    """Note that a job of this kind raised, or was ended at its limit."""
    await connection.execute(
        """insert into job_result (job, failed_at, error) values (%(job)s, %(now)s, %(error)s)
           on conflict (job) do update set failed_at = excluded.failed_at, error = excluded.error""",
        {"job": job, "error": error[:LONGEST], "now": now},
    )


async def results(connection: Connection) -> list[JobResult]:
    """How the last jobs of each kind ended."""
    cursor = await connection.cursor(row_factory=class_row(JobResult)).execute(
        "select job, succeeded_at, failed_at, error from job_result order by job"
    )
    return await cursor.fetchall()
