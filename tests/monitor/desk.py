"""A small vocabulary to arrange a desk with: stories, entries, a clock that is set, a watch fed by hand instead of by HTTP."""

import email
import email.policy
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

from alerts.canon import words
from alerts.recipient import DigestTime, Recipient
from alerts.rules import Rule
from monitor import stories
from monitor.claims import Visit
from monitor.config import Settings
from monitor.database import Database
from monitor.stories import Version
from monitor.tally import Tally
from monitor.watch import Watch
from spiders.feed import Entry
from spiders.order import FeedRead, FeedUnchanged, Order, Page, PageFailed, PageRead, Poll
from spiders.source import Source
from spiders.story import Story

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
WIRE = Source(id="wire", feed="https://wire.example.org/rss.xml")


@dataclass
class Clock:
    """A clock that stands until it is set."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **span: float) -> datetime:
        self.at += timedelta(**span)
        return self.at


def a_rule(word: str, id: str = "") -> Rule:
    return Rule(id=id or word, any=(word,))


def a_reader(email: str = "ann@example.org", rules: Iterable[str] = ("strike",), digest: str = "07:00", zone: str = "UTC") -> Recipient:
    return Recipient(email=email, rules=tuple(rules), digest=DigestTime.parse(digest), timezone=ZoneInfo(zone))


def an_entry(name: str = "one", title: str = "Dockers strike", **given: object) -> Entry:
    values: dict[str, object] = {"url": f"https://wire.example.org/{name}", "guid": name, "title": title, "published_at": NOON}
    return Entry(**(values | given))  # type: ignore[arg-type]


def a_story(name: str = "one", headline: str = "Dockers strike", body: str = "The strike began at noon.", **given: object) -> Story:
    values: dict[str, object] = {
        "headline": headline,
        "canonical_url": f"https://wire.example.org/{name}",
        "paragraphs": tuple(body.split("\n")),
        "published_at": NOON,
    }
    return Story(**(values | given))  # type: ignore[arg-type]


def settings(outbox: Path, *, rules: Iterable[Rule], readers: Iterable[Recipient], sources: Iterable[Source] = (WIRE,)) -> Settings:
    return Settings(
        path=outbox / "wirewatch.toml",
        data_dir=outbox,
        outbox=outbox / "outbox",
        sources=tuple(sources),
        rules=tuple(rules),
        recipients=tuple(readers),
    )


def a_visit(id: str = "wire", began_at: datetime = NOON, **given: object) -> Visit:
    values: dict[str, object] = {"unchanged": False, "whole": False, "retry_after": None}
    return Visit(id=id, began_at=began_at, **(values | given))  # type: ignore[arg-type]


async def a_watch(
    database: Database,
    outbox: Path,
    *,
    clock: Clock | None = None,
    rules: Iterable[Rule] = (a_rule("strike"),),
    readers: Iterable[Recipient] = (a_reader(),),
    sources: Iterable[Source] = (WIRE,),
) -> Watch:
    watch = Watch(database=database, settings=settings(outbox, rules=rules, readers=readers, sources=sources), clock=clock or Clock())
    await watch.configure()
    return watch


async def change(watch: Watch, **changes: object) -> None:
    """Take up a configuration that differs in some keys."""
    await watch.configure(replace(watch.settings, **changes))  # type: ignore[arg-type]


async def lists(watch: Watch, *entries: Entry, source: Source = WIRE, tally: Tally | None = None) -> list[Page]:
    """The source answers with these entries; the pages that are then to be fetched."""
    return [order for order in await answers(watch, Poll(source=source), *entries, tally=tally, etag='"1"') if isinstance(order, Page)]


async def answers(watch: Watch, poll: Poll, *entries: Entry, tally: Tally | None = None, **given: object) -> list[Order]:
    """What is asked is answered with these entries; what is to be asked next."""
    return list(await watch.keep(FeedRead(order=poll, entries=entries, **given), tally or Tally()))  # type: ignore[arg-type]


async def unchanged(watch: Watch, source: Source = WIRE) -> list[Page]:
    """The source answers 304; the pages that are still to be fetched."""
    return [order for order in await watch.keep(FeedUnchanged(order=Poll(source=source)), Tally()) if isinstance(order, Page)]


async def shows(watch: Watch, page: Page, story: Story, tally: Tally | None = None) -> Tally:
    """A page is fetched and tells this story."""
    tally = tally or Tally()
    await watch.keep(PageRead(order=page, story=story), tally)
    return tally


async def fails(watch: Watch, page: Page, error: str = "the server answered 500") -> Tally:
    """A page is not to be had."""
    tally = Tally()
    await watch.keep(PageFailed(order=page, error=error), tally)
    return tally


async def comes_in(watch: Watch, story: Story, source: Source = WIRE, **entry: object) -> Tally:
    """A story comes in whole: listed, its page fetched, read and kept."""
    name = story.canonical_url.rsplit("/", 1)[1]
    listed = an_entry(name, title=story.headline, published_at=story.published_at, **entry)
    tally = Tally()
    for page in await lists(watch, listed, source=source, tally=tally):
        await shows(watch, page, story, tally)
    return tally


def a_version(story: Story) -> Version:
    """A version of a story as it is to be stored."""
    fingerprint = stories.story_fingerprint(story)
    return Version(story=story, canonical=words(stories.searched(story)), fingerprint=fingerprint, headline_only=False)


async def rows(watch: Watch, query: str, *values: object) -> list[tuple[object, ...]]:
    """What the store says."""
    async with watch.database.connection() as connection:
        return list(await (await connection.execute(query, values)).fetchall())  # type: ignore[call-overload]


async def arrives(watch: Watch, story: Story) -> int:
    """A story comes in; the pages of others that are to be looked at again at this time are not. To how many it is due."""
    name, tally = story.canonical_url.rpartition("/")[2], Tally()
    for page in await lists(watch, an_entry(name, title=story.headline, published_at=story.published_at), tally=tally):
        if page.url == story.canonical_url:
            await shows(watch, page, story, tally)
    return tally.due


def mails(watch: Watch) -> list[EmailMessage]:
    """The messages that lie in the outbox folder, oldest first."""
    found = sorted(watch.settings.outbox.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in found]  # type: ignore[misc]


def text(message: EmailMessage) -> str:
    """The text part of a message."""
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


async def told_now(watch: Watch, reader: int = 0) -> list[str]:
    """Tell a recipient now; the text of the mail, if there is one."""
    before = len(mails(watch))
    await watch.tell_now(watch.settings.recipients[reader])
    return [text(message) for message in mails(watch)[before:]]
