"""monitor.lazygroup: commands that are imported when they are called, and the table that says where each lives."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from monitor.cli import COMMANDS, cli

#: Says on standard error which of these were imported by the time it leaves.
TOLD = """
import atexit, sys
atexit.register(lambda: print(*sorted({"scrapy", "twisted", "psycopg", "jinja2", "rich"} & sys.modules.keys()), file=sys.stderr))
from monitor.cli import main
main()
"""


def imported(*arguments: str) -> list[str]:
    """Of what is slow to import, what a command needed."""
    done = subprocess.run([sys.executable, "-c", TOLD, *arguments], capture_output=True, text=True, timeout=60, check=True)
    return done.stderr.split()


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_says_of_each_command_what_it_says_itself(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)

    assert command
    # As it is cut for the widest help; shorter ones are cut from it.
    assert (command.name, COMMANDS[name].help) == (name, command.get_short_help_str(1000))


def test_the_help_of_all_commands_imports_none() -> None:
    assert imported("--help") == []


def test_the_help_of_all_commands_is_as_they_write_it_themselves() -> None:
    loaded = {name: place.load() for name, place in COMMANDS.items()}
    plain = click.Group(commands=loaded, **{key: getattr(cli, key) for key in ("name", "params", "help", "context_settings")})

    for width in (60, 80, 120, 200):
        asked = [CliRunner().invoke(group, ["--help"], prog_name="wirewatch", terminal_width=width).output for group in (cli, plain)]
        assert asked[0] == asked[1]
