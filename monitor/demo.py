"""The demo: the bundled wire on loopback, crawled twice as a daemon would, and the digest that comes of it."""

import json
import shutil
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import blake2b
from ipaddress import ip_network
from pathlib import Path
from secrets import token_hex
from zoneinfo import ZoneInfo

from alerts.message import message_id
from alerts.recipient import Recipient
from alerts.rules import preset
from monitor import embedded, show
from monitor.clock import now
from monitor.config import Settings
from monitor.database import Connection, StoreError
from monitor.fetching import fetching
from monitor.mailserver import Mail
from monitor.ondemand import collect_now
from monitor.program import opened
from monitor.watch import Watch
from spiders.demo import DemoWire, DemoWireDown

READER = "analyst@example.org"


@dataclass(frozen=True, kw_only=True, slots=True)
class Memory:
    """What the demo of one checkout remembers, so that its second run meets the same wire."""

    #: Names its database: a checkout made anew in the same place starts fresh.
    id: str
    #: When its stories were written.
    began: str
    port: int


async def run(checkout: Path, base: Path) -> None:
    """Crawl the demo wire and tell its reader, with the database below ``base`` and the mail in ``checkout``/demo/outbox."""
    memory = _remembered(checkout)
    began = datetime.fromisoformat(memory.began) if memory else now()
    with _wire(began, memory.port if memory else 0) as wire:
        memory = memory or Memory(id=token_hex(8), began=began.isoformat(), port=wire.port)
        _remember(checkout, memory)
        _forget_deleted(base)
        settings = _settings(checkout, _home(checkout, base, memory), wire)
        async with (
            opened(settings) as watch,
            fetching(settings) as crawler,
        ):
            if not await _known(watch):
                await collect_now(watch, crawler, [source.id for source in settings.sources], show.progress)
            # Between two polls the wire corrects a story.
            wire.edition = 2
            tallies = await collect_now(watch, crawler, [source.id for source in settings.sources], show.progress)
            told = await watch.tell_now(settings.recipients[0])
            async with watch.database.connection() as connection:
                await _show_stories(connection)
                show.out.print()
                await _show_account(connection)
                if told.mail:
                    await _show_mail(connection, settings, told.mail)
                else:
                    new = sum(tally.new + tally.changed for tally in tallies.values())
                    show.out.print(f"\n{'Nothing is new' if not new else 'Nothing is due'}: no digest was written.")
                    show.out.print(f"The first one lies in {settings.outbox}", soft_wrap=True)


def remove(checkout: Path, base: Path) -> None:
    """Remove the demo of a checkout: its database and its mails."""
    memory = _remembered(checkout)
    if memory:
        shutil.rmtree(_home(checkout, base, memory), ignore_errors=True)
    shutil.rmtree(checkout / "demo", ignore_errors=True)


def _wire(began: datetime, port: int) -> DemoWire:
    """The wire at its old port, so that its links still work; at another when that is taken."""
    try:
        with DemoWire(began, port=port):
            return DemoWire(began, port=port)
    except DemoWireDown:
        return DemoWire(began)


def _settings(checkout: Path, home: Path, wire: DemoWire) -> Settings:
    rules = (preset("dprk"), preset("anniversary"))
    return Settings(
        path=checkout / "demo",
        data_dir=home,
        outbox=checkout / "demo" / "outbox",
        sources=wire.sources(),
        rules=rules,
        recipients=(Recipient(email=READER, timezone=ZoneInfo("Europe/Berlin"), rules=tuple(rule.id for rule in rules)),),
        contact="demo@example.org",
        allow=(ip_network("127.0.0.0/8"),),
        mail=Mail(sender="wirewatch demo <demo@example.org>"),
    )


async def _known(watch: Watch) -> bool:
    async with watch.database.connection() as connection:
        cursor = await connection.execute("select exists (select from entry)")
        return await cursor.fetchone() == (True,)


async def _show_stories(connection: Connection) -> None:
    cursor = await connection.execute(
        """select story.source, headline, latest, coalesce(string_agg(distinct match.rule, ', '), ''),
               case when bool_or(due.mail is not null) then 'yes' when count(match.rule) > 0 then 'no: from before' else '' end
           from story
           join revision on revision.story = id and number = latest
           left join match on match.story = id and match.revision = latest
           left join due on due.story = id
           group by id, headline order by story.source, news_at"""
    )
    show.table(
        ("source", "story", "version", "matched", "told"), await cursor.fetchall(), title="What came in, what matched, what was told"
    )
    show.out.print("A new source starts with its last 24 hours: what it published before is stored and matched, not told.")


async def _show_account(connection: Connection) -> None:
    cursor = await connection.execute(
        """select source, count(*)::integer, count(*) filter (where state = 'read')::integer,
               count(*) filter (where state = 'headline-only')::integer from entry group by source order by source"""
    )
    show.table(("source", "listed", "read", "headline-only"), await cursor.fetchall(), title="Account")


async def _show_mail(connection: Connection, settings: Settings, mail: int) -> None:
    cursor = await connection.execute("select bytes, (select count(*) from due where due.mail = mail.id) from mail where id = %s", [mail])
    found = await cursor.fetchone()
    assert found
    name = message_id(found[0]).strip("<>")
    files = sorted(path for path in settings.outbox.iterdir() if path.stem == name)
    show.out.print(f"\nThe digest tells {READER} of {found[1]} stories, each once:")
    for path in files:
        show.out.print(f"  {path}", soft_wrap=True)


def _home(checkout: Path, base: Path, memory: Memory) -> Path:
    """The data folder of a checkout's demo; short, for the socket in it."""
    place = blake2b(f"{checkout.resolve()}\n{memory.id}".encode(), digest_size=5).hexdigest()
    home = base / f"demo-{place}"
    try:
        embedded.make(home)
    except OSError as exc:
        raise StoreError(f"{home}: {exc.strerror}; name another folder with WIREWATCH_DATA_DIR") from exc
    home.chmod(0o711)
    (home / "checkout").write_text(json.dumps({"path": str(checkout.resolve()), "id": memory.id}), encoding="utf-8")
    return home


def _forget_deleted(base: Path) -> None:
    """Remove the databases of checkouts that are gone: each clone that was tried leaves one of 40 MB."""
    for note in base.glob("demo-*/checkout"):
        told = json.loads(note.read_text(encoding="utf-8"))
        memory = _remembered(Path(told["path"]))
        if memory is None or memory.id != told["id"]:
            shutil.rmtree(note.parent, ignore_errors=True)


def _remembered(checkout: Path) -> Memory | None:
    try:
        return Memory(**json.loads((checkout / "demo" / "memory.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _remember(checkout: Path, memory: Memory) -> None:
    (checkout / "demo").mkdir(exist_ok=True)
    (checkout / "demo" / "memory.json").write_text(json.dumps(asdict(memory)), encoding="utf-8")
