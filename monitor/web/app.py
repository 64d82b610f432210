"""The web application: a page behind the link of each mail that asks and a POST that acts; /health and /metrics for machines.

Reading never changes anything: programs that look at the links of a mail open each of them.
"""

import asyncio
import logging
from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import timedelta
from hashlib import sha256

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from alerts.page import STYLE, Page, Says, render
from alerts.recipient import Recipient, masked
from monitor import absences, heartbeat, leaving, links
from monitor.database import StoreError
from monitor.exposition import TYPE, text
from monitor.metrics import figures, process, store_up
from monitor.reach import Reach
from monitor.watch import Watch
from monitor.web import form

log = logging.getLogger(__name__)

#: Bytes that a request may post, and the time that this may take: a choice has twenty.
LARGEST, PATIENCE = 4096, timedelta(seconds=10)
#: How long /health and /metrics wait for Postgres: a monitor waits ten seconds for them, and is to hear that it is away.
WAIT = timedelta(seconds=2.5)
#: The address of a page opens it: it is told to nobody, kept nowhere, and nothing else comes onto the page.
HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}

_STATUS = {"unknown": 404, "refused": 400, "busy": 503}
_Answer = Callable[[Watch, Request], Awaitable[Page]]


def application(watch: Watch) -> Starlette:
    """The application over one store."""

    def answering(answer: _Answer) -> Callable[[Request], Awaitable[Response]]:
        async def respond(request: Request) -> Response:
            try:
                page = await answer(watch, request)
            except StoreError as exc:
                log.error("page not answered code=page-not-answered error=%s", exc)
                page = Page(says="busy", now=watch.clock())
            return HTMLResponse(render(page), _STATUS.get(page.says, 200), HEADERS)

        return respond

    async def health(request: Request) -> Response:
        return await _health(watch)

    async def metrics(request: Request) -> Response:
        return await _metrics(watch)

    async def refuse(request: Request, refusal: Exception) -> Response:
        return _refused(watch, refusal)

    return Starlette(
        routes=[
            Route("/unsubscribe/{token}", answering(_ask), methods=["GET"]),
            Route("/unsubscribe/{token}", answering(_act), methods=["POST"]),
            Route("/health", health, methods=["GET"]),
            Route("/metrics", metrics, methods=["GET"]),
        ],
        exception_handlers={HTTPException: refuse},
    )


async def _ask(watch: Watch, request: Request) -> Page:
    """What to do; or, for somebody who has left, that they have."""
    async with watch.database.connection() as connection:
        email = await links.recipient(connection, request.path_params["token"])
        if email is None:
            return Page(says="unknown", now=watch.clock())
        reach = await absences.reach(connection, _recipient(watch, email), now=watch.clock())
    return _page(watch, reach, asks=True)


async def _act(watch: Watch, request: Request) -> Page:
    """Do what was chosen, and say so; again, the same."""
    chosen = form.choice(request.headers.get("content-type", ""), await _body(request))
    now = watch.clock()
    async with watch.database.connection() as connection:
        email = await links.recipient(connection, request.path_params["token"])
        if email is None:
            return Page(says="unknown", now=now)
        recipient = _recipient(watch, email)
        if chosen is None:
            return Page(says="refused", now=now, recipient=recipient)
        if chosen == form.STOP:
            await leaving.stop(connection, email, by="recipient", now=now)
        else:
            await leaving.pause(connection, email, by="recipient", now=now, until=now + timedelta(weeks=chosen))
        reach = await absences.reach(connection, recipient, now=now)
    return _page(watch, reach)


def _page(watch: Watch, reach: Reach, *, asks: bool = False) -> Page:
    now = watch.clock()
    kept = {each.kind: each for each in reach.absences if each.covers(now)}
    says: Says = "stopped" if "stopped" in kept else "ask" if asks or "paused" not in kept else "paused"
    return Page(
        says=says,
        now=now,
        recipient=reach.recipient,
        address=masked(reach.recipient.email),
        until=kept["paused"].over_at if says == "paused" else None,
        desk=watch.settings.mail.sender,
    )


def _recipient(watch: Watch, email: str) -> Recipient:
    """As configured; in English and UTC for somebody whom the file does not name any more."""
    return next((each for each in watch.settings.recipients if each.email == email), Recipient(email=email, rules=()))


async def _body(request: Request) -> bytes:
    """What was posted. Raise HTTPException when it is too long, or takes too long."""
    body = b""
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LARGEST:
                    raise HTTPException(413)
    except (TimeoutError, ClientDisconnect) as exc:
        raise HTTPException(408) from exc
    return body


def _refused(watch: Watch, refusal: Exception) -> Response:
    """No such page, or nothing that one does with it."""
    assert isinstance(refusal, HTTPException)
    page = Page(says="unknown" if refusal.status_code == 404 else "refused", now=watch.clock())
    return HTMLResponse(render(page), refusal.status_code, {**HEADERS, **(refusal.headers or {})})


async def _health(watch: Watch) -> Response:
    """200 while polls and mails move; else 503, and what does not."""
    try:
        async with watch.database.connection(WAIT) as connection:
            stands_still = heartbeat.trouble(await heartbeat.pulse(connection), now=watch.clock())
    except StoreError as exc:
        log.error("page not answered code=page-not-answered error=%s", exc)
        stands_still = "the store does not answer"
    return PlainTextResponse(f"Not well: {stands_still}.\n" if stands_still else "All is well.\n", 503 if stands_still else 200, HEADERS)


async def _metrics(watch: Watch) -> Response:
    """The figures; where Postgres is away, those of this process."""
    try:
        async with watch.database.connection(WAIT) as connection:
            known = [store_up(True), *await figures(connection, watch.settings, now=watch.clock())]
    except StoreError as exc:
        log.error("page not answered code=page-not-answered error=%s", exc)
        known = [store_up(False)]
    return Response(text([*known, *process()]), 200, {**HEADERS, "Content-Type": TYPE})
