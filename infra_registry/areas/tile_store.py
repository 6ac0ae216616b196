"""Vector tiles of areas: outlines and label points, thinned by zoom."""

from sqlalchemy import Connection, text

EXTENT = 4096
# The zoom from which a level is drawn; provinces give way to what lies in them.
FIRST_ZOOM = {"country": 0, "province": 0, "city": 4, "district": 7, "zone": 10, "subdistrict": 11}
LABEL_ZOOM = {"country": 1, "province": 3, "city": 5, "district": 8, "zone": 11, "subdistrict": 12}

_TILE = text("""
WITH frame AS (
  SELECT ST_TileEnvelope(:z, :x, :y) AS box,
         ST_Transform(ST_TileEnvelope(:z, :x, :y, margin => 0.02), 4326) AS here),
shapes AS (
  SELECT a.code, a.name, coalesce(a.name_en, a.name) AS name_en, a.level, b.geom
  FROM area_boundary b JOIN area a ON a.id = b.area_id, frame f
  WHERE b.valid_until IS NULL AND a.level = ANY (:levels) AND b.geom && f.here ORDER BY a.code, a.scheme),
drawn AS (
  SELECT s.code, s.name, s.name_en, s.level,
         ST_AsMVTGeom(ST_Simplify(ST_Transform(s.geom, 3857), :pixel, true), f.box, 4096, 80, true) AS geom
  FROM shapes s, frame f),
labels AS (
  SELECT s.code, s.name, s.name_en, s.level,
         ST_AsMVTGeom(ST_Transform(ST_PointOnSurface(s.geom), 3857), f.box, 4096, 0, true) AS geom
  FROM shapes s, frame f WHERE s.level = ANY (:labelled))
SELECT (SELECT coalesce(ST_AsMVT(d, 'areas', 4096, 'geom'), '') FROM drawn d WHERE d.geom IS NOT NULL)
    || (SELECT coalesce(ST_AsMVT(l, 'area_labels', 4096, 'geom'), '') FROM labels l WHERE l.geom IS NOT NULL)
""")


def tile(connection: Connection, z: int, x: int, y: int) -> bytes:
    """One tile: layer ``areas`` (code, name, name_en, level) and ``area_labels`` (points, the same properties)."""
    values = {
        "z": z,
        "x": x,
        "y": y,
        "levels": [level for level, first in FIRST_ZOOM.items() if z >= first],
        "labelled": [level for level, first in LABEL_ZOOM.items() if z >= first],
        "pixel": 40075016.686 / (2.0**z * EXTENT) * 4,
    }
    return bytes(connection.scalar(_TILE, values) or b"")
