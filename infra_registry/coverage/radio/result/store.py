"""Results of a radio run as this reader may see them: layers, gaps, remedies, sets.

Row security decides: who does not regulate the area gets nothing of the internal edition, and the public one only once
the run was made public. Hosts of remedies are shown from the register at the reader's own level.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import shapely
from sqlalchemy import Connection, text

from infra_registry.assets.store import field_shown
from infra_registry.coverage.runs import store as run_store
from infra_registry.errors import NotFound

PAGE = 50
INTERNAL, PUBLIC = "internal", "public"
SORTS = {
    "people": "g.people DESC NULLS LAST, g.ordinal",
    "area": "g.area_m2 DESC, g.ordinal",
    "road": "g.road_m DESC NULLS LAST, g.ordinal",
    "district": "d.code NULLS LAST, g.ordinal",
    "ordinal": "g.ordinal",
}
REMEDY_SORTS = {
    "ordinal": "m.ordinal",
    "people": "m.people_gained DESC NULLS LAST, m.ordinal",
    "area": "m.area_gained_m2 DESC, m.ordinal",
}

_GAPS = """FROM radio_gap g JOIN radio_layer l ON l.id = g.layer_id LEFT JOIN area d ON d.id = g.district_id
  LEFT JOIN party o ON o.id = l.operator_id
  WHERE l.run_id = :run AND l.edition = :edition
    AND (CAST(:operator AS text) IS NULL OR l.operator = :operator)
    AND (CAST(:technology AS text) IS NULL OR l.technology = :technology)
    AND (CAST(:district AS text) IS NULL OR d.code = :district)
    AND (CAST(:compared AS text) IS NULL OR g.compared = :compared)"""
_GAP_COLUMNS = """g.id, g.ordinal, l.operator, l.operator_id, o.name AS operator_name,
  o.name_en AS operator_name_en, l.technology, d.code AS district, d.name AS district_name,
  d.name_en AS district_name_en, g.area_m2, g.people, g.venues, g.road_m, g.compared, g.earlier_people,
  g.earlier_area_m2, ST_X(ST_PointOnSurface(g.geom)) AS lon, ST_Y(ST_PointOnSurface(g.geom)) AS lat"""

_REMEDIES = """FROM remedy_seen m LEFT JOIN asset_place p ON p.asset_id = m.asset_id
    LEFT JOIN asset a ON a.id = m.asset_id LEFT JOIN party w ON w.id = a.owner_id
    LEFT JOIN project j ON j.id = m.project_id
  WHERE m.run_id = :run AND m.edition = :edition
    AND (CAST(:technology AS text) IS NULL OR m.technology = :technology)
    AND (CAST(:kind AS text) IS NULL OR m.candidate_kind = :kind)
    AND (CAST(:obstacle AS text) IS NULL
      OR m.obstacles @> jsonb_build_array(jsonb_build_object('key', CAST(:obstacle AS text))))
    AND (CAST(:gap AS integer) IS NULL OR EXISTS (SELECT 1 FROM remedy_gap x JOIN radio_gap g ON g.id = x.gap_id
      WHERE x.remedy_id = m.id AND g.ordinal = :gap))"""
_REMEDY_COLUMNS = f"""m.id, m.ordinal, m.candidate_kind, m.technology, m.people_gained, m.area_gained_m2, m.free_units,
  m.opening_state, m.duty, m.obstacles, m.assumed, p.code AS asset, p.kind AS asset_kind, p.level, p.precision_m,
  CASE WHEN {field_shown("name")} THEN a.name END AS asset_name,
  CASE WHEN {field_shown("name")} THEN a.name_en END AS asset_name_en,
  CASE WHEN {field_shown("owner")} THEN coalesce(w.name, a.owner_stated) END AS owner,
  CASE WHEN {field_shown("owner")} THEN w.name_en END AS owner_en,
  j.code AS project, j.name AS project_name, j.name_en AS project_name_en, j.starts_on, j.ends_on,
  ST_AsBinary(coalesce(p.geom, ST_PointOnSurface(j.geom),
    (SELECT n.geom FROM remedy n WHERE n.id = m.id))) AS geom"""


@dataclass(frozen=True, slots=True)
class RadioGapFilter:
    """Which gaps of a run: layer by operator key and technology, district by code, compared; how sorted, which page."""

    operator: str | None = None
    technology: str | None = None
    district: str | None = None
    compared: str | None = None
    sort: str = "people"
    page: int = 1


@dataclass(frozen=True, slots=True)
class RemedyFilter:
    """Which remedies: technology, kind (host, project, new_site), those of one gap by ordinal, those that one obstacle
    (its key) stands in the way of; sort and page.
    """

    technology: str | None = None
    kind: str | None = None
    gap: int | None = None
    obstacle: str | None = None
    sort: str = "ordinal"
    page: int = 1


def edition_of(run: Mapping[str, Any], wanted: str | None = None) -> str:
    """The edition to read: what the regulator of the area asks for (internal without), the public one for others."""
    return (wanted if wanted in (INTERNAL, PUBLIC) else INTERNAL) if run["whole"] else PUBLIC


def results_run(run: Mapping[str, Any]) -> int:
    """The id of the run that holds the results: its own, or that of the run with equal inputs."""
    return int(run["same_as_id"] or run["id"])


def layers(connection: Connection, run: Mapping[str, Any], edition: str) -> list[dict[str, Any]]:
    """The layers of an edition in order: operators by technology, then unions. ``operator_name`` None: no party."""
    rows = connection.execute(
        text("""SELECT l.id, l.ordinal, l.operator, l.operator_id, l.technology, l.stations, l.cells,
                  l.cells_defaulted, l.raster_digest, l.stats, o.name AS operator_name, o.name_en AS operator_name_en
                FROM radio_layer l LEFT JOIN party o ON o.id = l.operator_id
                WHERE l.run_id = :run AND l.edition = :edition ORDER BY l.ordinal"""),
        {"run": results_run(run), "edition": edition},
    )
    return [dict(row) for row in rows.mappings()]


def layer(
    connection: Connection, run: Mapping[str, Any], edition: str, operator: str, technology: str
) -> dict[str, Any]:
    """One layer; NotFound ``radio.no_layer`` when there is none for this reader."""
    for row in layers(connection, run, edition):
        if (row["operator"], row["technology"]) == (operator, technology):
            return row
    raise NotFound("radio.no_layer", run=run["code"], operator=operator[:80], technology=technology[:20])


def gaps(
    connection: Connection,
    run: Mapping[str, Any],
    edition: str,
    filters: RadioGapFilter,
    *,
    limit: int = PAGE,
) -> list[dict[str, Any]]:
    """One page of gaps."""
    order = SORTS.get(filters.sort, SORTS["people"])
    values = _values(run, edition, filters) | {"limit": limit, "skip": (filters.page - 1) * limit}
    statement = text(f"SELECT {_GAP_COLUMNS} {_GAPS} ORDER BY {order} LIMIT :limit OFFSET :skip")
    return [dict(row) for row in connection.execute(statement, values).mappings()]


def count_gaps(connection: Connection, run: Mapping[str, Any], edition: str, filters: RadioGapFilter) -> int:
    """How many gaps the filter leaves."""
    total = connection.scalar(text(f"SELECT count(*) {_GAPS}"), _values(run, edition, filters))
    return int(total or 0)


def remedies(
    connection: Connection, run: Mapping[str, Any], edition: str, filters: RemedyFilter, *, limit: int = PAGE
) -> list[dict[str, Any]]:
    """One page of remedies with host, project or place as this reader may see them; ``geom`` a shape or None.

    A host withdrawn after the run is in no list of who may no longer see its exact place: its gaps would tell it.
    """
    order = REMEDY_SORTS.get(filters.sort, REMEDY_SORTS["ordinal"])
    values = _values(run, edition, filters) | {"limit": limit, "skip": (filters.page - 1) * limit}
    statement = text(f"SELECT {_REMEDY_COLUMNS} {_REMEDIES} ORDER BY {order} LIMIT :limit OFFSET :skip")
    rows = [dict(row) for row in connection.execute(statement, values).mappings()]
    for row in rows:
        row["geom"] = None if row["geom"] is None else shapely.from_wkb(bytes(row["geom"]))
    _with_gaps(connection, rows)
    return rows


def count_remedies(
    connection: Connection, run: Mapping[str, Any], edition: str, filters: RemedyFilter
) -> int:
    """How many remedies the filter leaves."""
    total = connection.scalar(text(f"SELECT count(*) {_REMEDIES}"), _values(run, edition, filters))
    return int(total or 0)


def sets(connection: Connection, run: Mapping[str, Any], edition: str) -> list[dict[str, Any]]:
    """Chosen sets with their bounds: budgets, then targets, each as things stand and as if obstacles were lifted."""
    rows = connection.execute(
        text("""SELECT aim, wanted, lifted, people, bound, method, chosen, reasons FROM remedy_set
                WHERE run_id = :run AND edition = :edition ORDER BY aim, lifted, wanted"""),
        {"run": results_run(run), "edition": edition},
    )
    return [dict(row) for row in rows.mappings()]


def radio_run(connection: Connection, code: str) -> dict[str, Any]:
    """A radio run this reader may see; NotFound for any other, also for runs of another method."""
    run = run_store.run(connection, code)
    if run["method"] != "radio":
        raise NotFound("coverage.no_run", run=code)
    return run


def _with_gaps(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    served: dict[int, list[dict[str, Any]]] = {row["id"]: [] for row in rows}
    links = connection.execute(
        text("""SELECT x.remedy_id, g.ordinal, x.people_gained, x.area_gained_m2 FROM remedy_gap x
                JOIN radio_gap g ON g.id = x.gap_id WHERE x.remedy_id = ANY (:ids) ORDER BY g.ordinal"""),
        {"ids": list(served)},
    )
    for row in links.mappings():
        served[row["remedy_id"]].append({name: row[name] for name in row if name != "remedy_id"})
    for remedy_row in rows:
        remedy_row["gaps"] = served[remedy_row["id"]]


def _values(run: Mapping[str, Any], edition: str, filters: RadioGapFilter | RemedyFilter) -> dict[str, Any]:
    """Bound values by the names of the filter's fields."""
    return {"run": results_run(run), "edition": edition, **asdict(filters)}
