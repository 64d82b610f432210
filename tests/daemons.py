"""A daemon that is let finish, told to leave or killed; and the promise that must stand whatever came."""

import json
import signal
import time
from pathlib import Path

import psutil

from tests.processes import Desk, Running, articles, gone, wait_until


def stored(desk: Desk) -> set[str]:
    return {url for (url,) in desk.rows("select url from story where latest > 0")}


def published(desk: Desk) -> set[str]:
    return {desk.wire.url + article.path for article in articles(desk.wire)}


def nothing_left(desk: Desk) -> bool:
    """Every story is stored, everybody is told, every mail is out."""
    return (
        stored(desk) == published(desk)
        and desk.rows("select from due where mail is null") == []
        and desk.rows("select from mail where state <> 'sent'") == []
    )


def finish(desk: Desk) -> None:
    """Let a daemon do what is left; then the promise must stand: each told once, and the ledger says what the messages say."""
    with desk.start("run") as daemon:
        wait_until(lambda: "watching" in daemon.said())
        wait_until(lambda: stored(desk) == published(desk), 60)
        desk.ask_for_digests()
        wait_until(lambda: nothing_left(desk), 30)
        assert daemon.leaves()[0] == 0
    assert_promise(desk)


def assert_promise(desk: Desk) -> None:
    assert desk.told() == desk.owed()
    assert sorted(m["Message-ID"] for m in desk.mails()) == sorted(id for (id,) in desk.rows("select message_id from mail"))
    assert [path.name for path in desk.outbox.iterdir() if path.suffix not in (".eml", ".html")] == []
    account = desk.run("account", "--since", "7d", "--json")
    assert account.code == 0, account
    assert json.loads(account.out)["total"]["listed"] >= len(published(desk))


def backends(desk: Desk) -> int:
    """Connections to the desk's database."""
    [(count,)] = desk.rows("select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()")
    return int(count)


def polls(desk: Desk, source: str) -> int:
    return desk.wire.hits[next(outlet.path for outlet in desk.wire.outlets if outlet.id == source)]


def interrupt(desk: Desk, after: float) -> None:
    """Start a daemon, ask it to crawl and to send, and to leave after so many seconds."""
    with desk.start("run") as daemon:
        wait_until(lambda: "watching" in daemon.said())
        desk.ask_for_digests()
        pause(after)
        children = daemon.children()
        code, took = daemon.leaves()
        assert (code, took < 30) == (0, True)
        assert gone(children, 0.5)
        assert backends(desk) == 0
        assert troubles(daemon) == []


def troubles(daemon: Running) -> list[str]:
    """What it said above INFO, a traceback of somebody else's too."""
    return [line for line in daemon.said().splitlines() if " INFO " not in line]


def kill(desk: Desk, after: float) -> None:
    """Start a daemon, ask it to crawl and to send, and kill it after so many seconds."""
    with desk.start("run") as daemon:
        wait_until(lambda: "watching" in daemon.said())
        if desk.database_url:
            desk.ask_for_digests()
        pause(after)
        children = daemon.children()
        daemon.leaves(signal.SIGKILL)
        assert gone(children)


def pause(seconds: float) -> None:
    """Let the daemon work, at a moment that nobody chose."""
    time.sleep(seconds)


def servers(folder: Path) -> list[psutil.Process]:
    """The Postgres processes of a folder."""
    return [each for each in psutil.process_iter(["cmdline"]) if any(str(folder) in word for word in each.info["cmdline"] or ())]
