"""Which configuration a store follows, and who may change that."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.config import ConfigError, Settings
from monitor.program import opened
from tests.monitor.desk import WIRE, a_reader, a_rule, rows, settings


@pytest.fixture
def first(tmp_path: Path, database_url: str) -> Settings:
    """A configuration with a source and a reader, over a fresh store."""
    made = settings(tmp_path, rules=[a_rule("strike")], readers=[a_reader()])
    return replace(made, path=Path("/etc/wirewatch/wirewatch.toml"), database_url=database_url)


@pytest.fixture
def second(first: Settings) -> Settings:
    """Another one over the same store, without that source and reader."""
    return replace(first, path=Path("/home/ann/wirewatch.toml"), sources=(), recipients=())


async def sources_of(configuration: Settings) -> list[tuple[object, ...]]:
    async with opened(configuration, configure=False) as watch:
        return await rows(watch, "select id, active from source")


async def test_a_command_with_another_configuration_is_refused_and_retires_no_source(first: Settings, second: Settings) -> None:
    async with opened(first):
        pass

    with pytest.raises(ConfigError) as refused:
        async with opened(second):
            pass

    assert str(refused.value) == (
        "/home/ann/wirewatch.toml: this store follows /etc/wirewatch/wirewatch.toml; name another one by [database] or "
        "WIREWATCH_DATABASE_URL, or take it over: wirewatch run --config /home/ann/wirewatch.toml"
    )
    assert await sources_of(first) == [(WIRE.id, True)]


async def test_the_same_configuration_comes_again_and_again(first: Settings, caplog: pytest.LogCaptureFixture) -> None:
    for take_over in (False, True, False):
        async with opened(replace(first, recipients=()), take_over=take_over):
            pass

    assert caplog.messages == []


async def test_whoever_only_looks_may_come_with_any_configuration(first: Settings, second: Settings) -> None:
    async with opened(first):
        pass

    assert await sources_of(second) == [(WIRE.id, True)]


async def test_a_daemon_takes_a_store_over_and_says_so_and_the_first_is_refused_from_then_on(
    first: Settings, second: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(first):
        pass

    with caplog.at_level(logging.WARNING):
        async with opened(second, take_over=True):
            pass

    assert caplog.messages == ["store taken over code=store-taken-over from=/etc/wirewatch/wirewatch.toml by=/home/ann/wirewatch.toml"]
    assert await sources_of(second) == [(WIRE.id, False)]
    with pytest.raises(ConfigError, match="this store follows /home/ann/"):
        async with opened(first):
            pass
