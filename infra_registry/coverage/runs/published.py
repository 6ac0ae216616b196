"""The published edition on quad cells: what of a grid may leave it. Pure.

Its stations stand at the middle of their quad cell, all sides alike, with the defaults of their technology, so that
nothing here depends on where in its cell a station stands. A quad cell takes the class most of its grid cells have,
the lower one on a tie; people are told only of quad cells with enough of them,
in round numbers.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyproj
import shapely
from affine import Affine
from numpy.typing import NDArray

from infra_registry.formats.mercator import HALF, middle, tiles_of, to_degrees, to_metres

# Published classes stand on web-mercator quad cells of this zoom: the level `cell` of places.
PUBLIC_ZOOM = 15
STRIP = 512
SIDE = 1 << PUBLIC_ZOOM
WIDTH = 2 * HALF / SIDE


class Frame(Protocol):
    """The grid of a run, as far as its cells are laid on quad cells."""

    @property
    def epsg(self) -> int:
        """Code of the projected CRS."""

    @property
    def cols(self) -> int:
        """Number of columns."""

    def centres(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """x of every column and y of every row (m)."""


@dataclass(frozen=True, slots=True, eq=False)
class Quads:
    """The quad cells under an area: ``cols`` × ``rows`` from (``x0``, ``y0``); ``of`` the one of each grid cell in it.

    ``count`` is how many grid cells of the area each has, ``district`` the index most of them have (-1 none).
    """

    x0: int
    y0: int
    cols: int
    rows: int
    of: NDArray[np.int32]
    count: NDArray[np.int64]
    district: NDArray[np.int16]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of quad cells."""
        return self.rows, self.cols

    @property
    def transform(self) -> Affine:
        """From column and row to web-mercator metres."""
        return Affine(WIDTH, 0.0, self.x0 * WIDTH - HALF, 0.0, -WIDTH, HALF - self.y0 * WIDTH)

    def to_4326(self, geometry: Any) -> Any:
        """A geometry of the quad grid in degrees."""
        return shapely.transform(geometry, lambda xy: np.column_stack(to_degrees(*xy.T)))

    def project(self, geometry: Any) -> Any:
        """A geometry in degrees on the quad grid."""
        return shapely.transform(geometry, lambda xy: np.column_stack(to_metres(*xy.T)))

    def flat(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int64]:
        """Flat index of the quad cell of each point; -1 outside."""
        x, y = quad_of(lon, lat)
        column, row = (x - self.x0) % SIDE, y - self.y0
        here = (column < self.cols) & (row >= 0) & (row < self.rows)
        return np.where(here, row * self.cols + column, -1)

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Which quad cells hold any of the area (flat)."""
        return self.count > 0


def quad_of(
    lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Column and row of the quad cell of the published zoom each point lies in."""
    x, y = tiles_of(lon, lat, PUBLIC_ZOOM)
    return x % SIDE, np.clip(y, 0, SIDE - 1)


def middle_of(x: int, y: int) -> tuple[float, float]:
    """Longitude and latitude of the middle of a quad cell, as places are blurred to it."""
    return middle(x, y, PUBLIC_ZOOM)


def quads(frame: Frame, cells: NDArray[np.int64], district: NDArray[np.int16]) -> Quads:
    """The quad cells under the grid cells of an area (flat indices); ``district`` is the index of each of them."""
    there = pyproj.Transformer.from_crs(frame.epsg, 4326, always_xy=True)
    x_m, y_m = frame.centres()
    x, y = np.empty(len(cells), np.int64), np.empty(len(cells), np.int64)
    for start in range(0, len(cells), STRIP * STRIP):
        part = cells[start : start + STRIP * STRIP]
        row, col = np.divmod(part, frame.cols)
        lon, lat = there.transform(x_m[col], y_m[row])
        x[start : start + len(part)], y[start : start + len(part)] = quad_of(lon, lat)
    if not len(cells):
        return Quads(0, 0, 0, 0, np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros(0, np.int16))
    west = _west(x)
    column, y0 = (x - west) % SIDE, int(y.min())
    cols, rows = int(column.max()) + 1, int(y.max()) - y0 + 1
    of = ((y - y0) * cols + column).astype(np.int32)
    count = np.bincount(of, minlength=cols * rows)
    return Quads(west, y0, cols, rows, of, count, _most(of, district + 1, cols * rows) - np.int16(1))


def majority(grid: Quads, values: NDArray[np.uint8]) -> NDArray[np.int16]:
    """The value most grid cells of each quad cell have, the lower on a tie; -1 where none of the area is."""
    most = _most(grid.of, values, len(grid.count))
    return np.where(grid.inside, most, np.int16(-1))


def rounded_people(grid: Quads, people: NDArray[np.float32], few: int) -> NDArray[np.float64]:
    """People per quad cell in multiples of ``few``, none where there are fewer.

    Runs of a city and of its districts, or of two grids, cut a quad cell differently: between whole numbers the
    difference of two would tell the few people who live in what was cut off.
    """
    total = np.round(np.bincount(grid.of, weights=people, minlength=len(grid.count)), 3)
    return np.where(total >= few, np.floor(total / few + 0.5) * few, 0.0)


def spread(grid: Quads, values: NDArray[np.float64]) -> NDArray[np.float32]:
    """Values of quad cells evenly over their grid cells of the area."""
    share = values / np.maximum(grid.count, 1)
    return share[grid.of].astype(np.float32)


def places(grid: Quads, values: NDArray[np.int16]) -> list[tuple[int, int, int]]:
    """Column, row and value of every quad cell of the area, in order."""
    cells = np.flatnonzero(grid.inside)
    row, col = np.divmod(cells, max(grid.cols, 1))
    x, y = (grid.x0 + col) % SIDE, grid.y0 + row
    return list(zip(x.tolist(), y.tolist(), values[cells].tolist(), strict=True))


def _west(x: NDArray[np.int64]) -> int:
    """The western column; an area over the dateline begins at its eastern hemisphere."""
    if int(x.max()) - int(x.min()) <= SIDE // 2:
        return int(x.min())
    return int(x[x >= SIDE // 2].min())


def _most(of: NDArray[np.int32], values: NDArray[Any], quads_: int) -> NDArray[np.int16]:
    if not quads_:
        return np.zeros(0, np.int16)
    kinds = max(int(values.max()) + 1, 1) if len(values) else 1
    counted = np.bincount(of.astype(np.int64) * kinds + values, minlength=quads_ * kinds)
    return np.asarray(counted.reshape(quads_, kinds).argmax(axis=1), np.int16)
