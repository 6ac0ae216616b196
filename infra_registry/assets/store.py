"""SQL of assets and their places: set-wise, so that thirty thousand rows are a few statements."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, bindparam, insert, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, BIGINT, TEXT

from infra_registry.assets.draft import Draft
from infra_registry.assets.kinds import Kind
from infra_registry.assets.tables import DETAILS, asset, asset_sent_place, publication, status_event
from infra_registry.db.aliases import ASSETS, current, currents

_PLACES = text("""
INSERT INTO asset_place (asset_id, level, geom, cell, precision_m, kind, status, code, name, owner_id, operator_id,
                         city_id, publication_id, access_class)
SELECT a.id, 'exact', g.geom, place_cell(g.geom), 0, a.kind, a.status, a.code, a.name, a.owner_id, a.operator_id,
       a.city_id, a.publication_id, a.access_class
FROM unnest(:ids, :places) AS sent(id, wkb) JOIN asset a ON a.id = sent.id,
     LATERAL (SELECT ST_SetSRID(ST_GeomFromWKB(decode(sent.wkb, 'hex')), 4326) AS geom OFFSET 0) AS g
ON CONFLICT (asset_id, level) DO UPDATE SET geom = excluded.geom, cell = excluded.cell
""").bindparams(bindparam("ids", type_=ARRAY(BIGINT)), bindparam("places", type_=ARRAY(TEXT)))

_CITIES = text("""
SELECT sent.i, min(a.id) AS city_id
FROM (SELECT i, ST_PointOnSurface(ST_SetSRID(ST_GeomFromWKB(decode(wkb, 'hex')), 4326)) AS geom
      FROM unnest(:places) WITH ORDINALITY AS s(wkb, i)) AS sent
