"""The form that ITU-R P.1238 and P.1411 share: L = 10 α log10 d + β + 10 γ log10 f, d in metres, f in GHz."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from infra_registry.coverage.propagation.limits import Range, non_negative, positive


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
