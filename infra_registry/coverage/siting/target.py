"""The fewest sites that serve what is wanted, on a merged problem."""

from dataclasses import dataclass

import numpy as np

from infra_registry.coverage.siting import exact, greedy, local_search
from infra_registry.coverage.siting.greedy import State
from infra_registry.coverage.siting.lagrangian import Dual
from infra_registry.coverage.siting.swap_search import STAGES, TRIES_PER_STEP, Hunt

LEVELS = 40  # numbers of sites the exact solver may be asked about


@dataclass(slots=True)
class Fewest:
    """The smallest choice so far that serves what is wanted, and below how many sites none can."""

    state: State
    sites: int
    bound: int


def fewest(hunt: Hunt, wanted: int) -> Fewest:
    """Search until the number is proven, near enough, or the rounds are used up. ``wanted`` can be served."""
    matrix = hunt.matrix
    state = greedy.fresh(matrix)
    greedy.fill(matrix, state, sites=matrix.candidates, wanted=wanted, tolerance=hunt.effort.tolerance)
    local_search.prune(matrix, state, wanted)
    found = Fewest(state, int(state[2].sum()), min(1, wanted))
    hunt.note("greedy", greedy.served(matrix, state), found.sites, found.bound)
    if found.sites <= found.bound:
        return found
    hunt.proof = "lagrangian"
    everyone = np.ones(matrix.candidates, np.bool_)
    local_search.improve(matrix, state, everyone)
    local_search.prune(matrix, state, wanted)
    found.sites = int(state[2].sum())
    dual = Dual(matrix, found.sites, state[0])
    hunt.descend(dual, hunt.effort.rounds // STAGES, greedy.served(matrix, state))
    dual = dual.turned(found.sites, wanted)
    _stages(hunt, found, dual, wanted)
    if not _enough(hunt, found):
        _finish(hunt, found, dual, wanted)
    return found


def _enough(hunt: Hunt, found: Fewest) -> bool:
    return found.sites - found.bound <= hunt.effort.enough * found.bound


def _stages(hunt: Hunt, found: Fewest, dual: Dual, wanted: int) -> None:
    matrix, steps = hunt.matrix, max(1, hunt.effort.rounds // STAGES)
    everyone = np.ones(matrix.candidates, np.bool_)
    for stage in range(STAGES):
        hunt.descend(dual, steps, wanted * (1.0 - 1e-6))
        found.bound = max(found.bound, min(dual.fewest, found.sites))
        _offer(hunt, found, local_search.built_from(matrix, dual.share, found.sites - 1, everyone), wanted)
        tries = steps * TRIES_PER_STEP
        while not _enough(hunt, found) and not hunt.over():
            state = _copied(found.state)
            local_search.drop_least(matrix, state)
            local_search.improve(matrix, state, everyone)
            if greedy.served(matrix, state) < wanted:
                hunt.shake(state, everyone, tries, wanted)
            if not _offer(hunt, found, state, wanted):
                break
        hunt.note(f"stage {stage + 1}", greedy.served(matrix, found.state), found.sites, found.bound)
        if _enough(hunt, found) or hunt.over():
            break


def _offer(hunt: Hunt, found: Fewest, state: State, wanted: int) -> bool:
    """Take a choice that serves what is wanted with fewer sites."""
    if greedy.served(hunt.matrix, state) < wanted:
        return False
    local_search.prune(hunt.matrix, state, wanted)
    sites = int(state[2].sum())
    if sites >= found.sites:
        return False
    found.state, found.sites = state, sites
    return True


def _finish(hunt: Hunt, found: Fewest, dual: Dual, wanted: int) -> None:
    """Ask the exact solver whether one site less could do, from the bound upwards."""
    for _ in range(LEVELS):
        if found.bound >= found.sites or hunt.over():
            break
        level = dual.turned(found.bound)
        hunt.descend(level, hunt.effort.rounds // STAGES, wanted * (1.0 - 1e-6))
        if level.bound < wanted:
            found.bound += 1
            continue
        verdict = hunt.settle(level, wanted - 1)
        if verdict is None:
            break
        state = greedy.fresh(hunt.matrix)
        local_search.put_up(hunt.matrix, state, verdict.chosen)
        _offer(hunt, found, state, wanted)
        if verdict.bound + exact.MARGIN * level.total >= wanted:
            break
        found.bound = min(found.sites, found.bound + 1)
    hunt.note("exact", greedy.served(hunt.matrix, found.state), found.sites, found.bound)


def _copied(state: State) -> State:
    return state[0].copy(), state[1].copy(), state[2].copy()
