"""One coverage run from file to file; prints seconds and peak memory as JSON. Compiled before the clock starts."""

import csv
import json
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from infra_registry.coverage.grids.local import LocalEngine
from infra_registry.coverage.grids.stations import stations_of
from infra_registry.coverage.grids.work import TileResult, Work
from infra_registry.coverage.propagation.model import Transmitter
from infra_registry.coverage.propagation.scenario import SCENARIOS, Scenario
from infra_registry.formats.raster import Layout, write_cog_pieces
from tests.benchmarks.coverage import REACH_M, compiled, work_of

NODATA = -9999.0
BY_NAME: dict[str, Scenario] = {scenario.name: scenario for scenario in SCENARIOS.values()}


def read(path: Path) -> Work:
    """Stations of a CSV as the work of the square."""
    rows = []
    with path.open(encoding="utf-8", newline="") as source:
        for key, *numbers, name in csv.reader(source):
            x, y, height, frequency, eirp, azimuth, tilt = map(float, numbers)
            rows.append(
                Transmitter(
                    int(key), "a", "4g", x, y, height, frequency, eirp, azimuth, tilt, 65.0, BY_NAME[name],
                    vertical_deg=10.0,
                )
            )  # fmt: skip
    return work_of(stations_of(rows, REACH_M))


def pieces(results: Iterator[TileResult], spent: list[float]) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """Tiles as bands; the time spent waiting for them is added up."""
    while True:
        began = time.perf_counter()
        result = next(results, None)
        spent.append(time.perf_counter() - began)
        if result is None:
            return
        level, best = result.of("a", "4g")
        bands = {"level": np.where(best < 0, np.float32(NODATA), level), "station": best.astype(np.float32)}
        yield result.tile.row, result.tile.col, bands


def main() -> None:
    """Read, compute, write."""
    compiled(lambda _text: None)
    began = time.perf_counter()
    work = read(Path(sys.argv[1]))
    read_s = time.perf_counter() - began
    target, frame = Path(sys.argv[2]), work.frame
    layout = Layout(
        frame.rows, frame.cols, ("level", "station"), "float32", frame.transform, f"EPSG:{frame.epsg}", NODATA
    )
    spent: list[float] = []
    began = time.perf_counter()
    write_cog_pieces(target, layout, pieces(LocalEngine().run(work, lambda _done, _total: None), spent))
    rest = time.perf_counter() - began - sum(spent)
    told = {
        "read_s": read_s,
        "run_s": sum(spent),
        "write_s": rest,
        "megabytes": target.stat().st_size / 1e6,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps({name: round(value, 2) for name, value in told.items()}))


if __name__ == "__main__":
    main()
