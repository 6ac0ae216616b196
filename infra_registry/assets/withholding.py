"""Withholding one asset from everybody but its holders and regulators, for a reason and until it is reviewed."""

from datetime import date
from typing import Any

from sqlalchemy import Connection

from infra_registry import audit
from infra_registry.access import Actor, Permission
from infra_registry.areas.ground_store import day_of
from infra_registry.assets import store, withheld_store
from infra_registry.assets.draft import withholding_faults
from infra_registry.assets.edit import writable
from infra_registry.errors import Conflict, Invalid


def withhold(
    connection: Connection, actor: Actor, code: str, version: int, *, reason: str, review_on: date | None
) -> int:
    """Withhold an asset (P4), or withhold it further; the new version. Regulators of its city only.

    ``withholding_faults`` by the day of the asset's city. Raises NotFound, Forbidden, Invalid or Conflict
    ``asset.stale``.
    """
    row = writable(connection, actor, code, version, Permission.WITHHOLD)
    reason = reason.strip()
    faults = withholding_faults(reason, review_on, day_of(connection, row.city_id))
    if faults:
        raise Invalid(faults)
    values = {"access_class": "P4", "withheld_reason": reason, "withheld_review_on": review_on}
    facts = {"withheld": True, "reason": reason, "review_on": str(review_on)}
    return _change(connection, row, values, facts)


def release(connection: Connection, actor: Actor, code: str, version: int) -> int:
    """End a withholding; the new version. The asset takes the class again that somebody gave it, or the default.

    Raises NotFound, Forbidden, or Conflict ``asset.stale`` or ``withhold.not_withheld``.
    """
    row = writable(connection, actor, code, version, Permission.WITHHOLD)
    if row.access_class != "P4":
        raise Conflict("withhold.not_withheld", code=row.code)
    former = withheld_store.class_before(connection, row.id)
    values = {"access_class": former, "withheld_reason": None, "withheld_review_on": None}
    facts = {"withheld": False, "reason": row.withheld_reason, "access_class": former}
    return _change(connection, row, values, facts)


def _change(connection: Connection, row: Any, values: dict[str, Any], facts: dict[str, Any]) -> int:
    store.change(connection, row.id, values)
    audit.note(connection, "update", "asset", ref=row.code, facts=facts)
    return int(row.version) + 1
