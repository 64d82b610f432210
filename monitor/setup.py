"""Setup: the questions of ``wirewatch init``, and the wirewatch.toml that follows from the answers."""

import json
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfoNotFoundError, available_timezones

import click
from tzlocal import get_localzone_name

from alerts.catalogue import LANGUAGES
from alerts.digest import Rendered
from alerts.rules import presets
from monitor import addresses, times, values
from monitor.config import Settings
from monitor.values import BadValue, Parser
from spiders.addresses import may_fetch
from spiders.story import canonical_url
from spiders.wires import packs

TEMPLATE = """\
# Written by `wirewatch init`. Every key is explained in deploy/wirewatch.toml; `wirewatch check` reads this file.

[fetch]
contact = {contact}  # goes into the user agent that every wire sees
{allow}
[mail]
from = {sender}
# smtp = "smtp+starttls://user@mail.example.org:587"  # without it, messages are written to a folder

{sources}
{rules}
[[recipient]]
email = {email}
timezone = {timezone}
language = {language}
rules = {chosen}
digest = {digest}
"""


def write(path: Path) -> None:
    """Ask, and write the answers to ``path``; a file that is there is never overwritten."""
    if path.exists():
        raise click.UsageError(f"{path} exists; edit it, or name another with --config")
    click.echo("Six questions; Enter takes what stands in brackets.\n", err=True)
    email = _ask("Who reads the digest (e-mail)", _as(addresses.address))
    contact = _ask("Who answers for our requests to the wires (e-mail or page)", _as(addresses.contact), default=email)
    zone = _ask("The reader's time zone", _in_any_case(times.zone, available_timezones()), default=local_zone())
    language = _ask(f"Language of the mail ({', '.join(LANGUAGES)})", _in_any_case(values.one_of(*LANGUAGES), LANGUAGES), default="en")
    wires = _ask(f"Wires: packs ({', '.join(packs())}), or one feed's address", _wires, default=next(iter(packs()), None))
    chosen = _ask(f"Rules ({', '.join(presets())})", _rules, default="anniversary, dprk")
    try:
        path.write_text(_configuration(email, contact, zone, language, wires, chosen), encoding="utf-8")
    except OSError as exc:
        raise click.ClickException(f"{path} cannot be written: {exc.strerror}") from exc
    click.echo(f"\nwrote {path}\n", err=True)


def local_zone(machine: Callable[[], str | None] = get_localzone_name) -> str:
    """The time zone of this machine, UTC where it names none, or its files contradict each other."""
    with suppress(BadValue, ZoneInfoNotFoundError):
        return times.zone(machine()).key
    return "UTC"


def rejoice(settings: Settings, digest: Rendered, *, due: int) -> None:
    """Show the first digest, of what is ``due``, and what comes next."""
    where = "goes out by mail" if settings.mail.smtp else f"is written to {settings.outbox}"
    click.echo(f"\nSubject: {digest.subject}\n\n{digest.text}\n")
    now = "`wirewatch digest` sends this now" if due else "Nothing is due yet"
    click.echo(f"Nothing was sent. {now}; `wirewatch run` collects from now on, and the digest {where}.", err=True)


def _configuration(email: str, contact: str, zone: str, language: str, wires: str, chosen: str) -> str:
    rules = _listed(chosen)
    return TEMPLATE.format(
        contact=_toml(contact),
        allow=_allow(wires) if _is_address(wires) else "",
        sender=_toml(f"wirewatch <{email}>"),
        sources=_sources(wires),
        rules="".join(f"[[rule]]\npreset = {_toml(rule)}\n\n" for rule in rules).rstrip("\n") + "\n",
        email=_toml(email),
        timezone=_toml(zone),
        language=_toml(language),
        chosen=json.dumps(rules),
        digest=_toml("07:00"),
    )


def _toml(text: str) -> str:
    # A JSON string is a TOML basic string, but for DEL.
    return json.dumps(text.replace("\x7f", ""), ensure_ascii=False)


def _sources(wires: str) -> str:
    if _is_address(wires):
        return f'[[source]]\nid = {_toml(_id(wires))}\nfeed = {_toml(wires)}\nevery = "5m"\n'
    return "\n".join(f"[[source]]\npack = {_toml(pack)}\n" for pack in _listed(wires))


def _listed(answer: str) -> list[str]:
    return list(dict.fromkeys(map(str.strip, answer.split(","))))


def _is_address(wires: str) -> bool:
    return "://" in wires


def _allow(feed: str) -> str:
    """The line that lets a feed of one's own network be fetched: whoever types its address means it."""
    host = urlsplit(canonical_url(feed)).hostname or ""
    if host == "localhost":
        return 'allow = ["127.0.0.0/8", "::1/128"]\n'
    try:
        address = ip_address(host)
    except ValueError:
        return ""  # a name: should it be private, the crawl says so, and what to write
    return "" if may_fetch(address, ()) else f'allow = ["{ip_network(address)}"]\n'


def _id(feed: str) -> str:
    """A source's name from its host: "https://www.news.example.org/rss" is "news-example-org"."""
    host = canonical_url(feed).split("/")[2].partition(":")[0].removeprefix("www.")
    return "".join(char if char.isascii() and char.isalnum() else "-" for char in host).strip("-")[:63] or "wire"


def _ask(question: str, check: Callable[[str], str], default: str | None = None) -> str:
    answer: str = click.prompt(question, default=default, value_proc=check, err=True)
    return answer


def _as(parse: Parser) -> Callable[[str], str]:
    """An answer that wirewatch.toml may carry, as it was written."""

    def check(text: str) -> str:
        try:
            parse(text.strip())
        except BadValue as exc:
            raise click.UsageError(str(exc)) from exc
        return text.strip()

    return check


def _in_any_case(parse: Parser, known: Iterable[str]) -> Callable[[str], str]:
    """An answer that wirewatch.toml may carry; one of the known names as it is written there."""
    names = {name.casefold(): name for name in known}
    check = _as(parse)
    return lambda text: check(names.get(text.strip().casefold(), text))


def _wires(text: str) -> str:
    return _as(addresses.web_address)(text) if _is_address(text) else _known("pack", packs(), text)


def _rules(text: str) -> str:
    return _known("preset", presets(), text)


def _known(kind: str, names: Collection[str], text: str) -> str:
    """An answer that lists some of these names, all of which are in lower case."""
    listed = _listed(text.lower())
    unknown = [name for name in listed if name not in names]
    if unknown:
        raise click.UsageError(f"no {kind} is called {unknown[0]!r}; there are: {', '.join(names)}")
    return ", ".join(listed)
