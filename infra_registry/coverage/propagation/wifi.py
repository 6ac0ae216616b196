"""WiFi: which model an access point gets."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from infra_registry.coverage.propagation.indoor import indoor_mean_loss
from infra_registry.coverage.propagation.street import street_mean_loss
from infra_registry.coverage.propagation.tr38901 import o2i_loss


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
