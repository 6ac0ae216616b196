"""What the register said, about which day and at which time.

Two times: *valid* is the day from which a statement is true of the thing, *recorded* the instant from which
the register said so. Access is always today's: history opens only to those who see the asset whole now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from infra_registry.assets import history_store
from infra_registry.assets.kinds import Kind
from infra_registry.errors import NotFound

_SILENT = frozenset({"version", "gone_at", "gone_by", "recorded_at", "valid_from"})


@dataclass(frozen=True, slots=True)
class Version:
    """A statement about an asset: what it said, from which day it was true, and while it was on record.

    ``recorded_until`` None: it still stands. ``changed`` names values that differ from the version before.
    """

    values: dict[str, Any]
    valid_from: date
    recorded_from: datetime
    recorded_until: datetime | None
    by_user: int | None
    changed: dict[str, tuple[Any, Any]]


def versions(connection: Connection, asset_id: int, kind: Kind) -> list[Version]:
    """Every version of an asset's row and detail row, oldest first."""
    rows = history_store.asset_versions(connection, asset_id)
    details = history_store.detail_versions(connection, asset_id, kind)
    places = history_store.place_versions(connection, asset_id)
    result: list[Version] = []
    since: Any = rows[0]["recorded_at"] if rows else None
    before: dict[str, Any] = {}
    by_user: int | None = None
    for row in rows:
        values = {**row, **_standing(details, since), **_standing(places, since)}
        shown = {name: value for name, value in values.items() if name not in _SILENT}
        changed = {
            name: (before.get(name), value)
            for name, value in shown.items()
            if before and before.get(name) != value
        }
        result.append(Version(shown, row["valid_from"], since, row["gone_at"], by_user, changed))
        before, since, by_user = shown, row["gone_at"], row["gone_by"]
    return result


def as_of(connection: Connection, asset_id: int, kind: Kind, *, valid: date, recorded: datetime) -> Version:
    """What the register said at ``recorded`` about the day ``valid``.

    Of the versions on record by then whose truth began by that day, the one true from the latest day, and of
    those the one recorded last. Raises NotFound ``history.nothing`` when nothing had been said.
    """
    candidates = [
        version
        for version in versions(connection, asset_id, kind)
        if version.recorded_from <= recorded and version.valid_from <= valid
    ]
    if not candidates:
        raise NotFound("history.nothing", valid=valid, recorded=recorded)
    return max(candidates, key=lambda version: (version.valid_from, version.recorded_from))


def _standing(rows: Sequence[Any], at: datetime | None) -> dict[str, Any]:
    """The row that stood just after an instant: the first that went later, else the one that stands."""
    for row in rows:
        if row["gone_at"] is None or at is None or row["gone_at"] > at:
            return {name: value for name, value in row.items() if name not in ("gone_at", "gone_by")}
    return {}
