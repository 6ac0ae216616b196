"""``python -m tests.benchmarks.siting``: sites for a budget and a target with a proven bound, HiGHS beside it.

The instance: demand points and candidates fall evenly at random on a unit square (numpy's default generator, seed 1),
points weigh 1 to 100 evenly, and a candidate serves every point within a radius at which a disc away from the edge
holds 200 points. The budget serves about two thirds of all weight. HiGHS gets the plain, unmerged model on one thread.
Our search rests at a proven gap of half a per cent, as remedies do.
"""

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from infra_registry.coverage.siting.cover import solve
from infra_registry.coverage.siting.problem import Aim, Budget, Effort, Problem, Solution, Target
from tests.benchmarks.rows import Row
from tests.unit.siting_referee import plain

SEED, HEAVIEST, PER_CANDIDATE = 1, 100, 200
REFEREE_S = 60.0
RESULTS = Path(__file__).with_name("siting.md")
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Size:
    """An instance with its budget and the floor it is measured against: proven gap, seconds."""

    candidates: int
    points: int
    sites: int
    floor_gap: float
    floor_s: float


SIZES = (Size(2_000, 20_000, 60, 0.01, 20.0), Size(20_000, 200_000, 600, 0.02, 120.0))
SHARE = 0.65
ENOUGH = Effort(enough=0.005)


@dataclass(frozen=True, slots=True)
class Sited:
    """One search: what was asked and found, in how many seconds of wall clock and of processor."""

    size: Size
    aim: Aim
    nonzeros: int
    found: Solution
    seconds: float
    cpu_s: float

    @property
    def kept(self) -> bool:
        """Whether gap and time keep the floor."""
        return self.found.gap <= self.size.floor_gap and self.seconds <= self.size.floor_s


@dataclass(frozen=True, slots=True)
class Refereed:
    """HiGHS on the plain model of the smaller size: value, bound, seconds."""

    value: float
    bound: float
    seconds: float

    @property
    def gap(self) -> float:
        """How far its value is below its bound, as a share of the bound (the kinder measure: at most 100 %)."""
        return 1 - self.value / self.bound if self.bound > 0 else 0.0


def say(text: str) -> None:
    """Progress, at once."""
    print(text, flush=True)


def main() -> None:
    """Measure and write the table."""
    text = table(*measure(say))
    RESULTS.write_text(f"# What choosing sites costs, and what it proves\n\n{_machine()}\n\n{text}", "utf-8")
    say(text)


def instance(size: Size) -> Problem:
    """The instance of a size, as the head of this module says."""
    random = np.random.default_rng(SEED)
    points, candidates = random.random((size.points, 2)), random.random((size.candidates, 2))
    weights = random.integers(1, HEAVIEST, size.points, endpoint=True).astype(np.float64)
    radius = np.sqrt(PER_CANDIDATE / size.points / np.pi)
    rows = cKDTree(points).query_ball_point(candidates, radius, return_sorted=True)
    indptr = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    indices = np.concatenate([np.array(row, np.int32) for row in rows])
    priority = (np.arange(size.candidates) % 3).astype(np.int8)
    return Problem(size.candidates, weights, indptr, indices, priority)


def measure(say: Say) -> tuple[list[Sited], Refereed]:
    """Both sizes, budget and target; then the referee."""
    tiny = instance(Size(40, 400, 4, 1, 1))
    for aim in (Budget(4), Target(SHARE)):
        solve(tiny, aim)  # compiles
    made = []
    for size in SIZES:
        problem = instance(size)
        for aim in (Budget(size.sites), Target(SHARE)):
            made.append(_timed(size, problem, aim))
            say(_said(made[-1]))
    began = time.perf_counter()
    verdict = plain(instance(SIZES[0]), Budget(SIZES[0].sites), seconds=REFEREE_S)
    referee = Refereed(verdict.value, verdict.bound, time.perf_counter() - began)
    say(f"HiGHS, plain model: {referee.value:,.0f}, gap {referee.gap:.2%} after {referee.seconds:.0f} s")
    return made, referee


def _timed(size: Size, problem: Problem, aim: Aim) -> Sited:
    began, cpu = time.perf_counter(), time.process_time()
    found = solve(problem, aim, seconds=size.floor_s, effort=ENOUGH)
    seconds, cpu_s = time.perf_counter() - began, time.process_time() - cpu
    return Sited(size, aim, len(problem.indices), found, seconds, cpu_s)


def _said(one: Sited) -> str:
    return f"siting, {_asked(one)}: gap {one.found.gap:.2%} in {one.seconds:.1f} s ({one.found.method})"


def _asked(one: Sited) -> str:
    what = f"{one.aim.sites:,} sites" if isinstance(one.aim, Budget) else f"{one.aim.share:.0%} served"
    return f"{one.size.candidates:,} × {one.size.points:,}, {what}"


def table(made: list[Sited], referee: Refereed) -> str:
    """Markdown: what was asked, found and proven, whether it keeps its floor, HiGHS beside it."""
    lines = [
        "| asked | served | sites | bound | proven gap | wall (cpu) | what proved it | floor |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for one in made:
        bound = f"{one.found.bound:,.0f}" + ("" if isinstance(one.aim, Budget) else " sites")
        lines.append(
            f"| {_asked(one)} ({one.nonzeros:,} non-zeros) | {one.found.served:,.0f} "
            f"({one.found.served / one.found.total:.1%}) | {len(one.found.chosen):,} | {bound} "
            f"| {one.found.gap:.2%} | {one.seconds:.1f} s ({one.cpu_s:.1f} s) | {one.found.method} "
            f"| {one.size.floor_gap:.0%} in {one.size.floor_s:.0f} s: {'kept' if one.kept else 'MISSED'} |"
        )
    size = SIZES[0]
    lines.append(
        f"| HiGHS, plain model, {size.candidates:,} × {size.points:,}, {size.sites} sites | {referee.value:,.0f} "
        f"| {size.sites} | {referee.bound:,.0f} | {referee.gap:.2%} | {referee.seconds:.1f} s | branch and bound | |"
    )
    return "\n".join(lines) + "\n"


def rows(say: Say) -> list[Row]:
    """The same for the common table."""
    made, referee = measure(say)
    plain = f"HiGHS, plain model: {referee.value:,.0f}, gap {referee.gap:.2%} after {referee.seconds:.0f} s"
    return [
        Row(
            f"siting, {_asked(one)}, {one.nonzeros:,} non-zeros",
            f"{one.found.served / one.found.total:.1%} served by {len(one.found.chosen):,}, proven gap "
            f"{one.found.gap:.2%} in {one.seconds:.1f} s ({one.found.method})",
            plain if one.aim == Budget(SIZES[0].sites) else "",
            "",
            f"{one.size.floor_gap:.0%} in {one.size.floor_s:.0f} s",
            one.kept,
        )
        for one in made
    ]


def _machine() -> str:
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.0f} at the end; "
        f"{platform.system()}, Python {platform.python_version()}. Places even at random on a square, weights 1–100, "
        f"discs of {PER_CANDIDATE} points, seed {SEED}; compiled beforehand."
    )


if __name__ == "__main__":
    main()
