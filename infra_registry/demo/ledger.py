"""Ledgers of a sample city: units and who holds them, presence, agreements, cells, ends of ducts."""

from typing import Any

from sqlalchemy import Connection

from infra_registry.assets import agreements, capacity, ledger_store, presence
from infra_registry.demo import store
from infra_registry.demo.build import CityPlan
from infra_registry.demo.plan import sample_code
from infra_registry.demo.samples import names


def write(connection: Connection, plan: CityPlan, ids: dict[str, int], parties: dict[str, int]) -> None:
    """Write everything that hangs on the assets, set-wise."""
    units = _units(connection, plan, ids)
    capacity.allocate_all(
        connection,
        [
            capacity.Allocation(
                units[item.ref][0 if holding.quantity_m2 is not None else holding.unit],
                holding.state,
                holding.since,
                holder_id=parties[holding.holder] if holding.holder else None,
                quantity_m2=holding.quantity_m2,
                tenant_asset_id=ids[holding.tenant] if holding.tenant else None,
            )
            for item in plan.assets
            for holding in item.holdings
        ],
    )
    basis = names()["basis"]["presence"]
    presence.add(
        connection,
        [
            presence.Presence(ids[item.ref], parties[served.party], served.service, served.on, basis)
            for item in plan.assets
            for served in item.served_by
        ],
    )
    agreements.add(connection, _agreements(plan, ids, parties))
    _equipment(connection, plan, ids)


def _equipment(connection: Connection, plan: CityPlan, ids: dict[str, int]) -> None:
    cells = [{"asset_id": ids[item.ref], **row} for item in plan.assets for row in item.cells]
    store.add_cells(connection, cells)
    store.add_ends(
        connection,
        [
            {
                "asset_id": ids[item.ref],
                "from_chamber_id": ids[item.ends[0]],
                "to_chamber_id": ids[item.ends[1]],
            }
            for item in plan.assets
            if item.ends
        ],
    )


def _units(connection: Connection, plan: CityPlan, ids: dict[str, int]) -> dict[str, list[int]]:
    rows: list[dict[str, Any]] = []
    owners: list[str] = []
    for item in plan.assets:
        kind, count, quantity = item.units or ("", 0, None)
        for ordinal in range(1, count + 1):
            owners.append(item.ref)
            rows.append(
                {
                    "asset_id": ids[item.ref],
                    "unit_kind": kind,
                    "label": str(ordinal),
                    "ordinal": ordinal,
                    "quantity_m2": quantity,
                }
            )
    units: dict[str, list[int]] = {}
    for ref, key in zip(owners, ledger_store.add_units(connection, rows), strict=True):
        units.setdefault(ref, []).append(key)
    return units


def _agreements(plan: CityPlan, ids: dict[str, int], parties: dict[str, int]) -> list[agreements.Agreement]:
    return [
        agreements.Agreement(
            ids[item.ref],
            deal.deal_type,
            deal.basis,
            grantor_id=parties[deal.grantor],
            grantee_id=parties[deal.grantee],
            exclusive=deal.exclusive,
            signed_on=deal.since,
            since=deal.since,
            until=deal.since.replace(year=deal.since.year + deal.years, day=min(deal.since.day, 28)),
            sample=True,
            code=sample_code("agreement", f"{item.ref}/{number}"),
        )
        for item in plan.assets
        for number, deal in enumerate(item.deals)
    ]
