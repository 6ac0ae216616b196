"""The gaps of a run, as this reader may see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from sqlalchemy import Connection, insert, text

from infra_registry.coverage.runs.suppression import FEW
from infra_registry.coverage.runs.tables import coverage_gap

PAGE = 50
SORTS = {
    "people": "people DESC NULLS LAST, g.ordinal",  # as shown to this reader
    "nearest": "g.nearest_m DESC NULLS FIRST, g.ordinal",
    "district": "d.code NULLS LAST, g.ordinal",
}

# People of a place are public from ``FEW`` on; {} takes the condition that selects the run.
_SHOWN = f"""CASE WHEN g.people >= {FEW}
  OR (SELECT regulates_area(q.area_id) FROM coverage_run q WHERE {{}}) THEN g.people END"""
_PEOPLE, _PEOPLE_BY_CODE = _SHOWN.format("q.id = :run"), _SHOWN.format("q.code = :code")

_GAPS = """FROM coverage_gap g LEFT JOIN area d ON d.id = g.district_id LEFT JOIN asset s ON s.id = g.asset_id
  LEFT JOIN key_area k ON k.id = g.key_area_id
  WHERE g.run_id = :run AND (CAST(:kind AS text) IS NULL OR g.gap_kind = :kind)
    AND (CAST(:family AS text) IS NULL OR g.venue = :family)
    AND (CAST(:district AS text) IS NULL OR d.code = :district)"""

_GAP_COLUMNS = f"""g.ordinal, g.gap_kind, g.venue, {_PEOPLE} AS people, g.nearest_m, d.code AS district,
  d.name AS district_name, d.name_en AS district_name_en, s.code AS asset, s.name AS asset_name,
  s.name_en AS asset_name_en, s.address, k.code AS key_area, k.name AS key_area_name, g.zones_in_reach, g.share,
  ST_X(ST_PointOnSurface(g.geom)) AS lon,
  ST_Y(ST_PointOnSurface(g.geom)) AS lat"""


@dataclass(frozen=True, slots=True)
class GapFilter:
    """Which gaps of a run: kind (``KINDS``), family, district by code; how sorted, which page."""

    kind: str | None = None
    family: str | None = None
    district: str | None = None
    sort: str = "people"
    page: int = 1


def replace_gaps(connection: Connection, run_id: int, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the gaps of a run in place of any it had; a job that ran twice leaves one set."""
    connection.execute(text("DELETE FROM coverage_gap WHERE run_id = :run"), {"run": run_id})
    if rows:
        connection.execute(
            insert(coverage_gap),
            [
                {
                    **row,
                    "run_id": run_id,
                    "geom": "SRID=4326;" + shapely.to_wkt(row["geom"], rounding_precision=-1),
                }
                for row in rows
            ],
        )


def gaps(
    connection: Connection, run_id: int, filters: GapFilter, *, limit: int = PAGE
) -> list[dict[str, Any]]:
    """One page of gaps, as many as ``limit``."""
    order = SORTS.get(filters.sort, SORTS["people"])
    statement = text(f"SELECT {_GAP_COLUMNS} {_GAPS} ORDER BY {order} LIMIT :limit OFFSET :skip")
    values = _values(run_id, filters) | {"limit": limit, "skip": (filters.page - 1) * limit}
    return [dict(row) for row in connection.execute(statement, values).mappings()]


def count(connection: Connection, run_id: int, filters: GapFilter) -> int:
    """How many gaps the filter leaves."""
    return int(connection.scalar(text(f"SELECT count(*) {_GAPS}"), _values(run_id, filters)) or 0)


def geometries(connection: Connection, run_id: int) -> dict[int, Any]:
    """The shapes of a run's gaps by ordinal, in EPSG:4326."""
    rows = connection.execute(
        text(
            "SELECT ordinal, ST_AsBinary(geom) AS geom FROM coverage_gap WHERE run_id = :run ORDER BY ordinal"
        ),
        {"run": run_id},
    )
    return {row.ordinal: shapely.from_wkb(bytes(row.geom)) for row in rows}


def tile(connection: Connection, code: str, z: int, x: int, y: int) -> bytes:
    """The gaps of a run in a tile: layer ``gaps`` with ordinal, kind, people, venue. Empty for no such run."""
    statement = text(f"""
      WITH box AS (SELECT ST_TileEnvelope(:z, :x, :y) AS merc,
                          ST_Transform(ST_TileEnvelope(:z, :x, :y, margin => 0.0625), 4326) AS here)
      SELECT coalesce(ST_AsMVT(t, 'gaps', 4096, 'geom'), '') FROM (
        SELECT g.ordinal, g.gap_kind AS kind, g.venue, {_PEOPLE_BY_CODE} AS people,
               ST_AsMVTGeom(ST_Transform(g.geom, 3857), box.merc, 4096, 256) AS geom
        FROM box, coverage_gap g JOIN coverage_run r ON r.id = g.run_id
        WHERE r.code = :code AND g.geom && box.here ORDER BY g.ordinal LIMIT 20000) AS t""")
    return bytes(connection.execute(statement, {"z": z, "x": x, "y": y, "code": code}).scalar_one())


def _values(run_id: int, filters: GapFilter) -> dict[str, Any]:
    return {"run": run_id, "kind": filters.kind, "family": filters.family, "district": filters.district}
