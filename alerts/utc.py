"""Utc: moments as operators read them, in every language and zone alike. Pure."""

from datetime import UTC, datetime


def utc(moment: datetime) -> str:
    """ "2026-07-27 14:05 UTC": a moment as an operator reads it."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
