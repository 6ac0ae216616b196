"""Boundaries before they are written: valid, polygons only, two dimensions. Pure."""

import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from infra_registry.errors import RegistryError

MAX_VERTICES = 2_000_000


def as_multipolygon(geometry: BaseGeometry) -> MultiPolygon:
    """The valid polygonal part of a shape in EPSG:4326.

    Raises RegistryError ``area.boundary`` when nothing is left, ``area.range`` outside the globe,
    ``area.too_many`` above two million vertices.
    """
    if shapely.get_num_coordinates(geometry) > MAX_VERTICES:
        raise RegistryError("area.too_many", expected=MAX_VERTICES)
    mended = shapely.make_valid(shapely.force_2d(geometry))
    polygons = [part for part in _parts(mended) if isinstance(part, Polygon) and part.area > 0]
    if not polygons:
        raise RegistryError("area.boundary", value=geometry.geom_type)
    shape = MultiPolygon(polygons)
    west, south, east, north = shape.bounds
    if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):
        raise RegistryError("area.range", value=f"{west:g} {south:g} {east:g} {north:g}")
    return shape


def _parts(geometry: BaseGeometry) -> list[BaseGeometry]:
    if hasattr(geometry, "geoms"):
        return [part for member in geometry.geoms for part in _parts(member)]
    return [geometry]
