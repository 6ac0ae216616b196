"""Mean path loss by distance, tabulated once per scenario, frequency and height: within 0.1 dB of the model.

A table is read by the bits of the squared distance as a float32: its exponent and first seven bits of mantissa number
128 steps per doubling, each at most 0.8 % wide. Half a step changes a loss that grows by 40 dB per decade by less
than 0.04 dB. Tables are made once, by whoever starts a run, and sent to workers: a logarithm may differ in its last
bit between machines, the kernel's sums, products, quotients and square roots may not.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infra_registry.coverage.grids.stations import StationArrays
from infra_registry.coverage.grids.work import MeanLoss, Work
from infra_registry.coverage.propagation.tr38901 import mean_loss as mean_loss_38901
from infra_registry.errors import Fault, Invalid

SHIFT = 16
# Added to every d² (cm²) before its bits are read, and taken off again where a step is given its distance: no index
# needs a lower bound, and the steps below 2.6 m, where few cells have their centre, are even instead of ever finer.
NEAREST_CM2 = 65536.0
FIRST = int(np.float32(NEAREST_CM2).view(np.int32)) >> SHIFT
# Frequencies are tabulated by whole MHz, heights by 0.1 m from 20 m on and by centimetres below: under 0.03 dB.
COARSE_FROM_M = 20.0
# Frequencies (MHz) and heights (cm) of stations fit into twenty bits each.
ONES = (1 << 20) - 1


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
    scenarios: dict[Any, int] = {}
    codes = [_codes(group.stations, scenarios) for group in work.groups]
    together = np.concatenate(codes) if codes else np.zeros(0, np.int64)
    distinct, profile = np.unique(together, return_inverse=True)
    ends = np.cumsum([len(item) for item in codes])
    profiles = tuple(np.split(profile.astype(np.int32), ends[:-1])) if codes else ()
    reach = max((int(group.stations.reach_cm.max(initial=0)) for group in work.groups), default=0)
    distances = middles_m(steps_to(reach))
    tables = np.zeros((max(len(distinct), 1), len(distances)), np.float32)
    named = list(scenarios)
    for index, code in enumerate(distinct.tolist()):
        scenario, frequency, height = named[code >> 40], float(code >> 20 & ONES), (code & ONES) / 100.0
        tables[index] = _table(model, distances, (scenario, height, work.receiver_m, frequency))
    return LossBook(tables, profiles)


def _codes(stations: StationArrays, scenarios: dict[Any, int]) -> NDArray[np.int64]:
    """Scenario, frequency (MHz) and height (cm) of every station in one whole number."""
    coarse = stations.height_m >= COARSE_FROM_M
    height = np.where(coarse, np.round(stations.height_m, 1), np.round(stations.height_m, 2))
    frequency = np.maximum(np.round(stations.frequency_mhz), 1.0)
    numbers = [scenarios.setdefault(scenario, len(scenarios)) for scenario in stations.scenarios]
    scenario = np.array(numbers, np.int64)[stations.scenario] if numbers else np.zeros(0, np.int64)
    return (scenario << 40) | (frequency.astype(np.int64) << 20) | np.round(height * 100.0).astype(np.int64)


def _table(
    model: MeanLoss, distances: NDArray[np.float64], link: tuple[Any, float, float, float]
) -> NDArray[np.float32]:
    scenario, height, receiver, frequency = link
    losses = np.asarray(model(scenario, distances, height, receiver, frequency), np.float64)
    if losses.shape != distances.shape or not np.isfinite(losses).all():
        finite = np.isfinite(losses) if losses.shape == distances.shape else np.zeros(len(distances), bool)
        distance_m = round(float(distances[np.argmin(finite)]), 1)
        raise Invalid([Fault("loss", None, "coverage.loss")], "coverage.loss", distance_m=distance_m)
    return losses.astype(np.float32)
