"""``python -m tests.bench.mail``: what a digest of 200 stories costs beside the bare rendering of its templates, and how large it is.

Bare is Jinja alone, given all that the templates ask for: every story at length, the templates compiled before. Building is all
from the stories to the bytes that go out: sentences and marks chosen, text and page rendered, the page measured, kept to 80 KB
and its styles inlined, the message encoded and read back.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from alerts import mail
from alerts.digest import Digest, _view, render
from alerts.sample import NEWS, NOW, READER, STORY, digests
from alerts.templating import _packaged

STORIES = 200
ROUNDS = 9
PARTS = ("subject.txt", "body.txt", "body.html")
PARAGRAPHS = tuple(f"{number} ships wait off the bar, the harbour master said. The dockers went out at noon." for number in range(6))


def show() -> None:
    """Print the ratio; both sides are measured in turns, the quickest round of each counts."""
    told = a_digest()
    bare, built = quickest(rendering(told), lambda: mail.build(told, run=1, sender="wirewatch <desk@example.org>"))
    page = len(render(told).html.encode())
    print(
        f"\nA digest of {STORIES} stories: built in {built * 1000:.0f} ms CPU, its templates rendered bare in {bare * 1000:.0f} ms: ",
        end="",
    )
    print(f"{built / bare:.1f} ×; its page is {page / 1000:.1f} KB")


def a_digest() -> Digest:
    """A day of a busy desk: two rules, stories of some length, each with its hit, another rule and another source."""
    paragraphs = (*STORY.paragraphs, *PARAGRAPHS)
    stories = (
        replace(
            STORY,
            headline=f"{number} ships wait as dockers of three harbours strike",
            canonical_url=f"https://wire.example.org/economy/2026/11/23/{number}-ships-wait",
            paragraphs=paragraphs,
            published_at=NOW - timedelta(minutes=number),
        )
        for number in range(STORIES)
    )
    news = tuple(replace(NEWS, story=story, rule=READER.rules[number % 2]) for number, story in enumerate(stories))
    return replace(next(digests()), news=news)


def rendering(told: Digest) -> Callable[[], object]:
    """Jinja's part alone."""
    environment, values = _packaged(told.recipient.language), _view(told)
    values = {**values, "more": 0, "groups": [{**group, "count": len(group["entries"])} for group in values["groups"]]}
    templates = [environment.get_template(f"digest-{part}.j2") for part in PARTS]
    return lambda: [template.render(values) for template in templates]


def quickest(*works: Callable[[], object]) -> list[float]:
    """CPU seconds of each, the best of several rounds in which they take turns."""
    rounds = [[_seconds(work) for work in works] for _ in range(ROUNDS)]
    return [min(times) for times in zip(*rounds, strict=True)]


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


if __name__ == "__main__":
    show()
