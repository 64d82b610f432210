"""The command line as a process: what it prints, where, and with which code it leaves."""

import json
import signal
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest

from monitor import embedded
from monitor.cli import COMMANDS
from spiders.demo import Answer
from tests.processes import Desk, Ended, a_desk, articles, wait_until

#: What the contract promises of a line of `search --json`.
STORY = {"id", "url", "source", "headline", "lead", "paragraphs", "dateline", "agency", "language"}
STORY |= {"published_at", "status", "revision", "rules"}
DATELINE = {"raw", "places", "month", "day", "agency"}
PAGE = "<html><head><title>Dockers strike</title></head><body><article><h1>Dockers strike</h1><p>{}</p></article></body></html>"


@pytest.fixture(scope="module")
def idle() -> Iterator[Desk]:
    """A desk for commands that never come as far as a store: none answers there."""
    with a_desk("postgresql://nobody@127.0.0.1:1/nowhere") as desk:
        yield desk


def lines(ended: Ended) -> list[dict[str, object]]:
    """What a --json command printed: objects, one a line, and nothing else."""
    return [json.loads(line) for line in ended.out.splitlines()]


def refused(code: int, said: str) -> Ended:
    """A command that prints nothing but one line on stderr."""
    return Ended(code=code, out="", err=f"{said}\n")


# -- refusals


WRONG = {
    "crwl": "wirewatch: No such command 'crwl'. Did you mean 'crawl'?",
    "crawl --since soon": "wirewatch crawl: --since 'soon' is neither a length nor a time; write 24h, 7d or 2026-11-23T07:00+01:00",
    "search x --since soon": "wirewatch search: --since 'soon' is neither a length nor a time; write 24h, 7d or 2026-11-23T07:00+01:00",
    "story x": "wirewatch story: Invalid value for 'ID': 'x' is not a valid number of a story; `wirewatch search` shows them.",
    "rules test nope --text x": (
        'wirewatch.toml: there is no rule "nope"; there are: dprk, anniversary, korean-war, missile, rok, russia-dprk, sanctions, '
        "un-security-council, kim-jong-un, kim-yo-jong, kim-jong-il, kim-il-sung and 47 more"
    ),
    "crawl harbor": 'wirewatch.toml: there is no source "harbor"; did you mean "harbour"?',
    "crawl --dry-run zzz": 'wirewatch.toml: there is no source "zzz"; there are: crane, hanbit, harbour, riverside',
    "digest --to anne@example.org": 'wirewatch.toml: there is no recipient "anne@example.org"; did you mean "ann@example.org"?',
    "digest --at noon": "wirewatch digest: --at 'noon' is no time; write 2026-11-23T07:00+01:00",
    "digest --at 2100-01-01": (
        "wirewatch digest: --at '2100-01-01' is still to come; its slot belongs to `wirewatch run`; --preview shows it"
    ),
    "account --since soon": "wirewatch account: --since 'soon' is neither a length nor a time; write 24h, 7d or 2026-11-23T07:00+01:00",
    "export --rule dprc --format csv": 'wirewatch.toml: there is no rule "dprc"; did you mean "dprk"?',
    "export --rule dprk --format csv --output no/such.csv": "wirewatch export: --output: there is no folder no",
    "extract -": "wirewatch extract: Missing option '--url'.",
}


def test_wrong_usage_is_one_line_and_exit_2(idle: Desk) -> None:
    running = {command: idle.pipe(*command.split()) for command in WRONG}

    said = {command: (*process.communicate(timeout=60), process.returncode) for command, process in running.items()}

    assert said == {command: ("", f"{line}\n", 2) for command, line in WRONG.items()}


#: Every command that only looks into the store, or changes what is in it already.
LOOKING = [
    "account",
    "advisories list",
    "advisories settle 1 none",
    "digest --dry-run",
    "digest --preview digest.html",
    "dump all.dump",
    "export --rule dprk --format csv --output dprk.csv",
    "recipients export ann@example.org",
    "recipients forget bo@example.org --yes",
    "recipients list",
    "rules backtest dprk",
    "rules backtest dprk --all",
    "rules explain dprk 1",
    "rules results",
    "search strike",
    "status",
    "story 1",
    "story 1 --apart",
]
#: The others: they make a store, or do without one.
MAKING = {"crawl", "demo", "digest", "init", "load", "migrate", "recipients pause", "recipients resume"}
MAKING |= {"run", "scheduler", "serve", "worker"}
WITHOUT = {"bounce", "check", "doctor", "extract", "match", "rules aliases", "rules lint", "rules list", "rules new", "rules test"}
WITHOUT |= {"sources export", "sources import", "sources list", "sources new", "sources test"}


