"""A smaller problem with the same answers: points with equal candidate sets in one, useless candidates out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from infra_registry.coverage.siting import patterns
from infra_registry.coverage.siting.problem import Problem

UNIT_BITS = 52  # all weight together is less than this power of two in whole units


@dataclass(frozen=True, slots=True)
class Matrix:
    """A merged problem as the search works on it; every candidate serves something, every point has one.

    ``units`` are the weights in whole units: ``scale`` of them (a power of two) are one unit of weight, so
    whole and half people are exact and the rest is off by less than 2⁻⁴⁰ of the total. ``kept`` leads back to the
    candidates of the problem.
    """

    rows: tuple[NDArray[np.int64], NDArray[np.int32]]
    columns: tuple[NDArray[np.int64], NDArray[np.int32]]
    units: NDArray[np.int64]
    scale: float
    priority: NDArray[np.int8]
    kept: NDArray[np.int64]

    @property
    def candidates(self) -> int:
        """How many candidates are left."""
        return len(self.kept)

    @property
    def points(self) -> int:
        """How many merged points there are."""
        return len(self.units)


def matrix_of(problem: Problem) -> Matrix:
    """Merge points, drop candidates that serve nothing or are dominated at no lower priority number, merge again."""
    first, _ = merged(problem)
    columns = patterns.transpose(first.indptr, first.indices, first.points)
    drop = patterns.dominated(first.indptr, first.indices, *columns, first.priority)
    second, _ = merged(first.only(~drop))
    total = float(second.weights.sum())
    scale = 2.0 ** (UNIT_BITS - 1 - np.ceil(np.log2(total))) if total > 0 else 1.0
    units = np.rint(second.weights * scale).astype(np.int64)
    return Matrix(
        (second.indptr, second.indices),
        patterns.transpose(second.indptr, second.indices, second.points),
        units,
        scale,
        second.priority,
        np.flatnonzero(~drop),
    )


def merged(problem: Problem) -> tuple[Problem, NDArray[np.int64]]:
    """The problem with points of equal candidate sets joined, rows ascending; the merged point of each point.

    Points that no candidate serves, or that weigh nothing, go (-1): they change no choice.
    """
    tptr, tind = _columns(problem)
    degree = np.diff(tptr)
    class_of = np.full(problem.points, -1, np.int64)
    alive = np.flatnonzero((degree > 0) & (problem.weights > 0))
    if len(alive):
        class_of[alive] = _classes(alive, tptr, tind)
    count = int(class_of.max(initial=-1)) + 1
    weights = np.bincount(class_of[alive], problem.weights[alive], count).astype(np.float64)
    first = np.full(count, problem.points, np.int64)
    np.minimum.at(first, class_of[alive], alive)
    indptr, indices = patterns.rows_of(tptr, tind, first, problem.candidates)
    return Problem(problem.candidates, weights, indptr, indices, problem.priority), class_of


def _columns(problem: Problem) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Columns of the problem with entries that are stated twice stated once."""
    tptr, tind = patterns.transpose(problem.indptr, problem.indices, problem.points)
    again = np.zeros(len(tind), np.bool_)
    again[1:] = tind[1:] == tind[:-1]
    again[tptr[:-1][np.diff(tptr) > 0]] = False
    if not again.any():
        return tptr, tind
    kept = np.concatenate([[0], np.cumsum(~again)])
    return kept[tptr].astype(np.int64), tind[~again]


def _classes(alive: NDArray[np.int64], tptr: NDArray[np.int64], tind: NDArray[np.int32]) -> NDArray[np.int64]:
    """Equal candidate sets get equal numbers, in the order of their first points."""
    first_print, second_print = patterns.fingerprints(tptr, tind)
    order = alive[np.lexsort((alive, second_print[alive], first_print[alive]))]
    new = patterns.differs(order, tptr, tind)
    group = np.cumsum(new) - 1
    first = order[new]
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    by_point = np.empty(len(tptr) - 1, np.int64)
    by_point[order] = rank[group]
    return by_point[alive]
