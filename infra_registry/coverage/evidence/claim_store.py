"""SQL of claims: what an operator says it covers, and which of it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, func, insert, text

from infra_registry.coverage.evidence.tables import coverage_claim
from infra_registry.db.aliases import current
from infra_registry.errors import NotFound

PAGE = 50

_CLAIM = """SELECT c.id, c.code, c.technology, c.environment, c.minimum_dbm, c.down_mbps, c.up_mbps, c.as_of,
    c.ended_on, c.tool_name, c.tool_version, c.tool_developer, c.model, c.resolution_m, c.receiver_height_m,
    c.terrain_source, c.terrain_resolution_m, c.clutter_source, c.link_budget, c.digest, c.vertices, c.sample,
    c.recorded_at, c.operator_id, p.code AS operator, p.name AS operator_name, p.name_en AS operator_name_en,
    c.area_id, a.code AS area_code, a.name AS area_name, a.name_en AS area_name_en,
    coalesce(CASE WHEN a.level = 'city' THEN a.id END, a.parent_id, a.id) AS city_id,
    ST_X(ST_PointOnSurface(ST_Envelope(c.geom))) AS lon, ST_Y(ST_PointOnSurface(ST_Envelope(c.geom))) AS lat
  FROM coverage_claim c JOIN party p ON p.id = c.operator_id JOIN area a ON a.id = c.area_id"""
_WHERE = """WHERE (CAST(:operator AS text) IS NULL OR p.code = :operator)
    AND (CAST(:technology AS text) IS NULL OR c.technology = :technology)
    AND (CAST(:area AS text) IS NULL OR a.code = :area) AND (:ended OR c.ended_on IS NULL)"""


@dataclass(frozen=True, slots=True)
class ClaimFilter:
    """Which claims: operator and area by code, technology; ``ended``: replaced ones too."""

    operator: str | None = None
    technology: str | None = None
    area: str | None = None
    ended: bool = False
    page: int = 1


def add(connection: Connection, values: Mapping[str, Any], geometry: BaseGeometry) -> int:
    """Write a claim with its shape (multipolygon, EPSG:4326); its id."""
    shape = func.ST_GeomFromWKB(shapely.to_wkb(geometry), 4326)
    user = func.nullif(func.my_user(), 0)
    query = (
        insert(coverage_claim).values(**values, geom=shape, claimed_by=user).returning(coverage_claim.c.id)
    )
    return int(connection.scalars(query).one())


def standing(connection: Connection, key: Mapping[str, Any]) -> list[Any]:
    """Claims that stand for an operator, area, technology and environment, locked until the transaction ends."""
    query = text("""SELECT id, code, as_of FROM coverage_claim WHERE operator_id = :operator_id AND area_id = :area_id
        AND technology = :technology AND environment = :environment AND ended_on IS NULL FOR UPDATE""")
    return list(connection.execute(query, dict(key)))


def end(connection: Connection, ids: Sequence[int], on: date) -> None:
    """End claims on a day."""
    query = text("UPDATE coverage_claim SET ended_on = :on WHERE id = ANY (:ids)")
    connection.execute(query, {"ids": list(ids), "on": on})


def lock(connection: Connection, key: str) -> None:
    """Let claims of one operator, area, technology and environment come one after another."""
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 71))"), {"key": key})


def claims(connection: Connection, claim_filter: ClaimFilter, *, limit: int = PAGE) -> list[dict[str, Any]]:
    """A page of claims: by operator, technology and day."""
    query = text(f"""{_CLAIM} {_WHERE} ORDER BY p.name, c.technology, c.environment, c.as_of DESC, c.code
        LIMIT :limit OFFSET :skip""")
    values = asdict(claim_filter) | {"limit": limit, "skip": (claim_filter.page - 1) * limit}
    return [dict(row) for row in connection.execute(query, values).mappings()]


def count(connection: Connection, claim_filter: ClaimFilter) -> int:
    """How many claims the filter leaves."""
    query = text(f"""SELECT count(*) FROM coverage_claim c JOIN party p ON p.id = c.operator_id
        JOIN area a ON a.id = c.area_id {_WHERE}""")
    return int(connection.scalar(query, asdict(claim_filter)) or 0)


def claim(connection: Connection, code: str) -> dict[str, Any]:
    """One claim; NotFound ``claims.no_claim``."""
    query, today = text(_CLAIM + " WHERE c.code = :code"), current(connection, code, "claim")
    row = connection.execute(query, {"code": today}).mappings().one_or_none()
    if row is None:
        raise NotFound("claims.no_claim", code=code[:40])
    return dict(row)


def outline(connection: Connection, claim_id: int, *, points: int) -> dict[str, Any] | None:
    """The claim's shape for a small map, as GeoJSON, drawn coarser until it has about so many corner points."""
    query = text("SELECT ST_AsBinary(geom) FROM coverage_claim WHERE id = :id")
    wkb = connection.scalar(query, {"id": claim_id})
    if wkb is None:
        return None
    shape, step = shapely.from_wkb(bytes(wkb)), 1e-5
    while shapely.get_num_coordinates(shape) > points and step < 1:
        shape, step = shapely.simplify(shape, step, preserve_topology=False), step * 3
    return dict(shapely.geometry.mapping(shape)) if not shape.is_empty else None


