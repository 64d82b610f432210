"""alerts.channel: a message goes out by apprise, word for word."""

import logging
import subprocess
import sys
from email.message import EmailMessage

import pytest

from alerts.channel import BadChannel, Channel
from alerts.deliver import DeliveryError
from tests.chat import chatting


def a_message(subject: str = "3 stories: Dockers strike", text: str = "Dockers strike\nhttps://wire.example.org/one\n") -> bytes:
    message = EmailMessage()
    message["Subject"] = subject
    message.set_content(text)
    message.add_alternative("<p>the page</p>", subtype="html")
    return message.as_bytes()


async def test_subject_and_text_go_out() -> None:
    with chatting() as chat:
        await Channel(chat.url).send(a_message(), to="ann@example.org", sender="desk@example.org")

    assert chat.said == [("3 stories: Dockers strike", "Dockers strike\nhttps://wire.example.org/one")]


async def test_a_text_is_text_and_nothing_else() -> None:
    text = "곡물 <b>협정</b> *bold* :smile: {{ name }} \\n &amp; https://wire.example.org/?a=1&b=2"
    with chatting() as chat:
        await Channel(chat.url).send(a_message("Größe: 北韓", text), to="ann@example.org", sender="desk@example.org")

    assert [(title, said.rstrip("\n")) for title, said in chat.said] == [("Größe: 北韓", text)]


@pytest.mark.parametrize("status", [400, 404, 429, 500])
async def test_what_a_channel_does_not_take_is_tried_again(status: int, caplog: pytest.LogCaptureFixture) -> None:
    with chatting() as chat, pytest.raises(DeliveryError) as refused:
        chat.status = status
        await Channel(chat.url).send(a_message(), to="ann@example.org", sender="desk@example.org")

    said = "json://: the channel did not say that it took the message"
    assert (str(refused.value), refused.value.permanent, refused.value.unanswered) == (said, False, True)
    assert "token" not in caplog.text


async def test_a_channel_that_is_away_is_tried_again() -> None:
    with chatting() as chat:
        channel = Channel(chat.url)

    with pytest.raises(DeliveryError, match="json://: the channel did not say that it took the message"):
        await channel.send(a_message(), to="ann@example.org", sender="desk@example.org")


@pytest.mark.parametrize("url", ["slack://k3y", "nothing://k3y/room", "k3y", "json://:k3y@", ""])
def test_an_address_that_cannot_be_read_is_refused_and_not_repeated(url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(BadChannel, match="apprise cannot read the address") as refused:
        Channel(url)

    assert "k3y" not in f"{refused.value}{caplog.text}"
    assert (refused.value.permanent, refused.value.unanswered) == (False, False)


def test_without_apprise_it_says_what_to_install() -> None:
    code = "import sys; sys.modules['apprise'] = None\nfrom alerts.channel import Channel\nChannel('slack://a/b/c')"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)

    assert done.stderr.endswith("BadChannel: channel: needs apprise, which is not installed; run pip install 'wirewatch[channels]'\n")
