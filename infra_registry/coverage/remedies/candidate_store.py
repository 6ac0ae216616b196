"""SQL of remedies: hosts near gaps and what is on record about them, works that would build; under row security.

A host stands in only at its exact place. Outside the area of the run, and for the anonymous public everywhere, only
places open to all are taken and only fields the publication table opens to this reader.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from infra_registry.assets.kinds import KINDS, Kind
from infra_registry.rules.codes import Effect

BUILDS = (Kind.TOWER.value, Kind.BASE_STATION.value, Kind.POLE.value)
READY = ("designated", "filed")
# Effects of clauses that bear on whether a host may be used by another: opening first.
BEARING = (Effect.OPEN, Effect.EQUAL_ACCESS, Effect.SHARE_EXISTING, Effect.SHARE_NEW, Effect.EXCLUSIVITY)
UNITS = {kind.value: spec.unit for kind, spec in KINDS.items() if spec.unit}
UNITS |= {Kind.PREMISES.value: "roof_area"}

_INSIDE = """EXISTS (SELECT 1 FROM asset_area m WHERE m.asset_id = {id} AND m.area_id = :area AND m.level = 'exact')"""
_SHOWN = (
    "((n.inside AND NOT :public) OR "
    "field_shown(n.publication_id, '{}', n.id, n.owner_id, n.operator_id, n.city_id))"
)
_NEAR = f"""
WITH seen AS MATERIALIZED (
  SELECT p.asset_id AS id, p.kind, p.status, p.code, p.access_class, p.publication_id, p.owner_id, p.operator_id,
    p.city_id, ST_X(ST_Centroid(p.geom)) AS lon, ST_Y(ST_Centroid(p.geom)) AS lat,
    {_INSIDE.format(id="p.asset_id")} AS inside
  FROM asset_place p
  WHERE p.level = 'exact' AND p.geom && ST_MakeEnvelope(:west, :south, :east, :north, 4326)
    AND p.kind = ANY (:kinds) AND p.status <> 'retired'),
near AS (SELECT * FROM seen n WHERE n.access_class = 'P1' OR (n.inside AND NOT :public))"""


def _field(table: str, name: str) -> str:
    """A field as far as it is shown; what is not registered is not asked about, which saves most of the calls."""
    return f"CASE WHEN {table}.{name} IS NULL THEN NULL WHEN {_SHOWN.format(name)} THEN {table}.{name} END"


_HOSTS = text(f"""{_NEAR}
SELECT n.id, n.kind, n.status, n.code, n.lon, n.lat, coalesce({_field("t", "height_m")}, {_field("o", "height_m")},
    {_field("b", "height_m")}) AS height_m, {_field("t", "structure_type")} AS structure_type,
  {_field("e", "floor_count")} AS floor_count, {_field("b", "protected")} AS protected,
  {_field("o", "power_available")} AS power_available,
  coalesce({_field("t", "remaining_load_kn")}, {_field("o", "remaining_load_dan")},
    {_field("b", "roof_load_kn_m2")}) IS NOT NULL AS load_known
FROM near n LEFT JOIN asset_tower t ON t.asset_id = n.id LEFT JOIN asset_pole o ON o.asset_id = n.id
  LEFT JOIN asset_public_building b ON b.asset_id = n.id LEFT JOIN asset_premises e ON e.asset_id = n.id
WHERE (n.kind <> 'public_building' OR coalesce(b.form, 'building') = 'building')
  AND (n.kind <> 'premises' OR EXISTS (
    SELECT 1 FROM capacity_unit u WHERE u.asset_id = n.id AND u.unit_kind = 'roof_area'))
ORDER BY n.code""")

# Free: units nothing live holds on the day, and roof left; only where this reader is shown the ledger. Whether he is
# depends on an asset alone through his grants, so that it is asked once for all assets of one owner and place.
_FREE = text(f"""
WITH n AS MATERIALIZED (SELECT a.id, a.kind, a.publication_id, a.owner_id, a.operator_id, a.city_id,
    {_INSIDE.format(id="a.id")} AS inside
  FROM asset a WHERE a.id = ANY (:ids)),
alike AS MATERIALIZED (SELECT d.*, field_shown(publication_id, 'capacity', 0, owner_id, operator_id, city_id) AS shown
  FROM (SELECT DISTINCT publication_id, owner_id, operator_id, city_id FROM n) AS d),
held AS (SELECT l.unit_id, count(*) AS n, coalesce(sum(l.quantity_m2), 0) AS m2
  FROM allocation l JOIN capacity_unit u ON u.id = l.unit_id
  WHERE u.asset_id = ANY (:ids) AND l.state <> 'released' AND l.period @> CAST(:on AS date) GROUP BY l.unit_id)
SELECT n.id, (n.inside AND NOT :public) OR coalesce(s.shown, false) OR (n.id IN (SELECT granted_assets())
    AND field_shown(n.publication_id, 'capacity', n.id, n.owner_id, n.operator_id, n.city_id)) AS shown,
  count(u.id) AS units, count(u.id) FILTER (WHERE h.unit_id IS NULL) AS free,
  sum(u.quantity_m2) - sum(coalesce(h.m2, 0)) AS free_m2
FROM n JOIN alike AS s ON (s.publication_id, s.owner_id, s.operator_id, s.city_id)
    IS NOT DISTINCT FROM (n.publication_id, n.owner_id, n.operator_id, n.city_id)
  LEFT JOIN unnest(CAST(:kinds AS text[]), CAST(:units AS text[])) AS k(kind, unit) ON k.kind = n.kind
  LEFT JOIN capacity_unit u ON u.asset_id = n.id AND u.unit_kind = k.unit LEFT JOIN held h ON h.unit_id = u.id
