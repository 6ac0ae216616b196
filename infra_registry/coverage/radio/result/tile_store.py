"""Vector tiles of a radio run under row security: published classes, gaps, remedies. No such run: an empty tile."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text

from infra_registry.coverage.radio.result.store import results_run
from infra_registry.coverage.runs.published import PUBLIC_ZOOM
from infra_registry.formats.mercator import HALF

MERGED_BELOW = 8  # a tile of this zoom holds at most 128 × 128 published cells; wider tiles hold merged ones
MOST = 20_000

# The quad cells of a tile, as integers; merged ones take the class most of their cells have, the lower on a tie.
_CLASSES = text(f"""
  WITH cells AS (
    SELECT c.x >> :drop AS cx, c.y >> :drop AS cy, mode() WITHIN GROUP (ORDER BY c.signal_class) AS signal_class
    FROM radio_class c JOIN radio_layer l ON l.id = c.layer_id
    WHERE c.layer_id = :layer AND l.run_id = :run AND l.edition = 'public'
      AND c.x BETWEEN :x0 AND :x1 AND c.y BETWEEN :y0 AND :y1
    GROUP BY 1, 2)
  SELECT coalesce(ST_AsMVT(t, 'classes', 4096, 'geom'), '') FROM (
    SELECT k.signal_class AS class, ST_AsMVTGeom(ST_MakeEnvelope(
        k.cx * s.width - {HALF}, {HALF} - (k.cy + 1) * s.width,
        (k.cx + 1) * s.width - {HALF}, {HALF} - k.cy * s.width, 3857),
      ST_TileEnvelope(:z, :x, :y), 4096, 0) AS geom
    FROM cells k, (SELECT CAST(:width AS double precision) AS width) AS s ORDER BY k.cy, k.cx) AS t""")

_BOX = """WITH box AS (SELECT ST_TileEnvelope(:z, :x, :y) AS merc,
    ST_Transform(ST_TileEnvelope(:z, :x, :y, margin => 0.0625), 4326) AS here)"""
_GAPS = text(f"""{_BOX}
  SELECT coalesce(ST_AsMVT(t, 'gaps', 4096, 'geom'), '') FROM (
    SELECT g.ordinal, l.operator, l.technology, g.people, g.area_m2, g.compared,
      ST_AsMVTGeom(ST_Transform(g.geom, 3857), box.merc, 4096, 64) AS geom
    FROM box, radio_gap g JOIN radio_layer l ON l.id = g.layer_id
    WHERE l.run_id = :run AND l.edition = :edition AND g.geom && box.here
      AND (CAST(:operator AS text) IS NULL OR l.operator = :operator)
      AND (CAST(:technology AS text) IS NULL OR l.technology = :technology)
    ORDER BY g.ordinal LIMIT {MOST}) AS t""")
_REMEDIES = text(f"""{_BOX}
  SELECT coalesce(ST_AsMVT(t, 'remedies', 4096, 'geom'), '') FROM (
    SELECT s.ordinal, s.kind, s.technology, s.people, s.opening, s.obstacles, s.code AS asset,
      ST_AsMVTGeom(ST_Transform(s.geom, 3857), s.merc, 4096, 64) AS geom
    FROM (SELECT m.ordinal, m.candidate_kind AS kind, m.technology, m.people_gained AS people,
        m.opening_state AS opening, jsonb_array_length(m.obstacles) AS obstacles, p.code, box.merc, box.here,
        coalesce(p.geom, ST_PointOnSurface(j.geom),
          (SELECT n.geom FROM remedy n WHERE n.id = m.id)) AS geom
      FROM box, remedy_seen m LEFT JOIN asset_place p ON p.asset_id = m.asset_id
        LEFT JOIN project j ON j.id = m.project_id
      WHERE m.run_id = :run AND m.edition = :edition
        AND (CAST(:technology AS text) IS NULL OR m.technology = :technology)) AS s
    WHERE s.geom && s.here ORDER BY s.ordinal LIMIT {MOST}) AS t""")

Tile = tuple[int, int, int]


def class_tile(connection: Connection, run: Mapping[str, Any], layer_id: int, tile: Tile) -> bytes:
    """Published classes of a layer of the public edition in tile (z, x, y): layer ``classes`` with ``class`` 0 … 5."""
    z, x, y = tile
    drop = max(0, MERGED_BELOW - z)
    shift = PUBLIC_ZOOM - z
    x0, x1 = (x << shift, ((x + 1) << shift) - 1) if shift >= 0 else (x >> -shift, x >> -shift)
    y0, y1 = (y << shift, ((y + 1) << shift) - 1) if shift >= 0 else (y >> -shift, y >> -shift)
    values = {
        "run": results_run(run),
        "layer": layer_id,
        "drop": drop,
        "width": 2 * HALF / (1 << (PUBLIC_ZOOM - drop)),
        "x0": x0,
        "x1": x1,
        "y0": y0,
        "y1": y1,
        **_tile(tile),
    }
    return bytes(connection.execute(_CLASSES, values).scalar_one())


def gap_tile(
    connection: Connection,
    run: Mapping[str, Any],
    edition: str,
    tile: Tile,
    *,
    layer: tuple[str | None, str | None] = (None, None),
) -> bytes:
    """Gaps in tile (z, x, y): layer ``gaps`` with ordinal, operator, technology, people, area; of one layer or all."""
    values = {"run": results_run(run), "edition": edition, "operator": layer[0], "technology": layer[1]}
    return bytes(connection.execute(_GAPS, values | _tile(tile)).scalar_one())


def remedy_tile(
    connection: Connection, run: Mapping[str, Any], edition: str, tile: Tile, *, technology: str | None = None
) -> bytes:
    """Remedies in tile (z, x, y) at the reader's level: layer ``remedies`` with ordinal, kind, people, obstacles."""
    values = {"run": results_run(run), "edition": edition, "technology": technology}
    return bytes(connection.execute(_REMEDIES, values | _tile(tile)).scalar_one())


def _tile(tile: Tile) -> dict[str, int]:
    return dict(zip(("z", "x", "y"), tile, strict=True))
