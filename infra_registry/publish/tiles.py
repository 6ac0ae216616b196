"""Vector tiles of assets at the reader's level: raw rows close up, pre-built counts far out, never a heavy tile."""

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from infra_registry.access import Actor
from infra_registry.db import first_row
from infra_registry.errors import Fault, Invalid
from infra_registry.formats import whole
from infra_registry.formats.mercator import corner
from infra_registry.publish import masks as publication
from infra_registry.publish.masks import Look, Masks
from infra_registry.publish.query import Query
from infra_registry.publish.spatial import Box, condition

LAYER = "assets"
RAW_ZOOM = 11
MAX_ZOOM = 22
NAME_ZOOM = 14
COUNT_STEP = 4
MAX_FEATURES = 9_500  # about as many as fit into MAX_BYTES
THINNED = 5_000  # closer than counts reach, a tile this full shows this many
COUNTED_ZOOM = 13
MAX_BYTES = 450_000
STYLE_VERSION = "2"
# From here on a tile is so small that latitude and mercator's y run straight inside it, to 0.8 of one of its 4096
# units at worst: shapes are placed by one affine step instead of a projection, and points are not clipped.
STRAIGHT_ZOOM = 12
EXTENT, MARGIN = 4096, 64
# The order of features: codes are drawn at random, while rows as they are stored lie in the order of registration,
# in which a blurred one is as good as named by the exact ones before and after it.
BY_CODE = 'ORDER BY f.code COLLATE "C"'
NEAR = 16  # units: a line this close outside still shows half its width inside


class Tile(NamedTuple):
    """A tile address, checked: zoom, column, row."""

    z: int
    x: int
    y: int

    def box(self, margin: float = NEAR / EXTENT) -> Box:
        """The tile in EPSG:4326 with a margin for lines whose width reaches over its edge."""
        west, north = corner(self.x - margin, self.y - margin, self.z)
        east, south = corner(self.x + 1 + margin, self.y + 1 + margin, self.z)
        return Box(max(west, -180.0), max(south, -90.0), min(east, 180.0), min(north, 90.0))

    def straight(self) -> dict[str, float]:
        """Factors and offsets from degrees to this tile's units, for points rounded to the nearest by the half."""
        box = self.box(0)
        sx, sy = EXTENT / (box.east - box.west), EXTENT / (box.south - box.north)
        dx, dy = -box.west * sx, -box.north * sy
        return {
            "sx": sx,
            "sy": sy,
            "dx": dx + 0.5,
            "dy": dy + 0.5,
            "up": -sy,
            "left": dx,
            "foot": EXTENT - dy,
        }


def parse_tile(z: str, x: str, y: str) -> Tile:
    """Read a tile address; raises Invalid ``tile.address`` naming the part that is wrong."""
    numbers: list[int] = []
    for name, value, high in (("z", z, MAX_ZOOM), ("x", x, None), ("y", y, None)):
        top = high if high is not None else (1 << numbers[0]) - 1
        number = whole(value, top)
        if number is None:
            raise Invalid([Fault(name, value[:20], "tile.address", f"0 … {top}")])
        numbers.append(number)
    return Tile(*numbers)


def etag(found: Look, actor: Actor, address: str) -> str:
    """What a cached tile is good for: these versions, address, audience with its live grants, and style."""
    parts = (found.version, address, actor.audience(), STYLE_VERSION)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


def asset_tile(
    connection: Connection, actor: Actor, tile: Tile, query: Query, *, known_look: Look | None = None
) -> tuple[Look, bytes]:
    """The tile and the look it rests on: layer ``assets`` from zoom 11 on, layer ``counts`` before and where rows
    would be too heavy. Who has not looked yet is told what to look for by the statement that draws.
    """
    if tile.z < RAW_ZOOM:
        known_look = known_look or publication.look(connection, actor, LAYER)
        return known_look, _counts(connection, known_look.masks, tile, query)
    known_look, data = _raw_as_found(connection, actor, tile, query, known_look)
    if data is not None and len(data) <= MAX_BYTES:
        return known_look, data
    if tile.z <= COUNTED_ZOOM:
        return known_look, _counts(connection, known_look.masks, tile, query)
    return known_look, _raw(connection, known_look.masks, tile, query, THINNED)[0] or b""


def _raw_as_found(
    connection: Connection, actor: Actor, tile: Tile, query: Query, known_look: Look | None
) -> tuple[Look, bytes | None]:
    """The rows of a tile under the publication table of their own snapshot.

    Without a look they are drawn as the table was when last read; the same statement reads its mark, and where
    that is another one now, what was drawn is thrown away.
    """
    supposed = None if known_look else publication.supposed(actor)
    if supposed:
        data, row = _raw(connection, supposed.masks, tile, query, MAX_FEATURES)
        known_look = publication.understood(connection, actor, row)
        if known_look.holds(supposed):
            return known_look, data
    known_look = known_look or publication.look(connection, actor, LAYER)
    return known_look, _raw(connection, known_look.masks, tile, query, MAX_FEATURES)[0]


