"""Checkup: what ``wirewatch doctor`` tries, one after the other; the doctor judges what was found."""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from alerts.deliver import DeliveryError, Smtp
from monitor import disk, doctor, postgres
from monitor.clock import now
from monitor.config import Settings
from monitor.database import StoreError
from monitor.doubts import doubts
from monitor.fetching import fetching
from monitor.finding import Finding
from monitor.store import store
from spiders.source import Source
from spiders.trial import Trial, tried

#: Sources that are asked at once, and stories that are read of each.
AT_ONCE, STORIES = 8, 3


async def checkup(settings: Settings, sources: Sequence[Source], asked: Callable[[int], object]) -> AsyncIterator[Finding]:
    """Try everything, ``sources`` last, and say of each how it is; ``asked`` hears of every source that is done."""
    yield doctor.python(sys.version_info[:2], list(unmet(metadata.requires("wirewatch") or ())))
    yield doctor.folder(settings.data_dir, await asyncio.to_thread(unwritable, settings.data_dir), disk.look(settings))
    for doubt in doubts(settings):
        yield Finding(tried="configuration", says=str(doubt), do="mend the line that it names; wirewatch check says it again")
    async for finding in _postgres(settings):
        yield finding
    yield await _mail(settings)
    if sources:
        trials = await _trials(settings, sources, asked)
        ahead = [trial.ahead for trial in trials if trial.ahead is not None]
        if ahead:
            yield doctor.clock("clock beside the wires'", ahead, doctor.WIRES_AHEAD)
        for trial in trials:
            yield doctor.source(trial)


def unmet(requirements: Sequence[str]) -> Iterator[str]:
    """Of the requirements of a package those that are not installed, or not in that version; what is for extras is left out."""
    for requirement in map(Requirement, requirements):
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        found = ""
        with suppress(metadata.PackageNotFoundError):
            found = metadata.version(requirement.name)
        if not found or not requirement.specifier.contains(found, prereleases=True):
            yield str(requirement)


def unwritable(folder: Path) -> str:
    """Why nothing can be written to a folder, or, where it is not there yet, to the one that it would be made in; "" when it can."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(b"0" * 4096)
    except OSError as exc:
        return f"{exc.strerror or exc}" if there == folder else f"{there}: {exc.strerror or exc}"
    return ""


async def _postgres(settings: Settings) -> AsyncIterator[Finding]:
    if settings.database_url is None and not (settings.data_dir / "postgres").exists():
        yield Finding(tried="postgres", says="the embedded one, not made yet; the first command that needs it does so")
        return
    try:
        async with store(settings) as (url, _):
            found = await postgres.look(url, settings.database_schema, now)
    except StoreError as exc:
        yield doctor.no_store(exc, embedded=settings.database_url is None)
        return
    for finding in doctor.store(found):
        yield finding


async def _mail(settings: Settings) -> Finding:
    to = settings.operator or next((each.email for each in settings.recipients if not each.channel), "")
    if not settings.mail.smtp:
        return Finding(tried="mail", says=f"no relay: messages are written to {settings.outbox}")
    if not to:
        return Finding(tried="mail", says="there is nobody to write to", do="add a [[recipient]], or email under [operator]")
    relay = Smtp(settings.mail.smtp, password=settings.mail.password, ca_file=settings.mail.ca_file)
    answer: str | DeliveryError
    try:
        answer = await relay.probe(to=to, sender=settings.mail.sender)
    except DeliveryError as exc:
        answer = exc
    return doctor.relay(f"{relay.url.host}:{relay.url.port}", answer)


async def _trials(settings: Settings, sources: Sequence[Source], asked: Callable[[int], object]) -> list[Trial]:
    """What came of asking these sources, several at once, in their order."""
    gate = asyncio.Semaphore(AT_ONCE)
    async with fetching(settings) as crawler:

        async def trial(source: Source) -> Trial:
            async with gate:
                done = await tried(crawler, source, most=STORIES)
            asked(1)
            return done

        return await asyncio.gather(*map(trial, sources))
