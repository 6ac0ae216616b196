"""The engine of several machines: tiles as tasks of ``dask.distributed``, for who installed the extra ``cluster``.

No disk is shared. Each task carries its own stations (those whose reach touches the tile) and the loss tables travel
once, as a task that can be made again: whatever a lost worker held or was computing is computed elsewhere. Workers
answer only if versions, kernel and the bits of a probe are the caller's, so results equal the local engine's bit for
bit. Arrays come back compressed. A scheduler trusts whoever reaches it: it belongs into a closed network or behind TLS.
"""

import math
import time
import uuid
import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infra_registry.coverage.grids.frame import Frame
from infra_registry.coverage.grids.kernel import Prepared, best_levels, identity
from infra_registry.coverage.grids.local import Plan, plan
from infra_registry.coverage.grids.tiling import Tile
from infra_registry.coverage.grids.work import Keys, Levels, Progress, TileResult, Work
from infra_registry.errors import RegistryError

Packed = dict[tuple[str, str], tuple[bytes, bytes]]
# Tiles under way per thread of the cluster: enough to keep it busy, few enough to keep memory bounded.
AHEAD = 4
POLL_S = 1.0
RETRIES = 3


@dataclass(frozen=True, slots=True)
class DaskEngine:
    """``address`` of a scheduler; ``patience_s``: how long to wait for a worker before giving up."""

    address: str
    patience_s: float = 60.0

    @property
    def name(self) -> str:
        """How a run names this engine."""
        return self.address

    def run(self, work: Work, progress: Progress) -> Iterator[TileResult]:
        """Every tile, row by row. ``progress`` is also asked while nothing comes, so that a run can be cancelled.

        Raises RegistryError: ``coverage.no_cluster`` without the extra, ``coverage.cluster_unreachable``,
        ``coverage.cluster_differs`` where a worker would not yield the same bits, ``coverage.cluster_lost`` when no
        worker came back in time, ``coverage.cluster_failed`` when a tile failed on every try.
        """
        distributed = _library()
        ready = plan(work)
        progress(0, len(ready.tiles))
        client = self._client(distributed)
        try:
            yield from _Gathering(self, client, ready, progress).results()
        finally:
            client.close(timeout=5)

    def _client(self, distributed: Any) -> Any:
        try:
            client = distributed.Client(
                self.address, timeout=self.patience_s, set_as_default=False, name="coverage"
            )
        except (OSError, ValueError, TimeoutError) as cause:
            raise RegistryError("coverage.cluster_unreachable", address=self.address) from cause
        try:
            client.wait_for_workers(1, timeout=self.patience_s)
        except TimeoutError as cause:
            client.close(timeout=5)
            raise RegistryError("coverage.cluster_lost", address=self.address) from cause
        return client


def _library() -> Any:
    try:
        import distributed
    except ImportError as cause:
        raise RegistryError("coverage.no_cluster", extra="cluster") from cause
    return distributed


