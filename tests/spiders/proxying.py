"""A little forward proxy on loopback, which reads plain requests and tunnels the others."""

import http.client
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

#: Named by the proxy to the next server, never.
HOP_BY_HOP = ("proxy-authorization", "proxy-connection", "connection")


@dataclass
class Proxying:
    """What the proxy was asked."""

    port: int
    #: "GET http://…" or "CONNECT host:port", and the headers that came with it.
    requests: list[tuple[str, Message]] = field(default_factory=list)

    @property
    def lines(self) -> list[str]:
        return [line for line, _ in self.requests]


@contextmanager
def proxying(host: str = "127.0.0.3") -> Iterator[Proxying]:
    """A proxy for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.requests.append((f"GET {self.path}", self.headers))
            url = urlsplit(self.path)
            connection = http.client.HTTPConnection(url.netloc, timeout=5)
            headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
            connection.request("GET", url.path, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            connection.close()

        def do_CONNECT(self) -> None:
            seen.requests.append((f"CONNECT {self.path}", self.headers))
            there, _, port = self.path.rpartition(":")
            with socket.create_connection((there, int(port)), timeout=5) as far:
                self.send_response(200)
                self.end_headers()
                relay(self.connection, far)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer((host, 0), Handler)
    seen = Proxying(server.server_port)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield seen
    finally:
        server.shutdown()
        server.server_close()


def relay(one: socket.socket, other: socket.socket) -> None:
    """Hand over what comes at either end, until one hangs up."""
    ends = {one: other, other: one}
    with suppress(OSError):
        while True:
            for ready in select.select(list(ends), [], [], 5)[0]:
                data = ready.recv(65536)
                if not data:
                    return
                ends[ready].sendall(data)
