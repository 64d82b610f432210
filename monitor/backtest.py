"""Back-test: what a rule would have told of the archive, day by day, with samples, and what an edit of it gains and loses.

The stories are read newest first, some at a time, and only sums and samples are kept: memory does not grow with the archive.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from alerts.match import Match, Rank, Span
from alerts.rules import Rule
from alerts.sentence import Piece, cut, sentences
from monitor import archive
from monitor.archive import Looked, Question
from monitor.sources import Connection
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """One story that was hit."""

    id: int
    news_at: datetime
    source: str
    headline: str
    #: Where the hit stands: headline, lead, body, …
    field: str
    #: The sentence of the first hit, with hits marked; empty when the rule hit by no word.
    sentence: tuple[Piece, ...]


@dataclass(kw_only=True)
class Hits:
    """The hits of a rule, added one by one."""

    count: int = 0
    days: Counter[date] = field(default_factory=Counter)
    #: How many name the topic in passing only.
    passing: int = 0
    #: Stories by the alias that hit, and those that only this alias hit.
    aliases: Counter[str] = field(default_factory=Counter)
    alone: Counter[str] = field(default_factory=Counter)
    _samples: list[tuple[Looked, Match]] = field(default_factory=list)
    # The same archive shows the same samples.
    _chance: random.Random = field(default_factory=lambda: random.Random(0))

    @property
    def noise(self) -> float:
        """An estimate: the share of hits that name the topic in passing only."""
        return self.passing / self.count if self.count else 0.0

    @property
    def samples(self) -> list[Sample]:
        """SAMPLES of the hits, each as likely as any other, newest first."""
        chosen = sorted(self._samples, key=lambda pair: (pair[0].stored.news_at, pair[0].stored.id), reverse=True)
        return [_sample(looked, match) for looked, match in chosen]

    def add(self, looked: Looked, match: Match) -> None:
        """Count a story that was hit."""
        aliases = {span.alias for span in match.spans}
        self.count += 1
        self.days[looked.stored.news_at.date()] += 1
        self.passing += match.rank is Rank.MENTION
        self.aliases.update(aliases)
        self.alone.update(aliases if len(aliases) == 1 else ())
        if len(self._samples) < SAMPLES:
            self._samples.append((looked, match))
        elif (place := self._chance.randrange(self.count)) < SAMPLES:
            self._samples[place] = looked, match


@dataclass(frozen=True, kw_only=True, slots=True)
class Backtest:
    """What came of a back-test."""

    rule: Rule
    version: str
    since: datetime
    until: datetime
    #: Of the rule, of its edited form where there is one.
    hits: Hits
    #: What only the edited form hits, and what it does not hit any more; None where nothing was edited.
    gained: Hits | None = None
    lost: Hits | None = None

    @property
    def days(self) -> dict[date, int]:
        """Hits of each day in UTC, oldest first, those of no hit included."""
        first, last = self.since.date(), (self.until - timedelta(microseconds=1)).date()
        every = (first + timedelta(days=number) for number in range((last - first).days + 1))
        return {day: self.hits.days[day] for day in every}

    @property
    def a_day(self) -> float:
        """Hits a day."""
        return self.hits.count / max((self.until - self.since) / timedelta(days=1), 1.0)


async def backtest(
    connection: Connection,
    rule: Rule,
    known: Iterable[Rule],
    *,
    since: datetime,
    until: datetime,
    edited: Rule | None = None,
    progress: Progress = lambda done, hits: None,
) -> Backtest:
    """Ask a rule, and its ``edited`` form beside it, of what reached us between two moments. Raise RuleError as RuleSet does.

    ``known`` are the rules that they may name.
    """
    forms = [rule, replace(edited, id=EDITED.format(rule.id))] if edited else [rule]
    question = Question.of(forms, [each for each in known if each.id != rule.id])
    hits, gained, lost = Hits(), Hits(), Hits()
    async for batch in archive.look(connection, question, since=since, until=until):
        for looked in batch:
            _count(looked, forms, hits, gained, lost)
        progress((until - batch[-1].stored.news_at) / (until - since), hits.count)
    told = edited or rule
    compared = {"gained": gained, "lost": lost} if edited else {}
    return Backtest(rule=told, version=question.rules.version(forms[-1].id), since=since, until=until, hits=hits, **compared)


def _count(looked: Looked, forms: Sequence[Rule], hits: Hits, gained: Hits, lost: Hits) -> None:
    by_form = {match.rule.id: match for match in looked.matches}
    before, now = by_form.get(forms[0].id), by_form.get(forms[-1].id)
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
        sentence=around(looked.story, match.spans),
    )


def around(story: Story, spans: Sequence[Span]) -> tuple[Piece, ...]:
    """The sentence of the first hit, cut to LONGEST characters, with all hits in it marked."""
    if not spans:
        return ()
    text, first = _text(story, spans[0].field), spans[0]
    hits = [(span.start, span.end) for span in spans if span.field == first.field]
    stretch = next((each for each in sentences(text) if each[0] <= first.start < each[1]), (0, len(text)))
    return cut(text, stretch, hits, LONGEST)


def _text(story: Story, field: str) -> str:
    return dict(_texts(story)).get(field, "")


def _texts(story: Story) -> Iterator[tuple[str, str]]:
    """The fields of a story as spans count in them."""
    dateline = story.dateline
    yield from (("headline", story.headline), ("lead", story.lead), ("body", story.text))
    yield from ((f"other_headlines.{number}", text) for number, text in enumerate(story.other_headlines))
    yield from (("byline", ", ".join(story.byline)), ("agency", story.agency or ""), ("section", story.section or ""))
    yield from (("dateline", dateline.raw if dateline else ""), ("place", ", ".join(dateline.places) if dateline else ""))
    yield from (("lang", story.language or ""), ("status", story.status.value))
