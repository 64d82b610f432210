"""No text of the network, the configuration or a recipient adds a header field, in any mail, on any interpreter."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_correction import told
from test_digest import NOON, a_digest, a_news
from test_mail import EVIL, LINE_ENDS, hostile, names

from alerts import correction, mail, notice
from alerts.message import PART_FIELDS
from alerts.notice import Notice, Recovery, Trouble
from alerts.plain import plain
from spiders.story import Dateline

ROOT = Path(__file__).parents[2]
texts = st.fixed_dictionaries(dict.fromkeys(("headline", "agency", "source", "rule", "reader", "sender", "url"), hostile))


def a_hostile_digest(said: dict[str, str]) -> mail.Digest:
    news = a_news(said["headline"], rule=said["rule"] or "r", tags=(said["rule"],), source=said["source"], also=(said["source"],))
    story = replace(
        news.story,
        agency=said["agency"],
        language=said["agency"],
        slug=said["headline"],
        note=said["headline"],
        canonical_url=f"https://example.org/{said['url']}",
        dateline=Dateline(raw=said["headline"][:5] or "x"),
        paragraphs=(said["headline"],),
    )
    reader = replace(a_digest().recipient, name=said["reader"], rules=(said["rule"] or "r",))
    return replace(a_digest(replace(news, story=story), recipient=reader), names={said["rule"] or "r": said["rule"]})


def sender(said: dict[str, str]) -> str:
    """A name is what the configuration lets through: one line without angle brackets."""
    return f"{plain(said['sender']).translate({ord('<'): None, ord('>'): None})} <desk@example.org>"


def decoded(value: str) -> str:
    return str(make_header(decode_header(value.replace("\r\n", ""))))


def checked(data: bytes, fields: tuple[str, ...]) -> Message:
    """A message whose fields are ours, and its parts', read by hand and by the standard library."""
    message = message_from_bytes(data)
    parts = message.get_payload()
    assert names(data) == tuple(message.keys()) == fields
    assert isinstance(parts, list) and [tuple(part.keys()) for part in parts if isinstance(part, Message)] == [PART_FIELDS] * 2
    assert b"\n" not in data.replace(b"\r\n", b"") and b"\r" not in data.replace(b"\r\n", b"")
    # As every relay takes it: 7 bits, no line that it would have to break.
    assert data.isascii() and max(map(len, data.split(b"\r\n"))) <= 998
    return message


@settings(deadline=None)
@given(texts)
def test_smtp_09_whatever_a_digest_says_its_header_names_are_ours(said: dict[str, str]) -> None:
    message = checked(mail.build(a_hostile_digest(said), run=1, sender=sender(said)), mail.FIELDS)

    assert parseaddr(message["To"].replace("\r\n", ""))[1] == "analyst@example.org"
    assert decoded(parseaddr(message["To"].replace("\r\n", ""))[0]) == plain(said["reader"]).strip()
    assert parseaddr(message["From"].replace("\r\n", ""))[1] == "desk@example.org"


@settings(deadline=None)
@given(texts)
def test_smtp_09_whatever_a_correction_says_its_header_names_are_ours(said: dict[str, str]) -> None:
    (one,) = told().corrections
    after = replace(one.after, headline=said["headline"] or "x", agency=said["agency"], note=said["headline"], language=said["rule"])
    found = replace(one, after=after, source=said["source"], passages=((("removed", said["headline"]), ("added", said["agency"])),))
    reader = replace(told().recipient, name=said["reader"])

    data = correction.build(replace(told(), corrections=(found,), recipient=reader), run=1, sender=sender(said))

    message = checked(data, correction.FIELDS)
    assert decoded(message["Subject"]) == f"CORRECTED: {plain(said['headline'] or 'x').strip() or 'https://example.org/1'}".strip()


@settings(deadline=None)
@given(texts)
def test_smtp_09_whatever_a_notice_says_its_header_names_are_ours(said: dict[str, str]) -> None:
    trouble = Trouble(what=said["source"], since=NOON, detail=said["headline"], means="m", advice=said["rule"], first_bad=said["url"])
    over = Recovery(what=said["agency"], since=NOON, until=NOON, missed=(said["headline"],))
    found = Notice(to="ops@example.org", outage=1, now=NOON, troubles=(trouble,), recoveries=(over,))

    checked(notice.build(found, sender=sender(said)), notice.FIELDS)


#: Header fields and a message, by what needs nothing but the standard library; prints them as JSON.
WIRE = """
import json, sys
from alerts import header
from alerts.message import assemble
texts = json.load(sys.stdin)
fields = {}
for number, text in enumerate(texts):
    fields[f"X-Text-{number}"] = header.text(f"X-Text-{number}", text)
    fields[f"X-Name-{number}"] = header.address(f"X-Name-{number}", text, "desk@example.org")
url = "<https://example.org/u/" + "t" * 90 + ">,"
fields["List-Unsubscribe"] = header.tokens("List-Unsubscribe", url, "<mailto:desk@example.org?subject=unsubscribe>")
data = assemble(fields, text="".join(texts).replace("\\r", ""), html="<p>" + texts[0])
print(json.dumps(data.decode("ascii")))
"""
TEXTS = [
    *(EVIL, "Bcc: evil@x", '"Lee, Ann" \\', "Парад: " + "북한 " * 40, "=?utf-8?b?" + "x" * 90),
    *(f"one{end}Bcc: evil@x" for end in LINE_ENDS),
]


def _interpreters() -> dict[str, str]:
    """Version → path of every Python from 3.11 to 3.13 that is found: by pyenv, and on the path."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    on_path = filter(None, (shutil.which(f"python3.{minor}") for minor in (11, 12, 13)))
    found = [*map(str, sorted(pyenv.glob("3.1[123].*/bin/python"))), *on_path, sys.executable]
    return {version: python for python in found if (version := _version(python)).startswith(("3.11", "3.12", "3.13"))}


def _version(python: str) -> str:
    command = [python, "-c", "import platform; print(platform.python_version())"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def test_deploy_03_every_python_writes_the_same_bytes() -> None:
    found = _interpreters()
    if len(found) < 2:
        pytest.skip(f"only Python {', '.join(found)} is here; others from 3.11 to 3.13 are compared with it where they are installed")

    wires = {
        version: json.loads(
            subprocess.run(
                [python, "-S", "-c", WIRE],
                input=json.dumps(TEXTS),
                capture_output=True,
                text=True,
                check=True,
                env={"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
            ).stdout
        )
        for version, python in found.items()
    }

    assert len(set(wires.values())) == 1, sorted(wires)
    (wire, *_) = wires.values()
    assert set(names(wire.encode())) == {
        *(f"X-{kind}-{number}" for kind in ("Text", "Name") for number in range(len(TEXTS))),
        *("List-Unsubscribe", "MIME-Version", "Content-Type"),
    }
