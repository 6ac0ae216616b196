"""Mean path loss by distance, tabulated once per scenario, frequency and height: within 0.1 dB of the model.

A table is read by the bits of the squared distance as a float32: its exponent and first eight bits of mantissa number
256 steps per doubling, each at most 0.4 % wide. Half a step changes a loss that grows by 40 dB per decade by less
than 0.02 dB. Tables are made once, by whoever starts a run, and sent to workers: a logarithm may differ in its last
bit between machines, the kernel's sums, products, quotients and square roots may not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infra_registry.coverage.grids.engine import MeanLoss, Work
from infra_registry.coverage.grids.stations import StationArrays
from infra_registry.coverage.propagation.tr38901 import mean_loss as mean_loss_38901
from infra_registry.errors import Fault, Invalid

SHIFT = 15
# Added to every d² (cm²) before its bits are read, and taken off again where a step is given its distance: no index
# needs a lower bound, and the steps below 2.6 m, where few cells have their centre, are even instead of ever finer.
NEAREST_CM2 = 65536.0
FIRST = int(np.float32(NEAREST_CM2).view(np.int32)) >> SHIFT
# Frequencies are tabulated by whole MHz, heights by 0.1 m from 20 m on and by centimetres below: under 0.03 dB.
COARSE_FROM_M = 20.0


@dataclass(frozen=True, slots=True, eq=False)
class LossBook:
    """``tables[profile, step]`` in dB, and the profile of every station of every group."""

    tables: NDArray[np.float32]
    profiles: tuple[NDArray[np.int32], ...]


def steps_to(reach_cm: int) -> int:
    """How many steps a table needs so that every distance up to ``reach_cm`` has one."""
    farthest = np.float32(float(reach_cm) ** 2 * 1.001 + NEAREST_CM2)
    return (int(farthest.view(np.int32)) >> SHIFT) - FIRST + 2


def middles_m(steps: int) -> NDArray[np.float64]:
    """The distance (m) each step stands for: the middle of its d²."""
    edges = ((np.arange(steps + 1, dtype=np.int32) + FIRST) << SHIFT).view(np.float32).astype(np.float64)
    squared = (edges[:-1] + edges[1:]) / 2.0 - NEAREST_CM2
    return np.asarray(np.sqrt(squared) / 100.0)


def book_of(work: Work) -> LossBook:
    """Tables for all stations of a work. Raises Invalid (``coverage.loss``) where the model gives no number."""
    model = work.mean_loss or mean_loss_38901
    wanted = [_profiles(group.stations) for group in work.groups]
    distinct: dict[tuple[Any, float, float], int] = {}
    profiles = tuple(
        np.array([distinct.setdefault(one, len(distinct)) for one in of_group], np.int32)
        for of_group in wanted
    )
    reach = max((int(group.stations.reach_cm.max(initial=0)) for group in work.groups), default=0)
    distances = middles_m(steps_to(reach))
    tables = np.zeros((max(len(distinct), 1), len(distances)), np.float32)
    for (scenario, frequency, height), index in distinct.items():
        tables[index] = _table(model, distances, (scenario, height, work.receiver_m, frequency))
    return LossBook(tables, profiles)


def _profiles(stations: StationArrays) -> Sequence[tuple[Any, float, float]]:
    coarse = stations.height_m >= COARSE_FROM_M
    height = np.where(coarse, np.round(stations.height_m, 1), np.round(stations.height_m, 2))
    frequency = np.maximum(np.round(stations.frequency_mhz), 1.0)
    scenarios = [stations.scenarios[index] for index in stations.scenario]
    return list(zip(scenarios, frequency.tolist(), height.tolist(), strict=True))


def _table(
    model: MeanLoss, distances: NDArray[np.float64], link: tuple[Any, float, float, float]
) -> NDArray[np.float32]:
    scenario, height, receiver, frequency = link
    losses = np.asarray(model(scenario, distances, height, receiver, frequency), np.float64)
    if losses.shape != distances.shape or not np.isfinite(losses).all():
        finite = np.isfinite(losses) if losses.shape == distances.shape else np.zeros(len(distances), bool)
        refused = Invalid([Fault("loss", None, "coverage.loss")], "coverage.loss")
        refused.params["distance_m"] = round(float(distances[np.argmin(finite)]), 1)
        raise refused
    return losses.astype(np.float32)
