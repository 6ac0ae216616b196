"""The form that ITU-R P.1238 and P.1411 share: L = 10 α log10 d + β + 10 γ log10 f, d in metres, f in GHz."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from infra_registry.coverage.propagation.limits import (
    OutOfRange,
    Range,
    finite,
    non_negative,
    outside,
    positive,
)


@dataclass(frozen=True, slots=True)
class Coefficients:
    """One row of a site-general table: coefficients, standard deviation (dB) and what they were measured for."""

    alpha: float
    beta: float
    gamma: float
    sigma_db: float
    frequency_mhz: Range
    distance_m: Range


def branch_loss(row: Coefficients, distance_m: ArrayLike, frequency_mhz: ArrayLike) -> NDArray[np.float64]:
    """Median loss (dB). Nearer than the row begins its first distance counts; beyond its last the formula runs on."""
    distance = np.maximum(non_negative("distance_m", distance_m), row.distance_m.low)
    f_ghz = row.frequency_mhz.clamp(positive("frequency_mhz", frequency_mhz)) / 1000.0
    return np.asarray(10.0 * row.alpha * np.log10(distance) + row.beta + 10.0 * row.gamma * np.log10(f_ghz))


def branch_findings(
    row: Coefficients, distance_m: ArrayLike, frequency_mhz: float, source: str
) -> tuple[OutOfRange, ...]:
    """What of a set of links lies outside the row, and what is taken instead."""
    distances = finite("distance_m", distance_m)
    told = list(
        outside("frequency_mhz", float(finite("frequency_mhz", frequency_mhz)), row.frequency_mhz, source)
    )
    if distances.size:
        told += outside("distance_m", float(distances.min()), Range(row.distance_m.low, np.inf), source)
        far, stretch = float(distances.max()), row.distance_m
        if far > stretch.high:
            told.append(OutOfRange("distance_m", far, stretch.low, stretch.high, far, "continued", source))
    return tuple(told)
