"""What an analysis reads: venues, inhabited places and key areas, and the zones near it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely
from sqlalchemy import Connection, text

from infra_registry.areas.ground_store import DISTRICT, OUTLINE, AreaInCity
from infra_registry.coverage.demand.store import DemandSet
from infra_registry.coverage.wifi.reach import Place, Zone
from infra_registry.duties.key_lists import key_area_store

KEY_AREA = "key_area"  # the group of a key public area; families of venues have other names
MARGIN_DEG = 0.03  # a zone up to 2 km outside the boundary may reach in


@dataclass(frozen=True, slots=True)
class Located:
    """A place with what is written to its gap: district, asset or key area, whether all may see its exact place."""

    place: Place
    district_id: int | None
    asset_id: int | None
    open: bool
    key_area_id: int | None = None


@dataclass(frozen=True, slots=True)
class KeyList:
    """A government's list of key public areas that holds, and those of its areas that lie in the area of a run."""

    title: str
    issued_by: str
    issued_on: date
    sample: bool
    areas: tuple[Located, ...]


_VENUES = text(f"""
    SELECT p.code, v.venue, ST_AsBinary(p.geom) AS geom, p.asset_id, district.id AS district_id,
           p.access_class = 'P1' AS open
    FROM asset_place p JOIN asset_public_building v ON v.asset_id = p.asset_id
      JOIN asset_area m ON m.asset_id = p.asset_id AND m.level = 'exact' AND m.area_id = :area
      {DISTRICT}
    WHERE p.level = 'exact' AND p.kind = 'public_building' AND p.status NOT IN ('planned', 'building', 'retired')
      AND v.venue = ANY (:families)
    ORDER BY p.code""")

# Numbered by what they are, not by when they were recorded, so that a register loaded twice gives equal bits.
_INHABITED = text(f"""
    SELECT p.people, ST_AsBinary(p.geom) AS geom, district.id AS district_id,
           row_number() OVER (ORDER BY p.ref, ST_X(p.geom), ST_Y(p.geom), p.people, p.id) AS n
    FROM {OUTLINE} JOIN inhabited p ON e.geom && p.geom AND ST_Intersects(e.geom, p.geom)
      JOIN unnest(CAST(:areas AS bigint[]), CAST(:sources AS bigint[])) AS s(area_id, source_id)
        ON s.area_id = p.area_id AND s.source_id IS NOT DISTINCT FROM p.source_id
      {DISTRICT}
    WHERE p.people > 0 ORDER BY n""")

# A key area lies in a district when a point of its surface does; a city's list is about the city, whatever its edge.
_KEY_AREAS = text(f"""
    SELECT p.id, p.code, ST_AsBinary(p.geom) AS geom, district.id AS district_id
    FROM {OUTLINE} JOIN key_area p ON p.city_id = :area OR ST_Intersects(e.geom, ST_PointOnSurface(p.geom))
      {DISTRICT}
    WHERE p.id = ANY (:ids) ORDER BY p.code""")

_ZONES = text(f"""
    SELECT p.code, w.reach_m, w.free, ST_AsBinary(p.geom) AS geom, p.access_class = 'P1' AS open,
           ST_Intersects(e.geom, p.geom) AS inside
    FROM {OUTLINE} JOIN asset_place p ON p.geom && ST_Expand(e.geom, :margin)
      JOIN asset_wifi_zone w ON w.asset_id = p.asset_id
    WHERE p.level = 'exact' AND p.kind = 'wifi_zone' AND p.status = 'in_use'
    ORDER BY p.code""")


def venues(connection: Connection, area_id: int, families: Sequence[str], on: date) -> list[Located]:
    """Standing public buildings of the families whose exact place this reader sees, by code."""
    rows = connection.execute(_VENUES, {"area": area_id, "families": list(families), "on": on})
    return [
        Located(
            Place(row.code, _geometry(row.geom), row.venue), row.district_id, row.asset_id, bool(row.open)
        )
        for row in rows
    ]


def inhabited(connection: Connection, area_id: int, sets: Sequence[DemandSet], on: date) -> list[Located]:
    """Places of these sets in the area with people above zero, numbered by reference and place."""
    values = {"areas": [item.area_id for item in sets], "sources": [item.source_id for item in sets]}
    rows = connection.execute(_INHABITED, {"area": area_id, "on": on} | values)
    return [
        Located(
            Place(f"{row.n:09d}", _geometry(row.geom), people=row.people), row.district_id, None, open=True
        )
        for row in rows
    ]


def key_areas(connection: Connection, area: AreaInCity, on: date) -> KeyList | None:
    """The list of the city that holds on a day, with its areas in this area by code; None when no list holds."""
    listed = key_area_store.areas(connection, area.city_id, on)
    if not listed:
        return None
    values = {"area": area.id, "on": on, "ids": [row.id for row in listed]}
    areas = tuple(
        Located(
            Place(row.code, _geometry(row.geom), KEY_AREA, surface=True),
            row.district_id,
            None,
            open=True,
            key_area_id=row.id,
        )
        for row in connection.execute(_KEY_AREAS, values)
    )
    first = listed[0]
    return KeyList(first.list_title, first.issued_by, first.issued_on, bool(first.sample), areas)


@dataclass(frozen=True, slots=True)
class ZonesInReach:
    """Zones that serve, and the counts that a reader of the result must know."""

    free: tuple[Zone, ...]
    in_area: int  # public points registered inside the boundary, free or not
    not_stated: int  # public and in use, but whether they are free is not stated: not counted as free
    withheld: int  # free or not stated, but not a public point


def zones(connection: Connection, area_id: int, on: date) -> ZonesInReach:
    """Zones in use in the area or near enough to reach into it."""
    rows = connection.execute(_ZONES, {"area": area_id, "on": on, "margin": MARGIN_DEG}).all()
    free = [row for row in rows if row.free and row.open]
    return ZonesInReach(
        tuple(Zone(row.code, _geometry(row.geom), row.reach_m) for row in free),
        sum(1 for row in rows if row.inside and row.open),
        sum(1 for row in rows if row.free is None and row.inside and row.open),
        sum(1 for row in rows if row.free is not False and not row.open),
    )


def _geometry(value: Any) -> Any:
    return shapely.from_wkb(bytes(value))
