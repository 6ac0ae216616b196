"""A small grid filled by the Irregular Terrain Model: one profile per place, height and wave, and cell in reach.

Levels are those an engine yields and keep its rule: the stronger station of a cell, on a tie the one of the lowest key.
Sectors of one mast share their profiles. Bare ground alone is looked at: no buildings, no trees.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from infra_registry.coverage.demand.terrain import heights_at
from infra_registry.coverage.grids.frame import Frame
from infra_registry.coverage.grids.stations import OMNI, StationArrays
from infra_registry.coverage.grids.tiling import tiles
from infra_registry.coverage.grids.work import (
    NO_LEVEL,
    NO_STATION,
    Keys,
    Levels,
    Progress,
    TileResult,
    Work,
)
from infra_registry.coverage.propagation.antenna import Pattern, attenuation
from infra_registry.coverage.propagation.free_space import free_space_loss
from infra_registry.coverage.propagation.terrain import TAKEN, Link, Profile, itm_losses
from infra_registry.errors import Fault, Invalid

Floats = NDArray[np.float64]
Cells = NDArray[np.int64]
NEAR_M = 10.0  # nearer than this there is no profile: free space over that way
LEAST_STEPS, MOST_STEPS = 10, 1000
CHUNK = 400  # profiles read at once
MOST_SAMPLED = 50_000


@dataclass(frozen=True, slots=True, eq=False)
class Over:
    """The ground of a run: rasters of heights (the newest first), the cells of the area, the step of a profile (m)."""

    rasters: tuple[Any, ...]
    files_dir: Path
    inside: NDArray[np.bool_]
    step_m: float
    most: int
    profiles: int = 0


@dataclass(frozen=True, slots=True, order=True)
class Sender:
    """What decides a profile and its loss: place (cm), height above ground (m), frequency (MHz)."""

    x_cm: int
    y_cm: int
    height_m: float
    frequency_mhz: float


@dataclass(frozen=True, slots=True, eq=False)
class Ways:
    """From a sender to cells: distance (m), bearing and angle below the horizon (degrees), loss (dB)."""

    cells: Cells
    bearing_deg: Floats
    below_deg: Floats
    loss_db: Floats


def refusal(key: str, value: str, expected: str) -> Invalid:
    """Why the terrain model does not fill this grid, on the field that asked for it."""
    return Invalid([Fault("model", value, key, expected)], key, value=value, expected=expected)


def senders(work: Work) -> dict[Sender, int]:
    """Every sender once, in order, with its farthest reach (cm). Raises Invalid for what the model cannot take."""
    reaches: dict[Sender, int] = {}
    for group in work.groups:
        for row in range(len(group.stations)):
            sender = _sender(group.stations, row)
            reaches[sender] = max(reaches.get(sender, 0), int(group.stations.reach_cm[row]))
    for sender in reaches:
        for name, value in (("h_tx_m", sender.height_m), ("frequency_mhz", sender.frequency_mhz)):
            if not TAKEN[name].holds(value):
                expected = f"{TAKEN[name].low:g} … {TAKEN[name].high:g}"
                raise Invalid([Fault(name, value, "propagation.itm_input", expected)])
    return dict(sorted(reaches.items()))


def profiles(work: Work, inside: NDArray[np.bool_]) -> int:
    """How many profiles the grid takes: cells of the area in reach, summed over senders."""
    upto = np.zeros((inside.shape[0], inside.shape[1] + 1), np.int64)
    np.cumsum(inside, axis=1, out=upto[:, 1:])
    total = 0
    for sender, reach in senders(work).items():
        rows, left, right = _spans(work.frame, sender, reach)
        total += int((upto[rows, right] - upto[rows, left]).sum())
    return total


def check_ground(over: Over, work: Work) -> None:
    """Raises Invalid ``radio.itm_no_terrain`` or, with the share that is unknown, ``radio.itm_ground``."""
    if not over.rasters:
        raise refusal("radio.itm_no_terrain", "itm", "tr38901")
    frame, cells = work.frame, np.flatnonzero(over.inside)
    x, y = _centres(frame, cells[:: max(1, len(cells) // MOST_SAMPLED)])
    near = [
        sender for sender, reach in senders(work).items() if len(_reached(frame, over.inside, sender, reach))
    ]
    x = np.concatenate([x, [sender.x_cm / 100.0 for sender in near]])
    y = np.concatenate([y, [sender.y_cm / 100.0 for sender in near]])
    _known(_heights(over, frame, x, y))


@dataclass(frozen=True, slots=True, eq=False)
class TerrainEngine:
    """Fills the work of one run over its ground; the same ground and stations give the same bits."""

    over: Over

    @property
    def name(self) -> str:
        """How a run names this engine."""
        return "local"

    def run(self, work: Work, progress: Progress) -> Iterator[TileResult]:
        """Every tile once, row by row, after all losses are known; ``progress`` counts profiles and may raise.

        Raises Invalid ``radio.itm_grid`` beyond the budget, ``radio.itm_ground`` where a path's ground is not known.
        """
        total = profiles(work, self.over.inside)
        if total > self.over.most:
            raise refusal("radio.itm_grid", f"{total:,}", f"{self.over.most:,}")
        filled = self._filled(work, progress, total)
        for tile in tiles(work.frame, work.tile):
            results = {}
            for name, (level, best) in filled.items():
                if (best[tile.window] != NO_STATION).any():
                    results[name] = (level[tile.window].copy(), best[tile.window].copy())
            yield TileResult(tile, results)

    def _filled(
        self, work: Work, progress: Progress, total: int
    ) -> dict[tuple[str, str], tuple[Levels, Keys]]:
        """Level and station of every group on the whole frame."""
        arrays = {
            (group.operator, group.technology): (
                np.full(work.frame.shape, NO_LEVEL),
                np.full(work.frame.shape, NO_STATION, np.int32),
            )
            for group in work.groups
        }
        using = _using(work)
        done = 0
        progress(done, total)
        for sender, reach in senders(work).items():
            cells = _reached(work.frame, self.over.inside, sender, reach)
            for start in range(0, len(cells), CHUNK):
                ways = _ways(self.over, work, sender, cells[start : start + CHUNK])
                for name, stations, row in using[sender]:
                    _keep(arrays[name], (stations, row), ways)
                done += len(ways.cells)
                progress(done, total)
        return arrays


def _using(work: Work) -> dict[Sender, list[tuple[tuple[str, str], StationArrays, int]]]:
    """Group, columns and row of the stations of each sender."""
    using: dict[Sender, list[tuple[tuple[str, str], StationArrays, int]]] = {}
    for group in work.groups:
        for row in range(len(group.stations)):
            station = (group.operator, group.technology), group.stations, row
            using.setdefault(_sender(group.stations, row), []).append(station)
    return using


def _sender(stations: StationArrays, row: int) -> Sender:
    place = int(stations.x_cm[row]), int(stations.y_cm[row])
    return Sender(*place, float(stations.height_m[row]), float(stations.frequency_mhz[row]))


def _spans(frame: Frame, sender: Sender, reach_cm: int) -> tuple[Cells, Cells, Cells]:
    """Rows a reach touches, and in each the first column and the one after the last, by whole centimetres."""
    step = frame.step_m * 100
    first_x, first_y = frame.col0 * step + step // 2, -frame.row0 * step - step // 2
    top = max(0, -((sender.y_cm + reach_cm - first_y) // step))
    bottom = min(frame.rows - 1, (first_y - sender.y_cm + reach_cm) // step)
    rows = np.arange(top, bottom + 1, dtype=np.int64)
    half = np.sqrt(reach_cm**2 - (first_y - rows * step - sender.y_cm) ** 2.0).astype(np.int64)
    left = np.clip(-((first_x - sender.x_cm + half) // step), 0, frame.cols)
    right = np.clip((sender.x_cm + half - first_x) // step + 1, 0, frame.cols)
    return rows, left, np.maximum(left, right)


def _reached(frame: Frame, inside: NDArray[np.bool_], sender: Sender, reach_cm: int) -> Cells:
    """Flat indices of the area's cells in reach, ascending."""
    rows, left, right = _spans(frame, sender, reach_cm)
    count = right - left
    nth = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    cells = np.repeat(rows * frame.cols + left, count) + nth
    return np.asarray(cells[inside.ravel()[cells]], np.int64)


