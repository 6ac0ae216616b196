"""Counts of people onto the cells of a grid, so that no one is lost or counted twice. Pure.

Polygons go to the dwellings known inside them (dasymetric mapping), or evenly over the polygon when none are known;
rasters go by parts of their cells, points to the cell they lie in. Sums agree to 1e-6 of the total: ``outside`` counts
what falls beside the grid, everything else is on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from pyproj import Transformer
from shapely.geometry import box
from shapely.geometry.base import BaseGeometry

from infra_registry.coverage.grids.frame import Frame

WGS84 = "EPSG:4326"
LEAF_CELLS = 64  # windows this small are cut cell by cell
MOST_PEOPLE = 1e9  # a cell or row with more is a mistake
MOST_PARTS = 60_000_000  # parts of raster cells looked at; beyond, cells are cut more coarsely
PARTS_AT_ONCE = 2_000_000

Counts = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Zone:
    """A polygon in EPSG:4326 with the people who live in it."""

    people: float
    geometry: BaseGeometry


@dataclass(frozen=True, slots=True)
class Dwellings:
    """Places with a number of households, in EPSG:4326: where people of a zone live."""

    lon: Counts
    lat: Counts
    households: Counts


@dataclass(frozen=True, slots=True)
class Spread:
    """People per cell, those beside the grid, and how many were spread by dwellings and how many evenly."""

    people: Counts
    outside: float = 0.0
    by_dwellings: float = 0.0
    evenly: float = 0.0
    zones_by_dwellings: int = 0
    zones_evenly: int = 0


def spread_points(lon: Counts, lat: Counts, people: Counts, grid: Frame) -> Spread:
    """Each point's people to the cell it lies in."""
    row, col = _cells(grid, *_projected(grid, lon, lat))
    return Spread(*_bins(grid, row, col, people))


def spread_zones(
    zones: Sequence[Zone],
    grid: Frame,
    dwellings: Dwellings | None = None,
    *,
    most_per_household: float = np.inf,
) -> Spread:
    """Each zone's people over the cells it covers: by households where some are known in it, else by area.

    A household takes ``most_per_household`` people at most; what is left of the zone's count is spread by area.
    """
    total = np.zeros((grid.rows, grid.cols))
    outside = by_dwellings = evenly = 0.0
    number_by_dwellings = number_evenly = 0
    dwelling_grid = _Homes(grid, dwellings) if dwellings is not None and len(dwellings.lon) else None
    to_grid = Transformer.from_crs(WGS84, f"EPSG:{grid.epsg}", always_xy=True)
    for zone in zones:
        shape = shapely.transform(zone.geometry, lambda xy: np.column_stack(to_grid.transform(*xy.T)))
        rest = zone.people
        homes = dwelling_grid.inside(shape) if dwelling_grid else None
        if homes is not None:
            row, col, households = homes
            placed = min(zone.people, households.sum() * most_per_household)
            counted, missed = _bins(grid, row, col, households * (placed / households.sum()))
            total += counted
            outside += missed
            by_dwellings += placed
            number_by_dwellings += 1
            rest = zone.people - placed
        if rest > 0:
            outside += _add_evenly(total, shape, rest, grid)
            evenly += rest
            number_evenly += 1
    return Spread(total, outside, by_dwellings, evenly, number_by_dwellings, number_evenly)


class _Homes:
    """Dwellings on the grid's plane, found by polygon."""

    def __init__(self, grid: Frame, dwellings: Dwellings) -> None:
        x, y = _projected(grid, dwellings.lon, dwellings.lat)
        self.households = dwellings.households
        self.row, self.col = _cells(grid, x, y)
        self.tree = shapely.STRtree(shapely.points(x, y))

    def inside(self, shape: BaseGeometry) -> tuple[NDArray[Any], NDArray[Any], Counts] | None:
        """Cells and numbers of the households in a polygon; None when there are none."""
        inside = np.sort(self.tree.query(shape, predicate="intersects"))
        weight = self.households[inside]
        if weight.sum() <= 0:
            return None
        return self.row[inside], self.col[inside], weight


def _add_evenly(total: Counts, shape: BaseGeometry, people: float, grid: Frame) -> float:
    """Add people by area to the cells a polygon covers; how many of them fell beside the grid."""
    if shape.area <= 0:
        return people
    west, south, east, north = shape.bounds
    col0, row0 = ~grid.transform @ (west, north)
    col1, row1 = ~grid.transform @ (east, south)
    top, bottom = max(0, int(np.floor(row0))), min(grid.rows, int(np.ceil(row1)))
    left, right = max(0, int(np.floor(col0))), min(grid.cols, int(np.ceil(col1)))
    if bottom <= top or right <= left:
        return people
    covered = np.zeros((bottom - top, right - left))
    _cover(covered, shape, (0, bottom - top, 0, right - left), grid.transform @ Affine.translation(left, top))
    inside = covered.sum()
    if inside <= 0:
        return people
    whole = row0 >= 0 and col0 >= 0 and row1 <= grid.rows and col1 <= grid.cols
    share = 1.0 if whole else min(1.0, inside / shape.area)
    total[top:bottom, left:right] += covered * (people * share / inside)
    return people * (1.0 - share)


