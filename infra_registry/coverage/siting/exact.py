"""HiGHS on the rest of a problem that the relaxation left open.

One thread, so that equal models are searched in the same way. Bounds of the solver hold to its tolerances;
they are stated with a margin of a millionth of the whole weight.
"""

from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from infra_registry.coverage.siting import patterns
from infra_registry.coverage.siting.merging import Matrix

MARGIN = 1e-6


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the solver found: chosen candidates (none: nothing), its value, its bound, whether time cut it short."""

    chosen: NDArray[np.int64]
    value: float
    bound: float
    proven: bool
    timed_out: bool


@dataclass(frozen=True, slots=True)
class Core:
    """What is left of a matrix once candidates are fixed in or out."""

    free: NDArray[np.int64]
    always: NDArray[np.int64]
    cover: sparse.csc_matrix
    weights: NDArray[np.float64]
    base: float


def core_of(matrix: Matrix, never: NDArray[np.bool_], always: NDArray[np.bool_]) -> Core:
    """Free candidates and the points that still depend on them, equal ones merged again; weights in units."""
    indptr, indices = matrix.rows
    done = patterns.counted(indptr, indices, np.flatnonzero(always), matrix.points) > 0
    free = np.flatnonzero(~never & ~always)
    entries = (np.ones(len(indices)), indices, indptr)
    whole = sparse.csr_matrix(entries, shape=(matrix.candidates, matrix.points))
    part = whole[free].tocsc()[:, np.flatnonzero(~done)]
    part.sort_indices()
    first_print, second_print = patterns.fingerprints(
        part.indptr.astype(np.int64), part.indices.astype(np.int32)
    )
    keep = np.diff(part.indptr) > 0
    order = np.lexsort((second_print, first_print))
    order = order[keep[order]]
    new = patterns.differs(order, part.indptr.astype(np.int64), part.indices.astype(np.int32))
    weights = matrix.units[~done][order]
    sums = np.add.reduceat(weights, np.flatnonzero(new)) if len(order) else weights
    return Core(
        free,
        np.flatnonzero(always),
        part[:, order[new]] if len(order) else part[:, :0],
        sums.astype(np.float64),
        float(matrix.units[done].sum()),
    )


def finish(core: Core, sites: int, *, scale: float, nodes: int, seconds: float) -> Verdict:
    """The best choice of ``sites`` in all, those that are fixed included; value and bound in units."""
    count, points = len(core.free), len(core.weights)
    total = core.base + float(core.weights.sum())
    spare = sites - len(core.always)
    if not points or spare <= 0 or count <= spare:
        value = core.base if spare <= 0 or not points else total
        extra = core.free if points and 0 < count <= spare else core.free[:0]
        return Verdict(np.concatenate([core.always, extra]), value, value, True, False)
    links = sparse.hstack([-core.cover.T, sparse.identity(points)])
    budget = sparse.hstack([sparse.csr_matrix(np.ones((1, count))), sparse.csr_matrix((1, points))])
    cost = np.concatenate([np.zeros(count), -core.weights / scale])
    bounds = np.full(points + 1, -np.inf), np.append(np.zeros(points), float(spare))
    rows = sparse.vstack([links, budget]).tocsc()
    solution = solved(cost, rows, bounds, whole=count, seconds=seconds, nodes=nodes)
    bound = min(total, core.base - solution.bound * scale + (0.0 if solution.proven else MARGIN * total))
    chosen = np.concatenate([core.always, core.free[solution.chosen]])
    return Verdict(chosen, core.base - solution.value * scale, bound, solution.proven, solution.timed_out)


def solved(
    cost: NDArray[np.float64],
    rows: sparse.csc_matrix,
    bounds: tuple[NDArray[np.float64], NDArray[np.float64]],
    *,
    whole: int,
    seconds: float,
    nodes: int | None = None,
) -> Verdict:
    """Minimise over columns between 0 and 1, the first ``whole`` of them whole numbers."""
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = rows.shape[1], rows.shape[0]
    model.col_cost_ = cost
    model.col_lower_, model.col_upper_ = np.zeros(len(cost)), np.ones(len(cost))
    model.row_lower_, model.row_upper_ = bounds
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_, model.a_matrix_.index_ = rows.indptr, rows.indices
    model.a_matrix_.value_ = rows.data
    kinds = [highspy.HighsVarType.kInteger] * whole
    model.integrality_ = kinds + [highspy.HighsVarType.kContinuous] * (len(cost) - whole)
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    options: dict[str, bool | int | float | str] = {
        "output_flag": False, "threads": 1, "parallel": "off", "random_seed": 0, "mip_rel_gap": 0.0,
        "time_limit": float(seconds),
    }  # fmt: skip
    if nodes is not None:
        options["mip_max_nodes"] = nodes
    for name, value in options.items():
        solver.setOptionValue(name, value)
    solver.passModel(model)
    solver.run()
    info, status = solver.getInfo(), solver.getModelStatus()
    values = np.array(solver.getSolution().col_value[:whole])
    return Verdict(
        np.flatnonzero(values > 0.5),
        float(info.objective_function_value),
        float(info.mip_dual_bound),
        status == highspy.HighsModelStatus.kOptimal,
        status == highspy.HighsModelStatus.kTimeLimit,
    )
