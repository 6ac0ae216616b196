"""Ground of a known shape for tests of terrain: flat, with one ridge from south to north, as a GeoTIFF of an area."""

from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import from_bounds

from infra_registry.access import SERVICE
from infra_registry.areas.model import SourceDraft
from infra_registry.coverage.demand import loading
from infra_registry.coverage.demand.preparing import Target, Upload
from infra_registry.db import Database

BASE_M = 40.0
Box = tuple[float, float, float, float]


def ridge(
    path: Path, box: Box, at_lon: float | None, *, height_m: float = 150.0, half_deg: float = 0.0015
) -> Path:
    """Heights over a box (degrees): ``BASE_M``, and a roof-shaped ridge along a meridian unless ``at_lon`` is None."""
    west, _, east, _ = box
    cols, rows = 600, 200
    lon = west + (np.arange(cols) + 0.5) * (east - west) / cols
    line = np.full(cols, BASE_M)
    if at_lon is not None:
        line += height_m * np.clip(1.0 - np.abs(lon - at_lon) / half_deg, 0.0, None)
    with rasterio.open(
        path, "w", driver="GTiff", width=cols, height=rows, count=1, dtype="float32", crs="EPSG:4326",
        transform=from_bounds(*box, cols, rows), nodata=-9999.0,
    ) as target:  # fmt: skip
        target.write(np.tile(line, (rows, 1)).astype(np.float32), 1)
    return path


def load(database: Database, path: Path, area: str, files: Path, *, source: str | None = None) -> None:
    """Load heights for an area, as the product."""
    with database.use_case(SERVICE) as connection:
        draft = SourceDraft(source, source, "survey") if source else None
        target = Target(area, files, draft)
        done = loading.load(connection, SERVICE, "terrain", Upload(path, path.name), target)
        assert done.written, done.findings.listed
