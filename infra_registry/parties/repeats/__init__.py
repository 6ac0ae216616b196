"""Writes that are sent again: the same key and content get the same answer, and nothing is done twice.

Claim, write and answer stand in one transaction. A second request with the same key waits for the first
one's end on the key's unique index, and then finds its answer.
"""

import hashlib
from dataclasses import dataclass

from sqlalchemy import Connection

from infra_registry.errors import Fault, Invalid
from infra_registry.parties.repeats import store

SHORTEST, LONGEST = 8, 100


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: status, body and the headers that belong to it, as text."""

    status: int
    text: str


def check_key(key: str) -> None:
    """Raise Invalid unless the key is 8 to 100 visible ASCII characters."""
    if not (SHORTEST <= len(key) <= LONGEST and key.isascii() and key.isprintable()):
        raise Invalid(
            [Fault("Idempotency-Key", key[:120], "request.idempotency_key", f"{SHORTEST} … {LONGEST}")]
        )


def claim(connection: Connection, user_id: int, key: str, content: bytes) -> Answer | None:
    """Take the key, or give what was answered before; Invalid when it was used for something else."""
    digest = hashlib.sha256(content).digest()
    if store.take(connection, str(user_id), key, digest):
        return None
    earlier = store.read(connection, str(user_id), key)
    if earlier is None or earlier.request_digest != digest:
        raise Invalid([Fault("Idempotency-Key", key, "request.idempotency_reused", "")])
    return Answer(earlier.status, earlier.answer)


def keep(connection: Connection, user_id: int, key: str, answer: Answer) -> None:
    """Keep the answer with the write it belongs to."""
    store.keep(connection, str(user_id), key, status=answer.status, answer=answer.text)
