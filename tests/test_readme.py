"""README and docs, carried out on the demo wire: their commands run, their configuration loads, their rules find what they say."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path

import pytest
from click import Command, Context, Group

from alerts import fit, pace
from alerts.match import RuleSet
from alerts.query import QueryError, parse
from alerts.rules import Rule, presets
from alerts.tree import FIELDS, VALUES
from monitor import bounces, claims, config, disk, entries, outbox, stories
from monitor.cli import cli
from spiders import entry, grammar, wires
from spiders.demo import Answer, DemoWire
from spiders.story import Story
from tests import pictures

ROOT = Path(__file__).parent.parent
#: The manual, by path: what a reader of it types is typed here.
MANUAL = {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in (ROOT / "README.md", *sorted(ROOT.glob("docs/*.md")))}
#: Beside it, what is read by those who run it and those who mend it; their commands are tried in tests/test_deploy.py and tests/spiders.
OTHERS = {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in (*ROOT.glob("deploy/*.md"), *ROOT.glob(".github/*.md"))}
README, RULES = MANUAL["README.md"], MANUAL["docs/rules.md"]
#: The site that the README's reader has, and its feed; here they are the demo wire's.
SITE = "https://news.example.org/"
FEED = f"{SITE}rss.xml"
#: Those that go on until they are told to leave.
LASTING = ("run", "scheduler", "worker", "serve")
#: Those of the table that are not tried as they stand: they last, ask, or want a store that is not there (tests/test_deploy.py loads one).
LONG = (*LASTING, "init", "demo", "load")
#: Lines that a question may take up: about a screen.
SCREEN = 45


def blocks(language: str, text: str = README) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def configurations() -> list[str]:
    return [block for text in MANUAL.values() for block in blocks("toml", text)]


def section(title: str, text: str = README) -> str:
    return re.split(r"^## ", text.partition(f"\n## {title}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


def rows(title: str, text: str = README) -> list[list[str]]:
    lines = [line for line in section(title, text).splitlines() if line.startswith("| ")][1:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def commands() -> list[str]:
    return [row[0].strip(" |`") for row in rows("Which commands are there?")]


def steps(start: str) -> str:
    """The one block of the README's shell commands that begins so."""
    (found,) = [block for block in blocks("sh") if block.startswith(start)]
    return found


def anchors(text: str) -> set[str]:
    """What a link to a heading of this text may name, as GitHub derives it."""
    return {re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}


class Site(DemoWire):
    """The demo wire with a front page that names one of its feeds."""

    def answer(self, path: str) -> Answer:
        link = f'<link rel="alternate" type="application/atom+xml" href="{self.feeds["harbour"]}">'
        return Answer(status=200, body=link.encode(), content_type="text/html") if path == "/" else super().answer(path)


