"""WiFi: which model an access point gets, and how far it is heard."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from infra_registry.coverage.propagation.indoor import indoor_mean_loss
from infra_registry.coverage.propagation.street import street_mean_loss
from infra_registry.coverage.propagation.tr38901 import o2i_loss

FARTHEST_M = 1000.0


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


def wifi_reach_m(eirp_dbm: float, threshold_dbm: float, frequency_mhz: float, *, indoor: bool) -> float:
    """The farthest distance (m, to 0.1, at most 1000) at which the mean level reaches the threshold; 0 if none does."""
    distances = np.arange(1, int(FARTHEST_M * 10) + 1) / 10.0
    heard = eirp_dbm - wifi_loss(distances, frequency_mhz, indoor=indoor) >= threshold_dbm
    return float(distances[heard][-1]) if heard.any() else 0.0
