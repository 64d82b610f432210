"""``wirewatch search`` and ``story``: what is stored, and everything about one of it."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from alerts.recipient import AlertError
from monitor import archive, copies, evidence, show
from monitor.archive import Question
from monitor.commands import storyview
from monitor.commands.where import STORY, Where, as_json, since, where
from monitor.config import Settings
from monitor.history import History, history
from monitor.store import looking


@click.command()
@click.argument("query", nargs=-1, required=True)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000), help="Most stories to show.")
@click.option("--rule-language", is_flag=True, help="The query is one as rules have it: AND, OR, NEAR/5, @names.")
@since
@as_json
@where
def search(at: Where, query: tuple[str, ...], limit: int, rule_language: bool, since: datetime | None, as_json: bool) -> None:
    """Find stored stories that have all these words, newest first; or those that a query of the rule language is true of.

    Example: wirewatch search --rule-language 'strik* NEAR/5 (dock* OR port*)' --since 30d
    """
    settings = at.settings()
    question = _question(" ".join(query), settings, rule_language)
    found = asyncio.run(_search(settings, question, limit, since)) if question else []
    if as_json:
        for row in found:
            show.row(row)
    else:
        columns = ("id", "published", "source", "rules", "headline")
        show.table(
            columns,
            ((row["id"], (row["published_at"] or "")[:16], row["source"], ", ".join(row["rules"]), row["headline"]) for row in found),
        )


def _question(text: str, settings: Settings, rule_language: bool) -> Question | None:
    """What is asked; None where a text has no word."""
    try:
        rule = archive.query(text) if rule_language else archive.plainly(text)
        return Question.of([rule], settings.rules) if rule else None
    except AlertError as exc:
        raise click.UsageError(str(exc)) from exc


async def _search(settings: Settings, question: Question, limit: int, since: datetime | None) -> list[dict[str, Any]]:
    async with looking(settings) as store, store.database.connection() as connection:
        return await archive.search(connection, question, limit=limit, since=since)


@click.command()
@click.argument("id", type=STORY)
@click.option("--diff", is_flag=True, help="Show word by word what each version changed.")
@click.option(
    "--evidence",
    "proof",
    metavar="[FILE]",
    is_flag=False,
    flag_value="",
    help="Show what it was read from, with hashes; or write the newest page as it was sent to FILE.",
)
@click.option("--apart", is_flag=True, help="It is no copy of the others: take it out of their list, for good.")
@as_json
@where
def story(at: Where, id: int, diff: bool, proof: str | None, apart: bool, as_json: bool) -> None:
    """Every version of a story, its copies at other sources, what it matched, and the mails that it led to.

    Example: wirewatch story 12 --diff
    """
    if apart and not asyncio.run(_set_apart(at.settings(), id)):
        raise click.ClickException(f"story {id} is a copy of no other, nor another of it; `wirewatch story {id}` shows what it is")
    told, sent = asyncio.run(_story(at.settings(), id, body=bool(proof)))
    if told is None:
        raise click.ClickException(f"there is no story {id}; `wirewatch search` shows their numbers")
    if proof:
        if sent is None:
            raise click.ClickException(f"story {id}: the bytes of none of its versions are kept; [retention] bytes says how long they are")
        Path(proof).write_bytes(sent)
        click.echo(f"{proof}: {told.proof and told.proof.sha256}", err=True)
    elif as_json:
        show.row(storyview.as_row(told))
    else:
        storyview.show(told, diff=diff, proof=proof is not None)


async def _set_apart(settings: Settings, id: int) -> bool:
    async with looking(settings) as store, store.database.connection() as connection:
        return await copies.set_apart(connection, id)


async def _story(settings: Settings, id: int, *, body: bool) -> tuple[History | None, bytes | None]:
    async with looking(settings) as store, store.database.connection() as connection:
        told = await history(connection, id)
        proof = told.proof if told and body else None
        return told, await evidence.body(connection, proof.id) if proof else None
