"""Levels on a grid beside unions of discs, a bare loop, itself at other sizes, and a cluster of one and two workers.

``python -m tests.benchmarks.coverage`` measures this alone. Whatever is compiled is compiled before the clock starts.
"""

import hashlib
import json
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import shapely
from distributed import Client, LocalCluster
from numba import njit
from numpy.typing import NDArray

from infra_registry.cluster import SUPERUSER, Cluster
from infra_registry.coverage.grids.distributed import DaskEngine
from infra_registry.coverage.grids.frame import Frame
from infra_registry.coverage.grids.kernel import LANES, _half_width, best_levels, identity
from infra_registry.coverage.grids.local import LocalEngine, plan
from infra_registry.coverage.grids.losses import book_of
from infra_registry.coverage.grids.stations import StationArrays, stations_of
from infra_registry.coverage.grids.work import Engine, Group, Work
from infra_registry.coverage.propagation.model import Transmitter
from infra_registry.coverage.propagation.scenario import RMA, UMA
from tests.benchmarks.register import home
from tests.benchmarks.rows import HEAD, Row

EPSG, STEP_M, REACH_M = 32650, 50, 1500.0
CLUSTER_REACH_M, CLUSTER_ROUNDS = 8000.0, 3
SIDE_M, STATIONS = 120_000, 60_000
WEST_M, SOUTH_M = 400_000, 3_900_000
ROUNDS = 3
DATABASE = "bench_discs"
BANDS = (763.0, 942.5, 1842.5, 2145.0, 2635.0, 3500.0)
Say = Callable[[str], None]