GROUP BY n.id, n.kind, n.publication_id, n.owner_id, n.operator_id, n.city_id, n.inside, s.shown""")

_OPENINGS = text("""SELECT asset_id, rulebook, clause, standing, state, ground, since, asked_on
  FROM opening_seen WHERE asset_id = ANY (:ids)""")

_DUTIES = text("""SELECT DISTINCT ON (asset_id) asset_id, rulebook, clause, effect, modality, standing, kept
  FROM duty_current WHERE asset_id = ANY (:ids) AND effect = ANY (:effects) AND standing <> 'draft'
  ORDER BY asset_id, array_position(CAST(:effects AS text[]), effect), by_reference,
    array_position(ARRAY['binds', 'conditions_not_shown', 'exempt', 'scope_not_shown', 'encouraged'], standing),
    rulebook, clause""")

_EXCLUSIVE = text("""SELECT g.asset_id, g.code, g.deal_type, g.exclusive, upper(g.period) AS until,
    p.code AS party, p.name AS party_name, p.name_en AS party_name_en
  FROM agreement g LEFT JOIN party p ON p.id = g.grantee_id
  WHERE g.asset_id = ANY (:ids) AND (g.exclusive OR g.deal_type LIKE 'exclusive\\_%')
    AND (g.period IS NULL OR g.period @> CAST(:on AS date)) AND (g.signed_on IS NULL OR g.signed_on <= :on)
  ORDER BY g.asset_id, (g.exclusive IS TRUE OR g.deal_type = 'exclusive_access') DESC, upper(g.period) DESC NULLS FIRST,
    g.code""")

_PRESENT = text(f"""
WITH n AS (SELECT a.id, a.publication_id, a.owner_id, a.operator_id, a.city_id, {_INSIDE.format(id="a.id")} AS inside
  FROM asset a WHERE a.id = ANY (:ids))
SELECT s.asset_id, array_agg(DISTINCT p.code ORDER BY p.code) AS parties
FROM n JOIN presence s ON s.asset_id = n.id JOIN party p ON p.id = s.party_id
WHERE s.seen_on <= :on AND (s.ended_on IS NULL OR s.ended_on > :on) AND {_SHOWN.format("presence")}
GROUP BY s.asset_id""")

_PROJECTS = text("""
SELECT w.id, w.code, w.designated, w.starts_on, w.ends_on, ST_X(ST_PointOnSurface(w.geom)) AS lon,
  ST_Y(ST_PointOnSurface(w.geom)) AS lat, coalesce(d.acts, '{}') AS acts
FROM project w LEFT JOIN LATERAL (
    SELECT array_agg(DISTINCT t.act) AS acts FROM project_act t
    WHERE t.project_id = w.id AND t.takes_back_id IS NULL AND t.done_on <= :on
      AND NOT EXISTS (SELECT 1 FROM project_act b WHERE b.takes_back_id = t.id)) AS d ON true
WHERE w.geom && ST_MakeEnvelope(:west, :south, :east, :north, 4326) AND w.work_kind <> 'removal'
  AND w.builds && CAST(:builds AS text[]) AND NOT coalesce('ended' = ANY (d.acts), false)
  AND (w.ends_on IS NULL OR w.ends_on >= :on) AND (w.designated OR coalesce(d.acts, '{}') && CAST(:ready AS text[]))
ORDER BY w.code""")


def hosts(
    connection: Connection, box: Mapping[str, float], kinds: Sequence[str], *, area_id: int, public: bool
) -> Sequence[Any]:
    """Hosts in a box (west, south, east, north) whose exact place this reader may use, by code."""
    return connection.execute(_HOSTS, {**box, "kinds": list(kinds), "area": area_id, "public": public}).all()


def free_units(
    connection: Connection, ids: Sequence[int], on: date, *, area_id: int, public: bool
) -> dict[int, Any]:
    """Units of each host on a day: ``shown``, ``units``, ``free``, ``free_m2``."""
    bound = {"ids": list(ids), "on": on, "area": area_id, "public": public}
    rows = connection.execute(_FREE, bound | {"kinds": list(UNITS), "units": list(UNITS.values())})
    return {row.id: row for row in rows}


def openings(connection: Connection, ids: Sequence[int]) -> dict[int, Any]:
    """Where the opening of each host stands."""
    return {row.asset_id: row for row in connection.execute(_OPENINGS, {"ids": list(ids)})}


def duties(connection: Connection, ids: Sequence[int]) -> dict[int, Any]:
    """The clause that bears most on the use of each host by others, as the projection has it."""
    bound = {"ids": list(ids), "effects": [effect.value for effect in BEARING]}
    return {row.asset_id: row for row in connection.execute(_DUTIES, bound)}


def exclusives(connection: Connection, ids: Sequence[int], on: date) -> dict[int, list[Any]]:
    """Exclusive agreements in force, those that bar access first."""
    by_asset: dict[int, list[Any]] = {}
    for row in connection.execute(_EXCLUSIVE, {"ids": list(ids), "on": on}):
        by_asset.setdefault(row.asset_id, []).append(row)
    return by_asset


def present(
    connection: Connection, ids: Sequence[int], on: date, *, area_id: int, public: bool
) -> dict[int, tuple[str, ...]]:
    """Codes of the parties that serve each host."""
    rows = connection.execute(_PRESENT, {"ids": list(ids), "on": on, "area": area_id, "public": public})
    return {row.asset_id: tuple(row.parties) for row in rows}


def projects(connection: Connection, box: Mapping[str, float], on: date) -> Sequence[Any]:
    """Works near that build masts, stations or poles: designated or filed, not ended; by code."""
    return connection.execute(
        _PROJECTS, {**box, "on": on, "builds": list(BUILDS), "ready": list(READY)}
    ).all()
