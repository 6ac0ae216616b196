"""What of a path is clear: line of sight and first Fresnel zone over a profile (Recommendation ITU-R P.530).

Heights in metres above sea level, distances in metres from the transmitter. The earth's bulge is that of an effective
radius of 4/3; a path counts as clear where six tenths of the first Fresnel zone are.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from infra_registry.coverage.propagation.limits import finite, positive
from infra_registry.coverage.propagation.terrain import Profile

Floats = NDArray[np.float64]
EARTH_M = 6_371_000.0 * 4.0 / 3.0
SHARE = 0.6
C_MHZ_M = 299.792458


@dataclass(frozen=True, slots=True, eq=False)
class Clearance:
    """By point of the profile: distance, ground raised by the earth's bulge, line of sight, first Fresnel radius.

    ``least`` is the smallest room under the line of sight as a share of the first Fresnel radius (below 0: the ground
    stands in the way), found ``at_m`` from the transmitter.
    """

    distance_m: Floats
    ground_m: Floats
    sight_m: Floats
    fresnel_m: Floats
    least: float
    at_m: float

    @property
    def in_sight(self) -> bool:
        """Whether the ground leaves the line of sight free."""
        return self.least > 0

    @property
    def clear(self) -> bool:
        """Whether six tenths of the first Fresnel zone are free."""
        return self.least >= SHARE


def clearance(profile: Profile, ends_m: tuple[float, float], frequency_mhz: float) -> Clearance:
    """Room along a path between antennas ``ends_m`` above the ground at both ends.

    Points of unknown height (NaN) are passed over; both ends must be known. Raises Invalid
    (``propagation.not_finite``, ``propagation.not_positive``).
    """
    ground = np.asarray(profile.heights_m, np.float64)
    finite("heights_m", ground[[0, -1]])
    wave = C_MHZ_M / float(positive("frequency_mhz", frequency_mhz))
    first, last = (float(height_m) for height_m in positive("height_m", ends_m))
    distance = np.arange(len(ground), dtype=np.float64) * profile.step_m
    whole = float(distance[-1])
    rest = whole - distance
    raised = ground + distance * rest / (2.0 * EARTH_M)
    sight = (ground[0] + first) * rest / whole + (ground[-1] + last) * distance / whole
    fresnel = np.sqrt(wave * distance * rest / whole)
    inner = np.flatnonzero(np.isfinite(raised[1:-1])) + 1
    if not len(inner):
        return Clearance(distance, raised, sight, fresnel, float("inf"), 0.0)
    room = (sight[inner] - raised[inner]) / fresnel[inner]
    worst = int(np.argmin(room))
    return Clearance(distance, raised, sight, fresnel, float(room[worst]), float(distance[inner[worst]]))
