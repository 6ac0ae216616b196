"""Rasters of people and of heights before they are kept: what they hold, what cannot be meant, what they cover."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod, Transformer
from shapely.geometry.base import BaseGeometry

from infra_registry.coverage.demand.findings import MOST_LISTED, Finding, Findings
from infra_registry.coverage.demand.spreading import MOST_PEOPLE
from infra_registry.coverage.demand.terrain import plausible
from infra_registry.formats.raster import RasterCaps, RasterInfo, describe, opened, placed, strips

if TYPE_CHECKING:
    from rasterio.windows import Window

CAPS = RasterCaps(max_bytes=512 << 20, max_pixels=500_000_000, max_bands=16)
GEOD = Geod(ellps="WGS84")
ENOUGH = 0.999
CELL_M = (0.01, 1e5)


@dataclass(frozen=True, slots=True)
class People:
    """A raster of people: sum of all counted cells, of those whose centre lies in the area, number of nodata cells."""

    info: RasterInfo
    people: float
    inside: float
    counted: int
    nodata: int


def read_people(path: Path, outline: BaseGeometry, findings: Findings) -> People:
    """Look at every cell: nodata counts nothing, NaN, infinite and negative cells are findings and count nothing."""
    info = _described(path, outline, findings)
    there = Transformer.from_crs("EPSG:4326", info.crs, always_xy=True)
    area = shapely.transform(outline, lambda xy: np.column_stack(there.transform(*xy.T)))
    people = inside = 0.0
    counted = nodata = 0
    with opened(path, caps=CAPS) as source:
        for window in strips(source):
            values, hidden = _cells(source, window)
            nodata += int(hidden.sum())
            _odd(findings, "demand.cell_nan", values, ~np.isfinite(values) & ~hidden, window)
            _odd(findings, "demand.cell_negative", values, (values < 0) & ~hidden, window)
            too_many = (values > MOST_PEOPLE) & np.isfinite(values) & ~hidden
            _odd(findings, "demand.too_many", values, too_many, window)
            good = (values > 0) & (values <= MOST_PEOPLE) & ~hidden
            counted += int(good.sum())
            people += float(values[good].sum())
            inside += float(values[good & _within(area, source, window)].sum())
    if nodata:
        findings.add(Finding("demand.cells_nodata", "note", value=str(nodata)), 1)
    if info.rows and len(info.names) > 1:
        findings.add(Finding("demand.bands", "note", value=str(len(info.names)), expected=info.names[0]))
    return People(info, people, inside, counted, nodata)


def read_heights(path: Path, outline: BaseGeometry, findings: Findings) -> RasterInfo:
    """A raster of heights; heights no place on land or sea floor has are findings, none at all an error."""
    info, plausible_count = _described(path, outline, findings), 0
    with opened(path, caps=CAPS) as source:
        for window in strips(source):
            values, hidden = _cells(source, window)
            _odd(findings, "demand.cell_nan", values, ~np.isfinite(values) & ~hidden, window)
            finite = np.isfinite(values) & ~hidden
            _odd(findings, "demand.height", values, finite & ~plausible(values), window)
            plausible_count += int((finite & plausible(values)).sum())
    if not plausible_count:
        findings.add(Finding("demand.no_heights", "error"))
    return info


def _described(path: Path, outline: BaseGeometry, findings: Findings) -> RasterInfo:
    info = describe(path, caps=CAPS)
    if not CELL_M[0] <= info.cell_m <= CELL_M[1]:
        findings.add(
            Finding("demand.cell_size", "error", value=f"{info.cell_m:.6g}", expected="0.01 … 100000")
        )
    share = outline.intersection(shapely.make_valid(info.covers)).area / outline.area
    if share <= 0:
        findings.add(Finding("demand.nothing_inside", "error"))
    elif share < ENOUGH:
        findings.add(Finding("demand.short", "note", value=f"{share * 100:.1f}"))
    return info


def _cells(source: Any, window: "Window") -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Values as they stand in the file, and where the file says there is none."""
    values = source.read(1, window=window).astype(np.float64)
    return values, source.read_masks(1, window=window) == 0


def _odd(
    findings: Findings, code: str, values: NDArray[np.float64], where: NDArray[np.bool_], window: "Window"
) -> None:
    """Note cells as findings by row and column of the file, from 1."""
    times = int(where.sum())
    if times:
        top, left = int(window.row_off) + 1, int(window.col_off) + 1
        rows, cols = (index[:MOST_LISTED] for index in np.nonzero(where))
        listed = [
            Finding(code, "warning", f"{row + top}:{col + left}", "1", f"{values[row, col]:.6g}", "≥ 0")
            for row, col in zip(rows.tolist(), cols.tolist(), strict=True)
        ]
        findings.many(listed, times)


def _within(area: BaseGeometry, source: Any, window: "Window") -> NDArray[np.bool_]:
    from rasterio.features import geometry_mask

    shape = (int(window.height), int(window.width))
    inside: NDArray[np.bool_] = geometry_mask([area], shape, placed(source, window), invert=True)
    return inside
