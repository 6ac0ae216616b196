"""Writing Cloud-Optimized GeoTIFFs with overviews, band names and tags: equal bytes for equal input."""

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray

BLOCK = 512
# Nothing beside the file is looked for or written, and the georeference is the file's own.
GDAL_ENV = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_GEOREF_SOURCES": "INTERNAL",
    "GDAL_CACHEMAX": 128 << 20,  # bytes: rasterio hands the number on as it is
    "GDAL_NUM_THREADS": "1",
}
_COG = {
    "compress": "DEFLATE",
    "level": 6,
    "predictor": "YES",
    "blocksize": BLOCK,
    "num_threads": "1",
    "bigtiff": "IF_SAFER",
    "statistics": "NO",
}


@dataclass(frozen=True, slots=True)
class Layout:
    """What is to be written: size, band names, number type, place, and what readers should know.

    ``nearest``: overviews take a cell's value as it is, for bands of which a mean says nothing.
    """

    rows: int
    cols: int
    names: tuple[str, ...]
    dtype: str
    transform: Affine
    crs: str
    nodata: float | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    nearest: bool = False


def write_cog_pieces(
    path: Path, layout: Layout, pieces: Iterable[tuple[int, int, Mapping[str, NDArray[Any]]]]
) -> None:
    """Write a COG of pieces (first row, first column, bands by name) as they come; the whole is never in memory.

    What no piece fills is nodata (0 without one). The file appears at ``path`` whole or not at all.
    """
    import rasterio.shutil

    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".cog-") as folder, rasterio.Env(**GDAL_ENV):
        draft, finished = Path(folder) / "draft.tif", Path(folder) / "made.tif"
        _draft(draft, layout, pieces)
        smooth = np.issubdtype(np.dtype(layout.dtype), np.floating) and not layout.nearest
        rasterio.shutil.copy(
            str(draft), str(finished), driver="COG", resampling="AVERAGE" if smooth else "NEAREST", **_COG
        )
        finished.replace(path)


def _draft(path: Path, layout: Layout, pieces: Iterable[tuple[int, int, Mapping[str, NDArray[Any]]]]) -> None:
    import rasterio
    from rasterio.windows import Window

    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=layout.cols,
        height=layout.rows,
        count=len(layout.names),
        dtype=layout.dtype,
        crs=layout.crs,
        transform=layout.transform,
        nodata=layout.nodata,
        tiled=True,
        blockxsize=256,
        blockysize=256,
        sparse_ok=True,
        bigtiff="IF_SAFER",
    ) as target:
        target.update_tags(**{name: str(layout.tags[name]) for name in sorted(layout.tags)})
        for number, name in enumerate(layout.names, start=1):
            target.set_band_description(number, name)
        for row0, col0, bands in pieces:
            for number, name in enumerate(layout.names, start=1):
                rows, cols = bands[name].shape
                target.write(bands[name], number, window=Window(col0, row0, cols, rows))
