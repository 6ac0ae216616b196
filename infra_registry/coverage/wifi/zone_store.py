"""SQL of WiFi zones: what is shown about their security, and what was measured, as this reader may see it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, text

from infra_registry.assets.store import field_shown

PAGE = 50
# Row security leaves exact places the reader may see; a field that the publication table withholds is "hidden":
# neither shown nor filtered by.
_DISTRICT = """LEFT JOIN LATERAL (
  SELECT d.code, d.name, d.name_en FROM asset_area m JOIN area d ON d.id = m.area_id
  WHERE m.asset_id = p.asset_id AND m.level = 'exact' AND d.parent_id = :city AND d.level <> 'zone'
  ORDER BY d.code LIMIT 1) district ON true"""

# Each fact of a zone's security: present, absent (shown not to be, or kept for too short), not shown, hidden.
_FACTS = {
    "security_measures": (
        "security_measures",
        "CASE w.security_measures WHEN true THEN 'present' WHEN false THEN 'absent' ELSE 'not_shown' END",
    ),
    "security_filing": (
        "security_filing",
        "CASE WHEN nullif(btrim(w.security_filing), '') IS NULL THEN 'not_shown' ELSE 'present' END",
    ),
    "login_stated": (
        "login_manner",
        "CASE WHEN w.login_manner IS NULL THEN 'not_shown' ELSE 'present' END",
    ),
    "log_days": (
        "log_days",
        "CASE WHEN w.log_days >= :enough THEN 'present' WHEN w.log_days < :short THEN 'absent' ELSE 'not_shown' END",
    ),
    "responsible_stated": (
        "responsible",
        "CASE WHEN nullif(btrim(w.responsible), '') IS NULL THEN 'not_shown' ELSE 'present' END",
    ),
}
FACTS = tuple(_FACTS)
_STATES = ", ".join(
    f"CASE WHEN {field_shown(field)} THEN {value} ELSE 'hidden' END AS {name}"
    for name, (field, value) in _FACTS.items()
)
_ZONES = f"""
SELECT a.code, a.sample, CASE WHEN {field_shown("name")} THEN a.name END AS name,
  CASE WHEN {field_shown("name")} THEN a.name_en END AS name_en,
  CASE WHEN {field_shown("operator")} THEN o.name END AS operator,
  CASE WHEN {field_shown("operator")} THEN o.name_en END AS operator_en,
  CASE WHEN {field_shown("free")} THEN w.free END AS free,
  CASE WHEN {field_shown("log_days")} THEN w.log_days END AS days,
  CASE WHEN {field_shown("login_manner")} THEN w.login_manner END AS login_manner,
  district.code AS district, district.name AS district_name, district.name_en AS district_name_en, {_STATES}
FROM asset_place p JOIN asset a ON a.id = p.asset_id JOIN asset_wifi_zone w ON w.asset_id = a.id
LEFT JOIN party o ON o.id = a.operator_id {_DISTRICT}
WHERE p.level = 'exact' AND p.kind = 'wifi_zone' AND p.status = 'in_use' AND a.city_id = :city
"""

# A venue's quality is that of the measured zones in use in it or reaching it.
_MEASURED = f"""
WITH venue AS (
  SELECT p.asset_id, p.geom, v.venue, district.code, district.name, district.name_en
  FROM asset_place p JOIN asset a ON a.id = p.asset_id JOIN asset_public_building v ON v.asset_id = a.id {_DISTRICT}
  WHERE p.level = 'exact' AND p.kind = 'public_building' AND p.status NOT IN ('planned', 'building', 'retired')
    AND a.city_id = :city AND v.venue = ANY (:families) AND {field_shown("venue")}),
zone AS (
  SELECT p.asset_id, p.geom, a.host_id, coalesce(w.reach_m, 0) AS reach_m, w.measured_on,
    CASE WHEN {field_shown("measured_down_mbps")} THEN w.measured_down_mbps END AS down,
    CASE WHEN {field_shown("measured_up_mbps")} THEN w.measured_up_mbps END AS up,
    CASE WHEN {field_shown("measured_latency_ms")} THEN w.measured_latency_ms END AS latency
  FROM asset_place p JOIN asset a ON a.id = p.asset_id JOIN asset_wifi_zone w ON w.asset_id = a.id
  WHERE p.level = 'exact' AND p.kind = 'wifi_zone' AND p.status = 'in_use' AND a.city_id = :city
    AND w.measured_on IS NOT NULL AND {field_shown("measured_on")}),
