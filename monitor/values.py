"""The values of the configuration: each function reads one of TOML's, or says what to write instead. Pure."""

import json
import re
import unicodedata
from collections.abc import Callable
from typing import Any

from monitor import pattern
from monitor.faults import closest, shown
from spiders import jsonlist, page

#: Takes what TOML gave, returns what the program uses; raises BadValue.
Parser = Callable[[object], Any]

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_COUNTRY = re.compile(r"[A-Za-z]{2}")
_SCHEMA = re.compile(r"(?!pg_)[a-z_][a-z0-9_]{0,62}")


class BadValue(ValueError):
    """A value that is refused; the message says what to write instead."""


class BadSecret(BadValue):
    """The same of a value that may hold a password: no message repeats it."""


def text(value: object) -> str:
    """Words on one line."""
    if not isinstance(value, str):
        raise BadValue("use text in quotes")
    if not value.strip():
        raise BadValue("write something, or leave the key out")
    if any(unicodedata.category(char) in ("Cc", "Zl", "Zp") for char in value):
        raise BadValue("use one line, without control characters")
    return value.strip()


def query(value: object) -> str:
    """A query in the rule language, on as many lines as it takes; what it says is read later."""
    if not isinstance(value, str):
        raise BadValue("use text in quotes")
    return value


def one_of(*words: str) -> Parser:
    """One word of a few."""

    def parse(value: object) -> str:
        if not isinstance(value, str) or value not in words:
            near = closest(value, words) if isinstance(value, str) else ""
            known = f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else words[0]
            raise BadValue(f"use {known}{near}")
        return value

    return parse


def list_of(parse: Parser, *, least: int = 1) -> Parser:
    """A list of values, none twice."""

    def parse_all(value: object) -> tuple[Any, ...]:
        if not isinstance(value, list) or len(value) < least:
            raise BadValue('use a list, such as ["…", "…"]' if least == 0 else 'use a list that holds at least one, such as ["…"]')
        read = tuple(_entry(parse, number, each) for number, each in enumerate(value, 1))
        if len(set(read)) < len(read):
            raise BadValue("holds the same twice; keep one")
        return read

    return parse_all


def _entry(parse: Parser, number: int, value: object) -> Any:
    try:
        return parse(value)
    except BadValue as exc:
        raise BadValue(f"entry {number} is {shown(value)}; {exc}") from exc


def whole_number(least: int, most: int) -> Parser:
    """A count."""

    def parse(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise BadValue(f"use a whole number from {least} to {most}")
        return value

    return parse


def switch(value: object) -> bool:
    """On or off."""
    if not isinstance(value, bool):
        raise BadValue("use true or false, without quotes")
    return value


def identifier(value: object) -> str:
    """The id of a source or rule: it stands in logs, commands and queries."""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise BadValue('use small letters, digits and hyphens, such as "city-desk"')
    return value


def language(value: object) -> str:
    """A BCP 47 tag, in small letters as stories carry it."""
    if not isinstance(value, str) or not _LANGUAGE.fullmatch(value):
        raise BadValue('use a language tag, such as "en" or "zh-hant"')
    return value.lower()


def country(value: object) -> str:
    """An ISO 3166-1 alpha-2 code, in capitals."""
    if not isinstance(value, str) or not _COUNTRY.fullmatch(value):
        raise BadValue('use two letters, such as "KP"')
    return value.upper()


def selector(value: object) -> str:
    """A CSS selector of elements."""
    read = text(value)
    try:
        page.compiled(read)
    except page.BadSelector as exc:
        raise BadValue(f'use a CSS selector, such as "article h1" ({_cause(exc)})') from exc
    return read


def story_url(value: object) -> re.Pattern[str]:
    """A regular expression that the addresses of stories match somewhere."""
    read = text(value)
    try:
        return pattern.compiled(read)
    except pattern.BadPattern as exc:
        raise BadValue(
            f"use a regular expression, such as '/news/\\d+$', in which no repeat can take what another one takes: "
            f"[^/]+ in place of .* ({exc})"
        ) from exc


def path(value: object) -> str:
    """A JMESPath expression."""
    read = text(value)
    try:
        jsonlist.compiled(read)
    except jsonlist.BadPath as exc:
        raise BadValue(f'use a JMESPath expression, such as "data.items" ({_cause(exc)})') from exc
    return read


def _cause(error: Exception) -> str:
    """What its reader says of an expression, on one line."""
    return next(iter(str(error.__cause__).splitlines()), "") or "it is nested too deeply"


def post_body(value: object) -> str:
    """What is posted: text as it is, a table as JSON."""
    if isinstance(value, str):
        return value
    if not isinstance(value, dict):
        raise BadValue("use text in quotes, or a table, which is posted as JSON")
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as exc:
        raise BadValue("write dates in it as text: JSON has no word for them") from exc


def table(head: str) -> Parser:
    """A table that cannot be left empty; what it holds is read by whoever opens it."""

    def parse(value: object) -> object:
        if not isinstance(value, dict):
            raise BadValue(f"use a table, {head}")
        return value

    return parse


def schema(value: object) -> str:
    """The name of a Postgres schema."""
    if not isinstance(value, str) or not _SCHEMA.fullmatch(value):
        raise BadValue('use small letters, digits and _, such as "wirewatch"')
    return value


def secret(value: object) -> str:
    """A password."""
    if not isinstance(value, str):
        raise BadSecret("is no password; use text in quotes")
    if not value or any(unicodedata.category(char) == "Cc" for char in value):
        raise BadSecret("is no password; use one line of text")
    return value
