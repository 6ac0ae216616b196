"""What candidates would add: people, area, per gap; and the siting problem built from it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infra_registry.coverage.remedies.candidates import Candidate
from infra_registry.coverage.remedies.gains import Served
from infra_registry.coverage.remedies.host_state import GapCells, GapGain, Situation
from infra_registry.coverage.siting.problem import Problem

NO_GAP = -1


@dataclass(frozen=True, slots=True)
class Offer:
    """One candidate with one technology: what it would give. ``people`` None: no population is known.

    ``cells`` lack the technology and are what people and ground are counted of; ``reached`` are those and the cells of
    operators' gaps where another operator serves.
    """

    candidate: int
    technology: str
    cells: NDArray[np.int32]
    reached: NDArray[np.int32]
    people: float | None
    area_m2: float


def offers(situation: Situation, candidates_served: Sequence[Served]) -> list[Offer]:
    """What each candidate that serves anything would give with each technology."""
    cell_m2 = float(situation.frame.step_m**2)
    people = None if situation.people is None else situation.people.ravel()
    offered = []
    for reach in candidates_served:
        lacks = situation.bad[reach.technology].ravel()
        for position, candidate in enumerate(reach.rows):
            reached = reach.of(position)
            cells = reached[lacks[reached]]
            served = None if people is None else float(people[cells].sum(dtype=np.float64))
            offered.append(
                Offer(int(candidate), reach.technology, cells, reached, served, len(cells) * cell_m2)
            )
    return offered


class GapBook:
    """Which gap each cell lies in, layer by layer."""

    def __init__(self, situation: Situation) -> None:
        self._cell_m2 = float(situation.frame.step_m**2)
        self._people = None if situation.people is None else situation.people.ravel()
        self._layers: dict[tuple[str, str], tuple[NDArray[Any], list[GapCells]]] = {}
        number = np.min_scalar_type(-1 - len(situation.gaps))
        size = situation.frame.rows * situation.frame.cols
        for gap in situation.gaps:
            layer = (gap.operator, gap.technology)
            if layer not in self._layers:
                self._layers[layer] = (np.full(size, NO_GAP, number), [])
            labels, gaps = self._layers[layer]
            labels[gap.cells] = len(gaps)
            gaps.append(gap)

    def operators(self, technology: str, cells: NDArray[np.int32]) -> frozenset[str]:
        """Operators in whose gaps of a technology any of these cells lie."""
        return frozenset(
            operator
            for (operator, of), (labels, _) in self._layers.items()
            if of == technology and (labels[cells] != NO_GAP).any()
        )

    def gains(self, technology: str, cells: NDArray[np.int32]) -> tuple[GapGain, ...]:
        """What serving these cells gives to each gap of a technology, by key."""
        gains_by_gap = []
        for (_, of), (labels, gaps) in self._layers.items():
            if of != technology:
                continue
            inside = labels[cells]
            hit = cells[inside != NO_GAP]
            inside = inside[inside != NO_GAP]
            for label in np.unique(inside):
                mine = hit[inside == label]
                people = None if self._people is None else float(self._people[mine].sum(dtype=np.float64))
                gains_by_gap.append(GapGain(gaps[label].key, people, len(mine) * self._cell_m2))
        return tuple(sorted(gains_by_gap, key=lambda gain: gain.key))


@dataclass(frozen=True, slots=True)
class Weighed:
    """The siting problem over sites: ``sites`` are candidates in the order of the problem's rows.

    A point is a cell with one lacking technology. It weighs its people divided by the technologies its cell lacks, so
    that a person counts once; where no population is known, or nobody lives in a gap, its ground in m² (``by`` says
    which). ``total`` counts cells nobody reaches as well.
    """

    problem: Problem
    sites: tuple[int, ...]
    by: str
    total: float


def weigh(situation: Situation, given: Sequence[Offer], candidates: Sequence[Candidate]) -> Weighed:
    """The siting problem of these offers; the last point stands for everybody whom no offer reaches."""
    technologies = sorted(situation.bad)
    cells_each = situation.frame.rows * situation.frame.cols
    by, lacking, weights = _weights(situation)
    total = sum(float(weights[situation.bad[name].ravel()[lacking]].sum()) for name in technologies)
    points: dict[int, list[NDArray[Any]]] = {}
    number = np.min_scalar_type(len(technologies) * cells_each)
    for offer in given:
        some = offer.cells[weights[np.searchsorted(lacking, offer.cells)] > 0]
        if len(some):
            shifted = some.astype(number) + number.type(technologies.index(offer.technology) * cells_each)
            points.setdefault(offer.candidate, []).append(shifted)
    sites = tuple(sorted(points))
    rows = [np.concatenate(points[site]) for site in sites]
    reached_points = np.unique(np.concatenate(rows)) if rows else np.empty(0, number)
    indices = [np.searchsorted(reached_points, row).astype(np.int32) for row in rows]
    weight = weights[np.searchsorted(lacking, reached_points % max(cells_each, 1))]
    rest = max(0.0, total - float(weight.sum()))
    problem = Problem(
        candidates=len(sites),
        weights=np.append(weight, rest),
        indptr=np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64),
        indices=np.concatenate(indices) if indices else np.empty(0, np.int32),
        priority=np.array([candidates[site].priority for site in sites], np.int8),
    )
    return Weighed(problem, sites, by, total)


def only(weighed: Weighed, kept: NDArray[np.bool_]) -> Weighed:
    """The same problem with some of its sites; weights stay, so that shares are of the same people."""
    sites = tuple(site for site, stays in zip(weighed.sites, kept, strict=True) if stays)
    return replace(weighed, problem=weighed.problem.only(kept), sites=sites)


def _weights(situation: Situation) -> tuple[str, NDArray[np.int64], NDArray[np.float64]]:
    """By what cells weigh, the flat cells that lack anything, and what each of them weighs with one of its lacks."""
    count = np.zeros(situation.frame.rows * situation.frame.cols, np.uint8)
    for bad in situation.bad.values():
        count += bad.ravel()
    lacking = np.flatnonzero(count)
    shared = count[lacking].astype(np.float64)
    if situation.people is not None:
        people = situation.people.ravel()[lacking] / shared
        if float(people.sum()) > 0:
            return "people", lacking, people
    return "area", lacking, float(situation.frame.step_m**2) / shared
