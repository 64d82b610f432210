"""The [[rule]] and [[recipient]] tables, which name one another."""

from pathlib import Path

import pytest

from alerts.rules import is_packaged, preset
from tests.monitor.configured import a_recipient, faults, read


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ('id = "grain"', 'rule "grain": says nothing; use one of preset = "dprk", query = "…", any = ["…"]'),
        (
            'preset = "dprk"\nquery = "grain"',
            'rule "dprk": has preset and query; use one of preset = "dprk", query = "…", any = ["…"]',
        ),
        ('preset = "dprk"\nown = ["KP"]', 'rule "dprk": own cannot stand beside preset, which brings its own; leave it out'),
        ('id = "grain"\nany = ["corn"]\nown = ["KPR"]', 'rule "grain": own is a list; entry 1 is "KPR"; use two letters, such as "KP"'),
        ('id = "grain"\nany = ["corn", 5]', 'rule "grain": any is a list; entry 2 is 5; use text in quotes'),
        (
            'id = "grain"\nany = ["corn"]\nquery = "deal"',
            'rule "grain": query cannot be used: a rule with words and a query says in the query where the words belong\n'
            "      deal\n      ^^^^\n    write: @any OR (deal)",
        ),
        ('query = "grain"', 'rule number 1: id is missing; write id = "grain"'),
        ('preset = "dprk"\nid = "nk"', 'rule "nk": id cannot stand beside preset, which brings its own; leave it out'),
        ('id = "grain"\nany = ["grain", "grain"]', 'rule "grain": any is a list; holds the same twice; keep one'),
        ('id = "grain"\nany = ["grain"]\nmax = 0', 'rule "grain": max is 0; use a whole number from 1 to 1000'),
    ],
)
def test_a_rule_has_exactly_one_form(tmp_path: Path, table: str, fault: str) -> None:
    assert faults(tmp_path, f"[[rule]]\n{table}\n") == [f"wirewatch.toml: {fault}"]


def test_a_rule_may_name_its_own_words_in_its_query_and_its_own_countries(tmp_path: Path) -> None:
    text = "[[rule]]\nid = 'grain'\nquery = '@any NOT NEAR/3 ship'\nany = ['grain deal', 'corn']\nown = ['ua', 'RU']\n"

    (rule,) = read(tmp_path, text).rules

    assert (str(rule.parsed), rule.own) == ('("grain deal" OR corn) NOT NEAR/3 ship', ("UA", "RU"))


def test_a_bad_id_does_not_hide_a_bad_query(tmp_path: Path) -> None:
    told = faults(tmp_path, '[[rule]]\nid = "G x"\nquery = "north korea"\n[[rule]]\nquery = "a b"\n')

    assert [fault.partition(";")[0].partition(": nothing")[0] for fault in told] == [
        'wirewatch.toml: rule "G x": id is "G x"',
        'wirewatch.toml: rule "G x": query cannot be used',
        "wirewatch.toml: rule number 2: id is missing",
        "wirewatch.toml: rule number 2: query cannot be used",
    ]


def test_a_query_that_cannot_be_read_is_refused_with_its_place_and_a_rewrite(tmp_path: Path) -> None:
    text = '[[rule]]\nid = "nk"\nquery = "north korea"\n[[rule]]\nid = "empty"\nquery = ""\n[[rule]]\nid = "not"\nany = ["NOT sale"]\n'

    words, empty, negation = faults(tmp_path, text)

    assert words.startswith('wirewatch.toml: rule "nk": query cannot be used: ')
    assert words.splitlines()[1:] == ["      north korea", "      ^^^^^^^^^^^", '    write: "north korea"', "       or: north AND korea"]
    assert empty.startswith('wirewatch.toml: rule "empty": query cannot be used: ')
    assert negation.startswith('wirewatch.toml: rule "not": any cannot be used: ')


def test_a_query_cannot_write_to_the_terminal_by_its_refusal(tmp_path: Path) -> None:
    (told,) = faults(tmp_path, '[[rule]]\nid = "nk"\nquery = "north \\u001b[31m korea"\n')

    assert "north \\x1b[31m korea" in told
    assert "\x1b" not in told


def test_names_that_nobody_has_circles_and_a_reserved_id_are_refused_in_one_run(tmp_path: Path) -> None:
    rules = {"a": "@nobody", "b": "@c", "c": "@b", "d": "@broken AND @dprk", "broken": "two words", "any": "word", "e": "@none OR @b"}

    told = faults(tmp_path, "".join(f'[[rule]]\nid = "{name}"\nquery = "{query}"\n' for name, query in rules.items()))

    assert [(fault.partition(": query")[0], "@" in fault) for fault in told] == [
        ('wirewatch.toml: rule "broken"', False),
        ('wirewatch.toml: rule "any"', True),
        ('wirewatch.toml: rule "a"', True),
        ('wirewatch.toml: rule "e"', True),
        ('wirewatch.toml: rule "b"', True),
    ]
    assert '"nobody"' in told[2]
    assert "@b → @c → @b" in told[4]


def test_a_preset_that_is_written_down_and_named_by_a_recipient_is_there_once(tmp_path: Path) -> None:
    assert read(tmp_path, '[[rule]]\npreset = "dprk"\n' + a_recipient(rules='["anniversary", "dprk"]')).rules == (
        preset("dprk"),
        preset("anniversary"),
    )


