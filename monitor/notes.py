"""Notes to the operator: each outage is told once when it begins and once when it is over, all that changed in one mail."""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts import notice
from alerts.notice import Notice, Recovery, Trouble
from alerts.plain import plain
from alerts.recipient import masked
from monitor import absences, accounts, advisories, bounces, outages, outbox, unreachable
from monitor.absences import Suspension
from monitor.advisories import Advisory
from monitor.config import Settings
from monitor.database import Connection
from monitor.outages import Outage

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """What a state is called, what it means and what to do about it; ``{source}`` stands for the source's name, ``{id}`` for its id."""

    what: str
    over: str
    means: str
    advice: str


WORDS: Mapping[str, Words] = {
    "failing": Words(
        what="{source} does not answer",
        over="{source} answers again",
        means="Nothing of this source is collected; the other sources are. "
        "It is asked on, at least once an hour, or at its own pace where that is slower.",
        advice="Open its address in a browser. If it moved or wants a login, change the source in wirewatch.toml; "
        "`wirewatch sources test {id}` tries it at once.",
    ),
    "unreadable": Words(
        what="{source}: its pages cannot be read",
        over="{source}: its pages can be read again",
        means="Its stories come in by headline and summary only, so rules that look into the text may miss them. "
        "The pages are tried again for two days.",
        advice="Open one of its stories in a browser. If its layout changed, mend `selectors` of the source; "
        'if it now wants a login, set level = "headline".',
    ),
    "quiet": Words(
        what="{source} lists nothing new",
        over="{source} lists new stories again",
        means="It answers as usual, with old entries only: the wire may have moved its feed, or have nothing to say.",
        advice="Look at its front page. If there is news, its feed has moved: change its address. "
        'If this silence is usual, set quiet = "7d", or longer, at the source.',
    ),
    "network": Words(
        what="Most sources do not answer: the network of this machine may be away",
        over="The network is back",
        means="Nothing, or next to nothing, is collected. Sources that do not answer for this reason are not told one by one.",
        advice="Try to reach any web site from this machine; look at its network, its DNS, its proxy.",
    ),
    "configuration": Words(
        what="A saved configuration cannot be used",
        over="The configuration can be used again",
        means="The one before it stays in force: sources, rules and recipients are those of before the edit.",
        advice="Mend what is shown and save again, it is taken up by itself; `wirewatch check` shows all of it.",
    ),
    "templates": Words(
        what="A template of your own cannot be used",
        over="The templates of your own can be used again",
        means="Mails of that kind go out in the packaged form; no story is missing from them.",
        advice="Mend the line that is shown; `wirewatch check` tries all of them with a sample.",
    ),
    "unreachable": Words(
        what="{source} gets no mail: it is refused for good",
        over="Mail to {source} goes out again",
        means="What a refused mail told is in their next digest once more, a correction comes again after an hour; "
        "refused again it counts as told. The next mails are tried as usual. Other recipients get theirs.",
        advice="Read what the mail server says. Correct the address in wirewatch.toml, or ask whoever keeps that mailbox.",
    ),
    "disk": Words(
        what="The disk is nearly full",
        over="The disk has room again",
        means="Stories are still stored; the bytes of their pages are not kept until there is room.",
        advice="Make room where the data lies, or shorten [retention] in wirewatch.toml.",
    ),
}


async def tell(connection: Connection, settings: Settings, *, now: datetime) -> int | None:
    """Write one mail about all that the operator is still to be told, in this transaction; its number, None when there is nothing.

    While the machine's network is away, sources that do not answer are part of that one line, and so is their recovery.
    """
    if not settings.operator:
        return None
    untold = await outages.untold(connection)
    unclear = await advisories.unasked(connection, now=now)
    suspended = await absences.untold(connection)
    network = next((each for each in await outages.open_ones(connection) if each.state == "network"), None)
    folded = [each for each in untold if network and is_folded(each, network)]
    apart = [each for each in untold if each not in folded]
    mail = await _write(connection, settings, apart, unclear, suspended, now=now) if apart or unclear or suspended else None
    told = (network.told if network else None) or mail
    if told:
        await outages.tell(connection, [each.id for each in folded if each.told is None], mail=told)
    return mail


def is_folded(each: Outage, network: Outage) -> bool:
    """Whether an outage is told by the network's line: it began while that was open, or was told by it and waits for its end."""
    return each.state == "failing" and (each.told is None or each.told == network.told)


async def _write(
    connection: Connection,
    settings: Settings,
    changed: Sequence[Outage],
    unclear: Sequence[Advisory],
    suspended: Sequence[Suspension],
    *,
    now: datetime,
) -> int:
    names = {source.id: source.label for source in settings.sources}
    begun = [each for each in changed if each.told is None]
    over = [each for each in changed if each.told is not None]
    # With the network's end everything is told that its line stood for.
    folded = [
        one for each in over if each.state == "network" and each.told for one in await outages.told_by(connection, each.told, "failing")
    ]
    told = Notice(
        to=settings.operator,
        outage=[*(each.id for each in changed), *(each.id for each in unclear), *(each.id for each in suspended)][0],
        now=now,
        troubles=(*(_trouble(each, names) for each in begun), *(_question(each, names) for each in unclear), *map(_suspended, suspended)),
        recoveries=tuple([await _recovery(connection, each, folded, names) for each in over if each not in folded]),
    )
    data = await asyncio.to_thread(notice.build, told, sender=settings.mail.sender)
    mail = await outbox.put_note(connection, settings.operator, data, now=now)
    await outages.tell(connection, [each.id for each in begun], mail=mail)
    await advisories.tell(connection, unclear, mail=mail)
    await absences.tell(connection, suspended, mail=mail)
    await outages.tell_over(connection, [each.id for each in (*over, *folded)], mail=mail)
    return mail


