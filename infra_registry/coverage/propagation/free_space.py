"""Basic transmission loss in free space, Recommendation ITU-R P.525-4, equation (4)."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from infra_registry.coverage.propagation.limits import positive

C_M_S = 299_792_458.0
CONSTANT_DB = 20.0 * math.log10(4.0 * math.pi * 1e6 / C_M_S)  # −27.55 for metres and megahertz


def free_space_loss(distance_m: ArrayLike, frequency_mhz: ArrayLike) -> NDArray[np.float64]:
    """20 log10(4πd/λ) in dB, never below 0 (there the far field ends). Raises Invalid unless both are above zero."""
    distance, frequency = positive("distance_m", distance_m), positive("frequency_mhz", frequency_mhz)
    return np.maximum(20.0 * np.log10(distance) + 20.0 * np.log10(frequency) + CONSTANT_DB, 0.0)
