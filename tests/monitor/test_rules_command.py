"""`wirewatch rules`: lists, tries, back-tests and explains rules, and writes new ones."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from desk import Clock, a_rule, a_story, a_watch, comes_in
from rich.cells import cell_len

from monitor import config, show
from monitor.cli import cli
from monitor.clock import now
from monitor.database import Database

RULES = """
[[rule]]
id = "docks"
query = "(dockers OR ferry) NEAR/3 strike AND NOT headline:football"
[[rule]]
id = "ferry"
any = ["ferry", "паром"]
[[recipient]]
email = "ann@example.org"
rules = ["docks"]
"""
Rules = Callable[..., Result]


@pytest.fixture
def rules(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rules:
    """`wirewatch rules …` over a store with three stories of today."""
    (tmp_path / "wirewatch.toml").write_text(RULES)

    async def fill() -> None:
        database = await Database.open(database_url)
        today = Clock(now())
        watch = await a_watch(database, tmp_path, clock=today, rules=(a_rule("strike"),))
        for name, headline, body in (
            ("one", "Dockers begin a strike", "The strike began at noon."),
            ("two", "Ferry crews on strike", "The football club waits."),
            ("three", "Football strike", "Dockers on strike watch it.\x1b[31m"),
        ):
            await comes_in(watch, a_story(name, headline=headline, body=body, published_at=today()))
        await database.close()

    asyncio.run(fill())

    def run(*arguments: str) -> Result:
        environment = {"WIREWATCH_DATABASE_URL": database_url, "COLUMNS": "120"}
        with contextlib.chdir(tmp_path):
            return CliRunner().invoke(cli, ["rules", *arguments], env=environment)

    return run


def test_a_long_query_is_cut_to_the_terminal_and_whole_in_json(rules: Rules, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    words = [f"word{number}" for number in range(2000)]
    with (tmp_path / "wirewatch.toml").open("a") as file:
        file.write(f'[[rule]]\nid = "long"\nany = {json.dumps(words)}\n')
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    assert show.out.is_terminal

    listed = rules("list").stdout.splitlines()
    tested = rules("test", "long", "--text", "word7").stdout.splitlines()

    assert [len(line.rstrip()) <= 120 for line in listed] == [True] * 4
    assert listed[-1].rstrip().endswith("…")
    assert max(map(cell_len, tested)) <= 120
    assert tested[1].endswith("…  headline 0–5")
    [_, _, row] = map(json.loads, rules("list", "--json").stdout.splitlines())
    assert row["query"].endswith("word1999")


def test_the_rules_are_listed_with_their_readers(rules: Rules) -> None:
    rows = [json.loads(line) for line in rules("list", "--json").stdout.splitlines()]

    assert [(row["id"], row["readers"], row["query"]) for row in rows] == [
        ("docks", "ann@example.org", "(dockers OR ferry) NEAR/3 strike AND NOT headline:football"),
        ("ferry", "", "ferry OR паром"),
    ]
    assert "docks" in rules("list").stdout


def test_a_back_test_shows_hits_a_day_noise_and_samples_with_the_hit_marked(rules: Rules) -> None:
    told = rules("backtest", "docks", "--days", "14")

    assert told.exit_code == 0, told.output
    assert f"2 hits in 14 days, 2.0 a day since {now():%Y-%m-%d}, where the archive begins, 2 on the fullest" in told.stdout
    assert "noise: about 0%: 0 of 2" in told.stdout
    assert "headline: [Dockers] begin a [strike]" in told.stdout
    assert "█" in told.stdout


def test_a_back_test_of_an_edit_shows_what_is_gained_and_lost(rules: Rules, tmp_path: Path) -> None:
    (tmp_path / "edit.toml").write_text('[[rule]]\nid = "docks"\nquery = "@ferry OR football"\n')

    by_query = rules("backtest", "docks", "--against", "@ferry OR football", "--json")
    by_file = rules("backtest", "docks", "--file", "edit.toml", "--json")
    shown = rules("backtest", "docks", "--against", "@ferry OR football")

    row = json.loads(by_query.stdout)
    assert (row["hits"], row["gained"]["hits"], row["lost"]["hits"]) == (2, 1, 1)
    assert [sample["headline"] for sample in row["gained"]["samples"] + row["lost"]["samples"]] == [
        "Football strike",
        "Dockers begin a strike",
    ]
    assert json.loads(by_file.stdout)["gained"] == row["gained"]
    assert "gained: 1" in shown.stdout and "lost: 1" in shown.stdout


def test_an_edit_of_a_rule_of_words_keeps_them_where_it_speaks_of_them(rules: Rules) -> None:
    kept = rules("backtest", "ferry", "--against", "@any AND strike", "--json")
    other = rules("backtest", "ferry", "--against", "@anyone OR strike")

    assert json.loads(kept.stdout)["lost"]["hits"] == 0
    assert 'no rule or preset is called "anyone"' in str(other.exception)


def test_an_edit_in_a_file_brings_its_own_alias_sets_and_rules(rules: Rules, tmp_path: Path) -> None:
    (tmp_path / "edit.toml").write_text(
        """
        [[rule]]
        id = "docks"
        query = "(@sport AND @ferry) OR (@quay AND strike)"
        [[rule]]
        id = "ferry"
        any = ["crews"]
        [[aliases]]
        id = "sport"
        any = ["football"]
        [[aliases]]
        id = "quay"
        any = ["dockers"]
        """
    )

    told = json.loads(rules("backtest", "docks", "--file", "edit.toml", "--json").stdout)

    assert (told["hits"], told["gained"]["hits"], told["lost"]["hits"]) == (3, 1, 0)


def test_a_faulty_edit_in_a_file_is_refused_with_its_place(rules: Rules, tmp_path: Path) -> None:
    (tmp_path / "edit.toml").write_text('[[rule]]\nid = "docks"\nquery = "@quey"\n[[aliases]]\nid = "quay"\nany = ["dockers"]\n')
    (tmp_path / "other.toml").write_text('[[rule]]\nid = "a"\nany = ["b"]\n[[rule]]\nid = "c"\nany = ["d"]\n')

    assert "edit.toml" in str(rules("backtest", "docks", "--file", "edit.toml").exception)
    assert "@quay" in str(rules("backtest", "docks", "--file", "edit.toml").exception)
    assert 'other.toml has no [[rule]] "docks"' in rules("backtest", "docks", "--file", "other.toml").output


def test_all_that_is_stored_is_asked_as_a_job_whose_result_is_kept(rules: Rules) -> None:
    assert rules("results").stderr == "there are none\n"

    told = rules("backtest", "docks", "--against", "@ferry OR football", "--all")

    assert told.exit_code == 0, told.output
    assert "back-test 1: it goes on when you leave; wirewatch rules results 1 shows it" in told.stderr
    assert "gained: 1" in told.stdout
    assert rules("results", "1").stdout == told.stdout
    row = json.loads(rules("results", "--json").stdout)
    assert (row["number"], row["rule"], row["state"], row["hits"], row["gained"], row["lost"]) == (1, "docks", "done", 2, 1, 1)
    assert row["result"]["gained"]["samples"][0]["headline"] == "Football strike"
    assert "there is no result 2" in rules("results", "2").output


def test_an_upgrade_needs_a_preset_of_two_versions(rules: Rules) -> None:
    assert '"docks" is no preset' in rules("backtest", "docks", "--upgrade").output
    assert 'preset "dprk" has one version, 1' in rules("backtest", "dprk", "--upgrade").output
    assert "one edit at a time" in rules("backtest", "dprk", "--upgrade", "--against", "a").output


def test_a_rule_is_explained_on_a_story_that_matched_and_on_one_that_did_not(rules: Rules) -> None:
    hit, missed, none = rules("explain", "docks", "1"), rules("explain", "docks", "3"), rules("explain", "docks", "77")

    assert (hit.exit_code, missed.exit_code, none.exit_code) == (0, 1, 1)
    assert hit.stdout.splitlines()[:4] == [
        "✓ @docks  headline 0–7, headline 16–22",
        "  ✓ (dockers OR ferry) NEAR/3 strike AND NOT headline:football  headline 0–7, headline 16–22",
        "    ✓ (dockers OR ferry) NEAR/3 strike  headline 0–7, headline 16–22",
        "      ✓ dockers OR ferry  headline 0–7",
    ]
    assert "    ✗ NOT headline:football" in missed.stdout.splitlines()
    assert "there is no story 77" in none.output


def test_a_rule_is_tried_on_a_text(rules: Rules) -> None:
    assert rules("test", "docks", "--text", "Strike\nof ferry crews. Ferry strike.").exit_code == 0
    assert rules("test", "docks", "--text", "Football strike of dockers").exit_code == 1
    assert rules("test", "dprk", "--text", "Kim Jong Un speaks").exit_code == 0


def test_a_new_rule_of_plain_words_is_tested_and_written(rules: Rules, tmp_path: Path) -> None:
    told = rules("new", "dockers", "грузчики", 'the "port" authority', "--id", "quay")

    assert told.exit_code == 0, told.output
    assert "2 hits in 90 days" in told.stdout
    assert "Next: include" in told.stderr
    written = tmp_path / "rules" / "quay.toml"
    (tmp_path / "wirewatch.toml").write_text(f'include = ["rules/*.toml"]\n{RULES}')
    read = config.load(tmp_path / "wirewatch.toml", environ={}).rules
    assert next(rule for rule in read if rule.id == "quay").any == ("dockers", "грузчики", 'the "port" authority')

    assert "there is a rule" in rules("new", "dockers", "--id", "quay").output
    assert written.read_text().count("[[rule]]") == 1


def test_a_new_rule_cannot_name_what_is_not_there(rules: Rules) -> None:
    told = rules("new", "@ferri")

    assert told.exit_code == 2
    assert 'there is no rule "ferri" that @ferri could name; did you mean "ferry"?' in told.output


def test_a_text_is_tried_as_a_story_of_some_source_and_country(rules: Rules, tmp_path: Path) -> None:
    (tmp_path / "wirewatch.toml").write_text(
        "[[rule]]\npreset = 'dprk'\n[[rule]]\nid = 'gate'\nquery = 'source:harbour OR dateline:pyongyang'\n"
    )
    text = "Harvest festival opens\nPYONGYANG, Nov. 23 (KCNA) -- A festival opened."

    told = {
        (rule, *more): rules("test", rule, "--text", text, *more).exit_code
        for rule, *more in (("dprk",), ("dprk", "--country", "KP"), ("gate",))
    }
    elsewhere = [rules("test", "gate", "--text", "x", *more).exit_code for more in ((), ("--source", "harbour"))]

    assert told == {("dprk",): 0, ("dprk", "--country", "KP"): 1, ("gate",): 0}
    assert elsewhere == [1, 0]


def test_what_there_is_is_listed_once(rules: Rules, tmp_path: Path) -> None:
    (tmp_path / "wirewatch.toml").write_text("[[rule]]\npreset = 'dprk'\n")

    assert str(rules("explain", "nope", "1").exception).count(" dprk,") == 1


def test_a_new_rule_that_cannot_be_is_refused_and_nothing_is_written(rules: Rules, tmp_path: Path) -> None:
    for words in (("!!!", "--id", "x"), ("a*", "--id", "x"), ("грузчики",), ("ok", "--id", "ferry"), ("ok", "--id", "../x")):
        assert rules("new", *words).exit_code == 2, words

    assert not (tmp_path / "rules").exists()
    assert not (tmp_path / "x.toml").exists()


def test_lint_warns_of_a_rule_above_thirty_hits_a_day(rules: Rules, tmp_path: Path, database_url: str) -> None:
    assert rules("lint").exit_code == 0

    async def flood() -> None:
        database = await Database.open(database_url)
        watch = await a_watch(database, tmp_path, clock=Clock(now()), rules=())
        for number in range(31):
            await comes_in(watch, a_story(f"more-{number}", headline="A ferry"))
        await database.close()

    asyncio.run(flood())
    told = rules("lint", "--days", "1")

    assert (told.exit_code, told.stderr) == (1, "ferry: 32 hits a day: narrow it\n2 rules, 1 warning\n")
    assert rules("lint", "--days", "0").exit_code == 0


def test_lint_shows_what_is_hardly_meant_and_what_to_write_instead(rules: Rules, tmp_path: Path) -> None:
    (tmp_path / "wirewatch.toml").write_text(
        '[[rule]]\nid = "us"\nquery = "US AND @ship"\n[[aliases]]\nid = "ship"\nany = ["ship*", "ships"]\n'
    )

    told = rules("lint", "--days", "1")

    assert told.exit_code == 1
    assert 'us: capitals do not count: US finds every "us"; in braces they do' in told.stderr
    assert "({US} OR {U.S.}) AND @ship" in told.stderr
    assert "ship: ships finds nothing that ship* beside it does not find: leave it out" in told.stderr
    assert told.stderr.endswith("2 rules, 2 warnings\n")


def test_an_alias_set_is_back_tested_as_a_rule_is(rules: Rules, tmp_path: Path) -> None:
    (tmp_path / "wirewatch.toml").write_text('[[aliases]]\nid = "ship"\nany = ["ferry", "ship*"]\n')

    assert json.loads(rules("backtest", "ship", "--json").stdout)["hits"] == 1
    assert rules("explain", "ship", "2").exit_code == 0


def test_aliases_are_printed_by_language(rules: Rules) -> None:
    said = rules("aliases", "dprk").stdout
    assert "ko: 조선민주주의인민공화국, " in said
    assert rules("aliases", "ferry").stdout == "words: ferry, паром\n"
    assert "anniversary" in rules("aliases").stdout
    assert "ru: Ким Чен Ын" in rules("aliases", "kim-jong-un").stdout


def test_an_unknown_rule_names_the_one_that_was_meant(rules: Rules) -> None:
    told = rules("backtest", "dock")

    assert told.exit_code == 1
    assert 'there is no rule "dock"; did you mean "docks"?' in str(told.exception)


def test_a_query_that_cannot_be_used_shows_where_and_what_to_write(rules: Rules) -> None:
    told = rules("backtest", "docks", "--against", "ferry strike")

    assert told.exit_code == 2
    assert "^" in told.output and '"ferry strike"' in told.output
