"""The capacity ledger: countable units and who holds them. The database itself refuses double allocation."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError

from infra_registry.access import Actor, Permission, require
from infra_registry.areas.ground_store import day_of
from infra_registry.assets import ledger_store
from infra_registry.assets.ledger_tables import ALLOCATION_STATES
from infra_registry.errors import Conflict, Fault, Invalid, NotFound


@dataclass(frozen=True, slots=True)
class Allocation:
    """Who takes a unit: ``until`` None is open-ended and the first day free again otherwise; ``quantity_m2`` only
    for roof area. No holder at all is "not stated"."""

    unit_id: int
    state: str
    since: date
    until: date | None = None
    holder_id: int | None = None
    holder_stated: str | None = None
    quantity_m2: float | None = None
    agreement_id: int | None = None
    tenant_asset_id: int | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit and what holds it on the day asked about; ``state`` is ``free`` when nothing does."""

    id: int
    unit_kind: str
    label: str
    state: str
    holder: str | None
    quantity_m2: float | None
    taken_m2: float
    allocation_id: int | None
    until: date | None


def add_units(
    connection: Connection, asset_id: int, unit_kind: str, count: int = 1, *, quantity_m2: float | None = None
) -> list[int]:
    """Add ``count`` units after the last one (bores 1 … n); a roof is one unit with a quantity in m²."""
    if not 1 <= count <= 200:
        raise Invalid([Fault("count", count, "field.out_of_range", "1 … 200")])
    start = ledger_store.last_ordinal(connection, asset_id, unit_kind) + 1
    return ledger_store.add_units(
        connection,
        [
            {
                "asset_id": asset_id,
                "unit_kind": unit_kind,
                "label": str(start + i),
                "ordinal": start + i,
                "quantity_m2": quantity_m2,
            }
            for i in range(count)
        ],
    )


def allocate(connection: Connection, actor: Actor, allocation: Allocation) -> int:
    """Take a unit; the allocation's id.

    Raises NotFound, Forbidden, Invalid, or Conflict ``capacity.taken`` when another live allocation
    overlaps (whoever wrote it, even a moment ago).
    """
    unit = ledger_store.unit_host(connection, allocation.unit_id)
    if unit is None:
        raise NotFound("capacity.no_unit", unit=allocation.unit_id)
    require(actor, Permission.CAPACITY_ALLOCATE, unit)
    faults = _faults(allocation)
    if faults:
        raise Invalid(faults)
    try:
        with connection.begin_nested():
            return allocate_all(connection, [allocation])[0]
    except IntegrityError as error:
        name = getattr(getattr(error.orig, "diag", None), "constraint_name", "") or ""
        if name.startswith("ex_allocation"):
            raise Conflict("capacity.taken", unit=unit.label, host=unit.code) from error
        raise Invalid(
            [Fault("quantity_m2", allocation.quantity_m2, "capacity.quantity", unit.unit_kind)]
        ) from error


def allocate_all(connection: Connection, rows: Sequence[Allocation]) -> list[int]:
    """Write many allocations in one statement; an overlap fails them all with the database's own error."""
    return ledger_store.add_allocations(connection, [_row(item) for item in rows])


def release(connection: Connection, actor: Actor, allocation_id: int, on: date | None = None) -> None:
    """End an allocation on a day (default today): its unit is free from that day."""
    row = ledger_store.one_allocation(connection, allocation_id)
    if row is None:
        raise NotFound("capacity.no_allocation", allocation=allocation_id)
    host = ledger_store.unit_host(connection, row.unit_id)
    require(actor, Permission.CAPACITY_ALLOCATE, host)
    day = on or day_of(connection, host.city_id if host else None)
    began = row.period.lower is None or row.period.lower < day
    period = Range(row.period.lower, day, bounds="[)") if began else None
    if not ledger_store.end_allocation(connection, allocation_id, period):
        raise Conflict("capacity.released", allocation=allocation_id)


def units(connection: Connection, asset_id: int, on: date | None = None) -> list[Unit]:
    """The units of an asset on a day (default today), in order."""
    grouped: dict[int, list[Any]] = {}
    for row in ledger_store.units_with_state(connection, asset_id, on):
        grouped.setdefault(row.id, []).append(row)
    return [_unit(rows) for rows in grouped.values()]


def _unit(rows: list[Any]) -> Unit:
    first = rows[0]
    taken = sum(row.taken_m2 or 0.0 for row in rows)
    state = first.state or "free"
    if first.quantity_m2 is not None:
        state = "free" if taken == 0 else "used" if taken >= first.quantity_m2 else "partly_used"
    return Unit(
        first.id,
        first.unit_kind,
        first.label,
        state,
        first.holder_name or first.holder_stated,
        first.quantity_m2,
        taken,
        first.allocation_id,
        first.period.upper if first.period else None,
    )


def _row(item: Allocation) -> dict[str, Any]:
    values = asdict(item)
    period = Range(values.pop("since"), values.pop("until"), bounds="[)")
    return values | {"countable": item.quantity_m2 is None, "period": period}


def _faults(item: Allocation) -> list[Fault]:
    live = tuple(state for state in ALLOCATION_STATES if state != "released")
    faults = []
    if item.state not in live:
        faults.append(Fault("state", item.state, "field.not_choice", " | ".join(live)))
    if item.until is not None and item.until <= item.since:
        faults.append(Fault("until", str(item.until), "capacity.period", f"> {item.since}"))
    if item.quantity_m2 is not None and not 0 < item.quantity_m2 <= 1_000_000:
        faults.append(Fault("quantity_m2", item.quantity_m2, "field.out_of_range", "0 … 1000000"))
    return faults