def _cover(covered: Counts, shape: BaseGeometry, window: tuple[int, int, int, int], place: Affine) -> None:
    """Fill the area of the polygon in each cell of a window, halving it until it is all in, all out or small."""
    top, bottom, left, right = window
    (west, north), (east, south) = place @ (left, top), place @ (right, bottom)
    part = shapely.intersection(shape, box(west, south, east, north))  # clip_by_rect loses equal edges
    if part.is_empty or part.area <= 0:
        return
    full = (east - west) * (north - south)
    if part.area >= full * (1 - 1e-12):
        covered[top:bottom, left:right] = full / ((bottom - top) * (right - left))
        return
    if (bottom - top) * (right - left) <= LEAF_CELLS:
        rows, cols = np.mgrid[top:bottom, left:right]
        boxes = shapely.box(*_at(place, cols, rows + 1), *_at(place, cols + 1, rows))
        covered[top:bottom, left:right] = shapely.area(shapely.intersection(boxes, part))
    elif bottom - top >= right - left:
        middle = (top + bottom) // 2
        _cover(covered, part, (top, middle, left, right), place)
        _cover(covered, part, (middle, bottom, left, right), place)
    else:
        middle = (left + right) // 2
        _cover(covered, part, (top, bottom, left, middle), place)
        _cover(covered, part, (top, bottom, middle, right), place)


def spread_raster(values: Counts, transform: Affine, crs: str, grid: Frame) -> Spread:
    """Each raster cell's people over the grid, by parts of the cell small against a grid cell.

    NaN, negative and impossible values count nothing. A cell's corners are projected and its parts laid between them.
    """
    row, col = np.nonzero((values > 0) & (values <= MOST_PEOPLE))
    people = values[row, col]
    total = np.zeros((grid.rows, grid.cols))
    if not len(people):
        return Spread(total)
    corners = _corners(row, col, transform, crs, grid)
    # Parts a third of a grid cell wide put nobody further than that from where an exact cut would.
    side = np.sqrt(abs(_quad_area(corners[:, : min(len(row), 1000)]).mean()))
    parts = max(2, int(np.ceil(3 * side / abs(grid.transform.a))))
    parts = max(1, min(parts, int(np.sqrt(MOST_PARTS / len(row)))))
    outside = 0.0
    at_once = max(1, PARTS_AT_ONCE // parts**2)
    for begin in range(0, len(people), at_once):
        cut = slice(begin, begin + at_once)
        x, y = _laid(corners[:, cut], parts)
        rows, cols = _cells(grid, x, y)
        counted, missed = _bins(grid, rows, cols, np.repeat(people[cut] / parts**2, parts**2))
        total += counted
        outside += missed
    return Spread(total, outside)


def _corners(row: NDArray[Any], col: NDArray[Any], place: Affine, crs: str, grid: Frame) -> Counts:
    """x and y of the four corners of cells on the grid's plane: shape (8, cells)."""
    to_grid = Transformer.from_crs(crs, f"EPSG:{grid.epsg}", always_xy=True)
    corners: list[Counts] = []
    for down, right in ((0, 0), (0, 1), (1, 1), (1, 0)):
        corners += to_grid.transform(*_at(place, (col + right).astype(float), (row + down).astype(float)))
    return np.array(corners)


def _at(place: Affine, col: Counts, row: Counts) -> tuple[Counts, Counts]:
    """Affine place of arrays of columns and rows."""
    return place.a * col + place.b * row + place.c, place.d * col + place.e * row + place.f


def _quad_area(corners: Counts) -> Counts:
    x, y = corners[0::2], corners[1::2]
    area: Counts = 0.5 * (x * np.roll(y, -1, 0) - np.roll(x, -1, 0) * y).sum(0)
    return area


def _laid(corners: Counts, parts: int) -> tuple[Counts, Counts]:
    """Middles of parts × parts pieces of each cell, between its corners."""
    step = (np.arange(parts) + 0.5) / parts
    u, v = (side.ravel() for side in np.meshgrid(step, step))
    weight = np.array([(1 - u) * (1 - v), u * (1 - v), u * v, (1 - u) * v])
    return (corners[0::2].T @ weight).ravel(), (corners[1::2].T @ weight).ravel()


def settle(people: Counts, mask: NDArray[np.bool_]) -> Counts:
    """Move people of cells beside the mask to the nearest cell of it: a border's cells count whole or not at all."""
    from scipy.ndimage import distance_transform_edt

    stray = (people > 0) & ~mask
    if not stray.any() or not mask.any():
        return people
    row, col = distance_transform_edt(~mask, return_distances=False, return_indices=True)[:, stray]
    moved = np.where(mask, people, 0.0)
    np.add.at(moved, (row, col), people[stray])
    return moved


def _projected(grid: Frame, lon: Counts, lat: Counts) -> tuple[Counts, Counts]:
    x, y = Transformer.from_crs(WGS84, f"EPSG:{grid.epsg}", always_xy=True).transform(lon, lat)
    return np.asarray(x, float), np.asarray(y, float)


def _cells(grid: Frame, x: Counts, y: Counts) -> tuple[NDArray[Any], NDArray[Any]]:
    """Row and column of points; -1 where they are beside the grid or nowhere."""
    col, row = _at(~grid.transform, x, y)
    inside = (row >= 0) & (row < grid.rows) & (col >= 0) & (col < grid.cols)
    return (
        np.where(inside, np.floor(np.where(inside, row, 0)), -1).astype(np.int64),
        np.where(inside, np.floor(np.where(inside, col, 0)), -1).astype(np.int64),
    )


def _bins(grid: Frame, row: NDArray[Any], col: NDArray[Any], people: Counts) -> tuple[Counts, float]:
    inside = row >= 0
    counted: Counts = np.bincount(
        row[inside] * grid.cols + col[inside], people[inside], grid.rows * grid.cols
    ).astype(float)
    return counted.reshape(grid.rows, grid.cols), float(people[~inside].sum())
