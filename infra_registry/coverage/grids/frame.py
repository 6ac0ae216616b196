"""The grid of a run: square cells in a projected CRS whose edges are multiples of the step from the CRS's origin.

Two frames of one CRS and step therefore always coincide, wherever they lie. Rows go north to south, columns west to
east; ``row0`` counts southwards from the origin, so the upper edge of row 0 lies at ``y = -row0 * step_m``.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyproj
import shapely
from affine import Affine
from numpy.typing import NDArray
from pyproj.exceptions import ProjError
from shapely.geometry.base import BaseGeometry

from infra_registry.coverage.grids.caps import Caps, caps
from infra_registry.errors import Fault, Invalid

# Edges longer than this (degrees) are cut before they are projected: a straight edge is then under 1 m off.
LONGEST_EDGE = 0.05


@dataclass(frozen=True, slots=True)
class Frame:
    """``rows`` × ``cols`` cells of ``step_m`` metres; ``col0`` and ``row0`` count cells from the origin of the CRS."""

    epsg: int
    step_m: int
    col0: int
    row0: int
    cols: int
    rows: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns, as numpy has it."""
        return self.rows, self.cols

    @property
    def cells(self) -> int:
        """How many cells there are."""
        return self.rows * self.cols

    @property
    def cell_m2(self) -> int:
        """Square metres of a cell on the map; on the ground within twice the scale error of the caps."""
        return self.step_m * self.step_m

    @property
    def transform(self) -> Affine:
        """From (column, row) to metres of the CRS, as rasters carry it."""
        step = float(self.step_m)
        return Affine(step, 0.0, self.col0 * step, 0.0, -step, -self.row0 * step)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in metres of the CRS."""
        step = float(self.step_m)
        west, north = self.col0 * step, -self.row0 * step
        return west, north - self.rows * step, west + self.cols * step, north

    @property
    def bounds_4326(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees; west is greater than east across the dateline."""
        west, south, east, north = _between(self.epsg, 4326).transform_bounds(*self.bounds, densify_pts=21)
        return west, south, east, north

    def centres(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """x of every column and y of every row (m)."""
        x = (self.col0 + np.arange(self.cols, dtype=np.float64) + 0.5) * self.step_m
        y = -(self.row0 + np.arange(self.rows, dtype=np.float64) + 0.5) * self.step_m
        return x, y

    def project(self, geometry: BaseGeometry) -> BaseGeometry:
        """A geometry in degrees (EPSG:4326, longitude first) in metres of the frame's CRS."""
        return _projected(geometry, self.epsg)

    def points(self, places: Sequence[tuple[float, float]] | NDArray[np.float64]) -> NDArray[np.float64]:
        """x and y in metres of the frame's CRS of longitudes and latitudes: shape (places, 2)."""
        if not len(places):
            return np.empty((0, 2))
        moved: NDArray[np.float64] = shapely.get_coordinates(self.project(shapely.multipoints(places)))
        return moved

    def to_4326(self, geometry: BaseGeometry) -> BaseGeometry:
        """A geometry in metres of the frame's CRS in degrees."""
        there = _between(self.epsg, 4326)
        moved: BaseGeometry = shapely.transform(geometry, lambda xy: np.column_stack(there.transform(*xy.T)))
        return moved

    def mask(self, geometry: BaseGeometry) -> NDArray[np.bool_]:
        """Which cells have their centre in a geometry given in degrees."""
        return self.covered([self.project(geometry)])

    def covered(self, shapes: Iterable[BaseGeometry], *, touched: bool = False) -> NDArray[np.bool_]:
        """Which cells have their centre in a shape in metres of the frame's CRS; ``touched``: those one touches."""
        from rasterio.features import rasterize

        drawn = [(shape, 1) for shape in shapes if not shape.is_empty]
        if not drawn:
            return np.zeros(self.shape, bool)
        burnt = rasterize(
            drawn, out_shape=self.shape, transform=self.transform, all_touched=touched, dtype="uint8"
        )
        return np.asarray(burnt, bool)

    def cells_of(self, x_m: NDArray[np.float64], y_m: NDArray[np.float64]) -> NDArray[np.int64]:
        """Flat index of the cell each point (m, CRS of the frame) lies in; -1 outside."""
        col = np.floor(np.asarray(x_m) / self.step_m).astype(np.int64) - self.col0
        row = np.floor(-np.asarray(y_m) / self.step_m).astype(np.int64) - self.row0
        inside = (col >= 0) & (col < self.cols) & (row >= 0) & (row < self.rows)
        return np.where(inside, row * self.cols + col, -1)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run would need: cells, station × cell pairs, bytes of memory, seconds on one core."""

    cells: int
    evaluations: int
    memory_bytes: int
    seconds: float


def frame_of(geometry_4326: BaseGeometry, step_m: int, *, epsg: int | None = None) -> Frame:
    """The frame around an area given in degrees; without ``epsg`` in the UTM zone of its centroid.

    An area over the edge of a zone stays in one zone as long as the scale is right within the caps; an area over the
    dateline is taken as one piece. Raises Invalid for a step out of bounds, coordinates that are none, an area at a
    pole, one too wide for one projection, and ``coverage.too_fine`` with the cost where there would be too many cells.
    """
    bounds = caps()
    _check_step(step_m, bounds)
    geometry = _in_one_piece(_checked(geometry_4326, bounds))
    chosen = epsg if epsg is not None else _utm(geometry)
    _check_scale(geometry, chosen, bounds)
    west, south, east, north = _projected(geometry, chosen).bounds
    col0, row0 = math.floor(west / step_m), math.floor(-north / step_m)
    cols, rows = math.ceil(east / step_m) - col0, math.ceil(-south / step_m) - row0
    frame = Frame(chosen, step_m, col0, row0, max(cols, 1), max(rows, 1))
    if frame.cells > bounds.most_cells:
        raise too_fine(frame, cost(frame), bounds)
    if step_m < bounds.least_step_m:
        raise _refuse("step_m", step_m, "coverage.step", f"{bounds.least_step_m}-{bounds.most_step_m}")
    return frame


def cost(frame: Frame, reaches_m: NDArray[np.float64] | None = None) -> Cost:
    """What computing a frame would need, for stations that reach so far (m) each, from speeds measured on one core."""
    speeds = caps()
    reaches = np.zeros(0) if reaches_m is None else np.asarray(reaches_m, np.float64)
    per_station = np.minimum(math.pi * (reaches / frame.step_m) ** 2, frame.cells)
    evaluations = int(per_station.sum())
    seconds = (
        evaluations / speeds.evaluations_per_second
        + frame.cells / speeds.cells_per_second
        + len(reaches) / speeds.stations_per_second
    )
    return Cost(
        frame.cells, evaluations, int(speeds.base_memory_bytes + frame.cells * speeds.bytes_per_cell), seconds
    )


def too_fine(frame: Frame, needed: Cost, bounds: Caps) -> Invalid:
    """The refusal of a grid with too many cells; its params say what it would have cost and what would be right."""
    least = math.ceil(frame.step_m * math.sqrt(frame.cells / bounds.most_cells))
    right = max(bounds.least_step_m, least)
    return Invalid(
        [Fault("step_m", frame.step_m, "coverage.step_too_fine", str(right))],
        "coverage.too_fine",
        step_m=frame.step_m,
        cells=needed.cells,
        gigabytes=round(needed.memory_bytes / 1e9, 1),
        hours=max(0.1, round(needed.seconds / 3600, 1)),
        most_cells=bounds.most_cells,
        right_m=right,
    )


def _refuse(field: str, value: Any, code: str, expected: str = "") -> Invalid:
    return Invalid([Fault(field, value, code, expected)], code, field=field, value=value, expected=expected)


def _check_step(step_m: int, bounds: Caps) -> None:
    whole = isinstance(step_m, int) and not isinstance(step_m, bool)
    if not whole or not 1 <= step_m <= bounds.most_step_m:
        raise _refuse("step_m", step_m, "coverage.step", f"{bounds.least_step_m}-{bounds.most_step_m}")


def _checked(geometry: BaseGeometry, bounds: Caps) -> BaseGeometry:
    if geometry is None or geometry.is_empty or geometry.geom_type not in ("Polygon", "MultiPolygon"):
        raise _refuse("area", None, "coverage.area_empty")
    coordinates = shapely.get_coordinates(geometry)
    if geometry.area == 0:
        raise _refuse("area", None, "coverage.area_empty")
    if not np.isfinite(coordinates).all():
        raise _refuse("area", None, "coverage.area_not_finite")
    if np.abs(coordinates[:, 0]).max() > 360 or np.abs(coordinates[:, 1]).max() > 90:
        raise _refuse("area", None, "coverage.area_not_degrees")
    if coordinates[:, 1].max() > bounds.most_latitude or coordinates[:, 1].min() < bounds.least_latitude:
        raise _refuse(
            "area", None, "coverage.area_at_pole", f"{bounds.least_latitude}-{bounds.most_latitude}"
        )
    return geometry


def _in_one_piece(geometry: BaseGeometry) -> BaseGeometry:
    """An area over the dateline with its western part moved east of 180°; any other as it is."""
    west, _, east, _ = geometry.bounds
    if east - west <= 180:
        return geometry
    moved: BaseGeometry = shapely.transform(
        geometry, lambda xy: xy + np.where(xy[:, :1] < 0, [360.0, 0.0], [0.0, 0.0])
    )
    if moved.area == 0:  # all round the globe
        raise _refuse("area", round(east - west, 4), "coverage.area_too_wide", "180")
    return moved


def _utm(geometry: BaseGeometry) -> int:
    """EPSG code of the UTM zone of the centroid (WGS 84)."""
    middle = geometry.centroid
    longitude = (middle.x + 180.0) % 360.0 - 180.0
    zone = min(int((longitude + 180.0) // 6.0) + 1, 60)
    return (32600 if middle.y >= 0 else 32700) + zone


def _check_scale(geometry: BaseGeometry, epsg: int, bounds: Caps) -> None:
    crs = _crs(epsg)
    west, south, east, north = geometry.bounds
    x = (np.linspace(west, east, 5) + 180.0) % 360.0 - 180.0
    lon, lat = (part.ravel() for part in np.meshgrid(x, np.linspace(south, north, 5)))
    try:
        factors = pyproj.Proj(crs).get_factors(lon, lat)
    except ProjError as cause:
        raise _refuse("area", epsg, "coverage.area_too_wide") from cause
    scales = np.concatenate([np.asarray(factors.meridional_scale), np.asarray(factors.parallel_scale)])
    worst = float(np.max(np.abs(scales - 1.0)))
    if not worst <= bounds.scale_error:
        raise _refuse("area", round(worst, 4), "coverage.area_too_wide", str(bounds.scale_error))


@lru_cache(maxsize=64)
def _crs(epsg: int) -> pyproj.CRS:
    try:
        crs = pyproj.CRS.from_epsg(epsg)
    except ProjError as cause:
        raise _refuse("epsg", epsg, "coverage.crs") from cause
    metres = all(axis.unit_conversion_factor == 1.0 for axis in crs.axis_info)
    if not crs.is_projected or not metres:
        raise _refuse("epsg", epsg, "coverage.crs")
    return crs


@lru_cache(maxsize=64)
def _between(source: int, target: int) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def _projected(geometry: BaseGeometry, epsg: int) -> BaseGeometry:
    _crs(epsg)
    there = _between(4326, epsg)
    cut = shapely.segmentize(geometry, LONGEST_EDGE) if geometry.length else geometry
    moved: BaseGeometry = shapely.transform(cut, lambda xy: np.column_stack(there.transform(*xy.T)))
    if not np.isfinite(shapely.get_coordinates(moved)).all():
        raise _refuse("area", epsg, "coverage.area_too_wide")
    return moved
