"""The sites that serve most, at most so many of them, on a merged problem."""

from dataclasses import dataclass

import numpy as np

from infra_registry.coverage.siting import exact, local_search
from infra_registry.coverage.siting.lagrangian import Dual
from infra_registry.coverage.siting.local_search import State
from infra_registry.coverage.siting.swap_search import STAGES, TRIES_PER_STEP, Search


@dataclass(slots=True)
class Best:
    """The best choice so far, what it serves and what nobody can exceed, in units."""

    state: State
    served: int
    bound: float

    def offer(self, search: Search, state: State) -> None:
        """Take a better choice."""
        served = local_search.served(search.matrix, state)
        if served > self.served:
            self.state, self.served = state, served


def most(search: Search, sites: int) -> Best:
    """Search until the gap is small enough, nothing moves any more, or the rounds are used up."""
    matrix = search.matrix
    state = local_search.fresh(matrix)
    local_search.fill(matrix, state, sites=sites, tolerance=search.effort.tolerance)
    best = Best(state, local_search.served(matrix, state), float(matrix.units.sum()))
    search.note("greedy", best.served, sites, best.bound / matrix.scale)
    if sites == 0 or sites >= matrix.candidates or best.served == best.bound:
        best.bound = float(best.served)
        return best
    search.proof = "lagrangian"
    local_search.improve(matrix, best.state, np.ones(matrix.candidates, np.bool_))
    best.served = local_search.served(matrix, best.state)
    dual = Dual(matrix, sites, best.state[0])
    _stages(search, best, dual)
    if not _enough(search, best):
        _finish(search, best, dual)
    best.bound = max(best.bound, float(best.served))
    return best


def _enough(search: Search, best: Best) -> bool:
    return best.bound - best.served <= search.effort.enough * best.served


def _stages(search: Search, best: Best, dual: Dual) -> None:
    matrix, steps, idle = search.matrix, max(1, search.effort.rounds // STAGES), 0
    for stage in range(STAGES):
        before = best.bound, best.served
        search.descend(dual, steps, best.served)
        best.bound = min(best.bound, dual.bound)
        allowed = ~dual.fixed(best.served)[0]
        best.offer(search, local_search.built_from(matrix, dual.share, dual.sites, allowed))
        search.shake(best.state, allowed, steps * TRIES_PER_STEP)
        local_search.improve(matrix, best.state, allowed)
        best.served = local_search.served(matrix, best.state)
        search.note(f"stage {stage + 1}", best.served, dual.sites, best.bound / search.matrix.scale)
        idle = idle + 1 if before == (best.bound, best.served) else 0
        if _enough(search, best) or search.over() or idle == 2:
            break


def _finish(search: Search, best: Best, dual: Dual) -> None:
    verdict = search.settle(dual, best.served)
    if verdict is None:
        return
    state = local_search.fresh(search.matrix)
    local_search.put_up(search.matrix, state, verdict.chosen)
    best.offer(search, state)
    # What was fixed serves no more than is served already, so the rest's bound holds for everybody.
    best.bound = min(best.bound, max(float(best.served), verdict.bound))
    if verdict.proven and best.bound - best.served <= exact.MARGIN * dual.total:
        best.bound = float(best.served)
    search.note("exact", best.served, dual.sites, best.bound / search.matrix.scale)
