"""The daemon as a process: its configuration changes, a second one runs beside it, it is started anew, its mail goes out."""

import email
import email.policy
import json
import re
import signal
import socket
from datetime import timedelta

from aiosmtpd.controller import Controller

from tests.daemons import assert_promise, finish, nothing_left, polls, published, stored, troubles
from tests.monitor.inbox import ALERTING, Inbox, lists, receiving
from tests.monitor.served import served
from tests.processes import Desk, gone, wait_until


def test_config_01_a_half_written_configuration_changes_nothing_until_it_is_whole(desk: Desk) -> None:
    (desk.folder / "more").mkdir()
    included = desk.folder / "more" / "rules.toml"
    included.write_text('[[rule]]\nid = "song"\nquery = "song"\n')
    head = 'include = ["more/*.toml"]'
    good = desk.configure(head=head, sources=["riverside"])
    with desk.start("run") as daemon:
        wait_until(lambda: len(stored(desk)) == 4)

        half = good[: good.index("example.org")]
        desk.file.write_text(half)
        daemon.process.send_signal(signal.SIGHUP)
        wait_until(lambda: f"wirewatch.toml: line {half.count(chr(10)) + 1}, column" in daemon.said())
        before = polls(desk, "riverside")
        desk.ask_for_digests()
        wait_until(lambda: polls(desk, "riverside") > before)
        wait_until(desk.mails)

        # Saved whole: taken up by itself.
        desk.configure(head=head, sources=["riverside", "crane"])
        wait_until(lambda: len(stored(desk)) == 8)

        included.write_text('[[rule]]\nid = "song"\nquery = "song AND (ferry"\n')
        daemon.process.send_signal(signal.SIGHUP)
        wait_until(lambda: 'more/rules.toml: rule "song": query cannot be used' in daemon.said())
        included.write_text('[[rule]\nid = "song"\n')
        daemon.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "more/rules.toml: line 1, column" in daemon.said())
        assert desk.rows("select count(*) from rule where id = 'song'") == [(1,)]

        included.write_text('[[rule]]\nid = "ferry"\nquery = "ferry"\n')
        wait_until(lambda: desk.rows("select from rule where id = 'ferry'"))
        assert "restart" not in daemon.said()

        desk.file.write_text(desk.file.read_text().replace("[fetch]", '[fetch]\ncontact = "desk@example.org"'))
        wait_until(lambda: "restart wirewatch to take that up" in daemon.said())
        assert daemon.leaves()[0] == 0


