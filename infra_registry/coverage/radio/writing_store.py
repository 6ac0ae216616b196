"""Writing the result of a radio run, whole, in the caller's transaction; and reading the gaps of an earlier run."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import shapely
from sqlalchemy import Connection, insert, text

from infra_registry.coverage.radio.layers import Name
from infra_registry.coverage.radio.results import Edition, GapRow
from infra_registry.coverage.radio.tables import radio_gap, radio_layer, remedy, remedy_gap, remedy_set
from infra_registry.coverage.remedies.host_state import Remedy, RemedySet

_CLASSES = text("""INSERT INTO radio_class (layer_id, x, y, signal_class)
  SELECT :layer, * FROM unnest(CAST(:x AS integer[]), CAST(:y AS integer[]), CAST(:k AS smallint[]))""")
_EARLIER = text("""SELECT g.ordinal, l.operator, l.technology, g.people, g.area_m2, ST_AsBinary(g.geom) AS geom
  FROM radio_gap g JOIN radio_layer l ON l.id = g.layer_id JOIN coverage_run r ON r.id = :run
  WHERE l.run_id = coalesce(r.same_as_id, r.id) AND l.edition = :edition AND g.compared IS DISTINCT FROM 'closed'
  ORDER BY g.ordinal""")


def replace(connection: Connection, run_id: int, editions: Sequence[Edition]) -> None:
    """Write the editions of a run in place of any it had; a job that ran twice leaves one result."""
    for table in ("remedy_set", "remedy", "radio_layer"):
        connection.execute(text(f"DELETE FROM {table} WHERE run_id = :run"), {"run": run_id})
    for edition in editions:
        layers = _layers(connection, run_id, edition)
        gaps = _gaps(connection, edition.gaps, layers)
        _remedies(connection, run_id, edition, gaps)


def earlier_gaps(connection: Connection, run_id: int, edition: str) -> dict[Name, list[dict[str, Any]]]:
    """The gaps of an earlier run by layer: ordinal, people, area and shape."""
    gaps: dict[Name, list[dict[str, Any]]] = {}
    for row in connection.execute(_EARLIER, {"run": run_id, "edition": edition}).mappings():
        gap = dict(row) | {"geom": shapely.from_wkb(bytes(row["geom"]))}
        gaps.setdefault((row["operator"], row["technology"]), []).append(gap)
    return gaps


def _layers(connection: Connection, run_id: int, edition: Edition) -> dict[Name, int]:
    ids = {}
    for ordinal, row in enumerate(edition.layers, start=1):
        layer_id = connection.scalars(
            insert(radio_layer)
            .values(
                run_id=run_id,
                edition=edition.name,
                ordinal=ordinal,
                operator=row.name[0],
                technology=row.name[1],
                operator_id=row.operator_id,
                stations=row.stations,
                cells=row.cells,
                cells_defaulted=row.cells_defaulted,
                raster_digest=row.raster_digest,
                stats=dict(row.stats),
            )
            .returning(radio_layer.c.id)
        ).one()
        ids[row.name] = layer_id
        if row.classes:
            x, y, classes = (list(column) for column in zip(*row.classes, strict=True))
            connection.execute(_CLASSES, {"layer": layer_id, "x": x, "y": y, "k": classes})
    return ids


def _gaps(connection: Connection, gaps: Sequence[GapRow], layers: Mapping[Name, int]) -> dict[int, int]:
    """Gaps with their rank as ordinal; ids by ordinal."""
    if not gaps:
        return {}
    rows = [
        {
            "layer_id": layers[gap.layer],
            "ordinal": ordinal,
            "district_id": gap.district_id,
            "area_m2": gap.area_m2,
            "people": gap.people,
            "venues": gap.venues,
            "road_m": gap.road_m,
            "compared": gap.compared,
            "earlier_people": gap.earlier_people,
            "earlier_area_m2": gap.earlier_area_m2,
            "geom": "SRID=4326;" + shapely.to_wkt(gap.geometry, rounding_precision=-1),
        }
        for ordinal, gap in enumerate(gaps, start=1)
    ]
    ids = connection.execute(insert(radio_gap).returning(radio_gap.c.ordinal, radio_gap.c.id), rows)
    return {row.ordinal: row.id for row in ids}


def _remedies(connection: Connection, run_id: int, edition: Edition, gaps: Mapping[int, int]) -> None:
    place = {"run_id": run_id, "edition": edition.name}
    ids: dict[int, int] = {}
    if edition.remedies:
        rows = [place | _remedy(item) for item in edition.remedies]
        written = connection.execute(insert(remedy).returning(remedy.c.ordinal, remedy.c.id), rows)
        ids = {row.ordinal: row.id for row in written}
    served = [
        {
            "remedy_id": ids[item.ordinal],
            "gap_id": gaps[gain.key],
            "people_gained": gain.people,
            "area_gained_m2": gain.area_m2,
        }
        for item in edition.remedies
        for gain in item.gaps
    ]
    if served:
        connection.execute(insert(remedy_gap), served)
    sets = [place | _set(item) for item in edition.sets]
    if sets:
        connection.execute(insert(remedy_set), sets)


def _remedy(item: Remedy) -> dict[str, Any]:
    place = None if item.place is None else f"SRID=4326;POINT({item.place[0]!r} {item.place[1]!r})"
    same = ("ordinal", "candidate_kind", "asset_id", "project_id", "technology", "people_gained", "area_gained_m2",
            "free_units", "opening_state")  # fmt: skip
    documents = {name: _plain(getattr(item, name)) for name in ("duty", "obstacles", "assumed")}
    return {name: getattr(item, name) for name in same} | documents | {"geom": place}


def _set(item: RemedySet) -> dict[str, Any]:
    same = ("aim", "wanted", "people", "bound", "method", "lifted")
    return {name: getattr(item, name) for name in same} | {
        "chosen": list(item.chosen),
        "reasons": _plain(item.reasons),
    }


def _plain(value: Any) -> Any:
    """As JSON has it: dates as text, tuples as lists."""
    return None if value is None else json.loads(json.dumps(value, ensure_ascii=False, default=str))
