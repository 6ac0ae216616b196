"""What an analysis reads: the area, its venues, its inhabited places, and the zones near it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely
from sqlalchemy import Connection, text

from infra_registry.coverage.wifi.reach import Place, Zone
from infra_registry.errors import NotFound

MARGIN_DEG = 0.03  # a zone up to 2 km outside the boundary may reach in


@dataclass(frozen=True, slots=True)
class Area:
    """The area of a run."""

    id: int
    code: str
    name: str
    name_en: str | None
    city_id: int
    parent_id: int | None


@dataclass(frozen=True, slots=True)
class Located:
    """A place with what is written to its gap: district, asset, whether the public may see its exact place."""

    place: Place
    district_id: int | None
    asset_id: int | None
    open: bool


_AREA = text("""
    WITH RECURSIVE up AS (
      SELECT *, 0 AS step FROM area WHERE id = (
        SELECT id FROM area WHERE code = :code OR scheme || ':' || code = :code
        ORDER BY scheme <> 'gb2260', scheme LIMIT 1)
      UNION ALL SELECT a.*, up.step + 1 FROM area a JOIN up ON a.id = up.parent_id)
    SELECT u.id, u.code, u.name, u.name_en, u.parent_id,
      coalesce((SELECT id FROM up WHERE level = 'city' ORDER BY step LIMIT 1), u.id) AS city_id
    FROM up u WHERE u.step = 0""")

_OUTLINE = """(SELECT geom FROM area_boundary WHERE area_id = :area AND valid_from <= :on
      AND (valid_until IS NULL OR valid_until > :on) ORDER BY valid_from DESC LIMIT 1) AS e"""

# The district of a place: a child of the area whose boundary holds it, the lowest code where two do.
_DISTRICT = """LEFT JOIN LATERAL (
      SELECT d.id FROM area d JOIN area_boundary b ON b.area_id = d.id
      WHERE d.parent_id = :area AND d.level <> 'zone' AND b.valid_from <= :on
        AND (b.valid_until IS NULL OR b.valid_until > :on)
        AND b.geom && p.geom AND ST_Intersects(b.geom, ST_PointOnSurface(p.geom))
      ORDER BY d.code LIMIT 1) AS district ON true"""

_VENUES = text(f"""
    SELECT p.code, v.venue, ST_AsBinary(p.geom) AS geom, p.asset_id, district.id AS district_id,
           p.access_class = 'P1' AS open
    FROM asset_place p JOIN asset_public_building v ON v.asset_id = p.asset_id
      JOIN asset_area m ON m.asset_id = p.asset_id AND m.level = 'exact' AND m.area_id = :area
      {_DISTRICT}
    WHERE p.level = 'exact' AND p.kind = 'public_building' AND p.status NOT IN ('planned', 'building', 'retired')
      AND v.venue = ANY (:families)
    ORDER BY p.code""")

# Numbered by what they are, not by when they were recorded, so that a register loaded twice gives equal bits.
_INHABITED = text(f"""
    SELECT p.people, ST_AsBinary(p.geom) AS geom, district.id AS district_id,
           row_number() OVER (ORDER BY p.ref, ST_X(p.geom), ST_Y(p.geom), p.people, p.id) AS n
    FROM {_OUTLINE} JOIN inhabited p ON e.geom && p.geom AND ST_Intersects(e.geom, p.geom)
      {_DISTRICT}
    WHERE p.people > 0 ORDER BY n""")

_ZONES = text(f"""
    SELECT p.code, w.reach_m, w.free, ST_AsBinary(p.geom) AS geom, p.access_class = 'P1' AS open,
           ST_Intersects(e.geom, p.geom) AS inside
    FROM {_OUTLINE} JOIN asset_place p ON p.geom && ST_Expand(e.geom, :margin)
      JOIN asset_wifi_zone w ON w.asset_id = p.asset_id
    WHERE p.level = 'exact' AND p.kind = 'wifi_zone' AND p.status = 'in_use'
    ORDER BY p.code""")


def area(connection: Connection, code: str) -> Area:
    """The area of this code; NotFound ``coverage.no_area``."""
    row = connection.execute(_AREA, {"code": code}).one_or_none()
    if row is None:
        raise NotFound("coverage.no_area", area=code)
    return Area(row.id, row.code, row.name, row.name_en, row.city_id, row.parent_id)


def has_boundary(connection: Connection, area_id: int, on: date) -> bool:
    """True when the area has a boundary on that day: without one nothing can be said to lie in it."""
    return bool(
        connection.scalar(
            text("""SELECT EXISTS (SELECT 1 FROM area_boundary WHERE area_id = :area AND valid_from <= :on
                    AND (valid_until IS NULL OR valid_until > :on))"""),
            {"area": area_id, "on": on},
        )
    )


def venues(connection: Connection, area_id: int, families: Sequence[str], on: date) -> list[Located]:
    """Standing public buildings of the families whose exact place this reader sees, by code."""
    rows = connection.execute(_VENUES, {"area": area_id, "families": list(families), "on": on})
    return [
        Located(
            Place(row.code, _geometry(row.geom), row.venue), row.district_id, row.asset_id, bool(row.open)
        )
        for row in rows
    ]


def inhabited(connection: Connection, area_id: int, on: date) -> list[Located]:
    """Places in the area where somebody lives, numbered by reference and place."""
    rows = connection.execute(_INHABITED, {"area": area_id, "on": on})
    return [
        Located(
            Place(f"{row.n:09d}", _geometry(row.geom), people=row.people), row.district_id, None, open=True
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class ZonesFound:
    """Zones that serve, and the counts that a reader of the result must know."""

    free: tuple[Zone, ...]
    in_area: int  # public points registered inside the boundary, free or not
    not_stated: int  # public and in use, but nothing is said on whether they are free: not counted as free
    withheld: int  # free or not stated, but not a public point


def zones(connection: Connection, area_id: int, on: date) -> ZonesFound:
    """Zones in use in the area or near enough to reach into it."""
    rows = connection.execute(_ZONES, {"area": area_id, "on": on, "margin": MARGIN_DEG}).all()
    free = [row for row in rows if row.free and row.open]
    return ZonesFound(
        tuple(Zone(row.code, _geometry(row.geom), row.reach_m) for row in free),
        sum(1 for row in rows if row.inside and row.open),
        sum(1 for row in rows if row.free is None and row.inside and row.open),
        sum(1 for row in rows if row.free is not False and not row.open),
    )


def districts(connection: Connection, area_id: int) -> list[Any]:
    """The areas one step below, by code."""
    return list(
        connection.execute(
            text("""SELECT id, code, name, name_en FROM area WHERE parent_id = :area AND level <> 'zone'
                    ORDER BY code"""),
            {"area": area_id},
        )
    )


def _geometry(value: Any) -> Any:
    return shapely.from_wkb(bytes(value))
