"""What an antenna takes off its greatest gain, by direction: 3GPP TR 38.901 (V16.1.0), table 7.3-1."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from infra_registry.coverage.propagation.limits import finite

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pattern:
    """Half-power widths (degrees), the greatest attenuation A_max and the side-lobe floor SLA_V (dB).

    ``azimuth_deg`` clockwise from north, NaN for an omnidirectional antenna (its vertical cut still counts);
    ``tilt_deg`` mechanical and ``electrical_tilt_deg`` both point below the horizon when positive.
    """

    azimuth_deg: float = math.nan
    tilt_deg: float = 0.0
    electrical_tilt_deg: float = 0.0
    beam_deg: float = 65.0
    vertical_deg: float = 65.0
    floor_db: float = 30.0
    side_lobe_db: float = 30.0

    @property
    def omni(self) -> bool:
        """Whether the antenna sends alike to all sides."""
        return math.isnan(self.azimuth_deg)


def horizontal_attenuation(
    offset_deg: ArrayLike, *, beam_deg: float = 65.0, floor_db: float = 30.0
) -> Floats:
    """Attenuation (dB, ≥ 0) at an angle from the main direction: min(12 (φ/φ3dB)², A_max); any angle is folded."""
    folded = np.abs((finite("offset_deg", offset_deg) + 180.0) % 360.0 - 180.0)
    return np.minimum(12.0 * (folded / beam_deg) ** 2, floor_db)


def vertical_attenuation(
    below_deg: ArrayLike, *, vertical_deg: float = 65.0, side_lobe_db: float = 30.0
) -> Floats:
    """Attenuation (dB, ≥ 0) at an angle from the main direction in elevation: min(12 (θ/θ3dB)², SLA_V)."""
    return np.minimum(12.0 * (finite("below_deg", below_deg) / vertical_deg) ** 2, side_lobe_db)


def attenuation(pattern: Pattern, bearing_deg: ArrayLike, below_deg: ArrayLike) -> Floats:
    """Attenuation (dB, ≥ 0) towards a bearing (clockwise from north) and an angle below the horizon.

    The two cuts are added and cut off at A_max. Mechanical tilt turns the antenna about its horizontal axis: full in
    front, none at the sides, upward behind. Electrical tilt lowers the beam alike on all sides.
    """
    below = finite("below_deg", below_deg)
    bearing = finite("bearing_deg", bearing_deg)
    if pattern.omni:
        off = below - pattern.electrical_tilt_deg - pattern.tilt_deg
        cut = _vertical(pattern, off)
        return np.minimum(cut, pattern.floor_db) + 0.0 * bearing
    side, down = _turned(pattern, bearing - pattern.azimuth_deg, below)
    across = horizontal_attenuation(side, beam_deg=pattern.beam_deg, floor_db=pattern.floor_db)
    return np.minimum(across + _vertical(pattern, down - pattern.electrical_tilt_deg), pattern.floor_db)


def _vertical(pattern: Pattern, off_deg: Floats) -> Floats:
    return vertical_attenuation(off_deg, vertical_deg=pattern.vertical_deg, side_lobe_db=pattern.side_lobe_db)


def _turned(pattern: Pattern, offset_deg: Floats, below_deg: Floats) -> tuple[Floats, Floats]:
    """Azimuth offset and angle below the horizon in the frame of the tilted antenna (degrees)."""
    if not pattern.tilt_deg:
        return offset_deg, below_deg
    offset, below, tilt = np.radians(offset_deg), np.radians(below_deg), math.radians(pattern.tilt_deg)
    ahead, aside, up = np.cos(below) * np.cos(offset), np.cos(below) * np.sin(offset), -np.sin(below)
    turned_ahead = ahead * math.cos(tilt) - up * math.sin(tilt)
    turned_up = ahead * math.sin(tilt) + up * math.cos(tilt)
    down = -np.degrees(np.arcsin(np.clip(turned_up, -1.0, 1.0)))
    return np.degrees(np.arctan2(aside, turned_ahead)), down
