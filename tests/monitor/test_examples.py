"""The help of the commands: each shows one way to call it, which it takes."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from monitor.cli import COMMANDS, cli


def all_commands() -> Iterator[tuple[str, ...]]:
    """The words by which each command and subcommand is called."""
    for name, place in COMMANDS.items():
        yield (name,)
        loaded = place.load()
        if isinstance(loaded, click.Group):
            yield from ((name, below) for below in loaded.commands)


def example_of(words: tuple[str, ...]) -> list[str]:
    """The words of its example, without what a shell makes of the rest: variables, redirections, what follows."""
    help = CliRunner().invoke(cli, [*words, "--help"], terminal_width=200).output
    (example,) = re.findall(r"Example: (.*?)\n\n", help, re.DOTALL)
    said = shlex.split(example)[shlex.split(example).index("wirewatch") + 1 :]
    ends = (place for place, word in enumerate(said) if word in {"<", ">", "|", "||"})
    return said[: next(ends, len(said))]


@pytest.mark.parametrize("words", list(all_commands()), ids=" ".join)
def test_the_example_in_the_help_is_one_that_the_command_takes(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for file in ("page.html", "feeds.opml", "wirewatch-2026-11-23.dump", "wirewatch.toml"):
        Path(file).touch()
    # What this machine has there is not asked.
    example = [word.replace("/var", f"{tmp_path}/var") if word.startswith("/var") else word for word in example_of(words)]

    assert example[: len(words)] == list(words)
    context: click.Context | None = None
    command: click.Command = cli
    while isinstance(command, click.Group):
        context = click.Context(command, parent=context)
        name, found, example = command.resolve_command(context, example)
        assert found
        command = found
    command.make_context(name, example, parent=context)
