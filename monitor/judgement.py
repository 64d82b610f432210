"""Judgement: what is wrong with each source at this moment; one for the check, ``wirewatch status``, the account and the digests."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor import outages, states, vitals
from monitor.database import Connection
from monitor.outages import Outage
from monitor.states import Facts, State, Trouble
from spiders.source import UTC, Source

#: What an outage is known by while it is open; no source: of the machine.
Key = tuple[str | None, State]


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """How all configured sources do, judged from what the store knows now: nobody need have looked before."""

    facts: Sequence[Facts]
    #: Outages that were written down and are not over.
    open: Sequence[Outage]
    #: What is wrong by the facts alone.
    found: dict[Key, Trouble]

    @property
    def troubles(self) -> dict[str, tuple[Trouble, ...]]:
        """What is wrong by source, "" for the machine, the worst first: as found, and outages that look well but are not over yet."""
        held = {
            (each.source, each.state, each.recipient): Trouble(state=each.state, since=each.began_at, detail=_held(each))
            for each in self.open
        }
        found = {(source, state, None): trouble for (source, state), trouble in self.found.items()}
        by: dict[str, list[Trouble]] = {}
        for (source, *_), trouble in (held | found).items():
            by.setdefault(source or "", []).append(trouble)
        return {source: tuple(sorted(each, key=lambda one: states.ORDER.index(one.state))) for source, each in by.items()}

    @property
    def worst(self) -> dict[str, Trouble]:
        """Source → the worst of what is wrong with it; none that is ok."""
        troubles = self.troubles
        return {each.id: troubles[each.id][0] for each in self.facts if each.id in troubles}

    @property
    def states(self) -> dict[str, str]:
        """Source → the worst state that it is in, "ok" when none."""
        worst = self.worst
        return {each.id: worst[each.id].state if each.id in worst else "ok" for each in self.facts}


async def judge(connection: Connection, sources: Iterable[Source], *, now: datetime) -> Judgement:
    """Judge all sources of the store; ``sources`` say what is quiet for them, and when their weekends are."""
    facts, before = await vitals.facts(connection), await outages.open_ones(connection)
    configured = {source.id: source for source in sources}
    found: dict[Key, Trouble] = {(each.id, trouble.state): trouble for each in facts for trouble in _judged(each, configured.get(each.id))}
    away = states.network(facts, now=now, open=any(each.state == "network" for each in before))
    return Judgement(facts=facts, open=before, found=found | ({(None, away.state): away} if away else {}))


def _judged(facts: Facts, source: Source | None) -> tuple[Trouble, ...]:
    return states.judge(facts, quiet=source.quiet if source else None, zone=source.timezone if source else UTC)


def _held(outage: Outage) -> str:
    return f"{outage.detail}; looks well since {outage.well_at:%Y-%m-%d %H:%M} UTC" if outage.well_at else outage.detail
