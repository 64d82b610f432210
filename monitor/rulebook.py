"""Rules and recipients of all files, read together: rules name one another, recipients name rules."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from alerts.match import RuleSet
from alerts.recipient import Recipient
from alerts.rules import OWN_WORDS, Rule, RuleError, packaged, preset
from monitor import sections
from monitor.faults import closest, shown
from monitor.files import File
from monitor.tables import Table, refuse_twins

#: As RuleSet words a fault.
_FAULT = re.compile(r'rule "([^"]*)": (.*)', re.DOTALL)


def read(files: Sequence[File], environ: Mapping[str, str], others: Iterable[Rule] = ()) -> tuple[tuple[Rule, ...], tuple[Recipient, ...]]:
    """The rules, with the packaged ones that only recipients name, and the recipients. Faults are noted in the tables.

    ``others`` are rules of no file that they may name too.
    """
    rule_tables = [table for file in files for table in file.tables("rule", "id", "preset")]
    alias_tables = [table for file in files for table in file.tables("aliases", "id")]
    recipient_tables = [table for file in files for table in file.tables("recipient", "email")]
    named_tables = [*rule_tables, *alias_tables]
    refuse_twins(named_tables, "id", "preset", name=_bare)
    refuse_twins(recipient_tables, "email")

    ids = dict.fromkeys(filter(None, map(_id, named_tables)))  # a set that keeps the order of the files
    rules = _usable(named_tables, ids, {rule.id: rule for rule in others if rule.id not in ids}, files[0].top)
    sets = set(map(_id, alias_tables))
    recipients = [recipient for table in recipient_tables if (recipient := _recipient(table, ids, sets, environ))]
    return (*rules, *_packaged(recipients, ids)), tuple(recipients)


def _id(table: Table) -> str | None:
    """The name of a rule, however wrong the rest of its table is."""
    name = table.content.get("id", table.content.get("preset"))
    return _bare(name) if isinstance(name, str) and name != OWN_WORDS else None


def _bare(name: str) -> str:
    """A name without the version at which a preset is pinned."""
    return name.partition("@")[0]


def _recipient(table: Table, ids: Collection[str], sets: Collection[str | None], environ: Mapping[str, str]) -> Recipient | None:
    recipient = sections.recipient(table, environ)
    known = [*ids, *packaged()]
    for rule in recipient.rules if recipient else ():
        if rule in sets:
            table.fault("rules", f"names {shown(rule)}, which is an alias set; write a [[rule]] with query = '@{rule}'")
        elif rule not in known:
            table.fault("rules", f"names {shown(rule)}, which is neither a [[rule]] nor a preset{closest(rule, known)}")
    for rule in recipient.instant if recipient else ():
        if recipient and rule not in recipient.rules:
            near = closest(rule, recipient.rules)
            table.fault("instant", f"names {shown(rule)}, which is none of this recipient's rules; write it into rules, too{near}")
    return recipient


def _packaged(recipients: Iterable[Recipient], ids: Collection[str]) -> list[Rule]:
    """The presets that recipients name without a ``[[rule]]``, in the order of their first mention."""
    named = dict.fromkeys(rule for recipient in recipients for rule in recipient.rules)
    return [preset(name) for name in named if name in packaged() and name not in ids]


def _usable(tables: Iterable[Table], ids: Collection[str], others: Mapping[str, Rule], top: Table) -> list[Rule]:
    """The rules of the tables; what is wrong with one, or with how they name one another, becomes a fault."""
    read = {rule.id: (table, rule) for table in tables if (rule := _rule(table))}
    # A rule that is refused goes on to stand for its name, or all that speak of it would be refused too.
    whole = {**others, **{name: _stand_in(name) for name in ids}, **{name: rule for name, (_, rule) in read.items()}}
    told: set[str] = set()
    # RuleSet looks for circles only where every name is known: what is refused is taken out, and it is asked again.
    while new := [fault for fault in _faults(whole.values()) if fault not in told]:
        told.update(new)
        for name, said in map(_parted, new):
            table = read[name][0] if name in read else top
            table.fault("query" if "query" in table.content else "", sections.refusal(said))
            whole.pop(name, None)
            whole |= {name: _stand_in(name)} if name in ids else {}
    return [rule for _, rule in read.values()]


def _rule(table: Table) -> Rule | None:
    return sections.aliases(table) if table.path == "aliases" else sections.rule(table)


def _stand_in(name: str) -> Rule:
    return Rule(id=name, any=("word",))


def _faults(rules: Iterable[Rule]) -> tuple[str, ...]:
    """What keeps the rules from standing beside one another."""
    try:
        RuleSet(rules)
    except RuleError as exc:
        return exc.faults
    return ()


def _parted(fault: str) -> tuple[str, str]:
    """The rule that a fault of RuleSet is about, and what it says of it."""
    form = _FAULT.fullmatch(fault)
    return (form[1], form[2]) if form else ("", fault)
