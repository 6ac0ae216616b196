"""Files of people and roads: rows become points, zones or lines in EPSG:4326; what cannot be taken is a finding.

People come as points (a table with coordinates, or a layer of points), as polygons with counts (a layer, or a layer and
a table joined by a code), or as a table whose total alone is meant. Nothing is guessed: a cell that holds no number, a
negative one or none at all is left out with a finding.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import MultiLineString, Point
from shapely.geometry.base import BaseGeometry

from infra_registry.areas.shapes import as_multipolygon
from infra_registry.coverage.demand.findings import Finding, Findings
from infra_registry.coverage.demand.spreading import MOST_PEOPLE
from infra_registry.errors import RegistryError
from infra_registry.formats import Caps, FormatError, Part, RawRow, read
from infra_registry.formats.crs import WGS84, known, to_wgs84
from infra_registry.formats.geopackage import is_geopackage, read_geopackage

CAPS = Caps()
_LON = ("lon", "lng", "long", "longitude", "x", "经度")
_LAT = ("lat", "latitude", "y", "纬度")


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column holds what, in which CRS; ``only`` keeps rows whose column equals a value; header row from 1."""

    people: str = ""
    ref: str = ""
    lon: str = ""
    lat: str = ""
    name: str = ""
    road_class: str = ""
    crs: str = ""
    header_row: int = 1
    only: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Counted:
    """A point or polygon in EPSG:4326 with its people."""

    ref: str | None
    people: float
    geometry: BaseGeometry


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of a table, the rows it stands on, and those left out by reason."""

    people: float
    used: int
    other: int
    empty: int
    faulty: int


def part_of(path: Path, name: str, header_row: int = 1) -> Part:
    """The one table or layer of a file. Raises FormatError, ``demand.several_parts`` when there are more."""
    if is_geopackage(path):
        return read_geopackage(path, name, CAPS)
    if path.stat().st_size > CAPS.max_bytes:
        raise FormatError("file.too_large", value=name, expected=CAPS.max_bytes >> 20)
    parts = read(path.read_bytes(), name, caps=CAPS, header_row=header_row)
    if len(parts) != 1:
        raise FormatError("demand.several_parts", value=", ".join(part.name for part in parts)[:200])
    return parts[0]


def number_of(text: str) -> tuple[float, str | None]:
    """A count of people from a cell, or the code of what is wrong with it."""
    shown = text.strip()
    if not shown:
        return 0.0, "demand.empty"
    try:
        number = float(shown)
    except ValueError:
        return 0.0, "demand.not_number"
    if not math.isfinite(number):
        return 0.0, "demand.not_finite"
    if number < 0:
        return 0.0, "demand.negative"
    return (0.0, "demand.too_many") if number > MOST_PEOPLE else (number, None)


def column(part: Part, name: str) -> str:
    """The column of this name. Raises RegistryError ``areas.no_column`` naming those there are."""
    if name not in part.columns:
        raise RegistryError("areas.no_column", value=name[:80], expected=", ".join(part.columns)[:400])
    return name


def selected(part: Part, columns: Columns) -> list[RawRow]:
    """The rows that ``only`` keeps; the others are no findings."""
    for name, _ in columns.only:
        column(part, name)
    return [
        row
        for row in part.rows
        if all(row.values.get(name, "").strip() == value for name, value in columns.only)
    ]


def total_of(part: Part, columns: Columns, findings: Findings) -> Total:
    """The sum of a column over the selected rows."""
    people_field = column(part, columns.people)
    rows = selected(part, columns)
    people, used, empty = 0.0, 0, 0
    for row in rows:
        number, wrong = number_of(row.values.get(people_field, ""))
        if wrong is None:
            people, used = people + number, used + 1
            continue
        empty += wrong == "demand.empty"
        findings.add(_left_out(row, wrong, people_field))
    return Total(people, used, len(part.rows) - len(rows), empty, len(rows) - used - empty)


def counted_of(part: Part, columns: Columns, findings: Findings) -> list[Counted]:
    """Points or polygons with people. Rows left out are findings; a zone is mended if it crosses itself."""
    people_field = column(part, columns.people)
    rows: list[RawRow] = []
    numbers: dict[int, float] = {}
    for row in selected(part, columns):
        number, wrong = number_of(row.values.get(people_field, ""))
        if wrong is None:
            rows.append(row)
            numbers[row.number] = number
        else:
            findings.add(_left_out(row, wrong, people_field))
    result: list[Counted] = []
    for row, geometry in _placed(part, rows, columns, findings):
        shape = _countable(geometry, row, findings)
        if shape is not None:
            result.append(Counted(_short(row.values.get(columns.ref)), numbers[row.number], shape))
    return result


def _countable(geometry: BaseGeometry, row: RawRow, findings: Findings) -> BaseGeometry | None:
    if geometry.geom_type == "MultiPoint" and len(geometry.geoms) == 1:
        return geometry.geoms[0]
    if geometry.geom_type == "Point":
        return geometry
    if geometry.geom_type in ("Polygon", "MultiPolygon"):
        try:
            return as_multipolygon(geometry)
        except RegistryError as error:
            findings.add(_doubtful(row, error.code, geometry.geom_type))
            return None
    findings.add(_doubtful(row, "geometry.type", geometry.geom_type, "Point, Polygon"))
    return None


def lines_of(part: Part, columns: Columns, findings: Findings) -> list[dict[str, Any]]:
    """Roads as rows with ``ref``, ``name``, ``road_class`` and ``geom``; rows without a line are findings."""
    names = {"ref": columns.ref, "name": columns.name, "road_class": columns.road_class}
    for stated in names.values():
        if stated:
            column(part, stated)
    result: list[dict[str, Any]] = []
    for row, geometry in _placed(part, selected(part, columns), columns, findings):
        parts = [
            line for line in shapely.get_parts(geometry) if line.geom_type == "LineString" and line.length > 0
        ]
        if not parts:
            findings.add(_doubtful(row, "geometry.type", geometry.geom_type, "LineString"))
            continue
        values = {name: _short(row.values.get(stated)) for name, stated in names.items()}
        result.append({**values, "geom": MultiLineString(parts)})
    return result


def joined(counts: Part, shapes: Part, keys: tuple[str, str], people: str, findings: Findings) -> Part:
    """The shapes with the counts of a table by code (column of the table, column of the layer)."""
    table_key, layer_key = column(counts, keys[0]), column(shapes, keys[1])
    column(counts, people)
    values: dict[str, str] = {}
    for row in counts.rows:
        code = row.values.get(table_key, "").strip()
        if code in values:
            findings.add(Finding("demand.doubled_code", "warning", str(row.number), table_key, code[:80]))
        elif code:
            values[code] = row.values.get(people, "")
    rows: list[RawRow] = []
    used: set[str] = set()
    for row in shapes.rows:
        code = row.values.get(layer_key, "").strip()
        if code not in values:
            findings.add(Finding("demand.no_count", "warning", str(row.number), layer_key, code[:80]))
        elif code in used:
            findings.add(Finding("demand.doubled_code", "warning", str(row.number), layer_key, code[:80]))
        else:
            used.add(code)
            rows.append(RawRow(row.number, {**row.values, people: values[code]}, row.geometry, row.notes))
    for code in values.keys() - used:
        findings.add(Finding("demand.no_shape", "warning", "", table_key, code[:80]))
    names = shapes.columns if people in shapes.columns else (*shapes.columns, people)
    return Part(shapes.name, names, rows, spatial=True, crs=shapes.crs)


def _placed(
    part: Part, rows: Sequence[RawRow], columns: Columns, findings: Findings
) -> Iterator[tuple[RawRow, BaseGeometry]]:
    """Rows with their geometry in EPSG:4326; those without one, or with a doubtful one, are findings."""
    kept = []
    for row in rows:
        wrong = next((note for note in row.notes if note.severity == "error"), None)
        if wrong:
            texts = [text or "" for text in (wrong.field, wrong.value, wrong.expected)]
            findings.add(Finding(wrong.code, "warning", str(row.number), *texts))
        else:
            kept.append(row)
    shapes = [row.geometry for row in kept] if part.spatial else _points(part, kept, columns)
    declared = known(columns.crs or part.crs or WGS84)
    for row, placed in zip(kept, to_wgs84(shapes, declared), strict=True):
        if placed.geometry is not None:
            yield row, placed.geometry
        elif placed.fault:
            findings.add(_doubtful(row, placed.fault.code, placed.fault.value, placed.fault.expected))
        else:
            findings.add(_doubtful(row, "demand.no_place"))


def _points(part: Part, rows: Sequence[RawRow], columns: Columns) -> list[Point | None]:
    lon = column(part, columns.lon) if columns.lon else _guess(part, _LON)
    lat = column(part, columns.lat) if columns.lat else _guess(part, _LAT)
    points: list[Point | None] = []
    for row in rows:
        try:
            points.append(Point(float(row.values.get(lon, "")), float(row.values.get(lat, ""))))
        except ValueError:
            points.append(None)
    return points


def _guess(part: Part, names: Sequence[str]) -> str:
    fitting = [name for name in part.columns if name.strip().lower() in names]
    if len(fitting) != 1:
        listed = ", ".join(part.columns)[:400]
        raise RegistryError("demand.no_coordinates", value=" / ".join(names[:3]), expected=listed)
    return fitting[0]


def _doubtful(row: RawRow, code: str, value: str = "", expected: str = "") -> Finding:
    return Finding(code, "warning", str(row.number), "geometry", value, expected)


def _left_out(row: RawRow, code: str, name: str) -> Finding:
    return Finding(code, "warning", str(row.number), name, row.values.get(name, "")[:80], "≥ 0")


def _short(text: str | None) -> str | None:
    return (text or "").strip()[:200] or None
