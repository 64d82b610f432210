"""What is deployed: systemd reads the units, their sandbox is tight and wirewatch lives in it; image and composition hold together."""

import asyncio
import configparser
import ctypes
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from click import Context

from monitor import daemon
from monitor.cli import cli
from monitor.codes import CODES
from monitor.migration import MIGRATIONS, migrate
from spiders.settings import TIME_LIMIT
from tests.image import DOCKERFILE, instructions
from tests.processes import a_desk, wait_until

UNIT = Path(__file__).parent.parent / "deploy" / "systemd" / "wirewatch.service"
COMPOSE = UNIT.parents[1] / "compose.yaml"
RUNBOOK = (UNIT.parents[1] / "runbook.md").read_text("utf-8")
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

    done = subprocess.run(["systemd-analyze", "verify", copy], capture_output=True, text=True, timeout=60, check=False)

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
    assert int(service()["TimeoutStopSec"]) > TIME_LIMIT + daemon.GRACE


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
    def lines(name: str) -> list[str]:
        text = (UNIT.parent / name).read_text("utf-8")
        return [line for line in text.splitlines() if not line.startswith(("#", "Description=", "ExecStart="))]

    assert lines("wirewatch@.service") == lines("wirewatch.service")


@analyze
@pytest.mark.parametrize("part", ["scheduler", "worker"])
def test_systemd_reads_the_units_of_the_parts_without_complaint(part: str, tmp_path: Path) -> None:
    text = (UNIT.parent / "wirewatch@.service").read_text("utf-8")
    copy = tmp_path / f"wirewatch@{part}.service"
    copy.write_text(text.replace("/opt/wirewatch/bin/wirewatch", sys.executable), encoding="utf-8")

    done = subprocess.run(["systemd-analyze", "verify", copy], capture_output=True, text=True, timeout=60, check=False)

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
    assert {mount.partition(":")[0] for each in composed["services"].values() for mount in each["volumes"]} == {
        "./wirewatch.toml",
        *composed["volumes"],
    }
    assert all(":" in each["image"] for name, each in composed["services"].items() if name not in ours)


def test_the_composition_has_the_secrets_it_asks_for() -> None:
    given = dict(re.findall(r"^#?([A-Z_]+)=(.*)$", (COMPOSE.parent / "wirewatch.env").read_text("utf-8"), re.MULTILINE))
    url = urlsplit(given["WIREWATCH_DATABASE_URL"])

    assert (url.username, url.password, url.path[1:]) == (given["POSTGRES_USER"], given["POSTGRES_PASSWORD"], given["POSTGRES_DB"])
    assert url.hostname in yaml.safe_load(COMPOSE.read_text("utf-8"))["services"]


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


@pytest.mark.parametrize("code", re.findall(r"^## `(.*?code=[\w-]+)", (COMPOSE.parent / "runbook.md").read_text("utf-8"), re.MULTILINE))
def test_the_runbook_quotes_lines_as_they_are_logged(code: str) -> None:
    sources = "".join(path.read_text("utf-8") for path in (UNIT.parents[2] / "monitor").glob("*.py"))

    assert code in sources


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


def test_by_hand_it_runs_as_its_service_does_with_the_secrets_as_they_are_written(tmp_path: Path) -> None:
    wrapper, unit = (COMPOSE.parent / "wirewatch").read_text("utf-8"), UNIT.read_text("utf-8")
    (tmp_path / "setpriv").write_text('#!/bin/sh\necho "$@"; env | grep WIREWATCH_\n')
    (tmp_path / "setpriv").chmod(0o755)
    secrets = tmp_path / "wirewatch.env"
    secrets.write_text("# a comment\nWIREWATCH_MAIL_PASSWORD=a $b `c`\n#WIREWATCH_DATABASE_URL=no")
    script = wrapper.replace("/etc/wirewatch/wirewatch.env", str(secrets)).replace('"$(id -u)"', "0")

    done = subprocess.run(
        ["/bin/sh", "-c", script, "wirewatch", "search", "two words"],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )

    assert done.stdout.splitlines()[0].endswith("--init-groups /opt/wirewatch/bin/wirewatch search two words")
    assert sorted(done.stdout.splitlines()[1:]) == [
        "WIREWATCH_CONFIG=/etc/wirewatch/wirewatch.toml",
        "WIREWATCH_DATA_DIR=/var/lib/wirewatch",
        "WIREWATCH_MAIL_PASSWORD=a $b `c`",
    ]
    assert "User=wirewatch" in unit and "StateDirectory=wirewatch" in unit


def blocks(text: str) -> list[str]:
    """The commands of a manual that can be tried as they stand."""
    return re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
