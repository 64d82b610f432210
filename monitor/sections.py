"""What each table of wirewatch.toml may say, and the value that it becomes."""

from collections.abc import Mapping
from dataclasses import replace
from textwrap import indent
from typing import Any

from alerts.recipient import Recipient
from alerts.rules import Rule, RuleError, packaged, preset, presets
from monitor import addresses, times, values
from monitor.channel import channel
from monitor.tables import Table
from monitor.values import Parser
from spiders import wires


def _table(value: object) -> object:
    return value  # read, and found wrong, by whoever opens it


def _preset(value: object) -> Rule:
    if not isinstance(value, str) or value.partition("@")[0] not in packaged():
        value = values.one_of(*presets())(value)
    try:
        return preset(str(value))
    except RuleError as exc:
        raise values.BadValue(str(exc)) from exc


#: Tables that any file may hold.
LISTS = ("source", "rule", "aliases", "recipient")
#: Tables and keys that only the first file may hold.
FIRST_FILE = ("include", "database", "retention", "operator", "fetch", "mail", "serve")

FILE: dict[str, Parser] = {"include": values.list_of(values.text, least=0), **dict.fromkeys((*FIRST_FILE[1:], *LISTS), _table)}
DATABASE: dict[str, Parser] = {"url": addresses.database_url, "schema": values.schema}
RETENTION: dict[str, Parser] = {"text": times.span, "bytes": times.span_or("matched"), "mail": times.span}
OPERATOR: dict[str, Parser] = {"email": addresses.address, "heartbeat_url": addresses.heartbeat_url}
FETCH: dict[str, Parser] = {
    "contact": addresses.contact,
    "allow": values.list_of(addresses.network, least=0),
    "proxy": addresses.proxy,
    "ca_file": values.text,
}
MAIL: dict[str, Parser] = {
    "from": addresses.mailbox,
    "smtp": addresses.smtp_url,
    "password": values.secret,
    "password_file": values.text,
    "ca_file": values.text,
    "templates": values.text,
    "public_url": addresses.public_url,
}
SERVE: dict[str, Parser] = {"listen": addresses.listen}
SOURCE: dict[str, Parser] = {
    "id": values.identifier,
    "wire": values.text,
    "enabled": values.switch,
    "feed": addresses.web_address,
    "sitemap": addresses.web_address,
    "listing": addresses.address_or_table,
    "json": values.table("[source.json]"),
    "folder": values.text,
    "order": values.one_of("newest", "ranked"),
    "story_url": values.story_url,
    "level": values.one_of("full", "headline"),
    "name": values.text,
    "every": times.pace,
    "quiet": times.pace,
    "timezone": times.zone,
    "language": values.language,
    "agency": values.text,
    "country": values.country,
    "copies": values.switch,
    "licence": values.one_of("link", "full"),
    "snippet": values.whole_number(0, 1_000_000),
    "headers": _table,
    "legacy_tls": values.switch,
    "selectors": _table,
}
SELECTORS: dict[str, Parser] = dict.fromkeys(("headline", "lead", "body", "byline", "published", "remove"), values.selector)
#: One ``[[source]]`` table that stands for many.
PACK: dict[str, Parser] = {"pack": values.one_of(*wires.packs()), "every": times.pace}
#: Most documents of one list that are read at once.
PAGES = values.whole_number(1, 100)
LISTING: dict[str, Parser] = {
    "url": addresses.web_address,
    "address": values.story_url,
    **dict.fromkeys(("stories", "title", "summary", "published", "next"), values.selector),
    "pages": PAGES,
}
JSON: dict[str, Parser] = {
    "url": addresses.web_address,
    "method": values.one_of("GET", "POST"),
    "body": values.post_body,
    "paths": values.table("[source.json.paths]"),
    "pages": PAGES,
}
PATHS: dict[str, Parser] = dict.fromkeys(("items", "url", "guid", "title", "summary", "published", "body", "next"), values.path)
RULE: dict[str, Parser] = {
    "preset": _preset,
    "id": values.identifier,
    "name": values.text,
    "query": values.query,
    "any": values.list_of(values.text),
    "own": values.list_of(values.country),
    "max": values.whole_number(1, 1000),
}
ALIASES: dict[str, Parser] = {"id": values.identifier, "any": values.list_of(values.text)}
RECIPIENT: dict[str, Parser] = {
    "email": addresses.address,
    "name": values.text,
    "timezone": times.zone,
    "language": values.one_of("en", "de", "ko"),
    "rules": values.list_of(values.identifier),
    "digest": times.digest_time,
    "versions": values.one_of("first", "material", "all"),
    "reads": values.list_of(values.language),
    "when_empty": values.one_of("send", "skip", "weekly"),
    "subject": values.one_of("full", "count"),
    "instant": values.list_of(values.identifier, least=0),
    "quiet": times.quiet_hours,
    "corrections": values.one_of("digest", "instant"),
    "channel": _table,
    "pause": times.pauses,
}


def rule(table: Table) -> Rule | None:
    """The rule of a ``[[rule]]`` table; None where a fault stands in its way. The names in its query are looked up later."""
    given = table.read(RULE)
    forms = [key for key in ("preset", "query", "any") if key in table.content]
    if not forms or (forms[0] == "preset" and len(forms) > 1):
        said = f"has {' and '.join(forms)}" if forms else "says nothing"
        table.fault("", f'{said}; use one of preset = "dprk", query = "…", any = ["…"]')
        return None
    if forms == ["preset"]:
        return _packaged(table, given)
    if "id" not in table.content:
        table.fault("id", 'is missing; write id = "grain"')
    read = _written(table, {"id": "", **given}) if given.keys() >= set(forms) else None  # a bad id does not hide a bad query
    return read if "id" in given else None


def aliases(table: Table) -> Rule | None:
    """The alias set of an ``[[aliases]]`` table: a rule that is only named by others. None where a fault stands in its way."""
    needs = {"id": 'id = "grain-traders"', "any": 'any = ["…"]'}
    given = table.read(ALIASES, needs=needs)
    return _written(table, given, asked=False) if needs.keys() <= given.keys() else None


def _written(table: Table, given: dict[str, Any], *, asked: bool = True) -> Rule | None:
    try:
        return Rule(**given, asked=asked)
    except RuleError as exc:
        table.fault("query" if "query" in given else "any", refusal(str(exc.__cause__ or exc)))
        return None


def refusal(said: str) -> str:
    """What the rule language says of a query, its further lines (the place, what to write instead) set off from ours."""
    first, _, rest = said.partition("\n")
    return f"cannot be used: {first}\n{indent(rest, '    ')}".rstrip()


def _packaged(table: Table, given: dict[str, Any]) -> Rule | None:
    for key in {"id", "own"} & table.content.keys():
        table.fault(key, "cannot stand beside preset, which brings its own; leave it out")
    read: Rule | None = given.get("preset")
    return replace(read, **{key: given[key] for key in ("max", "name") if key in given}) if read else None


def recipient(table: Table, environ: Mapping[str, str]) -> Recipient | None:
    """The recipient of a ``[[recipient]]`` table; None where a fault stands in its way."""
    needs = {"email": 'email = "analyst@example.org"', "rules": 'rules = ["dprk"]'}
    given = table.read(RECIPIENT, needs=needs)
    given["channel"] = channel(table, environ)
    if not needs.keys() <= given.keys():
        return None
    read = Recipient(**given)
    # All quiet, told each hour, is what nobody reads.
    return replace(read, when_empty="skip") if read.digest.at is None and "when_empty" not in given else read
