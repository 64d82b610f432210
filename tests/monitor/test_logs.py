"""monitor.logs: one bounded, harmless line an event, and no secret in it; monitor.codes: every trouble has a name and a first step."""

import ast
import logging
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.codes import CODES, LIBRARY
from monitor.logs import LONGEST, OneLine

ROOT = Path(__file__).parents[2]
words = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~", min_size=4, max_size=20).map("Zq9x".__add__)
around = st.text(max_size=30).map(lambda text: text + " ")


def line(message: str, *values: object, level: int = logging.INFO, error: BaseException | None = None, name: str = "monitor.watch") -> str:
    found = (type(error), error, error.__traceback__) if error else None
    return OneLine().format(logging.LogRecord(name, level, __file__, 1, message, values, found))


def test_a_line_has_its_time_in_utc_its_level_and_its_event() -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ INFO crawled source=ap new=12", line("crawled source=%s new=%d", "ap", 12))


def test_a_moment_in_a_line_is_written_as_the_lines_own() -> None:
    noon = datetime(2026, 11, 23, 13, 0, 5, 123456, tzinfo=ZoneInfo("Europe/Berlin"))

    assert line("outage over since=%s source=%s", noon, "ap").endswith(" outage over since=2026-11-23T12:00:05Z source=ap")


# -- daemon-08


@given(st.text(st.characters(categories=["Cc", "Cf", "Zl", "Zp", "L", "Zs"])))
def test_daemon_08_an_event_is_one_line_without_control_characters_whatever_a_title_says(title: str) -> None:
    said = line(
        "story not stored code=story-not-stored title=%s", f"{title}\r\n2026-01-01T00:00:00Z ERROR forged \x1b[2J", level=logging.ERROR
    )

    assert said.splitlines() == [said]
    assert all(char == "…" or char >= " " for char in said)
    assert "\x1b" not in said


def test_daemon_08_a_title_of_a_megabyte_makes_a_short_line_that_says_so() -> None:
    for title in ("x" * 1_000_000, "x " * 500_000, "ann@example.org " * 60_000, "a-" * 500_000, "key" * 300_000, "://" * 300_000):
        began = time.process_time()
        said = line("crawled title=%s", title)
        took = time.process_time() - began

        assert took < 0.1
        assert len(said) < LONGEST + 100
        assert said.endswith(f"({len(title) + len('crawled title=')} characters)")


def test_daemon_08_a_traceback_is_part_of_its_line_and_bounded() -> None:
    def deep(depth: int) -> None:
        if depth == 0:
            raise ValueError("the last word, of ann@example.org\n" + "x" * 100)
        deep(depth - 1)

    try:
        deep(200)
    except ValueError as exc:
        said = line("poll failed code=poll-failed source=%s", "ap", level=logging.ERROR, error=exc)

    assert said.splitlines() == [said]
    assert len(said) < 7000
    assert "ValueError: the last word, of a…@example.org xxx" in said


# -- secrets


@given(
    around, words, st.sampled_from(["example.org", "xn--e1aybc.example", "[127.0.0.1]", "пример.рф"]), st.sampled_from(["@", "%40"]), around
)
def test_no_line_shows_an_address(before: str, name: str, domain: str, at: str, after: str) -> None:
    assert name[1:] not in line("%s", f"{before}{name}{at}{domain} {after}")


@given(
    around,
    words,
    st.sampled_from(
        [
            "postgresql://wirewatch:{}@db/news", "https://{}@api.example.org/rss", "smtp+starttls://desk:p@{}@mail.example.org:587",
            "https://e.org/rss?key={}&page=2", "https://e.org/rss?page=2&apikey={}", "https://e.org/?access_token={}#top",
            "https://e.org/?api_key={}", "https://e.org/?X-Amz-Signature={}", "password={} host=db", "password='{} more' host=db",
            "{{'Authorization': 'Bearer {}'}}", "{{b'Cookie': [b'a={}; b=c']}}", "X-Api-Key: {}", "Proxy-Authorization: Basic {}=",
        ]
    ),
)  # fmt: skip
def test_no_line_shows_a_secret(before: str, secret: str, shape: str) -> None:
    shown = shape.format(secret)

    assert secret not in line("poll failed error=%s", before + shown)
    try:
        raise ValueError(shown)
    except ValueError as exc:
        assert secret not in line("poll failed", error=exc)


