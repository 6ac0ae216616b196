"""From the parts of a file to staged rows: read through the mapping, parsed, placed, compared with each other. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import shapely
from shapely.geometry import Point, box

from infra_registry.assets.draft import geometry_faults
from infra_registry.assets.fields import expected, number, parse
from infra_registry.assets.kinds import Kind
from infra_registry.errors import Fault
from infra_registry.exchange.binding import Bound, bind, choose, converted, missing, unused
from infra_registry.exchange.mapping import Mapping
from infra_registry.exchange.staged import Row, Staged
from infra_registry.exchange.targets import OWN, fields_of
from infra_registry.formats.crs import to_wgs84
from infra_registry.formats.headers import plain
from infra_registry.formats.table import Part, RawRow

_COORDINATE = number("coordinate", -1e9, 1e9)
AREA_SHAPES = {"Polygon", "MultiPolygon"}
REPORT_EVERY = 500
LINKS = ("owner_id", "operator_id", "host_id")  # columns of the asset row, found from what the file says


@dataclass(frozen=True, slots=True)
class Setting:
    """What staging needs to know: declared system, boxes of registered cities (west, south, east, north)."""

    crs: str
    cities: tuple[tuple[float, float, float, float], ...] = ()


def stage(
    mapping: Mapping, parts: Sequence[Part], setting: Setting, report: Callable[[int, int], None]
) -> Staged:
    """Read every chosen part; faults are findings beside the row, never exceptions."""
    staged = Staged()
    chosen, notes = choose(mapping, parts)
    for note in notes:
        staged.note(note.value[:80] if note.value and note.code == "finding.unused_part" else "–", note)
    staged.rows_read = sum(len(part.rows) for _, part in chosen)
    for part_mapping, part in chosen:
        for note in part.notes:
            staged.note(part.name, note)
        bound = bind(part_mapping, part, parts)
        absent = missing(bound, part, generic=mapping.generic)
        for note in [*absent, *unused(bound, part)]:
            staged.note(part.name, note)
        if any(note.severity == "error" for note in absent):
            continue
        before = len(staged.rows)
        for raw in part.rows:
            staged.rows.append(_row(bound, part, raw, staged))
            if len(staged.rows) % REPORT_EVERY == 0:
                report(len(staged.rows), staged.rows_read)
        if part_mapping.place is not None and part_mapping.place.way != "parent":
            _place(staged.rows[before:], staged, setting)
    return staged


def _row(bound: Bound, part: Part, raw: RawRow, staged: Staged) -> Row:
    mapping = bound.mapping
    cells = bound.cells(raw.values)
    key = bound.read(mapping.key, cells) if mapping.key else None
    parent = bound.read(mapping.parent, cells) if mapping.parent else None
    row = Row(part.name, raw.number, mapping.target, (key or "")[:200], {}, parent_key=parent)
    for note in raw.notes:
        staged.note(part.name, note, raw.number)
        row.faulty |= note.severity == "error"
    declared = fields_of(mapping.target)
    required = {name for name, field in declared.items() if field.required}
    for name in {**mapping.fields, **dict.fromkeys(required)}:
        value = mapping.fields.get(name)
        raw_text = bound.read(value, cells) if value else None
        if value:
            raw_text, fault = converted(value, raw_text, bound.unit(value, cells))
            if fault:
                staged.fault(row, replace(fault, field=name))
                continue
        parsed, fault = parse(declared[name], raw_text)
        if fault:
            staged.fault(row, fault)
        elif parsed is not None:
            row.values[name] = parsed.isoformat() if hasattr(parsed, "isoformat") else parsed
    if mapping.target in Kind.__members__.values() and "name" not in row.values:
        _name(row, staged)
    _sent(bound, raw, cells, row, staged)
    return row


def _name(row: Row, staged: Staged) -> None:
    """A row without a name is called by its reference; without either it cannot be found again."""
    if row.key:
        row.values["name"] = row.key
    elif not row.faulty:
        staged.fault(row, Fault("name", None, "field.required", expected(OWN["name"])))


def _sent(bound: Bound, raw: RawRow, cells: Any, row: Row, staged: Staged) -> None:
    """The sender's own coordinates: kept as text, and as a geometry still in his system."""
    place = bound.mapping.place
    if place is None or place.way == "parent":
        return
    if place.way == "native":
        row.geometry = raw.geometry
        row.sent = None if raw.geometry is None else shapely.to_wkt(raw.geometry, rounding_precision=8)[:400]
        return
    numbers: list[float] = []
    texts: list[str] = []
    for name, sources in (("x", place.x), ("y", place.y)):
        column = next((c for s in sources if (c := bound.columns.get(plain(s))) is not None), None)
        raw_text = cells.get(column, "").strip() if column else ""
        texts.append(raw_text)
        value, fault = parse(_COORDINATE, raw_text)
        if fault:
            staged.fault(row, Fault(column or name, raw_text[:80], fault.code, "116.5936"))
        elif value is not None:
            numbers.append(value)
    row.sent = " ".join(texts)[:400]
    if len(numbers) == 2:
        row.geometry = Point(numbers)


def _place(rows: list[Row], staged: Staged, setting: Setting) -> None:
    """Move geometry to EPSG:4326 and look at it; rows placed by their parent are left to ``related``."""
    cities = [box(*bounds) for bounds in setting.cities]
    for row, placed in zip(rows, to_wgs84([row.geometry for row in rows], setting.crs), strict=True):
        if placed.fault:
            row.geometry = None
            staged.fault(row, placed.fault)
            continue
        row.geometry = placed.geometry
        if row.faulty and row.geometry is None:
            continue  # the coordinate's own fault has been told
        faults = _shape_faults(row)
        for fault in faults:
            staged.fault(row, fault)
        if not faults and cities and row.geometry is not None:
            _turned(row, cities, staged)


def _shape_faults(row: Row) -> list[Fault]:
    if row.target in Kind.__members__.values():
        return geometry_faults(Kind(row.target), row.geometry)
    if row.geometry is None or row.geometry.is_empty:
        return [Fault("geometry", None, "geometry.empty", "POLYGON")]
    allowed = AREA_SHAPES if row.target == "area" else {"Point"}
    if row.geometry.geom_type not in allowed:
        return [Fault("geometry", row.geometry.geom_type, "geometry.type", " | ".join(sorted(allowed)))]
    return []


def _turned(row: Row, cities: list[Any], staged: Staged) -> None:
    """Latitude before longitude, where the turned point lies in a registered city and the sent one in none."""
    point = row.geometry
    if point is None or point.geom_type != "Point" or any(city.intersects(point) for city in cities):
        return
    if any(city.intersects(Point(point.y, point.x)) for city in cities):
        shown = f"{point.x:.6g} {point.y:.6g}"
        staged.fault(row, Fault("geometry", shown, "crs.swapped", f"{point.y:.6g} {point.x:.6g}"))


def kind_values(row: Row) -> dict[str, Any]:
    """Values of the kind's own fields."""
    return {name: value for name, value in row.values.items() if name not in (*OWN, *LINKS)}