class Desk:
    """A newcomer's home, with wirewatch on the path and the demo wire to read."""

    def __init__(self, home: Path, wire: DemoWire, database_url: str) -> None:
        self.folder = home / "desk"
        self.config = self.folder / "wirewatch.toml"
        self.site, self.feed = f"{wire.url}/", wire.feeds["harbour"]
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.environ = {"HOME": str(home), "PATH": path, "WIREWATCH_DATABASE_URL": database_url, "WIREWATCH_DATA_DIR": str(home / "data")}

    def sh(self, script: str, *, cwd: Path | None = None, answers: str = "") -> str:
        done = subprocess.run(
            ["/bin/sh", "-ec", self.here(script)],
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
            file.write(self.here(tables))

    def here(self, text: str) -> str:
        """A piece of the manual with the reader's site as the one that runs here."""
        return text.replace(FEED, self.feed).replace(SITE, self.site)

    def start(self, command: str) -> subprocess.Popen[str]:
        """A command that lasts, once it has said that it is at work."""
        log = self.folder / f"{command.split()[1]}.log"
        with log.open("w") as output:
            running = subprocess.Popen(
                ["/bin/sh", "-c", f"exec {command}"], cwd=self.folder, env=self.environ, stdout=output, stderr=output, text=True
            )
        waited = time.monotonic() + 60
        while not log.read_text("utf-8") and running.poll() is None and time.monotonic() < waited:
            time.sleep(0.05)
        assert running.poll() is None and log.read_text("utf-8"), f"{command}\n{log.read_text('utf-8')}"
        return running


@pytest.fixture
def desk(tmp_path: Path, database_url: str) -> Iterator[Desk]:
    with Site(datetime.now(UTC)) as wire:
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


@pytest.mark.parametrize("text", MANUAL.values(), ids=MANUAL)
def test_every_block_is_of_a_kind_that_is_tried_here(text: str) -> None:
    assert set(re.findall(r"^```(\w*)$", text, re.MULTILINE)) <= {"sh", "toml", ""}
    assert sum(len(blocks(kind, text)) for kind in ("sh", "toml")) * 2 == text.count("```")


@pytest.mark.parametrize("text", MANUAL.values(), ids=MANUAL)
def test_each_question_is_answered_within_a_screen(text: str) -> None:
    questions = re.split(r"^## ", text, flags=re.MULTILINE)[1:]

    assert [each.splitlines()[0] for each in questions if not each.splitlines()[0].endswith("?") or each.count("\n") > SCREEN] == []


def test_the_way_from_init_to_a_digest_of_ones_own_runs_as_written(desk: Desk) -> None:
    desk.sh(steps("export PATH"), cwd=ROOT, answers=f"analyst@example.org\n\nEurope/Berlin\n\n{desk.feed}\n\n")
    desk.add(added())

    shown = desk.sh(steps("wirewatch check"))

    assert "Pyongyang marathon to admit 1,200 foreign runners" in shown
    assert "a…@example.org: sent" in shown
    assert "s…@example.org: sent" in shown
    assert shown.rstrip().endswith("all is well")
    assert len(list((desk.folder.parent / "data" / "outbox").glob("*.eml"))) == 2


@pytest.mark.parametrize("name", [name for name, text in MANUAL.items() if "```sh\nwirewatch " in text])
def test_its_blocks_of_commands_run_as_written(name: str, set_up: Desk) -> None:
    """One after the other in one folder, with the rules and packets that they speak of; what lasts goes on beside the rest of its block."""
    (set_up.folder / "packets").mkdir()
    set_up.add('[[rule]]\npreset = "dprk"\n[[rule]]\npreset = "anniversary"\n')
    set_up.sh("wirewatch crawl")
    elsewhere = (steps("wirewatch check"), steps("wirewatch run"))  # the way from init, and the daemon's own test
    for block in blocks("sh", MANUAL[name]):
        if block.startswith("wirewatch ") and block not in elsewhere:
            run(set_up, block)


def run(desk: Desk, block: str) -> None:
    """Carry a block out line by line; fail where a line fails, or what lasts does not leave well."""
    running = []
    try:
        for line in block.splitlines():
            if line.split()[1] in LASTING:
                running.append(desk.start(line))
            else:
                desk.sh(line)
        for each in running:
            each.send_signal(signal.SIGTERM)
        assert [each.wait(60) for each in running] == [0] * len(running)
    finally:
        for each in running:
            each.kill()
            each.wait()


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
    for command, told in rows("Which commands are there?"):
        name = command.strip(" |`").split()[1]
        there = cli.get_command(Context(cli), name)
        assert there
        options = {option for parameter in there.params for option in parameter.opts}
        named = set(re.findall(r"--[a-z-]+", command + told))
        assert named <= options, name


def is_there(command: str) -> bool:
    """Whether its words are commands, and its options theirs, as far as it is not an argument or a placeholder."""
    there: Command | None = cli
    for word in command.split():
        if isinstance(there, Group):
            there = there.get_command(Context(there), word)
    if not there:
        return False
    options = {option for parameter in there.params for option in parameter.opts}
    return not isinstance(there, Group) and set(re.findall(r"(?<!\S)--[a-z-]+", command)) <= options


@pytest.mark.parametrize("block", configurations())
def test_each_piece_of_configuration_loads(block: str, tmp_path: Path) -> None:
    file = tmp_path / "wirewatch.toml"
    file.write_text(f'{block}\n[fetch]\ncontact = "desk@example.org"\n', encoding="utf-8")

    config.load(file, environ={"WIREWATCH_MAIL_PASSWORD": "secret"})


def test_the_make_targets_exist() -> None:
    for command in steps("make").splitlines():
        subprocess.run([*command.split(), "--dry-run"], cwd=ROOT, check=True, capture_output=True, timeout=60)


def test_what_is_not_run_here_needs_root() -> None:
    tried = ("make", "export PATH", "wirewatch")

    left = [line for text in MANUAL.values() for block in blocks("sh", text) if not block.startswith(tried) for line in block.splitlines()]

    assert left
    assert all(line.startswith("sudo ") for line in left)


@pytest.mark.parametrize("text", (MANUAL | OTHERS).values(), ids=MANUAL | OTHERS)
def test_the_commands_that_it_names_are_there(text: str) -> None:
    typed = [*re.findall(r"`([^`\n]+)`", text), *(line for block in blocks("(?:sh)?", text) for line in block.splitlines())]
    named = [found[1] for line in typed if (found := re.match(r"(?:sudo )?wirewatch ([a-z].*)", line))]

    assert [command for command in named if not is_there(command)] == []


@pytest.mark.parametrize("text", (MANUAL | OTHERS).values(), ids=MANUAL | OTHERS)
def test_the_make_targets_that_it_names_are_there(text: str) -> None:
    there = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)

    assert set(re.findall(r"(?:`|^ *|; )make ([a-z-]+)", text, re.MULTILINE)) <= set(there)


def test_the_correction_of_which_there_is_a_picture_can_still_be_drawn() -> None:
    page = pictures.corrections()

    assert [page.count(said) for said in ("WITHDRAWN", "CORRECTED", "seen 13:01", "you were told 08:05")] == [1, 1, 2, 2]


