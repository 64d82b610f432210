"""``python -m tests.image``: the steps of deploy/Dockerfile in a plain folder, for machines without a container engine.

Paths are put below the folder, packages of the distribution are taken as installed, users are left out. At the end the command that the
image would run is started once, as the image would start it.
"""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCKERFILE = ROOT / "deploy" / "Dockerfile"
#: What only a container has.
LEFT_OUT = ("apt-get", "useradd")
#: Folders of the image, which lie below the plain one here.
PLACES = ("/opt/wirewatch", "/src", "/etc/wirewatch", "/var/lib/wirewatch")


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """(instruction, arguments) of a Dockerfile, continued lines joined."""
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip() and not line.startswith("#"):
            word, _, rest = line.partition(" ")
            yield word.upper(), rest.strip()


def below(folder: Path, text: str) -> str:
    """A step's text with the image's folders put below this one."""
    for place in PLACES:
        text = text.replace(place, f"{folder}{place}")
    return text


def build(folder: Path) -> dict[str, str]:
    """Go through the steps; the environment that the image would have."""
    environ, at = dict(os.environ), folder
    for word, rest in instructions(DOCKERFILE.read_text("utf-8")):
        if word == "WORKDIR":
            at = Path(below(folder, rest))
            at.mkdir(parents=True, exist_ok=True)
        elif word == "COPY" and not rest.startswith("--from"):
            *sources, target = rest.split()
            for source in sources:
                _copy(ROOT / source, at / target, several=len(sources) > 1 or target.endswith("/"))
        elif word == "ENV":
            for pair in shlex.split(below(folder, rest)):
                name, _, value = pair.partition("=")
                environ[name] = value.replace("$PATH", environ["PATH"])
        elif word == "RUN" and not rest.startswith(LEFT_OUT):
            print(f"RUN {rest}", flush=True)
            subprocess.run(["/bin/sh", "-ec", below(folder, rest)], cwd=at, check=True)
    return environ


def _copy(source: Path, target: Path, *, several: bool) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        return
    target = target / source.name if several else target
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)


def start(folder: Path, environ: dict[str, str]) -> None:
    """Run what the image runs until it says that it watches, then tell it to leave."""
    steps = dict(instructions(DOCKERFILE.read_text("utf-8")))
    entry, command = (shlex.split(steps[word].strip("[]").replace(",", " ")) for word in ("ENTRYPOINT", "CMD"))
    config = Path(environ["WIREWATCH_CONFIG"])
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text('[fetch]\ncontact = "desk@example.org"\n', encoding="utf-8")
    program = shutil.which(entry[-1], path=environ["PATH"])
    assert program and program.startswith(str(folder)), program
    running = subprocess.Popen([program, *command], env=environ, stderr=subprocess.PIPE, text=True)
    assert running.stderr
    for line in running.stderr:
        print(line, end="")
        if "watching sources" in line:
            break
    began = time.monotonic()
    running.terminate()
    assert running.wait(60) == 0
    print(f"left after {time.monotonic() - began:.1f} s")


def main() -> None:
    """Build, start, stop; fail as a step fails."""
    with tempfile.TemporaryDirectory(prefix="wirewatch-image-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # as root the embedded server runs as another user
        start(folder, build(folder))


if __name__ == "__main__":
    sys.exit(main())
