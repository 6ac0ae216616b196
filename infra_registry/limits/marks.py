"""What stands for who tried: a keyed mark that nobody can turn back once the day is over.

The key is random, the same for all processes, and kept in an unlogged table alone. It is made on the first use of a
day and destroyed at its end, by a job and by the first use of the next day.
"""

import hashlib
import hmac
import secrets
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from infra_registry.config import DEFAULT_ZONE
from infra_registry.db.faults import Unavailable
from infra_registry.limits import store

KEY_BYTES = 32
MARK_BYTES = 16
_ZONE = ZoneInfo(DEFAULT_ZONE)


def mark(connection: Connection, label: str, value: str, now: datetime) -> bytes:
    """HMAC-SHA256 (RFC 2104) of label and value under the key of the day, cut to 128 bits.

    Marks of two labels do not show that they stand for the same value. Raises Unavailable ``db.replica`` on a
    server that only reads.
    """
    content = f"{label}\0{value}".encode("utf-8", "surrogatepass")
    return hmac.new(_key(connection, now), content, hashlib.sha256).digest()[:MARK_BYTES]


def end_days(connection: Connection, now: datetime) -> int:
    """Destroy the keys of days that are over, with what was counted under them; how many keys there were."""
    day = now.astimezone(_ZONE).date()
    return store.end_days(connection, day, datetime.combine(day, time(), _ZONE))


def _key(connection: Connection, now: datetime) -> bytes:
    if store.is_replica(connection):
        raise Unavailable("db.replica", retry_after_s=60)
    day = now.astimezone(_ZONE).date()
    key = store.key_of(connection, day)
    if key is None:
        if store.add_key(connection, day, secrets.token_bytes(KEY_BYTES)):
            end_days(connection, now)
        key = store.key_of(connection, day)
    if key is None:  # a clock that lags behind the other servers' by a day's end
        raise Unavailable("db.contended", retry_after_s=1)
    return key