def test_a_rule_may_be_told_in_full_so_many_times_and_stays_the_packaged_one(tmp_path: Path) -> None:
    grain, dprk = read(tmp_path, '[[rule]]\nid = "grain"\nany = ["grain"]\nmax = 30\n[[rule]]\npreset = "dprk"\nmax = 5\n').rules

    assert (grain.max, dprk.max, preset("dprk").max) == (30, 5, None)
    assert is_packaged(dprk)


def test_an_hourly_digest_without_news_is_sent_only_where_that_is_asked_for(tmp_path: Path) -> None:
    def when_empty(**more: str) -> str:
        (reader,) = read(tmp_path, a_recipient(**more)).recipients
        return reader.when_empty

    assert [when_empty(), when_empty(digest='"hourly"'), when_empty(digest='"hourly"', when_empty='"send"')] == ["send", "skip", "send"]


def test_a_recipient_may_name_a_rule_that_has_a_fault_of_its_own(tmp_path: Path) -> None:
    assert faults(tmp_path, '[[rule]]\nid = "grain"\nany = []\n' + a_recipient(rules='["grain"]')) == [
        'wirewatch.toml: rule "grain": any is empty; use a list that holds at least one, such as ["…"]'
    ]


@pytest.mark.parametrize(
    "address",
    [
        "desk",
        "desk@",
        "@example.org",
        "a@b@example.org",
        "a b@example.org",
        "a@example.org\\r\\nBcc: b@example.org",
        "ä@example.org",
        "a,b@example.org",
    ],
)
def test_what_is_no_single_address_is_refused(tmp_path: Path, address: str) -> None:
    assert faults(tmp_path, a_recipient(email=f'"{address}"')) == [
        f'wirewatch.toml: recipient "{address}": email is "{address}"; use one e-mail address, such as "desk@example.org"'
    ]


def test_two_recipients_with_one_address_are_refused_whatever_its_capitals(tmp_path: Path) -> None:
    assert faults(tmp_path, a_recipient() + a_recipient(email='"A@Example.org"')) == [
        'wirewatch.toml: recipient "A@Example.org": email "A@Example.org" is used twice, first in wirewatch.toml'
    ]


def test_a_recipient_without_rules_is_refused(tmp_path: Path) -> None:
    assert faults(tmp_path, a_recipient(rules="[]") + a_recipient(rules="", email='"b@example.org"')) == [
        'wirewatch.toml: recipient "a@example.org": rules is empty; use a list that holds at least one, such as ["…"]',
        'wirewatch.toml: recipient "b@example.org": rules is missing; write rules = ["dprk"]',
    ]


def test_an_alias_set_is_a_name_for_rules_and_not_for_recipients(tmp_path: Path) -> None:
    sea = '[[aliases]]\nid = "sea"\nany = ["Black Sea", "de: Schwarzes Meer"]\n'
    grain = "[[rule]]\nid = \"grain\"\nquery = '@sea AND grain'\n"

    read_rules = read(tmp_path, sea + grain + a_recipient(rules='["grain"]')).rules
    assert {rule.id: rule.asked for rule in read_rules} == {"grain": True, "sea": False}
    assert faults(tmp_path, sea + grain + a_recipient(rules='["sea"]')) == [
        'wirewatch.toml: recipient "a@example.org": rules names "sea", which is an alias set; write a [[rule]] with query = \'@sea\''
    ]


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ('id = "sea"', 'aliases "sea": any is missing; write any = ["…"]'),
        ('any = ["sea"]', 'aliases number 1: id is missing; write id = "grain-traders"'),
        ('id = "sea"\nany = ["Black Sea"]\nquery = "x"', 'aliases "sea": query is not a key here'),
        ('id = "sea"\nany = ["Black AND Sea"]', 'aliases "sea": any cannot be used: words take no operators; write a query'),
    ],
)
def test_rules_07_an_alias_set_is_refused_by_its_name(tmp_path: Path, table: str, fault: str) -> None:
    (told,) = faults(tmp_path, f"[[aliases]]\n{table}\n")

    assert told.splitlines()[0] == f"wirewatch.toml: {fault}"


def test_rules_and_alias_sets_share_one_namespace_whatever_version_is_pinned(tmp_path: Path) -> None:
    sea = 'id = "sea"\nany = ["sea"]\n'
    presets = '[[rule]]\npreset = "dprk@1"\n[[rule]]\npreset = "dprk"\n'

    assert faults(tmp_path, f"{presets}[[rule]]\n{sea}[[aliases]]\n{sea}") == [
        'wirewatch.toml: rule "dprk": preset "dprk" is used twice, first in wirewatch.toml',
        'wirewatch.toml: aliases "sea": id "sea" is used twice, first in wirewatch.toml',
    ]


def test_a_preset_may_be_pinned_and_a_day_of_the_calendar_is_one(tmp_path: Path) -> None:
    text = '[[rule]]\npreset = "dprk@1"\n[[rule]]\npreset = "dprk-founding"\n'

    assert read(tmp_path, text).rules == (preset("dprk"), preset("dprk-founding"))
    assert faults(tmp_path, '[[rule]]\npreset = "dprk@9"\n') == [
        'wirewatch.toml: rule "dprk@9": preset is "dprk@9"; preset "dprk" has no version "9"; there are: dprk@1'
    ]
