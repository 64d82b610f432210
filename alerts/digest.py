"""Digest: what one recipient is told at one time, and the mail's subject, text and HTML. Pure but for templates of one's own."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from babel.lists import format_list

from alerts.calendar import Coming
from alerts.catalogue import Catalogue, catalogue
from alerts.clock import Clock
from alerts.coverage import Coverage, parts
from alerts.entry import Entry, entry
from alerts.news import News
from alerts.plain import plain
from alerts.recipient import Recipient
from alerts.sentence import cut
from alerts.templating import RENDER_TIME, Rendered, TemplateError, rendered
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
    #: The time away, first and last moment, that this is the first digest after; None: there was none.
    away: tuple[datetime, datetime] | None = None
    #: How its reader stops or pauses these mails; None: by writing to whom it comes from.
    unsubscribe: Unsubscribe | None = None

    def name(self, rule: str) -> str:
        """What people call a rule."""
        return plain(self.names.get(rule) or rule)

    def groups(self) -> Iterator[tuple[str, tuple[News, ...]]]:
        """Rule by rule in the recipient's order, newest first; a rule that the recipient has left meanwhile comes last."""
        told = dict.fromkeys(news.rule for news in self.news)
        for rule in dict.fromkeys((*self.recipient.rules, *told)):
            group = [news for news in self.news if news.rule == rule]
            if group:
                yield rule, tuple(sorted(group, key=lambda news: news.at, reverse=True))


def render(digest: Digest, *, overrides: Path | None = None, time_limit: timedelta = RENDER_TIME) -> Rendered:
    """Make subject, text and HTML of a digest; the HTML has its styles inlined and loads nothing from anywhere.

    A template in the folder ``overrides`` replaces the packaged one of its name; such templates are rendered in a child
    process that may take ``time_limit``. Raise TemplateError naming file and line.
    """
    return rendered(_view(digest), digest.recipient.language, overrides=overrides, time_limit=time_limit)


def _view(digest: Digest) -> dict[str, Any]:
    """What the templates see: strings, numbers, lists and tables of them, nothing that acts."""
    recipient = digest.recipient
    t, clock = catalogue(recipient.language), Clock(language=recipient.language, timezone=recipient.timezone, now=digest.now)
    groups = [(digest.name(rule), [entry(_named(news, digest), clock=clock, t=t) for news in group]) for rule, group in digest.groups()]
    return {
        "language": recipient.language,
        "count": len(digest.news),
        "date": clock.day(digest.now.astimezone(recipient.timezone).date()),
        "top_headline": _short(groups[0][1][0]) if groups else "",
        "groups": [{"rule": rule, "entries": [asdict(one) for one in entries]} for rule, entries in groups],
        "rules": format_list([digest.name(rule) for rule in recipient.rules], locale=recipient.language),
        "next": clock.moment(digest.next_at) if digest.next_at else "",
        "zone": recipient.timezone.key,
        "coverage": _coverage(digest.coverage, clock, t),
        "stop": digest.unsubscribe.link if digest.unsubscribe else "",
        "coming": [_coming(one, clock, t, recipient.language) for one in digest.coming],
    }


def _coming(one: Coming, clock: Clock, t: Catalogue, language: str) -> dict[str, str]:
    name = one.day.name.get(language) or one.day.name["en"]
    return {"on": clock.day(one.on), "name": plain(name), "years": t("years", count=one.years) if one.years else ""}


def _coverage(told: Coverage | None, clock: Clock, t: Catalogue) -> dict[str, Any] | None:
    return {"parts": parts(told, clock=clock, t=t), "broken": told.is_broken} if told else None


def _named(news: News, digest: Digest) -> News:
    return replace(news, tags=tuple(map(digest.name, news.tags)))


def _short(top: Entry) -> str:
    headline = "".join(piece.text for piece in top.headline)
    return "".join(piece.text for piece in cut(headline, (0, len(headline)), [], SUBJECT_HEADLINE))
