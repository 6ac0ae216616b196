"""What an engine is given and gives back: the work, and its results tile by tile."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from infra_registry.coverage.grids.frame import Frame
from infra_registry.coverage.grids.stations import StationArrays
from infra_registry.coverage.grids.tiling import TILE, Tile

# Level where no station reaches: below any threshold, and the neutral element of a maximum.
NO_LEVEL = np.float32(-np.inf)
NO_STATION = -1

Levels = NDArray[np.float32]
Keys = NDArray[np.int32]
Progress = Callable[[int, int], None]
MeanLoss = Callable[[Any, NDArray[np.float64], float, float, float], NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Group:
    """The stations of one operator and technology."""

    operator: str
    technology: str
    stations: StationArrays


@dataclass(frozen=True, slots=True)
class Work:
    """A frame and the groups to compute on it, each for itself.

    ``receiver_m`` is the height of the receiver above ground; ``mean_loss(scenario, d2d_m, h_bs_m, h_ut_m,
    frequency_mhz)`` gives decibels, that of coverage.propagation unless stated; ``tile`` is the edge of a tile in
    cells and changes no result.
    """

    frame: Frame
    groups: tuple[Group, ...]
    receiver_m: float = 1.5
    mean_loss: MeanLoss | None = None
    tile: int = TILE


@dataclass(frozen=True, slots=True)
class TileResult:
    """Best level (dBm) and key of its station in a tile, per operator and technology that reaches into it."""

    tile: Tile
    levels: dict[tuple[str, str], tuple[Levels, Keys]] = field(default_factory=dict)

    def of(self, operator: str, technology: str) -> tuple[Levels, Keys]:
        """Level and key of one group; NO_LEVEL and NO_STATION all over where it does not reach."""
        levels = self.levels.get((operator, technology))
        if levels is not None:
            return levels
        return np.full(self.tile.shape, NO_LEVEL), np.full(self.tile.shape, NO_STATION, np.int32)


class Engine(Protocol):
    """Whatever computes the work: same bits whichever it is, whatever the tiles and the number of workers."""

    @property
    def name(self) -> str: ...

    def run(self, work: Work, progress: Progress) -> Iterator[TileResult]:
        """Every tile once, row by row; ``progress(done, total)`` may raise to cancel: what runs is then dropped."""
        ...
