"""SQL of counted attempts and of the day's key. Run as the service."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection, delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from infra_registry.limits.tables import attempt, day_key

MOST_READ = 100


def is_replica(connection: Connection) -> bool:
    """True on a server that replays another's log: unlogged tables cannot be read there."""
    return bool(connection.scalar(select(func.pg_is_in_recovery())))


def key_of(connection: Connection, day: date) -> bytes | None:
    """The key of a day, None before its first use and after its end."""
    key = connection.scalar(select(day_key.c.key).where(day_key.c.day == day))
    return None if key is None else bytes(key)


def add_key(connection: Connection, day: date, key: bytes) -> bool:
    """Keep this key for the day; False where another process was first, whose key then counts."""
    query = upsert(day_key).values(day=day, key=key).on_conflict_do_nothing()
    return connection.execute(query.returning(day_key.c.day)).one_or_none() is not None


def end_days(connection: Connection, before: date, start: datetime) -> int:
    """Destroy the keys of days before ``before`` and attempts of before its ``start``; how many keys there were."""
    ended = connection.execute(delete(day_key).where(day_key.c.day < before)).rowcount
    connection.execute(delete(attempt).where(attempt.c.at < start))
    return ended


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


def forget(connection: Connection, label: str, until: datetime) -> None:
    """Take away what is too old to count."""
    connection.execute(delete(attempt).where(attempt.c.label == label, attempt.c.at <= until))


def add(connection: Connection, label: str, digest: bytes, at: datetime) -> UUID:
    """Add an attempt; its id."""
    query = insert(attempt).values(label=label, digest=digest, at=at).returning(attempt.c.id)
    key: UUID = connection.scalars(query).one()
    return key


def succeed(connection: Connection, ids: Iterable[UUID]) -> None:
    """These attempts succeeded."""
    connection.execute(update(attempt).where(attempt.c.id.in_(list(ids))).values(succeeded=True))