@pytest.mark.parametrize(
    "harmless",
    [
        "https://example.org/@desk/story", "https://example.org:8080/rss?page=2", "crawled source=ap new=12 took=4.2s", "a…@example.org",
        "monkey business: 3 keys, author=none",
    ],
)  # fmt: skip
def test_what_is_no_secret_is_shown(harmless: str) -> None:
    assert line("%s", harmless).endswith(f"INFO {harmless}")


def test_a_masked_address_still_says_whose_it_is() -> None:
    assert line("to %s", "<ann.lee@example.org>, bo@example.net").endswith("to <a…@example.org>, b…@example.net")


# -- codes


def test_a_warning_says_what_to_do_and_a_librarys_says_whose_it_is() -> None:
    ours = line("worker waits code=worker-waits seconds=%d", 4, level=logging.ERROR)
    theirs = line("Error downloading %s", "x code=poll-failed", level=logging.ERROR, name="scrapy.core")

    assert ours.endswith(f'ERROR worker waits code=worker-waits seconds=4 do="{CODES["worker-waits"].do}"')
    assert theirs.endswith(f'code={LIBRARY} logger=scrapy.core do="{CODES[LIBRARY].do}"')


def test_every_warning_and_error_has_a_code_and_every_code_is_used() -> None:
    used = {LIBRARY}
    for file in (path for room in ("spiders", "alerts", "monitor") for path in (ROOT / room).rglob("*.py")):
        for call, message in warnings(ast.parse(file.read_text("utf-8"))):
            codes = re.findall(r"\bcode=([a-z]+(?:-[a-z]+)*)", message)
            assert len(codes) == 1, f"{file}:{call.lineno}: {message!r} needs one code= out of monitor/codes.py"
            used.update(codes)

    assert used == set(CODES)


LOUD = {"warning", "error", "exception", "critical"}


def warnings(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """The calls of a module that log a warning or an error, with their messages."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in LOUD and is_log(call.func.value):
            message = call.args[0]
            yield call, message.value if isinstance(message, ast.Constant) and isinstance(message.value, str) else ""


def is_log(receiver: ast.expr) -> bool:
    """Whether this is the module's ``log``, or a logger that is asked for on the spot."""
    return ast.unparse(receiver) == "log" or ast.unparse(receiver).startswith("logging.getLogger(")


# -- the journal


def ended_run(folder: Path, journal: str) -> list[str]:
    """What a daemon says that is refused its configuration, or warns of its folder, to a file that JOURNAL_STREAM may name."""
    code = "import logging; from monitor import logs; logs.to_stderr(20); log = logging.getLogger('monitor.watch'); "
    code += "log.info('crawled source=ap'); log.warning('w code=disk-low'); log.error('e code=disk-low\\nforged'); "
    code += "import sys; sys.argv = ['wirewatch', 'check', '--config', 'none.toml']; from monitor import cli; cli.main()"
    with (folder / "said").open("w+") as said:
        found = os.fstat(said.fileno())
        environ = os.environ | {"JOURNAL_STREAM": journal.format(device=found.st_dev, inode=found.st_ino), "PYTHONPATH": str(ROOT)}
        subprocess.run([sys.executable, "-c", code], cwd=folder, env=environ, stderr=said, timeout=60, check=False)
        said.seek(0)
        return said.read().splitlines()


def test_the_journal_is_told_how_grave_a_line_is_for_it_selects_by_that(tmp_path: Path) -> None:
    said = ended_run(tmp_path, "{device}:{inode}")

    assert [line[:3] for line in said] == ["<6>", "<4>", "<3>", "<3>"]
    assert re.match(r"<4>\d{4}-\d\d-\d\dT\S+ WARNING w code=disk-low do=", said[1])
    assert "none.toml" in said[3]


@pytest.mark.parametrize("journal", ["", "1:{inode}"])
def test_who_is_no_journal_reads_no_priorities(journal: str, tmp_path: Path) -> None:
    assert [line[:1] for line in ended_run(tmp_path, journal)][:3] == ["2", "2", "2"]
