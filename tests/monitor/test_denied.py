"""What a command says that may not read or write where it is to, as one that a service's user runs."""

import os
import pwd
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor import cli, config

CONFIG = """
[[rule]]
id = "grain"
any = ["grain"]
[[recipient]]
email = "ann@example.org"
rules = ["grain"]
"""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a configuration, in which we may change nothing, and have a data folder beside it; root is somebody else meanwhile."""
    home, data = tmp_path / "etc", tmp_path / "data"
    home.mkdir()
    data.mkdir()
    (home / "private").mkdir(mode=0o700 if os.geteuid() == 0 else 0)
    (home / "wirewatch.toml").write_text('[fetch]\ncontact = "desk@example.org"\n' + CONFIG)
    home.chmod(0o755)
    (home / "wirewatch.toml").chmod(0o644)
    monkeypatch.setenv("WIREWATCH_CONFIG", str(home / "wirewatch.toml"))
    monkeypatch.setenv("WIREWATCH_DATA_DIR", str(data))
    monkeypatch.chdir(home)
    if os.geteuid():
        home.chmod(0o555)
        yield home
        home.chmod(0o755)
        return
    # Python itself may lie where only root may look: what it still loads is loaded before.
    for place in cli.COMMANDS.values():
        place.load()
    config.load(home / "wirewatch.toml", environ={})
    passed = [folder for folder in (tmp_path, *tmp_path.parents) if not folder.stat().st_mode & 0o010]
    for folder in passed:  # pytest's own folders
        folder.chmod(folder.stat().st_mode | 0o011)
    os.seteuid(pwd.getpwnam("nobody").pw_uid)
    try:
        yield home
    finally:
        os.seteuid(0)


def said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    """What a command that fails says."""
    monkeypatch.setattr("sys.argv", ["wirewatch", *arguments])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 1
    return capsys.readouterr().err.strip()


@pytest.mark.parametrize(
    ("arguments", "folder"),
    [
        (["rules", "new", "corn deal", "--id", "corn"], "rules"),
        (["sources", "new", "http://127.0.0.1:9/"], "wires"),
        (["sources", "import", "wirewatch.toml"], "wires"),
    ],
)
def test_a_rule_or_source_that_may_not_be_written_is_refused_before_the_work(
    arguments: list[str], folder: str, desk: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    user = pwd.getpwuid(os.geteuid()).pw_name

    assert said(capsys, monkeypatch, *arguments) == (
        f"{desk}/{folder}: user {user} may not write there; name another folder with --to, or give it this one: "
        f"sudo install -d -o {user} {desk}/{folder}"
    )


def test_a_dump_that_may_not_be_written_here_is_shown_the_way_out(
    desk: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    user = pwd.getpwuid(os.geteuid()).pw_name

    assert said(capsys, monkeypatch, "dump", "here.dump") == (
        f"{desk}/here.dump.part: user {user} may not read or write there; name a file elsewhere, or write: wirewatch dump - > here.dump"
    )


def test_a_place_that_may_not_even_be_looked_at_is_named_with_who_may_not(
    desk: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    user = pwd.getpwuid(os.geteuid()).pw_name

    assert said(capsys, monkeypatch, "sources", "import", "wirewatch.toml", "--to", "private/x.toml") == (
        f"{desk}/private/x.toml: user {user} may not read or write there; name a file or folder of its own"
    )
