"""StoreError: what Postgres refuses, apart from all that speaks to it: the command line starts without psycopg."""


class StoreError(Exception):
    """Anything Postgres refuses: its message says what, and where."""

    def __init__(self, message: str, *, sqlstate: str | None = None) -> None:
        super().__init__(message)
        #: Postgres's code for what went wrong, "23505"; None when Postgres was not reached or not asked.
        self.sqlstate = sqlstate


class StoreUnavailable(StoreError):
    """Postgres cannot be reached, was lost on the way, or has no room or memory left; the same call may succeed later."""
