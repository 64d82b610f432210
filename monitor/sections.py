"""What each table of wirewatch.toml may say, and the value that it becomes."""

from collections.abc import Iterable
from ipaddress import ip_address
from textwrap import indent
from typing import Any
from urllib.parse import urlsplit

from alerts.recipient import Recipient
from alerts.rules import Rule, RuleError, preset, presets
from monitor import values
from monitor.tables import Table
from monitor.values import Parser
from spiders.source import Selectors, Source

#: Described by the design, refused in this version. Whoever builds a key moves its name to the section below.
NOT_BUILT: dict[str, tuple[str, ...]] = {
    "file": ("retention", "operator"),
    "fetch": ("proxy", "ca_file"),
    "mail": ("public_url",),
    "source": ("wire", "sitemap", "listing", "json", "folder"),
    "rule": ("max",),
    "recipient": ("reads", "instant", "quiet", "pause", "versions", "when_empty", "subject"),
}


def _table(value: object) -> object:
    return value  # read, and found wrong, by whoever opens it


def _preset(value: object) -> Rule:
    return preset(values.one_of(*presets())(value))


#: Tables that any file may hold.
LISTS = ("source", "rule", "recipient")
#: Tables and keys that only the first file may hold.
FIRST_FILE = ("include", "database", "fetch", "mail")

FILE: dict[str, Parser] = {"include": values.list_of(values.text, least=0), **dict.fromkeys((*FIRST_FILE[1:], *LISTS), _table)}
DATABASE: dict[str, Parser] = {"url": values.database_url, "schema": values.schema}
FETCH: dict[str, Parser] = {"contact": values.contact, "allow": values.list_of(values.network, least=0)}
MAIL: dict[str, Parser] = {
    "from": values.mailbox,
    "smtp": values.smtp_url,
    "password": values.secret,
    "password_file": values.text,
    "ca_file": values.text,
}
SOURCE: dict[str, Parser] = {
    "id": values.identifier,
    "feed": values.web_address,
    "name": values.text,
    "every": values.pace,
    "timezone": values.zone,
    "language": values.language,
    "agency": values.text,
    "country": values.country,
    "licence": values.one_of("link", "full"),
    "snippet": values.whole_number,
    "selectors": _table,
}
SELECTORS: dict[str, Parser] = dict.fromkeys(("headline", "lead", "body", "byline", "published", "remove"), values.selector)
RULE: dict[str, Parser] = {
    "preset": _preset,
    "id": values.identifier,
    "query": values.query,
    "any": values.list_of(values.text),
}
RECIPIENT: dict[str, Parser] = {
    "email": values.address,
    "name": values.text,
    "timezone": values.zone,
    "language": values.one_of("en", "de", "ko"),
    "rules": values.list_of(values.identifier),
    "digest": values.digest_time,
}


def source(table: Table) -> Source | None:
    """The source of a ``[[source]]`` table; None where a fault stands in its way."""
    needs = {"id": 'id = "city-desk"', "feed": 'feed = "https://news.example.org/rss.xml"'}
    given = table.read(SOURCE, later=NOT_BUILT["source"], needs=needs)
    if "selectors" in given:
        given["selectors"] = Selectors(**table.inner("selectors").read(SELECTORS))
    return Source(**given) if needs.keys() <= given.keys() else None


def rule(table: Table) -> Rule | None:
    """The rule of a ``[[rule]]`` table; None where a fault stands in its way. The names in its query are looked up later."""
    given = table.read(RULE, later=NOT_BUILT["rule"])
    forms = [key for key in ("preset", "query", "any") if key in table.content]
    if len(forms) != 1:
        said = f"has {' and '.join(forms)}" if forms else "says nothing"
        table.fault("", f'{said}; use one of preset = "dprk", query = "…", any = ["…"]')
        return None
    if forms == ["preset"]:
        return _packaged(table, given)
    if "id" not in table.content:
        table.fault("id", 'is missing; write id = "grain"')
    return _written(table, given) if given.keys() >= {"id", *forms} else None


def _written(table: Table, given: dict[str, Any]) -> Rule | None:
    try:
        return Rule(**given)
    except RuleError as exc:
        table.fault("query" if "query" in given else "any", refusal(str(exc.__cause__ or exc)))
        return None


def refusal(said: str) -> str:
    """What the rule language says of a query, its further lines (the place, what to write instead) set off from ours."""
    first, _, rest = said.partition("\n")
    return f"cannot be used: {first}\n{indent(rest, '    ')}".rstrip()


def _packaged(table: Table, given: dict[str, Any]) -> Rule | None:
    if "id" in table.content:
        table.fault("id", "cannot stand beside preset, which brings its own; leave it out")
    read: Rule | None = given.get("preset")
    return read


def recipient(table: Table) -> Recipient | None:
    """The recipient of a ``[[recipient]]`` table; None where a fault stands in its way."""
    needs = {"email": 'email = "analyst@example.org"', "rules": 'rules = ["dprk"]'}
    given = table.read(RECIPIENT, later=NOT_BUILT["recipient"], needs=needs)
    return Recipient(**given) if needs.keys() <= given.keys() else None


def fetch(table: Table, sources: Iterable[Source]) -> dict[str, Any]:
    """``contact`` and ``allow`` of ``[fetch]``; a contact is needed as soon as a source is not on this machine."""
    given = table.read(FETCH, later=NOT_BUILT["fetch"])
    away = next((source.id for source in sources if not _is_local(source.home)), None)
    if away and "contact" not in table.content:
        table.fault("contact", f'is missing; write contact = "desk@example.org": it goes into the user agent that {away} sees')
    return given


def _is_local(url: str) -> bool:
    host = (urlsplit(url).hostname or "").rstrip(".")
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