def test_where_no_store_is_none_is_made_by_looking() -> None:
    with a_desk() as desk:
        running = {command: desk.pipe(*command.split()) for command in LOOKING}
        said = {command: (*process.communicate(timeout=60), process.returncode) for command, process in running.items()}

        advice = "`wirewatch crawl` makes one; --data-dir names another folder"
        none = ("", f"there is no store in {desk.folder}/data yet: {advice}\n", 1)
        assert said == dict.fromkeys(LOOKING, none)
        assert [path.name for path in desk.folder.iterdir()] == ["wirewatch.toml"]


def test_of_every_command_it_is_known_whether_it_makes_a_store() -> None:
    known = MAKING | WITHOUT | set(LOOKING)

    assert [name for name in _commands() if not any(f"{each} ".startswith(f"{name} ") for each in known)] == []


def _commands() -> Iterator[str]:
    """Every command, those of a group behind its name."""
    for name, place in COMMANDS.items():
        command = place.load()
        yield from (f"{name} {each}" for each in command.commands) if isinstance(command, click.Group) else [name]


def test_rules_are_looked_over_and_written_before_there_is_a_store() -> None:
    with a_desk() as desk:
        looked_over, written = desk.run("rules", "lint"), desk.run("rules", "new", "grain deal")

        assert (looked_over.code, looked_over.err) == (0, "2 rules, no warnings\n")
        assert (written.code, written.out) == (0, "")
        assert written.err.startswith(
            "nothing is stored yet; later `wirewatch rules backtest grain-deal` shows what it would have told\nwrote "
        )
        assert not (desk.folder / "data").exists()


@pytest.mark.skipif(Path("/etc/wirewatch/wirewatch.toml").exists(), reason="this machine has a configuration of its own in /etc")
def test_no_configuration_points_to_init(idle: Desk) -> None:
    nowhere = Desk(folder=idle.folder / "elsewhere", wire=idle.wire)
    nowhere.folder.mkdir()

    ended = nowhere.run("status")

    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("wirewatch.toml: not found (looked for ")
    assert ended.err.endswith("); `wirewatch init` writes one\n")


def test_a_faulty_configuration_names_all_its_faults_and_exits_2(idle: Desk) -> None:
    bad = idle.folder / "bad.toml"
    bad.write_text('[[source]]\nid = "ap"\nfeed = "ftp://example.org"\nevry = "5m"\n')

    ended = idle.run("run", "--config", "bad.toml")

    assert (ended.code, ended.out) == (2, "")
    assert [line[:22] for line in ended.err.splitlines()] == ['bad.toml: source "ap":'] * 2


def test_a_store_that_does_not_answer_is_one_line_and_exit_1(idle: Desk) -> None:
    ended = idle.run("status")

    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("Postgres cannot be reached: ")
    assert ended.err.endswith("; wirewatch doctor --no-sources says what to do\n")
    assert ended.err.count("\n") == 1


def test_extract_and_match_speak_json_and_refuse_what_they_cannot_read(idle: Desk) -> None:
    body = "LONDON, Nov 22 (Reuters) - The strike began at noon, the dockers' union said on Sunday, and may last a week."
    page, rules = idle.folder / "page.html", idle.folder / "rules.toml"
    page.write_text(PAGE.format(body))
    rules.write_text('[[rule]]\nid = "strike"\nany = ["strike"]\n')
    told = json.dumps({"id": 7, "headline": "Dockers strike", "lead": "", "body": "No work.\nA strike.", "language": "en"})

    [story] = lines(idle.run("extract", str(page), "--url", "https://news.example.org/1"))
    matched = idle.run("match", "--rules", str(rules), input=told + "\n\n")
    not_json = idle.run("match", "--rules", str(rules), input=f"{told}\nstrike\n")
    no_page = idle.run("extract", "-", "--url", "https://news.example.org/1")

    assert (story["headline"], story["text"], story["canonical_url"]) == ("Dockers strike", body, "https://news.example.org/1")
    assert lines(matched) == [{"id": 7, "rule": "strike", "spans": [["headline", 8, 14, "strike"], ["body", 11, 17, "strike"]]}]
    assert (matched.code, matched.err) == (0, "")
    assert (not_json.code, not_json.err.count("\n"), "stdin line 2" in not_json.err) == (2, 1, True)
    assert (no_page.code, no_page.out, no_page.err.count("\n")) == (1, "", 1)


def test_match_takes_a_configuration_whose_password_is_in_the_environment() -> None:
    with a_desk("postgresql://nobody@127.0.0.1:1/nowhere") as desk:
        desk.environment["WIREWATCH_MAIL_PASSWORD"] = "x"
        rules = desk.folder / "rules.toml"
        rules.write_text(
            '[mail]\nfrom = "desk@example.org"\nsmtp = "smtps://desk@mail.example.org"\n[[rule]]\nid = "strike"\nany = ["strike"]\n'
        )

        matched = desk.run("match", "--rules", str(rules), input='{"id": 7, "headline": "Strike"}')

    assert (matched.code, lines(matched)) == (0, [{"id": 7, "rule": "strike", "spans": [["headline", 0, 6, "strike"]]}])