def test_as_many_wires_come_along_as_it_says() -> None:
    said = [int(number) for text in MANUAL.values() for number in re.findall(r"There are (\d+) bundled wires", text)]

    assert said == [len(wires.names())] * 2


def figures() -> Iterator[str]:
    """What the manual says in figures, out of what the program goes by."""
    listed = f"{entry.MOST_ENTRIES:,}"
    yield f"Of a feed with more than {listed} entries no more than {listed} are read; of one story {grammar.MOST_CHARACTERS:,} characters."
    yield f"loses its claims after {claims.CLAIM_TIME.seconds} s"
    *minutes, last = (wait.seconds // 60 for wait in outbox.TRY_AGAIN)
    yield f"tried again after {', '.join(map(str, minutes))} and {last} minutes, then hourly for two days (an alert for two hours)"
    yield f"Below {disk.FLOOR >> 30} GiB of free disk"
    yield f"The page of a digest keeps to {fit.HTML.bytes // 1000} KB"
    looks = list(accumulate(entries.LOOK_AGAIN))
    first, *hours, days = looks[0].seconds // 60, *(look // timedelta(hours=1) for look in looks[1:-1]), looks[-1].days
    yield f"after {first} minutes, {', '.join(map(str, hours[:-1]))} and {hours[-1]} hours and {days} days"


def test_its_figures_are_those_that_the_program_goes_by() -> None:
    manual = " ".join(" ".join(MANUAL.values()).split())
    said = {each: set(re.findall(re.sub(r"\d[\d,]*", r"\\d[\\d,]*", re.escape(each)), manual)) for each in figures()}

    assert said == {each: {each} for each in said}


@pytest.mark.parametrize(
    ("words", "is_so", "goes_by"),
    [
        (
            "then hourly for two days (an alert for two hours)",
            [timedelta(days=2), timedelta(hours=2)],
            [outbox.GIVE_UP, outbox.INSTANT_GIVE_UP],
        ),
        ("tried for a week and then counts as told", timedelta(weeks=1), outbox.UNKNOWN_GIVE_UP),
        ("grouped within five minutes, six an hour at most", [timedelta(minutes=5), 6], [pace.GROUPING, pace.MOST]),
        ("never for what was published six hours before it came in", timedelta(hours=6), stories.FRESH),
        ("Three hard bounces in seven days suspend a reader", [3, timedelta(days=7)], [bounces.MOST, bounces.WITHIN]),
        ("a new source starts with its last 24 hours", timedelta(hours=24), stories.CATCH_UP),
    ],
)
def test_its_figures_in_words_are_those_that_the_program_goes_by(words: str, is_so: object, goes_by: object) -> None:
    assert words in " ".join(" ".join(MANUAL.values()).split())
    assert goes_by == is_so


@pytest.mark.parametrize("name", MANUAL | OTHERS)
def test_the_files_it_points_at_exist(name: str) -> None:
    linked = [found for pair in re.findall(r'\]\(([^):]+)\)|src="([^"]+)"', (MANUAL | OTHERS)[name]) for found in pair if found]
    named = re.findall(r"`((?:deploy|docs|tests|alerts|spiders|monitor)/[\w./-]+\.\w+)`|\s(deploy/[\w./-]+\w)", MANUAL.get(name, ""))

    for link in linked:
        file, _, anchor = link.partition("#")
        target = (ROOT / name).parent / file if file else ROOT / name
        assert target.is_file(), link
        assert not anchor or anchor in anchors(target.read_text("utf-8")), link
    assert [found for pair in named for found in pair if found and not (ROOT / found).is_file()] == []


def rules_shown() -> list[list[str]]:
    """(rule, headline that it finds, headline that it does not), of all tables of rules."""
    return [row for title in ("Which operators are there?", "What do rules look like at work?") for row in rows(title, RULES)] + rows(
        "How do I write a rule?"
    )


@pytest.mark.parametrize(("cell", "found", "missed"), rules_shown())
def test_a_rule_finds_what_the_table_says(cell: str, found: str, missed: str) -> None:
    rules = RuleSet([Rule(id="example", query=cell.strip(" |`"))])

    assert [bool(rules.match(Story(headline=line.strip(" |"), canonical_url="https://example.org/"))) for line in (found, missed)] == [
        True,
        False,
    ]


def test_every_field_has_its_example() -> None:
    examples = re.findall(r"`((\w+):[\w/+-]+)`", section("Which fields are there?", RULES))

    assert {field for _, field in examples} == {*FIELDS, *VALUES}
    for example, _ in examples:
        parse(f"korea AND {example}")


def test_what_it_says_is_refused_is_refused_with_something_to_write_instead() -> None:
    refused = re.findall(r"`([^`]+)` \(", section("What is refused?", RULES).partition("is refused")[2].partition("\n\n")[0])

    assert len(refused) == 4
    for query in refused:
        with pytest.raises(QueryError) as caught:
            parse(query)
        assert "^" in str(caught.value)


def test_every_preset_is_described() -> None:
    described = section("Which presets come along?", RULES)

    assert all(f"`{name}`" in described for name in presets())
