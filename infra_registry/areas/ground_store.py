"""An area on a day: its outline, the districts of it, the city it belongs to. Geometry is in EPSG:4326.

Which boundary holds on a day is decided by the functions ``area_outline_now`` and ``area_outline_on``
(any legal day) alone; statements of other packages join them and never the table of boundaries.
"""

from dataclasses import dataclass
from datetime import date, datetime

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, text

from infra_registry.errors import Conflict, NotFound

Box = tuple[float, float, float, float]  # west, south, east, north in degrees

# For statements with :area and :on. The outline of the area as ``e``; the district of the place ``p``: a child of
# the area whose outline holds it, the lowest code where two do.
OUTLINE = (
    """(SELECT geom FROM area_outline_on(:on) WHERE area_id = :area ORDER BY valid_from DESC LIMIT 1) AS e"""
)
DISTRICT = """LEFT JOIN LATERAL (
      SELECT d.id FROM area d JOIN area_outline_on(:on) b ON b.area_id = d.id
      WHERE d.parent_id = :area AND d.level <> 'zone'
        AND b.geom && p.geom AND ST_Intersects(b.geom, ST_PointOnSurface(p.geom))
      ORDER BY d.code LIMIT 1) AS district ON true"""

_AREA = text("""
    WITH RECURSIVE up AS (
      SELECT *, 0 AS step FROM area WHERE id = (
        SELECT id FROM area WHERE id = :id OR code = :code OR scheme || ':' || code = :code
        ORDER BY scheme <> 'gb2260', scheme LIMIT 1)
      UNION ALL SELECT a.*, up.step + 1 FROM area a JOIN up ON a.id = up.parent_id)
    SELECT u.id, u.code, u.name, u.name_en, u.parent_id,
      coalesce((SELECT id FROM up WHERE level = 'city' ORDER BY step LIMIT 1), u.id) AS city_id
    FROM up u WHERE u.step = 0""")
_DISTRICTS = text("""
    SELECT d.id, d.code, d.name, d.name_en, ST_AsBinary(b.geom) AS geom FROM area d LEFT JOIN LATERAL (
      SELECT geom FROM area_outline_on(:on) WHERE area_id = d.id ORDER BY valid_from DESC LIMIT 1) AS b ON true
    WHERE d.parent_id = :area AND d.level <> 'zone' ORDER BY d.code""")


@dataclass(frozen=True, slots=True)
class AreaInCity:
    """An area by its code, with the city it is or lies in."""

    id: int
    code: str
    name: str
    name_en: str | None
    parent_id: int | None
    city_id: int


@dataclass(frozen=True, slots=True, eq=False)
class AreaOnDay:
    """An area with its outline on a day, read once and handed on; None where it has none."""

    area: AreaInCity
    on: date
    outline: BaseGeometry | None

    def bounded(self) -> BaseGeometry:
        """The outline; Conflict ``coverage.no_boundary`` when there is none: nothing can be said to lie in it."""
        if self.outline is None:
            raise Conflict("coverage.no_boundary", area=self.area.code)
        return self.outline


@dataclass(frozen=True, slots=True)
class District:
    """An area one step below another, with its outline; None where it has none on that day."""

    id: int
    code: str
    name: str
    name_en: str | None
    geometry: BaseGeometry | None

    @property
    def names(self) -> tuple[str, str, str | None]:
        """Code, name and English name."""
        return self.code, self.name, self.name_en


def area(connection: Connection, code: str) -> AreaInCity:
    """The area of a code (``370800`` or ``scheme:code``); NotFound ``coverage.no_area``."""
    printable = code.isprintable()  # text of PostgreSQL holds no NUL
    row = connection.execute(_AREA, {"code": code, "id": None}).one_or_none() if printable else None
    if row is None:
        raise NotFound("coverage.no_area", area=code)
    return AreaInCity(*row)


def area_with(connection: Connection, area_id: int) -> AreaInCity:
    """The area with this inside id, which exists."""
    row = connection.execute(_AREA, {"code": None, "id": area_id}).one()
    return AreaInCity(*row)


def cities(connection: Connection) -> list[AreaInCity]:
    """All cities, by code."""
    rows = connection.execute(
        text(
            "SELECT id, code, name, name_en, parent_id, id AS city_id FROM area WHERE level = 'city' ORDER BY code"
        )
    )
    return [AreaInCity(*row) for row in rows]


def on_day(connection: Connection, area: AreaInCity, on: date | None = None) -> AreaOnDay:
    """An area with its outline on a day (default: today there)."""
    on = on or day_of(connection, area.id)
    return AreaOnDay(area, on, outline(connection, area.id, on))


def day_of(connection: Connection, area_id: int | None, instant: datetime | None = None) -> date:
    """The legal day of an instant (default: that of the transaction) in an area, by the area's time zone.

    None is no area: the day of the register, as ``config.today`` gives it.
    """
    query = text("SELECT area_day(:area, coalesce(CAST(:instant AS timestamptz), now()))")
    day: date = connection.execute(query, {"area": area_id, "instant": instant}).scalar_one()
    return day


def day_began(connection: Connection) -> bool:
    """True in the hour after midnight of any area."""
    query = text(
        "SELECT EXISTS (SELECT 1 FROM area WHERE area_day(id) > area_day(id, now() - interval '1 hour'))"
    )
    return bool(connection.scalar(query))


def outline(connection: Connection, area_id: int, on: date) -> BaseGeometry | None:
    """The outline of an area on a day; None when it has none."""
    wkb = connection.scalar(text(f"SELECT ST_AsBinary(e.geom) FROM {OUTLINE}"), {"area": area_id, "on": on})
    return None if wkb is None else shapely.from_wkb(bytes(wkb))


def needed_outline(connection: Connection, area_id: int, on: date) -> BaseGeometry:
    """The outline of an area on a day; Conflict ``coverage.no_boundary`` when it has none."""
    shape = outline(connection, area_id, on)
    if shape is None:
        code = connection.scalar(text("SELECT code FROM area WHERE id = :area"), {"area": area_id})
        raise Conflict("coverage.no_boundary", area=code)
    return shape


def districts(connection: Connection, area_id: int, on: date) -> list[District]:
    """The areas one step below, by code."""
    return [
        District(row.id, row.code, row.name, row.name_en, row.geom and shapely.from_wkb(bytes(row.geom)))
        for row in connection.execute(_DISTRICTS, {"area": area_id, "on": on})
    ]


def box(connection: Connection, *, code: str | None = None, area_id: int | None = None) -> Box | None:
    """The box of the outline in force of an area by code or id, else of all cities; None when there is none."""
    row = connection.execute(
        text("""SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) FROM (
                  SELECT ST_Extent(b.geom) AS e FROM area_outline_now() b JOIN area a ON a.id = b.area_id
                  WHERE CASE WHEN CAST(:code AS text) IS NULL AND CAST(:id AS bigint) IS NULL
                    THEN a.level = 'city' ELSE a.code = :code OR a.id = :id END) AS extent"""),
        {"code": code, "id": area_id},
    ).one()
    return None if row[0] is None else (row[0], row[1], row[2], row[3])


def city_boxes(connection: Connection) -> tuple[Box, ...]:
    """The boxes of the first thousand cities whose outlines are in force."""
    rows = connection.execute(
        text("""SELECT ST_XMin(b.geom), ST_YMin(b.geom), ST_XMax(b.geom), ST_YMax(b.geom)
                FROM area_outline_now() b JOIN area a ON a.id = b.area_id WHERE a.level = 'city' LIMIT 1000""")
    )
    return tuple((row[0], row[1], row[2], row[3]) for row in rows)
