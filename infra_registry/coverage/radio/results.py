"""What a radio run found, edition by edition, before anything is written: figures of layers, gaps, summaries. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infra_registry.coverage.radio.layers import Name

CLASSES = 6


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """Pieces of ground a figure is summed over: cells of the grid, or quad cells. ``people`` None: not known.

    ``district`` is an index into ``districts`` (code, name, English name), -1 for none.
    """

    area_m2: NDArray[np.float64]
    people: NDArray[np.float64] | None
    district: NDArray[np.int16]
    districts: Sequence[tuple[str, str, str | None]]


@dataclass(frozen=True, slots=True, eq=False)
class LayerRow:
    """A layer to be written; ``classes`` are published quad cells (x, y, class), of the public edition alone."""

    name: Name
    operator_id: int | None
    stations: int
    cells: int
    cells_defaulted: int
    stats: Mapping[str, Any]
    raster_digest: str | None = None
    classes: Sequence[tuple[int, int, int]] = ()


@dataclass(frozen=True, slots=True, eq=False)
class GapRow:
    """A gap to be written; ``cells`` are flat indices on the frame."""

    layer: Name
    district_id: int | None
    area_m2: float
    people: float | None
    venues: int
    road_m: float | None
    geometry: Any
    cells: NDArray[np.int32]
    compared: str | None = None
    earlier_people: float | None = None
    earlier_area_m2: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Edition:
    """Everything one edition of a run holds; ``summary`` goes to the run."""

    name: str
    layers: Sequence[LayerRow]
    gaps: Sequence[GapRow]
    remedies: Sequence[Any] = ()
    sets: Sequence[Any] = ()
    summary: Mapping[str, Any] = field(default_factory=dict)


def stats(classes: NDArray[Any], units: Units) -> dict[str, Any]:
    """Square metres and people by class 0 … 5, in all and by district; people None when none are known."""
    usable = classes >= 0
    rows = []
    for index, (code, name, name_en) in enumerate(units.districts):
        here = usable & (units.district == index)
        if here.any():
            rows.append({"code": code, "name": name, "name_en": name_en} | _figures(classes, units, here))
    return _figures(classes, units, usable) | {"districts": rows}


def ranked(gaps: Sequence[GapRow]) -> list[GapRow]:
    """By people, then area, then position from north-west; layers of one technology before others by name."""

    def order(gap: GapRow) -> tuple[Any, ...]:
        west, _, _, north = gap.geometry.bounds
        return -(gap.people or 0.0), -gap.area_m2, -round(north, 7), round(west, 7), gap.layer

    return sorted(gaps, key=order)


def covered(figures: Mapping[str, Any], served_class: int) -> dict[str, Any]:
    """Square metres and people with at least this class, of how many."""
    people = figures["people"]
    return {
        "area_m2": round(sum(figures["area_m2"][served_class:]), 1),
        "area_total_m2": round(sum(figures["area_m2"]), 1),
        "people": None if people is None else round(sum(people[served_class:]), 3),
        "people_total": None if people is None else round(sum(people), 3),
    }


def _figures(classes: NDArray[Any], units: Units, where: NDArray[np.bool_]) -> dict[str, Any]:
    people = None if units.people is None else _by_class(classes, units.people, where)
    return {"area_m2": _by_class(classes, units.area_m2, where), "people": people}


def _by_class(classes: NDArray[Any], weights: NDArray[np.float64], where: NDArray[np.bool_]) -> list[float]:
    summed = np.bincount(classes[where].astype(np.int64), weights=weights[where], minlength=CLASSES)
    return [round(float(value), 3) for value in summed]
