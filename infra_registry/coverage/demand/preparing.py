"""From a file to the rows of a set, nothing written yet: population as a raster, points, zones or a total."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from infra_registry.areas.model import SourceDraft
from infra_registry.coverage.demand import raster_reading, reading
from infra_registry.coverage.demand.basis import Basis
from infra_registry.coverage.demand.findings import Finding, Findings
from infra_registry.coverage.demand.reading import Columns, Counted
from infra_registry.formats.raster import RasterInfo, is_tiff

MOST_ZONES = 50_000


@dataclass(frozen=True, slots=True)
class Upload:
    """A file and the sender's name for it; ``counts``: a table to be joined to it by (table column, layer column)."""

    path: Path
    name: str
    counts: Path | None = None
    keys: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Target:
    """For which area and from which source (else one is named after the file).

    ``spread``: the total of a table over the whole area. ``strict``: refuse when anything was left out.
    """

    area_code: str
    files_dir: Path
    source: SourceDraft | None = None
    counted_on: date | None = None
    dry_run: bool = False
    spread: bool = False
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """A set ready to be written."""

    kind: str
    rows: list[dict[str, Any]]
    items: int
    people: float | None
    basis: tuple[Basis, ...] = ()
    metres: float | None = None
    raster: bool = False


@dataclass(slots=True)
class Load:
    """A load on its way."""

    area: Any
    outline: BaseGeometry
    upload: Upload
    target: Target
    findings: Findings = field(default_factory=Findings)


def population(load: Load, columns: Columns) -> Prepared:
    """People from a GeoTIFF, points, polygons, a table joined to polygons, or a total spread over the area."""
    if is_tiff(load.upload.path):
        return _raster(load)
    return _spread(load, columns) if load.target.spread else _counted(load, columns)


def roads(load: Load, columns: Columns) -> Prepared:
    """Roads of a layer of lines that touch the area; the others are left out with a finding."""
    lines = reading.lines_of(reading.part_of(load.upload.path, load.upload.name), columns, load.findings)
    near = shapely.intersects(load.outline, [line["geom"] for line in lines]) if lines else []
    rows = [line for line, inside in zip(lines, near, strict=True) if inside]
    _beside(load, len(lines) - len(rows), bool(rows))
    metres = sum(float(raster_reading.GEOD.geometry_length(row["geom"])) for row in rows)
    return Prepared("roads", rows, len(rows), None, metres=metres)


def terrain(load: Load, _: Columns) -> Prepared:
    """Heights of a raster; one smaller than the area is taken with a finding."""
    info = raster_reading.read_heights(load.upload.path, load.outline, load.findings)
    return Prepared("terrain", [_raster_row("terrain", info, None)], 1, None, raster=True)


KINDS: Mapping[str, Callable[[Load, Columns], Prepared]] = {
    "population": population,
    "roads": roads,
    "terrain": terrain,
}


def _raster(load: Load) -> Prepared:
    raster = raster_reading.read_people(load.upload.path, load.outline, load.findings)
    row = _raster_row("population", raster.info, raster.people)
    if not load.findings.faulty and raster.inside <= 0:
        load.findings.add(Finding("demand.nothing_inside" if raster.counted else "demand.nobody", "error"))
    params = {"cells": raster.counted, "nodata": raster.nodata, "people": round(raster.people)}
    basis = Basis("demand.read.raster", params)
    return Prepared("raster", [row], raster.counted, raster.inside, (basis,), raster=True)


def _raster_row(role: str, info: RasterInfo, people: float | None) -> dict[str, Any]:
    row = {"role": role, "crs": info.crs, "resolution_m": info.cell_m, "covers": info.covers}
    return row | {"people": people}


def _spread(load: Load, columns: Columns) -> Prepared:
    """The total of a table as one zone: the area itself."""
    part = reading.part_of(load.upload.path, load.upload.name, columns.header_row)
    total = reading.total_of(part, columns, load.findings)
    if not total.used:
        load.findings.add(Finding("demand.nothing_counted", "error", field=columns.people))
    basis = Basis(
        "demand.basis.spread",
        {
            **asdict(total),
            "file": load.upload.name,
            "column": columns.people,
            "people": round(total.people),
            "only": "; ".join(f"{name} = {value}" for name, value in columns.only) or "–",
        },
    )
    row = _zone(load, Counted(load.area.code, total.people, load.outline), basis)
    return Prepared("zones", [row], total.used, total.people, (basis,))


def _counted(load: Load, columns: Columns) -> Prepared:
    upload = load.upload
    part = reading.part_of(upload.path, upload.name, columns.header_row)
    if upload.counts is not None:
        table = reading.part_of(upload.counts, upload.counts.name, columns.header_row)
        part = reading.joined(table, part, upload.keys, columns.people, load.findings)
        columns = replace(columns, header_row=1)
    counted = reading.counted_of(part, columns, load.findings)
    near = shapely.intersects(load.outline, [item.geometry for item in counted]) if counted else []
    kept = [item for item, inside in zip(counted, near, strict=True) if inside]
    _beside(load, len(counted) - len(kept), bool(kept))
    zones = [item for item in kept if item.geometry.geom_type == "MultiPolygon"]
    if zones and len(zones) < len(kept):
        load.findings.add(Finding("demand.mixed", "error", value=str(len(kept) - len(zones))))
    if len(zones) > MOST_ZONES:
        load.findings.add(
            Finding("demand.too_many_zones", "error", value=str(len(zones)), expected=str(MOST_ZONES))
        )
    kind = "zones" if zones else "points"
    basis = Basis(f"demand.read.{kind}", {"file": upload.name, "column": columns.people})
    if zones:
        _overlaps(load, zones)
        rows = [_zone(load, item, basis) for item in zones]
    else:
        rows = _whole_people(load, kept, basis)
    return Prepared(kind, rows, len(rows), sum(item.people for item in kept), (basis,))


def _zone(load: Load, item: Counted, basis: Basis) -> dict[str, Any]:
    return {
        "ref": item.ref,
        "people": item.people,
        "counted_on": load.target.counted_on,
        "basis": basis.stored(),
        "geom": item.geometry,
    }


def _whole_people(load: Load, kept: Sequence[Counted], basis: Basis) -> list[dict[str, Any]]:
    """Points carry whole people; parts of them are carried on to the next point, so that the sum stands."""
    exact = np.array([item.people for item in kept])
    whole = np.diff(np.round(np.cumsum(exact)), prepend=0.0)
    parted = int(np.count_nonzero(exact != np.round(exact)))
    if parted:
        load.findings.add(Finding("demand.rounded", "note", value=str(parted)))
    return [
        {"ref": item.ref, "people": int(number), "basis": basis.stored(), "geom": item.geometry}
        for item, number in zip(kept, whole, strict=True)
        if number > 0
    ]


def _overlaps(load: Load, zones: Sequence[Counted]) -> None:
    """Zones that cover the same ground count its people twice: a finding, not mended."""
    shapes = [item.geometry for item in zones]
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = left < right
    first, second = np.array(shapes)[left[pairs]], np.array(shapes)[right[pairs]]
    smaller = np.minimum(shapely.area(first), shapely.area(second))
    shared = int((shapely.area(shapely.intersection(first, second)) > 0.01 * smaller).sum())
    if shared:
        load.findings.add(Finding("demand.overlap", "note", value=str(shared)))


def _beside(load: Load, count: int, some: bool) -> None:
    if count:
        load.findings.add(Finding("demand.beside", "warning", value=str(count)), count)
    if not some:
        load.findings.add(Finding("demand.nothing_inside", "error"))