def _trouble(each: Outage, names: Mapping[str, str]) -> Trouble:
    words = WORDS[each.state]
    return Trouble(
        what=words.what.format(source=_name(each, names)),
        since=each.began_at,
        detail=each.detail.partition("\n")[0],
        listing=tuple(each.detail.splitlines()) if "\n" in each.detail else (),
        means=words.means,
        advice=words.advice.format(id=each.source),
        first_bad=f"HTTP {each.bad_status} from {each.bad_url}" if each.bad_status else "",
    )


def _question(each: Advisory, names: Mapping[str, str]) -> Trouble:
    source = names.get(each.source, each.source)
    if each.story:
        return _too_weak(each, source)
    if not each.likely:
        return _unfound(each, source)
    return Trouble(
        what=f"{source}: which story is {each.status}?",
        since=each.at,
        detail=each.headline,
        means="The agency speaks of a story, and it is not certain of which. Nobody is told before you say so.",
        advice=f"`wirewatch advisories` lists the stories that it may mean; `wirewatch advisories settle {each.id} STORY` marks one, "
        "and whoever was told of it hears of it.",
    )


def _too_weak(each: Advisory, source: str) -> Trouble:
    undo = " and ".join(f"`wirewatch advisories settle {kill} none`" for kill in each.kills)
    return Trouble(
        what=f"{source}: it says more of a story that it withdrew",
        since=each.at,
        detail=each.headline,
        means=f"Story {each.story} stays withdrawn, for this does not tell it anew. Nobody is told.",
        advice=f"If the story may be used again: {undo}."
        if undo
        else "Its own page withdrew it; when that shows it again, it is given back.",
    )


def _unfound(each: Advisory, source: str) -> Trouble:
    return Trouble(
        what=f"{source}: a story is {each.status} that is not found",
        since=each.at,
        detail=each.headline,
        means="The agency speaks of a story, and none that is stored seems to be meant. Nobody is told of it. "
        "If it was never collected there is nothing to do; if it still comes, it is marked before anybody hears of it.",
        advice="If your readers may know the story, find it with `wirewatch search WORDS`; "
        f"`wirewatch advisories settle {each.id} STORY` marks it, and whoever was told of it hears of it.",
    )


def _suspended(each: Suspension) -> Trouble:
    # Masked: whoever is forgotten later must not live on in a mail to somebody else.
    return Trouble(
        what=f"Mails to {masked(each.recipient)} come back",
        since=each.began_at,
        detail=f"{bounces.MOST} within {bounces.WITHIN.days} days were refused for good",
        means="Nothing is sent to them any more; what is due to them waits.",
        advice="`wirewatch recipients list` shows who it is. Mend the address in wirewatch.toml, "
        "or, when their mailbox works again, `wirewatch recipients resume ADDRESS`.",
    )


async def _recovery(connection: Connection, each: Outage, folded: Sequence[Outage], names: Mapping[str, str]) -> Recovery:
    assert each.ended_at
    if each.recipient:
        return await _delivered(connection, each, each.recipient)
    of = [each.source] if each.source else [one.source for one in folded if one.source]
    found = await accounts.gaps(connection, since=each.began_at, until=each.ended_at, sources=of)
    still = [_name(one, names) for one in folded if one.ended_at is None] if each.state == "network" else []
    return Recovery(
        what=WORDS[each.state].over.format(source=_name(each, names)),
        since=each.began_at,
        until=each.well_at or each.ended_at,
        missed=(*(_missed(gap, names) for gap in found), *_still(still)) or ("nothing that we know of",),
    )


async def _delivered(connection: Connection, each: Outage, recipient: str) -> Recovery:
    assert each.ended_at
    refused = await unreachable.count(connection, recipient, since=each.began_at, until=each.ended_at)
    fate = "what they told was due once more, the archive has what was refused again"
    return Recovery(
        what=WORDS[each.state].over.format(source=masked(recipient)),
        since=each.began_at,
        until=each.ended_at,
        missed=(f"{refused} mail{'s' * (refused != 1)} to them, refused; {fate}",),
    )


def _missed(gap: accounts.Gap, names: Mapping[str, str]) -> str:
    filled = f"filled from its {gap.filled_by}, {gap.stories} entries" if gap.filled_by else "not filled"
    return f"{names.get(gap.source, gap.source)}, {gap.from_at:%Y-%m-%d %H:%M} – {gap.to_at:%Y-%m-%d %H:%M} UTC: {filled}"


def _still(names: Sequence[str]) -> Iterable[str]:
    if names:
        yield f"still going on: {len(names)} sources do not answer yet: {', '.join(names)}"


def _name(each: Outage, names: Mapping[str, str]) -> str:
    return masked(each.recipient) if each.recipient else names.get(each.source or "", each.source or "")


def warn(each: Outage) -> None:
    """Log that an outage has begun."""
    log.warning(
        "outage began code=outage state=%s source=%s since=%s detail=%r", each.state, each.source, each.began_at, plain(each.detail)
    )
