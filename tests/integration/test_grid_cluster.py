"""The same run on a cluster of processes on the loopback: equal bits, lost workers, clean failures."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from infra_registry.coverage.grids import distributed as engine_module
from infra_registry.coverage.grids.distributed import DaskEngine
from infra_registry.coverage.grids.engine import engine_named
from infra_registry.coverage.grids.frame import Frame
from infra_registry.coverage.grids.kernel import identity
from infra_registry.coverage.grids.stations import stations_of
from infra_registry.coverage.grids.work import Work
from infra_registry.errors import RegistryError
from tests.unit.grid_ground import group, levels, quiet, scattered

ROOT = Path(__file__).parents[2]
FRAME = Frame(32631, 50, 11290, -96669, 120, 90)
Process = subprocess.Popen[bytes]


def work() -> Work:
    """Two groups, one of which leaves most tiles untouched, on eighty tiles."""
    rows = scattered(50, FRAME, seed=12)
    parts = group(stations_of(rows, 900.0)), group(stations_of(rows[:2], 400.0), "b", "5g")
    return Work(FRAME, parts, tile=12)


@contextmanager
def process(*words: str) -> Iterator[Process]:
    """A program of the cluster; ended when the test ends."""
    started = subprocess.Popen(
        [sys.executable, "-m", *words], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield started
    finally:
        started.kill()
        started.wait()


@contextmanager
def scheduler(folder: Path) -> Iterator[tuple[str, Process]]:
    """A scheduler on a free port of the loopback, and its address."""
    noted = folder / "scheduler.json"
    words = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(noted))
    with process("distributed.cli.dask_scheduler", *words) as started:
        until = time.monotonic() + 60
        while not noted.exists():
            assert time.monotonic() < until
            assert started.poll() is None
            time.sleep(0.05)
        yield json.loads(noted.read_text("utf-8"))["address"], started


def worker(address: str, folder: Path, name: str) -> list[str]:
    """The words that start a worker of one thread."""
    return [
        "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard",
        "--name", name, "--local-directory", str(folder / name),
    ]  # fmt: skip


def equal(engine: DaskEngine, progress: Callable[[int, int], None] = quiet) -> bool:
    """Whether an engine's bits are those of this machine."""
    asked = work()
    mine = {
        (result.tile, names): pair
        for result in engine.run(asked, progress)
        for names, pair in result.levels.items()
    }
    assert len({tile for tile, _ in mine}) > 20
    here = levels(asked)
    for (tile, names), (level, best) in mine.items():
        if level.tobytes() != here[names][0][tile.window].tobytes():
            return False
        if best.tobytes() != here[names][1][tile.window].tobytes():
            return False
    return True


def test_two_workers_give_the_bits_of_one_machine_and_survive_the_loss_of_one(tmp_path: Path) -> None:
    with ExitStack() as stack:
        address, _ = stack.enter_context(scheduler(tmp_path))
        both = [stack.enter_context(process(*worker(address, tmp_path, name))) for name in ("one", "two")]
        engine = engine_named(address)
        assert isinstance(engine, DaskEngine)
        assert engine.name == address
        assert equal(engine)

        told: list[tuple[int, int]] = []

        def kill_one(done: int, total: int) -> None:
            told.append((done, total))
            if done == 7 and both[0].poll() is None:
                os.kill(both[0].pid, signal.SIGKILL)

        assert equal(engine, kill_one)
        assert both[0].wait(10) == -signal.SIGKILL
        assert told[-1] == (80, 80)
        assert both[1].poll() is None


def test_when_no_worker_is_left_or_the_scheduler_dies_the_run_fails_cleanly(tmp_path: Path) -> None:
    with scheduler(tmp_path) as (address, head), process(*worker(address, tmp_path, "only")) as only:

        def kill(victim: Process) -> Callable[[int, int], None]:
            def at(done: int, _total: int) -> None:
                if done == 5 and victim.poll() is None:
                    os.kill(victim.pid, signal.SIGKILL)

            return at

        engine = DaskEngine(address, patience_s=15)
        assert next(engine.run(work(), quiet)).tile.row == 0
        engine = DaskEngine(address, patience_s=3)
        with pytest.raises(RegistryError) as lost:
            equal(engine, kill(only))
        assert lost.value.code == "coverage.cluster_lost"
        with pytest.raises(RegistryError) as none:
            next(engine.run(work(), quiet))
        assert none.value.code == "coverage.cluster_lost"
        with process(*worker(address, tmp_path, "next")):
            began = time.monotonic()
            with pytest.raises(RegistryError) as gone:
                equal(DaskEngine(address, patience_s=8), kill(head))
            assert gone.value.code == "coverage.cluster_lost", repr(gone.value.__cause__)
            assert time.monotonic() - began < 60
    with pytest.raises(RegistryError) as nobody:
        next(DaskEngine(address, patience_s=2).run(work(), quiet))
    assert nobody.value.code == "coverage.cluster_unreachable"


def test_cancelling_leaves_nothing_on_the_cluster_and_a_worker_unlike_us_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from distributed import Client

    class Stopped(Exception):
        pass

    def stop(done: int, _total: int) -> None:
        if done >= 4:
            raise Stopped

    with scheduler(tmp_path) as (address, _), process(*worker(address, tmp_path, "only")):
        engine = DaskEngine(address, patience_s=20)
        with pytest.raises(Stopped):
            equal(engine, stop)
        with Client(address, set_as_default=False) as client:
            until = time.monotonic() + 15
            while client.who_has() and time.monotonic() < until:
                time.sleep(0.1)
            assert client.who_has() == {}
        monkeypatch.setattr(engine_module, "identity", lambda: identity() | {"bits": "other"})
        with pytest.raises(RegistryError) as differs:
            equal(engine)
        assert differs.value.code == "coverage.cluster_differs"
        assert str(differs.value.params["part"]).startswith("bits")


def test_without_the_extra_the_engine_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(RegistryError) as refused:
        next(DaskEngine("tcp://127.0.0.1:9").run(work(), quiet))
    assert refused.value.code == "coverage.no_cluster"
    assert refused.value.params["extra"] == "cluster"
