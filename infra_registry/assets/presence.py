"""Who serves a building or estate, since when, and where that is known from."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import Connection

from infra_registry.assets import ledger_store
from infra_registry.errors import NotFound


@dataclass(frozen=True, slots=True)
class Presence:
    """A party serves an asset; ``basis`` says where this is known from. ``service`` is a code of the ledger."""

    asset_id: int
    party_id: int
    service: str
    seen_on: date
    basis: str
    ended_on: date | None = None


def add(connection: Connection, rows: Sequence[Presence]) -> None:
    """Record presences."""
    ledger_store.add_presence(connection, [asdict(row) for row in rows])


def end(connection: Connection, presence_id: int, on: date) -> None:
    """Record that a presence ended. Raises NotFound when it is unknown or over."""
    if not ledger_store.end_presence(connection, presence_id, on):
        raise NotFound("presence.not_found", presence=presence_id)
