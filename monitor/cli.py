"""The command line: each command reads the configuration, calls one function, shows what came of it.

Exit 0: done. 1: failed, one clear line on stderr. 2: wrong usage or configuration.
"""

import asyncio
import json
import logging
import os
import signal
import sys
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import click

from alerts.recipient import AlertError, Recipient
from monitor import absences, accounts, archive, config, copies, demo, evidence, health, logs, overview, setup, show, values
from monitor.advisorycommands import advisories_group
from monitor.archive import Question
from monitor.bouncecommand import bounce
from monitor.config import ConfigError, Fault, Settings
from monitor.database import StoreError, migrate
from monitor.doctorcommand import doctor
from monitor.doubts import doubts
from monitor.dumpcommands import dump_command, load_command
from monitor.exportcommand import export_command
from monitor.history import History, history
from monitor.judgement import judge
from monitor.ondemand import crawl_now, digest_now, dry_crawl, meant, preview
from monitor.program import looked_at, now, opened, store
from monitor.recipientcommands import recipients
from monitor.rulecommands import rules
from monitor.sourcecommands import sources
from monitor.values import BadValue
from monitor.where import STORY, Where, as_json, back, since, where
from spiders import crawl as reactor
from spiders.story import SpiderError, Story


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.option("-v", "--verbose", is_flag=True, help="Log every step; show tracebacks.")
@click.version_option(package_name="wirewatch")
def cli(verbose: bool) -> None:
    """Every wire story on your topic, once.

    \b
    wirewatch init      write a wirewatch.toml by answering six questions
    wirewatch run       collect and mail by itself from then on
    wirewatch doctor    try what it leans on, and say what to do where that is not well

    Exit 0: done. 1: failed, or not well. 2: wrong usage or configuration.
    """
    logs.to_stderr(logging.DEBUG if verbose else logging.WARNING)


cli.add_command(sources)
cli.add_command(rules)
cli.add_command(advisories_group)
cli.add_command(dump_command)
cli.add_command(load_command)
cli.add_command(export_command)
cli.add_command(recipients)
cli.add_command(bounce)
cli.add_command(doctor)


@cli.command()
@where
def init(at: Where) -> None:
    """Write a wirewatch.toml: asks who you are and what to watch, crawls, shows the digest on screen.

    Example: wirewatch init --config desk.toml
    """
    path = (at.config or Path.cwd() / config.NAME).absolute()
    setup.write(path)
    settings = Where(config=path, data_dir=at.data_dir).settings()
    show.crawled(reactor.run(crawl_now(settings, (), show.progress)))
    setup.rejoice(settings, asyncio.run(preview(settings, settings.recipients[0])))


@cli.command()
@where
def run(at: Where) -> None:
    """The daemon: collects on schedule and sends digests, until SIGTERM. SIGHUP reads the configuration again.

    Example: wirewatch run --config /etc/wirewatch/wirewatch.toml
    """
    _daemon(at, schedule=True, work=True)


@cli.command()
@where
def worker(at: Where) -> None:
    """Only the work: takes jobs that some scheduler queued in the same Postgres.

    Example: WIREWATCH_DATABASE_URL=postgresql://wirewatch@db/wirewatch wirewatch worker
    """
    _daemon(at, schedule=False, work=True)


@cli.command()
@where
def scheduler(at: Where) -> None:
    """Only the schedule: queues what is due for the workers. Of several one leads, the others stand by.

    Example: WIREWATCH_DATABASE_URL=postgresql://wirewatch@db/wirewatch wirewatch scheduler
    """
    _daemon(at, schedule=True, work=False)


def _daemon(at: Where, **parts: bool) -> None:
    if logging.getLogger().level > logging.INFO:
        logs.to_stderr(logging.INFO)
    # Nothing has begun yet: to leave now is to leave well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    from monitor import daemon  # the queue's import takes 0.2 s, and the other commands do without

    with suppress(asyncio.CancelledError):  # by a signal that came before the daemon listened to it itself
        reactor.run(daemon.run(at.settings(), at.settings, **parts))


