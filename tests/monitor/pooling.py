"""A pooler before a real Postgres, on loopback: in transaction mode its one process is anybody's between two transactions."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Pooler:
    """One process of Postgres for all clients, each of whom has it from the first word of a transaction to its end."""

    def __init__(self, url: str, *, keeps_session: bool) -> None:
        self.url, self.keeps_session = urlsplit(url), keeps_session
        self.turn = asyncio.Lock()
        self.server: Streams | None = None
        self.welcome = b""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._serve(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello = await _hello(reader)
        if hello[4:8] == struct.pack("!I", 80877103):  # SSLRequest
            writer.write(b"N")
            hello = await _hello(reader)
        if b"\0options\0" in hello:
            said = b"SFATAL\0C08P01\0Munsupported startup parameter: options\0\0"
            writer.write(b"E" + struct.pack("!I", len(said) + 4) + said)
            return
        if self.keeps_session:
            await self._session(hello, reader, writer)
            return
        async with self.turn:
            server = self.server = self.server or await self._connect(hello)
        writer.write(self.welcome)
        while True:
            message = await _message(reader)
            if message[:1] == b"X":
                return
            async with self.turn:
                await self._transaction(message, (reader, writer), server)

    async def _transaction(self, message: bytes, client: Streams, server: Streams) -> None:
        while True:
            server[1].write(message)
            while message[:1] not in (b"Q", b"S"):
                message = await _message(client[0])
                server[1].write(message)
            while (answer := await _message(server[0]))[:1] != b"Z":
                client[1].write(answer)
            client[1].write(answer)
            if answer[5:6] == b"I":
                return
            message = await _message(client[0])

    async def _session(self, hello: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await self._reach()
        ours.write(hello)
        await asyncio.wait([asyncio.create_task(_pipe(reader, ours)), asyncio.create_task(_pipe(theirs, writer))])

    async def _reach(self) -> Streams:
        given = parse_qs(self.url.query)
        return await asyncio.open_unix_connection(f"{given['host'][0]}/.s.PGSQL.{given.get('port', ['5432'])[0]}")

    async def _connect(self, hello: bytes) -> Streams:
        server = await self._reach()
        server[1].write(hello)
        while (message := await _message(server[0]))[:1] != b"Z":
            self.welcome += message
        self.welcome += message
        return server


async def _hello(reader: asyncio.StreamReader) -> bytes:
    size = await reader.readexactly(4)
    return size + await reader.readexactly(struct.unpack("!I", size)[0] - 4)


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while said := await reader.read(65536):
        writer.write(said)
    writer.close()


async def _message(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readexactly(5)
    return head + await reader.readexactly(struct.unpack("!I", head[1:])[0] - 4)


@asynccontextmanager
async def pooled(url: str, *, keeps_session: bool = False) -> AsyncIterator[str]:
    """The URL of a pooler before a Postgres, which takes no ``options``: as pgbouncer that was not told otherwise.

    ``keeps_session``: a client has a process to itself, as in pgbouncer's session mode.
    """
    pooler = Pooler(url, keeps_session=keeps_session)
    server = await asyncio.start_server(pooler.serve, "127.0.0.1", 0)
    user = urlsplit(url).username or "postgres"
    yield f"postgresql://{user}@127.0.0.1:{server.sockets[0].getsockname()[1]}{pooler.url.path}"
    server.close()
    if pooler.server:
        pooler.server[1].close()