pair AS (
  SELECT v.asset_id AS venue_id, z.asset_id AS zone_id FROM zone z JOIN venue v ON v.asset_id = z.host_id
  UNION
  SELECT v.asset_id, z.asset_id FROM zone z JOIN venue v ON v.geom && ST_Expand(z.geom, 0.03)
    AND ST_DWithin(v.geom::geography, z.geom::geography, z.reach_m)),
counted AS (
  SELECT {{keys}}, count(*) AS venues, count(*) FILTER (WHERE EXISTS (
    SELECT 1 FROM pair WHERE pair.venue_id = v.asset_id)) AS measured FROM venue v GROUP BY {{keys}}),
heard AS (
  SELECT {{plain}}, count(*) AS zones, min(measured_on) AS first_on, max(measured_on) AS last_on,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY down) AS down, percentile_cont(0.5) WITHIN GROUP (ORDER BY up) AS up,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY latency) AS latency
  FROM (SELECT DISTINCT {{keys}}, z.* FROM pair JOIN venue v ON v.asset_id = pair.venue_id
        JOIN zone z ON z.asset_id = pair.zone_id) s GROUP BY {{plain}})
SELECT c.*, h.zones, h.first_on, h.last_on, h.down, h.up, h.latency FROM counted c LEFT JOIN heard h ON {{same}}
ORDER BY {{order}}"""
_KEYS = {
    "district": ("code", "name", "name_en"),
    "family": ("venue",),
    "both": ("code", "name", "name_en", "venue"),
}


@dataclass(frozen=True, slots=True)
class ZoneFilter:
    """Which zones in use of a city: by a fact that is lacking (or ``every``), by district; which page.

    ``log_days``: from how many days on logs are kept long enough, below how many they are not.
    """

    city_id: int
    log_days: tuple[int, int]
    facts: tuple[str, ...]
    lacking: str | None = None
    every: bool = False
    district: str | None = None
    page: int = 1

    @property
    def where(self) -> str:
        """The SQL condition on rows of ``_ZONES``."""
        lacks = _lacks((self.lacking,) if self.lacking in FACTS else self.facts)
        district = "(CAST(:district AS text) IS NULL OR district = :district)"
        return district if self.every and not self.lacking else f"({lacks}) AND {district}"

    @property
    def values(self) -> dict[str, Any]:
        """Bound values."""
        return {
            "city": self.city_id,
            "enough": self.log_days[0],
            "short": self.log_days[1],
            "district": self.district,
        }


def _lacks(facts: Iterable[str | None]) -> str:
    return " OR ".join(f"{fact} IN ('absent', 'not_shown')" for fact in facts if fact in FACTS) or "false"


def zones(connection: Connection, filters: ZoneFilter, *, limit: int | None = PAGE) -> Sequence[Row[Any]]:
    """A page of zones, or all with ``limit`` None, by district and code."""
    skip = 0 if limit is None else (filters.page - 1) * limit
    statement = text(
        f"SELECT * FROM ({_ZONES}) z WHERE {filters.where} ORDER BY district NULLS LAST, code LIMIT :many OFFSET :skip"
    )
    return connection.execute(statement, filters.values | {"many": limit, "skip": skip}).all()


def count(connection: Connection, filters: ZoneFilter) -> int:
    """How many zones the filter leaves."""
    query = text(f"SELECT count(*) FROM ({_ZONES}) z WHERE {filters.where}")
    return int(connection.scalar(query, filters.values) or 0)


def figures(connection: Connection, filters: ZoneFilter) -> Mapping[str, Any]:
    """Zones in use, those lacking any of the facts, free ones, and per fact how many are in which state."""
    states = ", ".join(
        f"count(*) FILTER (WHERE {fact} = '{state}') AS {fact}_{state}"
        for fact in FACTS
        for state in ("present", "absent", "not_shown", "hidden")
    )
    row = connection.execute(
        text(f"""SELECT count(*) AS zones, count(*) FILTER (WHERE {_lacks(filters.facts)}) AS lacking,
                   count(*) FILTER (WHERE free) AS free, {states} FROM ({_ZONES}) z"""),
        filters.values,
    ).mappings()
    return dict(row.one())


def quality(connection: Connection, city_id: int, families: Sequence[str], by: str) -> Sequence[Row[Any]]:
    """Measured quality of venues by ``district``, ``family`` or ``both``; medians of zones, None: not measured."""
    keys = _KEYS[by]
    sql = _MEASURED.format(
        keys=", ".join(f"v.{key}" for key in keys),
        plain=", ".join(keys),
        same=" AND ".join(f"h.{key} IS NOT DISTINCT FROM c.{key}" for key in keys),
        order=", ".join(f"c.{key} NULLS LAST" for key in keys),
    )
    return connection.execute(text(sql), {"city": city_id, "families": list(families)}).all()
