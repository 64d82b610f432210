"""`wirewatch demo`, as `make demo` runs it in a checkout."""

import os
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from monitor import demo
from tests.processes import Desk, a_desk


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(scope="module")
def told() -> tuple[list[str], list[str]]:
    """What a first and a second run print; their files, and what --remove leaves of them, are looked at on the way."""
    with a_desk() as desk:
        return demonstrate(desk)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's server runs as another user")
def test_roots_umask_does_not_keep_the_server_from_the_demo(tmp_path: Path) -> None:
    usual = os.umask(0o077)
    try:
        home = demo._home(tmp_path, tmp_path / "var" / "wirewatch", demo.Memory(id="1", began="", port=0))
    finally:
        os.umask(usual)

    assert [path.stat().st_mode & 0o777 for path in (home, *home.parents)][:3] == [0o711] * 3


def demonstrate(desk: Desk) -> tuple[list[str], list[str]]:
    outbox, data = desk.folder / "demo" / "outbox", desk.folder / "data"
    first = desk.run("demo")
    assert (first.code, first.err) == (0, "")
    mails = names(outbox)
    assert [Path(name).suffix for name in mails] == [".eml", ".html"]
    message = message_from_bytes((outbox / mails[0]).read_bytes(), policy=policy.default)
    bodies = [part.get_content() for part in message.walk() if part.get_content_maintype() == "text"]
    # Two outlets carry one copy, each below a headline of its own: it is told once, under that which came first.
    headlines = ["joint concerts", "70th anniversary of cultural accord"]
    assert [[headline in " ".join(body.split()) for headline in headlines].count(True) for body in bodies] == [1, 1]
    assert ["also in " in body for body in bodies] == [True, True]

    second = desk.run("demo")
    assert (second.code, second.err, names(outbox)) == (0, "", mails)
    assert len(list(data.glob("demo-*"))) == 1

    removed = desk.run("demo", "--remove")
    assert (removed.code, removed.out + removed.err) == (0, "")
    assert not (desk.folder / "demo").exists()
    assert list(data.glob("demo-*")) == []
    return first.out.splitlines(), second.out.splitlines()


def test_the_demo_tells_what_came_in_what_matched_and_where_the_digest_lies(told: tuple[list[str], list[str]]) -> None:
    first = told[0]

    assert first[0].startswith("What came in, ")
    assert any("Rivers in harmony" in line and "anniversary, dprk" in line for line in first)
    [sale] = [line for line in first if "anniversary sale" in line.casefold()]
    assert sale.casefold().count("anniversary") == 1  # in the headline; no rule stands beside it
    assert [line.strip().rpartition(".")[2] for line in first[-2:]] == ["eml", "html"]


def test_a_second_run_says_that_nothing_is_new_and_mails_nothing(told: tuple[list[str], list[str]]) -> None:
    second = told[1]

    assert second[-2] == "Nothing is new: no digest was written."
    assert second[-1].startswith("The first one lies in ")
