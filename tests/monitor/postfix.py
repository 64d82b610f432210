"""Debian's postfix and smtp-sink for a test: configuration, queue and port of their own below one folder, gone when the block ends.

Nothing of the system's own instance is read or touched. Needs root, as postfix does; ``missing()`` says so where it cannot be.
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from pathlib import Path

#: After this many seconds either leaves by itself, whatever became of us.
LONGEST = 600
DAEMONS = Path("/usr/lib/postfix/sbin")
MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = {daemons}
command_directory = /usr/sbin
meta_directory = /etc/postfix
shlib_directory = /usr/lib/postfix
maillog_file = {folder}/maillog
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.1/32
myhostname = mail.example.org
mydestination =
alias_maps =
local_recipient_maps =
smtp_host_lookup = native
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
in_flow_delay = 0
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 1s
smtpd_recipient_restrictions = check_recipient_access inline:{{ {refused} }}, permit_mynetworks, reject
"""
MAILDIR = """
virtual_mailbox_domains = example.org
virtual_mailbox_base = {folder}/boxes
virtual_mailbox_maps = static:all/
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
virtual_transport = virtual
"""
RELAY = """
relayhost = [127.0.0.1]:{port}
smtp_destination_concurrency_limit = 4
"""
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
smtp unix - - n - - smtp
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
"""


@dataclass(frozen=True)
class Postfix:
    """A postfix that takes mail on a port of the loopback; into a maildir, unless it hands it on."""

    folder: Path
    port: int

    @property
    def log(self) -> str:
        """What it says."""
        file = self.folder / "maillog"
        return file.read_text(errors="replace") if file.exists() else ""

    def delivered(self) -> list[bytes]:
        """The messages that lie in its maildir."""
        return [path.read_bytes() for path in sorted((self.folder / "boxes" / "all" / "new").glob("*"))]

    def waits(self) -> int:
        """How many messages it has taken and not handed on yet."""
        return sum(
            1
            for name in ("maildrop", "incoming", "active", "deferred")
            for path in (self.folder / "queue" / name).rglob("?*")
            if path.is_file()
        )


@dataclass(frozen=True)
class Sink:
    """An smtp-sink that keeps whatever it takes."""

    folder: Path
    port: int

    def took(self) -> list[Message]:
        """The messages that it has, headers of its own before theirs."""
        return [message_from_bytes(path.read_bytes()) for path in self.folder.glob("sink.*")]


def missing() -> str:
    """Why there can be no postfix here; "" where there can."""
    for program in ("/usr/sbin/postfix", "/usr/sbin/smtp-sink", str(DAEMONS / "master")):
        if not shutil.which(program):
            return f"{program} is not installed (Debian: postfix)"
    return "" if os.geteuid() == 0 else "postfix starts for root only"


@contextmanager
def postfix(*, relay: int | None = None, refused: tuple[str, ...] = ()) -> Iterator[Postfix]:
    """Start a postfix that delivers example.org to a maildir, or hands all on to the port ``relay``; ``refused`` addresses get a 550."""
    with _folder() as folder:
        owner, nobody = pwd.getpwnam("postfix"), pwd.getpwnam("nobody")
        running = Postfix(folder=folder, port=free_port())
        for name, user in (("queue", pwd.getpwnam("root")), ("data", owner), ("boxes", nobody), ("etc", pwd.getpwnam("root"))):
            (folder / name).mkdir()
            os.chown(folder / name, user.pw_uid, user.pw_gid)
        table = ", ".join(f"{{ {address} = 550 5.1.1 no such user }}" for address in refused) or "{ nobody@invalid = DUNNO }"
        more = RELAY.format(port=relay) if relay else MAILDIR.format(folder=folder, uid=nobody.pw_uid, gid=nobody.pw_gid)
        (folder / "etc/main.cf").write_text(MAIN.format(folder=folder, daemons=DAEMONS, refused=table) + more)
        (folder / "etc/master.cf").write_text(MASTER.format(port=running.port))
        subprocess.run(["/usr/sbin/postfix", "-c", folder / "etc", "check"], check=True, capture_output=True)
        with _process([str(DAEMONS / "master"), "-c", str(folder / "etc"), "-e", str(LONGEST)], running.port):
            yield running


@contextmanager
def sink(*faults: str) -> Iterator[Sink]:
    """Start an smtp-sink, with its options for what it shall do wrong: ("-q", ".") drops the line after the message."""
    with _folder() as folder:
        running = Sink(folder=folder, port=free_port())
        os.chown(folder, pwd.getpwnam("nobody").pw_uid, -1)
        keep = ["-u", "nobody", "-R", str(folder), "-d", "sink."]
        with _process(["timeout", str(LONGEST), "/usr/sbin/smtp-sink", *keep, *faults, f"127.0.0.1:{running.port}", "1000"], running.port):
            yield running


def free_port() -> int:
    """A port of the loopback at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="wirewatch-postfix-") as name:
        Path(name).chmod(0o755)  # its parts run as users of their own
        yield Path(name)


@contextmanager
def _process(command: list[str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(process, port)
        yield
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"{process.args!r} does not listen at {port}")