def _centres(frame: Frame, cells: Cells) -> tuple[Floats, Floats]:
    x, y = frame.centres()
    rows, cols = np.divmod(cells, frame.cols)
    return x[cols], y[rows]


def _heights(over: Over, frame: Frame, x: Floats, y: Floats) -> Floats:
    lon, lat = Transformer.from_crs(frame.epsg, 4326, always_xy=True).transform(x, y)
    return heights_at(over.rasters, over.files_dir, np.asarray(lon, float), np.asarray(lat, float))[0]


def _known(heights: Floats) -> None:
    unknown = float(np.isnan(heights).mean()) if len(heights) else 0.0
    if unknown:
        raise refusal("radio.itm_ground", f"{max(100 * unknown, 0.1):.1f}", "0")


def _ways(over: Over, work: Work, sender: Sender, cells: Cells) -> Ways:
    """The ways from a sender to some cells, each over its own profile."""
    x, y = _centres(work.frame, cells)
    from_x, from_y = sender.x_cm / 100.0, sender.y_cm / 100.0
    east, north = x - from_x, y - from_y
    distance = np.hypot(east, north)
    steps = np.clip(np.ceil(distance / over.step_m).astype(np.int64), LEAST_STEPS, MOST_STEPS)
    starts = np.cumsum(steps + 1) - (steps + 1)
    share = (np.arange((steps + 1).sum()) - np.repeat(starts, steps + 1)) / np.repeat(steps, steps + 1)
    xs = from_x + share * np.repeat(east, steps + 1)
    ys = from_y + share * np.repeat(north, steps + 1)
    heights = _heights(over, work.frame, xs, ys)
    _known(heights)
    ground = np.split(heights, starts[1:])
    away = np.maximum(distance, NEAR_M)
    loss = free_space_loss(away, sender.frequency_mhz)
    far = np.flatnonzero(distance >= NEAR_M)
    looked = [Profile(ground[i].tolist(), float(distance[i] / steps[i])) for i in far]
    link = Link(sender.height_m, work.receiver_m, sender.frequency_mhz)
    loss[far] = itm_losses(looked, link, most=over.most)
    drop = heights[starts] + sender.height_m - heights[starts + steps] - work.receiver_m
    below = np.degrees(np.arctan2(drop, distance))
    return Ways(cells, np.degrees(np.arctan2(east, north)), below, loss)


def _keep(arrays: tuple[Levels, Keys], station: tuple[StationArrays, int], ways: Ways) -> None:
    """Where this station is stronger than all before it, or as strong with a lower key, it is kept."""
    stations, row = station
    turned = int(stations.azimuth_cdeg[row])
    pattern = Pattern(
        math.nan if turned == OMNI else turned / 100.0,
        tilt_deg=int(stations.tilt_cdeg[row]) / 100.0,
        beam_deg=int(stations.beam_cdeg[row]) / 100.0,
        vertical_deg=int(stations.vertical_cdeg[row]) / 100.0,
    )
    taken = attenuation(pattern, ways.bearing_deg, ways.below_deg)
    value = (float(stations.eirp_dbm[row]) - ways.loss_db - taken).astype(np.float32)
    level, best = arrays[0].reshape(-1), arrays[1].reshape(-1)
    key, before = stations.key[row], best[ways.cells]
    wins = (value > level[ways.cells]) | ((value == level[ways.cells]) & (key < before))
    at = ways.cells[wins]
    level[at], best[at] = value[wins], key
