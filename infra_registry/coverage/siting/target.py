"""The fewest sites that serve what a target requires, on a merged problem."""

from dataclasses import dataclass

import numpy as np

from infra_registry.coverage.siting import exact, kernels, local_search
from infra_registry.coverage.siting.lagrangian import Dual
from infra_registry.coverage.siting.local_search import State
from infra_registry.coverage.siting.swap_search import STAGES, TRIES_PER_STEP, Search

LEVELS = 40  # numbers of sites the exact solver may be asked about


@dataclass(slots=True)
class Fewest:
    """The smallest choice so far that serves what is required, and below how many sites none can."""

    state: State
    sites: int
    bound: int


def fewest(search: Search, required: int) -> Fewest:
    """Search until the number is proven, near enough, or the rounds are used up. ``required`` can be served."""
    matrix = search.matrix
    state = local_search.fresh(matrix)
    local_search.fill(
        matrix, state, sites=matrix.candidates, required=required, tolerance=search.effort.tolerance
    )
    local_search.prune(matrix, state, required)
    result = Fewest(state, int(state[2].sum()), min(1, required))
    search.note("greedy", local_search.served(matrix, state), result.sites, result.bound)
    if result.sites <= result.bound:
        return result
    search.proof = "lagrangian"
    everyone = np.ones(matrix.candidates, np.bool_)
    local_search.improve(matrix, state, everyone)
    local_search.prune(matrix, state, required)
    result.sites = int(state[2].sum())
    dual = Dual(matrix, result.sites, state[0])
    search.descend(dual, search.effort.rounds // STAGES, local_search.served(matrix, state))
    dual = dual.turned(result.sites, required)
    _stages(search, result, dual, required)
    if not _enough(search, result):
        _finish(search, result, dual, required)
    return result


def _enough(search: Search, result: Fewest) -> bool:
    return result.sites - result.bound <= search.effort.enough * result.bound


def _stages(search: Search, result: Fewest, dual: Dual, required: int) -> None:
    matrix, steps = search.matrix, max(1, search.effort.rounds // STAGES)
    everyone = np.ones(matrix.candidates, np.bool_)
    for stage in range(STAGES):
        search.descend(dual, steps, required * (1.0 - 1e-6))
        result.bound = max(result.bound, min(dual.fewest, result.sites))
        _offer(
            search, result, local_search.built_from(matrix, dual.share, result.sites - 1, everyone), required
        )
        tries = steps * TRIES_PER_STEP
        while not _enough(search, result) and not search.over():
            times, gain, chosen = result.state
            state = times.copy(), gain.copy(), chosen.copy()
            site, _ = local_search.least(matrix, state)
            kernels.remove(site, matrix.rows, matrix.columns, matrix.units, state)
            local_search.improve(matrix, state, everyone)
            if local_search.served(matrix, state) < required:
                search.shake(state, everyone, tries, required)
            if not _offer(search, result, state, required):
                break
        search.note(
            f"stage {stage + 1}", local_search.served(matrix, result.state), result.sites, result.bound
        )
        if _enough(search, result) or search.over():
            break


def _offer(search: Search, result: Fewest, state: State, required: int) -> bool:
    """Take a choice that serves what is required with fewer sites."""
    if local_search.served(search.matrix, state) < required:
        return False
    local_search.prune(search.matrix, state, required)
    sites = int(state[2].sum())
    if sites >= result.sites:
        return False
    result.state, result.sites = state, sites
    return True


def _finish(search: Search, result: Fewest, dual: Dual, required: int) -> None:
    """Ask the exact solver whether one site less could do, from the bound upwards."""
    for _ in range(LEVELS):
        if result.bound >= result.sites or search.over():
            break
        level = dual.turned(result.bound)
        search.descend(level, search.effort.rounds // STAGES, required * (1.0 - 1e-6))
        if level.bound < required:
            result.bound += 1
            continue
        verdict = search.settle(level, required - 1)
        if verdict is None:
            break
        state = local_search.fresh(search.matrix)
        local_search.put_up(search.matrix, state, verdict.chosen)
        _offer(search, result, state, required)
        if verdict.bound + exact.MARGIN * level.total >= required:
            break
        result.bound = min(result.sites, result.bound + 1)
    search.note("exact", local_search.served(search.matrix, result.state), result.sites, result.bound)
