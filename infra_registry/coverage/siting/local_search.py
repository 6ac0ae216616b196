"""Better choices from a given one: swaps one for one, and small neighbourhoods taken down and built anew."""

import numpy as np
from numpy.typing import NDArray

from infra_registry.coverage.siting import greedy, kernels
from infra_registry.coverage.siting.greedy import State
from infra_registry.coverage.siting.merging import Matrix

MAX_PASSES = 50
MAX_SHARING = 20


def improve(matrix: Matrix, state: State, allowed: NDArray[np.bool_]) -> None:
    """Swap while any swap of one chosen for one free site serves more."""
    for _ in range(MAX_PASSES):
        members = np.flatnonzero(state[2])
        parts = matrix.rows, matrix.columns, matrix.units
        if not kernels.resettled(members, *parts, state, matrix.priority, allowed):
            break


def built_from(matrix: Matrix, guide: NDArray[np.float64], sites: int, allowed: NDArray[np.bool_]) -> State:
    """A choice led by the relaxation: who was picked there most, filled up greedily, then swapped."""
    state = greedy.fresh(matrix)
    for i in np.argsort(-guide, kind="stable")[:sites]:
        if guide[i] >= 0.5 and state[1][i] > 0:
            kernels.add(int(i), matrix.rows, matrix.columns, matrix.units, state)
    greedy.fill(matrix, state, sites=sites - int(state[2].sum()))
    improve(matrix, state, allowed)
    return state


def least(matrix: Matrix, state: State) -> tuple[int, int]:
    """The chosen site that serves least alone, and how much that is; the last of equals."""
    members = np.flatnonzero(state[2])
    lone = [kernels.alone(int(o), matrix.rows, matrix.units, state) for o in members]
    at = len(lone) - 1 - int(np.argmin(lone[::-1]))
    return int(members[at]), int(lone[at])


def prune(matrix: Matrix, state: State, required: int) -> None:
    """Take sites away, least first, while what is required is still served."""
    spare = greedy.served(matrix, state) - required
    while state[2].any():
        site, lost = least(matrix, state)
        if lost > spare:
            break
        kernels.remove(site, matrix.rows, matrix.columns, matrix.units, state)
        spare -= lost


def prefer_sharing(matrix: Matrix, state: State, *, floor: int, tolerance: float) -> None:
    """Replace chosen sites by ones of lower priority number, the highest numbers first, never below ``floor``."""
    for _ in range(MAX_SHARING):
        members = np.flatnonzero(state[2])
        lone = np.array([kernels.alone(int(o), matrix.rows, matrix.units, state) for o in members], np.int64)
        order = members[np.lexsort((members, lone, -matrix.priority[members].astype(np.int64)))]
        swaps, _ = kernels.share(
            matrix.rows, matrix.columns, matrix.units, state, matrix.priority, order, floor, tolerance
        )
        if not swaps:
            break


def put_up(matrix: Matrix, state: State, sites: NDArray[np.int64]) -> None:
    """Choose these on top of what is chosen."""
    for i in sites:
        kernels.add(int(i), matrix.rows, matrix.columns, matrix.units, state)
