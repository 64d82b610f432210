"""Where: the configuration and the data that a command works on, and the options that every command shares."""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from monitor import config, times
from monitor.clock import now
from monitor.config import Settings
from monitor.values import BadValue


@dataclass(frozen=True, kw_only=True, slots=True)
class Where:
    """Which configuration and which data a command works on."""

    config: Path | None
    data_dir: Path | None

    def settings(self) -> Settings:
        """Read the configuration. Raise ConfigError."""
        path = config.find(self.config, environ=os.environ, cwd=Path.cwd())
        return config.load(path, environ=os.environ, data_dir=self.data_dir)


def where(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command ``--config`` and ``--data-dir``, handed on as one value."""

    def called(config: Path | None, data_dir: Path | None, **named: Any) -> Any:
        return command(Where(config=config, data_dir=data_dir), **named)

    called.__name__, called.__doc__ = command.__name__, command.__doc__
    called.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]
    for name, help in (("--data-dir", "Folder of the embedded database and the outbox."), ("--config", "The wirewatch.toml to use.")):
        called = click.option(name, type=click.Path(path_type=Path), help=help)(called)
    return called


class _StoryNumber(click.IntRange):
    name = "number of a story; `wirewatch search` shows them"


STORY = _StoryNumber(1, 2**63 - 1)

as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object a line, and nothing else on stdout.")


def back(text: str, option: str) -> datetime:
    """The moment that a length of time before now, "7d", or an ISO time means. Raise click.UsageError."""
    with suppress(BadValue):
        return now() - times.pace(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as exc:
        raise click.UsageError(f"{option} {text!r} is neither a length nor a time; write 24h, 7d or 2026-11-23T07:00+01:00") from exc
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


since = click.option(
    "--since",
    metavar="7d|ISO-TIME",
    callback=lambda _, __, text: back(text, "--since") if text else None,
    help="Only what reached us since then.",
)


def next_step(at: Where, file: Path, then: str) -> str:
    """What remains to be done until a written file is in force: ``then``, once it is included."""
    settings = at.settings()
    if file.absolute() in settings.files:
        return f"{settings.path.name} includes it already: {then}"
    folder = settings.path.parent
    name = file.absolute().relative_to(folder) if file.absolute().is_relative_to(folder) else file.absolute()
    # A folder below the file's is for such files alone, so the next one is included as well.
    name = name.with_name("*.toml") if not name.is_absolute() and len(name.parts) > 1 else name
    return f'Next: include = ["{name}"] at the top of {settings.path.name}, then {then}'
