"""`wirewatch recipients` and `wirewatch bounce`."""

import asyncio
import contextlib
import email
import json
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from desk import Clock, a_story, a_watch, comes_in

from monitor.cli import cli
from monitor.clock import now
from monitor.database import Database, conninfo
from tests.alerts.test_bounce import a_report

ANN, BOB = "ann@example.org", "bob@example.org"
ID = "<d.1.a.b@example.org>"


@dataclass
class Desk:
    """A folder with a configuration over a store, and the commands that work on it."""

    folder: Path
    database_url: str

    def configure(self, *readers: str) -> None:
        rule = '[[rule]]\nid = "strike"\nany = ["strike"]\n'
        (self.folder / "wirewatch.toml").write_text(
            rule + "".join(f'[[recipient]]\nemail = "{reader}"\nrules = ["strike"]\n' for reader in readers)
        )

    def run(self, *arguments: str, input: str = "") -> tuple[int, str, str]:
        """Exit code, standard output, standard error."""
        environment = {"WIREWATCH_DATABASE_URL": self.database_url, "WIREWATCH_DATA_DIR": str(self.folder), "COLUMNS": "200"}
        with contextlib.chdir(self.folder):
            done = CliRunner().invoke(cli, arguments, env=environment, input=input)
        return done.exit_code, done.stdout, done.stderr

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        with psycopg.connect(conninfo(self.database_url)) as connection:
            return connection.execute(query.encode(), values).fetchall()

    def mailed(self) -> None:
        """A story came in, and each reader was told of it."""
        asyncio.run(self._comes_in())
        code, said, _ = self.run("digest")
        assert (code, said.count("sent to ")) == (0, 2), said

    async def _comes_in(self) -> None:
        database = await Database.open(self.database_url)
        watch = await a_watch(database, self.folder, clock=Clock(now()), readers=())
        await comes_in(watch, a_story(published_at=now()))
        await database.close()


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Desk:
    desk = Desk(tmp_path, database_url)
    desk.configure(ANN, BOB)
    return desk


def listed(desk: Desk) -> dict[str, tuple[str, str | None, bool]]:
    """Who is in which state, by whom, and whether a digest is to come."""
    lines = [json.loads(line) for line in desk.run("recipients", "list", "--json")[1].splitlines()]
    return {line["email"]: (line["state"], line["by"], bool(line["next_digest"])) for line in lines}


def tables(desk: Desk, word: str) -> set[str]:
    """The tables in which a word stands somewhere."""
    query = "select table_name from information_schema.tables where table_schema = 'wirewatch' and table_name not like 'procrastinate%%'"
    names = [name for (name,) in desk.rows(query)]
    return {name for name in names if desk.rows(f"select from {name} as row where row::text like %s", f"%{word}%")}


def test_the_file_says_who_exists_and_the_store_who_paused(desk: Desk) -> None:
    said = desk.run("recipients", "pause", ANN, "--until", "2099-01-06")[1]
    away = listed(desk)
    digest = desk.run("digest", "--to", ANN)
    check = desk.run("check")[1]
    resumed = desk.run("recipients", "resume", ANN)[1]

    assert said == "Nothing is sent to ann@example.org until 2099-01-06, that day included.\n"
    assert away == {ANN: ("paused", "operator", True), BOB: ("active", None, True)}
    assert digest[1] == "a…@example.org: paused, nothing is sent; wirewatch recipients list shows until when\n"
    assert "recipient ann@example.org" in check and "paused until 2099-01-07 00:00 UTC" in check
    assert resumed.startswith("ann@example.org was paused, and is told again. Next digest: ")
    assert listed(desk)[ANN] == ("active", None, True)


