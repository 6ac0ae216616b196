"""Buildings, districts and parties in the database, as far as they are open to everybody."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text

from infra_registry.db import holding


def registered(
    connection: Connection, names: Sequence[str], codes: Sequence[str]
) -> tuple[dict[str, int], dict[str, int]]:
    """Ids of parties by exact name (either language) and by code."""
    rows = connection.execute(
        text(
            "SELECT id, code, name, name_en FROM party "
            "WHERE name = ANY (:names) OR name_en = ANY (:names) OR code = ANY (:codes)"
        ),
        {"names": list(names), "codes": list(codes)},
    ).all()
    by_name = {name: row.id for row in rows for name in (row.name, row.name_en) if name in names}
    return by_name, {row.code: row.id for row in rows if row.code in codes}


def areas_named(connection: Connection, code: str) -> tuple[int | None, int | None]:
    """City and district id of a chosen area; a city may be chosen without a district."""
    row = connection.execute(
        text(
            "SELECT id, level, parent_id FROM area WHERE code = :code AND level IN ('city', 'district') "
            "ORDER BY scheme LIMIT 1"
        ),
        {"code": code},
    ).one_or_none()
    if row is None:
        return None, None
    return (row.id, None) if row.level == "city" else (row.parent_id, row.id)


def areas_at(connection: Connection, point: tuple[float, float]) -> tuple[int | None, int | None]:
    """City and district id at a longitude and latitude; None where no boundary knows the place."""
    row = connection.execute(
        text(
            """SELECT city_at(s.spot) AS city, (
              SELECT a.id FROM area_outline_now() b JOIN area a ON a.id = b.area_id
              WHERE a.level = 'district' AND b.geom && s.spot
                AND ST_Intersects(b.geom, s.spot) ORDER BY a.scheme, a.code LIMIT 1) AS district
            FROM (SELECT ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) AS spot) s"""
        ),
        {"lon": point[0], "lat": point[1]},
    ).one()
    return row.city, row.district


def districts(connection: Connection) -> Sequence[Any]:
    """Districts with their cities, and cities without districts, for a list to choose from."""
    query = """SELECT d.code, d.name, d.name_en, d.level,
        coalesce(c.name, d.name) AS city, coalesce(c.name_en, c.name, d.name_en, d.name) AS city_en
      FROM area d LEFT JOIN area c ON c.id = d.parent_id AND c.level = 'city'
      WHERE d.level = 'district' AND c.id IS NOT NULL
         OR d.level = 'city' AND NOT EXISTS (
           SELECT 1 FROM area x WHERE x.parent_id = d.id AND x.level = 'district')
      ORDER BY coalesce(c.code, d.code), d.code LIMIT 2000"""
    return connection.execute(text(query)).all()


def parties(connection: Connection, kinds: Sequence[str], limit: int) -> Sequence[Any]:
    """Registered parties of these kinds, by name."""
    query = "SELECT code, kind, name, name_en FROM party WHERE kind = ANY (:kinds) ORDER BY kind, name LIMIT :limit"
    return connection.execute(text(query), {"kinds": list(kinds), "limit": limit}).all()


def buildings(connection: Connection, typed: str, limit: int) -> Sequence[Any]:
    """Estates, commercial and public buildings whose name or address holds the text; open data only."""
    query = """SELECT a.code, a.name, a.name_en, a.address, a.kind FROM asset a
      WHERE a.kind IN ('premises', 'public_building') AND a.access_class = 'P1' AND a.status <> 'retired'
        AND (a.name ILIKE :like OR a.name_en ILIKE :like OR a.address ILIKE :like)
      ORDER BY similarity(a.name, :typed) DESC, a.code LIMIT :limit"""
    return connection.execute(text(query), {"like": holding(typed), "typed": typed, "limit": limit}).all()


def building(connection: Connection, code: str) -> Any:
    """One open building with a point on it; None when it is not open or not there."""
    query = """SELECT a.id, a.code, a.name, a.name_en, a.address, a.kind, a.city_id,
        ST_X(s.spot) AS lon, ST_Y(s.spot) AS lat
      FROM asset a LEFT JOIN asset_place p ON p.asset_id = a.id AND p.level = 'exact' AND p.access_class = 'P1'
        LEFT JOIN LATERAL (SELECT ST_PointOnSurface(p.geom) AS spot) s ON true
      WHERE a.code = :code AND a.kind IN ('premises', 'public_building') AND a.access_class = 'P1'"""
    return connection.execute(text(query), {"code": code}).one_or_none()
