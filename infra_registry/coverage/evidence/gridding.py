"""Shapes and points of EPSG:4326 laid on a frame of cells, and which quad cell each cell falls into. No database."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from infra_registry.coverage.grids.frame import Frame
from infra_registry.formats.mercator import tiles_of


def covered(frame: Frame, geometries: Sequence[BaseGeometry], *, touched: bool = False) -> NDArray[np.bool_]:
    """Cells whose centre lies in one of the shapes (EPSG:4326); ``touched``: those it touches at all."""
    mover = _mover(4326, frame.epsg)
    shapes = (
        shapely.transform(geometry, lambda xy: np.column_stack(mover.transform(xy[:, 0], xy[:, 1])))
        for geometry in geometries
        if not geometry.is_empty
    )
    return frame.covered(shapes, touched=touched)


def counted(frame: Frame, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int32]:
    """How many of the points (degrees) lie in each cell; those outside the frame are left out."""
    cells = frame.cells_of(*frame.points(np.column_stack([lon, lat])).T)
    return np.bincount(cells[cells >= 0], minlength=frame.cells).reshape(frame.shape).astype(np.int32)


def centres_4326(frame: Frame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Longitude and latitude of every cell's centre, each as a grid."""
    columns, rows = np.meshgrid(np.arange(frame.cols) + 0.5, np.arange(frame.rows) + 0.5)
    x, y = frame.transform @ (columns, rows)
    lon, lat = _mover(frame.epsg, 4326).transform(x, y)
    return np.asarray(lon), np.asarray(lat)


def quads(frame: Frame, zoom: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Column and row of the web-mercator quad cell each cell's centre falls into, as the database counts them."""
    lon, lat = centres_4326(frame)
    size = 1 << zoom
    x, y = tiles_of(lon, np.clip(lat, -85.0511, 85.0511), zoom)
    return np.clip(x, 0, size - 1), np.clip(y, 0, size - 1)


@lru_cache(maxsize=32)
def _mover(source: int, target: int) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)
