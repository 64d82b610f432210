"""Channel: another way than mail to reach somebody, Slack, Matrix, Telegram and some hundred more, by apprise (an extra).

What goes out is the mail's own subject and text: one message, one ledger, whichever way it takes.
"""

import asyncio
import email
import logging
from email.message import EmailMessage
from email.policy import default
from typing import TYPE_CHECKING

from alerts.deliver import DeliveryError, Look, anyway

if TYPE_CHECKING:
    from apprise import Apprise

#: Seconds for all the requests of one message.
LONGEST = 600.0


class BadChannel(DeliveryError):
    """The address of a channel that cannot be used: nothing left. The message never repeats it: it is a secret."""

    def __init__(self, message: str) -> None:
        super().__init__(message, permanent=False)


class Channel:
    """A channel by its apprise address, "slack://…"."""

    def __init__(self, url: str) -> None:
        """Read the address (https://github.com/caronc/apprise/wiki). Raise BadChannel."""
        self._scheme = url.partition("://")[0]
        self._service = _service(url)

    async def send(self, data: bytes, *, to: str, sender: str, look: Look = anyway) -> None:
        """Send subject and text of a message.

        Raise DeliveryError: apprise does not say why, so it is never permanent, and whoever took the message may have it.
        """
        title, text = _said(data)
        await look()
        try:
            is_out = await asyncio.wait_for(asyncio.to_thread(self._notify, title, text), LONGEST)
        except TimeoutError:
            is_out = False
        if not is_out:
            raise DeliveryError(f"{self._scheme}://: the channel did not say that it took the message", permanent=False, unanswered=True)

    def _notify(self, title: str, text: str) -> bool:
        # Text is what it is: no escapes, no markup of the channel's.
        return bool(self._service.notify(title=title, body=text, body_format="text", interpret_escapes=False))


def _service(url: str) -> "Apprise":
    try:
        # Only here: it takes a second, and a desk without channels need not have it.
        import apprise
    except ImportError as exc:
        raise BadChannel("channel: needs apprise, which is not installed; run pip install 'wirewatch[channels]'") from exc
    # What it logs of a failure may hold the address, key and all.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    service = apprise.Apprise(asset=apprise.AppriseAsset(app_id="wirewatch", async_mode=False))
    if not service.add(url) or len(service) != 1:
        raise BadChannel(
            'channel: apprise cannot read the address; write it as apprise has it, such as "slack://token-a/token-b/token-c/#desk"'
        )
    return service


def _said(data: bytes) -> tuple[str, str]:
    """Subject and text of a message."""
    message = email.message_from_bytes(data, policy=default)
    assert isinstance(message, EmailMessage)
    part = message.get_body(("plain",))
    return str(message["Subject"]), str(part.get_content()).replace("\r\n", "\n") if part else ""
