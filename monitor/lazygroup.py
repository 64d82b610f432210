"""Lazygroup: a group of commands each of which is imported when it is called: all of them together take a second."""

import gc
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command lives, and its line in the help of its group."""

    #: "monitor.commands.status:status"
    name: str
    #: The first sentence of its own help.
    help: str

    def load(self) -> click.Command:
        """Import the command."""
        module, _, name = self.name.partition(":")
        gc.disable()  # what an import makes is no garbage; to look through it again and again takes a tenth of its time
        try:
            command: click.Command = getattr(import_module(module), name)
        finally:
            gc.enable()
        return command


class LazyGroup(click.Group):
    """A group of the commands at these places. ``commands`` are stand-ins, which know name and help: ``get_command`` has the real ones."""

    def __init__(self, *, places: Mapping[str, Place], **named: Any) -> None:
        super().__init__(commands=[click.Command(name, help=place.help) for name, place in places.items()], **named)
        self.places = places

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = self.places.get(cmd_name)
        return place.load() if place else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # As a group of the stand-ins writes it; ours would import every command for its one line.
        click.Group(commands=self.commands).format_commands(ctx, formatter)
