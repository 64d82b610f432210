"""The event loop of the whole run as Twisted's reactor, for tests that crawl in this process.

Twisted allows one reactor a process, and it stays on one loop. So a module that crawls runs on the loop of the session:

    pytestmark = pytest.mark.asyncio(loop_scope="session")

and asks for ``reactor``. What else it needs on that loop (a Database, for one) it opens in the test itself: other fixtures
have a loop of their own each.
"""

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio
from twisted.internet import asyncioreactor


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def reactor() -> AsyncIterator[None]:
    """A running reactor on the session's loop; the loop stays in charge."""
    asyncioreactor.install(asyncio.get_running_loop())
    from twisted.internet import reactor

    reactor.startRunning(installSignalHandlers=False)
    yield
    # Its threads look up names, and would keep the process from ending.
    reactor.getThreadPool().stop()
