"""How often somebody may try: one count of attempts in the database, each caller with a label and numbers of its own.

Attempts are kept under digests of who tries, never under a name or an address. One that is counted fails until it is
said to have succeeded.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from infra_registry.errors import Limited
from infra_registry.limits import store
from infra_registry.limits.store import succeed, take_turns

__all__ = ["Limit", "admit", "count", "succeed", "take_turns", "wait_after", "wait_s"]


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``most`` failed attempts ``within`` a time; attempts are forgotten after ``kept``.

    Where nobody calls ``succeed`` (reports, look-ups, letters) every attempt counts.

    With ``first_wait`` a success forgets the failures before it, and every ``most`` failures bring a wait from the
    last one on: that long, then twice as long each time, up to ``longest_wait``.
    """

    label: str
    most: int
    within: timedelta
    first_wait: timedelta | None = None
    longest_wait: timedelta = timedelta(hours=1)
    kept: timedelta = timedelta(days=1)


def admit(connection: Connection, limit: Limit, digest: bytes, now: datetime, *, refusal: str) -> int:
    """Count an attempt, one at a time for a digest: its id, for ``succeed``.

    Raises Limited with the code ``refusal`` and when to come back.
    """
    take_turns(connection, (digest,))
    wait = wait_s(connection, limit, digest, now)
    if wait:
        raise Limited(refusal, retry_after_s=wait, minutes=-(-wait // 60), most=limit.most)
    return count(connection, limit, digest, now)


def wait_s(connection: Connection, limit: Limit, digest: bytes, now: datetime) -> int:
    """Whole seconds until the next attempt; 0: now."""
    since = now - limit.within
    return wait_after(
        limit,
        store.failures(connection, limit.label, digest, since, forgiving=limit.first_wait is not None),
        now,
    )


def wait_after(limit: Limit, failures: list[datetime], now: datetime) -> int:
    """Whole seconds to wait after these failures, newest first."""
    if len(failures) < limit.most:
        return 0
    if limit.first_wait is None:
        start, wait = failures[limit.most - 1], limit.within
    else:
        doubled = limit.first_wait * 2 ** (len(failures) // limit.most - 1)
        start, wait = failures[0], min(doubled, limit.longest_wait)
    return max(0, int((wait - (now - start)).total_seconds() + 0.999))


def count(connection: Connection, limit: Limit, digest: bytes, now: datetime) -> int:
    """Note an attempt, failed until it is known to have succeeded; its id. Old ones of the label are forgotten."""
    store.forget(connection, limit.label, now - limit.kept)
    return store.add(connection, limit.label, digest, now)