class _Gathering:
    """One run on a cluster: what is under way, and when a worker was last seen."""

    def __init__(self, engine: DaskEngine, client: Any, ready: Plan, progress: Progress) -> None:
        self.engine, self.client, self.ready, self.progress = engine, client, ready, progress
        self.run_key = uuid.uuid4().hex
        self.total = len(ready.tiles)
        self.waiting: deque[tuple[Tile, Any]] = deque()
        self.expected = identity()
        self.seen = time.monotonic()
        self.threads, self.counted = 1, -math.inf

    def results(self) -> Iterator[TileResult]:
        """Tiles in order; nothing is left on the cluster, however this ends."""
        packed = zlib.compress(self.ready.book.tables.tobytes(), 1)
        shape = self.ready.book.tables.shape
        tables = self.client.submit(_unpacked, packed, shape, key=f"tables-{self.run_key}")
        done = 0
        try:
            for index in range(self.total):
                self._submit(index, tables)
                while len(self.waiting) > self._room():
                    yield self._next(done)
                    done += 1
                    self.progress(done, self.total)
            while self.waiting:
                yield self._next(done)
                done += 1
                self.progress(done, self.total)
        finally:
            self.client.cancel([tables, *(future for _, future in self.waiting)], force=True)

    def _submit(self, index: int, tables: Any) -> None:
        tile, frame = self.ready.tiles[index], self.ready.work.frame
        task = (frame, tile), self.ready.of(index), tables, self.expected
        key = f"tile-{self.run_key}-{index}"
        future = self.client.submit(_computed, *task, key=key, retries=RETRIES)
        self.waiting.append((tile, future))

    def _room(self) -> int:
        """How many tiles may be under way; the size of the cluster is asked every so often."""
        if time.monotonic() - self.counted > POLL_S:
            self.threads, self.counted = max(1, self._workers()), time.monotonic()
        return AHEAD * self.threads

    def _next(self, done: int) -> TileResult:
        tile, future = self.waiting.popleft()
        answer = self._patiently(future, done)
        if isinstance(answer, str):
            raise RegistryError("coverage.cluster_differs", address=self.engine.address, part=answer)
        return TileResult(tile, {names: _opened(packed, tile) for names, packed in answer.items()})

    def _patiently(self, future: Any, done: int) -> Packed | str:
        """What a task gave. While it is not there, progress is asked and workers are looked for."""
        address = self.engine.address
        while True:
            try:
                answer: Packed | str = future.result(timeout=POLL_S)
            except TimeoutError:
                self._look(done)
                continue
            except Exception as cause:
                code = "coverage.cluster_lost" if self._is_loss(cause) else "coverage.cluster_failed"
                reason = f"{type(cause).__name__}: {str(cause)[:200]}"
                raise RegistryError(code, address=address, reason=reason) from cause
            self.seen = time.monotonic()
            return answer

    def _workers(self) -> int:
        """Threads the cluster has now; 0 while the scheduler cannot be asked."""
        try:
            return sum(self.client.nthreads().values()) if self.client.status == "running" else 0
        except OSError:
            return 0

    def _is_loss(self, cause: Exception) -> bool:
        """Whether workers or the scheduler went away, not the work went wrong."""
        names = {kind.__name__ for kind in type(cause).__mro__}
        gone = names & {"KilledWorker", "CancelledError", "FutureCancelledError", "CommClosedError"}
        return bool(gone) or self.client.status != "running"

    def _look(self, done: int) -> None:
        self.progress(done, self.total)
        now = time.monotonic()
        if self._workers():
            self.seen = now
        if now - self.seen > self.engine.patience_s:
            raise RegistryError("coverage.cluster_lost", address=self.engine.address)


# --- on the worker ------------------------------------------------------------------------------------------------


@cache
def _mine() -> dict[str, str]:
    return identity()


def _unpacked(packed: bytes, shape: tuple[int, int]) -> NDArray[np.float32]:
    return np.frombuffer(zlib.decompress(packed), np.float32).reshape(shape)


def _computed(
    place: tuple[Frame, Tile],
    stations: dict[tuple[str, str], Prepared],
    tables: NDArray[np.float32],
    expected: dict[str, str],
) -> Packed | str:
    """The tile, packed; or which part of the worker's identity is not the caller's."""
    mine = _mine()
    for part, expected_value in expected.items():
        if mine.get(part) != expected_value:
            return f"{part}: {mine.get(part)} ≠ {expected_value}"
    frame, tile = place
    packed = {}
    for names, of_group in stations.items():
        level, best = best_levels(of_group, tables, frame, tile)
        packed[names] = _squeezed(level), _squeezed(best)
    return packed


def _squeezed(array: NDArray[Any]) -> bytes:
    """Bytes of one rank side by side, deflated: neighbouring cells share their upper ones."""
    return zlib.compress(np.ascontiguousarray(array.view(np.uint8).reshape(-1, 4).T).tobytes(), 1)


def _opened(packed: tuple[bytes, bytes], tile: Tile) -> tuple[Levels, Keys]:
    planes = [np.frombuffer(zlib.decompress(part), np.uint8).reshape(4, -1) for part in packed]
    level, best = (np.ascontiguousarray(plane.T) for plane in planes)
    return level.view(np.float32).reshape(tile.shape), best.view(np.int32).reshape(tile.shape)
