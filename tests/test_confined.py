"""The daemon shut in: as nobody on a file system that it may only read, and without a network. Linux's namespaces do it, for root alone."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import Desk, a_desk, wait_until

#: Nobody, without any capability, on a root file system that is read-only but for the folder $1. A Python in a home that is root's
#: alone, $2, stays where it is; all else of that home is gone.
AS_NOBODY = f"""
mount --make-rprivate /
mount --bind "$1" "$1"
if [ "$2" ]; then
    mount --bind {sys.base_prefix} /mnt
    mount -t tmpfs -o mode=755 tmpfs "$2"
    mkdir -p {sys.base_prefix}
    mount --bind /mnt {sys.base_prefix}
    umount /mnt
    mount -o remount,ro "$2"
fi
mount -o remount,bind,ro /
shift 2
exec setpriv --reuid nobody --regid nogroup --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all -- "$@"
"""
#: No network but a loopback of its own.
ALONE = 'ip link set lo up; exec "$@"'


def as_nobody(state: Path) -> tuple[str, ...]:
    """What starts a command as nobody, who may write to ``state`` alone."""
    private = [folder for folder in reversed(Path(sys.base_prefix).parents) if not folder.stat().st_mode & 0o001]
    return "unshare", "--mount", "/bin/sh", "-ec", AS_NOBODY, "sh", str(state), str(private[0]) if private else ""


def may(*command: str) -> bool:
    """Whether we may do this here: a container of a tester's may forbid it even to root."""
    return bool(shutil.which(command[0])) and subprocess.run(command, capture_output=True, check=False).returncode == 0


sealed = pytest.mark.skipif(
    os.geteuid() != 0
    or not may("unshare", "--mount", "/bin/sh", "-ec", "mount --make-rprivate /; mount -o remount,bind,ro /; setpriv true"),
    reason="only root may make a read-only root file system here (unshare --mount, setpriv of util-linux)",
)
unplugged = pytest.mark.skipif(
    os.geteuid() != 0 or not may("unshare", "--net", "ip", "link", "set", "lo", "up"),
    reason="only root may take the network away here (unshare --net, ip of iproute2)",
)


@pytest.fixture
def desk() -> Iterator[Desk]:
    with a_desk() as desk:
        desk.folder.chmod(0o755)
        yield desk


@sealed
def test_deploy_01_as_nobody_on_a_read_only_file_system_it_needs_its_state_directory_alone(desk: Desk) -> None:
    state = desk.folder / "data"
    state.mkdir()
    shutil.chown(state, "nobody", "nogroup")
    desk.under = as_nobody(state)
    with desk.start("run") as daemon:
        wait_until(lambda: all(f"crawled source={id}" in daemon.said() for id in desk.wire.feeds), 90)
        status = desk.run("status")
        assert daemon.leaves()[0] == 0
        assert "Traceback" not in daemon.said() and "trace=" not in daemon.said()
    digest = desk.run("digest")

    assert (status.err, digest.code, digest.err.count("Traceback")) == ("", 0, 0)
    assert desk.mails()
    assert {path.owner() for path in state.rglob("*")} == {"nobody"}


@sealed
def test_deploy_01_a_state_directory_that_cannot_be_written_is_one_line(desk: Desk) -> None:
    desk.under = as_nobody(desk.folder / "elsewhere")
    (desk.folder / "elsewhere").mkdir()

    ended = desk.run("run")

    assert ended.code == 1
    assert ended.err.startswith(f"{desk.folder}/data: ") and ended.err.endswith("; choose another folder with --data-dir\n")
    assert ended.err.count("\n") == 1


@unplugged
def test_deploy_02_without_any_network_it_starts_says_which_sources_fail_and_serves_its_page(desk: Desk, database_url: str) -> None:
    desk.database_url = database_url
    desk.under = ("unshare", "--net", "/bin/sh", "-ec", ALONE, "sh")
    feeds = "".join(f'[[source]]\nid = "s{number}"\nfeed = "https://wire{number}.example.org/rss"\nevery = "1s"\n' for number in range(5))
    said = desk.configure(sources=(), more=feeds)
    desk.configure(said.replace("[fetch]", '[fetch]\ncontact = "desk@example.org"'))
    with desk.start("run") as daemon:
        wait_until(lambda: desk.rows("select count(*) from source where failures > 0") == [(5,)], 60)
        with desk.start("serve", "--listen", "127.0.0.1:8080") as serve:
            wait_until(lambda: answers(serve.process.pid), 30)
            assert serve.leaves()[0] in (0, 143)
        told = desk.run("status")
        assert daemon.leaves()[0] == 0
        said = daemon.said()

    polls = desk.rows("select sum(polls)::integer from account")[0][0]
    assert told.code == 1 and "s4" in told.out
    assert "Traceback" not in said and "trace=" not in said
    assert len(said.splitlines()) <= 2 * polls + 30, said


def answers(pid: int) -> bool:
    """Whether somebody answers on the loopback that a process has for itself."""
    asked = "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8080); c.request('GET', '/'); c.getresponse()"
    return may("nsenter", "--net", "--target", str(pid), "python3", "-c", asked)
