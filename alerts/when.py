"""When: the times that a digest shows of a story: the reader's, the wire's where that is another, and that it comes late. Pure."""

from datetime import UTC, datetime, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton, get_timezone_location

from alerts.catalogue import Catalogue
from alerts.clock import Clock, published_day
from alerts.news import News


def when(news: News, *, clock: Clock, since: datetime | None, t: Catalogue) -> str:
    """When a story was published: "14:05 (21:05 Seoul)"; "seen 14:05" where nobody said.

    Of what was published before ``since``, the reader's last digest, and should have stood in it: "late: Sun 14:05, seen today".
    """
    if news.story.published_at is None:
        return t("seen", time=clock.recent(news.seen_at))
    published = _published(news, news.story.published_at, clock)
    return t("late", time=published, seen=_seen(news, clock, t)) if since and _is_late(news, since, clock) else published


def _published(news: News, at: datetime, clock: Clock) -> str:
    if news.story.published_precision == "day":
        return clock.day(published_day(at))
    there = _there(at, news.timezone, clock)
    return f"{clock.recent(at)} ({there})" if there else clock.recent(at)


def _there(at: datetime, zone: tzinfo, clock: Clock) -> str:
    """The time where the source is, with its place: "21:05 Seoul", "Tue 00:30 Seoul"; "" where it is the reader's, or nobody knows."""
    local, here = at.astimezone(zone), at.astimezone(clock.timezone)
    if not isinstance(zone, ZoneInfo) or zone.key in ("UTC", "Etc/UTC") or local.utcoffset() == here.utcoffset():
        return ""
    day = "" if local.date() == here.date() else f"{format_skeleton('E', local, locale=clock.language)} "
    return f"{day}{local:%H:%M} {_place(zone, clock.language)}"


@cache
def _place(zone: ZoneInfo, language: str) -> str:
    """What a language calls the place that a zone is named after."""
    return str(get_timezone_location(zone, locale=language, return_city=True))


def _is_late(news: News, since: datetime, clock: Clock) -> bool:
    if news.story.published_precision == "day":
        return published_day(news.at) < since.astimezone(clock.timezone).date()
    return news.at.astimezone(UTC) < since


def _seen(news: News, clock: Clock, t: Catalogue) -> str:
    """The day on which we saw a story; the hour where it was published on that day, too."""
    seen, published = (at.astimezone(clock.timezone) for at in (news.seen_at, news.at))
    if seen.date() == clock.now.astimezone(clock.timezone).date():
        return t("today")
    if seen.date() == published.date() and news.story.published_precision == "minute":
        return f"{seen:%H:%M}"
    return clock.weekday(seen.date()) or clock.day(seen.date())
