"""Bounds by Lagrangian relaxation: each point is sold at a price, and the best sites at those prices bound everybody.

max Σ wⱼyⱼ with yⱼ ≤ Σ xᵢ over the candidates of j and Σ xᵢ ≤ k, relaxed with multipliers 0 ≤ λⱼ ≤ wⱼ, gives

    U(λ, k) = Σ (wⱼ - λⱼ) + the sum of the k largest rᵢ,   rᵢ = Σ λⱼ over the points of i,

which no choice of k sites exceeds, whatever λ is (Galvão and ReVelle 1996). For the same reason a target D needs
at least the smallest k with U(λ, k) ≥ D. λ moves against a smoothed subgradient with Polyak's step, scaled by wⱼ.
"""

import numpy as np
from numpy.typing import NDArray

from infra_registry.coverage.siting import patterns
from infra_registry.coverage.siting.merging import Matrix

Floats = NDArray[np.float64]
FIRST_STEP, SHRINK, PATIENCE, MEMORY = 0.4, 0.7, 20, 0.8
ROUNDING = 1e-10  # relative; sums of doubles over millions of entries are off by less


class Dual:
    """Multipliers on their way down, and the best that they have proved. All figures are in units of the matrix."""

    def __init__(
        self, matrix: Matrix, sites: int, served: NDArray[np.int32], required: int | None = None
    ) -> None:
        """Begin from a known choice: a point served once costs half its weight, served more often nothing."""
        self.matrix, self.sites, self.required = matrix, sites, required
        self.weights: Floats = matrix.units.astype(np.float64)
        self.multipliers: Floats = np.where(served == 0, 1.0, np.where(served == 1, 0.5, 0.0)) * self.weights
        self.total = float(self.weights.sum())
        self.bound = self.total
        self.fewest = 0
        self.steps = 0
        self._restart()

    def _restart(self) -> None:
        """Everything that belongs to one number of sites."""
        self._step, self._stale = FIRST_STEP, 0
        self._best = np.inf
        self._best_multipliers = self.multipliers.copy()
        self._direction: Floats = np.zeros(self.matrix.points)
        self.share: Floats = np.zeros(self.matrix.candidates)
        self.worth: Floats = np.zeros(self.matrix.candidates)
        self.rest = self.total

    def turned(self, sites: int, required: int | None = None) -> "Dual":
        """The same prices for another number of sites, or on the way up to what a target needs."""
        dual = Dual(self.matrix, sites, np.zeros(self.matrix.points, np.int32), required)
        dual.multipliers = self._best_multipliers.copy()
        return dual

    def descend(self, steps: int, goal: float) -> None:
        """Take steps towards ``goal`` (what is known to be served, or just below what a target wants)."""
        for _ in range(steps):
            if self._best <= goal or self._step < 1e-6:
                break
            self._descend_once(goal)

    def _descend_once(self, goal: float) -> None:
        indptr, indices = self.matrix.rows
        worth = patterns.prices(indptr, indices, self.multipliers)
        rest = float((self.weights - self.multipliers).sum())
        order = np.argsort(-worth, kind="stable")
        sums = rest + np.cumsum(worth[order])
        if self.required is not None and self._needs_more(sums):
            return
        self.steps += 1
        picks = order[: self.sites]
        value = float(sums[self.sites - 1])
        self._note(value, rest, worth)
        slope = patterns.counted(indptr, indices, picks, self.matrix.points) - 1.0
        self._direction += (1.0 - MEMORY) * (slope - self._direction) if self._direction.any() else slope
        self.share *= MEMORY
        self.share[picks] += 1.0 - MEMORY
        self._move(value - goal)

    def _needs_more(self, sums: Floats) -> bool:
        """Whether these prices prove that more sites are needed than was known; then begin with that many."""
        assert self.required is not None
        fewest = int(np.searchsorted(sums * (1.0 + ROUNDING), self.required)) + 1
        self.fewest = max(self.fewest, min(fewest, self.matrix.candidates))
        if fewest <= self.sites:
            return False
        self.sites = min(fewest, self.matrix.candidates)
        self._restart()
        return True

    def _note(self, value: float, rest: float, worth: Floats) -> None:
        self._stale += 1
        if value < self._best:
            if value < self._best * (1.0 - 1e-5):
                self._stale = 0
            self._best, self.rest, self.worth = value, rest, worth
            self._best_multipliers = self.multipliers.copy()
            if self.required is None:
                self.bound = min(self.bound, value * (1.0 + ROUNDING))
        if self._stale >= PATIENCE:
            self._step, self._stale = self._step * SHRINK, 0
            self.multipliers = self._best_multipliers.copy()
            self._direction[:] = 0.0

    def _move(self, above: float) -> None:
        free = self._direction.copy()
        free[(self.multipliers <= 0.0) & (free > 0.0)] = 0.0
        free[(self.multipliers >= self.weights) & (free < 0.0)] = 0.0
        scaled = self.weights * free
        length = float(scaled @ free)
        if length > 0.0:
            self.multipliers -= self._step * above / length * scaled
            np.clip(self.multipliers, 0.0, self.weights, out=self.multipliers)

    def fixed(self, served: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Candidates that no choice serving more than ``served`` has, and those that every such choice has.

        By the bound's rise when one is forced in or out of the best ``sites`` at the best prices.
        """
        order = np.argsort(-self.worth, kind="stable")
        bound = self.rest + float(self.worth[order[: self.sites]].sum())
        last = self.worth[order[self.sites - 1]]
        following = self.worth[order[self.sites]] if self.sites < len(order) else 0.0
        margin = self.total * ROUNDING
        picked = np.zeros(len(order), np.bool_)
        picked[order[: self.sites]] = True
        never = ~picked & (bound - last + self.worth < served - margin)
        always = picked & (bound - self.worth + following < served - margin)
        return never, always
