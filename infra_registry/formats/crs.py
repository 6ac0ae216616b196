"""From a declared coordinate system to EPSG:4326, with a check that the numbers are plausible in it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError
from shapely.geometry.base import BaseGeometry

from infra_registry.errors import Fault
from infra_registry.formats.errors import FormatError

WGS84 = "EPSG:4326"
# Offered in lists; any other EPSG code may be typed.
OFFERED = (
    "EPSG:4326",
    "EPSG:4490",
    "EPSG:4549",
    "EPSG:4547",
    "EPSG:4545",
    "EPSG:2154",
    "EPSG:2263",
    "EPSG:3857",
)
SLACK_DEG = 1.0


@dataclass(frozen=True, slots=True)
class Placed:
    """A geometry in EPSG:4326, or none and what is wrong with the coordinates sent."""

    geometry: BaseGeometry | None
    fault: Fault | None = None


def known(name: str) -> str:
    """The canonical ``EPSG:n`` of a declared system. Raises FormatError ``crs.unknown``."""
    try:
        crs = CRS.from_user_input(name if ":" in name else f"EPSG:{name}")
    except (CRSError, ValueError, TypeError, RecursionError) as error:
        raise FormatError("crs.unknown", value=name[:60], expected="EPSG:4326") from error
    if crs.equals(CRS.from_user_input("OGC:CRS84"), ignore_axis_order=True):
        return WGS84
    code = crs.to_epsg(min_confidence=70)
    if code is None or not (crs.is_geographic or crs.is_projected):
        raise FormatError("crs.unknown", value=name[:60], expected="EPSG:4326")
    return f"EPSG:{code}"


def is_known(name: str) -> bool:
    """True when ``known`` knows the system."""
    try:
        return bool(known(name))
    except FormatError:
        return False


def to_wgs84(geometries: Sequence[BaseGeometry | None], declared: str) -> list[Placed]:
    """Each geometry in EPSG:4326, or the fault of its coordinates. None and empty ones pass through as none."""
    transformer, bounds, geographic = _prepared(declared)
    placed: list[Placed] = []
    for geometry in geometries:
        if geometry is None or geometry.is_empty:
            placed.append(Placed(None))
            continue
        fault = _implausible(shapely.get_coordinates(geometry), declared, geographic=geographic)
        if fault:
            placed.append(Placed(None, fault))
            continue
        moved = (
            geometry if declared == WGS84 else shapely.transform(geometry, lambda xy: _move(transformer, xy))
        )
        coordinates = shapely.get_coordinates(moved)
        outside = None if geographic else _outside(coordinates, bounds)
        if outside:
            placed.append(Placed(None, _swapped(geometry, transformer, bounds, declared) or outside))
            continue
        placed.append(Placed(moved))
    return placed


@lru_cache(maxsize=64)
def _prepared(declared: str) -> tuple[Transformer, tuple[float, float, float, float], bool]:
    system = CRS.from_user_input(declared)
    area = system.area_of_use
    bounds = (area.west, area.south, area.east, area.north) if area else (-180.0, -90.0, 180.0, 90.0)
    transformer = Transformer.from_crs(system, WGS84, always_xy=True)
    return transformer, bounds, bool(system.is_geographic)


def _move(transformer: Transformer, xy: np.ndarray) -> np.ndarray:
    return np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))


def _fault(code: str, coordinates: np.ndarray, expected: str) -> Fault:
    return Fault("geometry", f"{coordinates[0][0]:.8g} {coordinates[0][1]:.8g}", code, expected)


def _implausible(coordinates: np.ndarray, declared: str, *, geographic: bool) -> Fault | None:
    if not np.isfinite(coordinates).all():
        return _fault("geometry.not_finite", coordinates, "116.59 35.41")
    x, y = np.abs(coordinates[:, 0]).max(), np.abs(coordinates[:, 1]).max()
    if geographic and (x > 180 or y > 90):
        if x <= 90 and y <= 180:
            return _fault("crs.swapped", coordinates, "-180 … 180, -90 … 90")
        if x > 360 or y > 360:
            return _fault("crs.metres_as_degrees", coordinates, declared)
        return _fault("geometry.range", coordinates, "-180 … 180, -90 … 90")
    if not geographic and x <= 180 and y <= 180:
        return _fault("crs.degrees_as_metres", coordinates, declared)
    return None


def _outside(coordinates: np.ndarray, bounds: tuple[float, float, float, float]) -> Fault | None:
    west, south, east, north = bounds
    x, y = coordinates[:, 0], coordinates[:, 1]
    inside_x = (
        (x >= west - SLACK_DEG) & (x <= east + SLACK_DEG)
        if west <= east
        else np.full(len(x), fill_value=True)
    )
    if (
        np.isfinite(coordinates).all()
        and (inside_x & (y >= south - SLACK_DEG) & (y <= north + SLACK_DEG)).all()
    ):
        return None
    return _fault("crs.outside", coordinates, f"{west:g} … {east:g}, {south:g} … {north:g}")


def _swapped(
    geometry: BaseGeometry, transformer: Transformer, bounds: tuple[float, float, float, float], declared: str
) -> Fault | None:
    turned = shapely.transform(geometry, lambda xy: _move(transformer, xy[:, ::-1]))
    if _outside(shapely.get_coordinates(turned), bounds):
        return None
    return _fault("crs.swapped", shapely.get_coordinates(geometry), declared)
