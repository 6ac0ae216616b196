"""Gaps now against gaps of an earlier run: closed, shrunk, same, grown, new. Pure.

Earlier gaps are laid on the cells of now. Each earlier gap has one **heir**: the gap of now with which it shares most
cells (of equals the one that ranks first). So every earlier figure counts exactly once:

- a gap that is heir to one or several earlier ones is compared with their sum: ``grown``, ``shrunk``, or ``same``
  when its area differs by no more than ``tolerance``;
- a gap that is nobody's heir is ``shrunk`` when at least half of its cells lay in earlier gaps (what is left of a gap
  that fell apart; its earlier figures stand with the heir), otherwise ``new``;
- an earlier gap that shares no cell with any gap of now is ``closed``. One that lies wholly outside the area of now
  cannot be compared and is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from infra_registry.coverage.gaps.detection import Gap, Grid

NEW, GROWN, SAME, SHRUNK, CLOSED = "new", "grown", "same", "shrunk", "closed"


@dataclass(frozen=True, slots=True)
class Earlier:
    """A gap of an earlier run: its key there, its place in EPSG:4326 and its figures."""

    key: int
    geometry: BaseGeometry
    people: float | None
    area_m2: float


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a gap. ``ordinal``: the gap of now, None when closed; ``earlier``: keys whose heir it is.

    ``earlier_people`` and ``earlier_area_m2`` are sums over ``earlier``; None when there are none (people: or unknown).
    """

    ordinal: int | None
    compared: str
    earlier: tuple[int, ...] = ()
    earlier_people: float | None = None
    earlier_area_m2: float | None = None


def compare(
    grid: Grid,
    mask: NDArray[np.bool_],
    gaps: Sequence[Gap],
    earlier: Sequence[Earlier],
    *,
    tolerance: float = 0.0,
) -> list[Change]:
    """One change per gap of now, in their order, then the closed ones by earlier people, area and key."""
    before = _laid(grid, mask, earlier)
    heirs, closed = _heirs(gaps, earlier, before)
    changes = []
    for at, gap in enumerate(gaps):
        past = [earlier[i] for i in heirs.get(at, ())]
        if past:
            changes.append(_change(gap.ordinal, _kind(gap.area_m2, past, tolerance), past))
        else:
            kept = np.count_nonzero(before[gap.cells] >= 0)
            changes.append(Change(gap.ordinal, SHRUNK if kept and 2 * kept >= len(gap.cells) else NEW))
    gone = sorted(
        (earlier[i] for i in closed),
        key=lambda earlier_gap: (-(earlier_gap.people or 0.0), -earlier_gap.area_m2, earlier_gap.key),
    )
    return [*changes, *(_change(None, CLOSED, [earlier_gap]) for earlier_gap in gone)]


def _laid(grid: Grid, mask: NDArray[np.bool_], earlier: Sequence[Earlier]) -> NDArray[np.int32]:
    """Flat cells with the number of the earlier gap whose polygon holds their centre, -1 where none or no area."""
    from rasterio.features import rasterize

    laid = np.full(mask.shape, -1, np.int32)
    placed = [(grid.project(gap.geometry), at) for at, gap in enumerate(earlier)]
    if placed:
        rasterize(placed, out=laid, transform=grid.transform)
        _seat_small(grid, laid, placed)
    laid[~mask] = -1
    return laid.ravel()


def _seat_small(grid: Grid, laid: NDArray[np.int32], placed: list[tuple[BaseGeometry, int]]) -> None:
    """A gap too small to hold any centre gets the cell in which it lies, if that is free."""
    seated = np.isin(np.arange(len(placed)), laid)
    for shape, at in placed:
        if not seated[at]:
            point = shapely.point_on_surface(shape)
            column, row = ~grid.transform @ (point.x, point.y)
            col, line = int(np.floor(column)), int(np.floor(row))
            inside = 0 <= line < laid.shape[0] and 0 <= col < laid.shape[1]
            if inside and laid[line, col] < 0:
                laid[line, col] = at


def _heirs(
    gaps: Sequence[Gap], earlier: Sequence[Earlier], before: NDArray[np.int32]
) -> tuple[dict[int, list[int]], list[int]]:
    """Which earlier gaps each gap of now is heir to, and those that are closed."""
    shared: dict[int, tuple[int, int]] = {}
    for at, gap in enumerate(gaps):
        names, counts = np.unique(before[gap.cells], return_counts=True)
        for name, count in zip(names.tolist(), counts.tolist(), strict=True):
            if name >= 0 and count > shared.get(name, (0, 0))[0]:
                shared[name] = (count, at)
    heirs: dict[int, list[int]] = {}
    for name in sorted(shared):
        heirs.setdefault(shared[name][1], []).append(name)
    here = np.unique(before[before >= 0]).tolist()
    return heirs, [name for name in here if name not in shared and name < len(earlier)]


def _kind(area_m2: float, past: Sequence[Earlier], tolerance: float) -> str:
    before = sum(gap.area_m2 for gap in past)
    if abs(area_m2 - before) <= max(tolerance, 1e-9) * before:
        return SAME
    return GROWN if area_m2 > before else SHRUNK


def _change(ordinal: int | None, compared: str, past: Sequence[Earlier]) -> Change:
    people = [gap.people for gap in past if gap.people is not None]
    total = float(sum(people)) if len(people) == len(past) else None
    keys = tuple(gap.key for gap in past)
    return Change(ordinal, compared, keys, total, float(sum(gap.area_m2 for gap in past)))
