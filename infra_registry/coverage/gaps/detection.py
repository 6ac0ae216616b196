"""Cells without service, merged into gaps: polygons with people, venues and road, by district, ranked. Pure.

Cells belong together when they share an edge. Figures are sums over cells in the order of the grid, so equal grids
give equal bits. Rank: people, then area, then position (the northernmost row, then the westernmost cell, first).
"""

from dataclasses import dataclass
from typing import Any

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
KINDS = ("dbm", "class", "operators")


@dataclass(frozen=True, slots=True)
class Ground:
    """What lies where: the cells of the area, and what is known per cell.

    ``people`` and ``road_m`` (metres) are None when nothing is known. ``venues``: the flat cell of each public venue,
    -1 outside. ``districts``: a number per cell, negative where there is none; None when districts do not matter.
    ``areas_m2``: square metres per cell where cells differ; None: all alike.
    """

    grid: Grid
    mask: NDArray[np.bool_]
    people: NDArray[Any] | None = None
    road_m: NDArray[Any] | None = None
    venues: NDArray[np.int64] | None = None
    districts: NDArray[Any] | None = None
    areas_m2: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Gap:
    """One gap. ``cells``: flat indices, ascending. ``people``, ``road_m``: None when not known of the area.

    ``geometry``: valid MultiPolygon in EPSG:4326. ``district_id``: where most of its people are (most of its cells
    when it has none); None when it lies in no district.
    """

    ordinal: int
    cells: NDArray[np.int32]
    geometry: BaseGeometry
    area_m2: float
    people: float | None
    venues: int
    road_m: float | None
    district_id: int | None


def lacking(kind: str, grid: NDArray[Any], value: float) -> NDArray[np.bool_]:
    """Cells that fail a threshold: ``dbm`` a level below it, ``class`` a class below it, ``operators`` fewer.

    A cell at the threshold passes. No level (NaN or minus infinity) fails. ValueError for another kind.
    """
    if kind not in KINDS:
        raise ValueError(kind)
    return ~(np.asarray(grid) >= np.asarray(value, grid.dtype if kind == "dbm" else np.float64))


def find(
    ground: Ground, bad: NDArray[np.bool_], *, minimum_m2: float = 0.0, split_by_district: bool = False
) -> list[Gap]:
    """The gaps among bad cells of the area, best worth closing first; smaller ones than the minimum are left out.

    Nothing bad gives no gap; everything bad gives the whole area (one gap per connected part of it).
    """
    labels, count = _labelled(ground, bad, split=split_by_district)
    if not count:
        return []
    flat = labels.ravel()
    inside = np.flatnonzero(flat >= 0)
    owner = flat[inside]
    areas = _areas(ground, inside, owner, count)
    people = _summed(ground.people, inside, owner, count)
    kept = np.flatnonzero(areas >= minimum_m2)
    first = np.full(count, flat.size, np.int64)
    np.minimum.at(first, owner, inside)
    weight = people if people is not None else np.zeros(count)
    ranked = kept[np.lexsort((first[kept], -areas[kept], -weight[kept]))]
    rank = np.full(count + 1, -1, np.int32)
    rank[ranked] = np.arange(len(ranked), dtype=np.int32)
    shapes = _outlines(ground.grid, rank[labels], len(ranked))
    cells = _cells(inside, rank[owner], len(ranked))
    districts = _districts(ground, inside, owner, count)
    roads = _summed(ground.road_m, inside, owner, count)
    venues = _venues(ground, flat, count)
    return [
        Gap(
            at + 1, cells[at], shapes[at], float(areas[component]),
            None if people is None else float(people[component]), int(venues[component]),
            None if roads is None else float(roads[component]), districts[component],
        )
        for at, component in enumerate(ranked)
    ]  # fmt: skip


def _labelled(ground: Ground, bad: NDArray[np.bool_], *, split: bool) -> tuple[NDArray[np.int32], int]:
    """A number per connected part, -1 elsewhere."""
    from scipy import ndimage

    here = bad & ground.mask
    if not split or ground.districts is None:
        labels, count = ndimage.label(here)
        return labels.astype(np.int32, copy=False) - 1, int(count)
    district = np.asarray(ground.districts)
    labels, total = np.full(here.shape, -1, np.int32), 0
    for number in np.unique(district[here]):
        mine = here & (district == number)
        parts, count = ndimage.label(mine)
        labels[mine] = parts[mine] + (total - 1)
        total += int(count)
    return labels, total


def _areas(
    ground: Ground, inside: NDArray[np.int64], owner: NDArray[np.int32], count: int
) -> NDArray[np.float64]:
    if ground.areas_m2 is None:
        cells: NDArray[np.int64] = np.bincount(owner, minlength=count)
        place = ground.grid.transform
        return cells.astype(np.float64) * float(abs(place.a * place.e))
    return np.bincount(owner, ground.areas_m2.ravel()[inside], count).astype(np.float64)


def _summed(
    values: NDArray[Any] | None, inside: NDArray[np.int64], owner: NDArray[np.int32], count: int
) -> NDArray[np.float64] | None:
    if values is None:
        return None
    of_cells = np.nan_to_num(np.asarray(values, np.float64).ravel()[inside])
    return np.bincount(owner, of_cells, count).astype(np.float64)


def _venues(ground: Ground, flat: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    if ground.venues is None:
        return np.zeros(count, np.int64)
    owner = flat[ground.venues[ground.venues >= 0]]
    return np.bincount(owner[owner >= 0], minlength=count)


def _cells(inside: NDArray[np.int64], rank: NDArray[np.int32], count: int) -> list[NDArray[np.int32]]:
    chosen = rank >= 0
    inside, rank = inside[chosen].astype(np.int32), rank[chosen]
    order = np.argsort(rank, kind="stable")
    return np.split(inside[order], np.cumsum(np.bincount(rank, minlength=count))[:-1])


def _districts(
    ground: Ground, inside: NDArray[np.int64], owner: NDArray[np.int32], count: int
) -> list[int | None]:
    """The district with most people of each gap; of equal ones that with most cells, then the lowest number."""
    districts: list[int | None] = [None] * count
    if ground.districts is None:
        return districts
    district = np.asarray(ground.districts).ravel()[inside].astype(np.int64)
    there = district >= 0
    if not there.any():
        return districts
    names, code = np.unique(district[there], return_inverse=True)
    pair, at = np.unique(owner[there].astype(np.int64) * len(names) + code, return_inverse=True)
    cells = np.bincount(at)
    people: NDArray[np.float64] = np.zeros(len(pair))
    if ground.people is not None:
        cell_people = np.asarray(ground.people, np.float64).ravel()[inside][there]
        people = np.bincount(at, np.nan_to_num(cell_people), len(pair)).astype(np.float64)
    gap, name = pair // len(names), pair % len(names)
    for best in np.lexsort((-name, cells, people)):  # the last word on a gap is its best pair
        districts[gap[best]] = int(names[name[best]])
    return districts


def _outlines(grid: Grid, labels: NDArray[np.int32], count: int) -> list[MultiPolygon]:
    """One valid MultiPolygon in EPSG:4326 for each label from 0; negative cells are nobody's."""
    from rasterio.features import shapes

    parts: list[list[BaseGeometry]] = [[] for _ in range(count)]
    for outline, value in shapes(labels, mask=labels >= 0, connectivity=4, transform=grid.transform):
        parts[int(value)].append(shape(outline))
    return [_outline(grid, pieces) for pieces in parts]


def _outline(grid: Grid, pieces: list[BaseGeometry]) -> MultiPolygon:
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
