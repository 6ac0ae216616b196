"""SQL of counted attempts. Run as the service."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, text, update

from infra_registry.limits.tables import attempt

MOST_READ = 100


def take_turns(connection: Connection, digests: Iterable[bytes]) -> None:
    """Let attempts under the same digest come one after another until the transaction ends."""
    for key in sorted({int.from_bytes(digest[:8], "big", signed=True) for digest in digests}):
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def failures(
    connection: Connection, label: str, digest: bytes, since: datetime, *, forgiving: bool
) -> list[datetime]:
    """When attempts failed after ``since``, newest first; ``forgiving``: only those after the last success."""
    mine = (attempt.c.label == label, attempt.c.digest == digest)
    query = select(attempt.c.at).where(*mine, ~attempt.c.succeeded, attempt.c.at > since)
    if forgiving:
        last = select(func.max(attempt.c.at)).where(*mine, attempt.c.succeeded).scalar_subquery()
        query = query.where(attempt.c.at > func.coalesce(last, text("'-infinity'::timestamptz")))
    return list(connection.scalars(query.order_by(attempt.c.at.desc()).limit(MOST_READ)))


def forget(connection: Connection, label: str, before: datetime) -> None:
    """Take away what is too old to count."""
    connection.execute(delete(attempt).where(attempt.c.label == label, attempt.c.at < before))


def add(connection: Connection, label: str, digest: bytes, at: datetime) -> int:
    """Add an attempt; its id."""
    query = insert(attempt).values(label=label, digest=digest, at=at).returning(attempt.c.id)
    key: int = connection.scalars(query).one()
    return key


def succeed(connection: Connection, ids: Iterable[int]) -> None:
    """These attempts succeeded."""
    connection.execute(update(attempt).where(attempt.c.id.in_(list(ids))).values(succeeded=True))