def frame(side_m: int = SIDE_M) -> Frame:
    """A square of cells."""
    cells = side_m // STEP_M
    return Frame(EPSG, STEP_M, WEST_M // STEP_M, -(SOUTH_M + side_m) // STEP_M, cells, cells)


def transmitters(count: int, side_m: int = SIDE_M) -> list[Transmitter]:
    """Three sectors a site, sites scattered evenly; heights, bands, tilts and scenarios mixed."""
    chance = np.random.default_rng(count)
    sites = -(-count // 3)
    x = WEST_M + chance.uniform(0, side_m, sites)
    y = SOUTH_M + chance.uniform(0, side_m, sites)
    height, turn = chance.integers(15, 56, sites), chance.uniform(0, 360, sites)
    band, rural = chance.integers(0, len(BANDS), sites), chance.random(sites) < 0.3
    tilt, power = chance.integers(0, 11, count), chance.uniform(12, 20, count)
    return [
        Transmitter(
            key, "a", "4g", float(x[site]), float(y[site]), float(height[site]), BANDS[band[site]],
            float(power[key]), float(turn[site] + 120 * (key % 3)) % 360, float(tilt[key]), 65.0,
            RMA if rural[site] else UMA, vertical_deg=10.0,
        )
        for key, site in ((key, key // 3) for key in range(count))
    ]  # fmt: skip


def work_of(stations: StationArrays, side_m: int = SIDE_M) -> Work:
    """One group on the square."""
    return Work(frame(side_m), (Group("a", "4g", stations),))


def swept(work: Work, workers: int | None = None) -> float:
    """A whole run on this machine, tables, bins and tiles; the mean level, so that nothing is left out."""
    total = 0.0
    for result in LocalEngine(workers).run(work, lambda _done, _total: None):
        for level, best in result.levels.values():
            total += float(level[best >= 0].sum())
    return total


def clocked(act: Callable[[], Any], clock: Callable[[], float] = time.perf_counter) -> float:
    """Seconds of one call."""
    began = clock()
    act()
    return clock() - began


def compiled(say: Say) -> None:
    """Compile what is measured."""
    rows = stations_of(transmitters(30, 3000), REACH_M)
    seconds = clocked(lambda: swept(work_of(rows, 3000)))
    ready = plan(work_of(rows, 3000))
    _bare_tile(ready, 0, values())
    say(f"coverage: compiled in {seconds:.1f} s, not counted below")


# --- beside unions of discs ---------------------------------------------------------------------------------------


def beside_discs(say: Say) -> list[Row]:
    """The whole square at once, in turn with the unions."""
    stations = stations_of(transmitters(STATIONS), REACH_M)
    work = work_of(stations)
    points = shapely.points(stations.x_cm / 100.0, stations.y_cm / 100.0)
    ours, ours_cpu, one, union, postgis = [], [], [], [], []
    with discs_in_postgis(stations) as link:
        for turn in range(ROUNDS):
            began = time.process_time()
            ours.append(clocked(lambda: swept(work)))
            ours_cpu.append(time.process_time() - began)
            one.append(clocked(lambda: swept(work, 1)))
            union.append(clocked(lambda: shapely.union_all(shapely.buffer(points, REACH_M, quad_segs=16))))
            postgis.append(clocked(lambda: link.execute(UNION, [REACH_M]).fetchone()))
            say(
                f"coverage: round {turn + 1}: {ours[-1]:.2f} s, shapely {union[-1]:.1f} s, PostGIS {postgis[-1]:.1f} s"
            )
    mine, alone, spent = statistics.median(ours), statistics.median(one), statistics.median(ours_cpu)
    theirs = {"shapely": statistics.median(union), "PostGIS": statistics.median(postgis)}
    quicker = min(theirs, key=theirs.__getitem__)
    ratio = theirs[quicker] / mine
    told = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in theirs.items())
    return [
        Row(
            f"{STATIONS:,} sector stations, {SIDE_M // 1000} × {SIDE_M // 1000} km at {STEP_M} m, radius "
            f"{REACH_M / 1000} km: best level and its station, tables and scheduling included; beside it the union of "
            "64-segment discs, which gives no level",
            f"{mine:.2f} s on {os.cpu_count()} cores ({spent:.2f} s of processor; one thread {alone:.2f} s)",
            told,
            f"{ratio:.1f} × {quicker}, {theirs[quicker] / alone:.1f} × on one thread",
            "≥ 3 ×",
            ratio >= 3.0,
        )
    ]


UNION = "SELECT ST_Area(ST_Union(ST_Buffer(geom, %s, 16))) FROM disc"


@contextmanager
def discs_in_postgis(stations: StationArrays) -> Iterator[psycopg.Connection[Any]]:
    """A database of its own in the benchmark's cluster with one point per station."""
    cluster = Cluster(home() / "pg")
    cluster.up()
    admin = cluster.url(SUPERUSER, "postgres")
    with psycopg.connect(admin, autocommit=True) as link:
        link.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        link.execute(f"CREATE DATABASE {DATABASE}")
    try:
        with psycopg.connect(cluster.url(SUPERUSER, DATABASE), autocommit=True) as link:
            link.execute("CREATE EXTENSION postgis")
            link.execute("SET work_mem = '512MB'")
            link.execute("CREATE TABLE disc (geom geometry(Point, 32650))")
            with link.cursor().copy("COPY disc FROM STDIN") as copy:
                for x, y in zip(stations.x_cm / 100.0, stations.y_cm / 100.0, strict=True):
                    copy.write_row([f"SRID={EPSG};POINT({x} {y})"])
            link.execute("ANALYZE disc")
            yield link
    finally:
        with psycopg.connect(admin, autocommit=True) as link:
            link.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")


# --- beside a bare loop -------------------------------------------------------------------------------------------


@njit(nogil=True, error_model="numpy")
def _bare(level: Any, grid: Any, places: Any, values: Any) -> None:
    """The same cells in the same order; keeps the greater of what is there and a value computed beforehand."""
    first_x, first_y, step = grid
    xs, ys, reaches = places
    rows, cols = level.shape
    for k in range(len(xs)):
        reach, x, y = reaches[k], xs[k], ys[k]
        top = max(0, -((y + reach - first_y) // step))
        bottom = min(rows - 1, (first_y - y + reach) // step)
        for row in range(top, bottom + 1):
            dy = first_y - row * step - y
            rest = reach * reach - dy * dy
            if rest < 0:
                continue
            half = _half_width(rest)
            left = max(0, -((first_x - x + half) // step))
            right = min(cols - 1, (x + half - first_x) // step)
            count = right - left + 1
            if count <= 0:
                continue
            here, there = level[row, left : right + 1], values[row - top]
            for j in range(count):
                if there[j] > here[j]:
                    here[j] = there[j]


def values() -> NDArray[np.float32]:
    """Levels made beforehand, as many as a disc is wide and high."""
    wide = int(2 * REACH_M / STEP_M) + LANES
    return np.random.default_rng(1).uniform(-130, -60, (wide, wide)).astype(np.float32)


def _bare_tile(ready: Any, index: int, made: NDArray[np.float32]) -> NDArray[np.float32]:
    tile, of = ready.tiles[index], ready.work.frame
    level = np.full(tile.shape, -np.inf, np.float32)
    step = of.step_m * 100
    corner = (of.col0 + tile.col) * step + step // 2, -(of.row0 + tile.row) * step - step // 2, step
    for stations in ready.of(index).values():
        _bare(level, corner, (stations.x_cm, stations.y_cm, stations.reach_cm), made)
    return level


def beside_a_bare_loop(say: Say) -> list[Row]:
    """One thread, kernel and bare loop in turn over all tiles of the square, in processor time."""
    ready = plan(work_of(stations_of(transmitters(STATIONS), REACH_M)))
    indices, made = range(len(ready.tiles)), values()

    def kernel() -> None:
        for index in indices:
            for stations in ready.of(index).values():
                best_levels(stations, ready.book.tables, ready.work.frame, ready.tiles[index])

    def bare() -> None:
        for index in indices:
            _bare_tile(ready, index, made)

    pairs = [(clocked(kernel, time.process_time), clocked(bare, time.process_time)) for _ in range(ROUNDS)]
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    pairs_of_cells = STATIONS * math.pi * (REACH_M / STEP_M) ** 2
    say(f"coverage: kernel {ours:.2f} s, bare loop {theirs:.2f} s of processor")
    return [
        Row(
            "kernel on one thread: loss table, sector pattern with tilt, level and station; beside it a bare compiled "
            "loop that keeps the greater of a precomputed value over the same cells",
            f"{ours / pairs_of_cells * 1e9:.2f} ns a cell and station",
            f"{theirs / pairs_of_cells * 1e9:.2f} ns",
            f"{ours / theirs:.1f} ×",
            "≤ 5 ×",
            ours / theirs <= 5.0,
        )
    ]


# --- at other sizes -----------------------------------------------------------------------------------------------


def at_equal_density(say: Say) -> list[Row]:
    """Processor time per station of a whole run, for a quarter and four times the stations of the square."""
    whole, tables = {}, {}
    for count, side_m in ((15_000, 60_000), (240_000, 240_000)):
        work = work_of(stations_of(transmitters(count, side_m), REACH_M), side_m)
        runs = [clocked(lambda w=work: swept(w), time.process_time) for _ in range(ROUNDS)]  # type: ignore[misc]
        books = [clocked(lambda w=work: book_of(w), time.process_time) for _ in range(ROUNDS)]  # type: ignore[misc]
        whole[count], tables[count] = statistics.median(runs), statistics.median(books)
        say(
            f"coverage: {count:,} stations: {whole[count]:.2f} s of processor, {tables[count]:.2f} s of it tables"
        )
    few, many = (seconds / count for count, seconds in whole.items())
    few_each, many_each = ((whole[count] - tables[count]) / count for count in whole)
    growth, each = many / few, many_each / few_each
    return [
        Row(
            "15,000 → 240,000 stations at equal density, a whole run each, processor time per station (the loss "
            f"tables cost {tables[15_000]:.2f} and {tables[240_000]:.2f} s, whatever the number of stations)",
            f"{many * 1e6:.1f} µs at 240,000",
            f"{few * 1e6:.1f} µs at 15,000",
            f"{growth:.2f} ×; without tables {each:.2f} ×",
            "≤ 1.3 ×, without tables within 30 %",
            growth <= 1.3 and abs(each - 1.0) <= 0.3,
        )
    ]


# --- with reading and writing -------------------------------------------------------------------------------------


def whole_run(say: Say) -> list[Row]:
    """A process of its own reads stations from a file, computes, writes a raster; its memory is its own."""
    folder = home() / "grid"
    folder.mkdir(parents=True, exist_ok=True)
    stations = folder / "stations.csv"
    with stations.open("w", encoding="utf-8") as out:
        for one in transmitters(STATIONS):
            parts = (one.key, one.x_m, one.y_m, one.height_m, one.frequency_mhz, one.eirp_dbm, one.azimuth_deg,
                     one.tilt_deg, one.scenario.name)  # fmt: skip
            out.write(",".join(map(str, parts)) + "\n")
    command = [
        sys.executable,
        "-m",
        "tests.benchmarks.coverage_run",
        str(stations),
        str(folder / "level.tif"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout.splitlines()[-1])
    say(f"coverage: whole run {told}")
    seconds = told["read_s"] + told["run_s"] + told["write_s"]
    return [
        Row(
            f"the same square whole, in a process of its own: {STATIONS:,} rows read from CSV, two bands written as "
            f"COG ({told['megabytes']:.0f} MB)",
            f"{seconds:.1f} s: read {told['read_s']:.1f}, compute {told['run_s']:.1f}, write {told['write_s']:.1f}; "
            f"peak {told['peak_mb']:.0f} MB",
            "",
            "",
            "< 2 GB",
            told["peak_mb"] < 2000,
        )
    ]


# --- on a cluster -------------------------------------------------------------------------------------------------


def on_a_cluster(say: Say) -> list[Row]:
    """The square with a wider reach, on one and on two workers of one thread each, in turn; bits compared."""
    stations = stations_of(transmitters(STATIONS), CLUSTER_REACH_M)
    work = work_of(stations)
    local_s = clocked(lambda: swept(work, 1))
    folder, times = str(home() / "dask"), dict[int, list[float]]()
    with ExitStack() as stack:
        engines: dict[int, Engine] = {}
        for workers in (1, 2):
            made = LocalCluster(
                n_workers=workers, threads_per_worker=1, dashboard_address=":0", local_directory=folder
            )
            address = stack.enter_context(made).scheduler_address
            engines[workers] = DaskEngine(address)
            with Client(address, set_as_default=False) as client:
                client.wait_for_workers(workers)
                client.run(identity)
        for _ in range(CLUSTER_ROUNDS):
            for workers, engine in engines.items():
                times.setdefault(workers, []).append(clocked(lambda e=engine: digest(work, e)))  # type: ignore[misc]
        same = len({digest(work, engine) for engine in (LocalEngine(), *engines.values())}) == 1
    one, two = (statistics.median(times[workers]) for workers in (1, 2))
    ratio = statistics.median(alone / both for alone, both in zip(times[1], times[2], strict=True))
    say(
        f"coverage: one worker {one:.1f} s, two {two:.1f} s, one thread here {local_s:.1f} s, equal bits: {same}"
    )
    return [
        Row(
            f"the same square with a reach of {CLUSTER_REACH_M / 1000:.0f} km on dask workers of one thread, levels "
            f"and stations sent back ({'equal bits' if same else 'BITS DIFFER'}; one thread without a cluster "
            f"{local_s:.1f} s)",
            f"two workers {two:.1f} s",
            f"one worker {one:.1f} s",
            f"{ratio:.2f} × (median of {CLUSTER_ROUNDS} rounds in turn)",
            "≥ 1.4 ×, equal bits",
            same and ratio >= 1.4,
        )
    ]


def digest(work: Work, engine: Engine) -> str:
    """Of every bit of a run, tile by tile."""
    seen = hashlib.sha256()
    for result in engine.run(work, lambda _done, _total: None):
        for level, best in result.levels.values():
            seen.update(level.tobytes())
            seen.update(best.tobytes())
    return seen.hexdigest()


def measure(say: Say) -> list[Row]:
    """Everything, in order."""
    compiled(say)
    alone = [*beside_discs(say), *whole_run(say), *beside_a_bare_loop(say), *at_equal_density(say)]
    return [*alone, *on_a_cluster(say)]


if __name__ == "__main__":
    Path(home()).mkdir(parents=True, exist_ok=True)
    found = measure(lambda text: print(text, flush=True))
    print("\n".join([*HEAD, *map(str, found)]))
