"""Between terminals below the roofs: the site-general model of ITU-R P.1411-10, clause 4.1.1, table 4."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from infra_registry.coverage.propagation.limits import Range
from infra_registry.coverage.propagation.scenario import UMI_STREET
from infra_registry.coverage.propagation.site_general import Coefficients, branch_loss
from infra_registry.coverage.propagation.tr38901 import los_probability

SOURCE = "ITU-R P.1411-10, table 4"
Surroundings = Literal["high_rise", "low_rise", "residential"]

LOS = Coefficients(2.12, 29.2, 2.11, 5.06, Range(800, 73000), Range(5, 660))
NLOS: dict[Surroundings, Coefficients] = {
    "high_rise": Coefficients(4.00, 10.2, 2.36, 7.60, Range(800, 38000), Range(30, 715)),
    "low_rise": Coefficients(5.06, -4.68, 2.02, 9.33, Range(10000, 73000), Range(30, 250)),
    "residential": Coefficients(3.01, 18.8, 2.07, 3.07, Range(800, 73000), Range(30, 170)),
}


def street_loss(
    distance_m: ArrayLike, frequency_mhz: ArrayLike, *, los: bool, surroundings: Surroundings = "high_rise"
) -> NDArray[np.float64]:
    """Median loss (dB) along a street; without line of sight never below that with, and as at 30 m when nearer."""
    near = branch_loss(LOS, distance_m, frequency_mhz)
    if los:
        return near
    return np.maximum(near, branch_loss(NLOS[surroundings], distance_m, frequency_mhz))


def street_mean_loss(
    distance_m: ArrayLike, frequency_mhz: ArrayLike, *, surroundings: Surroundings = "high_rise"
) -> NDArray[np.float64]:
    """Both branches, weighted by the line-of-sight probability of TR 38.901 for street canyons."""
    chance = los_probability(UMI_STREET, distance_m)
    seen = street_loss(distance_m, frequency_mhz, los=True)
    hidden = street_loss(distance_m, frequency_mhz, los=False, surroundings=surroundings)
    return chance * seen + (1.0 - chance) * hidden
