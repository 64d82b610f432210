"""Render the templates of a mail in Jinja's sandbox: ours here, a user's in a child process with a time limit."""

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import css_inline
from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from alerts import fit
from alerts.catalogue import catalogue
from alerts.plain import plain
from alerts.recipient import AlertError

PACKAGED = Path(__file__).parent / "templates"
RENDER_TIME = timedelta(seconds=5)
#: Bytes of address space for a user's templates: a mail needs about 100 MB of it.
MEMORY = 1 << 30
#: The mails that tell stories.
FITTED = ("digest", "correction")


class TemplateError(AlertError):
    """A template that cannot be rendered; the message names its file and line."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendered:
    """The three parts of a mail, as its templates made them."""

    #: One line.
    subject: str
    text: str
    html: str


def rendered(
    values: Mapping[str, Any], language: str, *, kind: str = "digest", overrides: Path | None = None, time_limit: timedelta = RENDER_TIME
) -> Rendered:
    """Render subject, text and HTML of a mail with these values (data that JSON can carry) and the strings of ``language``.

    Its templates begin with ``kind``; the subject is one harmless line, the HTML has its styles inlined. Where the values have
    ``entries``, text and HTML keep to their room (see ``fit``). A template found in ``overrides`` replaces the packaged one of its
    name. Raise TemplateError.
    """
    if overrides is None:
        parts = _render(values, language, kind, overrides)
    else:
        request = {"values": values, "language": language, "kind": kind, "overrides": str(overrides)}
        parts = _in_child(json.dumps(request), overrides, time_limit)
    return replace(parts, subject=plain(parts.subject).strip())


def page(values: Mapping[str, Any], language: str, *, name: str) -> str:
    """Render a packaged page of the web with these values and the strings of ``language``."""
    return _packaged(language).get_template(f"{name}.html.j2").render(values)


def _render(values: Mapping[str, Any], language: str, kind: str, overrides: Path | None) -> Rendered:
    environment = _environment([overrides, PACKAGED], language) if overrides else _packaged(language)
    subject, text, html = (_Part(environment=environment, name=f"{kind}-{part}.j2") for part in ("subject.txt", "body.txt", "body.html"))
    if kind not in FITTED:
        return Rendered(subject=subject(values).strip(), text=text(values), html=html(values))
    return Rendered(subject=subject(values).strip(), text=text.fitted(values, fit.TEXT), html=html.fitted(values, fit.HTML))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Part:
    """One template of a mail. Call it with values to render it."""

    environment: ImmutableSandboxedEnvironment
    name: str

    def __call__(self, values: Mapping[str, Any]) -> str:
        try:
            made = self.environment.get_template(self.name).render(values)
        except Exception as exc:  # a template can raise anything: a division by zero, a SecurityError
            raise TemplateError(f"{_place(exc)}: {type(exc).__name__}: {exc}") from exc
        return _inliner().inline(made) if self.name.endswith(".html.j2") else made

    def fitted(self, values: Mapping[str, Any], room: fit.Room) -> str:
        made = fit.fitted(self, values, room)
        place = self.environment.get_template(self.name).filename or ""
        # Of ours a page that is too long is better than none.
        if len(made.encode()) > room.bytes and Path(place).parent != PACKAGED:
            raise TemplateError(f"{place}:1: makes more than {room.bytes} bytes; show an entry by headline where its form says so")
        return made


@cache
def _inliner() -> css_inline.CSSInliner:
    # A mail in dark mode needs its @media rules kept; a template must not make us fetch a style sheet.
    return css_inline.CSSInliner(keep_at_rules=True, minify_css=True, load_remote_stylesheets=False)


@cache
def _packaged(language: str) -> ImmutableSandboxedEnvironment:
    """Ours, compiled once: that takes longer than to render most digests."""
    return _environment([PACKAGED], language)


def _environment(folders: list[Path], language: str) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        # One loader a folder, so that an override can replace one template and leave the others.
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in folders]),
        autoescape=lambda name: name is not None and name.endswith(".html.j2"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals["t"] = catalogue(language)
    return environment


def _place(exc: Exception) -> str:
    """File and line of the template that failed: Jinja puts them into the traceback."""
    if isinstance(exc, TemplateSyntaxError):
        return f"{exc.filename or exc.name}:{exc.lineno}"
    lines = [frame for frame in traceback.extract_tb(exc.__traceback__) if frame.filename.endswith(".j2")]
    return f"{lines[-1].filename}:{lines[-1].lineno}" if lines else "templates"


def _in_child(request: str, folder: Path, time_limit: timedelta) -> Rendered:
    # A sandbox stops no loop: only a process can be given up on. What it answers is data (JSON), never a pickle.
    command = [sys.executable, "-m", "alerts.templating", str(time_limit.total_seconds())]
    try:
        child = subprocess.run(
            command, input=request.encode(), capture_output=True, timeout=time_limit.total_seconds(), env=_surroundings()
        )
    except subprocess.TimeoutExpired as exc:
        limit = f"{time_limit.total_seconds():g} s"
        raise TemplateError(f"{folder}: the templates took longer than {limit} to render; look for a loop in them") from exc
    answer = (
        json.loads(child.stdout) if child.returncode == 0 else {"error": f"{folder}: the templates could not be rendered: {_last(child)}"}
    )
    if "error" in answer:
        raise TemplateError(answer["error"])
    return Rendered(**answer)


def _surroundings() -> dict[str, str]:
    """What the child needs to start, and no secret."""
    kept = {key: os.environ[key] for key in ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT") if key in os.environ}
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONUTF8": "1"}


def _last(child: subprocess.CompletedProcess[bytes]) -> str:
    lines = child.stderr.decode("utf-8", "replace").split("\n")
    return next((line for line in reversed(lines) if line.strip()), f"exit code {child.returncode}")


def _main(time_limit: float) -> None:
    """The child's side: a request on stdin, the parts or the error on stdout."""
    _limit(time_limit)
    request = json.load(sys.stdin)
    try:
        answer = asdict(_render(request["values"], request["language"], request["kind"], Path(request["overrides"])))
    except TemplateError as exc:
        answer = {"error": str(exc)}
    json.dump(answer, sys.stdout)


def _limit(time_limit: float) -> None:
    try:
        import resource
    except ImportError:  # Windows: the parent's time limit alone
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (int(time_limit) + 1, int(time_limit) + 1))


if __name__ == "__main__":
    _main(float(sys.argv[1]))
