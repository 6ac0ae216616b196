"""What pages of a radio run read beside its lists: one gap, counts by layer, runs that are public, gaps of a host."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text

from infra_registry.coverage.radio.result.store import results_run
from infra_registry.errors import NotFound

_GAP = """SELECT g.id, g.ordinal, l.operator, l.operator_id, l.technology, d.code AS district,
    d.name AS district_name, d.name_en AS district_name_en, g.area_m2, g.people, g.venues, g.road_m, g.compared,
    g.earlier_people, g.earlier_area_m2, ST_AsGeoJSON(g.geom, 6) AS geometry,
    ARRAY[ST_XMin(g.geom), ST_YMin(g.geom), ST_XMax(g.geom), ST_YMax(g.geom)] AS box, o.name AS operator_name,
    o.name_en AS operator_name_en
  FROM radio_gap g JOIN radio_layer l ON l.id = g.layer_id LEFT JOIN area d ON d.id = g.district_id
  LEFT JOIN party o ON o.id = l.operator_id
  WHERE l.run_id = :run AND l.edition = :edition AND g.ordinal = :ordinal"""


def gap(connection: Connection, run: Mapping[str, Any], edition: str, ordinal: int) -> dict[str, Any]:
    """One gap with its outline as GeoJSON and its box; NotFound ``radio.no_gap`` when there is none for this reader."""
    values = {"run": results_run(run), "edition": edition, "ordinal": ordinal}
    row = connection.execute(text(_GAP), values).mappings().one_or_none()
    if row is None:
        raise NotFound("radio.no_gap", run=run["code"], gap=ordinal)
    return {**row, "geometry": json.loads(row["geometry"])}


def gap_counts(
    connection: Connection, run: Mapping[str, Any], edition: str
) -> dict[tuple[str, str], dict[str, int]]:
    """How many gaps each layer has, by what became of them (``all``: without closed ones)."""
    rows = connection.execute(
        text("""SELECT l.operator, l.technology, coalesce(g.compared, '') AS compared, count(*) AS n
                FROM radio_gap g JOIN radio_layer l ON l.id = g.layer_id
                WHERE l.run_id = :run AND l.edition = :edition GROUP BY 1, 2, 3"""),
        {"run": results_run(run), "edition": edition},
    )
    by_layer: dict[tuple[str, str], dict[str, int]] = {}
    for row in rows:
        counts = by_layer.setdefault((row.operator, row.technology), {"all": 0})
        counts[row.compared] = row.n
        counts["all"] += 0 if row.compared == "closed" else row.n
    return by_layer


def operators_by_quads(
    connection: Connection, run: Mapping[str, Any], technology: str, served_class: int
) -> dict[int, int]:
    """Published cells by how many operators serve them with a technology (``any``: with one of theirs)."""
    rows = connection.execute(
        text("""SELECT serving, count(*) AS n FROM (
                  SELECT count(*) FILTER (WHERE c.signal_class >= :served) AS serving
                  FROM radio_class c JOIN radio_layer l ON l.id = c.layer_id
                  WHERE l.run_id = :run AND l.edition = 'public' AND l.technology = :technology AND l.operator <> 'any'
                  GROUP BY c.x, c.y) AS cells
                GROUP BY 1 ORDER BY 1"""),
        {"run": results_run(run), "technology": technology, "served": served_class},
    )
    return {row.serving: row.n for row in rows}


def newest_public(connection: Connection, area_code: str | None) -> str | None:
    """The code of the newest public radio run of a city or of one of its districts; of any city without a code."""
    code: str | None = connection.scalar(
        text("""SELECT r.code FROM coverage_run r JOIN area a ON a.id = r.area_id
                LEFT JOIN area p ON p.id = a.parent_id
                WHERE r.method = 'radio' AND r.public AND r.ended_at IS NOT NULL
                  AND (CAST(:area AS text) IS NULL OR a.code = :area OR p.code = :area)
                ORDER BY (a.code = :area) DESC NULLS LAST, r.ended_at DESC, r.code LIMIT 1"""),
        {"area": area_code},
    )
    return code


def closes(connection: Connection, asset_code: str, limit: int = 3) -> list[dict[str, Any]]:
    """Where the newest runs this reader may see count an asset among remedies: run, number, technology, gains."""
    rows = connection.execute(
        text("""SELECT * FROM (
                  SELECT DISTINCT ON (r.area_id, m.technology) r.code AS run, r.as_of, m.edition, m.ordinal,
                    m.technology, m.people_gained, m.area_gained_m2,
                    (SELECT count(*) FROM remedy_gap x WHERE x.remedy_id = m.id) AS gaps
                  FROM asset a JOIN remedy m ON m.asset_id = a.id JOIN coverage_run r ON r.id = m.run_id
                  WHERE a.code = :code AND (m.edition = 'internal' OR NOT regulates_area(r.area_id))
                  ORDER BY r.area_id, m.technology, r.ended_at DESC, m.ordinal) AS newest
                ORDER BY people_gained DESC NULLS LAST, technology LIMIT :limit"""),
        {"code": asset_code, "limit": limit},
    )
    return [dict(row) for row in rows.mappings()]
