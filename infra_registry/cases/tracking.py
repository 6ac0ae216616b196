"""The reporter looks after his case with number and secret; nobody else learns whether the number exists."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from infra_registry import codes
from infra_registry.areas.ground_store import day_of
from infra_registry.cases import erasure_store, store
from infra_registry.cases.filing import limit
from infra_registry.cases.keys import Keys, unseal
from infra_registry.cases.receipt import matches
from infra_registry.duties.dates import clocks
from infra_registry.limits import Limit

LOOKS = Limit("track", most=30, within=timedelta(minutes=15))
WISHES = Limit("erasure_wish", most=5, within=timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class ReporterStep:
    """One step of the case as the reporter hears it: no name of a handler, own words only where there are any."""

    at: datetime
    move: str
    state: str
    reason: str | None
    words: str


@dataclass(frozen=True, slots=True)
class Status:
    """A case as its reporter may see it; ``erasure_wished``: the reporter has asked to have it erased."""

    number: str
    state: str
    reason: str
    received_at: datetime
    heard: tuple[ReporterStep, ...]
    clocks: tuple[clocks.DueDate, ...]
    erasure_wished: bool


def track(connection: Connection, keys: Keys, number: str, secret: str, *, address: str) -> Status | None:
    """The case behind number and secret, as the service; None for a wrong secret and for an unknown number
    alike, after the same work. Raises Limited ``report.too_many``; every look counts."""
    limit(connection, LOOKS, address)
    row = _proven(connection, number, secret)
    return _status(connection, keys, row) if row else None


def wish_erasure(
    connection: Connection, keys: Keys, number: str, secret: str, *, address: str
) -> Status | None:
    """As the service: put the reporter's wish on the handlers' list of erasures, once; the case, or None and
    Limited as in ``track``, with a count of its own. Two handlers erase, as by every other reason."""
    limit(connection, WISHES, address)
    row = _proven(connection, number, secret)
    if row is None:
        return None
    if erasure_store.wish(connection, row.id):
        step = {
            "move": "wish_erasure",
            "old_state": row.state,
            "new_state": row.state,
            "actor_kind": "reporter",
        }
        store.add_event(connection, {"case_id": row.id, **step})
    return _status(connection, keys, store.to_track(connection, row.number))


def look_again(connection: Connection, keys: Keys, number: str) -> Status | None:
    """The case of a number whose secret was just given: for the sealed ticket on the page, not for a person.

    None once the case was erased.
    """
    row = store.to_track(connection, number)
    return _status(connection, keys, row) if row and row.wrapped_key else None


def words_of(key: bytes | None, number: str, event: Any) -> str:
    """Decrypt the words a handler wrote to the reporter; empty when there are none or the key was destroyed."""
    if key is None or event.said is None:
        return ""
    return str(unseal(key, event.said, bound_to=f"said:{number}")["said"])


def _proven(connection: Connection, number: str, secret: str) -> Any:
    row = store.to_track(connection, codes.read("case", number))
    return row if matches(secret, row.secret_hash if row else None) else None


def _status(connection: Connection, keys: Keys, row: Any) -> Status:
    key = keys.unwrap(row.number, row.wrapped_key)
    heard = tuple(
        ReporterStep(event.at, event.move, event.new_state, event.reason, words_of(key, row.number, event))
        for event in store.events_of(connection, row.id)
    )
    dates = clocks.of_case(connection, row.id, day_of(connection, row.city_id))
    wished = row.erasure_rule == erasure_store.WISH
    return Status(row.number, row.state, row.reason, row.received_at, heard, dates, wished)
