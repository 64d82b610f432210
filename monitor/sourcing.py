"""Sourcing: how a source is tried out and a new one found, over the network and without a store."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from monitor import tomllines, wirefile
from monitor.config import ConfigError, Fault, Settings
from monitor.faults import meant
from monitor.fetching import fetching
from monitor.sourcebook import off
from monitor.wirefile import Fixture
from spiders import wires
from spiders.scout import Found, scout
from spiders.settings import LOCAL
from spiders.source import Source
from spiders.trial import Trial, read_page, tried


@dataclass(frozen=True, kw_only=True, slots=True)
class New:
    """A source that was found, and what is to be written for it."""

    id: str
    source: Source
    found: Found
    #: Its ``[[source]]`` table.
    table: dict[str, object]
    fixture: Fixture | None


async def try_all(settings: Settings, sources: Sequence[Source], show: Callable[[Trial], object]) -> list[Trial]:
    """Try these sources one after the other; ``show`` sees what came of each at once."""
    trials = []
    async with fetching(settings) as crawler:
        for source in sources:
            trials.append(await tried(crawler, source))
            show(trials[-1])
    return trials


async def try_address(settings: Settings, url: str) -> Trial:
    """Try a feed, or a page where that is none."""
    _require_contact(settings, url)
    async with fetching(settings) as crawler:
        listed = await tried(crawler, Source(id="feed", feed=url))
        return listed if listed.entries or not listed.answer else await read_page(crawler, url)


async def find(settings: Settings, url: str, id: str, more: dict[str, str], say: Callable[[str], object]) -> New:
    """Find out about a site what a ``[[source]]`` table has to say. Raise NothingFound, or ConfigError for what its owner said."""
    _require_contact(settings, url)
    wirefile.source(id, {"feed": url, **more})  # what was given on the command line is refused before anything is fetched
    async with fetching(settings) as crawler:
        found = await scout(crawler, url, timezone=ZoneInfo(more.get("timezone") or "UTC"), say=say)
    table = wirefile.table(found, **more)
    source = wirefile.source(id, table)
    return New(id=id, source=source, found=found, table=table, fixture=wirefile.fixture(source, found))


def wanted(settings: Settings, name: str) -> Source:
    """The configured source or, failing that, the bundled wire of this name. Raise ConfigError."""
    known = {source.id: source for source in settings.sources}
    if name in known:
        return known[name]
    if name not in wires.names():
        said = f'there is no source and no bundled wire "{name}"; {meant(name, [*known, *wires.names()])}'
        raise ConfigError([Fault(file=settings.path.name, message=said)])
    source = wirefile.source(name, {"wire": name, "enabled": True})
    _require_contact(settings, source.home)
    return source


def every(settings: Settings) -> list[Source]:
    """The configured sources; where none is configured, the bundled wires that are not off."""
    return list(settings.sources) or [wanted(settings, name) for name in wires.names() if not off(name) and _can_be_asked(name)]


def _can_be_asked(name: str) -> bool:
    return wires.table(name).get("level") not in ("licence", "dead")


def _require_contact(settings: Settings, url: str) -> None:
    """Raise ConfigError where a site of somebody else's would not learn whom to complain to."""
    if not settings.contact and urlsplit(url).hostname not in LOCAL:
        said = 'is missing; write contact = "desk@example.org": it goes into the user agent that the site sees'
        raise ConfigError([Fault(file=settings.path.name, table="[fetch]", key="contact", message=said)])


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a new source's files go."""

    toml: Path
    #: ``<id>.html`` and ``<id>.expected.json`` lie here.
    fixtures: Path
    #: A checkout, where it becomes a bundled wire.
    bundled: bool = False

    @property
    def files(self) -> tuple[Path, Path, Path]:
        id = self.toml.stem
        return self.toml, self.fixtures / f"{id}.html", self.fixtures / f"{id}.expected.json"

    def write(self, new: New, today: date) -> list[Path]:
        """Write the files, those that the source has. Raise FileExistsError, before anything is written, where one is there."""
        self.refuse_to_overwrite()
        wire = wirefile.as_wire if self.bundled else partial(wirefile.as_source, new.id)
        texts = [wire(new.table, home=new.found.home, verified=today)]
        texts += [new.fixture.page, new.fixture.expected] if new.fixture else []
        written = list(zip(self.files, texts, strict=False))
        for path, text in written:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        if self.bundled and new.fixture:
            _add_address(self.fixtures / "addresses.toml", new.id, new.fixture.url)
        return [path for path, _ in written]

    def refuse_to_overwrite(self) -> None:
        """Raise FileExistsError where one of the files is there."""
        for path in self.files:
            if path.exists():
                raise FileExistsError(f"{path} exists; name another id with --id, or remove it")


def _add_address(file: Path, id: str, url: str) -> None:
    """A line for the wire in the list of addresses that the tests of bundled wires read, in the order of the alphabet."""
    head, *lines = file.read_text(encoding="utf-8").splitlines()
    lines = sorted({*lines, tomllines.lines({id: url}).rstrip()}, key=lambda line: line.split(" = ")[0])
    file.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
