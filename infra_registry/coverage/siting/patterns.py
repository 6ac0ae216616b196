"""Compiled loops over the rows (candidate → points) and columns (point → candidates) of a sparse pattern."""

from typing import Any

import numpy as np
from scipy import sparse

from infra_registry.coverage.compiling import compiled


@compiled
def mixed(z: Any) -> Any:
    """A whole number spread over 64 bits (the finisher of splitmix64)."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def transpose(indptr: Any, indices: Any, points: int) -> tuple[Any, Any]:
    """Columns of a sparse pattern: for each point its candidates, ascending."""
    rows = (np.ones(len(indices), np.int8), indices, indptr)
    columns = sparse.csr_matrix(rows, shape=(len(indptr) - 1, points)).tocsc()
    return columns.indptr.astype(np.int64), columns.indices.astype(np.int32)


def rows_of(tptr: Any, tind: Any, points: Any, candidates: int) -> tuple[Any, Any]:
    """Rows over some of the points, renumbered in their order."""
    columns = (np.ones(len(tind), np.int8), tind, tptr)
    some = sparse.csc_matrix(columns, shape=(candidates, len(tptr) - 1))[:, points].tocsr()
    return some.indptr.astype(np.int64), some.indices.astype(np.int32)


@compiled
def fingerprints(tptr: Any, tind: Any) -> tuple[Any, Any]:
    """Two 64-bit sums per point over its candidates; equal sets have equal ones."""
    n = len(tptr) - 1
    first_print, second_print = np.zeros(n, np.uint64), np.zeros(n, np.uint64)
    for j in range(n):
        for t in range(tptr[j], tptr[j + 1]):
            key = np.uint64(tind[t]) + np.uint64(1)
            first_print[j] += mixed(key * np.uint64(0x9E3779B97F4A7C15))
            second_print[j] += mixed(key * np.uint64(0xD1B54A32D192ED03))
    return first_print, second_print


@compiled
def differs(order: Any, tptr: Any, tind: Any) -> Any:
    """For points in an order: whether the candidate list is another than that of the point before, compared whole."""
    new = np.ones(len(order), np.bool_)
    for at in range(1, len(order)):
        a, b = order[at - 1], order[at]
        size = tptr[b + 1] - tptr[b]
        if tptr[a + 1] - tptr[a] != size:
            continue
        same = True
        for t in range(size):
            if tind[tptr[a] + t] != tind[tptr[b] + t]:
                same = False
                break
        new[at] = not same
    return new


@compiled
def dominated(indptr: Any, indices: Any, tptr: Any, tind: Any, priority: Any) -> Any:
    """Candidates whose points another serves too at no higher priority number; of equals the first stays.

    Rows must be ascending. Only candidates of the rarest point are looked at.
    """
    n = len(indptr) - 1
    drop = np.zeros(n, np.bool_)
    for i in range(n):
        first, last = indptr[i], indptr[i + 1]
        if first == last:
            drop[i] = True
            continue
        rarest = indices[first]
        for at in range(first, last):
            j = indices[at]
            if tptr[j + 1] - tptr[j] < tptr[rarest + 1] - tptr[rarest]:
                rarest = j
        for at in range(tptr[rarest], tptr[rarest + 1]):
            other = tind[at]
            size = indptr[other + 1] - indptr[other]
            if other == i or priority[other] > priority[i] or size < last - first:
                continue
            if size == last - first and priority[other] == priority[i] and other > i:
                continue
            b, inside = indptr[other], True
            for a in range(first, last):
                while b < indptr[other + 1] and indices[b] < indices[a]:
                    b += 1
                if b == indptr[other + 1] or indices[b] != indices[a]:
                    inside = False
                    break
            if inside:
                drop[i] = True
                break
    return drop


@compiled
def prices(indptr: Any, indices: Any, multipliers: Any) -> Any:
    """What each candidate is worth at these multipliers: their sum over its points."""
    n = len(indptr) - 1
    worth = np.zeros(n, np.float64)
    for i in range(n):
        total = 0.0
        for at in range(indptr[i], indptr[i + 1]):
            total += multipliers[indices[at]]
        worth[i] = total
    return worth


@compiled
def counted(indptr: Any, indices: Any, picks: Any, points: int) -> Any:
    """How many of the picked candidates serve each point."""
    times = np.zeros(points, np.float64)
    for i in picks:
        for at in range(indptr[i], indptr[i + 1]):
            times[indices[at]] += 1.0
    return times
