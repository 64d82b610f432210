"""`wirewatch recipients` and `wirewatch bounce` as processes."""

import json
from collections.abc import Iterator

import pytest

from tests.alerts.test_bounce import a_report
from tests.processes import Desk, Ended, a_desk

ANN, BOB = "ann@example.org", "bob@example.org"
ID = "<d.1.a.b@example.org>"


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    with a_desk(database_url) as desk:
        desk.configure(readers=(ANN, BOB), digest="07:00")
        yield desk


def listed(desk: Desk) -> dict[str, tuple[str, str | None, bool]]:
    """Who is in which state, by whom, and whether a digest is to come."""
    lines = [json.loads(line) for line in desk.run("recipients", "list", "--json").out.splitlines()]
    return {line["email"]: (line["state"], line["by"], bool(line["next_digest"])) for line in lines}


def mailed(desk: Desk) -> None:
    """Each reader got a digest of all that came in, as by the daemon."""
    assert desk.run("crawl").code == 0
    assert desk.run("digest").code == 0


def tables(desk: Desk, word: str) -> set[str]:
    """The tables in which a word stands somewhere."""
    query = "select table_name from information_schema.tables where table_schema = 'wirewatch' and table_name not like 'procrastinate%%'"
    names = [name for (name,) in desk.rows(query)]
    return {name for name in names if desk.rows(f"select from {name} as row where row::text like %s", f"%{word}%")}


def test_the_file_says_who_exists_and_the_store_who_paused(desk: Desk) -> None:
    said = desk.run("recipients", "pause", ANN, "--until", "2099-01-06").out
    away = listed(desk)
    digest = desk.run("digest", "--to", ANN)
    check = desk.run("check").out
    resumed = desk.run("recipients", "resume", ANN).out

    assert said == "Nothing is sent to ann@example.org until 2099-01-06, that day included.\n"
    assert away == {ANN: ("paused", "operator", True), BOB: ("active", None, True)}
    assert digest.out == "a…@example.org: paused, nothing is sent; wirewatch recipients list shows until when\n"
    assert "recipient ann@example.org" in check and "paused until 2099-01-07 00:00 UTC" in check
    assert resumed.startswith("ann@example.org was paused, and is told again. Next digest: ")
    assert listed(desk)[ANN] == ("active", None, True)


def test_who_leaves_is_exported_and_forgotten_and_the_ledger_keeps_its_count(desk: Desk) -> None:
    mailed(desk)
    told = desk.rows("select count(*) from due where mail is not null")
    export = [json.loads(line) for line in desk.run("recipients", "export", ANN.upper()).out.splitlines()]
    early = desk.run("recipients", "forget", ANN, "--yes")
    desk.configure(readers=(BOB,), digest="07:00")
    unasked = desk.run("recipients", "forget", ANN)
    mailed(desk)
    gone = listed(desk)
    done = desk.run("recipients", "forget", ANN, "--yes")

    assert {row["kind"] for row in export} == {"recipient", "subscription", "run", "mail", "told"}
    assert "To: ann@example.org" in next(row["message"] for row in export if row["kind"] == "mail")
    assert early == Ended(code=1, out="", err=f"wirewatch: {ANN} is still in the configuration; take the [[recipient]] table out first\n")
    assert (unasked.code, "say --yes" in unasked.err) == (2, True)
    assert gone == {BOB: ("active", None, True), ANN: ("removed", "file", False)}
    assert done.out.startswith(f"{ANN} is forgotten.")
    assert tables(desk, "ann@") == set()
    assert tables(desk, "bob@") >= {"mail", "recipient", "due", "run", "subscription"}
    assert desk.rows("select count(*) from due where mail is not null") == told
    assert desk.rows("select count(*), count(bytes), count(sha256) from mail where recipient = 'forgotten'") == [(1, 0, 1)]
    assert desk.run("recipients", "export", ANN).code == 2


def test_somebody_who_was_never_there_is_refused_with_who_was_meant(desk: Desk) -> None:
    wrong = desk.run("recipients", "pause", "anne@example.org")
    past = desk.run("recipients", "pause", ANN, "--until", "2020-01-01")
    no_day = desk.run("recipients", "pause", ANN, "--until", "soon")

    assert [each.code for each in (wrong, past, no_day)] == [2, 2, 2]
    assert 'there is no recipient "anne@example.org"; did you mean "ann@example.org"?' in wrong.err
    assert "--until 2020-01-01 is over; name a day to come" in past.err
    assert "--until 'soon' is no day" in no_day.err


def test_a_message_from_the_mail_server_is_noted_or_left_alone_with_0_and_kept_with_75(desk: Desk) -> None:
    mailed(desk)
    [(id,)] = desk.rows("select message_id from mail where recipient = %s", ANN)
    report = a_report(head=f"Message-ID: {id}\r\n").decode()

    ours = desk.run("bounce", input=report)
    forged = desk.run("bounce", input=report.replace(id, ID))
    other = desk.run("bounce", input="Subject: Out of office\n\nI am away.\n")
    desk.database_url = "postgresql://nobody@127.0.0.1:1/nowhere"
    away = desk.run("bounce", input=report)

    assert [(each.code, each.out) for each in (ours, forged, other)] == [
        (0, "a…@example.org: bounce noted\n"),
        (0, "a bounce of no mail of ours; nothing is noted\n"),
        (0, "no bounce, and nobody who unsubscribes; nothing is noted\n"),
    ]
    assert (away.code, away.out, away.err.count("\n")) == (75, "", 1)


def test_a_mail_program_s_mail_unsubscribes_its_own_reader_and_nobody_who_forwarded_it(desk: Desk) -> None:
    mailed(desk)
    unsubscribe = next(str(mail["List-Unsubscribe"]) for mail in desk.mails() if mail["To"] == ANN)
    subject = unsubscribe.partition("subject=")[2].strip(">").replace("%20", " ")

    forwarded = desk.run("bounce", input=f"From: {BOB}\nSubject: {subject}\n\n")
    before = listed(desk)[ANN]
    own = desk.run("bounce", input=f"From: Ann <{ANN}>\nSubject: {subject}\n\n")

    assert (forwarded.code, forwarded.out) == (0, "somebody unsubscribes to whom that mail was not sent; nothing is changed\n")
    assert (own.code, own.out) == (0, "a…@example.org: unsubscribed\n")
    assert (before[0], listed(desk)[ANN]) == ("active", ("stopped", "recipient", False))
