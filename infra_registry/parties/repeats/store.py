"""Rows of answered writes; each user sees his own."""

from typing import Any

from sqlalchemy import Connection, text


def take(connection: Connection, actor: str, key: str, digest: bytes) -> bool:
    """Claim the key; waits for another transaction that holds it. False when it was taken."""
    row = connection.execute(
        text("""INSERT INTO idempotency (actor, key, request_digest) VALUES (:actor, :key, :digest)
                ON CONFLICT DO NOTHING RETURNING 1"""),
        {"actor": actor, "key": key, "digest": digest},
    )
    return row.first() is not None


def read(connection: Connection, actor: str, key: str) -> Any:
    """The kept answer, or None."""
    return connection.execute(
        text("SELECT request_digest, status, answer FROM idempotency WHERE actor = :actor AND key = :key"),
        {"actor": actor, "key": key},
    ).one_or_none()


def keep(connection: Connection, actor: str, key: str, *, status: int, answer: str) -> None:
    """Write the answer beside its claim."""
    connection.execute(
        text("UPDATE idempotency SET status = :status, answer = :answer WHERE actor = :actor AND key = :key"),
        {"actor": actor, "key": key, "status": status, "answer": answer},
    )
