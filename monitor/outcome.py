"""Outcome: what came of a back-test, as values and as JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from alerts.sentence import Piece

#: Who asks of more days does not mean those before there was an archive.
MANY = 366


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """The hits of a rule."""

    count: int
    days: Mapping[date, int]
    #: How many name the topic in passing only.
    passing: int
    #: Stories by the alias that hit, and those that only this alias hit; those that hit most come first.
    aliases: Mapping[str, int]
    alone: Mapping[str, int]
    #: Some of them, each as likely as any other, newest first.
    samples: tuple[Sample, ...]

    @property
    def noise(self) -> float:
        """An estimate: the share of hits that name the topic in passing only."""
        return self.passing / self.count if self.count else 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What came of a back-test."""

    rule: str
    version: str
    #: In the rule language.
    query: str
    since: datetime
    until: datetime
    #: Of the oldest story, if that is younger: there were no days before it.
    begins_at: datetime
    #: Of the rule, of its edited form where there is one.
    hits: Found
    #: What only the edited form hits, and what it does not hit any more; None where nothing was edited.
    gained: Found | None = None
    lost: Found | None = None

    @property
    def days(self) -> dict[date, int]:
        """Hits of each day in UTC, oldest first, those of no hit included; of more than MANY days those that there are stories of."""
        first, last = self.since.date(), (self.until - timedelta(microseconds=1)).date()
        if (last - first).days > MANY:
            first = self.begins_at.date()
        every = (first + timedelta(days=number) for number in range((last - first).days + 1))
        return {day: self.hits.days.get(day, 0) for day in every}

    @property
    def a_day(self) -> float:
        """Hits a day, of the days that there are stories of."""
        return self.hits.count / days_of(self.since, self.until, self.begins_at)


def days_of(since: datetime, until: datetime, begins_at: datetime) -> float:
    """How many days there are between two moments, of an archive that begins then; one at least."""
    return max(min((until - since) / timedelta(days=1), (until.date() - begins_at.date()).days + 1), 1.0)


def as_row(told: Outcome) -> dict[str, Any]:
    """An outcome as plain values that JSON can carry."""
    compared = {"gained": told.gained, "lost": told.lost}
    return {
        "rule": told.rule,
        "version": told.version,
        "query": told.query,
        "since": told.since.isoformat(),
        "until": told.until.isoformat(),
        "begins_at": told.begins_at.isoformat(),
        "a_day": round(told.a_day, 2),
        **_found_row(told.hits),
        "days": _by_day(told.days),
        **{name: _found_row(found) for name, found in compared.items() if found is not None},
    }


def of_row(row: Mapping[str, Any]) -> Outcome:
    """The outcome that ``as_row`` made a row of."""
    return Outcome(
        rule=row["rule"],
        version=row["version"],
        query=row["query"],
        since=datetime.fromisoformat(row["since"]),
        until=datetime.fromisoformat(row["until"]),
        begins_at=datetime.fromisoformat(row["begins_at"]),
        hits=_found(row),
        gained=_found(row["gained"]) if "gained" in row else None,
        lost=_found(row["lost"]) if "lost" in row else None,
    )


def _found_row(found: Found) -> dict[str, Any]:
    aliases = {alias: {"stories": count, "alone": found.alone.get(alias, 0)} for alias, count in found.aliases.items()}
    samples = [_sample_row(each) for each in found.samples]
    return {
        "hits": found.count,
        "passing": found.passing,
        "noise": round(found.noise, 3),
        "days": _by_day(found.days),
        "aliases": aliases,
        "samples": samples,
    }


def _by_day(days: Mapping[date, int]) -> dict[str, int]:
    return {day.isoformat(): count for day, count in days.items()}


def _found(row: Mapping[str, Any]) -> Found:
    counts = {alias: (each["stories"], each["alone"]) for alias, each in row["aliases"].items()}
    return Found(
        count=row["hits"],
        days={date.fromisoformat(day): count for day, count in row["days"].items() if count},
        passing=row["passing"],
        aliases={alias: stories for alias, (stories, _) in counts.items()},
        alone={alias: alone for alias, (_, alone) in counts.items() if alone},
        samples=tuple(map(_sample, row["samples"])),
    )


def _sample_row(sample: Sample) -> dict[str, Any]:
    return asdict(sample) | {"news_at": sample.news_at.isoformat(), "sentence": [[piece.text, piece.hit] for piece in sample.sentence]}


def _sample(row: Mapping[str, Any]) -> Sample:
    sentence = tuple(Piece(text=text, hit=hit) for text, hit in row["sentence"])
    return Sample(**{**row, "news_at": datetime.fromisoformat(row["news_at"]), "sentence": sentence})
