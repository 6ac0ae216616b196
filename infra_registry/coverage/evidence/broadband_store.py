"""SQL of fixed broadband by building: operators on record for buildings this reader sees exactly."""

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, text

from infra_registry.assets.store import field_shown

PAGE = 50
KINDS = ("public_building", "premises")
SHOWN = ("known", "unknown")
COUNTS = ("buildings", "known", "unknown", "several")

# Buildings whose record of operators is kept from this reader are left out: "none known" would be untrue of them.
_BUILDINGS = f"""
WITH building AS (
  SELECT a.id, a.code, p.kind, CASE WHEN {field_shown("name")} THEN a.name END AS name,
    CASE WHEN {field_shown("name")} THEN a.name_en END AS name_en,
    CASE WHEN {field_shown("address")} THEN a.address END AS address,
    a.sample, district.code AS district, district.name AS district_name, district.name_en AS district_name_en,
    coalesce(here.seen, '[]'::jsonb) AS operators, coalesce(jsonb_array_length(here.seen), 0) AS operator_count
  FROM asset_place p JOIN asset a ON a.id = p.asset_id
  LEFT JOIN LATERAL (
    SELECT d.code, d.name, d.name_en FROM asset_area m JOIN area d ON d.id = m.area_id
    WHERE m.asset_id = p.asset_id AND m.level = 'exact' AND d.parent_id = :city_id AND d.level <> 'zone'
    ORDER BY d.code LIMIT 1) district ON true
  LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object('code', o.code, 'name', o.name, 'name_en', o.name_en, 'on', last.seen_on,
                                        'basis', last.basis) ORDER BY o.name, o.code) AS seen
    FROM (SELECT DISTINCT ON (r.party_id) r.party_id, r.seen_on, r.basis FROM presence r
          WHERE r.asset_id = p.asset_id AND r.service = 'broadband' AND r.seen_on <= :on
            AND (r.ended_on IS NULL OR r.ended_on > :on) ORDER BY r.party_id, r.seen_on DESC) last
      JOIN party o ON o.id = last.party_id) here ON true
  WHERE p.level = 'exact' AND p.kind IN ('public_building', 'premises')
    AND p.status NOT IN ('planned', 'building', 'retired') AND a.city_id = :city_id AND {field_shown("presence")})
"""
_WHERE = """WHERE (CAST(:kind AS text) IS NULL OR kind = :kind)
  AND (CAST(:district AS text) IS NULL OR district = :district)
  AND (CAST(:shown AS text) IS NULL OR (operator_count > 0) = (:shown = 'known'))"""


@dataclass(frozen=True, slots=True)
class BuildingFilter:
    """Which buildings of a city: kind, district by code, with a record or without; which page."""

    city_id: int
    on: Any
    kind: str | None = None
    district: str | None = None
    shown: str | None = None
    page: int = 1


def buildings(
    connection: Connection, building_filter: BuildingFilter, *, limit: int = PAGE
) -> list[dict[str, Any]]:
    """A page of buildings with the operators on record, each with day and basis: those without any first."""
    query = text(f"""{_BUILDINGS} SELECT * FROM building {_WHERE}
        ORDER BY operator_count, district NULLS LAST, name, code LIMIT :limit OFFSET :skip""")
    values = asdict(building_filter) | {"limit": limit, "skip": (building_filter.page - 1) * limit}
    return [dict(row) for row in connection.execute(query, values).mappings()]


def count(connection: Connection, building_filter: BuildingFilter) -> int:
    """How many buildings the filter leaves."""
    return int(
        connection.scalar(
            text(f"{_BUILDINGS} SELECT count(*) FROM building {_WHERE}"), asdict(building_filter)
        )
        or 0
    )


def by_district(connection: Connection, building_filter: BuildingFilter) -> list[dict[str, Any]]:
    """Counts by district and kind: buildings, with a record, with two operators or more. Filters by kind alone."""
    query = text(f"""{_BUILDINGS} SELECT district AS code, district_name AS name, district_name_en AS name_en,
        count(*) AS buildings, count(*) FILTER (WHERE operator_count > 0) AS known,
        count(*) FILTER (WHERE operator_count = 0) AS unknown, count(*) FILTER (WHERE operator_count > 1) AS several
      FROM building WHERE (CAST(:kind AS text) IS NULL OR kind = :kind)
      GROUP BY 1, 2, 3 ORDER BY 1 NULLS LAST""")
    return [dict(row) for row in connection.execute(query, asdict(building_filter)).mappings()]
