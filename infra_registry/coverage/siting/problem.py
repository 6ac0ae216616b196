"""The question and the answer of siting: candidates, the points each would serve, a budget or a target.

Budget: the sites that serve most, at most so many of them (maximal covering; Church and ReVelle 1974).
Target: the fewest sites that serve a share of everybody (partial set covering).
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from infra_registry.errors import Fault, Invalid


@dataclass(frozen=True, slots=True)
class Problem:
    """Candidates and the demand points each would serve, as rows of a sparse matrix.

    ``weights``: people (any unit) at each point. Candidate ``i`` serves ``indices[indptr[i]:indptr[i + 1]]``.
    ``priority``: the lower the sooner, such as 0 sharing, 1 planned works, 2 a new site.
    """

    candidates: int
    weights: NDArray[np.float64]
    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    priority: NDArray[np.int8]

    @property
    def points(self) -> int:
        """How many demand points there are, served by anybody or not."""
        return len(self.weights)

    def row(self, candidate: int) -> NDArray[np.int32]:
        """The points that one candidate serves."""
        return self.indices[self.indptr[candidate] : self.indptr[candidate + 1]]

    def only(self, kept: NDArray[np.bool_]) -> "Problem":
        """The problem with these candidates alone; points and weights stay."""
        sizes = np.diff(self.indptr)
        indptr = np.concatenate([[0], np.cumsum(sizes[kept])]).astype(np.int64)
        indices = self.indices[np.repeat(kept, sizes)]
        return Problem(int(kept.sum()), self.weights, indptr, indices, self.priority[kept])


@dataclass(frozen=True, slots=True)
class Budget:
    """At most this many sites."""

    sites: int


@dataclass(frozen=True, slots=True)
class Target:
    """At least this share (0–1) of the weight of all points, those that no candidate reaches included."""

    share: float


Aim = Budget | Target


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to look; equal efforts give equal answers unless the clock cuts in.

    ``tolerance``: by how much (relative) a choice of lower priority number may serve less than the best
    and still go first. ``enough``: the proven gap at which the search may rest. ``rounds``: dual steps,
    and local moves in proportion. ``core``: non-zeros up to which the reduced problem goes to the exact
    solver; 0 never asks it. ``nodes``: branch-and-bound nodes it may open.
    """

    tolerance: float = 0.0
    enough: float = 0.0
    rounds: int = 1200
    core: int = 60_000
    nodes: int = 2_000


@dataclass(frozen=True, slots=True)
class Step:
    """What was known when a stage of the search ended: seconds since its start, weight served, bound."""

    stage: str
    seconds: float
    served: float
    sites: int
    bound: float


@dataclass(frozen=True, slots=True)
class Solution:
    """The chosen sites in order of choice, with what each adds, and a proven bound.

    ``bound``: under a budget no choice serves more; for a target no fewer sites are enough. It speaks of
    people served (sites needed), whatever the priorities. ``gap``: how far ``served`` (the number of
    sites) is from the bound, relative to the smaller of the two; 0 is proven best. ``method`` names what
    proved the bound and ends in ``@seconds`` when the clock, not the search, ended it. ``met``: False when
    all candidates together miss the target; ``chosen`` then serves everybody who can be served.
    ``total`` is the weight of all points, ``reachable`` of those with a candidate.
    """

    chosen: NDArray[np.int64]
    gains: NDArray[np.float64]
    served: float
    bound: float
    gap: float
    method: str
    met: bool
    total: float
    reachable: float
    history: tuple[Step, ...] = field(default=(), compare=False)


def check(problem: Problem, aim: Aim) -> None:
    """Invalid for an aim that makes no sense; ValueError for a matrix that is not well formed."""
    if isinstance(aim, Budget) and aim.sites < 0:
        raise Invalid([Fault("sites", aim.sites, "siting.sites", "0")])
    if isinstance(aim, Target) and not 0 <= aim.share <= 1:
        raise Invalid([Fault("share", aim.share, "siting.share", "0–1")])
    indptr, indices = problem.indptr, problem.indices
    ends = len(indptr) == problem.candidates + 1 and indptr[0] == 0 and indptr[-1] == len(indices)
    if not ends or np.any(np.diff(indptr) < 0):
        raise ValueError("indptr")
    if len(indices) and not (indices.min() >= 0 and indices.max() < problem.points):
        raise ValueError("indices")
    if not np.all(np.isfinite(problem.weights)) or np.any(problem.weights < 0):
        raise ValueError("weights")
    if len(problem.priority) != problem.candidates:
        raise ValueError("priority")