def test_rules_02_rules_edited_while_the_daemon_stores_leave_no_story_unmatched_and_tell_none_twice(long_desk: Desk) -> None:
    desk = long_desk
    file = desk.folder / "watched.toml"
    # True of the same stories, each a version of its own.
    queries = [
        "@dprk OR @anniversary",
        "@anniversary OR @dprk",
        "(@dprk AND NOT @anniversary) OR @anniversary",
        "@dprk OR @anniversary OR zzzz",
    ]

    def edit(query: str) -> None:
        file.write_text(f"[[rule]]\nid = 'watched'\nquery = '{query}'\n")

    edit(queries[0])
    desk.configure(head='include = ["watched.toml"]', rules='["watched"]')
    with desk.start("run") as daemon:
        for number, query in enumerate(queries[1:], start=1):
            wait_until(lambda number=number: len(stored(desk)) >= len(published(desk)) * number // 5, 60)
            edit(query)
            daemon.process.send_signal(signal.SIGHUP)
            desk.ask_for_digests()
        wait_until(lambda: desk.rows("select count(*) from rule where id = 'watched'") == [(len(queries),)])
        assert troubles(daemon) == []
        assert daemon.leaves()[0] == 0
    finish(desk)

    versions = desk.rows("select version, ended_at is null from rule where id = 'watched' order by began_at")
    assert [is_open for _, is_open in versions] == [False, False, False, True]
    assert desk.rows("select from match where rule = 'watched' and version not in (select version from rule where id = 'watched')") == []
    matched = desk.rows("select url from match join story on story.id = story where rule = 'watched' and version = %s", versions[-1][0])
    assert {url for (url,) in matched} >= {url for _, url in desk.owed()}


def test_daemon_02_of_two_daemons_one_schedules_both_work_and_the_other_takes_over(long_desk: Desk) -> None:
    desk = long_desk
    with desk.start("-v", "run") as first:
        wait_until(lambda: leader(desk))
        with desk.start("-v", "run") as second:
            wait_until(lambda: "crawled source=" in first.said() and "crawled source=" in second.said())
            leading = leader(desk)
            desk.ask_for_digests()
            desk.wire.edition = 2
            wait_until(lambda: desk.rows("select from source where claimed_by is not null"))

            readers = first.children()
            first.process.kill()
            desk.ask_for_digests()
            killed_at = desk.rows("select now()")[0][0]
            desk.lapse()
            wait_until(lambda: leader(desk) not in ([], leading), 60)
            wait_until(lambda: desk.rows("select min(polled_at) > %s from source", killed_at) == [(True,)], 60)
            assert gone(readers)
            wait_until(lambda: stored(desk) == published(desk))
            desk.lapse()
            desk.ask_for_digests()
            wait_until(lambda: nothing_left(desk))
            assert second.leaves()[0] == 0
    assert_promise(desk)


def leader(desk: Desk) -> list[tuple[int, ...]]:
    """The backend that holds the schedule's lock; never two."""
    found = desk.rows(
        """select pg_locks.pid from pg_locks join pg_database on pg_database.oid = database and datname = current_database()
           where locktype = 'advisory' and granted
               and classid::bigint << 32 | objid::bigint = hashtextextended('wirewatch lead wirewatch', 0)"""
    )
    assert len(found) <= 1
    return found


def test_a_scheduler_and_a_worker_apart_are_one_daemon(desk: Desk) -> None:
    with desk.start("scheduler") as scheduler, desk.start("worker") as worker:
        wait_until(lambda: stored(desk) == published(desk), 60)
        wait_until(lambda: desk.rows("select leads from member where part = 'scheduler'") == [(True,)])

        members = json.loads(desk.run("status", "--json").out)["members"]
        assert [(each["pid"], each["part"], each["leads"], each["alive"]) for each in members] == [
            (scheduler.process.pid, "scheduler", True, True),
            (worker.process.pid, "worker", False, True),
        ]
        assert "crawled" not in scheduler.said()
        assert [scheduler.leaves()[0], worker.leaves()[0]] == [0, 0]
        assert desk.rows("select from member") == []


def test_the_service_manager_hears_how_it_starts_reloads_and_leaves(desk: Desk) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(desk.folder / "notify"))
        manager.settimeout(20)
        desk.environment |= {"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "120000000"}
        with desk.start("scheduler") as daemon:
            heard = [manager.recv(100), manager.recv(100)]
            daemon.process.send_signal(signal.SIGHUP)
            heard += [manager.recv(100), manager.recv(100)]
            assert daemon.leaves()[0] == 0
            heard.append(manager.recv(100))

    assert [re.sub(rb"\d{3,}", b"N", said) for said in heard] == [
        b"READY=1",
        b"WATCHDOG=1",
        b"RELOADING=1\nMONOTONIC_USEC=N",
        b"READY=1",
        b"STOPPING=1",
    ]


def test_a_slot_has_one_digest_however_often_the_daemon_starts(desk: Desk) -> None:
    assert desk.run("crawl").code == 0
    desk.rows("update recipient set began_at = began_at - interval '2 days'")
    for _ in range(3):
        with desk.start("run") as daemon:
            wait_until(lambda: desk.rows("select from mail where state = 'sent'"))
            wait_until(lambda: desk.rows("select from run where closed_at is not null"))
            daemon.leaves()
    # Somebody new: no slot before they came is owed to them.
    desk.configure(readers=("ann@example.org", "new@example.org"), digest="00:00")
    with desk.start("run") as daemon:
        wait_until(lambda: polls(desk, "crane") and desk.rows("select from run where recipient like 'ann%%' and slot not like '%%Z'"))
        daemon.leaves()

    assert desk.told() == {told: 1 for told in desk.owed() if told[0] == "ann@example.org"}
    assert desk.rows("select from run where recipient = 'new@example.org'") == []


def test_mail_waits_for_a_server_that_is_down_and_goes_out_once_with_the_same_message_id(desk: Desk) -> None:
    inbox = Inbox()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    desk.configure(more=f'[mail]\nfrom = "desk@example.org"\nsmtp = "smtp://127.0.0.1:{port}"')
    desk.run("crawl")

    digest = desk.run("digest")
    assert digest.code == 1
    assert digest.out.startswith("a…@example.org: not sent: ")
    assert digest.out.endswith("; tried again later\n")
    assert "mail not sent" in digest.err
    waiting = desk.run("status")
    assert "outbox: 1 to send" in waiting.out
    desk.rows("update mail set created_at = created_at - interval '2 hours'")
    late = desk.run("status")
    assert (late.code, "not well: outbox: a mail has waited since" in late.out) == (1, True)

    desk.rows("update mail set next_try_at = now()")
    server = Controller(inbox, hostname="127.0.0.1", port=port)
    server.start()
    try:
        with desk.start("run") as daemon:
            wait_until(lambda: inbox.messages)
            wait_until(lambda: desk.rows("select from mail where state = 'sent'"))
            daemon.leaves()
    finally:
        server.stop()
    [(message_id, content)] = desk.rows("select message_id, bytes from mail")
    assert inbox.messages == [(["ann@example.org"], content)]
    assert message_id.encode() in content


def test_a_story_that_is_to_be_told_at_once_goes_out_at_once_and_the_digest_does_not_repeat_it(desk: Desk) -> None:
    with served() as wire, receiving() as (inbox, port):
        lists(wire, "Old strike")
        desk.configure(sources=(), readers=(), more=ALERTING.format(feed=f"{wire.url}/rss", port=port))
        with desk.start("run") as daemon:
            wait_until(lambda: desk.rows("select from due where not instant"))
            lists(wire, "Old strike", "Dockers strike", "Rain at last")
            wait_until(lambda: inbox.messages)
            wait_until(lambda: desk.rows("select count(*) from due having count(*) = 3"))
            desk.ask_for_digests()
            wait_until(lambda: len(inbox.messages) == 2)
            assert daemon.leaves()[0] == 0
    alert, digest = (email.message_from_bytes(content, policy=email.policy.default) for _, content in inbox.messages)
    assert (alert["Subject"], digest["Subject"].partition(" · ")[0]) == ("Alert · strike: Dockers strike", "2 stories")
    told = digest.get_body(("plain",)).get_content()
    assert "Dockers" not in told and "Rain at last" in told and "1 sent at once" in told
    [(waited,)] = desk.rows("select mail.created_at - due.created_at from mail join due on due.mail = mail.id where kind = 'instant'")
    print(f"alert written {waited} after its story was stored")
    assert waited < timedelta(seconds=5)
