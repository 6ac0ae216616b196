"""The engine of one machine: threads over tiles. The kernel runs without the interpreter's lock."""

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from infra_registry.coverage.grids.kernel import Prepared, best_levels, prepared
from infra_registry.coverage.grids.losses import LossBook, book_of
from infra_registry.coverage.grids.tiling import Bins, Tile, binned, tiles
from infra_registry.coverage.grids.work import Progress, TileResult, Work


@dataclass(frozen=True, slots=True)
class Plan:
    """A work made ready: tiles, loss tables, and per group its stations and which of them reach into which tile."""

    work: Work
    tiles: list[Tile]
    book: LossBook
    stations: tuple[Prepared, ...]
    bins: tuple[Bins, ...]

    def of(self, index: int) -> dict[tuple[str, str], Prepared]:
        """The stations of each group that reach into a tile; groups without any are left out."""
        reaching = {}
        for group, stations, bins in zip(self.work.groups, self.stations, self.bins, strict=True):
            rows = bins.of(index)
            if len(rows):
                reaching[group.operator, group.technology] = stations.take(rows)
        return reaching


def plan(work: Work) -> Plan:
    """Tables and bins of a work. Raises Invalid where the model gives no number."""
    book = book_of(work)
    stations = tuple(
        prepared(group.stations, profile, work.receiver_m)
        for group, profile in zip(work.groups, book.profiles, strict=True)
    )
    bins = tuple(
        binned(work.frame, work.tile, group.stations.x_cm, group.stations.y_cm, group.stations.reach_cm)
        for group in work.groups
    )
    return Plan(work, tiles(work.frame, work.tile), book, stations, bins)


@dataclass(frozen=True, slots=True)
class LocalEngine:
    """``workers`` threads; as many as there are cores unless stated."""

    workers: int | None = None

    @property
    def name(self) -> str:
        """How a run names this engine."""
        return "local"

    def run(self, work: Work, progress: Progress) -> Iterator[TileResult]:
        """Every tile, row by row. No more than two tiles per worker wait to be taken, so memory stays bounded.

        An exception from ``progress``, or a reader that stops, drops what has not begun and ends the threads.
        """
        ready = plan(work)
        workers = self.workers or os.cpu_count() or 1
        total = len(ready.tiles)
        progress(0, total)
        pool = ThreadPoolExecutor(workers, thread_name_prefix="grid")
        waiting: deque[Future[TileResult]] = deque()
        try:
            for index in range(total):
                waiting.append(pool.submit(_compute, ready, index))
                if len(waiting) > 2 * workers:
                    yield waiting.popleft().result()
                    progress(index + 1 - len(waiting), total)
            while waiting:
                yield waiting.popleft().result()
                progress(total - len(waiting), total)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _compute(ready: Plan, index: int) -> TileResult:
    tile, frame, tables = ready.tiles[index], ready.work.frame, ready.book.tables
    groups = ready.of(index).items()
    return TileResult(tile, {names: best_levels(stations, tables, frame, tile) for names, stations in groups})
