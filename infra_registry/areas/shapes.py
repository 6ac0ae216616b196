"""Boundaries before they are written: valid, polygons only, two dimensions. Pure."""

from collections.abc import Sequence

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from infra_registry.errors import RegistryError

MAX_VERTICES = 2_000_000
# Sides whose boxes meet, beyond a few a side: what mending costs grows with them, from seconds to hours.
MAX_MEETINGS = 200_000
MEETINGS_A_SIDE = 4
SAMPLE = 2000


def as_multipolygon(geometry: BaseGeometry) -> MultiPolygon:
    """The valid polygonal part of a shape in EPSG:4326.

    Raises RegistryError ``area.boundary`` when nothing is left, ``area.range`` outside the globe,
    ``area.too_many`` above two million vertices, ``area.tangled`` as ``mended`` does.
    """
    if shapely.get_num_coordinates(geometry) > MAX_VERTICES:
        raise RegistryError("area.too_many", expected=MAX_VERTICES)
    polygons = [
        part
        for part in _parts(mended(shapely.force_2d(geometry)))
        if isinstance(part, Polygon) and part.area > 0
    ]
    if not polygons:
        raise RegistryError("area.boundary", value=geometry.geom_type)
    shape = MultiPolygon(polygons)
    west, south, east, north = shape.bounds
    if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):
        raise RegistryError("area.range", value=f"{west:g} {south:g} {east:g} {north:g}")
    return shape


def mended(geometry: BaseGeometry) -> BaseGeometry:
    """A valid geometry: itself, or what its rings enclose. RegistryError ``area.tangled`` as ``untangled``."""
    if geometry.is_valid:
        return geometry
    untangled([geometry])
    made: BaseGeometry = shapely.make_valid(geometry, method="structure", keep_collapsed=False)
    return made


def untangled(geometries: Sequence[BaseGeometry]) -> None:
    """Refuse shapes whose sides cross each other too often: a few hundred corners can cost hours of mending.

    How often is estimated from every so many sides. Raises RegistryError ``area.tangled``.
    """
    lines = shapely.get_parts(shapely.boundary(np.asarray(geometries, object)))
    corners, line = shapely.get_coordinates(lines, return_index=True)
    same = line[1:] == line[:-1]
    low, high = np.minimum(corners[1:], corners[:-1])[same], np.maximum(corners[1:], corners[:-1])[same]
    if not len(low):
        return
    boxes = shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1])
    sample = boxes[:: max(1, len(boxes) // SAMPLE)]
    tree, most = shapely.STRtree(boxes), MAX_MEETINGS + MEETINGS_A_SIDE * len(boxes)
    overlaps = 0
    for some in np.array_split(sample, max(1, len(sample) // 100)):
        overlaps += len(tree.query(some)[0]) - len(some)
        if overlaps / len(sample) * len(boxes) / 2 > most:
            raise RegistryError("area.tangled", value=f"{len(boxes):,}", expected=f"{most:,}")


def _parts(geometry: BaseGeometry) -> list[BaseGeometry]:
    if hasattr(geometry, "geoms"):
        return [part for member in geometry.geoms for part in _parts(member)]
    return [geometry]
