"""SQL of areas: sources, areas, dated boundaries, inhabited places, and who contains whom."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from geoalchemy2.shape import from_shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, Table, delete, func, insert, select, text, update

from infra_registry.areas.model import EVER, Area, AreaDraft, Boundary, Inhabited, SourceDraft
from infra_registry.areas.shapes import as_multipolygon
from infra_registry.areas.tables import area, area_boundary, inhabited, source
from infra_registry.config import DEFAULT_ZONE
from infra_registry.errors import Fault, Invalid, NotFound

PAGE = 500
MOST_CODE = 80

_AREA = """
SELECT a.id, a.scheme, a.code, a.name, a.name_en, a.level, a.parent_id, p.code AS parent_code,
       p.name AS parent_name, p.name_en AS parent_name_en, a.time_zone, a.population,
       a.valid_from, a.valid_until,
       EXISTS (SELECT 1 FROM area_boundary b WHERE b.area_id = a.id AND b.valid_until IS NULL) AS has_boundary
FROM area a LEFT JOIN area p ON p.id = a.parent_id
"""


def put_source(connection: Connection, draft: SourceDraft) -> int:
    """Insert a source, or update the one with this code where it differs; its id."""
    return _put(connection, source, asdict(draft), ("code",))


def put_area(connection: Connection, draft: AreaDraft) -> int:
    """Insert an area, or update the one with this scheme and code where it differs; its id.

    Raises Invalid for a time zone nobody knows.
    """
    zone = draft.time_zone or connection.scalar(
        text("""SELECT time_zone FROM area WHERE (scheme = :scheme AND code = :code) OR id = :parent
                ORDER BY id = :parent LIMIT 1"""),
        {"scheme": draft.scheme, "code": draft.code, "parent": draft.parent_id},
    )
    if draft.time_zone and draft.time_zone not in available_timezones():
        raise Invalid([Fault("time_zone", draft.time_zone[:60], "field.not_choice", "Europe/Paris")])
    return _put(connection, area, asdict(draft) | {"time_zone": zone or DEFAULT_ZONE}, ("scheme", "code"))


def _put(connection: Connection, table: Table, values: dict[str, Any], keys: tuple[str, ...]) -> int:
    same = [table.c[name] == values[name] for name in keys]
    stored = connection.execute(select(table).where(*same)).mappings().one_or_none()
    if stored is None:
        return int(connection.scalars(insert(table).values(**values).returning(table.c.id)).one())
    changes = {name: value for name, value in values.items() if stored[name] != value}
    if changes:  # an update that changes nothing would still be audited
        connection.execute(update(table).where(table.c.id == stored["id"]).values(**changes))
    return int(stored["id"])


def put_boundary(
    connection: Connection,
    area_id: int,
    geometry: BaseGeometry,
    *,
    valid_from: date = EVER,
    source_id: int | None = None,
) -> bool:
    """Make this the boundary in force from a day; the one before ends that day. False when nothing changed.

    The shape is made valid and its polygons kept; raises Invalid ``area.boundary`` when none is left.
    Assets inside the old or new shape find their city, publication class and areas anew (a trigger).
    """
    shape = from_shape(as_multipolygon(geometry), 4326)
    current = select(area_boundary.c.id, area_boundary.c.valid_from, _same(shape).label("same")).where(
        area_boundary.c.area_id == area_id, area_boundary.c.valid_until.is_(None)
    )
    for row in connection.execute(current).all():
        if row.same:
            return False
        replaced = area_boundary.c.id == row.id
        if row.valid_from >= valid_from:
            connection.execute(delete(area_boundary).where(replaced))
        else:
            connection.execute(update(area_boundary).where(replaced).values(valid_until=valid_from))
    connection.execute(
        insert(area_boundary).values(area_id=area_id, geom=shape, valid_from=valid_from, source_id=source_id)
    )
    return True


def _same(shape: Any) -> Any:
    return func.ST_OrderingEquals(area_boundary.c.geom, shape)


def put_inhabited(connection: Connection, rows: Sequence[Inhabited]) -> None:
    """Replace the inhabited places of the areas and sources that occur in the rows."""
    for area_id, source_id in {(row.area_id, row.source_id) for row in rows}:
        connection.execute(
            delete(inhabited).where(
                inhabited.c.area_id == area_id, inhabited.c.source_id.is_not_distinct_from(source_id)
            )
        )
    values = [
        {
            "area_id": row.area_id,
            "ref": row.ref,
            "people": row.people,
            "geom": from_shape(row.point, 4326),
            "source_id": row.source_id,
            "basis": row.basis,
        }
        for row in rows
    ]
    if values:
        connection.execute(insert(inhabited), values)


def find(connection: Connection, code: str, scheme: str | None = None) -> Area | None:
    """The area with this code (``scheme:code`` names the scheme too); None when there is none."""
    if not code.isprintable() or len(code) > MOST_CODE:
        return None
    if scheme is None and ":" in code:
        scheme, code = code.split(":", 1)
    rows = _areas(
        connection,
        "WHERE a.code = :code AND (CAST(:scheme AS text) IS NULL OR a.scheme = :scheme) "
        "ORDER BY a.scheme <> 'gb2260', a.scheme LIMIT 1",
        code=code,
        scheme=scheme,
    )
    return rows[0] if rows else None


def needed(connection: Connection, code: str, scheme: str | None = None) -> Area:
    """The area with this code, as ``find`` reads it; raises NotFound ``area.not_found``."""
    match = find(connection, code, scheme)
    if match is None:
        raise NotFound("area.not_found", code=code[:MOST_CODE])
    return match


def by_id(connection: Connection, area_id: int) -> Area | None:
    """The area with this inside id."""
    rows = _areas(connection, "WHERE a.id = :id", id=area_id)
    return rows[0] if rows else None


def listed(
    connection: Connection,
    *,
    level: str | None = None,
    scheme: str | None = None,
    parent_id: int | None = None,
    words: str | None = None,
    offset: int = 0,
) -> list[Area]:
    """Areas by level, scheme, parent and part of a name or code, in the order of their codes; 500 at most."""
    return _areas(
        connection,
        """WHERE (CAST(:level AS text) IS NULL OR a.level = :level)
             AND (CAST(:scheme AS text) IS NULL OR a.scheme = :scheme)
             AND (CAST(:parent AS bigint) IS NULL OR a.parent_id = :parent)
             AND (CAST(:words AS text) IS NULL OR strpos(lower(a.name || ' ' || coalesce(a.name_en, '') || ' '
                  || a.code), lower(:words)) > 0)
           ORDER BY a.scheme <> 'gb2260', a.scheme, a.code LIMIT :page OFFSET :offset""",
        level=level,
        scheme=scheme,
        parent=parent_id,
        words=words,
        page=PAGE,
        offset=offset,
    )


def tree(connection: Connection) -> list[tuple[int, Area]]:
    """Every area under its parent, depth first, with its depth."""
    ordered = _areas(connection, "ORDER BY a.scheme <> 'gb2260', a.scheme, a.code")
    ids = {item.id for item in ordered}
    children: dict[int | None, list[Area]] = {}
    for item in ordered:
        parent = item.parent_id if item.parent_id in ids else None
        children.setdefault(parent, []).append(item)

    def walk(parent: int | None, depth: int) -> list[tuple[int, Area]]:
        below = [(item, walk(item.id, depth + 1)) for item in children.get(parent, [])]
        return [entry for item, rest in below for entry in [(depth, item), *rest]]

    return walk(None, 0)


def boundary(
    connection: Connection, area_id: int, *, on: date | None = None, zoom: int | None = None
) -> Boundary | None:
    """The boundary in force on a day (default: now), thinned to half a pixel of ``zoom`` when one is given."""
    tolerance = 0.0 if zoom is None else 360 / (256 * 2.0**zoom) / 2
    row = connection.execute(
        text("""
        SELECT ST_AsGeoJSON(CASE WHEN :tolerance > 0 THEN ST_SimplifyPreserveTopology(b.geom, :tolerance)
                            ELSE b.geom END, 6)::json AS geometry,
               ST_XMin(b.geom) AS w, ST_YMin(b.geom) AS s, ST_XMax(b.geom) AS e, ST_YMax(b.geom) AS n,
               ST_Area(b.geom::geography) / 1e6 AS area_km2, b.valid_from, b.valid_until, s.title, s.provider,
               s.licence, s.note, s.published_on, s.map_approval, coalesce(s.sample, false) AS sample
        FROM area_boundary b LEFT JOIN source s ON s.id = b.source_id
        WHERE b.area_id = :area AND CASE WHEN CAST(:day AS date) IS NULL THEN b.valid_until IS NULL
              ELSE b.valid_from <= :day AND (b.valid_until IS NULL OR b.valid_until > :day) END
        ORDER BY b.valid_from DESC LIMIT 1"""),
        {"area": area_id, "day": on, "tolerance": tolerance},
    ).one_or_none()
    if row is None:
        return None
    return Boundary(
        row.geometry,
        (row.w, row.s, row.e, row.n),
        row.area_km2,
        row.valid_from,
        row.valid_until,
        row.title,
        row.provider,
        row.licence,
        row.note,
        row.published_on,
        row.map_approval,
        row.sample,
    )


def _areas(connection: Connection, clause: str, **values: Any) -> list[Area]:
    return [Area(**row) for row in connection.execute(text(_AREA + clause), values).mappings()]
