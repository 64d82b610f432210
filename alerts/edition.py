"""Edition: which version of a story a reader is shown, as short marks. Pure."""

from collections.abc import Iterator

from alerts.catalogue import Catalogue
from alerts.clock import Clock
from alerts.news import News
from alerts.plain import plain
from alerts.sentence import ELLIPSIS
from spiders.story import Status

#: Characters of what the wire printed around the headline.
LONGEST_SLUG = 40


def edition(news: News, *, clock: Clock, t: Catalogue) -> tuple[str, ...]:
    """The marks of a story: "CORRECTED", "2nd LD", "v4, first told 07:00"; none of a first version without any.

    Before all others, that its copy elsewhere was withdrawn: "withdrawn by Yonhap 14:05".
    """
    return tuple(_marks(news, clock, t))


def _marks(news: News, clock: Clock, t: Catalogue) -> Iterator[str]:
    story = news.story
    if news.withdrawn:
        source, at = news.withdrawn
        yield t("withdrawn_by", source=plain(source).strip(), time=clock.recent(at))
    slug = plain(story.slug).strip()
    corrected = t("corrected")
    is_corrected = story.status is Status.CORRECTED
    if is_corrected and corrected not in slug.upper():
        yield corrected
    # The wire's own word for it, "정정" or "CORRECTED", says the same again.
    if slug and not (is_corrected and slug.isalpha() and corrected not in slug.upper()):
        yield slug if len(slug) <= LONGEST_SLUG else slug[: LONGEST_SLUG - 1] + ELLIPSIS
    version = t("version", number=news.revision) if news.revision > 1 else ""
    first = t("first_told", time=clock.recent(news.told_at)) if news.told_at else ""
    if version or first:
        yield ", ".join(filter(None, (version, first)))
