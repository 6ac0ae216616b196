"""A frame cut into tiles, and which stations reach into each. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from infra_registry.coverage.grids.frame import Frame

TILE = 256


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """Cells ``row … row + rows`` × ``col … col + cols`` of a frame."""

    row: int
    col: int
    rows: int
    cols: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns, as numpy has it."""
        return self.rows, self.cols

    @property
    def window(self) -> tuple[slice, slice]:
        """Where the tile lies in an array of the whole frame."""
        return slice(self.row, self.row + self.rows), slice(self.col, self.col + self.cols)


def tiles(frame: Frame, size: int = TILE) -> list[Tile]:
    """The tiles of a frame, row by row; those at the right and lower edge may be smaller."""
    return [
        Tile(row, col, min(size, frame.rows - row), min(size, frame.cols - col))
        for row in range(0, frame.rows, size)
        for col in range(0, frame.cols, size)
    ]


@dataclass(frozen=True, slots=True, eq=False)
class Bins:
    """Rows of stations by tile: those of tile ``i`` stand in ``rows[starts[i]:starts[i + 1]]``, ascending."""

    starts: NDArray[np.int64]
    rows: NDArray[np.int64]

    def of(self, tile: int) -> NDArray[np.int64]:
        """The stations that reach into a tile."""
        return self.rows[self.starts[tile] : self.starts[tile + 1]]


def binned(
    frame: Frame, size: int, x_cm: NDArray[np.int64], y_cm: NDArray[np.int64], reach_cm: NDArray[np.int64]
) -> Bins:
    """Which stations lie so near a tile that their reach may touch it: each tile with the halo it needs."""
    side = frame.step_m * 100 * size
    across, down = -(-frame.cols // size), -(-frame.rows // size)
    west, north = frame.col0 * frame.step_m * 100, -frame.row0 * frame.step_m * 100
    first_col = np.maximum((x_cm - reach_cm - west) // side, 0)
    last_col = np.minimum((x_cm + reach_cm - west) // side, across - 1)
    first_row = np.maximum((north - y_cm - reach_cm) // side, 0)
    last_row = np.minimum((north - y_cm + reach_cm) // side, down - 1)
    wide, high = np.maximum(last_col - first_col + 1, 0), np.maximum(last_row - first_row + 1, 0)
    count = wide * high
    station = np.repeat(np.arange(len(x_cm)), count)
    nth = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    tile = (first_row[station] + nth // wide[station]) * across + first_col[station] + nth % wide[station]
    order = np.argsort(tile, kind="stable")
    starts = np.searchsorted(tile[order], np.arange(across * down + 1))
    return Bins(starts.astype(np.int64), station[order].astype(np.int64))
