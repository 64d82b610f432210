"""Run by the Python that has Hyperscan: literals and texts come as JSON, the seconds of CPU that a text takes go out."""

import json
import sys
import time

import hyperscan

ROUNDS = 5


def measure(literals: list[str], texts: list[str]) -> dict[str, float]:
    """Seconds to compile, seconds a text, hits a text: every literal wherever it stands, as our automaton finds them."""
    began = time.process_time()
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(expressions=[literal.encode() for literal in literals], ids=list(range(len(literals))), literal=True)
    compiled = time.process_time() - began
    return {"compile": compiled, **_scanned(database, [text.encode() for text in texts])}


def _scanned(database: hyperscan.Database, texts: list[bytes]) -> dict[str, float]:
    found: list[tuple[int, int, int]] = []

    def hit(number: int, start: int, end: int, _flags: int, _context: object) -> None:
        found.append((number, start, end))

    spent = []
    for _ in range(ROUNDS):
        found.clear()
        began = time.process_time()
        for text in texts:
            database.scan(text, match_event_handler=hit)
        spent.append(time.process_time() - began)
    return {"text": min(spent) / len(texts), "hits": len(found) / len(texts)}


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    print(json.dumps([measure(literals, asked["texts"]) for literals in asked["literals"]]))
