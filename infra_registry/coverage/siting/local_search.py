"""Choices: from nothing greedily, sharing first among what adds nearly as much; better ones by swapping one for one."""

import numpy as np
from numpy.typing import NDArray

from infra_registry.coverage.siting import kernels
from infra_registry.coverage.siting.merging import Matrix

State = tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.bool_]]
ALL = np.iinfo(np.int64).max
MAX_PASSES = 50
MAX_SHARING = 20


def fresh(matrix: Matrix) -> State:
    """No site chosen: times served per point, gain per candidate, chosen per candidate."""
    state: State = kernels.start(matrix.rows, matrix.units)
    return state


def served(matrix: Matrix, state: State) -> int:
    """Units served by the chosen."""
    return int(matrix.units[state[0] > 0].sum())


def fill(
    matrix: Matrix,
    state: State,
    *,
    sites: int,
    required: int = ALL,
    tolerance: float = 0.0,
    allowed: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Choose greedily on top of what is chosen: at most ``sites`` more, or until ``required`` more units are served.

    Candidates in order of choice, with what each adds; ``allowed``: which may be chosen, without it all.
    """
    allowed = np.ones(matrix.candidates, np.bool_) if allowed is None else allowed
    path: tuple[NDArray[np.int64], NDArray[np.int64]] = kernels.ascend(
        matrix.rows, matrix.columns, matrix.units, state, matrix.priority, allowed,
        max(0, min(sites, matrix.candidates)), required, tolerance,
    )  # fmt: skip
    return path


def ordered(
    matrix: Matrix, members: NDArray[np.int64], *, tolerance: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The members in order of choice with what each adds to those before it; who adds nothing is left out."""
    allowed = np.zeros(matrix.candidates, np.bool_)
    allowed[members] = True
    return fill(matrix, fresh(matrix), sites=len(members), tolerance=tolerance, allowed=allowed)


def improve(matrix: Matrix, state: State, allowed: NDArray[np.bool_]) -> None:
    """Swap while any swap of one chosen for one free site serves more."""
    for _ in range(MAX_PASSES):
        members = np.flatnonzero(state[2])
        parts = matrix.rows, matrix.columns, matrix.units
        if not kernels.resettled(members, *parts, state, matrix.priority, allowed):
            break


def built_from(matrix: Matrix, guide: NDArray[np.float64], sites: int, allowed: NDArray[np.bool_]) -> State:
    """A choice led by the relaxation: who was picked there most, filled up greedily, then swapped."""
    state = fresh(matrix)
    for i in np.argsort(-guide, kind="stable")[:sites]:
        if guide[i] >= 0.5 and state[1][i] > 0:
            kernels.add(int(i), matrix.rows, matrix.columns, matrix.units, state)
    fill(matrix, state, sites=sites - int(state[2].sum()))
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
    spare = served(matrix, state) - required
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
