"""Standing: what a story is when its page says one thing of it and advisories say others. Pure.

The gravest stands: of a story that its agency killed nobody hears anew because of a hold, its end, or a word on a figure in it.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import reduce

from spiders.story import Status, Story

#: Characters of a body up to which a correction only says what was wrong; a longer one tells the story anew.
BRIEF = 1500
#: What takes a story from its readers, whatever its page says.
WITHHELD = (Status.HELD, Status.WITHDRAWN)
#: What is said later does not weaken what was said before. That a page is gone is only what we saw: any word of the agency goes before.
_GRAVITY = (Status.USABLE, Status.GONE, Status.CORRECTED, *WITHHELD)
#: Characters of the notes of one version.
_LONGEST_NOTE = 4000


def stands(page: Status, said: Iterable[Story]) -> Status:
    """The status of a story of which its page says the one, and advisories, oldest first, the others.

    Only a hold or a kill goes before what a page says: pages do not hear of those.
    """
    told = reduce(then, said, Status.USABLE)
    return graver(page, told) if told in WITHHELD else page


def then(before: Status, said: Story) -> Status:
    """The status of a story after one more advisory: a lift ends a hold, and nothing else; a correction that tells it anew ends all."""
    if tells_anew(said):
        return said.status
    if said.status is Status.USABLE:
        return Status.USABLE if before is Status.HELD else before
    return graver(before, said.status)


def after(before: Story, said: Story) -> Story:
    """A story with what an advisory says of it: a correction that tells it anew takes its place, what is too weak is only noted on it."""
    if tells_anew(said):
        return replace(said, canonical_url=before.canonical_url)
    note = "\n".join(filter(None, (said.note, said.lead, said.text)))
    status = then(before.status, said)
    if status is not said.status:
        noted = before.note if note in before.note else f"{before.note}\n{note}".strip()
        return replace(before, status=status, note=noted[:_LONGEST_NOTE])
    return replace(before, status=status, slug=said.slug or before.slug, note=note[:_LONGEST_NOTE] or before.note)


def tells_anew(said: Story) -> bool:
    """Whether an advisory is a correction that is the story itself, and not only a word on it."""
    return said.status is Status.CORRECTED and len(said.text) > BRIEF


def graver(one: Status, other: Status) -> Status:
    """The one of two that allows less."""
    return max(one, other, key=_GRAVITY.index)
