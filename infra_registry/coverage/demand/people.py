"""Demand of an area on the grid of a run: people, with the words that say where the numbers come from.

Rule. Sets of people are alternatives, never added: zones, a raster and points of one area describe the same people.
The set of the area itself counts, or else of the nearest area above it that has one; of several sets of that area the
one loaded last. Only when neither has any do the areas below count, each with its own last one. What was chosen and
what was left aside is printed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection

from infra_registry import config
from infra_registry.coverage.demand import store
from infra_registry.coverage.demand.basis import Basis, basis_of, joined
from infra_registry.coverage.demand.lines import metres_per_cell
from infra_registry.coverage.demand.spreading import (
    Dwellings,
    Spread,
    Zone,
    settle,
    spread_points,
    spread_raster,
    spread_zones,
)
from infra_registry.coverage.demand.store import POPULATION, DemandSet
from infra_registry.coverage.grids.frame import Frame
from infra_registry.files import Folder, path_of
from infra_registry.formats.raster import read_window
from infra_registry.resources import COVERAGE_DATA, tables

WHOLE = 1 - 1e-6  # a zone with so much of its area inside the boundary lies in it


_Place = tuple[Frame, BaseGeometry, NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class Demand:
    """People per cell. ``total_known``: people of the chosen sets; ``total_on_grid``: those in cells of the area."""

    people: NDArray[np.float32]
    basis: tuple[Basis, ...]
    total_known: float
    total_on_grid: float


@dataclass(slots=True)
class _Sum:
    """What the chosen sets add up to; ``total`` counts people beside the grid too."""

    people: NDArray[np.float64]
    basis: list[Basis] = field(default_factory=list)
    total: float = 0.0


def chosen(sets: Sequence[DemandSet], kinds: Sequence[str] = POPULATION) -> list[DemandSet]:
    """The sets that count, by the rule above."""
    usable = [item for item in sets if item.kind in kinds and (item.people is None or item.people > 0)]
    above = sorted({item.step for item in usable if item.step >= 0})
    below = sorted({item.step for item in usable if item.step < 0}, reverse=True)
    if not above and not below:
        return []
    step = above[0] if above else below[0]
    best: dict[int, DemandSet] = {}
    for item in sorted(usable, key=lambda item: (item.recorded_at, item.kind, item.source or "")):
        if item.step == step:
            best[item.area_id] = item
    return sorted(best.values(), key=lambda item: item.area_code)


def counting(sets: Sequence[DemandSet]) -> set[DemandSet]:
    """All sets of an area that count: of people, of roads, and every one of heights."""
    return {*chosen(sets), *chosen(sets, ("roads",)), *(item for item in sets if item.kind == "terrain")}


def people_grid(
    connection: Connection,
    area_id: int,
    frame: Frame,
    outline: BaseGeometry | None,
    *,
    files_dir: Path | None = None,
) -> Demand:
    """People on the cells of a frame, inside the outline of the area on a day.

    Without an outline or without any set the grid is empty and the basis says so. Equal inputs give equal bits.
    """
    available = store.sets(connection, area_id)
    sets = chosen(available)
    result = _Sum(np.zeros((frame.rows, frame.cols)))
    if outline is None or not sets:
        return Demand(result.people.astype(np.float32), (Basis("demand.basis.nothing"),), 0.0, 0.0)
    mask = frame.mask(outline)
    shapely.prepare(outline)
    for demand_set in sets:
        if demand_set.kind == "points":
            _points(connection, demand_set, result, (frame, outline, mask))
        elif demand_set.kind == "zones":
            _zones(connection, demand_set, result, (frame, outline, mask))
        else:
            _rasters(connection, demand_set, result, (frame, mask, files_dir or config.load().files_dir))
        if demand_set.step > 0:
            result.basis.append(Basis("demand.basis.above", {"area": demand_set.area_code}))
    aside = sum(1 for demand_set in available if demand_set.kind in POPULATION) - len(sets)
    if aside:
        result.basis.append(Basis("demand.basis.aside", {"count": aside}))
    on_grid = float(result.people.sum())
    return Demand(result.people.astype(np.float32), joined(result.basis), result.total, on_grid)


def _params(demand_set: DemandSet, **more: Any) -> dict[str, Any]:
    """Parameters of a basis: area, source, items and people of the set, and what else is given."""
    return {
        "area": demand_set.area_code,
        "source": demand_set.title or demand_set.source or "–",
        "items": demand_set.items,
        "people": _n(demand_set.people or 0),
        **more,
    }


def _n(number: float) -> int:
    return round(float(number))


def _points(connection: Connection, demand_set: DemandSet, result: _Sum, place: _Place) -> None:
    frame, outline, mask = place
    rows = store.points(connection, demand_set)
    inside = shapely.intersects_xy(outline, rows[:, 0], rows[:, 1])
    lon, lat, people = rows[inside].T
    spread = spread_points(lon, lat, people, frame)
    result.people += settle(spread.people, mask)
    result.total += rows[:, 2].sum()
    params = _params(demand_set, inside=int(inside.sum()), people_inside=_n(spread.people.sum()))
    result.basis.append(Basis("demand.basis.points", params))


def _zones(connection: Connection, demand_set: DemandSet, result: _Sum, place: _Place) -> None:
    frame, outline, mask = place
    homes = store.dwellings(connection, demand_set)
    dwellings = Dwellings(homes[:, 0], homes[:, 1], homes[:, 2])
    whole: list[Zone] = []
    cut: list[Zone] = []
    for people, shape in store.zones(connection, demand_set):
        inside = outline.contains(shape) or outline.intersection(shape).area >= WHOLE * shape.area
        (whole if inside else cut).append(Zone(people, shape))
        result.total += people
    most = _most_per_household()
    settled = spread_zones(whole, frame, dwellings, most_per_household=most)
    across = spread_zones(cut, frame, dwellings, most_per_household=most)
    partly = np.where(mask, across.people, 0.0)
    result.people += settle(settled.people, mask) + partly
    result.basis += _zone_basis(demand_set, (settled, across), len(cut), _n(partly.sum()))


@cache
def _most_per_household() -> float:
    """At most so many people of a zone go to one registered household."""
    return float(tables(COVERAGE_DATA / "demand.toml")["most_people_per_household"])


def _zone_basis(demand_set: DemandSet, spreads: Sequence[Spread], cut: int, added: int) -> list[Basis]:
    bases: list[Basis] = []
    by_dwellings = sum(spread.by_dwellings for spread in spreads)
    evenly = sum(spread.evenly for spread in spreads)
    if by_dwellings:
        number = sum(spread.zones_by_dwellings for spread in spreads)
        params = _params(demand_set, zones=number, placed=_n(by_dwellings))
        bases.append(Basis("demand.basis.dwellings", params))
    if evenly:
        number = sum(spread.zones_evenly for spread in spreads)
        bases.append(Basis("demand.basis.evenly", _params(demand_set, zones=number, placed=_n(evenly))))
    if cut:
        bases.append(Basis("demand.basis.cut", {"zones": cut, "people": added}))
    stated = basis_of(demand_set.basis)
    return [*bases, stated] if stated else bases


def _rasters(
    connection: Connection, demand_set: DemandSet, result: _Sum, place: tuple[Frame, NDArray[np.bool_], Path]
) -> None:
    frame, mask, files_dir = place
    added = np.zeros_like(result.people)
    for row in store.rasters(connection, demand_set):
        path = path_of(files_dir, Folder.RASTERS, row.digest)
        piece = read_window(path, frame.bounds, crs=f"EPSG:{frame.epsg}")
        if piece is not None:
            added += spread_raster(piece.values, piece.transform, row.crs, frame).people
        result.total += row.people or 0.0
    added = np.where(mask, added, 0.0)
    result.people += added
    result.basis.append(Basis("demand.basis.raster", _params(demand_set, people_inside=_n(added.sum()))))


def road_lengths(connection: Connection, frame: Frame, area_id: int) -> NDArray[np.float32] | None:
    """Metres of road per cell, by the same rule of sets as people; None when no roads are loaded."""
    sets = chosen(store.sets(connection, area_id), ("roads",))
    if not sets:
        return None
    lines = [line for item in sets for line in store.roads(connection, item, frame.bounds_4326)]
    return metres_per_cell(lines, frame)
