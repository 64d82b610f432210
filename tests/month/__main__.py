"""``make month``: thirty days of one desk in fast time, and the account of them; some four minutes.

Eight readers in three languages, twenty rules, twenty-five sources, from 10 October to 8 November 2026, when the clocks of Europe and
America go back. A source is dead for five days, another falls silent; a reader is away for two weeks, one stops and returns, one is
new; a rule learns a word; the relay is down for four hours, the daemon dies twice and stays away once; an agency corrects a story a
day and takes one back every third. All mails lie in demo/month afterwards. Ends with a table, or with what does not add up.
"""

import asyncio
import logging
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psycopg

from monitor import accounts, embedded
from monitor.accounts import Account
from monitor.database import Database
from monitor.migration import migrate
from tests.month.life import Clock, Life, Relay, Wires
from tests.month.newsroom import END, START, Newsroom, Piece, by_time
from tests.month.proof import Letter, Proof
from tests.month.readers import READERS

SEED = 7
MAILS = Path("demo/month")
#: Recipient, slot and what became of it.
RUNS = """
select run.recipient, slot, case when covered_by is not null then 'covered' when mail.id is not null then 'mailed'
    when closed_at is null then 'open' else 'empty' end
from run left join mail on mail.run = run.id and state <> 'recalled' where slot is not null
"""
COLUMNS = (
    "slots",
    "mailed",
    "empty",
    "covered",
    "told",
    "at once",
    "digests",
    "alerts",
    "answers",
    "corrected",
    "withdrawn",
    "updated",
    "largest",
)


def main() -> None:
    """Live the month, prove it, print it."""
    # For four hours each mail fails each time, and that is as it should be.
    logging.getLogger("monitor.sending").setLevel(logging.CRITICAL)
    seed, began = int(sys.argv[1]) if sys.argv[1:] else SEED, time.monotonic()
    # Not a private folder: as root the server runs as another user.
    with tempfile.TemporaryDirectory(prefix="wirewatch-test-") as name:
        Path(name).chmod(0o711)
        with embedded.start(Path(name)) as server:
            _hurry(server.url)
            proof, account = asyncio.run(_live(server.url, Path(name), Newsroom(seed).write()))
    _write(proof.letters)
    _print(proof, account, seconds=time.monotonic() - began)
    if proof.faults:
        sys.exit("\n".join(["It does not add up:", *proof.faults]))


async def _live(url: str, folder: Path, pieces: Sequence[Piece]) -> tuple[Proof, Account]:
    await migrate(url)
    clock = Clock(START)
    relay, wires = Relay(clock), Wires(list(by_time(pieces)), clock)
    await Life(url=url, folder=folder, wires=wires, relay=relay, clock=clock).live()
    letters = [Letter(taken_at=at, to=to, raw=raw) for at, to, raw in relay.took]
    proof = Proof(readers=READERS, pieces=pieces, letters=letters, read_at=wires.read_at)
    proof.prove()
    return proof, await _beside_the_store(url, proof)


async def _beside_the_store(url: str, proof: Proof) -> Account:
    database = await Database.open(url)
    try:
        async with database.connection() as connection:
            proof.slots(await (await connection.execute(RUNS)).fetchall())  # type: ignore[arg-type]
            account = await accounts.account(connection, START, END)
    finally:
        await database.close()
    if not account.adds_up:
        proof.faults.append(f"the store's account: {account.total.difference} entries of {account.total.listed} are nowhere")
    return account


def _hurry(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        # What a test loses in a power cut nobody misses.
        for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
            connection.execute(f"ALTER SYSTEM SET {setting}".encode())
        connection.execute("SELECT pg_reload_conf()")


def _write(letters: Sequence[Letter]) -> None:
    MAILS.mkdir(parents=True, exist_ok=True)
    for old in (*MAILS.glob("*.eml"), *MAILS.glob("*.html")):
        old.unlink()
    for number, letter in enumerate(letters):
        name = f"{letter.written_at:%m-%d-%H%M}-{letter.to.partition('@')[0]}-{number:04}"
        (MAILS / f"{name}.eml").write_bytes(letter.raw)
        (MAILS / f"{name}.html").write_text(letter.html, encoding="utf-8")


def _print(proof: Proof, account: Account, *, seconds: float) -> None:
    shown = sum(len(piece.shown) for piece in proof.pieces)
    print(f"{len(proof.pieces)} pieces in {shown} stories and versions; {len(proof.letters)} mails in {MAILS}; {seconds:.0f} s")
    total = account.total
    print(
        f"entries: {total.listed} listed = {total.new} new + {total.changed} changed + {total.seen} seen + {total.refused} refused"
        f" + {total.pending} pending; {total.merged} merged, {total.matched} matched; mails: {dict(account.mails)}"
    )
    print("".join(["reader".ljust(10), *(name.rjust(10) for name in COLUMNS)]))
    for reader in proof.readers:
        figures = (proof.figures[reader.email, name] for name in COLUMNS)
        print("".join([reader.email.partition("@")[0].ljust(10), *(str(figure).rjust(10) for figure in figures)]))


if __name__ == "__main__":
    main()
