"""Vector tiles of what the law asks and what became of it: openings by state, duties by whether they are kept.

Both lie where the reader sees the exact place, since only then does he see that there is a duty. Filters are those
of the list beside the map, and so are rows, masks and counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from infra_registry.access import Actor
from infra_registry.db import first_row
from infra_registry.duties.answers import ledger_query
from infra_registry.duties.answers.ledger_query import Query
from infra_registry.duties.answers.ledger_store import ROWS
from infra_registry.duties.judging import current_store
from infra_registry.duties.judging.current_store import DutyFilter
from infra_registry.publish import masks as publication
from infra_registry.publish.masks import Look
from infra_registry.publish.spatial import Box, condition
from infra_registry.publish.tiles import BY_CODE, EXTENT, MARGIN, NAME_ZOOM, Tile

RAW_ZOOM = 6
COUNT_STEP = 3
MOST = 2000  # single places in a tile; where there are more it shows numbers
WORST_FIRST = ("broken", "not_shown", "kept", "untested")


@dataclass(frozen=True, slots=True)
class Source:
    """Rows of a layer as SQL: code, kind, state, name and the shown geometry of place row ``p``."""

    layer: str
    sql: str
    values: Mapping[str, Any]


def openings(query: Query) -> Source:
    """The ledger of opening under the filters of its list."""
    where = ledger_query.where(query)
    sql = f"""SELECT l.code, l.kind, l.state, l.name, l.name_en, p.geom FROM ({ROWS}) l
      JOIN asset_place p ON p.asset_id = l.asset_id AND p.level = 'exact' WHERE {where.sql}"""
    return Source("openings", sql, where.values)


def duties(filters: DutyFilter) -> Source:
    """Assets with the worst that is said of their duties, under the filters of the list of duties."""
    where, values = current_store.condition(filters)
    kept = ", ".join(f"'{word}'" for word in WORST_FIRST)
    sql = f"""SELECT f.code, f.kind, (ARRAY[{kept}])[f.worst] AS state, NULL::text AS name, NULL::text AS name_en,
        p.geom
      FROM (SELECT d.asset_id, a.code, a.kind, min(array_position(ARRAY[{kept}], d.kept)) AS worst
            {current_store.FROM} WHERE {where} AND d.asset_id IS NOT NULL GROUP BY 1, 2, 3) f
      JOIN asset_place p ON p.asset_id = f.asset_id AND p.level = 'exact' WHERE true"""
    return Source("duties", sql, values)


def look(connection: Connection, actor: Actor, layer: str) -> Look:
    """What a tile rests on: the mark of its own layer, and that of the places."""
    of_layer = publication.look(connection, actor, {"openings": "opening", "duties": "duties"}[layer])
    places = publication.look(connection, actor, "assets")
    return Look(places.masks, f"{of_layer.version}.{places.version}", places.mark)


def tile(connection: Connection, actor: Actor, at: Tile, source: Source) -> bytes:
    """A tile: single places, or numbers by state and quad cell where they would be too many."""
    spatial, bound = condition(
        at.box(), leakproof=publication.load(connection, actor).leakproof, boxes_only=True
    )
    matching = f"{source.sql} AND {spatial}"
    values = {**source.values, **bound, **at._asdict()}
    if at.z >= RAW_ZOOM:
        total, data = first_row(connection, _raw(matching, source.layer, named=at.z >= NAME_ZOOM), values)
        if total <= MOST:
            return bytes(data or b"")
    return bytes(first_row(connection, _counted(matching, source.layer, at.z + COUNT_STEP), values)[0] or b"")


def _raw(found: str, layer: str, *, named: bool) -> str:
    names = "f.name, f.name_en," if named else ""
    return f"""SELECT count(*), ST_AsMVT(drawn, '{layer}', {EXTENT}, 'geom') FROM (
      SELECT f.code, f.kind, f.state, 'exact' AS level, {names} ST_AsMVTGeom(ST_Transform(
          ST_PointOnSurface(f.geom), 3857), ST_TileEnvelope(:z, :x, :y), {EXTENT}, {MARGIN}) AS geom
      FROM ({found} LIMIT {MOST + 1}) AS f {BY_CODE}) AS drawn"""


def _counted(matching: str, layer: str, zoom: int) -> str:
    return f"""WITH summed AS (
        SELECT state, tile_x(ST_X(c.at), {zoom}) AS x, tile_y(ST_Y(c.at), {zoom}) AS y, count(*) AS n
        FROM (SELECT f.state, ST_PointOnSurface(f.geom) AS at FROM ({matching}) AS f) AS c GROUP BY 1, 2, 3),
      drawn AS (
        SELECT state, n::integer AS n, ST_AsMVTGeom(ST_Transform(ST_SetSRID(ST_MakePoint(
          tile_lon(x + 0.5, {zoom}), tile_lat(y + 0.5, {zoom})), 4326), 3857),
          ST_TileEnvelope(:z, :x, :y), {EXTENT}, {MARGIN}) AS geom FROM summed ORDER BY x, y, state)
      SELECT ST_AsMVT(drawn, '{layer}_counts', {EXTENT}, 'geom') FROM drawn WHERE geom IS NOT NULL"""


def extent(connection: Connection, source: Source) -> Box | None:
    """The box of everything the filters leave this reader; None when nothing is left."""
    row = connection.execute(
        text(
            "SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) "
            f"FROM (SELECT ST_Extent(f.geom) AS e FROM ({source.sql}) AS f) AS found"
        ),
        dict(source.values),
    ).one()
    return None if row[0] is None else Box(*row)


def places(connection: Connection, source: Source, most: int) -> list[Any]:
    """At most ``most`` rows of the layer, each with its shown geometry as GeoJSON, by code."""
    sql = f"SELECT f.*, ST_AsGeoJSON(f.geom, 7) AS geometry FROM ({source.sql}) AS f ORDER BY f.code LIMIT :most"
    return list(connection.execute(text(sql), {**source.values, "most": most}))