def geojson(connection: Connection, claim_id: int) -> str:
    """The whole shape as GeoJSON, seven decimals."""
    query = text("SELECT ST_AsGeoJSON(geom, 7) FROM coverage_claim WHERE id = :id")
    return str(connection.scalar(query, {"id": claim_id}))


def touching(connection: Connection, claim_id: int, point: tuple[float, float]) -> bool:
    """True when the point (degrees) lies in the claim or at most about a kilometre from it."""
    query = text("""SELECT ST_DWithin(geom, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), 0.01)
        FROM coverage_claim WHERE id = :id""")
    return bool(connection.scalar(query, {"id": claim_id, "lon": point[0], "lat": point[1]}))


def in_area(connection: Connection, area_id: int, geometry: BaseGeometry) -> bool | None:
    """Whether the shape meets the area's boundary; None when the area has none."""
    query = text("""SELECT bool_or(ST_Intersects(geom, ST_GeomFromWKB(:wkb, 4326))) FROM area_outline_now()
        WHERE area_id = :area""")
    meets: bool | None = connection.scalar(query, {"area": area_id, "wkb": shapely.to_wkb(geometry)})
    return meets


def shapes(connection: Connection, criteria: Mapping[str, Any]) -> list[BaseGeometry] | None:
    """Shapes of the claims that stood on a day inside a box; None when the operator claims nothing of it anywhere.

    ``criteria``: operator (code or None for any), technology (or None), environment, on, west, south, east, north.
    """
    query = text("""SELECT CASE WHEN c.geom && ST_MakeEnvelope(:west, :south, :east, :north, 4326)
          THEN ST_AsBinary(c.geom) END AS geom
        FROM coverage_claim c JOIN party p ON p.id = c.operator_id
        WHERE (CAST(:operator AS text) IS NULL OR p.code = :operator)
          AND (CAST(:technology AS text) IS NULL OR c.technology = :technology)
          AND c.environment = :environment AND c.as_of <= :on AND (c.ended_on IS NULL OR c.ended_on > :on)
        ORDER BY c.code""")
    rows = connection.execute(query, dict(criteria)).all()
    if not rows:
        return None
    return [shapely.from_wkb(bytes(row.geom)) for row in rows if row.geom is not None]


def parties_called(connection: Connection, name: str) -> list[Any]:
    """Parties with this code, else all with this name in either language: id, code, name."""
    query = text("""SELECT id, code, name FROM party WHERE code = :name
        UNION ALL SELECT id, code, name FROM party WHERE (name = :name OR name_en = :name)
          AND NOT EXISTS (SELECT 1 FROM party WHERE code = :name) ORDER BY code LIMIT 20""")
    return list(connection.execute(query, {"name": name}))
