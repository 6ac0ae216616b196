"""Another visitor of a served register: what he asks for, what he is answered and how long that took."""

import http.client
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """One answer: the path asked for, its status, the seconds to its last byte, its body."""

    path: str
    status: int
    seconds: float
    body: bytes


def visit(port: int, path: str, *, timeout_s: float = 30) -> Answer:
    """One request on a connection of its own, from an address that no attack uses."""
    started = time.monotonic()
    connection = http.client.HTTPConnection(
        "127.0.0.1", port, timeout=timeout_s, source_address=("127.0.0.2", 0)
    )
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    return Answer(path, answer.status, time.monotonic() - started, body)
