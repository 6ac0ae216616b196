"""SQL of demand: sets of people, roads and heights by area, as this reader may see them.

A set is what one load brought: the rows of one area, one kind and one source. Loading replaces a set whole; taking one
away lets the set before it count again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import shapely
from geoalchemy2.shape import from_shape
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, Table, delete, insert, text

from infra_registry.areas.ground_store import OUTLINE
from infra_registry.areas.tables import inhabited
from infra_registry.coverage.demand.tables import population_zone, raster_source, road

TABLES: dict[str, Table] = {
    "points": inhabited,
    "zones": population_zone,
    "raster": raster_source,
    "terrain": raster_source,
    "roads": road,
}
POPULATION = ("points", "zones", "raster")
_ROLE = {"raster": "population", "terrain": "terrain"}


@dataclass(frozen=True, slots=True)
class DemandSet:
    """One loaded set. ``step``: 0 the area itself, 1 the one above, -1 one below. ``people`` only of populations."""

    kind: str
    step: int
    area_id: int
    area_code: str
    area_name: str
    area_name_en: str | None
    source_id: int | None
    source: str | None
    title: str | None
    items: int
    people: float | None
    recorded_at: datetime
    dated: date | None
    basis: str | None


_FAMILY = """WITH RECURSIVE up AS (
      SELECT id, parent_id, 0 AS step FROM area WHERE id = :area
      UNION ALL SELECT a.id, a.parent_id, up.step + 1 FROM area a JOIN up ON a.id = up.parent_id),
    down AS (SELECT id, 0 AS step FROM area WHERE id = :area
      UNION ALL SELECT a.id, down.step - 1 FROM area a JOIN down ON a.parent_id = down.id),
    family AS (SELECT id, step FROM up UNION SELECT id, step FROM down)"""

_SETS = text(f"""{_FAMILY}, found AS (
      SELECT 'points' AS kind, area_id, source_id, count(*) AS items, sum(people)::float8 AS people,
        max(recorded_at) AS recorded_at, NULL::date AS dated, min(basis) AS basis
      FROM inhabited WHERE area_id IN (SELECT id FROM family) GROUP BY area_id, source_id
      UNION ALL SELECT 'zones', area_id, source_id, count(*), sum(people), max(recorded_at), max(counted_on), min(basis)
      FROM population_zone WHERE area_id IN (SELECT id FROM family) GROUP BY area_id, source_id
      UNION ALL SELECT CASE role WHEN 'terrain' THEN 'terrain' ELSE 'raster' END, area_id, source_id, count(*),
        sum(people), max(recorded_at), NULL, NULL
      FROM raster_source WHERE area_id IN (SELECT id FROM family) GROUP BY role, area_id, source_id
      UNION ALL SELECT 'roads', area_id, source_id, count(*), NULL, max(recorded_at), NULL, NULL
      FROM road WHERE area_id IN (SELECT id FROM family) GROUP BY area_id, source_id)
    SELECT f.kind, m.step, f.area_id, a.code AS area_code, a.name AS area_name, a.name_en AS area_name_en,
      f.source_id, s.code AS source, s.title, f.items, f.people, f.recorded_at,
      coalesce(f.dated, s.published_on) AS dated, f.basis
    FROM found f JOIN family m ON m.id = f.area_id JOIN area a ON a.id = f.area_id
      LEFT JOIN source s ON s.id = f.source_id
    ORDER BY f.kind, m.step, f.recorded_at DESC, s.code, f.source_id""")

_POINTS = text("""SELECT ST_X(geom) AS lon, ST_Y(geom) AS lat, people FROM inhabited
    WHERE area_id = :area AND source_id IS NOT DISTINCT FROM :source AND people > 0
    ORDER BY ref, ST_X(geom), ST_Y(geom), people""")

_ZONES = text("""SELECT people, ST_AsBinary(geom) AS geom, basis FROM population_zone
    WHERE area_id = :area AND source_id IS NOT DISTINCT FROM :source AND people > 0
    ORDER BY ref, ST_XMin(geom), ST_YMin(geom), people""")

# Standing premises whose exact place this reader sees, with their households, inside the zones of the set.
_DWELLINGS = text("""SELECT ST_X(q.point) AS lon, ST_Y(q.point) AS lat, q.household_count AS households
    FROM (SELECT ST_PointOnSurface(p.geom) AS point, d.household_count, p.code
          FROM asset_place p JOIN asset_premises d ON d.asset_id = p.asset_id
          WHERE p.level = 'exact' AND p.kind = 'premises' AND p.status NOT IN ('planned', 'building', 'retired')
            AND d.household_count > 0
            AND EXISTS (SELECT 1 FROM population_zone z WHERE z.area_id = :area
              AND z.source_id IS NOT DISTINCT FROM :source AND z.geom && p.geom)) q
    ORDER BY q.code""")

_RASTERS = text("""SELECT digest, crs, people, code FROM raster_source
    WHERE area_id = :area AND source_id IS NOT DISTINCT FROM :source AND role = 'population' ORDER BY code""")

_TERRAIN = text("""SELECT digest, code, resolution_m FROM raster_source
    WHERE role = 'terrain' AND covers && ST_MakeEnvelope(:west, :south, :east, :north, 4326)
    ORDER BY recorded_at DESC, resolution_m, code LIMIT :most""")

_ROADS = text("""SELECT ST_AsBinary(geom) AS geom FROM road
    WHERE area_id = :area AND source_id IS NOT DISTINCT FROM :source
      AND geom && ST_MakeEnvelope(:west, :south, :east, :north, 4326)
    ORDER BY ref, ST_XMin(geom), ST_YMin(geom), id""")

_VENUES = text(f"""SELECT v.venue, ST_X(ST_PointOnSurface(p.geom)) AS lon, ST_Y(ST_PointOnSurface(p.geom)) AS lat
    FROM asset_place p JOIN asset_public_building v ON v.asset_id = p.asset_id
      JOIN {OUTLINE}
        ON e.geom && p.geom AND ST_Intersects(e.geom, ST_PointOnSurface(p.geom))
    WHERE p.level = 'exact' AND p.kind = 'public_building' AND p.status NOT IN ('planned', 'building', 'retired')
      AND v.venue IS NOT NULL
    ORDER BY p.code""")


def sets(connection: Connection, area_id: int) -> list[DemandSet]:
    """Every set of an area, of those above and of those below it, by kind, nearness, the newest first."""
    return [DemandSet(**row) for row in connection.execute(_SETS, {"area": area_id}).mappings()]


def _of(demand_set: DemandSet) -> dict[str, Any]:
    return {"area": demand_set.area_id, "source": demand_set.source_id}


def sides(box: Sequence[float]) -> dict[str, float]:
    """A box as it is bound to ``ST_MakeEnvelope``: west, south, east, north."""
    return dict(zip(("west", "south", "east", "north"), box, strict=True))


def points(connection: Connection, demand_set: DemandSet) -> NDArray[np.float64]:
    """Longitude, latitude and people of a set of points: shape (points, 3)."""
    rows = connection.execute(_POINTS, _of(demand_set)).all()
    return np.array([tuple(row) for row in rows], float).reshape(-1, 3)


def zones(connection: Connection, demand_set: DemandSet) -> list[tuple[float, BaseGeometry]]:
    """People and polygon of each zone of a set."""
    rows = connection.execute(_ZONES, _of(demand_set))
    return [(float(row.people), shapely.from_wkb(bytes(row.geom))) for row in rows]


def dwellings(connection: Connection, demand_set: DemandSet) -> NDArray[np.float64]:
    """Longitude, latitude and households of registered premises near the zones of a set: shape (premises, 3)."""
    rows = connection.execute(_DWELLINGS, _of(demand_set)).all()
    return np.array([tuple(row) for row in rows], float).reshape(-1, 3)


def rasters(connection: Connection, demand_set: DemandSet) -> list[Any]:
    """Digest, CRS, people and code of the population rasters of a set."""
    return list(connection.execute(_RASTERS, _of(demand_set)))


def one_box(box: Sequence[float]) -> tuple[float, float, float, float]:
    """The box itself; a box across the dateline (west greater than east) goes all round."""
    west, south, east, north = box
    return (-180.0, south, 180.0, north) if west > east else (west, south, east, north)


def terrain(connection: Connection, box: Sequence[float], most: int = 16) -> list[Any]:
    """Digest and code of the rasters of heights that touch a box (degrees), the newest first."""
    return list(connection.execute(_TERRAIN, sides(box) | {"most": most}))


def roads(connection: Connection, demand_set: DemandSet, box: Sequence[float]) -> list[BaseGeometry]:
    """The lines of a set of roads that touch a box (degrees)."""
    rows = connection.execute(_ROADS, _of(demand_set) | sides(box))
    return [shapely.from_wkb(bytes(row.geom)) for row in rows]


def venues(connection: Connection, area_id: int, on: date) -> Sequence[Any]:
    """Family and place (degrees) of an area's standing public buildings this reader sees exactly, by code."""
    return connection.execute(_VENUES, {"area": area_id, "on": on}).all()


def lock(connection: Connection, area_id: int) -> None:
    """Let nobody else load for this area until the transaction ends."""
    connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtext('demand'), CAST(:area AS int))"), {"area": area_id}
    )


def remove(connection: Connection, kind: str, area_id: int, source_id: int | None) -> int:
    """Take a set away; how many rows went."""
    table = TABLES[kind]
    mine = [table.c.area_id == area_id, table.c.source_id.is_not_distinct_from(source_id)]
    if kind in _ROLE:
        mine.append(table.c.role == _ROLE[kind])
    return connection.execute(delete(table).where(*mine)).rowcount


def add(connection: Connection, kind: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the rows of a set; geometry as shapely in EPSG:4326 under ``geom`` or ``covers``."""
    rows_added = [
        {
            name: from_shape(value, 4326) if isinstance(value, BaseGeometry) else value
            for name, value in row.items()
        }
        for row in rows
    ]
    if rows_added:
        connection.execute(insert(TABLES[kind]), rows_added)
