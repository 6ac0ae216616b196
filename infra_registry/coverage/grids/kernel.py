"""The compiled kernel: best level and its station per cell of a tile.

Only sums, products, quotients, square roots and comparisons of IEEE numbers, in a stated order and without fused or
reordered operations, over differences of whole centimetres: a cell's level depends on the station and the cell alone,
so equal inputs give equal bits whatever the tiling, the engine and the number of workers, and a quarter turn of
everything turns the result. Angles come from a polynomial (error below 2e-5 rad), so no library's sine is asked.
Compiled when first called, without relaxed arithmetic, and kept where ``coverage.compiling`` says.
"""

import hashlib
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from infra_registry.coverage.compiling import compiled, inlined
from infra_registry.coverage.grids.frame import Frame
from infra_registry.coverage.grids.losses import FIRST, NEAREST_CM2, SHIFT
from infra_registry.coverage.grids.stations import OMNI, StationArrays
from infra_registry.coverage.grids.tiling import Tile
from infra_registry.coverage.grids.work import NO_LEVEL, NO_STATION, Keys, Levels

LANES = 16  # float32 of the widest vector register in use; rows of scratch are padded to it
# Columns of Prepared.terms.
EIRP, RISE, EAST, NORTH, TILT_SIN, TILT_COS, ACROSS, DOWN, TILT = range(9)

_FLOAT = np.float32
_ZERO, _FLOOR, _NEAR = _FLOAT(0.0), _FLOAT(30.0), _FLOAT(NEAREST_CM2)
_QUARTER, _HALF = _FLOAT(np.pi / 4.0), _FLOAT(np.pi)
# Keeps 0/0 away where a station stands at the very centre of a cell (cm).
_SPECK = _FLOAT(1e-3)
# Arc tangent on −1 … 1, Abramowitz and Stegun 4.4.49, error at most 1e-5.
_A1, _A3, _A5 = _FLOAT(0.9998660), _FLOAT(-0.3302995), _FLOAT(0.1801410)
_A7, _A9 = _FLOAT(-0.0851330), _FLOAT(0.0208351)
# Of the file as it was loaded, not as it may have become since.
_SOURCE = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:16]
_SHIFT, _FIRST = np.int32(SHIFT), np.int32(FIRST)


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """Stations as the kernel reads them; ascending ``key``."""

    key: NDArray[np.int32]
    x_cm: NDArray[np.int64]
    y_cm: NDArray[np.int64]
    reach_cm: NDArray[np.int64]
    terms: NDArray[np.float32]
    omni: NDArray[np.bool_]
    profile: NDArray[np.int32]

    def take(self, rows: NDArray[np.int64]) -> "Prepared":
        """Some of the stations, in the order given."""
        places = self.key[rows], self.x_cm[rows], self.y_cm[rows], self.reach_cm[rows]
        return Prepared(*places, self.terms[rows], self.omni[rows], self.profile[rows])


def prepared(stations: StationArrays, profile: NDArray[np.int32], receiver_m: float) -> Prepared:
    """What the kernel needs of stations; ``profile`` is each one's row in the loss tables."""
    omni = stations.azimuth_cdeg == OMNI
    east, north = _turned(np.where(omni, 0, stations.azimuth_cdeg))
    tilt = np.radians(stations.tilt_cdeg / 100.0)
    terms = np.zeros((len(stations), 9), np.float32)
    terms[:, EIRP] = stations.eirp_dbm
    terms[:, RISE] = (stations.height_m - receiver_m) * 100.0
    terms[:, EAST], terms[:, NORTH] = east, north
    terms[:, TILT_SIN], terms[:, TILT_COS] = np.sin(tilt), np.cos(tilt)
    terms[:, ACROSS] = np.where(omni, 0.0, 12.0 / np.radians(stations.beam_cdeg / 100.0) ** 2)
    terms[:, DOWN] = 12.0 / np.radians(stations.vertical_cdeg / 100.0) ** 2
    terms[:, TILT] = tilt
    return Prepared(
        stations.key, stations.x_cm, stations.y_cm, stations.reach_cm, terms, omni, profile.astype(np.int32)
    )


