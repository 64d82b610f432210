"""Overrides: mails made with the templates of one's own; with the packaged ones where those are broken, which the operator is told."""

import asyncio
import logging
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar

from alerts.templating import TemplateError
from monitor import outages
from monitor.config import Settings
from monitor.database import Connection

log = logging.getLogger(__name__)

T_co = TypeVar("T_co", covariant=True)


class Maker(Protocol[T_co]):
    """Makes a mail, or its parts, with the templates in a folder, or the packaged ones. Raises TemplateError."""

    def __call__(self, *, overrides: Path | None) -> T_co: ...


async def made(connection: Connection, settings: Settings, kind: str, maker: Maker[bytes], *, now: datetime) -> bytes:
    """Make the bytes of a mail of this ``kind``. A broken template is told once, and once when a mail of its kind was made again."""
    data, error = await asyncio.to_thread(tried, settings, maker)
    about = f"{kind}: "
    if error:
        await outages.open_(connection, None, "templates", began_at=now, detail=f"{about}{error}", now=now)
    else:
        # Where there are none any more, none of any kind is broken.
        await outages.close(connection, None, "templates", now=now, about=about if settings.mail.templates else "")
    return data


def tried(settings: Settings, maker: Maker[T_co]) -> tuple[T_co, TemplateError | None]:
    """What was made, and why not with the templates of one's own where that went wrong."""
    folder = settings.mail.templates
    if folder is None:
        return maker(overrides=None), None
    try:
        return maker(overrides=folder), None
    except TemplateError as exc:
        log.error("mail made with the packaged templates code=template-broken error=%s", exc)
        return maker(overrides=None), exc
