"""Heights along a path, for models that look at the ground, from the rasters loaded, and what those do not cover."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod, Transformer
from sqlalchemy import Connection

from infra_registry.coverage.demand import store
from infra_registry.coverage.demand.findings import Finding
from infra_registry.errors import Fault, Invalid
from infra_registry.files import Folder, path_of
from infra_registry.formats.errors import FormatError
from infra_registry.formats.raster import Piece, read_window

GEOD = Geod(ellps="WGS84")
MOST_POINTS = 20_000
LEAST_STEP_M = 1.0
HEIGHTS_M = (-500.0, 9000.0)


@dataclass(frozen=True, slots=True)
class TerrainProfile:
    """Heights (m) at even steps along a geodesic from one end to the other; NaN where no raster knows the ground.

    ``covered`` is true when every height is known; else ``finding`` says how much of the path is not.
    """

    distance_m: float
    step_m: float
    elevation_m: NDArray[np.float64]
    covered: bool
    rasters: tuple[str, ...]
    finding: Finding | None = None


def plausible(height_m: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which heights some place on land has; others count as unknown."""
    return (height_m >= HEIGHTS_M[0]) & (height_m <= HEIGHTS_M[1])


def terrain_profile(
    connection: Connection,
    files_dir: Path,
    start: tuple[float, float],
    end: tuple[float, float],
    step_m: float = 30.0,
) -> TerrainProfile:
    """The profile between two points (longitude, latitude), at steps of at most ``step_m``.

    The raster loaded last is asked first, the ones before it fill its gaps. Heights between cells are bilinear. Raises
    Invalid ``demand.path`` for a path of no length, of no place, or of more than twenty thousand steps.
    """
    lon, lat, distance = _path(start, end, step_m)
    box = (float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max()))
    heights, used = heights_at(store.terrain(connection, box), files_dir, lon, lat)
    unknown = int(np.isnan(heights).sum())
    finding = None
    if unknown:
        share = f"{100 * unknown / len(heights):.1f}"
        finding = Finding("demand.no_height", "warning", "", "terrain", share, "0")
    return TerrainProfile(distance, distance / (len(lon) - 1), heights, unknown == 0, tuple(used), finding)


def _path(
    start: tuple[float, float], end: tuple[float, float], step_m: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    numbers = np.array([*start, *end, step_m], float)
    sane = np.isfinite(numbers).all() and step_m >= LEAST_STEP_M
    if not sane or max(abs(start[0]), abs(end[0])) > 180 or max(abs(start[1]), abs(end[1])) > 90:
        raise Invalid([Fault("path", f"{start} {end} {step_m}", "demand.path", f"≤ {MOST_POINTS}")])
    distance = float(GEOD.inv(*start, *end)[2])
    steps = int(np.ceil(distance / step_m))
    if not 0 < steps <= MOST_POINTS:
        raise Invalid([Fault("path", f"{distance:.0f} m", "demand.path", f"≤ {MOST_POINTS}")])
    between = GEOD.npts(*start, *end, steps - 1) if steps > 1 else []
    lon, lat = np.array([start, *between, end], float).T
    return lon, lat, distance


def heights_at(
    rows: Sequence[Any], files_dir: Path, lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> tuple[NDArray[np.float64], list[str]]:
    """Heights at points from rows of ``store.terrain`` in their order, and the codes of those used; NaN: unknown."""
    heights = np.full(len(lon), np.nan)
    used: list[str] = []
    for row in rows:
        missing = np.flatnonzero(np.isnan(heights))
        if not len(missing):
            break
        read_m = _split(path_of(files_dir, Folder.RASTERS, row.digest), lon[missing], lat[missing])
        if np.isfinite(read_m).any():
            heights[missing] = read_m
            used.append(row.code)
    return heights, used


def _split(path: Path, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Heights of a raster; where the window over all points would be too large, over halves of them."""
    try:
        return sample(path, lon, lat)
    except FormatError as error:
        if error.code != "raster.too_many_pixels" or len(lon) < 2:
            raise
    half = len(lon) // 2
    return np.concatenate([_split(path, lon[:half], lat[:half]), _split(path, lon[half:], lat[half:])])


def sample(path: Path, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Heights of a raster at points, bilinear between cell centres; NaN beside it and where it has none."""
    margin = 0.002
    box = (lon.min() - margin, lat.min() - margin, lon.max() + margin, lat.max() + margin)
    piece = read_window(path, box)
    if piece is None:
        return np.full(len(lon), np.nan)
    piece = replace(piece, values=np.where(plausible(piece.values), piece.values, np.nan))
    x, y = Transformer.from_crs("EPSG:4326", piece.crs, always_xy=True).transform(lon, lat)
    return _bilinear(piece, np.asarray(x, float), np.asarray(y, float))


def _bilinear(piece: Piece, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    rows, cols = piece.values.shape
    back = ~piece.transform
    col, row = back.a * x + back.b * y + back.c, back.d * x + back.e * y + back.f
    inside = (col >= 0) & (col <= cols) & (row >= 0) & (row <= rows)
    # Centres of cells carry the heights; within half a cell of the edge the outermost one holds.
    col, row = np.clip(col - 0.5, 0, cols - 1), np.clip(row - 0.5, 0, rows - 1)
    col, row = np.where(inside, col, 0), np.where(inside, row, 0)
    left, top = np.floor(col).astype(int), np.floor(row).astype(int)
    right, below = np.minimum(left + 1, cols - 1), np.minimum(top + 1, rows - 1)
    u, v = col - left, row - top
    total, weight = np.zeros(len(x)), np.zeros(len(x))
    for line, at, share in (
        (top, left, (1 - u) * (1 - v)),
        (top, right, u * (1 - v)),
        (below, left, (1 - u) * v),
        (below, right, u * v),
    ):
        value = piece.values[line, at]
        good = np.isfinite(value)
        total += np.where(good, value * share, 0.0)
        weight += np.where(good, share, 0.0)
    # A height is known where the nearest of the four is: nodata next door does not hide it.
    nearest = np.isfinite(piece.values[np.rint(row).astype(int), np.rint(col).astype(int)])
    usable = inside & nearest & (weight > 0)
    return np.where(usable, total / np.where(usable, weight, 1.0), np.nan)