@cli.command()
@click.option("--listen", metavar="HOST:PORT", help="Where; otherwise what [serve] says, 127.0.0.1:8080.")
@where
def serve(at: Where, listen: str | None) -> None:
    """Answer over HTTP, until SIGTERM: the page on which readers stop or pause their mails; /health and /metrics for your monitor.

    Put a web server with TLS before it, which hands on /unsubscribe/ and nothing else.

    Example: wirewatch serve --listen 127.0.0.1:8080
    """
    from monitor.serve import serve as serve_  # the web's import takes 0.3 s, and the other commands do without

    if logging.getLogger().level > logging.INFO:
        logs.to_stderr(logging.INFO)
    settings = at.settings()
    try:
        place = values.listen(listen) if listen else settings.listen
    except BadValue as exc:
        raise click.UsageError(f"--listen {listen!r}: {exc}") from exc
    asyncio.run(serve_(settings, place))


@cli.command()
@click.argument("sources", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Fetch and read, store nothing, need no database.")
@click.option(
    "--since",
    metavar="2h|ISO-TIME",
    callback=lambda _, __, text: back(text, "--since") if text else None,
    help="Read only what was published or changed since then, or names no time; the rest is noted, and read by a crawl without it.",
)
@as_json
@where
def crawl(at: Where, sources: tuple[str, ...], dry_run: bool, since: datetime | None, as_json: bool) -> None:
    """Poll sources now, all or those named; a line a source. Exit 1 when one of them failed.

    Example: wirewatch crawl city-desk --since 2h
    """
    settings = at.settings()
    if dry_run:
        errors = reactor.run(dry_crawl(settings, sources, _print_story if as_json else _show_story, since))
        show.failures(errors)
        sys.exit(bool(errors))
    came = reactor.run(crawl_now(settings, sources, show.progress, since))
    if as_json:
        for row in came.rows:
            _print(row)
    else:
        show.crawled(came)
    sys.exit(any(tally.error for tally in came.tallies.values()))


@cli.command()
@click.option("--to", metavar="RECIPIENT", help="Only this recipient; otherwise all.")
@click.option("--preview", "page", metavar="FILE.html", type=click.Path(path_type=Path), help="Write what would be sent; send nothing.")
@click.option("--dry-run", is_flag=True, help="Print what would be sent; send nothing.")
@click.option(
    "--at",
    "moment",
    metavar="ISO-TIME",
    help="Take the digest slot at or before this moment, as the daemon would; with --preview or --dry-run, any moment: show it as of then.",
)
@where
def digest(at: Where, to: str | None, page: Path | None, dry_run: bool, moment: str | None) -> None:
    """Send what is due now, as a digest of its own; the next one comes at its hour as always.

    Example: wirewatch digest --to analyst@example.org --preview digest.html
    """
    settings = at.settings()
    readers = _readers(settings, to)
    if page and len(readers) > 1:
        raise click.UsageError(f"--preview writes one digest; say whose: --to {readers[0].email}")
    if page or dry_run:
        for reader in readers:
            rendered = asyncio.run(preview(settings, reader, _moment(moment) if moment else None))
            if page:
                page.write_text(rendered.html, encoding="utf-8")
            else:
                click.echo(f"To: {reader.email}\nSubject: {rendered.subject}\n\n{rendered.text}")
        return
    unsent = asyncio.run(digest_now(settings, readers, _past(moment) if moment else None, click.echo))
    sys.exit(unsent > 0)


@cli.command()
@as_json
@where
def status(at: Where, as_json: bool) -> None:
    """How each source does, next digests, the outbox, the disk. Exit 0 when all is well, 1 when not.

    Example: wirewatch status || mail -s 'wirewatch is not well' ops@example.org
    """
    report = asyncio.run(_status(at.settings()))
    if as_json:
        states = {each.id: report.state(each.id) for each in report.sources}
        alive = [{**asdict(each), "alive": each.is_alive(report.at), "doing": each.doing(report.at)} for each in report.members]
        _print({**asdict(report), "members": alive, "states": states, "troubles": report.troubles, "well": not report.troubles})
    else:
        show.status(report)
    sys.exit(bool(report.troubles))


async def _status(settings: Settings) -> health.Report:
    async with opened(settings, configure=False) as watch:
        return await health.report(watch)


@cli.command()
@click.option("--since", metavar="24h|ISO-TIME", default="24h", show_default=True, help="Where the period begins.")
@click.option("--until", metavar="1h|ISO-TIME", help="Where it ends; otherwise now.")
@as_json
@where
def account(at: Where, since: str, until: str | None, as_json: bool) -> None:
    """The coverage account of a period: what each source listed and what became of it. Exit 1 when it does not add up.

    A length of time counts back from now; the period is widened to full hours.

    Example: wirewatch account --since 7d
    """
    end = back(until, "--until") if until else None
    told = asyncio.run(_account(at.settings(), back(since, "--since"), end))
    if as_json:
        _print({**asdict(told), "healthy": told.healthy, "difference": told.total.difference, "adds_up": told.adds_up})
    else:
        show.account(told)
    sys.exit(not told.adds_up)


async def _account(settings: Settings, since: datetime, until: datetime | None) -> accounts.Account:
    async with opened(settings, configure=False) as watch, watch.database.connection() as connection:
        end = watch.clock()
        states = None if until and until < end else (await judge(connection, settings.sources, now=end)).states
        return await accounts.account(connection, since, until or end, states=states)


@cli.command(name="migrate")
@where
def migrate_command(at: Where) -> None:
    """Bring the database's schema up to date; every other command does so by itself.

    Example: wirewatch migrate
    """
    applied = asyncio.run(_migrate(at.settings()))
    click.echo("\n".join(f"applied {name}" for name in applied) or "up to date")


async def _migrate(settings: Settings) -> list[str]:
    async with store(settings) as (url, _):
        return await migrate(url, settings.database_schema)


@cli.command()
@where
def check(at: Where) -> None:
    """Read the configuration, name all its faults at once, show it with secrets masked. Exit 1 when a part cannot work as things are.

    Example: wirewatch check --config wirewatch.toml
    """
    settings = at.settings()
    show.table(("setting", "value"), [*overview.rows(settings), *asyncio.run(_away(settings))])
    found = doubts(settings)
    for doubt in found:
        click.echo(str(doubt), err=True)
    sys.exit(bool(found))


async def _away(settings: Settings) -> list[tuple[str, str]]:
    """Who is told nothing though the file names them: that stands in the store."""
    try:
        async with looked_at(settings) as database:
            if database is None:
                return []
            async with database.connection() as connection:
                reaches = await absences.reaches(connection, settings.recipients, now=now())
    except StoreError as exc:
        return [("who is away", f"unknown: {exc}")]
    return [(f"away {email}", show.away(absence)) for email, reach in reaches.items() if (absence := reach.absence(now()))]


@cli.command()
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
            _print(row)
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
    async with opened(settings, configure=False) as watch, watch.database.connection() as connection:
        return await archive.search(connection, question, limit=limit, since=since)


@cli.command()
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
    from monitor import storyview

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
        _print(storyview.as_row(told))
    else:
        storyview.show(told, diff=diff, proof=proof is not None)


async def _set_apart(settings: Settings, id: int) -> bool:
    async with opened(settings, configure=False) as watch, watch.database.connection() as connection:
        return await copies.set_apart(connection, id)


async def _story(settings: Settings, id: int, *, body: bool) -> tuple[History | None, bytes | None]:
    async with opened(settings, configure=False) as watch, watch.database.connection() as connection:
        told = await history(connection, id)
        proof = told.proof if told and body else None
        return told, await evidence.body(connection, proof.id) if proof else None


@cli.command()
@click.argument("file", type=click.File("rb"))
@click.option("--url", required=True, help="Where the page came from.")
@where
def extract(at: Where, file: Any, url: str) -> None:
    """What the reader makes of a saved page, as one JSON object.

    Example: wirewatch extract page.html --url https://news.example.org/story/1
    """
    from spiders.extract import extract as read

    story = read(file.read(), url=url)
    _print({**asdict(story), "text": story.text})


@cli.command()
@click.option("--rules", "file", required=True, type=click.Path(path_type=Path), help="A TOML file with [[rule]] tables.")
@where
def match(at: Where, file: Path) -> None:
    """Match stories from stdin, one JSON object a line (id, headline, lead, body, language), against the rules of a file.

    Example: wirewatch match --rules wirewatch.toml < stories.jsonl
    """
    from alerts.match import RuleSet

    rules = RuleSet(config.load(file, environ={}).rules)
    for number, line in enumerate(sys.stdin, 1):
        if line.strip():
            id, story = _told(line, number)
            for hit in rules.match(story, now=datetime.now(UTC)):
                _print({"id": id, "rule": hit.rule.id, "spans": hit.spans})


@cli.command(name="demo")
@click.option("--remove", is_flag=True, help="Remove the demo's database and digests instead.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Folder of the embedded database.")
def demo_command(remove: bool, data_dir: Path | None) -> None:
    """Crawl the bundled demo wire on loopback and write its digest to ./demo/outbox.

    Example: wirewatch demo
    """
    base = data_dir or config.default_data_dir(os.environ, uid=os.getuid())
    if remove:
        demo.remove(Path.cwd(), base)
    else:
        reactor.run(demo.run(Path.cwd(), base))


def _told(line: str, number: int) -> tuple[Any, Story]:
    try:
        told = json.loads(line)
        paragraphs = tuple(told.get("body", "").split("\n"))
        story = Story(
            headline=told.get("headline") or "",
            lead=told.get("lead") or "",
            paragraphs=paragraphs,
            language=told.get("language"),
            canonical_url="https://example.org/",
        )
        return told["id"], story
    except (ValueError, KeyError, AttributeError, TypeError) as exc:
        raise click.UsageError(f'stdin line {number}: not a story; write {{"id": 1, "headline": "…", "body": "…"}}') from exc


def _readers(settings: Settings, to: str | None) -> list[Recipient]:
    readers = [each for each in settings.recipients if to is None or each.email.casefold() == to.casefold()]
    if readers:
        return readers
    known = [each.email for each in settings.recipients]
    if to is None or not known:
        raise ConfigError([Fault(file=settings.path.name, message="has no [[recipient]]; nobody is told anything")])
    raise ConfigError([Fault(file=settings.path.name, message=f'there is no recipient "{to}"; {meant(to, known)}')])


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as exc:
        raise click.UsageError(f"--at {text!r} is no time; write 2026-11-23T07:00+01:00") from exc
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _past(text: str) -> datetime:
    moment = _moment(text)
    if moment > now():
        raise click.UsageError(f"--at {text!r} is still to come; its slot belongs to `wirewatch run`; --preview shows it")
    return moment


def _show_story(source: str, story: Story) -> None:
    show.out.print(f"{source}: {story.headline}", markup=False)


def _print_story(source: str, story: Story) -> None:
    _print({"source": source, **asdict(story)})


def _print(value: dict[str, Any]) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, default=_plain_value))


def _plain_value(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def main() -> NoReturn:
    """Run a command and leave with its exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the daemon listens to it once it runs; until then it must not die of it
    try:
        code = cli.main(prog_name="wirewatch", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as exc:
        exc.show()
        code = exc.exit_code
    except click.ClickException as exc:
        command = exc.ctx.command_path if isinstance(exc, click.UsageError) and exc.ctx else "wirewatch"
        code = _fail(f"{command}: {exc.format_message()}", exc.exit_code)
    except ConfigError as exc:
        code = _fail(exc, 2)
    except (AlertError, SpiderError, StoreError, OSError) as exc:
        code = _fail(exc, 1)
    except click.Abort:
        code = _fail("\ninterrupted", 130)  # behind a question that was not answered
    except (KeyboardInterrupt, asyncio.CancelledError):
        code = _fail("interrupted", 130)
    sys.exit(code)


def _fail(said: object, code: int) -> int:
    if "-v" in sys.argv[1:2] or "--verbose" in sys.argv[1:2]:
        import traceback

        traceback.print_exc()
    click.echo(str(said), err=True)
    return code
