"""SQL of facts: what the register knows of assets, in bulk; each statement answers for thousands of them at once.

To be read as the product itself: facts are for judging, and what of them a reader sees is decided elsewhere.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, text

from infra_registry.assets.kinds import KINDS

_BUILT = ", ".join(
    f"{spec.kind.value}.built_on" for spec in KINDS.values() if any(f.name == "built_on" for f in spec.fields)
)
_DETAILS = " ".join(
    f"LEFT JOIN asset_{kind.value} {kind.value} ON a.kind = '{kind.value}' AND {kind.value}.asset_id = a.id"
    for kind in KINDS
)
_ASSETS = text(f"""
SELECT a.id, a.code, a.kind, a.status, a.city_id, area_day(a.city_id) AS today, a.owner_id, a.operator_id,
  a.controller_id, a.project_id, a.host_id,
  coalesce({_BUILT}) AS built_on, base_station.in_service_on, cable.laying, pole.use AS pole_use,
  public_building.form, public_building.venue, nullif(public_building.controller_type, 'not_stated') AS controller_type,
  nullif(public_building.funding, 'not_stated') AS funding, premises.premises_type,
  premises.network_accepted_on AS network_works_on, wifi_zone.free, wifi_zone.security_measures, wifi_zone.log_days,
  nullif(btrim(wifi_zone.security_filing), '') AS security_filing, wifi_zone.login_manner,
  nullif(btrim(wifi_zone.responsible), '') AS responsible
FROM asset a {_DETAILS} WHERE a.id = ANY (:ids)
""")
# The first status an asset was registered with says since when it was in use only where the sender stated a day:
# without one the day of recording stands there.
_STATUS = text("""
SELECT e.asset_id,
  (array_agg(e.new_status ORDER BY e.valid_on DESC, e.id DESC) FILTER (WHERE e.valid_on <= :day))[1] AS status,
  min(e.valid_on) FILTER (WHERE e.new_status = 'in_use' AND e.valid_on <= :day AND (e.old_status IS NOT NULL
    OR e.valid_on < area_day(a.city_id, e.recorded_at))) AS in_use_on
FROM status_event e JOIN asset a ON a.id = e.asset_id WHERE e.asset_id = ANY (:ids) GROUP BY e.asset_id
""")
_AREAS = text("""
SELECT asset_id, array_agg(area_id ORDER BY area_id) AS area_ids FROM asset_area
WHERE level = 'exact' AND asset_id = ANY (:ids) GROUP BY asset_id
""")
_UP = text("""
WITH RECURSIVE up AS (
  SELECT id, id AS of FROM area WHERE id = ANY (:ids)
  UNION SELECT a.parent_id, up.of FROM up JOIN area a ON a.id = up.id WHERE a.parent_id IS NOT NULL)
SELECT up.of, a.scheme, a.code, a.name, a.level FROM up JOIN area a ON a.id = up.id
""")
# Whoever is shown who is on a host is told of duties that rest on it, so withheld assets (P0, P4) do not count.
_CARRIERS = text("""
WITH here AS (
  SELECT id AS asset_id, operator_id AS party_id FROM asset WHERE id = ANY (:ids)
  UNION SELECT host_id, operator_id FROM asset
    WHERE host_id = ANY (:ids) AND status IN ('accepted', 'in_use', 'idle') AND access_class NOT IN ('P0', 'P4')
  UNION SELECT asset_id, party_id FROM presence
    WHERE asset_id = ANY (:ids) AND seen_on <= :day AND (ended_on IS NULL OR ended_on > :day)
  UNION SELECT u.asset_id, l.holder_id FROM capacity_unit u JOIN allocation l ON l.unit_id = u.id
    WHERE u.asset_id = ANY (:ids) AND l.state = 'used' AND l.period @> CAST(:day AS date))
SELECT h.asset_id, count(DISTINCT h.party_id) AS n FROM here h JOIN party p ON p.id = h.party_id
WHERE p.kind IN ('carrier', 'cable_company') GROUP BY h.asset_id
""")
_UNITS = text("""
SELECT u.asset_id, count(DISTINCT u.id) FILTER (WHERE l.id IS NULL) AS free,
  count(l.id) FILTER (WHERE l.state = 'used' AND l.holder_id IS NULL) AS unnamed
FROM capacity_unit u LEFT JOIN allocation l ON l.unit_id = u.id AND l.state <> 'released' AND l.countable
  AND l.period @> CAST(:day AS date)
WHERE u.asset_id = ANY (:ids) AND u.unit_kind <> 'roof_area' GROUP BY u.asset_id
""")
# Lines that once hung and lie in the ground today.
_SUNK = text("""
SELECT DISTINCT h.asset_id FROM history.asset_cable h JOIN asset_cable c ON c.asset_id = h.asset_id
WHERE h.asset_id = ANY (:ids) AND h.laying = 'overhead' AND c.laying IN ('in_duct', 'buried')
""")
_EVENTS = text("""
SELECT e.asset_id, e.act, e.id, e.done_on,
  EXISTS (SELECT 1 FROM opening_event x WHERE x.asset_id = e.asset_id AND x.id > e.id AND x.done_on <= :day
    AND x.act IN ('opened', 'offered', 'refused', 'declined', 'exempted')
    AND (x.answers_id = e.id OR x.answers_id IS NULL)) AS answered