def test_a_dry_crawl_needs_no_store(idle: Desk) -> None:
    crane = idle.run("crawl", "crane", "--dry-run", "--json")
    harbour = idle.run("crawl", "harbour", "--dry-run")

    headlines = {article.headline for article in articles(idle.wire) if article.outlet == "crane"}
    assert {story["headline"] for story in lines(crane)} == {" ".join(headline.split()) for headline in headlines}
    assert (crane.code, crane.err) == (0, "")
    assert idle.run("crawl", "crane", "--dry-run", "--json", "--since", "2100-01-01") == Ended(code=0, out="", err="")
    # The page of one of its stories is missing.
    assert (harbour.code, len(harbour.out.splitlines()), harbour.err) == (1, 5, "harbour: the server answered 404\n")


# -- the account


def test_an_account_that_does_not_add_up_is_exit_1(desk: Desk) -> None:
    desk.run("crawl", "crane")
    desk.rows("delete from account; delete from sighting")
    desk.rows("insert into account (source, hour, polls, listed, seen) values ('crane', date_trunc('hour', now(), 'UTC'), 3, 20, 20)")

    whole, human = desk.run("account", "--json"), desk.run("account", "--since", "2h")
    desk.rows("update account set seen = 18")
    short, shown = desk.run("account", "--json", "--since", "7d", "--until", "1s"), desk.run("account")

    [account], [wrong] = lines(whole), lines(short)
    total = {"source": "", "state": "ok", "polls": 3, "listed": 20, "seen": 20, "new": 0, "pending": 0}
    assert (whole.code, account["adds_up"], account["difference"], account["healthy"]) == (0, True, 0, 4)
    assert total.items() <= account["total"].items()  # type: ignore[attr-defined]
    assert (human.code, "it adds up: listed = new + changed + seen + refused + pending" in human.out) == (0, True)
    assert (short.code, wrong["adds_up"], wrong["difference"]) == (1, False, 2)
    assert (shown.code, "does not add up: crane: 2 entries" in shown.out) == (1, True)


# -- from crawl to digest


def test_the_commands_of_a_day_print_what_the_contract_says(desk: Desk) -> None:
    first, again = desk.run("crawl", "--json"), desk.run("crawl", "crane")
    assert (first.code, first.err, again.code, again.err) == (0, "", 0, "")
    tallies = {tally.pop("source"): tally for tally in lines(first)}
    assert {source: tally["new"] for source, tally in tallies.items()} == {"crane": 4, "hanbit": 4, "harbour": 6, "riverside": 4}

    status = desk.run("status", "--json")
    [report] = lines(status)
    assert (status.code, status.err, report["well"], report["troubles"]) == (0, "", True, [])

    found = desk.run("search", "Pyongyang", "marathon", "--json")
    [story] = lines(found)
    assert (found.code, found.err, story.keys() >= STORY) == (0, "", True)
    assert story["dateline"].keys() >= DATELINE  # type: ignore[attr-defined]
    assert story["rules"] == ["dprk"]
    assert desk.run("search", "nobody wrote this", "--json") == Ended(code=0, out="", err="")

    page = desk.folder / "digest.html"
    assert desk.run("digest", "--preview", str(page)) == Ended(code=0, out="", err="")
    assert "Pyongyang marathon" in page.read_text()
    dry = desk.run("digest", "--dry-run", "--to", "ANN@example.org", "--at", "2100-01-01T07:00+01:00")
    assert (dry.code, dry.out.splitlines()[0], dry.err) == (0, "To: ann@example.org", "")
    assert desk.mails() == []

    desk.rows("update recipient set began_at = began_at - interval '3 days'")
    hour = datetime.now(UTC).replace(minute=0)
    assert desk.run("digest", "--at", hour.isoformat()).out == f"a…@example.org: sent to {desk.outbox}\n"
    taken = desk.run("digest", "--at", hour.isoformat())
    assert (taken.code, "was written before" in taken.out) == (0, True)
    assert desk.run("digest") == Ended(code=0, out="a…@example.org: nothing is due\n", err="")
    assert desk.told() == desk.owed()


def test_a_broken_source_fails_the_crawl_and_not_the_others(desk: Desk) -> None:
    desk.wire.broken.add("/crane/feed.json")

    ended = desk.run("crawl", "--json")

    errors = {tally["source"]: tally["error"] for tally in lines(ended)}
    assert errors == {"crane": "the server answered 500", "hanbit": None, "harbour": None, "riverside": None}
    assert (ended.code, ended.err.count("\n"), " state=failing source=crane " in ended.err) == (1, 1, True)