def _turned(azimuth_cdeg: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """East and north of a direction; directions a quarter turn apart have the same digits, swapped and signed."""
    quarter, rest = np.divmod(azimuth_cdeg, 9000)
    sine, cosine = np.sin(np.radians(rest / 100.0)), np.cos(np.radians(rest / 100.0))
    east = np.select([quarter == 0, quarter == 1, quarter == 2], [sine, cosine, -sine], -cosine)
    north = np.select([quarter == 0, quarter == 1, quarter == 2], [cosine, -sine, -cosine], sine)
    return east, north


def best_levels(
    stations: Prepared, tables: NDArray[np.float32], frame: Frame, tile: Tile
) -> tuple[Levels, Keys]:
    """Best level (dBm) and key of its station per cell of a tile; ties go to the lowest key.

    Cells beyond every station's reach keep NO_LEVEL and NO_STATION. ``stations`` may be any that hold all whose reach
    touches the tile.
    """
    level = np.full(tile.shape, NO_LEVEL)
    best = np.full(tile.shape, NO_STATION, np.int32)
    step = frame.step_m * 100
    first_x = (frame.col0 + tile.col) * step + step // 2
    first_y = -(frame.row0 + tile.row) * step - step // 2
    _sweep(
        (level, best),
        (first_x, first_y, step),
        (stations.key, stations.x_cm, stations.y_cm, stations.reach_cm),
        (stations.terms, stations.omni, stations.profile),
        tables,
    )
    return level, best


@inlined
def _angle(along: Any, across: Any) -> Any:
    """Angle (rad, 0 … π/2) of a point from an axis, both coordinates not negative."""
    q = (along - across) / (along + across + _SPECK)
    s = q * q
    return _QUARTER - q * (_A1 + s * (_A3 + s * (_A5 + s * (_A7 + s * _A9))))


@inlined
def _half_width(squared: Any) -> Any:
    """The whole root of a whole number, exactly."""
    root = np.int64(np.sqrt(np.float64(squared)))
    while root * root > squared:
        root -= 1
    while (root + 1) * (root + 1) <= squared:
        root += 1
    return root


@compiled
def _sector_row(count: int, start: Any, step: Any, dy: Any, t: Any, squared: Any, taken: Any) -> None:
    """Squared distance (cm²) and antenna attenuation (dB) along a row, for a sector antenna tilted about its axis."""
    away = dy * dy + _NEAR
    east, north, sine, cosine = t[EAST], t[NORTH], t[TILT_SIN], t[TILT_COS]
    ahead_y, aside_y = dy * north, dy * east
    ahead_z, up_z = t[RISE] * sine, t[RISE] * cosine
    k_across, k_down = t[ACROSS], t[DOWN]
    for j in range(count):
        dx = _FLOAT(start + np.int32(j) * step)
        squared[j] = dx * dx + away
        level_ahead = dx * east + ahead_y
        aside = abs(dx * north - aside_y)
        ahead = level_ahead * cosine + ahead_z
        up = abs(level_ahead * sine - up_z)
        side = _angle(abs(ahead), aside)
        side = side if ahead >= _ZERO else _HALF - side
        rise = _angle(np.sqrt(ahead * ahead + aside * aside), up)
        down = k_down * rise * rise
        down = down if down < _FLOOR else _FLOOR
        both = k_across * side * side + down
        taken[j] = both if both < _FLOOR else _FLOOR


@compiled
def _omni_row(count: int, start: Any, step: Any, dy: Any, t: Any, squared: Any, taken: Any) -> None:
    """The same for an antenna that sends alike to all sides: its vertical cut alone, lowered all around."""
    away = dy * dy + _NEAR
    rise, tilt, k_down = t[RISE], t[TILT], t[DOWN]
    height = abs(rise)
    for j in range(count):
        dx = _FLOAT(start + np.int32(j) * step)
        d2 = dx * dx + away
        squared[j] = d2
        below = _angle(np.sqrt(d2 - _NEAR), height)
        off = (below if rise >= _ZERO else -below) - tilt
        down = k_down * off * off
        taken[j] = down if down < _FLOOR else _FLOOR


@compiled
def _keep(count: int, bits: Any, taken: Any, table: Any, eirp: Any, level: Any, best: Any, key: Any) -> None:
    """Where this station is stronger than all before it, it is kept."""
    for j in range(count):
        value = eirp - table[np.uint32((bits[j] >> _SHIFT) - _FIRST)] - taken[j]
        if value > level[j]:
            level[j] = value
            best[j] = key


@compiled
def _sweep(result: Any, grid: Any, places: Any, ways: Any, tables: Any) -> None:
    level, best = result
    first_x, first_y, step = grid
    keys, xs, ys, reaches = places
    terms, omni, profile = ways
    rows, cols = level.shape
    squared, taken = np.empty(cols + LANES, np.float32), np.empty(cols + LANES, np.float32)
    bits = squared.view(np.int32)
    for k in range(len(keys)):
        reach, x, y = reaches[k], xs[k], ys[k]
        top = max(0, -((y + reach - first_y) // step))
        bottom = min(rows - 1, (first_y - y + reach) // step)
        for row in range(top, bottom + 1):
            dy = first_y - row * step - y
            rest = reach * reach - dy * dy
            if rest < 0:
                continue
            half = _half_width(rest)
            left = max(0, -((first_x - x + half) // step))
            right = min(cols - 1, (x + half - first_x) // step)
            count = right - left + 1
            if count <= 0:
                continue
            padded = (count + LANES - 1) // LANES * LANES
            start = np.int32(first_x + left * step - x)
            if omni[k]:
                _omni_row(padded, start, np.int32(step), _FLOAT(dy), terms[k], squared, taken)
            else:
                _sector_row(padded, start, np.int32(step), _FLOAT(dy), terms[k], squared, taken)
            here = slice(left, right + 1)
            _keep(
                count,
                bits,
                taken,
                tables[profile[k]],
                terms[k, EIRP],
                level[row, here],
                best[row, here],
                keys[k],
            )


def identity() -> dict[str, str]:
    """What must be the same on every machine that takes part: versions, this file's digest, the bits it yields."""
    return {
        "kernel": _SOURCE,
        "python": ".".join(platform.python_version_tuple()[:2]),
        "numba": str(numba.__version__),
        "numpy": np.__version__,
        "bits": _bits(),
    }


def _bits() -> str:
    """Digest of the levels of fixed stations on a fixed grid."""
    count = 40
    steps = np.arange(count, dtype=np.int64)
    angle = steps * 900 % 36000
    east, north = _turned(angle)
    terms = np.zeros((count, 9), np.float32)
    terms[:, EIRP], terms[:, RISE] = 10.0 + steps % 7, 1000.0 + 137.0 * steps
    terms[:, EAST], terms[:, NORTH] = np.round(east, 3), np.round(north, 3)
    terms[:, TILT_SIN], terms[:, TILT_COS], terms[:, TILT] = 0.0625, 0.998, 0.0625
    terms[:, ACROSS], terms[:, DOWN] = 9.375, 100.0
    probe = Prepared(
        steps.astype(np.int32),
        steps * 7919 % 640_000,
        -(steps * 104_729 % 640_000),
        np.full(count, 150_000),
        terms,
        steps % 3 == 0,
        np.zeros(count, np.int32),
    )
    tables = np.arange(9000, dtype=np.float32)[None, :] / np.float32(64)
    level, best = best_levels(probe, tables, Frame(32631, 50, 0, 0, 128, 128), Tile(0, 0, 128, 128))
    return hashlib.sha256(level.tobytes() + best.tobytes()).hexdigest()[:16]
