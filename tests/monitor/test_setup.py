"""`wirewatch init`: six answers become a configuration that loads. The crawl behind it is test_cli's."""

import re
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfoNotFoundError

import click
import pytest
from click.testing import CliRunner

from alerts.templating import Rendered
from monitor import setup
from monitor.config import Settings, load
from monitor.sourcebook import off
from spiders.wires import packs

PACK, MEMBERS = next(iter(packs().items()))
ON = [wire for wire in MEMBERS if not off(wire)]


def answered(path: Path, *answers: str) -> tuple[Settings, str]:
    """What comes of these answers to the six questions, and what was said."""
    with CliRunner().isolation(input="\n".join(answers) + "\n") as (_, err, _):
        setup.write(path)
        return load(path, environ={}, data_dir=path.parent), err.getvalue().decode()


def test_six_answers_are_asked_and_what_stands_in_brackets_is_taken(tmp_path: Path) -> None:
    settings, said = answered(tmp_path / "wirewatch.toml", "ann@example.org", "", "", "", "", "")

    assert said.count("]: ") == 5  # all but the reader's address have a default
    assert settings.contact == "ann@example.org"
    assert [source.id for source in settings.sources] == ON
    assert [(reader.email, reader.language) for reader in settings.recipients] == [("ann@example.org", "en")]
    assert settings.recipients[0].rules == tuple(rule.id for rule in settings.rules)


def test_several_packs_are_one_answer_each_pack_once(tmp_path: Path) -> None:
    path = tmp_path / "wirewatch.toml"

    answered(path, "ann@example.org", "", "", "", f"{PACK}, {PACK}", "dprk")

    assert path.read_text().count(f'[[source]]\npack = "{PACK}"\n') == 1


@pytest.mark.parametrize(
    ("feed", "id", "allowed"),
    [
        ("https://www.news.example.org/rss", "news-example-org", []),
        ("http://10.1.2.3:8000/rss", "10-1-2-3", ["10.1.2.3/32"]),
        ("http://localhost/rss", "localhost", ["127.0.0.0/8", "::1/128"]),
    ],
)
def test_one_feed_of_ones_own_is_named_by_its_host_and_may_be_on_ones_own_network(
    tmp_path: Path, feed: str, id: str, allowed: list[str]
) -> None:
    settings, _ = answered(tmp_path / "wirewatch.toml", "ann@example.org", "", "Asia/Seoul", "ko", feed, "dprk")

    assert [(source.id, source.feed) for source in settings.sources] == [(id, feed)]
    assert [str(network) for network in settings.allow] == allowed


def test_an_answer_that_cannot_be_used_is_asked_again(tmp_path: Path) -> None:
    wires = ["no-pack", f"{PACK}, no-pack", "ftp://news.example.org/rss", "https://news.example.org/rss"]

    settings, said = answered(tmp_path / "wirewatch.toml", "ann", "ann@example.org", "", "", "fr", "", *wires, "grain", "dprk")

    assert [source.feed for source in settings.sources] == ["https://news.example.org/rss"]
    assert re.findall(r"Error: (.*)", said) == [
        'use one e-mail address, such as "desk@example.org"',
        "use en, de or ko",
        *[f"no pack is called 'no-pack'; there are: {', '.join(packs())}"] * 2,
        'use an http or https address, such as "https://news.example.org/rss.xml"',
        "no preset is called 'grain'; there are: anniversary, dprk, korean-war, missile, rok, russia-dprk, sanctions, un-security-council",
    ]


def test_answers_are_taken_in_any_case_and_written_as_they_are_called(tmp_path: Path) -> None:
    path = tmp_path / "wirewatch.toml"

    settings, said = answered(path, "ann@example.org", "", "asia/SEOUL", "KO", PACK.upper(), "DPRK, Anniversary")

    assert "Error" not in said
    assert [rule.id for rule in settings.rules] == ["dprk", "anniversary"]
    assert [(reader.timezone.key, reader.language) for reader in settings.recipients] == [("Asia/Seoul", "ko")]
    assert f'pack = "{PACK}"' in path.read_text()


def test_a_zone_is_not_guessed_from_an_abbreviation(tmp_path: Path) -> None:
    _, said = answered(tmp_path / "wirewatch.toml", "ann@example.org", "", "CEST", "Berlin", "berlin", "", "", "", "")

    assert re.findall(r"Error: (.*)", said) == [
        'use a name such as "Europe/Berlin"',
        'use a name such as "Europe/Berlin"; did you mean Europe/Berlin?',
        'use a name such as "Europe/Berlin"; did you mean Europe/Berlin?',
    ]


def contradicts_itself() -> str:
    raise ZoneInfoNotFoundError("Multiple conflicting time zone configurations found:\n/etc/timezone: Asia/Seoul\n")


@pytest.mark.parametrize(
    ("machine", "zone"),
    [(lambda: "Asia/Seoul", "Asia/Seoul"), (lambda: None, "UTC"), (lambda: "Nowhere/Land", "UTC"), (contradicts_itself, "UTC")],
)
def test_where_the_machine_names_no_zone_it_is_utc(machine: Callable[[], str | None], zone: str) -> None:
    assert setup.local_zone(machine) == zone


@pytest.mark.parametrize(("due", "said"), [(0, "Nothing is due yet;"), (2, "`wirewatch digest` sends this now;")])
def test_who_has_nothing_due_is_not_told_to_send_it(tmp_path: Path, capsys: pytest.CaptureFixture[str], due: int, said: str) -> None:
    settings = Settings(path=tmp_path / "wirewatch.toml", data_dir=tmp_path, outbox=tmp_path / "outbox")

    setup.rejoice(settings, Rendered(subject="2 stories", text="", html=""), due=due)

    assert capsys.readouterr().err.startswith(f"Nothing was sent. {said}")


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "wirewatch.toml"
    path.write_text("mine")

    with pytest.raises(click.UsageError, match=r"exists; edit it, or name another with --config"):
        answered(path)

    assert path.read_text() == "mine"
