"""Outlines from files and packages, and writing them as areas with boundaries."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union
from sqlalchemy import Connection

from infra_registry.areas import store
from infra_registry.areas.model import EVER, AreaDraft, Inhabited, SourceDraft
from infra_registry.areas.shapes import mended
from infra_registry.errors import RegistryError

if TYPE_CHECKING:
    import geopandas

MAX_FEATURES = 20_000


@dataclass(frozen=True, slots=True)
class Outline:
    """A named shape in EPSG:4326 as a source gives it."""

    code: str
    name: str
    level: str
    geometry: BaseGeometry
    name_en: str | None = None
    parent_code: str | None = None
    population: int | None = None


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of a file hold what."""

    code: str
    name: str
    name_en: str | None = None
    population: str | None = None


def read(path: Path, columns: Columns, level: str, crs: str | None = None) -> list[Outline]:
    """Outlines of a vector file. ``crs`` (``EPSG:n``) overrides what the file says of itself.

    Raises RegistryError ``areas.file`` (unreadable), ``areas.no_column``, ``areas.no_crs``, ``areas.too_many``.
    """
    frame = _frame(path, crs)
    for name in (columns.code, columns.name, columns.name_en, columns.population):
        if name is not None and name not in frame.columns:
            listed = ", ".join(str(column) for column in frame.columns if column != frame.geometry.name)
            raise RegistryError("areas.no_column", value=name, expected=listed)
    shape = frame.geometry.name
    outlines = [
        Outline(
            _text(row[columns.code]) or "",
            _text(row[columns.name]) or _text(row[columns.code]) or "",
            level,
            row[shape],
            name_en=_text(row[columns.name_en]) if columns.name_en else None,
            population=_count(row[columns.population]) if columns.population else None,
        )
        for row in frame.to_dict("records")
        if row[shape] is not None
    ]
    return [outline for outline in outlines if outline.code]


def read_one(path: Path, outline: Outline, crs: str | None = None) -> list[Outline]:
    """All shapes of a file as one area, for files that name nothing; ``outline`` says what it is called."""
    shapes = [shape for shape in _frame(path, crs).geometry if shape is not None]
    return [replace(outline, geometry=unary_union([mended(shape) for shape in shapes]))]


def write(
    connection: Connection,
    outlines: Sequence[Outline],
    *,
    source: SourceDraft,
    scheme: str,
    template: AreaDraft | None = None,
    valid_from: date = EVER,
) -> Iterator[tuple[Outline, int, bool]]:
    """Write outlines as areas, one by one: the outline, its area id, and whether its boundary is new.

    Parents named by code are looked up in the same scheme; ``template`` gives parent and time zone to those
    without. Raises NotFound ``area.not_found`` for a parent that is not registered.
    """
    source_id = store.put_source(connection, source)
    base = template or AreaDraft(scheme=scheme, code="", name="", level="zone")
    for outline in outlines:
        existing = store.find(connection, outline.code, scheme)
        draft = replace(
            base,
            scheme=scheme,
            code=outline.code,
            name=outline.name,
            level=outline.level,
            name_en=outline.name_en or (existing.name_en if existing else None),
            population=outline.population or (existing.population if existing else None),
            parent_id=_parent(connection, outline, scheme) or base.parent_id,
            source_id=source_id,
        )
        area_id = store.put_area(connection, draft)
        fresh = store.put_boundary(
            connection, area_id, outline.geometry, valid_from=valid_from, source_id=source_id
        )
        yield outline, area_id, fresh


def _parent(connection: Connection, outline: Outline, scheme: str) -> int | None:
    if outline.parent_code is None:
        return None
    return store.needed(connection, outline.parent_code, scheme).id


def read_people(
    path: Path, column: str, area_id: int, source_id: int, crs: str | None = None
) -> list[Inhabited]:
    """Inhabited places of a vector file: a shape counts at a point on it. Raises as ``read`` does."""
    frame = _frame(path, crs)
    if column not in frame.columns:
        raise RegistryError("areas.no_column", value=column, expected=", ".join(map(str, frame.columns)))
    points = frame.geometry.representative_point()
    counts = [_count(value) for value in frame[column]]
    return [
        Inhabited(area_id, count, point, source_id=source_id)
        for count, point in zip(counts, points, strict=True)
        if count and point is not None and not point.is_empty
    ]


def _frame(path: Path, crs: str | None) -> "geopandas.GeoDataFrame":
    import geopandas

    try:
        frame = geopandas.read_file(path, rows=MAX_FEATURES + 1)
    except Exception as error:
        raise RegistryError("areas.file", value=path.name, reason=str(error)[:200]) from error
    if len(frame) > MAX_FEATURES:
        raise RegistryError("areas.too_many", expected=MAX_FEATURES)
    if crs:
        frame = frame.set_crs(crs, allow_override=True)
    if frame.crs is None:
        raise RegistryError("areas.no_crs", value=path.name)
    return frame.to_crs("EPSG:4326")


def _text(value: object) -> str | None:
    if value is None or value != value:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip() or None


def _count(value: object) -> int | None:
    shown = _text(value)
    if shown is None:
        return None
    try:
        number = int(float(shown))
    except ValueError as error:
        raise RegistryError("areas.not_count", value=shown[:40]) from error
    if not 0 <= number <= 2_000_000_000:
        raise RegistryError("areas.not_count", value=shown[:40])
    return number
