"""The command line: which commands there are and where each lives, and with which code a failure leaves.

Each command reads the configuration, calls one function, shows what came of it. It is imported when it is called: most need neither
what crawls nor what mails.

Exit 0: done. 1: failed, one clear line on stderr. 2: wrong usage or configuration.
"""

import asyncio
import logging
import signal
import sys
from typing import NoReturn

import click

from alerts.recipient import AlertError
from monitor import denied, logs
from monitor.faults import ConfigError
from monitor.lazygroup import LazyGroup, Place
from monitor.storeerror import StoreError, StoreUnavailable
from spiders.story import SpiderError

#: Where each command lives, and the first sentence of its help.
COMMANDS = {
    "account": Place("monitor.commands.status:account", "The coverage account of a period: what each source listed and what became of it."),
    "advisories": Place(
        "monitor.commands.advisories:advisories_group",
        "Kills and holds of which it is not certain which story they mean: list them, say which.",
    ),
    "bounce": Place(
        "monitor.commands.bounce:bounce",
        "Take a mail that came back, on standard input, from the mail server; three in a week suspend their recipient.",
    ),
    "check": Place("monitor.commands.check:check", "Read the configuration, name all its faults at once, show it with secrets masked."),
    "crawl": Place("monitor.commands.crawl:crawl", "Poll sources now, all or those named; a line a source."),
    "demo": Place("monitor.commands.start:demo_command", "Crawl the bundled demo wire on loopback and write its digest to ./demo/outbox."),
    "digest": Place(
        "monitor.commands.digest:digest", "Send what is due now, as a digest of its own; the next one comes at its hour as always."
    ),
    "doctor": Place(
        "monitor.commands.doctor:doctor", "Try what wirewatch needs, Python, disk, Postgres, mail, clocks, each source, and say what to do."
    ),
    "dump": Place(
        "monitor.commands.dump:dump_command",
        'Write the whole store to one file: stories, matches, who was told what, pages; "-" is standard output.',
    ),
    "export": Place(
        "monitor.commands.export:export_command",
        "The newest version of each story that a rule finds: headline, link and the sentence that was hit.",
    ),
    "extract": Place("monitor.commands.trial:extract", "What the reader makes of a saved page, as one JSON object."),
    "init": Place(
        "monitor.commands.start:init", "Write a wirewatch.toml: asks who you are and what to watch, crawls, shows the digest on screen."
    ),
    "load": Place("monitor.commands.dump:load_command", 'Make a store out of what `wirewatch dump` wrote; "-" is standard input.'),
    "match": Place(
        "monitor.commands.trial:match",
        "Match stories from stdin, one JSON object a line (id, headline, lead, body, language), against the rules of a file.",
    ),
    "migrate": Place(
        "monitor.commands.migrate:migrate_command", "Bring the database's schema up to date; every other command does so by itself."
    ),
    "recipients": Place(
        "monitor.commands.recipients:recipients",
        "Who is told, and who paused, left or was suspended: list them, let them pause or resume, forget them.",
    ),
    "rules": Place(
        "monitor.commands.rules:rules", "What you watch for: list the rules, try them on a text or on the archive, write new ones."
    ),
    "run": Place("monitor.commands.daemon:run", "The daemon: collects on schedule and sends digests, until SIGTERM."),
    "scheduler": Place("monitor.commands.daemon:scheduler", "Only the schedule: queues what is due for the workers."),
    "search": Place(
        "monitor.commands.stories:search",
        "Find stored stories that have all these words, newest first; or those that a query of the rule language is true of.",
    ),
    "serve": Place(
        "monitor.commands.daemon:serve",
        "Answer over HTTP, until SIGTERM: the page on which readers stop or pause their mails; /health and /metrics for your monitor.",
    ),
    "sources": Place("monitor.commands.sources:sources", "The wires you watch: list them, try them, find new ones."),
    "status": Place("monitor.commands.status:status", "How each source does, next digests, the outbox, the disk."),
    "story": Place(
        "monitor.commands.stories:story",
        "Every version of a story, its copies at other sources, what it matched, and the mails that it led to.",
    ),
    "worker": Place("monitor.commands.daemon:worker", "Only the work: takes jobs that some scheduler queued in the same Postgres."),
}


@click.group(cls=LazyGroup, places=COMMANDS, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.option("-v", "--verbose", is_flag=True, help="Log every step; show tracebacks.")
@click.version_option(package_name="wirewatch")
@click.pass_context
def cli(ctx: click.Context, verbose: bool) -> None:
    """Every wire story on your topic, once.

    \b
    wirewatch init      write a wirewatch.toml by answering six questions
    wirewatch run       collect and mail by itself from then on
    wirewatch doctor    try what it leans on, and say what to do where that is not well

    Exit 0: done. 1: failed, or not well. 2: wrong usage or configuration.
    """
    if ctx.obj:
        ctx.obj()
    logs.to_stderr(logging.DEBUG if verbose else logging.WARNING)


def main() -> NoReturn:
    """Run a command and leave with its exit code."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the daemon listens to it once it runs; until then it must not die of it
    try:
        code = cli.main(prog_name="wirewatch", standalone_mode=False, obj=_heed_sigterm)
    except click.exceptions.NoArgsIsHelpError as exc:
        exc.show()
        code = exc.exit_code
    except click.ClickException as exc:
        command = exc.ctx.command_path if isinstance(exc, click.UsageError) and exc.ctx else "wirewatch"
        code = _fail(f"{command}: {exc.format_message()}", exc.exit_code)
    except ConfigError as exc:
        code = _fail(exc, 2)
    except PermissionError as exc:
        code = _fail(denied.told(exc.filename) if exc.filename else exc, 1)
    except StoreUnavailable as exc:
        code = _fail(f"{exc}; wirewatch doctor --no-sources says what to do", 1)
    except (AlertError, SpiderError, StoreError, OSError) as exc:
        code = _fail(exc, 1)
    except click.Abort:
        code = _fail("\ninterrupted", 130)  # behind a question that was not answered
    except (KeyboardInterrupt, asyncio.CancelledError):
        code = _fail("interrupted", 130)
    sys.exit(code)


def _heed_sigterm() -> None:
    """Leave in order from now on: the command is imported, and before there was nothing to put in order."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def _fail(said: object, code: int) -> int:
    if "-v" in sys.argv[1:2] or "--verbose" in sys.argv[1:2]:
        import traceback

        traceback.print_exc()
    begin = logs.priority(logging.ERROR) if logs.is_journal(logs.STDERR) else ""
    click.echo("\n".join(begin + line for line in str(said).split("\n")), err=True)
    return code
