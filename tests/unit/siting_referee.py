"""A referee for siting: the plain model of a problem, solved by HiGHS without merging or relaxation."""

import numpy as np
from scipy import sparse

from infra_registry.coverage.siting import exact
from infra_registry.coverage.siting.problem import Aim, Budget, Problem


def plain(problem: Problem, aim: Aim, *, seconds: float) -> exact.Verdict:
    """The model as the textbook writes it, unmerged: value and bound are weight served, or sites for a target."""
    count, points = problem.candidates, problem.points
    entries = (np.ones(len(problem.indices)), problem.indices, problem.indptr)
    cover = sparse.csr_matrix(entries, shape=(count, points)).T
    sites = sparse.hstack([sparse.csr_matrix(np.ones((1, count))), sparse.csr_matrix((1, points))])
    links = sparse.hstack([-cover, sparse.identity(points)])
    if isinstance(aim, Budget):
        cost = np.concatenate([np.zeros(count), -problem.weights])
        rows = sparse.vstack([links, sites])
        low, high = np.full(points + 1, -np.inf), np.append(np.zeros(points), float(aim.sites))
    else:
        cost = np.concatenate([np.ones(count), np.zeros(points)])
        weights = sparse.csr_matrix(np.concatenate([np.zeros(count), problem.weights])[None, :])
        rows = sparse.vstack([links, weights])
        low = np.append(np.full(points, -np.inf), aim.share * problem.weights.sum() * (1 - 1e-12))
        high = np.append(np.zeros(points), np.inf)
    solution = exact.solved(cost, rows.tocsc(), (low, high), whole=count, seconds=seconds)
    sign = -1.0 if isinstance(aim, Budget) else 1.0
    return exact.Verdict(
        solution.chosen, sign * solution.value, sign * solution.bound, solution.proven, solution.timed_out
    )
