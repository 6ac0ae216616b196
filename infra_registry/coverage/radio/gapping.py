"""Gaps of every layer of an edition, in one order, compared with those of an earlier run. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infra_registry.coverage.gaps.comparing import CLOSED, Change, Earlier, compare
from infra_registry.coverage.gaps.detection import Gap, Ground, find
from infra_registry.coverage.radio.inputs import Inputs
from infra_registry.coverage.radio.layers import ANY, Name
from infra_registry.coverage.radio.limits import limits
from infra_registry.coverage.radio.results import GapRow, ranked
from infra_registry.coverage.runs.published import Quads

EarlierGaps = Mapping[Name, Sequence[Mapping[str, Any]]]


def grid_gaps(
    lacking: Mapping[Name, NDArray[np.bool_]],
    inputs: Inputs,
    people: NDArray[np.float32] | None,
    earlier: EarlierGaps | None,
) -> list[GapRow]:
    """Gaps of the internal edition on the cells of the grid."""
    frame, ground = inputs.frame, inputs.ground
    given = Ground(
        frame,
        inputs.mask,
        None if people is None else ground.on_frame(people, np.float32(0)),
        inputs.roads,
        frame.cells_of(*frame.points(_places(inputs.venues)).T),
        ground.on_frame(inputs.district, np.int16(-1)),
    )
    bad = ((name, ground.on_frame(lack, fill=False)) for name, lack in lacking.items())
    return _gaps(given, bad, inputs, earlier)


def quad_gaps(
    lacking: Mapping[Name, NDArray[np.bool_]],
    quads: Quads,
    inputs: Inputs,
    people: NDArray[np.float64] | None,
    earlier: EarlierGaps | None,
) -> list[GapRow]:
    """Gaps of the public edition: whole quad cells, open venues, people where there are enough to be told.

    ``cells`` are then the grid cells of the area in these quad cells.
    """
    at = _places(inputs.open_venues)
    shape = quads.shape
    roads = None
    if inputs.roads is not None:
        metres = inputs.roads.ravel()[inputs.ground.cells]
        roads = np.bincount(quads.of, metres, len(quads.count)).reshape(shape)
    given = Ground(
        quads,
        quads.inside.reshape(shape),
        None if people is None else people.reshape(shape),
        roads,
        quads.flat(at[:, 0], at[:, 1]),
        quads.district.reshape(shape),
        np.asarray(quads.count * float(inputs.frame.cell_m2), np.float64).reshape(shape),
    )
    order = np.argsort(quads.of, kind="stable")
    starts = np.searchsorted(quads.of[order], np.arange(len(quads.count) + 1))
    on_grid = _Within(inputs.ground.cells, order, starts)
    bad = ((name, lack.reshape(shape)) for name, lack in lacking.items())
    gaps = _gaps(given, bad, inputs, earlier)
    return [_public_gap(gap, on_grid) for gap in gaps]


@dataclass(frozen=True, slots=True, eq=False)
class _Within:
    """The grid cells of each quad cell."""

    cells: NDArray[np.int64]
    order: NDArray[np.int64]
    starts: NDArray[np.int64]

    def of(self, quads: NDArray[np.int32]) -> NDArray[np.int32]:
        """Flat grid cells in some quad cells, ascending."""
        parts = [self.order[self.starts[quad] : self.starts[quad + 1]] for quad in quads]
        cells = self.cells[np.concatenate(parts)] if parts else np.zeros(0, np.int64)
        return np.sort(cells.astype(np.int32))


def _public_gap(gap: GapRow, within: _Within) -> GapRow:
    people = gap.people if gap.people is not None and gap.people >= limits().few else None
    return replace(gap, people=people, cells=within.of(gap.cells))


def _gaps(
    given: Ground,
    bad: Iterable[tuple[Name, NDArray[np.bool_]]],
    inputs: Inputs,
    earlier: EarlierGaps | None,
) -> list[GapRow]:
    rows: list[GapRow] = []
    for name, lack in bad:
        detected = find(
            given, lack, minimum_m2=float(inputs.question.minimum_m2 or 0), split_by_district=True
        )
        before = [
            Earlier(row["ordinal"], row["geom"], row["people"], row["area_m2"])
            for row in (earlier or {}).get(name, ())
        ]
        changes: Sequence[Change] = []
        if earlier is not None:
            changes = compare(given.grid, given.mask, detected, before)
        now = {change.ordinal: change for change in changes if change.ordinal is not None}
        rows += [_row(name, gap, now.get(gap.ordinal), inputs) for gap in detected]
        shapes = {earlier_gap.key: earlier_gap.geometry for earlier_gap in before}
        rows += [_closed(name, change, shapes) for change in changes if change.compared == CLOSED]
    return ranked(rows)


def _row(name: Name, gap: Gap, change: Change | None, inputs: Inputs) -> GapRow:
    return GapRow(
        name,
        None if gap.district_id is None else inputs.districts[gap.district_id].id,
        round(gap.area_m2, 3),
        None if gap.people is None else round(gap.people, 3),
        gap.venues,
        None if gap.road_m is None else round(gap.road_m, 1),
        gap.geometry,
        gap.cells if name[0] == ANY and name[1] != ANY else np.zeros(0, np.int32),
        change.compared if change else None,
        change.earlier_people if change else None,
        change.earlier_area_m2 if change else None,
    )


def _closed(name: Name, change: Change, shapes: Mapping[int, Any]) -> GapRow:
    """An earlier gap that is no more: its place and figures of then, no area of now."""
    nothing = np.zeros(0, np.int32)
    shape = shapes[change.earlier[0]]
    figures = (change.earlier_people, change.earlier_area_m2)
    return GapRow(name, None, 0.0, None, 0, None, shape, nothing, CLOSED, *figures)


def _places(venues: Sequence[Any]) -> NDArray[np.float64]:
    return np.array([(venue.lon, venue.lat) for venue in venues], float).reshape(-1, 2)
