"""Recipients who are told by a channel: read from the configuration, masked, and accounted for as those who get mail."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from desk import Clock, a_reader, a_story, a_watch, comes_in, mails, rows

from monitor import overview
from monitor.database import Database
from spiders.story import Status
from tests.chat import Chat, chatting
from tests.monitor.configured import SECRET, faults, read, write

READER = '[[recipient]]\nemail = "ann@example.org"\nrules = ["dprk"]\n'
URL = f"json://desk:{SECRET}@chat.example.org/room"


@pytest.fixture
def chat() -> Iterator[Chat]:
    with chatting() as chat:
        yield chat


def test_a_channel_stands_in_the_file_in_another_or_in_the_environment(tmp_path: Path) -> None:
    write(tmp_path, f"{URL}\n", "channel")

    for text, environ in (
        (f'channel = "{URL}"', {}),
        ('channel = { file = "channel" }', {}),
        ('channel = { env = "ANN" }', {"ANN": URL}),
    ):
        [ann] = read(tmp_path, f"{READER}{text}\n", **environ).recipients
        assert ann.channel == URL


def test_it_shows_nowhere(tmp_path: Path) -> None:
    settings = read(tmp_path, f'{READER}channel = "{URL}"\n')

    assert dict(overview.rows(settings))["channel of ann@example.org"] == "json://***"
    assert SECRET not in f"{settings!r}{overview.rows(settings)!r}"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("channel = 7", 'is no channel; write "slack://…" as apprise has it, { file = "path" } or { env = "NAME" }'),
        (f'channel = "{SECRET}"', 'is no channel; write "slack://…" as apprise has it, { file = "path" } or { env = "NAME" }'),
        ('channel = ""', "is not set"),
        (f'channel = "nothing://{SECRET}"', "apprise cannot read the address; write it as apprise has it, such as "),
        ('channel = { env = "ANN" }', "names ANN of the environment, which is not set"),
        ('channel = { file = "nowhere" }', 'names "nowhere", which cannot be read: No such file or directory'),
        ('channel = { file = "lines" }', 'names "lines", which is no channel; '),
        ('channel = { file = "lines", env = "ANN" }', "is no channel; "),
    ],
)
def test_a_channel_that_cannot_be_used_is_refused_without_repeating_it(tmp_path: Path, text: str, fault: str) -> None:
    write(tmp_path, f"{URL}\n{URL}\n", "lines")

    [told] = faults(tmp_path, f"{READER}{text}\n")

    assert told.startswith(f'wirewatch.toml: recipient "ann@example.org": channel {fault}')
    assert SECRET not in told


async def test_a_channel_is_told_each_story_once_and_again_until_it_takes_it(database: Database, tmp_path: Path, chat: Chat) -> None:
    clock = Clock()
    readers = (replace(a_reader(), channel=chat.url), a_reader("bob@example.org"))
    watch = await a_watch(database, tmp_path, clock=clock, readers=readers)
    await comes_in(watch, a_story())

    chat.status = 503
    for reader in readers:
        await watch.tell_now(reader)
    waiting = await rows(watch, "select recipient, state, error from mail order by id")
    chat.status = 200
    for _ in range(3):
        clock.advance(minutes=10)
        await watch.send()
        await watch.tell_now(readers[0])

    [(title, text)] = chat.said
    assert waiting == [
        ("ann@example.org", "unknown", "json://: the channel did not say that it took the message"),
        ("bob@example.org", "sent", None),
    ]
    assert "Dockers strike" in title
    assert "https://wire.example.org/one" in text
    assert [message["To"] for message in mails(watch)] == ["bob@example.org"]
    assert await rows(watch, "select state, attempts, unanswered from mail where recipient = 'ann@example.org'") == [("sent", 2, 1)]


async def test_a_kill_follows_what_a_channel_may_have_shown(database: Database, tmp_path: Path, chat: Chat) -> None:
    clock = Clock()
    reader = replace(a_reader(), channel=chat.url)
    watch = await a_watch(database, tmp_path, clock=clock, readers=(reader,))
    await comes_in(watch, a_story())

    chat.status = 502
    await watch.tell_now(reader)
    chat.status = 200
    await comes_in(watch, a_story(status=Status.WITHDRAWN), summary="2")
    for _ in range(3):
        await watch.correct()
        await watch.send()

    assert ["WITHDRAWN" in title for title, _ in chat.said] == [False, True]


async def test_a_channel_that_cannot_be_asked_has_nothing(database: Database, tmp_path: Path) -> None:
    reader = replace(a_reader(), channel="nothing://here")
    watch = await a_watch(database, tmp_path, readers=(reader,))
    await comes_in(watch, a_story())
    await watch.tell_now(reader)

    assert await rows(watch, "select state, attempts, unanswered from mail") == [("queued", 1, 0)]
