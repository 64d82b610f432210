"""monitor.lazygroup: commands that are imported when they are called, and the table that says where each lives."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from monitor.cli import COMMANDS, cli

#: Those that fetch from the wires, or may.
CRAWLING = {"crawl", "demo", "doctor", "init", "sources"}
SLOW = {"scrapy", "twisted", "psycopg", "jinja2", "lxml", "rich"}


def imported(code: str) -> set[str]:
    """Of what is slow to import, what a process of its own needs for this."""
    told = f"import sys\nfrom monitor.cli import COMMANDS, cli\n{code}\nprint(*({SLOW} & sys.modules.keys()), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, timeout=60, check=True)
    return set(done.stderr.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_says_of_each_command_what_it_says_itself(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)

    assert command
    # As it is cut for the widest help; shorter ones are cut from it.
    assert (command.name, COMMANDS[name].help) == (name, command.get_short_help_str(1000))


def test_the_help_of_all_commands_imports_none() -> None:
    assert imported("cli.main(['--help'], standalone_mode=False)") == set()


def test_what_never_crawls_does_without_scrapy() -> None:
    assert imported(f"for name in COMMANDS.keys() - {CRAWLING}: COMMANDS[name].load()") == SLOW - {"scrapy", "twisted"}


def test_the_help_of_all_commands_is_as_they_write_it_themselves() -> None:
    loaded = {name: place.load() for name, place in COMMANDS.items()}
    plain = click.Group(commands=loaded, **{key: getattr(cli, key) for key in ("name", "params", "help", "context_settings")})

    for width in (60, 80, 120, 200):
        asked = [CliRunner().invoke(group, ["--help"], prog_name="wirewatch", terminal_width=width).output for group in (cli, plain)]
        assert asked[0] == asked[1]
