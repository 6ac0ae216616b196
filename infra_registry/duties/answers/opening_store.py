"""SQL of answers about opening: the events, who may be asked, and what was asked without an answer yet."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Connection, bindparam, func, insert, select, text

from infra_registry.assets.tables import asset, asset_place
from infra_registry.db.aliases import ASSETS, currents
from infra_registry.duties.tables import opening_event
from infra_registry.parties.tables import party

_REQUESTS = text("""
SELECT e.id, e.code, e.asset_id, e.asker_id, e.done_on, e.wanted, r.answered_on, r.answer
FROM unnest(:ids) AS one(id) CROSS JOIN LATERAL opening_requests(one.id) r JOIN opening_event e ON e.id = r.id
ORDER BY e.done_on, e.id
""").bindparams(bindparam("ids", type_=ARRAY(BigInteger)))


def subjects(connection: Connection, codes: Sequence[str]) -> dict[str, Any]:
    """The assets of these codes that the reader may know of; ``exact``: he sees the very place; ``today``: the legal
    day there."""
    exact = (
        select(asset_place.c.asset_id)
        .where(asset_place.c.asset_id == asset.c.id, asset_place.c.level == "exact")
        .exists()
    )
    columns = (
        asset.c.id,
        asset.c.code,
        asset.c.kind,
        asset.c.status,
        asset.c.owner_id,
        asset.c.operator_id,
        asset.c.controller_id,
        asset.c.city_id,
        asset.c.sample,
        func.area_day(asset.c.city_id).label("today"),
        exact.label("exact"),
    )
    codes_now = currents(connection, codes, *ASSETS)
    rows = {
        row.code: row
        for row in connection.execute(select(*columns).where(asset.c.code.in_(codes_now.values())))
    }
    return {given: rows[code] for given, code in codes_now.items() if code in rows}


def lock(connection: Connection, ids: Sequence[int]) -> None:
    """Let one transaction at a time act on the opening of an asset."""
    statement = text(
        "SELECT pg_advisory_xact_lock(7305203, hashint8(id)) FROM unnest(:ids) AS t(id) ORDER BY id"
    )
    connection.execute(statement.bindparams(bindparam("ids", list(ids), type_=ARRAY(BigInteger))))


def add(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Add events; their codes in the order given."""
    me = connection.scalar(text("SELECT nullif(my_user(), 0)"))
    statement = insert(opening_event).returning(opening_event.c.code, sort_by_parameter_order=True)
    return list(connection.scalars(statement, [{**row, "recorded_by": me} for row in rows]))


def event(connection: Connection, code: str) -> Any | None:
    """One event with its asset, and whether it was taken back; None when there is none for this reader."""
    return connection.execute(
        select(
            opening_event,
            asset.c.code.label("asset_code"),
            asset.c.owner_id,
            asset.c.operator_id,
            asset.c.controller_id,
            asset.c.city_id,
            func.area_day(asset.c.city_id).label("today"),
            _taken_back().label("taken_back"),
        )
        .select_from(opening_event.join(asset, asset.c.id == opening_event.c.asset_id))
        .where(opening_event.c.code == code)
    ).one_or_none()


def requests(connection: Connection, ids: Sequence[int]) -> Sequence[Any]:
    """Requests about these assets that were not taken back, each with its first answer, oldest first."""
    return connection.execute(_REQUESTS, {"ids": list(ids)}).all()


def events(connection: Connection, asset_id: int) -> Sequence[Any]:
    """Everything done about the opening of an asset that this reader may know of, newest first."""
    answered = opening_event.alias("answered")
    joined = opening_event.outerjoin(party, party.c.id == opening_event.c.asker_id).outerjoin(
        answered, answered.c.id == opening_event.c.answers_id
    )
    return connection.execute(
        select(
            opening_event,
            party.c.name.label("asker_name"),
            party.c.name_en.label("asker_name_en"),
            party.c.code.label("asker_code"),
            answered.c.code.label("answers_code"),
            answered.c.act.label("answers_act"),
            _taken_back().label("taken_back"),
        )
        .select_from(joined)
        .where(opening_event.c.asset_id == asset_id)
        .order_by(opening_event.c.done_on.desc(), opening_event.c.id.desc())
    ).all()


def _taken_back() -> Any:
    taken = opening_event.alias("taken")
    return (
        select(taken.c.id)
        .where(taken.c.answers_id == opening_event.c.id, taken.c.act == "withdrawn")
        .exists()
    )