def _raw(
    connection: Connection, masks: Masks, tile: Tile, query: Query, most: int
) -> tuple[bytes | None, Sequence[Any]]:
    """The rows of a tile, None when there are ``most`` or more and the tile could show counts; and a look."""
    spatial, values = condition(tile.box(), leakproof=masks.leakproof, boxes_only=True)
    where, bound = _filters(masks, query, "p")
    named = tile.z >= NAME_ZOOM
    name = f"CASE WHEN {masks.visible_sql('name')} THEN p.name END AS name, " if named else ""
    operator = f"CASE WHEN {masks.visible_sql('operator')} THEN p.operator_id END"
    expected = _expected(query) if tile.z <= COUNTED_ZOOM else ""
    thinned = BY_CODE.replace("f.", "p.") if most == THINNED else ""
    hopeless = f"WITH expected AS MATERIALIZED (SELECT {expected} AS n)" if expected else ""
    sql = f"""
      {hopeless}
      SELECT {"greatest(count(*), (SELECT n FROM expected))" if expected else "count(*)"},
        ST_AsMVT(drawn, 'assets', {EXTENT}, 'geom'), {publication.LOOK_SQL} FROM (
        SELECT f.code, f.kind, f.status, {"f.name, " if named else ""} o.code AS operator, f.level, f.precision_m,
               {_drawn(tile)} AS geom
        FROM (SELECT p.code, p.kind, p.status, {name} {operator} AS operator_id, p.level, p.precision_m, p.geom
              FROM asset_place p WHERE p.level IN {masks.levels_sql()} AND {spatial} {where}
                {"AND (SELECT n FROM expected) < :most" if expected else ""} {thinned} LIMIT :most) AS f
        LEFT JOIN party o ON o.id = f.operator_id {BY_CODE}) AS drawn"""
    values |= {**bound, **tile._asdict(), **tile.straight(), "most": most, "layer": LAYER}
    total, data, *row = first_row(connection, sql, values)
    return None if total >= most and most == MAX_FEATURES else bytes(data or b""), row


def _drawn(tile: Tile) -> str:
    """SQL of a feature's geometry in tile units."""
    if tile.z < STRAIGHT_ZOOM:
        return f"ST_AsMVTGeom(ST_Transform(f.geom, 3857), ST_TileEnvelope(:z, :x, :y), {EXTENT}, {MARGIN})"
    placed = "ST_Affine(f.geom, :sx, 0, 0, :sy, :dx, :dy)"
    upward = "ST_Affine(f.geom, :sx, 0, 0, :up, :left, :foot)"  # as a map runs: ST_AsMVTGeom turns it over
    frame = f"ST_MakeBox2D(ST_MakePoint(0, 0), ST_MakePoint({EXTENT}, {EXTENT}))"
    clipped = f"ST_AsMVTGeom({upward}, {frame}, {EXTENT}, {MARGIN})"
    return f"CASE WHEN ST_Dimension(f.geom) = 0 THEN {placed} ELSE {clipped} END"


def _expected(query: Query) -> str:
    """SQL of about how many rows a tile has, from the totals, so that a hopeless one is not drawn to be thrown away."""
    if query.statuses or query.operators:
        return "0"
    kinds = "AND c.kind = ANY (:kinds)" if query.kinds else ""
    return (
        "(SELECT coalesce(sum(c.n), 0) FROM place_total c "
        f"WHERE c.zoom = :z AND c.x = :x AND c.y = :y {kinds})"
    )


def _counts(connection: Connection, masks: Masks, tile: Tile, query: Query) -> bytes:
    """Counts per kind and quad cell, from the pre-built steps; at deep zooms the finest ones there are."""
    zoom = min(tile.z + COUNT_STEP, 14)
    shift = zoom - tile.z
    where, bound = _filters(masks, query, "c", counts=True)
    table = "place_count" if query.statuses or query.operators else "place_total"
    sql = f"""
      WITH summed AS (
        SELECT c.kind, c.x, c.y, sum(c.n) AS n FROM {table} c
        WHERE c.zoom = :zoom AND c.x BETWEEN :x1 AND :x2 AND c.y BETWEEN :y1 AND :y2 {where}
        GROUP BY 1, 2, 3 HAVING sum(c.n) > 0),
      drawn AS (
        SELECT kind, n::integer AS n, ST_AsMVTGeom(ST_Transform(ST_SetSRID(ST_MakePoint(
                 tile_lon(x + 0.5, :zoom), tile_lat(y + 0.5, :zoom)), 4326), 3857),
                 ST_TileEnvelope(:z, :x, :y), {EXTENT}, {MARGIN}) AS geom FROM summed ORDER BY x, y, kind)
      SELECT ST_AsMVT(drawn, 'counts', {EXTENT}, 'geom') FROM drawn"""
    values: dict[str, Any] = {
        **tile._asdict(),
        "zoom": zoom,
        "x1": tile.x << shift,
        "x2": ((tile.x + 1) << shift) - 1,
        "y1": tile.y << shift,
        "y2": ((tile.y + 1) << shift) - 1,
    }
    return bytes(first_row(connection, sql, values | bound)[0] or b"")


def _filters(masks: Masks, query: Query, alias: str, *, counts: bool = False) -> tuple[str, dict[str, Any]]:
    """The filters tiles know: kind, status and operator; the operator only where this reader may see it."""
    parts: list[str] = []
    values: dict[str, Any] = {}
    for column, values_allowed in (("kind", query.kinds), ("status", query.statuses)):
        if values_allowed:
            parts.append(f"AND {alias}.{column} = ANY (:{column}s)")
            values[f"{column}s"] = list(values_allowed)
    if query.operators:
        parts.append(f"AND {alias}.operator_id IN (SELECT id FROM party WHERE code = ANY (:operators))")
        values["operators"] = list(query.operators)
        hidden = masks.hidden("operator")
        if counts and hidden and not masks.everything:
            parts.append(f"AND c.publication_id NOT IN ({', '.join(map(str, hidden))})")
        elif not counts:
            parts.append(f"AND {masks.visible_sql('operator')}")
    return " ".join(parts), values
