"""Short ranges by other recommendations: ITU-R P.1238 inside buildings, P.1411 in streets, referees of TR 38.901.

P.1238-11, clause 3.1, table 2 and P.1411-10, clause 4.1.1, table 4, both in the site-general form.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from infra_registry.coverage.propagation.limits import Range, non_negative, positive
from infra_registry.coverage.propagation.scenario import INH_OFFICE, UMI_STREET
from infra_registry.coverage.propagation.tr38901 import los_probability, o2i_loss


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


def wifi_loss(
    distance_m: ArrayLike, frequency_mhz: ArrayLike, *, indoor: bool, through_wall: bool = False
) -> NDArray[np.float64]:
    """Mean loss (dB): ITU-R P.1238 for a point inside a building, P.1411 for one in the street.

    ``through_wall``: point and receiver on different sides of an outer wall, low-loss building of TR 38.901.
    """
    mean = (
        indoor_mean_loss(distance_m, frequency_mhz) if indoor else street_mean_loss(distance_m, frequency_mhz)
    )
    return mean + o2i_loss("low", frequency_mhz) if through_wall else mean
