"""Renewal of keys: what is sealed in a case is sealed anew under fresh keys, one for its story, one for the identity.

For cases of older releases and after a change of the operator's key. A copy of the database made before opens with the
keys of then, until that copy, or the operator's key of then, is destroyed.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from infra_registry.cases import renewal_store as store
from infra_registry.cases.keys import Keys, identity_key, new_key, seal, unseal
from infra_registry.config import today
from infra_registry.db import Database
from infra_registry.errors import RegistryError


@dataclass(frozen=True, slots=True)
class Renewed:
    """How many cases now have fresh keys, and how many no key given opens."""

    cases: int
    shut: int


def renew(owner: Database, keys: Keys) -> Renewed:
    """As the owner of the schema: renew the keys of every case that needs it, each case in a transaction of its own.

    Stopped half-way, it goes on with the rest when called again.
    """
    done, shut = 0, 0
    for case_id in waiting(owner, keys):
        try:
            with owner.engine.begin() as connection:
                done += _renew(connection, keys, case_id)
        except RegistryError:
            shut += 1
    return Renewed(done, shut)


def waiting(owner: Database, keys: Keys) -> list[int]:
    """Ids of cases of which a part has no fresh key: of an older release, or under another key of the operator."""
    with owner.engine.connect() as connection:
        rows = store.cases(connection)
    return [
        row.id
        for row in rows
        if not row.renewed
        or not keys.fresh(row.number, row.wrapped_key)
        or (row.has_identity and not keys.fresh(row.number, row.identity_key, "identity"))
    ]


@dataclass(frozen=True, slots=True)
class Condition:
    """How the keys stand: cases that are not erased, how many of them wait for fresh keys or do not open at all;
    the newest days on which something was erased and on which older cases got fresh keys."""

    cases: int
    waiting: int
    shut: int
    erased: date | None
    renewed: date | None


def condition(owner: Database, keys: Keys) -> Condition:
    """Try the keys on every case, as the owner of the schema."""
    with owner.engine.connect() as connection:
        rows, days = store.cases(connection), store.last_days(connection)
    shut = sum(not _opens(keys, row) for row in rows)
    return Condition(len(rows), len(waiting(owner, keys)), shut, days.erased, days.renewed)


def _opens(keys: Keys, row: Any) -> bool:
    try:
        keys.unwrap(row.number, row.wrapped_key)
        if row.has_identity:
            identity_key(keys, row.number, row.identity_key, row.wrapped_key)
    except RegistryError:
        return False
    return True


def _renew(connection: Connection, keys: Keys, case_id: int) -> int:
    row = store.lock(connection, case_id)
    if row is None:
        return 0
    number = row.number
    old, key = keys.unwrap(number, row.wrapped_key), new_key()

    def again(sealed: bytes, purpose: str) -> bytes:
        return _reseal(old, key, sealed, f"{purpose}:{number}")

    identity = None
    if row.identity is not None:
        former, own = identity_key(keys, number, row.identity_key, row.wrapped_key), new_key()
        sealed = _reseal(former, own, row.identity, f"identity:{number}")
        identity = {"sealed": sealed, "wrapped_key": keys.wrap(number, own, "identity")}
    changes = {
        "sealed": again(row.sealed, "story"),
        "sealed_point": again(row.sealed_point, "point") if row.sealed_point else None,
        "wrapped_key": keys.wrap(number, key),
        "own_keys_since": today(),
    }
    words = {event.id: again(event.said, "said") for event in store.words(connection, case_id)}
    store.keep(connection, case_id, changes, identity=identity, words=words)
    return 1


def _reseal(old: bytes, key: bytes, sealed: bytes, bound_to: str) -> bytes:
    return seal(key, unseal(old, sealed, bound_to=bound_to), bound_to=bound_to)
