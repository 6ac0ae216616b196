"""Stations and frames for tests of grids, and the pure model they are held against."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from infra_registry.coverage.grids.frame import Frame
from infra_registry.coverage.grids.local import LocalEngine
from infra_registry.coverage.grids.stations import StationArrays, stations_of
from infra_registry.coverage.grids.work import NO_LEVEL, NO_STATION, Engine, Group, Work
from infra_registry.coverage.propagation.antenna import attenuation
from infra_registry.coverage.propagation.model import Transmitter
from infra_registry.coverage.propagation.scenario import RMA, UMA, UMI_STREET
from infra_registry.coverage.propagation.tr38901 import mean_loss

RECEIVER_M = 1.5
SCENARIOS = (UMA, RMA, UMI_STREET)


def quiet(done: int, total: int) -> None:
    """Progress nobody looks at."""


def transmitter(key: int, x_m: float, y_m: float, **values: object) -> Transmitter:
    """An omnidirectional macro station, with what is stated instead."""
    usual = {
        "operator": "a",
        "technology": "4g",
        "height_m": 30.0,
        "frequency_mhz": 1800.0,
        "eirp_dbm": 18.0,
        "azimuth_deg": math.nan,
        "tilt_deg": 0.0,
        "beam_deg": 360.0,
        "scenario": UMA,
    }
    return Transmitter(key=key, x_m=x_m, y_m=y_m, **(usual | values))  # type: ignore[arg-type]


def scattered(count: int, frame: Frame, seed: int) -> list[Transmitter]:
    """Stations all over a frame and a little beyond: heights, bands, patterns, tilts and scenarios mixed."""
    chance = np.random.default_rng(seed)
    west, south, east, north = frame.bounds
    made = []
    for key in range(count):
        omni = chance.random() < 0.2
        made.append(
            transmitter(
                key,
                float(chance.uniform(west - 500, east + 500)),
                float(chance.uniform(south - 500, north + 500)),
                height_m=round(float(chance.uniform(10, 60)), 1),
                frequency_mhz=float(chance.choice([763.0, 938.4, 1842.5, 2140.0, 2600.4, 3500.0])),
                eirp_dbm=float(chance.uniform(5, 25)),
                azimuth_deg=math.nan if omni else float(chance.uniform(0, 360)),
                tilt_deg=float(chance.integers(-2, 12)),
                beam_deg=360.0 if omni else float(chance.choice([33.0, 65.0, 90.0])),
                scenario=SCENARIOS[chance.integers(3)],
                vertical_deg=float(chance.choice([7.0, 10.0, 65.0])),
            )
        )
    return made


def group(stations: StationArrays, operator: str = "a", technology: str = "4g") -> Group:
    """Stations as a group."""
    return Group(operator, technology, stations)


def levels(
    work: Work, engine: Engine | None = None
) -> dict[tuple[str, str], tuple[NDArray[np.float32], NDArray[np.int32]]]:
    """Level and station of every group over the whole frame."""
    whole = {
        (one.operator, one.technology): (
            np.full(work.frame.shape, NO_LEVEL),
            np.full(work.frame.shape, NO_STATION, np.int32),
        )
        for one in work.groups
    }
    for result in (engine or LocalEngine(2)).run(work, quiet):
        for names, (level, best) in result.levels.items():
            whole[names][0][result.tile.window] = level
            whole[names][1][result.tile.window] = best
    return whole


def one_group(
    frame: Frame, rows: list[Transmitter], reach_m: float = 1500.0
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Level and station of a single group."""
    return levels(Work(frame, (group(stations_of(rows, reach_m)),)))["a", "4g"]


def modelled(one: Transmitter, x_m: ArrayLike, y_m: ArrayLike) -> NDArray[np.float64]:
    """The level (dBm) the pure model gives at points."""
    east, north = np.asarray(x_m) - one.x_m, np.asarray(y_m) - one.y_m
    distance = np.hypot(east, north)
    loss = mean_loss(one.scenario, distance, one.height_m, RECEIVER_M, one.frequency_mhz)
    below = np.degrees(np.arctan2(one.height_m - RECEIVER_M, distance))
    return one.eirp_dbm - loss - attenuation(one.pattern, np.degrees(np.arctan2(east, north)), below)
