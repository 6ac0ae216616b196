"""How often somebody may try: one count of attempts in the database, each caller with a label and numbers of its own.

Attempts are kept under marks of who tries, never under a name or an address, and at the beginning of the window they
fall into, so that their time tells nothing else that happened then. One that is counted fails until ``succeed``.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from infra_registry.errors import Limited
from infra_registry.limits import store
from infra_registry.limits.marks import end_days, mark
from infra_registry.limits.store import succeed, take_turns

__all__ = ["Limit", "admit", "count", "end_days", "mark", "succeed", "take_turns", "wait_after", "wait_s"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``most`` failed attempts ``within`` a time, then attempts are forgotten; all are when the day is over.

    Windows follow the clock (an hour begins on the hour). Where nobody calls ``succeed`` (reports, look-ups,
    letters) every attempt counts.

    With ``first_wait`` a success forgets the failures before it, and every ``most`` failures bring a wait from the
    last one on: that long, then twice as long each time, up to ``longest_wait``. These are kept to the second.
    """

    label: str
    most: int
    within: timedelta
    first_wait: timedelta | None = None
    longest_wait: timedelta = timedelta(hours=1)

    def kept_at(self, now: datetime) -> datetime:
        """The time an attempt is kept under: the beginning of its window, or the second where waits grow."""
        step = self.within if self.first_wait is None else timedelta(seconds=1)
        return now - (now - _EPOCH) % step


def admit(connection: Connection, limit: Limit, digest: bytes, now: datetime, *, refusal: str) -> UUID:
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


def count(connection: Connection, limit: Limit, digest: bytes, now: datetime) -> UUID:
    """Note an attempt, failed until it is known to have succeeded; its id. Old ones of the label are forgotten."""
    store.forget(connection, limit.label, now - limit.within)
    return store.add(connection, limit.label, digest, limit.kept_at(now))
