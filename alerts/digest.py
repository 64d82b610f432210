"""Digest: what one recipient is told at one time, and the mail's subject, text and HTML. Pure but for templates of one's own."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from babel.lists import format_list

from alerts import fit, table
from alerts.bars import Volume, bars
from alerts.calendar import Coming
from alerts.catalogue import Catalogue, catalogue
from alerts.clock import Clock
from alerts.coverage import Coverage, parts, wrong
from alerts.entry import Entry, Form, entry
from alerts.news import News
from alerts.plain import plain
from alerts.rank import Rank
from alerts.recipient import Recipient
from alerts.sentence import cut
from alerts.templating import Rendered, TemplateError, rendered
from alerts.unsubscribe import Unsubscribe

__all__ = ["Coverage", "Digest", "News", "Rendered", "TemplateError", "render"]

#: Characters of the top headline that a subject carries: what a phone's list of mails shows.
SUBJECT_HEADLINE = 90


@dataclass(frozen=True, kw_only=True, slots=True)
class Digest:
    """What one recipient is told at ``now``."""

    recipient: Recipient
    news: tuple[News, ...]
    #: Aware.
    now: datetime
    #: Aware; the recipient's next digest slot, None if there is none.
    next_at: datetime | None
    #: Rule id → its name for people; the id itself where there is none.
    names: Mapping[str, str] = field(default_factory=dict)
    #: What was collected since the recipient's digest before; None: it says nothing of that.
    coverage: Coverage | None = None
    #: The days of the calendar that are near, soonest first.
    coming: tuple[Coming, ...] = ()
    #: Aware; the recipient's digest before. What was published before it comes late. None: there was none.
    since: datetime | None = None
    #: Rule id → stories that are told with more than their headline; a rule that is not in it tells all so.
    most: Mapping[str, int] = field(default_factory=dict)
    #: How much each rule brought lately, in the order in which it is shown.
    volumes: tuple[Volume, ...] = ()
    #: Stories that alert mails told since the digest before; they do not stand here again.
    at_once: int = 0
    #: It is told at once, before the next digest.
    is_alert: bool = False
    #: Both aware; the recipient was away from the one to the other, and is told of that time by headline.
    away: tuple[datetime, datetime] | None = None
    #: How its reader stops or pauses these mails; None: by writing to whom it comes from.
    unsubscribe: Unsubscribe | None = None

    def name(self, rule: str) -> str:
        """What people call a rule."""
        return plain(self.names.get(rule) or rule)

    @property
    def asked(self) -> tuple[str, ...]:
        """The rules for which the reader gets it: all of theirs, or those that are told at once."""
        return (self.is_alert and self.recipient.instant) or self.recipient.rules

    def groups(self) -> Iterator[tuple[str, tuple[News, ...]]]:
        """Rule by rule in the recipient's order; a rule that the recipient has left meanwhile comes last.

        In each what the rule hit in the headline comes first, then in the lead, then in passing; of these the newest first.
        """
        told = dict.fromkeys(news.rule for news in self.news)
        for rule in dict.fromkeys((*self.recipient.rules, *told)):
            group = [news for news in self.news if news.rule == rule]
            if group:
                yield rule, tuple(sorted(group, key=lambda news: (news.rank, -news.at.timestamp())))

    def form(self, news: News, place: int) -> Form:
        """How much is said of the story at a place of its group, counted from 0."""
        if self.away or place >= self.most.get(news.rule, len(self.news)):
            return "headline"
        if self.is_alert:
            return "full"  # who is called at once is to see why
        return "line" if news.rank is Rank.MENTION else "full"


def render(digest: Digest, *, overrides: Path | None = None) -> Rendered:
    """Make subject, text and HTML of a digest; the HTML has its styles inlined and loads nothing from anywhere.

    A template in the folder ``overrides`` replaces the packaged one of its name; such templates are rendered in a child
    process, for seconds at most. Raise TemplateError naming file and line.
    """
    return rendered(_view(digest), digest.recipient.language, overrides=overrides)


def _view(digest: Digest) -> dict[str, Any]:
    """What the templates see: strings, numbers, lists and tables of them, nothing that acts."""
    recipient = digest.recipient
    t, clock = catalogue(recipient.language), Clock(language=recipient.language, timezone=recipient.timezone, now=digest.now)
    told = dict(digest.groups())
    groups = [(digest.name(rule), _entries(digest, group, clock, t)) for rule, group in told.items()]
    top_rule, top_headline = _top(recipient, groups)
    return {
        "language": recipient.language,
        "count": len(digest.news),
        "date": clock.day(digest.now.astimezone(recipient.timezone).date()),
        "subject": recipient.subject,
        "top_rule": top_rule,
        "top_headline": top_headline,
        "groups": [{"rule": rule, "entries": [one.values() for one in entries]} for rule, entries in groups],
        "rules": format_list([digest.name(rule) for rule in digest.asked], locale=recipient.language),
        "next": clock.moment(digest.next_at) if digest.next_at else "",
        "zone": recipient.timezone.key,
        "at_once": t("at_once", count=digest.at_once) if digest.at_once else "",
        "away": _away(digest, clock, t),
        "coverage": _coverage(digest.coverage, clock, t),
        "table": table.NAME if len(digest.news) > fit.TEXT.rows else "",
        "alert": digest.is_alert,
        "stop": digest.unsubscribe.link if digest.unsubscribe else "",
        "coming": [_coming(one, clock, t, recipient.language) for one in digest.coming],
        "volumes": bars(digest.volumes, told=told, names=digest.name, clock=clock) if told else [],
    }


def _entries(digest: Digest, group: Sequence[News], clock: Clock, t: Catalogue) -> list[Entry]:
    return [
        entry(_named(news, digest), clock=clock, t=t, form=digest.form(news, place), since=digest.since) for place, news in enumerate(group)
    ]


def _away(digest: Digest, clock: Clock, t: Catalogue) -> str:
    if digest.away is None:
        return ""
    # An absence of whole days ends with the midnight after them.
    moments = digest.away[0], digest.away[1] - timedelta(microseconds=1)
    start, end = (clock.day(at.astimezone(clock.timezone).date()) for at in moments)
    return t("away", count=len(digest.news), start=start, end=end)


def _coming(one: Coming, clock: Clock, t: Catalogue, language: str) -> dict[str, str]:
    name = one.day.name.get(language) or one.day.name["en"]
    return {"on": clock.day(one.on), "name": plain(name), "years": t("years", count=one.years) if one.years else ""}


def _coverage(told: Coverage | None, clock: Clock, t: Catalogue) -> dict[str, Any] | None:
    if told is None:
        return None
    said = {"parts": parts(told, clock=clock, t=t), "wrong": wrong(told, clock=clock, t=t)}
    return {**said, "broken": told.is_broken, "blind": told.is_blind}


def _named(news: News, digest: Digest) -> News:
    return replace(news, tags=tuple(map(digest.name, news.tags))) if news.tags else news


def _top(recipient: Recipient, groups: Sequence[tuple[str, Sequence[Entry]]]) -> tuple[str, str]:
    """Rule and headline for the subject: of the first story, but one told at length before a mention, and one that the reader can read."""
    told = [(rule, entry) for rule, entries in groups for entry in entries]
    if not told:
        return "", ""
    rule, top = min(told, key=lambda each: (each[1].form != "full", each[1].language.partition("-")[0].lower() not in recipient.reads))
    headline = "".join(piece.text for piece in top.headline)
    return rule, "".join(piece.text for piece in cut(headline, (0, len(headline)), [], SUBJECT_HEADLINE))
