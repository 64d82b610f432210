"""``wirewatch extract`` and ``match``: what the reader and the rules make of what they are handed, without a store."""

import json
import os
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from alerts.match import RuleSet
from monitor import config, show
from monitor.commands.where import Where, where
from spiders.extract import extract as read
from spiders.story import Story


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option("--url", required=True, help="Where the page came from.")
@where
def extract(at: Where, file: Any, url: str) -> None:
    """What the reader makes of a saved page, as one JSON object.

    Example: wirewatch extract page.html --url https://news.example.org/story/1
    """
    story = read(file.read(), url=url)
    show.row({**asdict(story), "text": story.text})


@click.command()
@click.option("--rules", "file", required=True, type=click.Path(path_type=Path), help="A TOML file with [[rule]] tables.")
@where
def match(at: Where, file: Path) -> None:
    """Match stories from stdin, one JSON object a line (id, headline, lead, body, language), against the rules of a file.

    Example: wirewatch match --rules wirewatch.toml < stories.jsonl
    """
    rules = RuleSet(config.load(file, environ=os.environ).rules)
    for number, line in enumerate(sys.stdin, 1):
        if line.strip():
            id, story = _told(line, number)
            for hit in rules.match(story, now=datetime.now(UTC)):
                show.row({"id": id, "rule": hit.rule.id, "spans": hit.spans})


def _told(line: str, number: int) -> tuple[Any, Story]:
    try:
        told = json.loads(line)
        paragraphs = tuple(told.get("body", "").split("\n"))
        story = Story(
            headline=told.get("headline") or "",
            lead=told.get("lead") or "",
            paragraphs=paragraphs,
            language=told.get("language"),
            canonical_url="https://example.org/",
        )
        return told["id"], story
    except (ValueError, KeyError, AttributeError, TypeError) as exc:
        raise click.UsageError(f'stdin line {number}: not a story; write {{"id": 1, "headline": "…", "body": "…"}}') from exc