FROM opening_event e WHERE e.asset_id = ANY (:ids) AND e.done_on <= :day AND e.act <> 'withdrawn' AND NOT EXISTS (
  SELECT 1 FROM opening_event w WHERE w.answers_id = e.id AND w.act = 'withdrawn' AND w.done_on <= :day)
ORDER BY e.asset_id, e.done_on, e.id
""")
_SHOWN = {
    column: text(f"""
SELECT DISTINCT ON ({column}, fact) {column} AS subject_id, fact, holds FROM evidence
WHERE {column} = ANY (:ids) AND known_on <= :day ORDER BY {column}, fact, known_on DESC, id DESC
""")
    for column in ("asset_id", "project_id", "agreement_id", "key_area_id")
}
_PARTIES = text("SELECT id, kind FROM party WHERE id = ANY (:ids)")


@dataclass(frozen=True, slots=True)
class AreaName:
    """One of the areas a subject lies in."""

    scheme: str
    code: str
    name: str
    level: str


@dataclass(frozen=True, slots=True)
class Opening:
    """What stands about opening: the holder's last word, how many requests wait for an answer, whether any was made."""

    word: str | None
    waiting: int
    requested: bool


@dataclass(frozen=True, slots=True)
class Ledgers:
    """Records about assets as of one day, by asset id: status, areas, carriers, units, openings, evidence."""

    status: Mapping[int, Row[Any]]
    areas: Mapping[int, tuple[int, ...]]
    carriers: Mapping[int, int]
    units: Mapping[int, Row[Any]]
    sunk: frozenset[int]
    openings: Mapping[int, Opening]
    shown: Mapping[int, Mapping[str, bool]]


def assets(connection: Connection, ids: Sequence[int]) -> Sequence[Row[Any]]:
    """Asset and detail columns that are facts, in the order of the ids that exist."""
    by_id = {row.id: row for row in connection.execute(_ASSETS, {"ids": list(ids)})}
    return [by_id[key] for key in ids if key in by_id]


def ledgers(connection: Connection, ids: Sequence[int], on: date) -> Ledgers:
    """Everything that hangs on the assets, as it stood on a day."""
    bound = {"ids": list(ids), "day": on}
    return Ledgers(
        status={row.asset_id: row for row in connection.execute(_STATUS, bound)},
        areas=asset_areas(connection, ids),
        carriers={row.asset_id: row.n for row in connection.execute(_CARRIERS, bound)},
        units={row.asset_id: row for row in connection.execute(_UNITS, bound)},
        sunk=frozenset(connection.scalars(_SUNK, {"ids": bound["ids"]})),
        openings=_openings(connection.execute(_EVENTS, bound)),
        shown=shown(connection, "asset_id", ids, on),
    )


def asset_areas(connection: Connection, ids: Iterable[int]) -> dict[int, tuple[int, ...]]:
    """Areas the exact places of assets lie in."""
    rows = connection.execute(_AREAS, {"ids": list(ids)})
    return {row.asset_id: tuple(row.area_ids) for row in rows}


def _openings(rows: Iterable[Row[Any]]) -> dict[int, Opening]:
    openings: dict[int, Opening] = {}
    for row in rows:
        so_far = openings.get(row.asset_id, Opening(None, 0, False))
        if row.act == "asked":
            openings[row.asset_id] = Opening(so_far.word, so_far.waiting + (not row.answered), True)
        else:
            openings[row.asset_id] = Opening(row.act, so_far.waiting, so_far.requested)
    return openings


def shown(connection: Connection, column: str, ids: Sequence[int], on: date) -> dict[int, dict[str, bool]]:
    """Evidence by subject: of each fact the one known last by that day; what was taken back is not there."""
    evidence: dict[int, dict[str, bool]] = defaultdict(dict)
    for row in connection.execute(_SHOWN[column], {"ids": list(ids), "day": on}):
        if row.holds is not None:
            evidence[row.subject_id][row.fact] = row.holds
    return dict(evidence)


def places(connection: Connection, area_ids: Iterable[int]) -> dict[int, tuple[AreaName, ...]]:
    """Each area with all that stand above it."""
    above: dict[int, list[AreaName]] = defaultdict(list)
    for row in connection.execute(_UP, {"ids": sorted(set(area_ids))}):
        above[row.of].append(AreaName(row.scheme, row.code, row.name, row.level))
    return {key: tuple(value) for key, value in above.items()}


def party_kinds(connection: Connection, ids: Iterable[int | None]) -> dict[int, str]:
    """Kind of each party, by id."""
    parties = sorted({key for key in ids if key is not None})
    return {row.id: row.kind for row in connection.execute(_PARTIES, {"ids": parties})}


def party_names(connection: Connection, ids: Iterable[int]) -> dict[int, str]:
    """Names of parties by id."""
    rows = connection.execute(
        text("SELECT id, name FROM party WHERE id = ANY (:ids)"), {"ids": sorted(set(ids))}
    )
    return {row.id: row.name for row in rows}
