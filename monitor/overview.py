"""Overview: the settings as rows of name and value for people to read, without a secret."""

from urllib.parse import urlsplit

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from alerts.recipient import Recipient
from alerts.rules import Rule, is_packaged
from monitor.config import Settings
from monitor.times import written
from spiders.source import Source

HIDDEN = "***"


def rows(settings: Settings) -> list[tuple[str, str]]:
    """All that wirewatch goes by, in the order of the file."""
    return [
        ("file", str(settings.path)),
        *(("included", str(path)) for path in settings.files[1:]),
        ("data", str(settings.data_dir)),
        ("database", _database(settings.database_url) if settings.database_url else "embedded Postgres"),
        ("database schema", settings.database_schema),
        *_retention(settings),
        ("operator", settings.operator or "none; what goes wrong is only logged"),
        ("heartbeat", _site(settings.heartbeat_url) if settings.heartbeat_url else "none"),
        *_fetch(settings),
        *_mail(settings),
        *((f"source {source.id}", _source(source)) for source in settings.sources),
        *((f"{'rule' if rule.asked else 'aliases'} {rule.id}", _rule(rule)) for rule in settings.rules),
        *((f"recipient {each.email}", _recipient(each)) for each in settings.recipients),
        *((f"channel of {each.email}", f"{each.channel.partition('://')[0]}://{HIDDEN}") for each in settings.recipients if each.channel),
    ]


def _retention(settings: Settings) -> list[tuple[str, str]]:
    kept = settings.retention
    return [
        ("stories kept", written(kept.text)),
        ("pages kept", written(kept.bytes) if kept.bytes else "those of stories that matched, as long as these"),
        ("mails kept", written(kept.mail)),
    ]


def _fetch(settings: Settings) -> list[tuple[str, str]]:
    return [
        ("contact", settings.contact or "none"),
        ("allow", ", ".join(map(str, settings.allow)) or "none"),
        ("proxy", _proxy(settings.proxy) if settings.proxy else "none"),
        ("certificates", str(settings.ca_file) if settings.ca_file else "the system's"),
    ]


def _mail(settings: Settings) -> list[tuple[str, str]]:
    mail = settings.mail
    return [
        ("mail from", mail.sender),
        ("mail server", mail.smtp or "none; messages are written to a folder"),
        ("mail password", HIDDEN if mail.password else "none"),
        ("mail templates", str(mail.templates) if mail.templates else "the packaged ones"),
        ("public address", mail.public_url or "none; links in mails lead to a mailbox"),
        ("serve", f"{settings.listen[0]}:{settings.listen[1]}"),
    ]


def _source(source: Source) -> str:
    return ", ".join(
        [
            f"{_without_query(source.home)} every {written(source.every)}",
            *(f"then {way.kind} {_without_query(way.url)}" for way in source.rungs[1:]),
            *([f"quiet after {written(source.quiet)}"] if source.quiet else []),
            *(["headlines only"] if source.level == "headline" else []),
            *(["ranked"] if source.order == "ranked" else []),
            *(["legacy TLS"] if source.legacy_tls else []),
            *(f"{name}: {HIDDEN}" for name, _ in source.headers),
        ]
    )


def _rule(rule: Rule) -> str:
    if is_packaged(rule):
        return f"preset, {len(rule.any)} words" if rule.any else "preset"
    return rule.query or f"any of {len(rule.any)} words"


def _recipient(recipient: Recipient) -> str:
    return "; ".join(
        [
            f"{', '.join(recipient.rules)} ({recipient.language}, {recipient.timezone})",
            *([f"at once {', '.join(recipient.instant)}"] if recipient.instant else []),
            *(["corrections at once"] if recipient.corrections == "instant" else []),
            *([f"quiet {recipient.quiet}"] if recipient.quiet else []),
            *(f"away {each.first}..{each.last}" for each in recipient.pause),
        ]
    )


def _database(url: str) -> str:
    parts = {key: HIDDEN if "password" in key else value for key, value in conninfo_to_dict(url).items()}
    return make_conninfo("", **parts)


def _proxy(url: str) -> str:
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    return f"{parts.scheme}://{HIDDEN if user else ''}{at}{host}"


def _site(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/{HIDDEN}"


def _without_query(url: str) -> str:
    # Some wires put the subscriber's key there.
    path, mark, _ = url.partition("?")
    return f"{path}{mark}…" if mark else path
