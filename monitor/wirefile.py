"""Wire files: what a site told about itself, as the TOML that configures it and as a fixture that holds it to that."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date
from functools import partial
from pathlib import Path

from monitor import tomllines
from monitor.faults import ConfigError, Fault
from monitor.files import File
from monitor.sourcebook import read as read_sources
from spiders import scramble
from spiders.extract import NotAStory, extract
from spiders.scout import Found
from spiders.source import Source
from spiders.story import Story
from spiders.trim import trimmed

#: Bytes of a fixture's page, by the test of the bundled wires.
LARGEST_FIXTURE = 20_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Fixture:
    """A scrambled story page, and what is read in it."""

    #: Where the page was.
    url: str
    page: str
    story: Mapping[str, object]

    @property
    def expected(self) -> str:
        """The JSON that lies beside the page."""
        return json.dumps({"url": self.url, "story": self.story}, ensure_ascii=False, indent=1) + "\n"


def table(found: Found, **more: object) -> dict[str, object]:
    """A site's ``[[source]]`` table; ``more`` is what its owner said, and stands before what was found."""
    told = {key: value for key, value in asdict(found).items() if key in ("feed", "sitemap", "listing", "story_url") and value}
    selectors = {key: value for key, value in asdict(found.selectors).items() if value}
    said = {key: value for key, value in more.items() if value}
    return {"name": found.name, **said, **told} | ({"selectors": selectors} if selectors else {})


def source(id: str, content: Mapping[str, object]) -> Source:
    """The source that such a table describes. Raise ConfigError."""
    faults: list[Fault] = []
    name = f"{id}.toml"
    (read,) = read_sources([File(path=Path(name), name=name, content={"source": [{"id": id, **content}]}, faults=faults)], {}) or (None,)
    if faults or read is None:
        raise ConfigError(faults)
    return read


def as_source(id: str, content: Mapping[str, object], *, home: str, verified: date) -> str:
    """The file of a ``[[source]]`` that wirewatch.toml may include."""
    plain = {key: value for key, value in {"id": id, **content}.items() if not isinstance(value, dict)}
    inner = {key: value for key, value in content.items() if isinstance(value, dict)}
    tables = "".join(f"\n[source.{name}]\n{tomllines.lines(value)}" for name, value in inner.items())
    return f"# {home}, as it was found on {verified}.\n[[source]]\n{tomllines.lines(plain)}{tables}"


def as_wire(content: Mapping[str, object], *, home: str, verified: date) -> str:
    """The file of a bundled wire."""
    plain = {"name": content["name"], "home": home, **content, "level": "full", "verified": verified}
    inner = {key: plain.pop(key) for key in list(plain) if isinstance(plain[key], dict)}
    tables = "".join(f"\n[{name}]\n{tomllines.lines(value)}" for name, value in inner.items() if isinstance(value, dict))
    return tomllines.lines(plain) + tables


def stories(source: Source, found: Found) -> list[Story]:
    """What the source reads on the pages that were found."""
    return [story for page in found.pages if (story := _story(page.body, page.url, source))]


def fixture(source: Source, found: Found) -> Fixture | None:
    """The shortest of the found stories, scrambled and trimmed; None where none of them reads alike when it is scrambled."""
    read = [(story, page) for page in found.pages if (story := _story(page.body, page.url, source)) and story.paragraphs]
    for story, page in sorted(read, key=lambda each: len(each[0].text)):
        scrambled = scramble.page(page.body, url=page.url, selectors=source.selectors)
        known = _story(scrambled, page.url, source)
        if known and _shape(known) == _shape(story):
            alike = partial(_reads_alike, known=known, url=page.url, source=source)
            return Fixture(url=page.url, page=trimmed(scrambled, most=LARGEST_FIXTURE, reads_alike=alike), story=told(known))
    return None


def told(story: Story) -> dict[str, object]:
    """What a fixture says of a story."""
    return {
        "headline": story.headline,
        "lead": story.lead,
        "paragraphs": list(story.paragraphs),
        "byline": list(story.byline),
        "dateline": story.dateline.raw if story.dateline else None,
        "agency": story.agency,
        "published_at": story.published_at.astimezone(UTC).isoformat() if story.published_at else None,
        "precision": story.published_precision,
    }


def _story(page: bytes | str, url: str, source: Source) -> Story | None:
    try:
        return extract(page.encode() if isinstance(page, str) else page, url=url, source=source)
    except NotAStory:
        return None


def _shape(story: Story) -> tuple[object, ...]:
    """What scrambling leaves as it is."""
    return len(story.headline), tuple(map(len, story.paragraphs)), story.published_at


def _reads_alike(page: str, *, known: Story, url: str, source: Source) -> bool:
    story = _story(page, url, source)
    return story is not None and told(story) == told(known)
