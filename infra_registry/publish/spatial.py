"""Boxes and the quad cells that cover them: the spatial part of every query.

With ``&&`` marked leakproof the GiST index serves under row security. Without the mark the same
boxes become ranges of integer cells, which a btree serves and every role may use.
"""

from dataclasses import dataclass
from math import isfinite

from infra_registry.errors import Fault, Invalid
from infra_registry.formats.mercator import tile_of

DEEPEST = 14
MERCATOR_LIMIT = 85.0511
MAX_COVER = 4


@dataclass(frozen=True, slots=True)
class Box:
    """A box in EPSG:4326 degrees, west ≤ east and south ≤ north."""

    west: float
    south: float
    east: float
    north: float

    def params(self) -> dict[str, float]:
        """Values of the bound parameters of ``CONDITION``."""
        return {"west": self.west, "south": self.south, "east": self.east, "north": self.north}


def parse_box(text: str, field: str = "bbox") -> Box:
    """Read ``west,south,east,north``; raises Invalid ``bbox.*`` naming what is wrong and what would do."""
    expected = "116.3,35.2,116.8,35.6"
    parts = text.split(",")
    if len(parts) != 4 or len(text) > 200:
        raise Invalid([Fault(field, text[:80], "bbox.count", expected)])
    try:
        west, south, east, north = (float(part) for part in parts)
    except ValueError as error:
        raise Invalid([Fault(field, text[:80], "bbox.number", expected)]) from error
    inside = all(map(isfinite, (west, south, east, north))) and west >= -180 and east <= 180 and south >= -90
    if not inside or north > 90:
        raise Invalid([Fault(field, text[:80], "bbox.range", expected)])
    if west > east or south > north:
        raise Invalid([Fault(field, text[:80], "bbox.order", expected)])
    return Box(west, south, east, north)


def condition(box: Box, *, leakproof: bool, boxes_only: bool = False) -> tuple[str, dict[str, object]]:
    """SQL that the shown geometry of place row ``p`` meets the box, and its parameters.

    ``boxes_only`` compares bounding boxes, which is enough where the geometry is clipped afterwards.
    """
    envelope = "ST_MakeEnvelope(:west, :south, :east, :north, 4326)"
    exact = f"p.geom && {envelope}" + ("" if boxes_only else f" AND ST_Intersects(p.geom, {envelope})")
    if leakproof:
        return exact, dict(box.params())
    ranges, singles = cover(box)
    parts = [f"p.cell BETWEEN :lo{i} AND :hi{i}" for i in range(len(ranges))]
    values: dict[str, object] = {"singles": singles, **box.params()}
    for i, (low, high) in enumerate(ranges):
        values[f"lo{i}"], values[f"hi{i}"] = low, high
    return f"({' OR '.join(parts)} OR p.cell = ANY (:singles)) AND {exact}", values


def cover(box: Box) -> tuple[list[tuple[int, int]], list[int]]:
    """Ranges of cell ids inside the cells that cover a box, and the ids of all cells above them."""
    zoom = DEEPEST
    (x1, y1), (x2, y2) = tile(box.west, box.north), tile(box.east, box.south)
    while (x2 - x1 + 1) * (y2 - y1 + 1) > MAX_COVER:
        x1, y1, x2, y2, zoom = x1 >> 1, y1 >> 1, x2 >> 1, y2 >> 1, zoom - 1
    ranges, singles = [], set()
    for x in range(x1, x2 + 1):
        for y in range(y1, y2 + 1):
            path = morton(x, y)
            span = 2 * (DEEPEST - zoom)
            ranges.append(((path << span) << 4, (((path + 1) << span) << 4) - 1))
            for up in range(1, zoom + 1):
                singles.add(cell_id(x >> up, y >> up, zoom - up))
    return ranges, sorted(singles)


def tile(lon: float, lat: float, zoom: int = DEEPEST) -> tuple[int, int]:
    """Web-mercator tile of a point."""
    size = 1 << zoom
    lat = min(MERCATOR_LIMIT, max(-MERCATOR_LIMIT, lat))
    x, y = tile_of(lon, lat, zoom)
    return min(size - 1, max(0, x)), min(size - 1, max(0, y))


def morton(x: int, y: int) -> int:
    """The quad path of a tile: bits of y and x in turn."""
    path = 0
    for bit in range(DEEPEST + 1):
        path |= ((x >> bit) & 1) << (2 * bit) | ((y >> bit) & 1) << (2 * bit + 1)
    return path


def cell_id(x: int, y: int, zoom: int) -> int:
    """The id the database gives a cell (``cell_id`` in the SQL tree)."""
    return ((morton(x, y) << (2 * (DEEPEST - zoom))) << 4) | zoom
