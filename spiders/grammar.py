"""Wire grammar: a finished story as the wire meant it, what the desk printed around it told apart from what it says. Pure."""

import re
from collections import deque
from collections.abc import MutableSequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo

from spiders import advisory, agencies, dateline, embargo, footnote, marks, release
from spiders.marks import Marked
from spiders.story import Status, Story, gravest

#: Paragraphs at the head that may be the desk's, and at the foot: sign-offs stand there too.
_HEAD, _FOOT = 3, 3
#: Characters of a body; of a longer one a mark or a note alone is not believed that it is withdrawn or held: kills are short.
_LONG = 1500
#: Characters of a lead and a body together, twice those of the longest transcripts. A page may have sixteen million, and one rule with
#: NEAR would look through them for half a minute, while nobody is told anything.
MOST_CHARACTERS = 300_000
_STOPPED = (Status.HELD, Status.WITHDRAWN)
#: Reuters withdraws story on grain deal: an agency says so of itself in the headline.
_WITHDRAWS = re.compile(r"(?P<agency>.{2,40}?) (?:withdraws|retracts|kills|is withdrawing) .{0,40}?\b(?:story|report|article|item)\b")


def read(story: Story, *, timezone: tzinfo = UTC) -> Story:
    """Read the marks of its headlines, the advisories above it and the notes at its head or foot into a story's own fields.

    Reading what was read changes nothing. A story keeps at least one paragraph: a note that is all there is stays. A long story is not
    withdrawn or held by a mark or a note alone: those stay where they were printed. What is beyond MOST_CHARACTERS is cut off.
    """
    story = _cut(story)
    desk = _Desk(agency=story.agency, stops=False)
    kept, noted = desk.parted(story.paragraphs)
    if _may_be_stopped(story, kept):
        desk = replace(desk, stops=True)
        kept, noted = desk.parted(story.paragraphs)
    headline, *others = printed = [desk.marked(text) for text in (story.headline, *story.other_headlines)]
    lead, told = desk.advised(story.lead)
    notes = dict.fromkeys(filter(None, (" ".join(line.split()) for line in (*story.note.split("\n"), *told, *noted))))
    status = gravest(
        story.status,
        *(each.status for each in printed),
        *filter(desk.believes, (*map(desk.noted, notes), _withdrawn_by_name(headline.headline, story.agency))),
    )
    is_released = story.releases or any(each.releases for each in printed) or any(map(release.is_said, notes))
    read = replace(
        story,
        headline=headline.headline,
        other_headlines=tuple(dict.fromkeys(other.headline for other in others if other.headline != headline.headline)),
        lead=lead,
        paragraphs=kept or story.paragraphs,
        dateline=story.dateline or (dateline.parse(kept[0], language=story.language) if noted and kept else None),
        slug=_joined(story.slug, *(each.marker for each in printed)),
        version=next((number for number in (story.version, *(each.version for each in printed)) if number is not None), None),
        note="\n".join(notes),
        status=status,
        releases=is_released and status not in _STOPPED,
    )
    return _embargoed(read, [*(each.embargo for each in printed), *notes], timezone)


def _cut(story: Story) -> Story:
    if len(story.lead) + sum(map(len, story.paragraphs)) <= MOST_CHARACTERS:
        return story
    lead = story.lead[:MOST_CHARACTERS]
    left, kept = MOST_CHARACTERS - len(lead), list[str]()
    for paragraph in story.paragraphs:
        kept.append(paragraph[:left])
        left -= len(kept[-1])
        if not left:
            break
    return replace(story, lead=lead, paragraphs=tuple(filter(None, kept)))


def _may_be_stopped(story: Story, kept: tuple[str, ...]) -> bool:
    # A packet that says so itself is believed, whatever its length.
    return story.status in (Status.WITHDRAWN, Status.GONE) or sum(map(len, kept)) <= _LONG


@dataclass(frozen=True, kw_only=True, slots=True)
class _Desk:
    """Tells what the desk printed around a story from what it says."""

    #: The story's own.
    agency: str | None
    #: Whether a mark or a note may stop this story.
    stops: bool

    def believes(self, status: Status) -> bool:
        return self.stops or status not in _STOPPED

    def marked(self, headline: str) -> Marked:
        found = marks.read(headline)
        return found if self.believes(found.status) else Marked(headline=headline)

    def parted(self, paragraphs: tuple[str, ...]) -> tuple[tuple[str, ...], list[str]]:
        """A story's paragraphs without what the desk says at their head and foot, and that."""
        head, body, notes = list[str](), deque(filter(None, paragraphs)), list[str]()
        while True:
            while body and len(head) < _HEAD:
                text, told = self.advised(body.popleft())
                notes += told
                if text:
                    (notes if len(head) < _HEAD - 1 and self.is_note(text) else head).append(text)
            # Where little is left a note at the foot stood at the head too, and what followed it now does.
            if not (self.take_note(body, notes, among=_FOOT) or self.take_note(head, notes, among=_FOOT - len(body))):
                return (*head, *body), notes

    def take_note(self, part: MutableSequence[str], notes: list[str], *, among: int) -> bool:
        """Move the last note among the last so many paragraphs to the notes; False if there is none."""
        at = next((at for at in range(1, min(among, len(part)) + 1) if self.is_note(part[-at])), 0)
        if at:
            notes.append(part[-at])
            del part[-at]
        return at > 0

    def is_note(self, text: str) -> bool:
        status = footnote.read(text, agency=self.agency)
        return status is not None and self.believes(status)

    def advised(self, text: str) -> tuple[str, list[str]]:
        """A text without the advisories that it begins with, and those."""
        notes: list[str] = []
        while text and (found := advisory.read(text)) and self.believes(found.status):
            notes.append(found.note)
            text = found.rest
        return text, notes

    def noted(self, line: str) -> Status:
        """What a line says of its story that is known to be the desk's: the bracket around it is gone."""
        if release.is_said(line):  # it names the hold that is over
            return Status.USABLE
        found = advisory.read(line) or advisory.read(f"({line})")
        return footnote.read(line, agency=self.agency) or (found.status if found else Status.USABLE)


def _joined(*slugs: str) -> str:
    """Marks side by side, none twice."""
    told = ""
    for slug in slugs:
        if slug and f" {slug} " not in f" {told} ":
            told = f"{told} {slug}".strip()
    return told


def _withdrawn_by_name(headline: str, agency: str | None) -> Status:
    found = _WITHDRAWS.match(headline)
    return Status.WITHDRAWN if found and agency and agencies.canonical(found["agency"]) == agency else Status.USABLE


def _embargoed(story: Story, lines: list[str], timezone: tzinfo) -> Story:
    """A story with the end of the embargo that one of these lines tells; held where nobody says when it ends."""
    if story.embargoed_until:
        return story
    told = [found for line in lines if (found := embargo.read(line, near=story.published_at, timezone=timezone))]
    ends = [each.until for each in told if each.until]
    if not told:
        return story
    held = Status.HELD if told and not ends else Status.USABLE
    return replace(story, embargoed_until=max(ends, default=None), status=gravest(story.status, held))