def test_a_crawl_that_reaches_nothing_says_so_once_and_what_to_do(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = server.getsockname()[1]
    desk.configure(desk.configure().replace(desk.wire.url, f"http://127.0.0.1:{closed}"))

    ended = desk.run("crawl")

    said, advice = ended.out.splitlines()
    assert said.startswith("None of the 4 sources could be reached: is this machine on the network? crane: ")
    assert advice == "Look at its network, its DNS, its proxy (proxy of [fetch]). Then: wirewatch crawl"
    assert (ended.code, ended.err) == (1, "")


def test_without_a_daemon_the_account_and_the_digest_know_of_a_dead_source(desk: Desk) -> None:
    desk.wire.broken.add("/crane/feed.json")
    desk.run("crawl")
    desk.rows("delete from outage; update source set state = 'ok'")  # as after a crawl that was killed

    [account] = lines(desk.run("account", "--json"))
    shown = desk.run("digest", "--dry-run")
    status = desk.run("status")

    assert [(line["source"], line["state"]) for line in account["lines"]] == [  # type: ignore[attr-defined]
        ("crane", "failing"),
        ("hanbit", "ok"),
        ("harbour", "ok"),
        ("riverside", "ok"),
    ]
    assert "! 3 of 4 sources healthy" in shown.out
    assert (status.code, "not well: source crane: failing since" in status.out) == (1, True)


def test_titles_do_nothing_to_the_terminal(desk: Desk) -> None:
    desk.wire.more["/evil.xml"] = Answer(status=200, body=EVIL.encode(), content_type="application/rss+xml")
    desk.configure(sources=[], more=f'[[source]]\nid = "evil"\nfeed = "{desk.wire.url}/evil.xml"')

    said = [desk.run("crawl", "--dry-run"), desk.run("crawl"), desk.run("search", "strike"), desk.run("digest", "--dry-run")]

    printed = "".join(ended.out + ended.err for ended in said)
    assert {char for char in printed if not char.isprintable()} == {"\n"}
    assert "[bold]strike[/bold]" in said[2].out


EVIL = """<rss version="2.0"><channel><title>Evil</title><item>
<title>&#x9b;2J&#x202e;[bold]strike[/bold] in Pyongyang &lt;b&gt;now&lt;/b&gt;&#x85;</title>
<link>http://127.0.0.1:1/gone</link><guid>1</guid></item></channel></rss>"""


def test_migrate_twice_finds_nothing_left_to_do(empty_database_url: str) -> None:
    with a_desk(empty_database_url) as desk:
        first, second = desk.run("migrate"), desk.run("migrate")

        assert [line.partition(" ")[0] for line in first.out.splitlines()] == ["applied"] * len(first.out.splitlines())
        assert "applied 0001_" in first.out
        assert (first.code, second) == (0, Ended(code=0, out="up to date\n", err=""))


def test_ctrl_c_ends_a_crawl_at_once_and_leaves_nothing_running() -> None:
    with a_desk(copies=6, slow=0.5) as desk:
        with desk.start("crawl") as crawl:
            wait_until(lambda: any(article.path in desk.wire.hits for article in articles(desk.wire)))
            children = crawl.children()
            code, took = crawl.leaves(signal.SIGINT)

            assert (code, crawl.said()) == (130, "interrupted\n")
            assert took < 8
        wait_until(lambda: not any(child.is_running() and child.status() != "zombie" for child in children))
        with embedded.start(desk.folder / "data") as server:
            assert server.alone


# -- init


def test_init_goes_from_nothing_to_a_previewed_digest() -> None:
    with a_desk() as desk:
        desk.file.unlink()
        answers = ["not an address", "ann@example.org", "", "Nowhere/Land", "Europe/Berlin", "de", desk.wire.feeds["harbour"], "dprk", ""]

        ended = desk.run("init", input="\n".join(answers))
        again = desk.run("init", input="")

        assert ended.code == 0
        assert "Pyongyang-Marathon" in ended.out or "Pyongyang marathon" in ended.out
        assert 'allow = ["127.0.0.1/32"]' in desk.file.read_text()
        assert "Nothing was sent." in ended.err
        assert desk.run("check").code == 0
        assert again == refused(2, f"wirewatch init: {desk.file} exists; edit it, or name another with --config")


def test_init_that_is_given_up_leaves_no_file() -> None:
    with a_desk() as desk:
        desk.file.unlink()

        ended = desk.run("init", input="ann@example.org\n")

        assert (ended.code, ended.err.splitlines()[-1], desk.file.exists()) == (130, "interrupted", False)


def test_an_answer_whose_reader_has_left_is_no_error(desk: Desk) -> None:
    desk.run("crawl")

    with desk.pipe("search", "the", "--json") as process:
        assert process.stdout and process.stderr
        process.stdout.close()
        said = process.stderr.read()

    assert said == ""
