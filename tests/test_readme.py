"""The README, carried out on the demo wire: its commands run, its configuration loads, its rules find what it says."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click import Context

from alerts.match import RuleSet
from alerts.query import QueryError, parse
from alerts.rules import Rule, presets
from alerts.tree import FIELDS, VALUES
from monitor import config
from monitor.cli import cli
from spiders.demo import DemoWire
from spiders.story import Story

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
#: The feed that the README's reader has; here it is the demo wire's.
FEED = "https://news.example.org/rss.xml"
#: Those that end when they are told to, ask, or want a store that is not there (tests/test_deploy.py loads one).
LONG = ("init", "run", "scheduler", "worker", "serve", "demo", "load")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def section(title: str) -> str:
    return re.split(r"^## ", README.partition(f"\n## {title}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


def rows(title: str) -> list[list[str]]:
    lines = [line for line in section(title).splitlines() if line.startswith("| ")][1:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def commands() -> list[str]:
    return [row[0].strip(" |`") for row in rows("Commands")]


def steps(start: str) -> str:
    """The one block of shell commands that begins so."""
    (found,) = [block for block in blocks("sh") if block.startswith(start)]
    return found


class Desk:
    """A newcomer's home, with wirewatch on the path and the demo wire to read."""

    def __init__(self, home: Path, wire: DemoWire, database_url: str) -> None:
        self.folder = home / "desk"
        self.config = self.folder / "wirewatch.toml"
        self.feed = wire.feeds["harbour"]
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.environ = {"HOME": str(home), "PATH": path, "WIREWATCH_DATABASE_URL": database_url, "WIREWATCH_DATA_DIR": str(home / "data")}

    def sh(self, script: str, *, cwd: Path | None = None, answers: str = "") -> str:
        done = subprocess.run(
            ["/bin/sh", "-ec", script],
            cwd=cwd or self.folder,
            env=self.environ,
            input=answers,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def add(self, tables: str) -> None:
        """Add to wirewatch.toml; the example's wire is the one that runs here."""
        self.folder.mkdir(exist_ok=True)
        with self.config.open("a", encoding="utf-8") as file:
            file.write(tables.replace(FEED, self.feed))


@pytest.fixture
def desk(tmp_path: Path, database_url: str) -> Iterator[Desk]:
    with DemoWire(datetime.now(UTC)) as wire:
        yield Desk(tmp_path, wire, database_url)


def added() -> str:
    """What the README adds to the file that `wirewatch init` has written."""
    (block,) = [block for block in blocks("toml") if "[[source]]" in block and "[[rule]]" in block]
    return block


@pytest.fixture
def set_up(desk: Desk) -> Desk:
    """A desk whose wirewatch.toml says what the README says."""
    desk.add('[fetch]\ncontact = "desk@example.org"\nallow = ["127.0.0.0/8"]\n')
    desk.add(added())
    return desk


def test_every_block_is_of_a_kind_that_is_tried_here() -> None:
    assert set(re.findall(r"^```(\w*)$", README, re.MULTILINE)) == {"sh", "toml", ""}
    assert sum(len(blocks(kind)) for kind in ("sh", "toml")) * 2 == README.count("```")


def test_each_of_its_configurations_loads(tmp_path: Path) -> None:
    for number, block in enumerate(blocks("toml")):
        path = tmp_path / f"{number}.toml"
        path.write_text(f'[fetch]\ncontact = "desk@example.org"\n{block}', encoding="utf-8")

        assert config.load(path, environ={"WIREWATCH_MAIL_PASSWORD": "x"}, data_dir=tmp_path)


def test_the_way_from_init_to_a_digest_of_ones_own_runs_as_written(desk: Desk) -> None:
    desk.sh(steps("export PATH"), cwd=ROOT, answers=f"analyst@example.org\n\nEurope/Berlin\n\n{desk.feed}\n\n")
    desk.add(added())

    shown = desk.sh(steps("wirewatch check"))

    assert "Pyongyang marathon to admit 1,200 foreign runners" in shown
    assert "a…@example.org: sent" in shown
    assert "s…@example.org: sent" in shown
    assert shown.rstrip().endswith("all is well")
    assert len(list((desk.folder.parent / "data" / "outbox").glob("*.eml"))) == 2


def test_the_daemon_runs_until_it_is_told_to_leave(set_up: Desk) -> None:
    log = set_up.folder / "log"
    with log.open("w") as stderr:
        running = subprocess.Popen(
            ["/bin/sh", "-c", f"exec {steps('wirewatch run')}"], cwd=set_up.folder, env=set_up.environ, stderr=stderr
        )
    try:
        waited = time.monotonic() + 60
        while "due=" not in log.read_text("utf-8") and time.monotonic() < waited:
            time.sleep(0.05)
        running.send_signal(signal.SIGTERM)
        code = running.wait(60)
    finally:
        running.kill()

    assert "INFO watching sources=1 rules=2 recipients=1" in log.read_text("utf-8")
    assert code == 0, log.read_text("utf-8")


def test_the_commands_of_the_table_are_all_there_are_and_run_as_written(set_up: Desk) -> None:
    (set_up.folder / "page.html").write_text("<title>Strike</title><h1>Strike</h1><article><p>Dockers went on strike.</p></article>")
    (set_up.folder / "bounce.eml").write_text("Subject: nobody here\n\nno such user\n")
    (set_up.folder / "stories.jsonl").write_text('{"id": 1, "headline": "North Korea opens a bridge"}\n')

    assert [each.split()[1] for each in commands()] == sorted(cli.commands, key=[each.split()[1] for each in commands()].index)
    for command in commands():
        if command.split()[1] not in LONG:
            set_up.sh(command)


def test_the_options_it_speaks_of_are_there() -> None:
    for command, told in rows("Commands"):
        name = command.strip(" |`").split()[1]
        there = cli.get_command(Context(cli), name)
        assert there
        options = {option for parameter in there.params for option in parameter.opts}
        named = set(re.findall(r"--[a-z-]+", command + told))
        assert named <= options, name


@pytest.mark.parametrize("block", blocks("toml"))
def test_each_piece_of_configuration_loads(block: str, tmp_path: Path) -> None:
    file = tmp_path / "wirewatch.toml"
    file.write_text(f'{block}\n[fetch]\ncontact = "desk@example.org"\n', encoding="utf-8")

    config.load(file, environ={"WIREWATCH_MAIL_PASSWORD": "secret"})


def test_the_make_targets_exist() -> None:
    for command in steps("make").splitlines():
        subprocess.run([*command.split(), "--dry-run"], cwd=ROOT, check=True, capture_output=True, timeout=60)


def test_what_is_not_run_here_needs_root() -> None:
    tried = ("make", "export PATH", "wirewatch")

    left = [line for block in blocks("sh") if not block.startswith(tried) for line in block.splitlines()]

    assert left
    assert all(line.startswith("sudo ") for line in left)


def test_the_files_it_points_at_exist() -> None:
    linked = re.findall(r'\]\(([^):]+)\)|src="([^"]+)"', README)
    installed = re.findall(r"\b(?:deploy|docs)/[\w./-]+\w", README)

    assert [name for pair in linked for name in pair if name and not (ROOT / name).is_file()] == []
    assert [name for name in installed if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize(("cell", "found", "missed"), rows("Rules"))
def test_a_rule_finds_what_the_table_says(cell: str, found: str, missed: str) -> None:
    rules = RuleSet([Rule(id="example", query=cell.strip(" |`"))])

    assert [bool(rules.match(Story(headline=line.strip(" |"), canonical_url="https://example.org/"))) for line in (found, missed)] == [
        True,
        False,
    ]


def test_every_field_has_its_example() -> None:
    examples = re.findall(r"`((\w+):[\w/+-]+)`", section("Rules"))

    assert {field for _, field in examples} == {*FIELDS, *VALUES}
    for example, _ in examples:
        parse(f"korea AND {example}")


def test_what_it_says_is_refused_is_refused_with_something_to_write_instead() -> None:
    refused = re.findall(r"`([^`]+)` \(", section("Rules").partition("is refused")[2].partition("\n\n")[0])

    assert len(refused) == 4
    for query in refused:
        with pytest.raises(QueryError) as caught:
            parse(query)
        assert "^" in str(caught.value)


def test_every_preset_is_described() -> None:
    described = section("Rules").partition("`@name`")[2]

    assert all(f"`{name}`" in described for name in presets())
