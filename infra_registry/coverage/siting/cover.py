"""Choose sites for a budget or a target, with a proven bound.

Merge, choose greedily, then in turn: prices that prove a bound, a choice led by them, swaps and rebuilt
neighbourhoods; what the bound rules out is searched no more. What is left, when small, goes to the exact solver.
Served weight decides. Priority decides in three places only: between equal gains (in the greedy start: within
``tolerance`` of the best); at the end, where a site gives way to one of lower priority number that serves at least
(1 - tolerance) of what it served alone, all together at least (1 - tolerance) of the best found (for a target: still
the target, with no more sites); and in the order of choice. The bound is that of the weight served (of the number
of sites), whatever the priorities.
"""

import numpy as np
from numpy.typing import NDArray

from infra_registry.coverage.siting import local_search
from infra_registry.coverage.siting.budget import most
from infra_registry.coverage.siting.local_search import State
from infra_registry.coverage.siting.merging import Matrix, matrix_of
from infra_registry.coverage.siting.problem import Aim, Budget, Effort, Problem, Solution, Target, check
from infra_registry.coverage.siting.swap_search import Search
from infra_registry.coverage.siting.target import fewest

NO_EFFORT_LIMIT_S = 120.0


def solve(
    problem: Problem,
    aim: Aim,
    *,
    seconds: float = NO_EFFORT_LIMIT_S,
    seed: int = 0,
    effort: Effort | None = None,
) -> Solution:
    """The best choice found for the aim and a bound that no choice can beat.

    Equal inputs give equal answers, as long as ``seconds`` do not run out; ``method`` says when they did.
    Raises Invalid for an aim that makes no sense.
    """
    check(problem, aim)
    effort = effort or Effort()
    matrix = matrix_of(problem)
    search = Search(matrix, effort, seconds, seed)
    if isinstance(aim, Budget):
        best = most(search, min(aim.sites, matrix.candidates))
        floor = int(np.ceil(best.served * (1.0 - effort.tolerance)))
        local_search.prefer_sharing(matrix, best.state, floor=floor, tolerance=effort.tolerance)
        return _solution(problem, search, best.state, bound=best.bound / matrix.scale, met=True)
    required, met = _required(problem, matrix, aim)
    result = fewest(search, required)
    local_search.prefer_sharing(matrix, result.state, floor=required, tolerance=1.0)
    return _solution(problem, search, result.state, bound=float(result.bound), met=met, sites=True)


def _required(problem: Problem, matrix: Matrix, aim: Target) -> tuple[int, bool]:
    """Units that the target requires, and whether all candidates together serve as many."""
    reachable = int(matrix.units.sum())
    required = aim.share * float(problem.weights.sum()) * matrix.scale
    units = int(np.ceil(required * (1.0 - 1e-12)))
    # Rounding to units may cost a share of all that is reachable one unit per point.
    if units <= reachable + matrix.points:
        return min(units, reachable), True
    return reachable, False


def _solution(
    problem: Problem, search: Search, state: State, *, bound: float, met: bool, sites: bool = False
) -> Solution:
    """The choice in candidates of the problem, with figures from the problem's own weights."""
    matrix = search.matrix
    order, _ = local_search.ordered(matrix, np.flatnonzero(state[2]), tolerance=search.effort.tolerance)
    chosen = matrix.kept[order]
    gains = _gains(problem, chosen)
    served = float(gains.sum())
    reach = np.zeros(problem.points, np.bool_)
    reach[problem.indices] = True
    bound = bound if sites else max(bound, served)
    reached, best = (float(len(chosen)), bound) if sites else (bound, served)
    return Solution(
        chosen, gains, served, bound,
        gap=(reached - best) / best if best > 0 else 0.0,
        method=search.proof + ("@seconds" if search.cut else ""),
        met=met,
        total=float(problem.weights.sum()),
        reachable=float(problem.weights[reach].sum()),
        history=tuple(search.history),
    )  # fmt: skip


def _gains(problem: Problem, chosen: NDArray[np.int64]) -> NDArray[np.float64]:
    """What each adds to those before it, in weight."""
    done = np.zeros(problem.points, np.bool_)
    gains = np.zeros(len(chosen))
    for at, candidate in enumerate(chosen):
        new = np.unique(problem.row(int(candidate)))
        new = new[~done[new]]
        gains[at] = problem.weights[new].sum()
        done[new] = True
    return gains
