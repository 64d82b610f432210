"""Back-test: what a rule would have told of the archive, day by day, with samples, and what an edit of it gains and loses.

The stories are read newest first, some at a time, and only sums and samples are kept: memory does not grow with the archive.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from alerts.match import Match, Rank, Span
from alerts.rank import is_beside
from alerts.reading import fields
from alerts.rules import Rule
from alerts.sentence import Piece, cut, sentences
from monitor import archive
from monitor.archive import Looked, Question
from monitor.database import Connection
from monitor.outcome import Found, Outcome, Sample
from spiders.story import Story

#: Above so many hits a day nobody reads them.
NOISY = 30
SAMPLES = 20
#: Characters of a sample's sentence.
LONGEST = 160
#: What an edited rule is called beside the one that it is to replace; no id has a blank.
EDITED = "{} as edited"

#: Told how much of the time is done, from 0 to 1, and how many hits there are so far.
Progress = Callable[[float, int], None]


@dataclass(kw_only=True)
class Hits:
    """The hits of a rule, added one by one."""

    count: int = 0
    days: Counter[date] = field(default_factory=Counter)
    passing: int = 0
    aliases: Counter[str] = field(default_factory=Counter)
    alone: Counter[str] = field(default_factory=Counter)
    _samples: list[tuple[Looked, Match]] = field(default_factory=list)
    # The same archive shows the same samples.
    _chance: random.Random = field(default_factory=lambda: random.Random(0))

    @property
    def found(self) -> Found:
        """All of them, and SAMPLES of them."""
        chosen = sorted(self._samples, key=lambda pair: (pair[0].stored.news_at, pair[0].stored.id), reverse=True)
        return Found(
            count=self.count,
            days=dict(self.days),
            passing=self.passing,
            aliases=dict(self.aliases.most_common()),
            alone=dict(self.alone),
            samples=tuple(_sample(looked, match) for looked, match in chosen),
        )

    def add(self, looked: Looked, match: Match) -> None:
        """Count a story that was hit."""
        aliases = {span.alias for span in match.spans}
        self.count += 1
        self.days[looked.stored.news_at.date()] += 1
        # As News.rank says of it: a rule that looks in no text is not met in passing.
        self.passing += match.rank is Rank.MENTION and not all(map(is_beside, match.spans))
        self.aliases.update(aliases)
        self.alone.update(aliases if len(aliases) == 1 else ())
        if len(self._samples) < SAMPLES:
            self._samples.append((looked, match))
        elif (place := self._chance.randrange(self.count)) < SAMPLES:
            self._samples[place] = looked, match


async def backtest(
    connection: Connection,
    rule: Rule,
    known: Iterable[Rule],
    *,
    since: datetime,
    until: datetime,
    edited: Rule | None = None,
    progress: Progress = lambda done, hits: None,
) -> Outcome:
    """Ask a rule, and its ``edited`` form beside it, of what reached us between two moments. Raise RuleError as RuleSet does.

    ``known`` are the rules that they may name.
    """
    asked = question(rule, known, edited)
    told = _edited(rule, edited) if edited else rule
    oldest_at = await archive.oldest_at(connection)
    hits, gained, lost = Hits(), Hits(), Hits()
    async for batch in archive.look(connection, asked, since=since, until=until):
        for looked in batch:
            _count(looked, rule.id, told.id, hits, gained, lost)
        progress((until - batch[-1].stored.news_at) / (until - since), hits.count)
    compared = {"gained": gained.found, "lost": lost.found} if edited else {}
    return Outcome(
        rule=rule.id,
        version=asked.rules.version(told.id),
        query=str(told.parsed),
        since=since,
        until=until,
        begins_at=min(max(since, oldest_at or since), until),
        hits=hits.found,
        **compared,
    )


def question(rule: Rule, known: Iterable[Rule], edited: Rule | None) -> Question:
    """A rule and its edited form, to be asked together. Raise RuleError as RuleSet does."""
    return Question.of([rule, _edited(rule, edited)] if edited else [rule], [each for each in known if each.id != rule.id])


def _edited(rule: Rule, edited: Rule) -> Rule:
    return replace(edited, id=EDITED.format(rule.id))


def _count(looked: Looked, before_id: str, now_id: str, hits: Hits, gained: Hits, lost: Hits) -> None:
    by_form = {match.rule.id: match for match in looked.matches}
    before, now = by_form.get(before_id), by_form.get(now_id)
    if now:
        hits.add(looked, now)
    if now and not before:
        gained.add(looked, now)
    if before and not now:
        lost.add(looked, before)


def _sample(looked: Looked, match: Match) -> Sample:
    first = match.spans[0] if match.spans else None
    return Sample(
        id=looked.stored.id,
        news_at=looked.stored.news_at,
        source=looked.stored.source,
        headline=looked.story.headline,
        field=first.field if first else "",
        sentence=_around(looked.story, match.spans, looked.stored.source),
    )


def _around(story: Story, spans: Sequence[Span], source: str | None = None) -> tuple[Piece, ...]:
    """The sentence of the first hit, cut to LONGEST characters, with all hits in it marked."""
    if not spans:
        return ()
    first = spans[0]
    text = fields(story, source).get(first.field, "")
    hits = [(span.start, span.end) for span in spans if span.field == first.field]
    stretch = next((each for each in sentences(text) if each[0] <= first.start < each[1]), (0, len(text)))
    return cut(text, stretch, hits, LONGEST)
