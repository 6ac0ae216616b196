"""SQL of capacity, presence, agreements and works."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import Range

from infra_registry.assets.ledger_tables import (
    agreement,
    allocation,
    capacity_unit,
    presence,
    project,
    project_act,
)
from infra_registry.assets.tables import asset
from infra_registry.parties.tables import party


def me(connection: Connection) -> int | None:
    """The id of the acting user; None for the product itself."""
    user: int | None = connection.scalar(text("SELECT nullif(my_user(), 0)"))
    return user


def add_units(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Insert capacity units; ids in the order given."""
    statement = insert(capacity_unit).returning(capacity_unit.c.id, sort_by_parameter_order=True)
    return list(connection.scalars(statement, [dict(row) for row in rows]))


def last_ordinal(connection: Connection, asset_id: int, unit_kind: str) -> int:
    """The highest ordinal of a kind of unit on an asset; 0 for none."""
    last = connection.scalar(
        select(func.max(capacity_unit.c.ordinal)).where(
            capacity_unit.c.asset_id == asset_id, capacity_unit.c.unit_kind == unit_kind
        )
    )
    return int(last or 0)


def add_allocations(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Insert allocations; overlapping ones of a countable unit raise an exclusion violation."""
    user = me(connection)
    statement = insert(allocation).returning(allocation.c.id, sort_by_parameter_order=True)
    return list(connection.scalars(statement, [{**row, "recorded_by": user} for row in rows]))


def end_allocation(connection: Connection, key: int, period: Range[date] | None) -> bool:
    """End an allocation with its period cut, or (None: it never began) release it; False when not found."""
    values: dict[str, Any] = {"state": "released"} if period is None else {"period": period}
    done = connection.execute(
        update(allocation).where(allocation.c.id == key, allocation.c.state != "released").values(**values)
    )
    return bool(done.rowcount)


def one_allocation(connection: Connection, key: int) -> Any | None:
    """An allocation with its unit's asset, locked."""
    joined = allocation.join(capacity_unit, capacity_unit.c.id == allocation.c.unit_id)
    return connection.execute(
        select(allocation, capacity_unit.c.asset_id)
        .select_from(joined)
        .where(allocation.c.id == key)
        .with_for_update(of=allocation)
    ).one_or_none()


def unit_host(connection: Connection, unit_id: int) -> Any | None:
    """The unit with the asset it belongs to: what a permission is asked about."""
    joined = capacity_unit.join(asset, asset.c.id == capacity_unit.c.asset_id)
    return connection.execute(
        select(capacity_unit, asset.c.owner_id, asset.c.operator_id, asset.c.city_id, asset.c.code)
        .select_from(joined)
        .where(capacity_unit.c.id == unit_id)
    ).one_or_none()


def units_with_state(connection: Connection, asset_id: int, on: date | None) -> Sequence[Any]:
    """Units of an asset with what holds them on a day (None: today where it lies); the taken area for roofs."""
    city_id = select(asset.c.city_id).where(asset.c.id == asset_id).scalar_subquery()
    live = (
        select(allocation, party.c.name.label("holder_name"), party.c.code.label("holder_code"))
        .select_from(allocation.outerjoin(party, party.c.id == allocation.c.holder_id))
        .where(allocation.c.state != "released", allocation.c.period.op("@>")(on or func.area_day(city_id)))
        .subquery()
    )
    return connection.execute(
        select(
            capacity_unit.c.id,
            capacity_unit.c.unit_kind,
            capacity_unit.c.label,
            capacity_unit.c.ordinal,
            capacity_unit.c.quantity_m2,
            live.c.id.label("allocation_id"),
            live.c.state,
            live.c.holder_name,
            live.c.holder_code,
            live.c.holder_stated,
            live.c.period,
            live.c.quantity_m2.label("taken_m2"),
        )
        .select_from(capacity_unit.outerjoin(live, live.c.unit_id == capacity_unit.c.id))
        .where(capacity_unit.c.asset_id == asset_id)
        .order_by(capacity_unit.c.unit_kind, capacity_unit.c.ordinal, live.c.id)
    ).all()


def add_presence(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert presences."""
    user = me(connection)
    connection.execute(insert(presence), [{**row, "recorded_by": user} for row in rows])


def end_presence(connection: Connection, key: int, on: date) -> bool:
    """End a presence; False when there is none to end."""
    done = connection.execute(
        update(presence).where(presence.c.id == key, presence.c.ended_on.is_(None)).values(ended_on=on)
    )
    return bool(done.rowcount)


def presence_of(connection: Connection, asset_id: int) -> Sequence[Any]:
    """Who serves an asset, those present first, newest first."""
    return connection.execute(
        select(presence, party.c.name, party.c.name_en, party.c.code.label("party_code"))
        .select_from(presence.join(party, party.c.id == presence.c.party_id))
        .where(presence.c.asset_id == asset_id)
        .order_by(presence.c.ended_on.is_not(None), presence.c.seen_on.desc(), party.c.name)
    ).all()


def add_agreements(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Insert agreements; ids in the order given."""
    user = me(connection)
    statement = insert(agreement).returning(agreement.c.id, sort_by_parameter_order=True)
    return list(connection.scalars(statement, [{**row, "recorded_by": user} for row in rows]))


def agreements_of(connection: Connection, asset_id: int) -> Sequence[Any]:
    """Agreements about an asset that this actor may know of, newest first."""
    grantor, grantee = party.alias("grantor"), party.alias("grantee")
    return connection.execute(
        select(agreement, grantor.c.name.label("grantor_name"), grantee.c.name.label("grantee_name"))
        .select_from(
            agreement.outerjoin(grantor, grantor.c.id == agreement.c.grantor_id).outerjoin(
                grantee, grantee.c.id == agreement.c.grantee_id
            )
        )
        .where(agreement.c.asset_id == asset_id)
        .order_by(agreement.c.signed_on.desc().nulls_last(), agreement.c.code)
    ).all()


def add_project(connection: Connection, values: Mapping[str, Any], acts: Sequence[Mapping[str, Any]]) -> int:
    """Insert works with their acts; the id."""
    user = me(connection)
    key: int | None = connection.scalar(
        insert(project).values(**values, recorded_by=user).returning(project.c.id)
    )
    assert key is not None
    if acts:
        connection.execute(
            insert(project_act), [{**act, "project_id": key, "recorded_by": user} for act in acts]
        )
    return key
