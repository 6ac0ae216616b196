"""Siting against the exact solver on the plain model: never above the optimum, never a bound below it."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from infra_registry.coverage.siting.cover import solve
from infra_registry.coverage.siting.merging import merged as merged_of
from infra_registry.coverage.siting.problem import Budget, Effort, Problem, Solution, Target
from infra_registry.errors import Invalid
from tests.unit.siting_referee import plain

EXACT_S = 60.0
MODEST = Effort(rounds=200, core=0)


def problem_of(rows: list[list[int]], weights: list[float], priority: list[int] | None = None) -> Problem:
    sizes = [len(row) for row in rows]
    return Problem(
        len(rows),
        np.array(weights, np.float64),
        np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        np.array([j for row in rows for j in row], np.int32),
        np.array(priority or [0] * len(rows), np.int8),
    )


def discs(candidates: int, points: int, radius: float, seed: int) -> Problem:
    """Random places in a square; each candidate serves what lies within the radius."""
    random = np.random.default_rng(seed)
    demand = cKDTree(random.random((points, 2)))
    rows = demand.query_ball_point(random.random((candidates, 2)), radius, return_sorted=True)
    weights = random.integers(1, 200, points) / 2
    return problem_of(list(rows), list(weights), list(random.integers(0, 3, candidates)))


def served_by(problem: Problem, chosen: NDArray[np.int64]) -> float:
    """Counted anew from the problem itself."""
    points = {int(j) for i in chosen for j in problem.row(int(i))}
    return float(sum(problem.weights[j] for j in sorted(points)))


def assert_adds_up(problem: Problem, found: Solution) -> None:
    assert len(set(found.chosen.tolist())) == len(found.chosen) == len(found.gains)
    assert found.served == pytest.approx(served_by(problem, found.chosen))
    assert found.gains.sum() == pytest.approx(found.served)
    done: list[int] = []
    for candidate, gain in zip(found.chosen.tolist(), found.gains.tolist(), strict=True):
        before = served_by(problem, np.array(done, np.int64))
        done.append(candidate)
        assert gain == pytest.approx(served_by(problem, np.array(done, np.int64)) - before)
        assert gain > 0


@pytest.mark.parametrize("core", [0, 60_000])
@pytest.mark.parametrize("seed", range(8))
def test_budget_value_optimum_bound(seed: int, core: int) -> None:
    problem = discs(40, 300, 0.13, seed)
    best = plain(problem, Budget(6), seconds=EXACT_S)
    found = solve(problem, Budget(6), effort=Effort(rounds=200, core=core))
    assert best.proven
    assert found.served <= best.value * (1 + 1e-9)
    assert found.bound >= best.value * (1 - 1e-9)
    assert len(found.chosen) <= 6
    assert_adds_up(problem, found)
    if found.gap == 0:
        assert found.served == pytest.approx(best.value)
    if core:
        assert (found.gap, found.method) in {(0.0, "lagrangian+exact"), (0.0, "lagrangian")}


@pytest.mark.parametrize("core", [0, 60_000])
@pytest.mark.parametrize("seed", range(8))
def test_target_sites_optimum_bound(seed: int, core: int) -> None:
    problem = discs(40, 300, 0.13, seed)
    best = plain(problem, Target(0.7), seconds=EXACT_S)
    found = solve(problem, Target(0.7), effort=Effort(rounds=200, core=core))
    assert best.proven
    assert found.met
    assert found.bound <= round(best.value) <= len(found.chosen)
    assert found.served >= 0.7 * found.total * (1 - 1e-9)
    assert_adds_up(problem, found)
    if core:
        assert found.gap == 0
        assert len(found.chosen) == round(best.value)


def test_the_relaxation_alone_comes_close_on_a_middling_size() -> None:
    problem = discs(400, 4000, 0.06, 3)
    found = solve(problem, Budget(50), effort=MODEST)
    assert 0.5 < found.served / found.total < 0.8
    assert found.gap < 0.01
    assert found.method == "lagrangian"
    served = [step.served for step in found.history]
    bounds = [step.bound for step in found.history]
    assert served == sorted(served)
    assert bounds == sorted(bounds, reverse=True)


@pytest.mark.parametrize("aim", [Budget(12), Target(0.6)])
def test_equal_inputs_give_equal_answers_and_the_clock_only_cuts(aim: Budget | Target) -> None:
    problem = discs(150, 1500, 0.09, 5)
    first, second = (solve(problem, aim, effort=MODEST) for _ in range(2))
    assert np.array_equal(first.chosen, second.chosen)
    assert (first.served, first.bound, first.method) == (second.served, second.bound, second.method)
    cut = solve(problem, aim, seconds=0.0, effort=MODEST)
    assert cut.method.endswith("@seconds")
    assert_adds_up(problem, cut)
    if isinstance(aim, Budget):
        assert cut.served <= first.bound * (1 + 1e-9)
        assert cut.bound >= first.served * (1 - 1e-9)
    else:
        assert cut.served >= 0.6 * cut.total * (1 - 1e-9)
        assert cut.bound <= len(first.chosen)


def test_the_order_of_rows_and_points_changes_nothing_but_names() -> None:
    problem = discs(60, 400, 0.12, 9)
    turn = np.random.default_rng(1).permutation(problem.points)
    rows = [sorted(turn[problem.row(i)].tolist()) for i in range(problem.candidates)]
    weights = np.empty(problem.points)
    weights[turn] = problem.weights
    turned = problem_of(rows, weights.tolist(), problem.priority.tolist())
    one, other = solve(problem, Budget(8)), solve(turned, Budget(8))
    assert one.gap == other.gap == 0
    assert one.served == pytest.approx(other.served)


def test_points_with_equal_candidates_are_one_and_idle_ones_go() -> None:
    merged, _ = merged_of(problem_of([[0, 1, 2], [1, 0, 3, 0]], [1, 2, 4, 8, 16, 0], [0, 1]))
    assert merged.weights.tolist() == [3, 4, 8]
    assert [merged.row(i).tolist() for i in range(2)] == [[0, 1], [0, 2]]


@pytest.mark.parametrize("seed", range(4))
def test_merging_keeps_the_optimum(seed: int) -> None:
    problem = discs(12, 200, 0.2, seed)
    merged, _ = merged_of(problem)
    assert merged.points < problem.points
    whole, small = (plain(one, Budget(3), seconds=EXACT_S).value for one in (problem, merged))
    assert whole == pytest.approx(small)


def test_among_equals_sharing_goes_first() -> None:
    rows = [[0, 1], [0, 1], [2, 3], [2, 3]]
    found = solve(problem_of(rows, [5, 5, 4, 4], [2, 0, 1, 2]), Budget(2))
    assert found.chosen.tolist() == [1, 2]
    assert found.gains.tolist() == [10, 8]


def test_a_shared_site_within_the_tolerance_replaces_a_better_new_one_and_the_bound_says_so() -> None:
    problem = problem_of([[0, 1, 2], [0, 1], [3]], [60, 35, 5, 50], [2, 0, 2])
    strict = solve(problem, Budget(1))
    assert (strict.chosen.tolist(), strict.served, strict.gap) == ([0], 100, 0)
    lenient = solve(problem, Budget(1), effort=Effort(tolerance=0.05))
    assert (lenient.chosen.tolist(), lenient.served) == ([1], 95)
    assert lenient.bound == pytest.approx(100)
    assert lenient.gap == pytest.approx(5 / 95)
    assert solve(problem, Budget(1), effort=Effort(tolerance=0.04)).chosen.tolist() == [0]


@pytest.mark.parametrize("seed", range(5))
def test_sharing_first_costs_no_more_than_the_tolerance(seed: int) -> None:
    problem = discs(60, 400, 0.12, seed)
    plain, lenient = (solve(problem, Budget(10), effort=Effort(tolerance=t)) for t in (0.0, 0.1))
    assert plain.gap == 0
    assert plain.served * 0.9 <= lenient.served <= lenient.bound == pytest.approx(plain.bound)
    assert problem.priority[lenient.chosen].sum() <= problem.priority[plain.chosen].sum()


@pytest.mark.parametrize("seed", range(5))
def test_a_target_is_kept_while_sharing_goes_first(seed: int) -> None:
    problem = discs(60, 400, 0.12, seed)
    one_kind = replace(problem, priority=np.zeros(problem.candidates, np.int8))
    fewest, shared = solve(one_kind, Target(0.6)), solve(problem, Target(0.6))
    assert len(shared.chosen) == len(fewest.chosen)
    assert shared.served >= 0.6 * shared.total * (1 - 1e-9)


def test_a_dominated_shared_site_is_not_thrown_away() -> None:
    found = solve(problem_of([[0, 1], [0]], [10, 0.1], [2, 0]), Budget(1), effort=Effort(tolerance=0.05))
    assert found.chosen.tolist() == [1]


def test_a_target_nobody_can_meet_serves_everybody_who_can_be_served() -> None:
    found = solve(problem_of([[0], [1], [0, 1]], [3, 3, 4]), Target(0.9))
    assert not found.met
    assert (found.chosen.tolist(), found.served, found.reachable, found.total) == ([2], 6, 6, 10)
    assert found.bound == 1


@pytest.mark.parametrize(
    ("rows", "weights", "aim", "served"),
    [
        ([], [], Budget(3), 0),
        ([], [1, 2], Target(0.5), 0),
        ([[], []], [1, 2], Budget(1), 0),
        ([[0], [1]], [0, 0], Target(1), 0),
        ([[0], [1]], [1, 2], Budget(0), 0),
        ([[0], [1]], [1, 2], Target(0), 0),
        ([[0], [1]], [1, 2], Budget(9), 3),
        ([[0], [1]], [1, 2], Target(1), 3),
    ],
)
def test_edges(rows: list[list[int]], weights: list[float], aim: Budget | Target, served: float) -> None:
    found = solve(problem_of(rows, weights), aim)
    assert (found.served, found.gap) == (served, 0)
    assert len(found.chosen) == (2 if served else 0)


def test_wrong_aims_are_named_and_broken_matrices_refused() -> None:
    problem = problem_of([[0], [1]], [1, 2])
    for aim, field in ((Budget(-1), "sites"), (Target(1.2), "share"), (Target(float("nan")), "share")):
        with pytest.raises(Invalid) as refused:
            solve(problem, aim)
        assert refused.value.faults[0].field == field
    for broken in (
        replace(problem, weights=np.array([1, np.nan])),
        replace(problem, weights=np.array([1, -1.0])),
        replace(problem, indices=np.array([0, 2], np.int32)),
        replace(problem, indptr=np.array([0, 2, 1], np.int64)),
        replace(problem, priority=np.zeros(3, np.int8)),
    ):
        with pytest.raises(ValueError, match=r"indptr|indices|weights|priority"):
            solve(broken, Budget(1))


def test_weights_of_any_size_are_served_alike() -> None:
    problem = discs(40, 300, 0.13, 2)
    plain = solve(problem, Budget(6))
    for scale in (1e-9, 1e9):
        scaled = solve(replace(problem, weights=problem.weights * scale), Budget(6))
        assert scaled.served == pytest.approx(plain.served * scale)
        assert scaled.gap == pytest.approx(0, abs=1e-9)
