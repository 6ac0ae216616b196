"""Greedy choice: at each step what adds most, sharing first among what adds nearly as much."""

import numpy as np
from numpy.typing import NDArray

from infra_registry.coverage.siting import kernels
from infra_registry.coverage.siting.merging import Matrix

State = tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.bool_]]
ALL = np.iinfo(np.int64).max


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
