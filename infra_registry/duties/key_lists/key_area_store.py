"""SQL of key public areas: lists, their areas, when each holds, and the undoing of a list."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import shapely
from geoalchemy2.shape import from_shape
from sqlalchemy import Connection, Row, insert, text

from infra_registry.duties.tables import key_area

# A list holds until the day before the next one, or until its own last day, whichever comes first.
_ENDS = text("""
UPDATE key_area k SET ends_on = least(k.stated_ends_on, l.next_on - 1)
FROM (SELECT d.issued_on, lead(d.issued_on) OVER (ORDER BY d.issued_on) AS next_on
      FROM (SELECT DISTINCT issued_on FROM key_area WHERE city_id = :city) d) l
WHERE k.city_id = :city AND k.issued_on = l.issued_on
  AND k.ends_on IS DISTINCT FROM least(k.stated_ends_on, l.next_on - 1)
""")
_LISTS = text("""
SELECT k.issued_on, k.list_title, k.issued_by, k.ends_on, k.stated_ends_on, count(*) AS areas,
  bool_and(k.sample) AS sample,
  max(k.recorded_at) AS recorded_at, k.issued_on <= :day AND (k.ends_on IS NULL OR k.ends_on >= :day) AS holds
FROM key_area k WHERE k.city_id = :city GROUP BY 1, 2, 3, 4, 5 ORDER BY k.issued_on DESC
""")
_AREAS = text("""
SELECT k.id, k.code, k.name, k.urban_part, k.list_title, k.issued_by, k.issued_on, k.ends_on, k.sample,
  round(ST_X(ST_PointOnSurface(k.geom))::numeric, 6) AS lon, round(ST_Y(ST_PointOnSurface(k.geom))::numeric, 6) AS lat,
  d.code AS district, d.name AS district_name, d.name_en AS district_name_en
FROM key_area k LEFT JOIN LATERAL (
  SELECT a.code, a.name, a.name_en FROM area a JOIN area_outline_now() b ON b.area_id = a.id
  WHERE a.parent_id = k.city_id AND a.level <> 'zone' AND b.geom && k.geom
    AND ST_Intersects(b.geom, ST_PointOnSurface(k.geom)) ORDER BY a.code LIMIT 1) d ON true
WHERE k.city_id = :city AND k.issued_on = (
  SELECT max(h.issued_on) FROM key_area h
  WHERE h.city_id = :city AND h.issued_on <= :day AND (h.ends_on IS NULL OR h.ends_on >= :day))
ORDER BY d.code NULLS LAST, k.name, k.code
""")


def shown(connection: Connection, ids: Sequence[int], fields: Sequence[str]) -> set[int]:
    """Areas this reader may be told of what rests on these published fields of the WiFi zones there."""
    rows = connection.scalars(
        text("""SELECT k.id FROM key_area k WHERE k.id = ANY (:ids) AND (
                  regulates_area(k.city_id) OR standing_needed('area', k.id, :fields) <= my_standing())"""),
        {"ids": list(ids), "fields": list(fields)},
    )
    return set(rows)


def city(connection: Connection, code: str) -> Row[Any] | None:
    """The city of this code, and whether it has a boundary now."""
    return connection.execute(
        text("""SELECT a.id, a.code, a.name, a.name_en, a.id AS city_id, EXISTS (
                  SELECT 1 FROM area_outline_now() b WHERE b.area_id = a.id) AS bounded
                FROM area a WHERE a.code = :code AND a.level = 'city' ORDER BY a.scheme LIMIT 1"""),
        {"code": code},
    ).one_or_none()


def lock(connection: Connection, city_id: int) -> None:
    """Let one transaction at a time change the lists of a city."""
    connection.execute(text("SELECT pg_advisory_xact_lock(7305204, hashint8(:city))"), {"city": city_id})


def outside(connection: Connection, city_id: int, shapes: Mapping[int, Any]) -> list[int]:
    """Rows whose shape does not touch the city."""
    rows = connection.scalars(
        text("""SELECT s.n FROM unnest(cast(:rows AS int[]), cast(:shapes AS text[])) AS s(n, wkt)
                WHERE NOT EXISTS (SELECT 1 FROM area_outline_now() b WHERE b.area_id = :city
                  AND ST_Intersects(b.geom, ST_GeomFromText(s.wkt, 4326))) ORDER BY s.n"""),
        {
            "rows": list(shapes),
            "shapes": [shapely.to_wkt(shape, rounding_precision=-1) for shape in shapes.values()],
            "city": city_id,
        },
    )
    return list(rows)


def lists(connection: Connection, city_id: int, on: date) -> Sequence[Row[Any]]:
    """Every list of a city, the newest first; ``holds``: on that day."""
    return connection.execute(_LISTS, {"city": city_id, "day": on}).all()


def areas(connection: Connection, city_id: int, on: date) -> Sequence[Row[Any]]:
    """The areas of the list that holds on a day, with district and a point on each."""
    return connection.execute(_AREAS, {"city": city_id, "day": on}).all()


def add(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Add the areas of a list."""
    me = connection.scalar(text("SELECT nullif(my_user(), 0)"))
    values = [{**row, "geom": from_shape(row["geom"], 4326), "recorded_by": me} for row in rows]
    connection.execute(insert(key_area), values)


def settle(connection: Connection, city_id: int) -> None:
    """Bring the last days of all lists of a city in step with each other."""
    connection.execute(_ENDS, {"city": city_id})


def shown_about(connection: Connection, city_id: int, issued_on: date) -> int:
    """How many areas of a list have evidence of their own."""
    count = connection.scalar(
        text("""SELECT count(*) FROM key_area k WHERE k.city_id = :city AND k.issued_on = :day
                AND EXISTS (SELECT 1 FROM evidence e WHERE e.key_area_id = k.id)"""),
        {"city": city_id, "day": issued_on},
    )
    return int(count or 0)


def drop(connection: Connection, city_id: int, issued_on: date) -> int:
    """Take a list away; how many areas it had."""
    done = connection.execute(
        text("DELETE FROM key_area WHERE city_id = :city AND issued_on = :day"),
        {"city": city_id, "day": issued_on},
    )
    return int(done.rowcount)
