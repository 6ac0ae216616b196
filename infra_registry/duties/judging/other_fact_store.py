"""SQL of facts of works, agreements and key public areas, in bulk; to be read as the product itself."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, text

# Of the assets linked to works only those open to all count: others would be placed by what follows for the works.
_PROJECTS = text("""
SELECT p.id, p.code, p.city_id, p.builder_id, p.work_kind, nullif(p.funding, 'not_stated') AS funding, p.designated,
  p.setting, p.builds, p.in_town, p.starts_on,
  ARRAY(SELECT DISTINCT a.kind FROM asset a WHERE a.project_id = p.id AND a.access_class = 'P1'
    ORDER BY a.kind) AS linked
FROM project p WHERE p.id = ANY (:ids)
""")
# An act that was taken back no longer counts, and neither does the row that takes it back.
_ACTS = text("""
SELECT w.project_id, w.act, min(w.done_on) AS first_on FROM project_act w
WHERE w.project_id = ANY (:ids) AND w.done_on <= :day AND w.takes_back_id IS NULL AND NOT EXISTS (
  SELECT 1 FROM project_act t WHERE t.takes_back_id = w.id AND t.done_on <= :day)
GROUP BY w.project_id, w.act
""")
_AGREEMENTS = text("""
SELECT g.id, g.code, g.asset_id, g.grantor_id, g.grantee_id, g.deal_type, g.exclusive, g.signed_on,
  g.period @> CAST(:day AS date) AS in_term, a.city_id, a.owner_id, a.operator_id, a.controller_id
FROM agreement g JOIN asset a ON a.id = g.asset_id WHERE g.id = ANY (:ids)
""")
# Where a city publishes its zones, one whose place is kept from the public counts for nobody: the state of an area is
# public and would tell of it.
_KEY_AREAS = text("""
SELECT k.id, k.code, k.city_id, k.urban_part,
  k.issued_on <= :day AND (k.ends_on IS NULL OR k.ends_on >= :day) AS listed,
  near.free, near.unstated, EXISTS (SELECT 1 FROM asset z WHERE z.kind = 'wifi_zone' AND z.city_id = k.city_id
    AND z.status <> 'retired' AND (z.access_class = 'P1' OR t.access_class <> 'P1'))
    AND EXISTS (SELECT 1 FROM area_outline_now() b WHERE b.area_id = k.city_id
    AND b.geom && k.geom AND ST_Covers(b.geom, k.geom)) AS known
FROM key_area k JOIN publication t ON t.id = publication_for(k.city_id, 'wifi_zone') CROSS JOIN LATERAL (
  SELECT coalesce(bool_or(w.free), false) AS free, coalesce(bool_or(w.free IS NULL), false) AS unstated
  FROM asset_place p JOIN asset_wifi_zone w ON w.asset_id = p.asset_id
  WHERE p.level = 'exact' AND p.kind = 'wifi_zone' AND p.status = 'in_use'
    AND (p.access_class = 'P1' OR t.access_class <> 'P1')
    AND p.geom && ST_Expand(k.geom, 0.05) AND ST_DWithin(p.geom::geography, k.geom::geography, coalesce(w.reach_m, 0))
) AS near
WHERE k.id = ANY (:ids)
""")
_SHAPES = {
    table: text(f"""
SELECT s.id, array_agg(DISTINCT b.area_id) AS area_ids FROM {table} s
  JOIN area_outline_now() b ON b.geom && s.geom AND ST_Intersects(b.geom, s.geom)
WHERE s.id = ANY (:ids) GROUP BY s.id
""")
    for table in ("project", "key_area")
}


def projects(connection: Connection, ids: Sequence[int]) -> Sequence[Row[Any]]:
    """Works with the kinds of assets linked to them that everybody sees exactly."""
    return connection.execute(_PROJECTS, {"ids": list(ids)}).all()


def acts(connection: Connection, ids: Sequence[int], on: date) -> dict[int, Mapping[str, date]]:
    """Acts of works done by a day, each with the first day it was done."""
    done: dict[int, dict[str, date]] = defaultdict(dict)
    for row in connection.execute(_ACTS, {"ids": list(ids), "day": on}):
        done[row.project_id][row.act] = row.first_on
    return dict(done)


def agreements(connection: Connection, ids: Sequence[int], on: date) -> Sequence[Row[Any]]:
    """Agreements with the parties of the asset they are about, and whether the day lies in their term."""
    return connection.execute(_AGREEMENTS, {"ids": list(ids), "day": on}).all()


def key_areas(connection: Connection, ids: Sequence[int], on: date) -> Sequence[Row[Any]]:
    """Key areas with free WiFi zones in use that reach them. ``known``: the register has zones of the whole city."""
    return connection.execute(_KEY_AREAS, {"ids": list(ids), "day": on}).all()


def areas_of(connection: Connection, table: str, ids: Sequence[int]) -> dict[int, tuple[int, ...]]:
    """Areas that works or key areas touch today."""
    rows = connection.execute(_SHAPES[table], {"ids": list(ids)})
    return {row.id: tuple(row.area_ids) for row in rows}
