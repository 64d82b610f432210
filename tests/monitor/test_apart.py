"""monitor.copies: what was put together by mistake is set apart, told, and never put together again."""

import json
from dataclasses import replace
from pathlib import Path

from desk import a_reader, mails, rows
from outlets import AGENCY, BODY, PAPER, RADIO, a_desk, arrives, clusters, revised, set_apart, told
from postoffice import send_to
from test_history import ask

from monitor import copies, unsent
from monitor.database import Database
from spiders.story import Status


async def test_the_next_copy_joins_those_that_are_left(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path)
    first, second = await arrives(watch, AGENCY), await arrives(watch, PAPER)
    assert await clusters(watch) == [{first, second}]
    await set_apart(watch, first)
    third = await arrives(watch, RADIO)

    assert await clusters(watch) == [{second, third}]


async def test_what_is_set_apart_is_told_and_never_put_together_again(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path)
    first, second = await arrives(watch, AGENCY), await arrives(watch, PAPER)
    await told(watch)
    async with watch.database.connection() as connection:
        assert await copies.set_apart(connection, second)
        assert not await copies.set_apart(connection, second)
    await revised(watch, PAPER, body=f"{BODY}\nMore at night.")

    assert await clusters(watch) == []
    assert [(story, copy_of) for story, _, copy_of in await told(watch)] == [(first, None), (second, None)]
    assert len(mails(watch)) == 2


async def test_the_command_lists_the_copies_and_takes_one_out(database: Database, database_url: str, tmp_path: Path) -> None:
    (tmp_path / "wirewatch.toml").write_text('[fetch]\ncontact = "desk@example.org"\n', encoding="utf-8")
    watch = await a_desk(database, tmp_path)
    first, second = await arrives(watch, AGENCY), await arrives(watch, PAPER)
    await told(watch)
    shown = (await ask(watch, tmp_path, database_url, str(second))).output
    plain = json.loads((await ask(watch, tmp_path, database_url, str(second), "--json")).output)
    apart = await ask(watch, tmp_path, database_url, str(second), "--apart")
    again = await ask(watch, tmp_path, database_url, str(second), "--apart")

    assert "same copy" in shown
    assert "leads" in shown
    assert f"copy of {first}" in shown
    assert [each["story"] for each in plain["copies"]] == [first, second]
    assert (apart.exit_code, "same copy" in apart.output) == (0, False)
    assert (again.exit_code, again.output) == (
        1,
        f"Error: story {second} is a copy of no other, nor another of it; `wirewatch story {second}` shows what it is\n",
    )


async def test_a_copy_that_came_after_the_mail_and_was_set_apart_was_named_by_none(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path)
    await arrives(watch, AGENCY, agency="Agency")
    await told(watch)
    second = await arrives(watch, PAPER)
    await told(watch)
    await set_apart(watch, second)

    assert await rows(watch, "select mail, copy_of, named from due where story = %s", second) == [(None, None, None)]


async def test_who_was_told_of_a_copy_that_was_then_set_apart_hears_that_it_is_killed(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path)
    await arrives(watch, AGENCY)
    second = await arrives(watch, PAPER)
    await watch.tell_now(a_reader())
    await set_apart(watch, second)

    await revised(watch, PAPER, headline="Strike, says the paper", body=BODY, status=Status.WITHDRAWN)
    assert [await watch.correct(), await watch.correct()] == [1, 0]
    await watch.send()

    digest, kill = mails(watch)
    assert (kill["Subject"], kill["In-Reply-To"]) == ("WITHDRAWN: Strike, says the paper", digest["Message-ID"])
    assert await rows(watch, "select mail, told, shown, behind, named from due where story = %s", second) == [(1, 1, 2, False, None)]


async def test_a_copy_that_was_set_apart_and_corrected_is_told_as_it_reads_now_and_no_correction(
    database: Database, tmp_path: Path
) -> None:
    watch = await a_desk(database, tmp_path, readers=(replace(a_reader(), corrections="instant"),))
    await arrives(watch, AGENCY)
    second = await arrives(watch, PAPER)
    await watch.tell_now(watch.settings.recipients[0])
    await set_apart(watch, second)

    await revised(watch, PAPER, headline="Strike, says the paper", body=f"{BODY}\nNone of 9 hurt.", status=Status.CORRECTED)
    assert await watch.correct() == 0
    await watch.tell_now(watch.settings.recipients[0])
    await watch.send()

    assert [mail["In-Reply-To"] for mail in mails(watch)] == [None, None]
    assert await rows(watch, "select mail, told, shown, behind, named from due where story = %s", second) == [(2, 2, None, False, None)]


async def test_who_never_got_the_mail_that_named_a_copy_hears_nothing_of_it(database: Database, tmp_path: Path) -> None:
    watch = await a_desk(database, tmp_path)
    await arrives(watch, AGENCY)
    second = await arrives(watch, PAPER)
    send_to(watch, 9)
    await watch.tell_now(a_reader())
    await set_apart(watch, second)
    async with database.connection() as connection:
        await unsent.give_back(connection, [1], now=watch.clock())

    assert await rows(watch, "select mail, named from due") == [(None, None)] * 2
