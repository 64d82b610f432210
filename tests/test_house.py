"""The house: arrows between the rooms, one home per tool, pinned dependencies."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
ROOMS = ("spiders", "alerts", "monitor")
REQUIREMENTS = sorted(ROOT.glob("**/deploy/requirements*.txt"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def test_the_arrows_run_one_way_and_each_tool_has_one_home() -> None:
    done = lint_imports(ROOT)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("spiders/feed.py", "import alerts.digest"),
        ("alerts/match.py", "import monitor.watch"),
        ("alerts/match.py", "import spiders.wire"),
        ("alerts/match.py", "import psycopg"),
        ("spiders/feed.py", "import procrastinate"),
        ("monitor/watch.py", "import scrapy"),
        ("alerts/digest.py", "import lxml.html"),
        ("monitor/watch.py", "import aiosmtplib"),
        ("spiders/feed.py", "import jinja2"),
        ("monitor/values.py", "import cssselect"),
        ("monitor/watch.py", "import twisted.internet"),
        ("spiders/feed.py", "import rich.console"),
        ("spiders/feed.py", "import ahocorasick_rs"),
        ("monitor/watch.py", "import monitor.commands.where"),
    ],
)
def test_an_arrow_the_wrong_way_is_noticed(tmp_path: Path, module: str, line: str) -> None:
    for room in ROOMS:
        for file in (ROOT / room).rglob("*.py"):
            copy = tmp_path / file.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    with (tmp_path / module).open("a", encoding="utf-8") as file_:
        file_.write(f"\n{line}\n")

    done = lint_imports(tmp_path)

    assert done.returncode == 1
    assert f"{module.removesuffix('.py').replace('/', '.')} -> {line.split()[1].split('.')[0]}" in done.stdout


@pytest.mark.parametrize("file", REQUIREMENTS, ids=lambda file: file.name)
def test_every_requirement_is_one_version_with_hashes_and_no_place_to_fetch_it_from(file: Path) -> None:
    lines = "\n".join(line for line in file.read_text("utf-8").replace("\\\n", " ").splitlines() if not line.startswith("#"))

    wrong = [
        line
        for line in lines.splitlines()
        if not re.fullmatch(r"[\w.\[\],-]+==[^\s;@]+( ; [^#@]+?)?( +--hash=sha256:[0-9a-f]{64})+ *", line)
    ]

    assert lines
    assert wrong == []
    assert "://" not in file.read_text("utf-8")


@pytest.mark.parametrize(("file", "extras"), [("requirements.txt", ("build",)), ("requirements-dev.txt", ("build", "dev"))])
def test_the_pins_are_those_of_the_project(file: str, extras: tuple[str, ...]) -> None:
    pins = dict(re.findall(r"^([\w.-]+)(?:\[[^]]*\])?==([^\s;\\]+)", (ROOT / "deploy" / file).read_text("utf-8"), re.MULTILINE))
    wanted = [*PROJECT["dependencies"], *(each for extra in extras for each in PROJECT["optional-dependencies"][extra])]

    missed = [each for each in map(Requirement, wanted) if pins.get(each.name) is None or pins[each.name] not in each.specifier]

    assert missed == []


def test_what_is_imported_at_run_time_is_declared() -> None:
    """A library that only another one brings along goes when that one goes, or comes in a version nobody asked for."""
    extras = PROJECT["optional-dependencies"]["channels"]
    declared = {canonicalize_name(Requirement(each).name) for each in (*PROJECT["dependencies"], *extras)}
    homes = packages_distributions()
    files = [file for room in ROOMS for file in (ROOT / room).rglob("*.py")]
    imported = {name for file in files for name in _imported(ast.parse(file.read_text("utf-8")))}

    missed = {name for name in imported - set(ROOMS) - sys.stdlib_module_names if not {*map(canonicalize_name, homes[name])} & declared}

    assert missed == set()


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name.partition(".")[0] for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
