"""Codes: what each warning and error of the log means, and what to do first. The line itself carries ``code=`` and this ``do``."""

from dataclasses import dataclass

#: Of what a library says by itself, with its logger's name.
LIBRARY = "library"


@dataclass(frozen=True, kw_only=True, slots=True)
class Code:
    """One kind of trouble, under a name that does not change."""

    means: str
    #: One sentence, printed with every such line.
    do: str


CODES = {
    "advisory-unclear": Code(
        means="An agency withdrew or holds a story, and it is not certain which; nobody is told before the operator says it.",
        do="wirewatch advisories list shows what it may mean; wirewatch advisories settle answers",
    ),
    "alert-not-written": Code(
        means="What a recipient was to be told at once could not be put into a mail; it waits for their digest.",
        do="look at what the line says, then at the recipient's address with wirewatch check",
    ),
    "backtest-failed": Code(
        means="A back-test over all that is stored did not end; the rule itself is not touched.",
        do="wirewatch rules results shows what it says; place it again when that is mended",
    ),
    "body-unread": Code(
        means="The reader of unknown pages failed on a page; its story stands on what the feed says.",
        do="if a source does so often, give it selectors: wirewatch sources test SOURCE",
    ),
    "claims-not-renewed": Code(
        means="Postgres did not take the renewal of the sources a batch works on; if it goes on, another worker polls them too.",
        do="nothing once; if it goes on, look at Postgres",
    ),
    "clock-went-back": Code(
        means="The clock was ahead by more than ten minutes and is right again: what was put off to its future is due now.",
        do="see that the machine's clock is kept by NTP: timedatectl",
    ),
    "configuration-refused": Code(
        means="A configuration was saved that cannot be used; the one before it stays in force.",
        do="mend what the line names and save again; wirewatch check shows all of it",
    ),
    "configuration-waits": Code(
        means="A new configuration could not be written to Postgres yet; the one before it stays in force and this is tried again.",
        do="nothing; if it goes on, look at Postgres",
    ),
    "correction-not-written": Code(
        means="What a recipient must hear of a story they were told could not be put into a mail; the others hear it, this is tried again.",
        do="report it with this line; until then tell its reader by hand",
    ),
    "disk-low": Code(
        means="The disk of the store is nearly full: pages are no longer kept as evidence, stories still are.",
        do="make room, or shorten bytes and text of [retention]",
    ),
    "heartbeat-stops": Code(
        means="No poll succeeds, or no mail goes out: the operator's own monitor is not pinged until both do again.",
        do="wirewatch status shows what stands still",
    ),
    "heartbeat-unheard": Code(
        means="The operator's own monitor did not take a ping; it is pinged on each minute.",
        do="look at that monitor, and at heartbeat_url of [operator]",
    ),
    "job-left": Code(
        means="Postgres went away or ran out of room in the middle of a poll, a digest or a mail, which is done again when it is back. "
        "Said once; a minute after the last of it: schedule goes on, or jobs go on.",
        do="look at Postgres, and at the room on its disk",
    ),
    "job-overdue": Code(
        means="A job did not end within its limit and was ended; what it had claimed is due again, the other jobs kept their times.",
        do="if it goes on, report it with the job's name; wirewatch status shows what is late",
    ),
    "leaving-unfinished": Code(
        means="The daemon was told to leave and something did not end in time; it is done after the next start.",
        do="nothing; if each stop says so, look at Postgres",
    ),
    LIBRARY: Code(
        means="A library that wirewatch stands on complains by itself.",
        do="nothing once; if it goes on, report it with the lines before it",
    ),
    "mail-not-sent": Code(
        means="A mail was refused or its server not reached; unless permanent=True it is tried again; unanswered=True: perhaps it arrived.",
        do="look at what the mail server said; wirewatch digest tries what waits at once",
    ),
    "match-missed": Code(
        means="The nightly sweep found a story that a rule is true of and that was not matched when it came in; it is told now.",
        do="report it with this line; wirewatch rules explain RULE STORY shows why it matches",
    ),
    "match-wrong": Code(
        means="The nightly sweep found a match of a story that the same version of the rule is not true of.",
        do="report it with this line; wirewatch rules explain RULE STORY shows why it does not match",
    ),
    "not-matched-again": Code(
        means="What another machine stored by other rules could not be matched by those in force; it waits, and this is tried again.",
        do="nothing once; if it goes on, look at Postgres and report the line",
    ),
    "outage": Code(
        means="A source, or this machine, is in a state in which stories may be missed; said once, and when it is over.",
        do="wirewatch status shows what is wrong now; wirewatch sources test SOURCE tries it",
    ),
    "page-not-answered": Code(
        means="Somebody opened the page behind a mail's link, or its /health was asked, and Postgres did not answer; nothing was changed.",
        do="look at Postgres; the reader was told to try again",
    ),
    "page-slow": Code(
        means="A page of a wire with selectors took long; those of its source are read in a process of their own until the next start.",
        do="nothing once; if a source does so at each start, report it with the address",
    ),
    "poll-failed": Code(
        means="What a source listed could not be stored, for a reason of its own: not because Postgres was away.",
        do="report it with this line; the source is polled again, later each time",
    ),
    "preset-upgraded": Code(
        means="A packaged rule says something else than when it was last in use; from now on it is the new one that decides.",
        do='the line names the result that shows what it gains and loses; preset = "NAME@1" keeps the old one',
    ),
    "reader-failed": Code(
        means="A reader failed on a document in a way that it does not know; the poll or page counts as failed.",
        do="report it with the address; what was stored before stays",
    ),
    "recipient-suspended": Code(
        means="Three mails to a recipient within a week came back or were refused for good; nothing is sent to them, what is due waits.",
        do="wirewatch recipients list shows who; mend the address, or wirewatch recipients resume ADDRESS",
    ),
    "restart-needed": Code(
        means="[database] or [fetch] was changed; the daemon keeps the values it was started with.",
        do="restart wirewatch",
    ),
    "schedule-failed": Code(
        means="A tick of the schedule failed in a way that it does not know; the next one tries again.",
        do="report it with this line; wirewatch status shows what is late",
    ),
    "schedule-waits": Code(
        means="Postgres is away, silent or full: nothing is polled or sent until it is back. "
        "Said once; a minute after the last of it: schedule goes on.",
        do="look at Postgres, and at the room on its disk",
    ),
    "start-waits": Code(
        means="Postgres does not answer, or takes nobody in, while wirewatch starts; it is tried again, each half minute at the latest.",
        do="look at Postgres, then at the address, user and password of the database; wirewatch check shows them",
    ),
    "store-taken-over": Code(
        means="This store followed another configuration file until now; its sources and recipients rest.",
        do="if that was not meant, start the other one again, and this one with a --data-dir of its own",
    ),
    "stored-singly": Code(
        means="Postgres refused some new stories together; each is stored by itself, and the one at fault says so.",
        do="nothing once; if it goes on without a story-not-stored, report it with the error",
    ),
    "story-not-stored": Code(
        means="Postgres refused one story; the others of its poll are stored, this one is tried again later.",
        do="report it with the address and the error",
    ),
    "template-broken": Code(
        means="A template of the folder that [mail] templates names could not be rendered; the mail went out in the packaged form.",
        do="mend the line that the error names; wirewatch check tries all of them with a sample",
    ),
    "worker-waits": Code(
        means="The queue's connection to Postgres was lost; the worker begins anew by itself.",
        do="nothing once; if it goes on, look at Postgres",
    ),
}
