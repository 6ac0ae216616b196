"""Inside buildings: the site-general model of Recommendation ITU-R P.1238-11, clause 3.1, table 2."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from infra_registry.coverage.propagation.limits import Range
from infra_registry.coverage.propagation.scenario import INH_OFFICE
from infra_registry.coverage.propagation.site_general import Coefficients, branch_loss
from infra_registry.coverage.propagation.tr38901 import los_probability

SOURCE = "ITU-R P.1238-11, table 2"
Place = Literal["office", "corridor", "industrial"]

# (line of sight, none), each with the range of frequency and distance it was measured in.
ROWS: dict[Place, tuple[Coefficients, Coefficients]] = {
    "office": (
        Coefficients(1.46, 34.62, 2.03, 3.76, Range(300, 83500), Range(2, 27)),
        Coefficients(2.46, 29.53, 2.38, 5.04, Range(300, 82000), Range(4, 30)),
    ),
    "corridor": (
        Coefficients(1.63, 28.12, 2.25, 4.07, Range(300, 83500), Range(2, 160)),
        Coefficients(2.77, 29.27, 2.48, 7.63, Range(625, 83500), Range(4, 94)),
    ),
    "industrial": (
        Coefficients(2.31, 24.52, 2.06, 2.69, Range(625, 70280), Range(2, 101)),
        Coefficients(3.79, 21.01, 1.34, 9.05, Range(625, 70280), Range(5, 108)),
    ),
}


def indoor_loss(
    distance_m: ArrayLike, frequency_mhz: ArrayLike, *, los: bool, place: Place = "office"
) -> NDArray[np.float64]:
    """Median loss (dB) on one floor. Without line of sight it is never below that with: the rows cross close by."""
    seen, hidden = ROWS[place]
    near = branch_loss(seen, distance_m, frequency_mhz)
    return near if los else np.maximum(near, branch_loss(hidden, distance_m, frequency_mhz))


def indoor_mean_loss(
    distance_m: ArrayLike, frequency_mhz: ArrayLike, *, place: Place = "office"
) -> NDArray[np.float64]:
    """Both branches, weighted by the line-of-sight probability of TR 38.901 for mixed offices (P.1238 gives none)."""
    chance = los_probability(INH_OFFICE, distance_m)
    seen = indoor_loss(distance_m, frequency_mhz, los=True, place=place)
    return chance * seen + (1.0 - chance) * indoor_loss(distance_m, frequency_mhz, los=False, place=place)
