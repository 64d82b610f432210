"""A chat service on loopback that takes what apprise's json:// posts."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Chat:
    """What was posted, title and text; and what it answers."""

    url: str
    status: int = 200
    said: list[tuple[str, str]] = field(default_factory=list)


@contextmanager
def chatting() -> Iterator[Chat]:
    """A service on 127.0.0.1 for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if chat.status == 200:
                chat.said.append((told["title"], told["message"]))
            self.send_response(chat.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    chat = Chat(f"json://desk:token@127.0.0.1:{server.server_port}/room")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield chat
    finally:
        server.shutdown()
        server.server_close()
