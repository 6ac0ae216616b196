"""How far a row would move what is registered. Pure."""

from pyproj import Geod
from shapely.geometry.base import BaseGeometry

GEOD = Geod(ellps="WGS84")


def shift_m(before: BaseGeometry | None, after: BaseGeometry | None) -> float:
    """How far (m) the outer corners of a thing in EPSG:4326 move, the farther one: for a point, its distance.

    Infinite where one of the two has no place.
    """
    if before is None or after is None or before.is_empty or after.is_empty:
        return float("inf")
    (w1, s1, e1, n1), (w2, s2, e2, n2) = before.bounds, after.bounds
    metres = GEOD.inv([w1, e1], [s1, n1], [w2, e2], [s2, n2])[2]
    return float(max(metres))


def in_words(metres: float) -> str:
    """A distance as a person reads it: whole metres, below ten with one decimal."""
    return f"{metres:.1f}" if metres < 10 else f"{metres:.0f}"
