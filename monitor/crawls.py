"""Crawls: what one crawl on demand came to, in the words and figures of the account."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime

from psycopg.rows import dict_row

from monitor import accounts
from monitor.accounts import FATES, Fates, Gap
from monitor.database import Connection
from monitor.tally import Tally

_FIGURES = [field.name for field in fields(Fates) if field.name not in ("source", "listed")]

#: What the crawler says of a server that it did not reach.
_UNREACHED = re.compile(r"(CannotResolveHost|DownloadConnectionRefused|DownloadTimeout|DownloadFailed)Error\b")


@dataclass(frozen=True, kw_only=True, slots=True)
class Crawl:
    """What each source that was asked listed, what became of it, and what else is to be known."""

    lines: tuple[Fates, ...]
    total: Fates
    #: Gaps that were noticed or filled.
    gaps: tuple[Gap, ...]
    #: By source: what went wrong, how many stories are newly due to somebody.
    tallies: Mapping[str, Tally]

    @property
    def reached_none(self) -> bool:
        """Whether of several sources none was so much as reached: then it is this machine that is not on the network."""
        return len(self.tallies) > 1 and all(_UNREACHED.match(each.error or "") for each in self.tallies.values())

    @property
    def rows(self) -> Iterator[dict[str, object]]:
        """One JSON object a source."""
        for line in self.lines:
            tally = self.tallies[line.source]
            gaps = [asdict(gap) for gap in self.gaps if gap.source == line.source]
            yield {**asdict(line), "due": tally.due, "gaps": gaps, "error": tally.error}


async def crawl(connection: Connection, tallies: Mapping[str, Tally], *, since: datetime, until: datetime) -> Crawl:
    """The account of a crawl from ``since`` to ``until`` that came to ``tallies``, source by source."""
    cursor = await connection.cursor(row_factory=dict_row).execute(
        f"""select coalesce(source, '') as source, {FATES}
            from sighting where source = any(%(sources)s) and at between %(since)s and %(until)s group by grouping sets ((source), ())""",
        {"sources": list(tallies), "since": since, "until": until},
    )
    became = {row.pop("source"): row for row in await cursor.fetchall()}
    listed = {id: each.new + each.changed + each.seen for id, each in tallies.items()}
    return Crawl(
        lines=tuple(_fates(id, listed[id], became.get(id, {})) for id in sorted(tallies)),
        total=_fates("", sum(listed.values()), became[""]),
        gaps=tuple(await accounts.gaps(connection, since=since, until=until, sources=list(tallies))),
        tallies=tallies,
    )


def _fates(source: str, listed: int, became: Mapping[str, int]) -> Fates:
    """With the entries that were known and unchanged: those are counted, not noted one by one."""
    found = {name: became.get(name, 0) for name in _FIGURES}
    found["seen"] += listed - sum(found[name] for name in ("new", "changed", "seen", "refused", "pending"))
    return Fates(source=source, listed=listed, **found)
