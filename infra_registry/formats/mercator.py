"""Web mercator (EPSG:3857) and its tiles: the arithmetic of places, once for single numbers and once for arrays."""

from math import asinh, atan, degrees, floor, pi, radians, sinh, tan
from typing import Any

import numpy as np
from numpy.typing import NDArray

HALF = 20037508.342789244  # from the middle of the world to its edge (m): π times the earth's radius


def tile_of(lon: float, lat: float, zoom: int) -> tuple[int, int]:
    """Column and row of the tile a point (degrees) lies in, not held within the world."""
    size = 1 << zoom
    return floor((lon + 180) / 360 * size), floor((1 - asinh(tan(radians(lat))) / pi) / 2 * size)


def corner(x: float, y: float, zoom: int) -> tuple[float, float]:
    """Longitude and latitude of a tile's north-western corner; fractions lie inside the tile."""
    size = 1 << zoom
    return x / size * 360 - 180, degrees(atan(sinh(pi * (1 - 2 * y / size))))


def tiles_of(lon: Any, lat: Any, zoom: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """``tile_of`` for arrays."""
    size = 1 << zoom
    x = np.floor((lon + 180.0) / 360.0 * size)
    y = np.floor((1.0 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2.0 * size)
    return x.astype(np.int64), y.astype(np.int64)


def middle(x: int, y: int, zoom: int) -> tuple[float, float]:
    """Longitude and latitude of a tile's middle, by the functions of ``tiles_of``."""
    size = 1 << zoom
    lat = np.degrees(np.arctan(np.sinh(np.pi * (1.0 - 2.0 * (y + 0.5) / size))))
    return (x + 0.5) / size * 360.0 - 180.0, float(lat)


def to_degrees(x_m: Any, y_m: Any) -> tuple[Any, Any]:
    """Longitudes and latitudes of places in metres."""
    return x_m / HALF * 180.0, np.degrees(np.arctan(np.sinh(y_m / HALF * np.pi)))


def to_metres(lon: Any, lat: Any) -> tuple[Any, Any]:
    """Places in metres of longitudes and latitudes."""
    return lon / 180.0 * HALF, np.arcsinh(np.tan(np.radians(lat))) / np.pi * HALF
