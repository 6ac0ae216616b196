"""The fewest sites that serve what a target requires, on a merged problem."""

from dataclasses import dataclass

import numpy as np

from infra_registry.coverage.siting import exact, greedy, local_search
from infra_registry.coverage.siting.greedy import State
from infra_registry.coverage.siting.lagrangian import Dual
from infra_registry.coverage.siting.swap_search import STAGES, TRIES_PER_STEP, Hunt

LEVELS = 40  # numbers of sites the exact solver may be asked about


@dataclass(slots=True)
class Fewest:
    """The smallest choice so far that serves what is required, and below how many sites none can."""

    state: State
    sites: int
    bound: int


def fewest(hunt: Hunt, required: int) -> Fewest:
    """Search until the number is proven, near enough, or the rounds are used up. ``required`` can be served."""
    matrix = hunt.matrix
    state = greedy.fresh(matrix)
    greedy.fill(matrix, state, sites=matrix.candidates, required=required, tolerance=hunt.effort.tolerance)
    local_search.prune(matrix, state, required)
    result = Fewest(state, int(state[2].sum()), min(1, required))
    hunt.note("greedy", greedy.served(matrix, state), result.sites, result.bound)
    if result.sites <= result.bound:
        return result
    hunt.proof = "lagrangian"
    everyone = np.ones(matrix.candidates, np.bool_)
    local_search.improve(matrix, state, everyone)
    local_search.prune(matrix, state, required)
    result.sites = int(state[2].sum())
    dual = Dual(matrix, result.sites, state[0])
    hunt.descend(dual, hunt.effort.rounds // STAGES, greedy.served(matrix, state))
    dual = dual.turned(result.sites, required)
    _stages(hunt, result, dual, required)
    if not _enough(hunt, result):
        _finish(hunt, result, dual, required)
    return result


def _enough(hunt: Hunt, result: Fewest) -> bool:
    return result.sites - result.bound <= hunt.effort.enough * result.bound


def _stages(hunt: Hunt, result: Fewest, dual: Dual, required: int) -> None:
    matrix, steps = hunt.matrix, max(1, hunt.effort.rounds // STAGES)
    everyone = np.ones(matrix.candidates, np.bool_)
    for stage in range(STAGES):
        hunt.descend(dual, steps, required * (1.0 - 1e-6))
        result.bound = max(result.bound, min(dual.fewest, result.sites))
        _offer(
            hunt, result, local_search.built_from(matrix, dual.share, result.sites - 1, everyone), required
        )
        tries = steps * TRIES_PER_STEP
        while not _enough(hunt, result) and not hunt.over():
            times, gain, chosen = result.state
            state = times.copy(), gain.copy(), chosen.copy()
            local_search.drop_least(matrix, state)
            local_search.improve(matrix, state, everyone)
            if greedy.served(matrix, state) < required:
                hunt.shake(state, everyone, tries, required)
            if not _offer(hunt, result, state, required):
                break
        hunt.note(f"stage {stage + 1}", greedy.served(matrix, result.state), result.sites, result.bound)
        if _enough(hunt, result) or hunt.over():
            break


def _offer(hunt: Hunt, result: Fewest, state: State, required: int) -> bool:
    """Take a choice that serves what is required with fewer sites."""
    if greedy.served(hunt.matrix, state) < required:
        return False
    local_search.prune(hunt.matrix, state, required)
    sites = int(state[2].sum())
    if sites >= result.sites:
        return False
    result.state, result.sites = state, sites
    return True


def _finish(hunt: Hunt, result: Fewest, dual: Dual, required: int) -> None:
    """Ask the exact solver whether one site less could do, from the bound upwards."""
    for _ in range(LEVELS):
        if result.bound >= result.sites or hunt.over():
            break
        level = dual.turned(result.bound)
        hunt.descend(level, hunt.effort.rounds // STAGES, required * (1.0 - 1e-6))
        if level.bound < required:
            result.bound += 1
            continue
        verdict = hunt.settle(level, required - 1)
        if verdict is None:
            break
        state = greedy.fresh(hunt.matrix)
        local_search.put_up(hunt.matrix, state, verdict.chosen)
        _offer(hunt, result, state, required)
        if verdict.bound + exact.MARGIN * level.total >= required:
            break
        result.bound = min(result.sites, result.bound + 1)
    hunt.note("exact", greedy.served(hunt.matrix, result.state), result.sites, result.bound)