def test_who_leaves_is_exported_and_forgotten_and_the_ledger_keeps_its_count(desk: Desk) -> None:
    desk.mailed()
    told = desk.rows("select count(*) from due where mail is not null")
    export = [json.loads(line) for line in desk.run("recipients", "export", ANN.upper())[1].splitlines()]
    early = desk.run("recipients", "forget", ANN, "--yes")
    desk.configure(BOB)
    unasked = desk.run("recipients", "forget", ANN)
    assert desk.run("digest")[0] == 0
    gone = listed(desk)
    done = desk.run("recipients", "forget", ANN, "--yes")

    assert {row["kind"] for row in export} == {"recipient", "subscription", "run", "mail", "told"}
    assert "To: ann@example.org" in next(row["message"] for row in export if row["kind"] == "mail")
    assert early == (1, "", f"Error: {ANN} is still in the configuration; take the [[recipient]] table out first\n")
    assert (unasked[0], "say --yes" in unasked[2]) == (2, True)
    assert gone == {BOB: ("active", None, True), ANN: ("removed", "file", False)}
    assert done[1].startswith(f"{ANN} is forgotten.")
    assert tables(desk, "ann@") == set()
    assert tables(desk, "bob@") >= {"mail", "recipient", "due", "run", "subscription"}
    assert desk.rows("select count(*) from due where mail is not null") == told
    assert desk.rows("select count(*), count(bytes), count(sha256) from mail where recipient = 'forgotten'") == [(1, 0, 1)]
    assert desk.run("recipients", "export", ANN)[0] == 2


def test_what_came_back_from_somebody_is_forgotten_with_them(desk: Desk) -> None:
    desk.mailed()
    [(id,)] = desk.rows("select message_id from mail where recipient = %s", ANN)
    desk.run("bounce", input=a_report(head=f"Message-ID: {id}\r\n").decode())
    before = desk.rows("select recipient from bounce")
    desk.configure(BOB)
    desk.run("digest")
    done = desk.run("recipients", "forget", ANN, "--yes")

    assert done[1].startswith(f"{ANN} is forgotten.")
    assert (before, desk.rows("select recipient from bounce")) == ([(ANN,)], [])


def test_somebody_who_was_never_there_is_refused_with_who_was_meant(desk: Desk) -> None:
    wrong = desk.run("recipients", "pause", "anne@example.org")
    past = desk.run("recipients", "pause", ANN, "--until", "2020-01-01")
    no_day = desk.run("recipients", "pause", ANN, "--until", "soon")

    assert [each[0] for each in (wrong, past, no_day)] == [2, 2, 2]
    assert 'there is no recipient "anne@example.org"; did you mean "ann@example.org"?' in wrong[2]
    assert "--until 2020-01-01 is over; name a day to come" in past[2]
    assert "--until 'soon' is no day" in no_day[2]


def test_a_message_from_the_mail_server_is_noted_or_left_alone_with_0_and_kept_with_75(desk: Desk) -> None:
    desk.mailed()
    [(id,)] = desk.rows("select message_id from mail where recipient = %s", ANN)
    report = a_report(head=f"Message-ID: {id}\r\n").decode()

    ours = desk.run("bounce", input=report)
    forged = desk.run("bounce", input=report.replace(id, ID))
    other = desk.run("bounce", input="Subject: Out of office\n\nI am away.\n")
    desk.database_url = "postgresql://nobody@127.0.0.1:1/nowhere"
    away = desk.run("bounce", input=report)

    assert [each[:2] for each in (ours, forged, other)] == [
        (0, "a…@example.org: bounce noted\n"),
        (0, "a bounce of no mail of ours; nothing is noted\n"),
        (0, "no bounce, and nobody who unsubscribes; nothing is noted\n"),
    ]
    assert (*away[:2], away[2].count("\n")) == (75, "", 1)


def test_a_mail_program_s_mail_unsubscribes_its_own_reader_and_nobody_who_forwarded_it(desk: Desk) -> None:
    desk.mailed()
    [(data,)] = desk.rows("select bytes from mail where recipient = %s", ANN)
    assert isinstance(data, bytes)
    unsubscribe = str(email.message_from_bytes(data)["List-Unsubscribe"])
    subject = unsubscribe.partition("subject=")[2].strip(">").replace("%20", " ")

    forwarded = desk.run("bounce", input=f"From: {BOB}\nSubject: {subject}\n\n")
    before = listed(desk)[ANN]
    own = desk.run("bounce", input=f"From: Ann <{ANN}>\nSubject: {subject}\n\n")

    assert forwarded[:2] == (0, "somebody unsubscribes to whom that mail was not sent; nothing is changed\n")
    assert own[:2] == (0, "a…@example.org: unsubscribed\n")
    assert (before[0], listed(desk)[ANN]) == ("active", ("stopped", "recipient", False))
