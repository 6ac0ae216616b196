"""What a radio run reads: outline, districts, stations with their cells at the reader's level, and the open stations.

Two readings of stations: exact places and cells of those this reader sees whole (internal edition), and what everybody
sees of places (public edition), read as the anonymous public. What is left out of either is counted, never shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, text

from infra_registry.access import ANONYMOUS, SERVICE
from infra_registry.coverage.runs.published import PUBLIC_ZOOM
from infra_registry.db.aliases import current
from infra_registry.db.connection import acting_as

Box = tuple[float, float, float, float]

_OPERATOR = "coalesce(o.code, 'stated:' || nullif(btrim(a.operator_stated), ''), 'not_stated')"
# Two envelopes, so that an area over the dateline is looked at on both of its sides.
_BOX = """(p.geom && ST_MakeEnvelope(:west, :south, :east, :north, 4326)
  OR p.geom && ST_MakeEnvelope(:west2, :south, :east2, :north, 4326))"""
_IN_USE = "p.kind = 'base_station' AND p.status = 'in_use'"
# Cells are told to who sees the whole station; places of others may be exact all the same.
_WHOLE = "sees_whole(a.owner_id, a.operator_id, a.city_id)"

# Ordered by what they are, not by when they were recorded: a register loaded twice gives the same ranks.
_CELLS = text(f"""SELECT * FROM (
  SELECT p.asset_id, p.code, ST_X(ST_PointOnSurface(p.geom)) AS lon, ST_Y(ST_PointOnSurface(p.geom)) AS lat,
    {_OPERATOR} AS operator, o.id AS operator_id, a.sample, c.id AS cell_id,
    c.technology, c.band_low_mhz, c.band_high_mhz,
    c.azimuth_deg, c.antenna_height_m, c.tilt_deg, c.eirp_dbm, c.directivity,
    coalesce(t.height_m, s.height_m, b.height_m) AS host_height_m
  FROM asset_place p JOIN asset a ON a.id = p.asset_id LEFT JOIN party o ON o.id = a.operator_id
    JOIN cell c ON c.asset_id = p.asset_id LEFT JOIN asset_tower t ON t.asset_id = a.host_id
    LEFT JOIN asset_pole s ON s.asset_id = a.host_id LEFT JOIN asset_public_building b ON b.asset_id = a.host_id
  WHERE p.level = 'exact' AND {_IN_USE} AND {_BOX} AND {_WHOLE}
  ) AS q ORDER BY operator COLLATE "C", technology, lon, lat, band_low_mhz, azimuth_deg, antenna_height_m, tilt_deg,
    eirp_dbm, directivity, band_high_mhz, code, cell_id""")
_COUNTS = text(f"""
  SELECT count(*), count(DISTINCT ({_OPERATOR}, c.technology)), count(DISTINCT {_OPERATOR}),
    count(DISTINCT c.technology)
  FROM asset_place p JOIN asset a ON a.id = p.asset_id LEFT JOIN party o ON o.id = a.operator_id
    JOIN cell c ON c.asset_id = p.asset_id
  WHERE p.level = 'exact' AND {_IN_USE} AND {_BOX} AND {_WHOLE}
    AND (CAST(:wanted AS text[]) IS NULL OR c.technology = ANY (:wanted))""")
_LEFT_OUT = text(f"""
  SELECT count(DISTINCT p.asset_id) FROM asset_place p JOIN asset a ON a.id = p.asset_id
  WHERE {_IN_USE} AND {_BOX} AND (p.level <> 'exact' OR NOT {_WHOLE})""")
_BARE = text(f"""
  SELECT count(*) FROM asset_place p JOIN asset a ON a.id = p.asset_id
  WHERE p.level = 'exact' AND {_IN_USE} AND {_BOX} AND {_WHOLE}
    AND NOT EXISTS (SELECT 1 FROM cell c WHERE c.asset_id = p.asset_id)""")

_OPEN_PLACES = text(f"""
  SELECT p.asset_id, tile_x(ST_X(s.at), {PUBLIC_ZOOM}) AS x, tile_y(ST_Y(s.at), {PUBLIC_ZOOM}) AS y
  FROM asset_place p, LATERAL (SELECT ST_PointOnSurface(p.geom) AS at) AS s WHERE {_IN_USE} AND {_BOX}""")
# Whose a station is and what it sends is more than its place tells: only who sees it whole may decide to publish it.
_SYSTEMS = text(f"""
  SELECT DISTINCT a.id AS asset_id, {_OPERATOR} AS operator, o.id AS operator_id, c.technology
  FROM asset a JOIN cell c ON c.asset_id = a.id LEFT JOIN party o ON o.id = a.operator_id
  WHERE a.id = ANY (:ids) AND {_WHOLE}""")
_SEEN_WHOLE = text(f"""
  SELECT count(*) FROM asset_place p JOIN asset a ON a.id = p.asset_id
  WHERE a.id = ANY (:ids) AND p.level = 'exact' AND {_WHOLE}""")
_WITHHELD = text(f"""
  SELECT count(*) FROM asset_place p JOIN asset_area m ON m.asset_id = p.asset_id AND m.level = 'exact'
  WHERE p.level = 'exact' AND {_IN_USE} AND m.area_id = :area AND p.access_class IN ('P0', 'P4')""")

# Rows that decide what remedies are found and what stands in their way, as this reader may see them.
_HOSTS = f"""SELECT p.asset_id FROM asset_place p WHERE p.kind IN ('tower', 'pole', 'public_building') AND {_BOX}"""
_REGISTER = {
    "asset": f"""SELECT p.code, p.level, p.status, p.access_class, ST_AsText(p.geom) AS geom, a.version, a.host_id
      FROM asset_place p JOIN asset a ON a.id = p.asset_id WHERE p.asset_id IN ({_HOSTS})""",
    "unit": f"SELECT * FROM capacity_unit WHERE asset_id IN ({_HOSTS})",
    "allocation": f"""SELECT l.* FROM allocation l JOIN capacity_unit u ON u.id = l.unit_id
      WHERE u.asset_id IN ({_HOSTS})""",
    "presence": f"SELECT * FROM presence WHERE asset_id IN ({_HOSTS})",
    "agreement": f"SELECT * FROM agreement WHERE asset_id IN ({_HOSTS})",
    "opening": f"SELECT * FROM opening_seen WHERE asset_id IN ({_HOSTS})",
    "duty": f"SELECT * FROM duty_current WHERE asset_id IN ({_HOSTS})",
    "project": f"SELECT p.* FROM project p WHERE {_BOX}",
    "party": f"""SELECT t.code, t.name, t.name_en FROM party t WHERE t.id IN (
      SELECT grantee_id FROM agreement WHERE asset_id IN ({_HOSTS}))""",
    "publication": """SELECT t.kind, t.area_id, f.field, f.access_class FROM publication t
      JOIN publication_field f ON f.publication_id = t.id""",
}
_PASSING = ("id", "computed_at", "recorded_at", "changed_at")  # differ from one load to the next


@dataclass(frozen=True, slots=True)
class CellCounts:
    """Cells, and how many groups, operators and technologies they make."""

    cells: int
    groups: int
    operators: int
    technologies: int


@dataclass(frozen=True, slots=True)
class OpenSystem:
    """What everybody may know of a station: its quad cell of the published zoom, whose it is, one technology.

    ``station`` tells systems of one station from those of another.
    """

    station: int
    x: int
    y: int
    operator: str
    operator_id: int | None
    technology: str


@dataclass(frozen=True, slots=True)
class StationCells:
    """Cells of stations seen whole; how many stations are blurred to this reader, and how many register no cell."""

    rows: Sequence[Row[Any]]
    left_out: int
    without_cells: int


def cells(connection: Connection, box: Box) -> StationCells:
    """Cells of base stations in use in a box (west, south, east, north), of stations this reader sees whole."""
    values = _values(box)
    return StationCells(
        connection.execute(_CELLS, values).all(),
        int(connection.scalar(_LEFT_OUT, values) or 0),
        int(connection.scalar(_BARE, values) or 0),
    )


def permitted(connection: Connection, stations: Sequence[int]) -> dict[int, date]:
    """The day each station was permitted, where it is registered and shown to this reader."""
    rows = connection.execute(
        text("SELECT asset_id, permitted_on FROM asset_base_station WHERE asset_id = ANY (:ids)"),
        {"ids": list(stations)},
    )
    return {row.asset_id: row.permitted_on for row in rows if row.permitted_on}


def cell_counts(connection: Connection, box: Box, technologies: Sequence[str] | None) -> CellCounts:
    """How many cells in use this reader sees in a box, and of how many operators and technologies."""
    wanted = None if technologies is None else list(technologies)
    return CellCounts(*connection.execute(_COUNTS, _values(box) | {"wanted": wanted}).one())


def open_systems(connection: Connection, box: Box) -> tuple[list[OpenSystem], int]:
    """Stations in use as the public sees their places: one per quad cell, operator, technology and station.

    Only those this reader sees whole, for operator and technologies are not open by themselves; how many others the
    public sees there is the second value.
    """
    with acting_as(connection, ANONYMOUS):
        places = {
            row.asset_id: (int(row.x), int(row.y)) for row in connection.execute(_OPEN_PLACES, _values(box))
        }
    rows = connection.execute(_SYSTEMS, {"ids": list(places)}).all()
    whole = int(connection.scalar(_SEEN_WHOLE, {"ids": list(places)}) or 0)
    systems = [
        OpenSystem(row.asset_id, *places[row.asset_id], row.operator, row.operator_id, row.technology)
        for row in rows
    ]
    systems.sort(key=lambda item: (item.operator, item.technology, item.x, item.y))
    return systems, len(places) - whole


def withheld(connection: Connection, area_id: int) -> int:
    """How many stations in use of the area the public knows nothing of."""
    with acting_as(connection, SERVICE):
        return int(connection.scalar(_WITHHELD, {"area": area_id}) or 0)


def law_digests(connection: Connection) -> list[tuple[str, str, str]]:
    """Kind, key and digest of every document of the law in force."""
    rows = connection.execute(
        text("SELECT doc_kind, doc_key, digest FROM law_document WHERE state = 'in_force' ORDER BY 1, 2")
    )
    return [(row.doc_kind, row.doc_key, row.digest) for row in rows]


def register_digests(connection: Connection, box: Box) -> dict[str, str]:
    """Per table a digest of the rows remedies rest on, in no order of recording."""
    passing = "".join(f" - '{name}'" for name in _PASSING)
    return {
        name: str(
            connection.scalar(
                text(f"""SELECT coalesce(md5(string_agg(line, '|' ORDER BY line COLLATE "C")), '') FROM (
                  SELECT md5((to_jsonb(t){passing})::text) AS line FROM ({rows}) AS t) AS lines"""),
                _values(box),
            )
        )
        for name, rows in _REGISTER.items()
    }


def run_digest(connection: Connection, code: str) -> str | None:
    """The inputs digest of an earlier run."""
    query = text("SELECT inputs_digest FROM coverage_run WHERE code = :code")
    digest: str | None = connection.scalar(query, {"code": current(connection, code, "run")})
    return digest


def _values(box: Box) -> dict[str, float]:
    """Bounds of one envelope, or of two where west is greater than east: across the dateline."""
    west, south, east, north = box
    first, second = ((west, 180.0), (-180.0, east)) if west > east else ((west, east), (west, east))
    return {
        "south": south,
        "north": north,
        **dict(zip(("west", "east"), first, strict=True)),
        **dict(zip(("west2", "east2"), second, strict=True)),
    }