JOIN area_outline_now() b ON b.geom && sent.geom AND ST_Intersects(b.geom, sent.geom)
JOIN area a ON a.id = b.area_id AND a.level = 'city' GROUP BY sent.i
""").bindparams(bindparam("places", type_=ARRAY(TEXT)))

_WHOLE = """(coalesce(a.owner_id = (SELECT my_party()), false) OR coalesce(a.operator_id = (SELECT my_party()), false)
  OR (SELECT regulates_all()) OR coalesce(a.city_id = ANY ((SELECT regulated_cities())::bigint[]), false))"""
_GROUND = "CASE WHEN (SELECT i_am('seeker')) THEN ARRAY['P0', 'P1', 'P2'] ELSE ARRAY['P0', 'P1'] END"


def field_shown(field: str) -> str:
    """SQL: the publication table shows this reader a field of the asset ``a``, or he sees the asset whole."""
    return f"""({_WHOLE} OR EXISTS (SELECT 1 FROM publication_field f WHERE f.publication_id = a.publication_id
      AND f.field = '{field}' AND f.access_class = ANY ({_GROUND})))"""


@dataclass(frozen=True, slots=True)
class Profile:
    """The publication row of a kind in an area and its default access class."""

    id: int
    access_class: str


@dataclass(frozen=True, slots=True)
class Move:
    """A move of status: its day, why, and the gates (book/clause) that were shut when it was recorded as a fact."""

    on: date
    reason: str | None = None
    shut_gates: tuple[str, ...] = ()


def profiles(connection: Connection) -> dict[tuple[int | None, str], Profile]:
    """Publication rows by (city id or None, kind)."""
    rows = connection.execute(
        select(publication.c.area_id, publication.c.kind, publication.c.id, publication.c.access_class)
    )
    return {(row.area_id, row.kind): Profile(row.id, row.access_class) for row in rows}


def profile(kind: Kind, city: int | None, table: Mapping[tuple[int | None, str], Profile]) -> Profile:
    """The publication row of a kind in a city: its own, else the default one."""
    return table.get((city, kind.value)) or table[(None, kind.value)]


def cities_of(connection: Connection, geometries: Sequence[BaseGeometry]) -> list[int | None]:
    """The city each geometry lies in; None outside every registered city."""
    cities = {row.i: row.city_id for row in connection.execute(_CITIES, {"places": _hex(geometries)})}
    return [cities.get(i + 1) for i in range(len(geometries))]


def row(
    draft: Draft, city: int | None, table: Mapping[tuple[int | None, str], Profile], on: date
) -> dict[str, Any]:
    """The asset row of a draft in its city."""
    chosen = profile(draft.kind, city, table)
    values = {item.name: getattr(draft, item.name) for item in fields(Draft) if item.name in asset.c}
    return values | {
        "kind": draft.kind.value,
        "status": draft.status.value,
        "city_id": city,
        "publication_id": chosen.id,
        "access_class": draft.access_class or chosen.access_class,
        "valid_from": draft.valid_from or on,
    }


def insert_assets(connection: Connection, rows: list[dict[str, Any]]) -> list[int]:
    """Insert asset rows and their first status events; ids in the order given."""
    me = connection.scalar(text("SELECT nullif(my_user(), 0)"))
    statement = insert(asset).returning(asset.c.id, sort_by_parameter_order=True)
    ids = list(connection.scalars(statement, [{**row, "recorded_by": me} for row in rows]))
    connection.execute(
        insert(status_event),
        [
            {"asset_id": key, "new_status": row["status"], "valid_on": row["valid_from"], "recorded_by": me}
            for key, row in zip(ids, rows, strict=True)
        ],
    )
    return ids


def insert_details(connection: Connection, drafts: list[tuple[int, Draft]]) -> None:
    """One detail row per asset in the table of its kind, and what the sender sent."""
    for kind in Kind:
        columns = [column.name for column in DETAILS[kind].columns if column.name != "asset_id"]
        rows = [
            {"asset_id": key, **{name: draft.fields.get(name) for name in columns}}
            for key, draft in drafts
            if draft.kind is kind
        ]
        if rows:
            connection.execute(insert(DETAILS[kind]), rows)
    sent = [{"asset_id": key, **asdict(draft.sent)} for key, draft in drafts if draft.sent]
    if sent:
        connection.execute(insert(asset_sent_place), sent)


def insert_places(connection: Connection, places: Sequence[tuple[int, BaseGeometry]]) -> None:
    """Write or replace exact places; the database derives the blurred ones, areas, grants and counts."""
    ids, geometries = [key for key, _ in places], [geometry for _, geometry in places]
    connection.execute(_PLACES, {"ids": ids, "places": _hex(geometries)})


def locked(connection: Connection, code: str) -> Any | None:
    """The asset row by code, locked for change; None when there is none for this actor."""
    query = select(asset).where(asset.c.code == current(connection, code, *ASSETS))
    return connection.execute(query.with_for_update()).one_or_none()


def change(connection: Connection, key: int, values: Mapping[str, Any]) -> None:
    """Set columns of the asset row, raising its version by one."""
    connection.execute(
        update(asset)
        .where(asset.c.id == key)
        .values(**values, version=asset.c.version + 1, changed_at=text("now()"))
    )


def change_details(connection: Connection, kind: Kind, key: int, values: Mapping[str, Any]) -> None:
    """Set columns of the detail row."""
    table = DETAILS[kind]
    if values:
        connection.execute(update(table).where(table.c.asset_id == key).values(**values))


def add_status(connection: Connection, key: int, statuses: tuple[str, str], move: Move) -> None:
    """Record that the status moved from old to new on a day."""
    connection.execute(
        insert(status_event).values(
            asset_id=key,
            old_status=statuses[0],
            new_status=statuses[1],
            valid_on=move.on,
            reason=move.reason,
            shut_gates=list(move.shut_gates) or None,
            recorded_by=text("nullif(my_user(), 0)"),
        )
    )


def ids_of(connection: Connection, codes: Iterable[str]) -> dict[str, int]:
    """Ids of the assets this actor can see, by the code they were asked for with."""
    today = currents(connection, codes, *ASSETS)
    rows = connection.execute(select(asset.c.code, asset.c.id).where(asset.c.code.in_(today.values())))
    ids = {row.code: row.id for row in rows}
    return {given: ids[code] for given, code in today.items() if code in ids}


def _hex(geometries: Sequence[BaseGeometry]) -> list[str]:
    return list(shapely.to_wkb(list(geometries), hex=True, include_srid=False, output_dimension=2))
