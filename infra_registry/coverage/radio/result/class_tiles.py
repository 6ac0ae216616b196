"""Signal classes of a layer's raster as picture tiles of the web map: what regulators see, cell by cell.

A pixel takes the class of the cell its middle lies in; outside the area it is clear. PNG is written by hand: five
colours and grey need a palette and nothing else, and equal cells give equal bytes.
"""

import struct
import zlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from infra_registry.formats.mercator import HALF
from infra_registry.formats.raster import opened

SIZE = 256
CLASS_BAND = 3
# Places at which the projection is computed; between them it is straight to a hundredth of a pixel.
_STEPS = 33
_READ = 1024  # most cells of a side that are read for a tile

Colour = tuple[int, int, int, int]


def class_tile(path: Path, tile: tuple[int, int, int], colours: Sequence[Colour]) -> bytes:
    """The tile (z, x, y) as PNG in ``colours`` (red, green, blue, alpha) of classes 0 … 5; empty beside the area."""
    with opened(path) as source:
        classes = _classes(source, tile)
    if classes is None or not (classes >= 0).any():
        return b""
    return png((classes + 1).astype(np.uint8), [(0, 0, 0, 0), *colours])


@cache
def clear() -> bytes:
    """A tile with nothing on it."""
    return png(np.zeros((SIZE, SIZE), np.uint8), [(0, 0, 0, 0)])


def png(pixels: NDArray[np.uint8], colours: Sequence[Colour]) -> bytes:
    """Indexes into a palette as a PNG file."""
    rows, cols = pixels.shape
    lines = np.zeros((rows, cols + 1), np.uint8)
    lines[:, 1:] = pixels
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", cols, rows, 8, 3, 0, 0, 0)),
        (b"PLTE", bytes(part for colour in colours for part in colour[:3])),
        (b"tRNS", bytes(colour[3] for colour in colours)),
        (b"IDAT", zlib.compress(lines.tobytes(), 6)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in parts)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _classes(source: Any, tile: tuple[int, int, int]) -> NDArray[np.int16] | None:
    """Class of each pixel, -1 for none; None when the tile lies beside the raster."""
    from rasterio.enums import Resampling
    from rasterio.windows import Window

    cols, rows = places(source.transform, source.crs.to_wkt(), tile)
    inside = (cols >= 0) & (cols < source.width) & (rows >= 0) & (rows < source.height)
    if not inside.any():
        return None
    col0, col1 = int(cols[inside].min()), int(cols[inside].max()) + 1
    row0, row1 = int(rows[inside].min()), int(rows[inside].max()) + 1
    high, wide = min(row1 - row0, _READ), min(col1 - col0, _READ)
    read = source.read(
        CLASS_BAND,
        window=Window(col0, row0, col1 - col0, row1 - row0),
        out_shape=(high, wide),
        resampling=Resampling.nearest,
        masked=True,
    )
    values = np.ma.filled(read.astype(np.float32), np.nan)
    down = (rows[inside] - row0) * high // (row1 - row0)
    along = (cols[inside] - col0) * wide // (col1 - col0)
    picked = values[down, along]
    classes = np.full((SIZE, SIZE), -1, np.int16)
    classes[inside] = np.where(np.isfinite(picked), np.clip(np.nan_to_num(picked), 0, 5), -1)
    return classes


def places(
    transform: Any, system: str, tile: tuple[int, int, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Column and row of a grid's cell (of its transform and system) under the middle of each pixel."""
    z, x, y = tile
    width = 2 * HALF / (1 << z)
    part = np.linspace(0, 1, _STEPS)
    east, north = np.meshgrid(x * width - HALF + part * width, HALF - y * width - part * width)
    away = Transformer.from_crs("EPSG:3857", system, always_xy=True)
    real_x, real_y = away.transform(east.ravel(), north.ravel())
    cols, rows = ~transform @ (np.asarray(real_x), np.asarray(real_y))
    shape = (_STEPS, _STEPS)
    return _between(np.reshape(cols, shape)), _between(np.reshape(rows, shape))


def _between(corners: NDArray[np.float64]) -> NDArray[np.int64]:
    """Values at the middles of pixels, straight between the places that are known; -1 where nothing is."""
    at = (np.arange(SIZE) + 0.5) / SIZE * (_STEPS - 1)
    low = at.astype(np.int64)
    far = at - low
    with np.errstate(invalid="ignore"):
        rows = corners[low] * (1 - far)[:, None] + corners[low + 1] * far[:, None]
        both = rows[:, low] * (1 - far) + rows[:, low + 1] * far
    return np.where(np.isfinite(both), np.floor(np.nan_to_num(both, posinf=-1, neginf=-1)), -1).astype(
        np.int64
    )
