"""One search: the merged problem, its effort, the clock, the random numbers and what was known at which time."""

import time

import numpy as np
from numpy.typing import NDArray

from infra_registry.coverage.siting import exact, kernels, local_search
from infra_registry.coverage.siting.lagrangian import Dual
from infra_registry.coverage.siting.local_search import State
from infra_registry.coverage.siting.merging import Matrix
from infra_registry.coverage.siting.problem import Effort, Step

STEPS_AT_ONCE, TRIES_AT_ONCE = 20, 200  # between two looks at the clock
STAGES = 10
TRIES_PER_STEP = 5


class Search:
    """One search. The clock only ever ends it early; ``cut`` then says so."""

    def __init__(self, matrix: Matrix, effort: Effort, seconds: float, seed: int) -> None:
        self.matrix, self.effort = matrix, effort
        self.random: NDArray[np.uint64] = np.array([seed & (1 << 63) - 1], np.uint64)
        self.begun = time.perf_counter()
        self.seconds = seconds
        self.cut = False
        self.proof = "trivial"
        self.history: list[Step] = []

    @property
    def left_s(self) -> float:
        """Seconds until the clock ends the search."""
        return self.seconds - (time.perf_counter() - self.begun)

    def over(self) -> bool:
        """Whether the clock has run out; remembered."""
        self.cut = self.cut or self.left_s <= 0
        return self.cut

    def note(self, stage: str, served: int, sites: int, bound: float) -> None:
        """Keep what is known now: units served, the bound as the aim has it."""
        passed = time.perf_counter() - self.begun
        self.history.append(Step(stage, passed, served / self.matrix.scale, sites, bound))

    def descend(self, dual: Dual, steps: int, goal: float) -> None:
        """Dual steps, with looks at the clock."""
        while steps > 0 and not self.over():
            dual.descend(min(steps, STEPS_AT_ONCE), goal)
            steps -= STEPS_AT_ONCE

    def shake(
        self, state: State, allowed: NDArray[np.bool_], tries: int, required: int | None = None
    ) -> None:
        """Take down and rebuild small neighbourhoods, with looks at the clock, until ``required`` is served."""
        while tries > 0 and not self.over():
            if required is not None and local_search.served(self.matrix, state) >= required:
                break
            matrix, some = self.matrix, min(tries, TRIES_AT_ONCE)
            if state[2].any():
                parts = matrix.rows, matrix.columns, matrix.units
                kernels.shake(self.random, some, *parts, state, matrix.priority, allowed)
            tries -= some

    def settle(self, dual: Dual, served: int) -> exact.Verdict | None:
        """The exact solver on what the prices leave open, when that is small; None when it is not."""
        if not self.effort.core or self.over():
            return None
        core = exact.core_of(self.matrix, *dual.fixed(served))
        if core.cover.nnz > self.effort.core:
            return None
        verdict = exact.finish(
            core, dual.sites, scale=self.matrix.scale, nodes=self.effort.nodes, seconds=self.left_s
        )
        self.cut = self.cut or verdict.timed_out
        self.proof = "lagrangian+exact"
        return verdict
