"""Outlines of labelled cells as polygons in degrees. Pure."""

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon
from shapely.geometry import box, shape
from shapely.geometry.base import BaseGeometry

from infra_registry.coverage.grids.frame import Frame
from infra_registry.coverage.runs.published import Quads

Grid = Frame | Quads

# A straight edge of the grid is a curve in degrees: pieces of this many metres keep it within 0.2 m up to 72° N or S.
LONGEST_EDGE_M = 2_000.0
EAST, WHOLE_TURN = 180.0, 360.0


def outlines(grid: Grid, labels: NDArray[np.int32], count: int) -> list[MultiPolygon]:
    """One valid MultiPolygon in EPSG:4326 for each label from 0; negative cells are nobody's."""
    from rasterio.features import shapes

    parts: list[list[BaseGeometry]] = [[] for _ in range(count)]
    for outline, value in shapes(labels, mask=labels >= 0, connectivity=4, transform=grid.transform):
        parts[int(value)].append(shape(outline))
    return [outline_of(grid, pieces) for pieces in parts]


def outline_of(grid: Grid, pieces: list[BaseGeometry]) -> MultiPolygon:
    """Polygons of a grid's CRS as one valid MultiPolygon in degrees, cut in two at the dateline."""
    whole = shapely.union_all([_polygons(shapely.make_valid(piece)) for piece in pieces])
    there = grid.to_4326(shapely.segmentize(whole, LONGEST_EDGE_M))
    west, _, east, _ = there.bounds
    if east - west > EAST:
        there = _cut(there)
    valid = shapely.is_valid(there) and isinstance(there, MultiPolygon)
    return there if valid else _polygons(shapely.make_valid(there))


def _cut(around: BaseGeometry) -> BaseGeometry:
    """A geometry over the dateline, whose western half has jumped east, as two halves where they belong."""
    outline = shapely.make_valid(
        shapely.transform(around, lambda xy: xy + np.where(xy[:, :1] < 0, [WHOLE_TURN, 0.0], [0.0, 0.0]))
    )
    before = outline.intersection(box(0, -90, EAST, 90))
    after = shapely.transform(
        outline.intersection(box(EAST, -90, WHOLE_TURN, 90)), lambda xy: xy - [WHOLE_TURN, 0.0]
    )
    return shapely.union_all([before, after])


def _polygons(geometry: BaseGeometry) -> MultiPolygon:
    """Only what has an area."""
    parts = [part for part in shapely.get_parts(shapely.get_parts(geometry)) if part.geom_type == "Polygon"]
    return MultiPolygon(parts)
