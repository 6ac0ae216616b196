"""Rasters: GeoTIFF in, read in windows and never trusted; Cloud-Optimized GeoTIFF out (``cog``).

Only GDAL's GTiff driver is ever opened, on a plain local file, without side files (.aux.xml, .ovr, .msk, world
files) and within caps on bytes, pixels and block size, so that a file can name nothing outside itself.
Values come back as float64 with NaN where the file says nodata. Transforms are affine: column, row → x, y of the CRS.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS
from shapely.geometry import Polygon

from infra_registry.formats.cog import GDAL_ENV
from infra_registry.formats.cog import Layout as Layout
from infra_registry.formats.cog import write_cog_pieces as write_cog_pieces
from infra_registry.formats.crs import known
from infra_registry.formats.errors import FormatError

if TYPE_CHECKING:
    from rasterio.windows import Window

WGS84 = "EPSG:4326"
_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


@dataclass(frozen=True, slots=True)
class RasterCaps:
    """Limits of one file: its bytes, its pixels, pixels read at once, bytes of one block once inflated."""

    max_bytes: int = 1 << 30
    max_pixels: int = 2_000_000_000
    max_read: int = 100_000_000
    max_block: int = 256 << 20
    max_bands: int = 64


@dataclass(frozen=True, slots=True)
class RasterInfo:
    """What a raster says of itself. ``covers`` is its outline in EPSG:4326; ``cell_m`` its cell's width in metres."""

    rows: int
    cols: int
    names: tuple[str, ...]
    dtype: str
    crs: str
    transform: Affine
    nodata: float | None
    tags: dict[str, str]
    covers: Polygon
    cell_m: float


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a raster: values (NaN for nodata), its own transform and CRS, and where it begins in the file."""

    values: NDArray[np.float64]
    transform: Affine
    crs: str
    row0: int
    col0: int


def is_tiff(path: Path) -> bool:
    """Whether a file begins as a TIFF does."""
    with path.open("rb") as stream:
        return stream.read(4) in _MAGIC


def describe(path: Path, *, caps: RasterCaps | None = None) -> RasterInfo:
    """What a GeoTIFF says of itself, after every check of ``opened``."""
    with opened(path, caps=caps) as source:
        return _info(source)


@contextmanager
def opened(path: Path, *, caps: RasterCaps | None = None) -> Iterator[Any]:
    """A GeoTIFF open for reading.

    Raises FormatError: ``raster.not_geotiff``, ``file.too_large``, ``raster.too_many_pixels``, ``raster.block``,
    ``raster.bands``, ``raster.no_crs``, ``raster.no_place``, ``raster.complex``, ``crs.unknown``, and
    ``raster.broken`` when reading fails on the way.
    """
    import rasterio

    caps = caps or RasterCaps()
    place = _plain(path, caps)
    with rasterio.Env(**GDAL_ENV):
        try:
            with rasterio.open(place, driver="GTiff", sharing=False) as source:
                _check(source, path.name, caps)
                yield source
        except rasterio.errors.RasterioError as error:
            raise FormatError("raster.broken", name=path.name[:80], said=str(error)[:120]) from error


def _plain(path: Path, caps: RasterCaps) -> Path:
    """The absolute path of a plain local file that begins like a TIFF: never a URL, /vsi… or subdataset name."""
    if not path.is_file():
        raise FormatError("raster.not_geotiff", name=path.name[:80])
    place = path.resolve(strict=True)
    if place.stat().st_size > caps.max_bytes:
        raise FormatError("file.too_large", value=path.name[:80], expected=caps.max_bytes >> 20)
    if not is_tiff(place):
        raise FormatError("raster.not_geotiff", name=path.name[:80])
    return place


def _check(source: Any, name: str, caps: RasterCaps) -> None:
    if source.count > caps.max_bands or source.count < 1:
        raise FormatError("raster.bands", name=name[:80], count=source.count, cap=caps.max_bands)
    if source.width * source.height > caps.max_pixels:
        raise FormatError("raster.too_many_pixels", count=source.width * source.height, cap=caps.max_pixels)
    for (rows, cols), dtype in zip(source.block_shapes, source.dtypes, strict=True):
        if "complex" in dtype:
            raise FormatError("raster.complex", name=name[:80])
        if rows * cols * np.dtype(dtype).itemsize * source.count > caps.max_block:
            raise FormatError("raster.block", name=name[:80], rows=rows, cols=cols)
    if source.crs is None:
        raise FormatError("raster.no_crs", name=name[:80])
    turned = source.transform
    if turned.is_identity or turned.is_degenerate or not np.isfinite(turned[:6]).all():
        raise FormatError("raster.no_place", name=name[:80])


def _info(source: Any) -> RasterInfo:
    from rasterio.warp import transform

    crs = _crs(source)
    ring = [source.transform @ corner for corner in _edge(source.height, source.width)]
    x, y = (np.array(values) for values in zip(*ring, strict=True))
    lon, lat = transform(crs, WGS84, x, y)
    if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
        raise FormatError("raster.no_place", name=Path(source.name).name[:80])
    return RasterInfo(
        source.height,
        source.width,
        tuple(name or f"#{number}" for number, name in enumerate(source.descriptions, start=1)),
        source.dtypes[0],
        crs,
        source.transform,
        source.nodata,
        dict(source.tags()),
        Polygon(np.column_stack([np.clip(lon, -180, 180), np.clip(lat, -90, 90)])),
        _cell_m(source, crs),
    )


def _crs(source: Any) -> str:
    epsg = source.crs.to_epsg()
    return known(f"EPSG:{epsg}" if epsg else source.crs.to_wkt())


def _edge(rows: int, cols: int, per_side: int = 16) -> list[tuple[float, float]]:
    """Points along the outer edge, corners included, so that a bent edge stays true in degrees."""
    part = np.linspace(0, 1, per_side, endpoint=False)
    top, right = [(p * cols, 0.0) for p in part], [(float(cols), p * rows) for p in part]
    bottom, left = [((1 - p) * cols, float(rows)) for p in part], [(0.0, (1 - p) * rows) for p in part]
    return [(float(x), float(y)) for x, y in (*top, *right, *bottom, *left)]


def _cell_m(source: Any, crs: str) -> float:
    """Width of a cell in metres at the raster's middle: of degrees, the root of width × height on the ground."""
    transform = source.transform
    size = float(np.sqrt(abs(transform.determinant)))
    system = CRS.from_user_input(crs)
    if not system.is_geographic:
        return size * float(system.axis_info[0].unit_conversion_factor)
    _, lat = transform @ (source.width / 2, source.height / 2)
    return size * 111_320.0 * float(np.sqrt(max(np.cos(np.radians(lat)), 1e-3)))


def read_window(
    path: Path,
    bounds: tuple[float, float, float, float] | None = None,
    *,
    crs: str = WGS84,
    band: int = 1,
    caps: RasterCaps | None = None,
) -> Piece | None:
    """The cells that touch bounds (west, south, east, north in ``crs``); the whole raster without bounds.

    None when they lie beside the raster. Raises FormatError ``raster.too_many_pixels`` past ``max_read``.
    """
    from rasterio.warp import transform_bounds
    from rasterio.windows import Window

    caps = caps or RasterCaps()
    with opened(path, caps=caps) as source:
        window = Window(0, 0, source.width, source.height)
        if bounds is not None:
            part = _window(source, transform_bounds(crs, _crs(source), *bounds, densify_pts=21))
            if part is None:
                return None
            window = part
        if window.width * window.height > caps.max_read:
            raise FormatError("raster.too_many_pixels", count=window.width * window.height, cap=caps.max_read)
        return read_piece(source, window, band)


def read_piece(source: Any, window: "Window", band: int = 1) -> Piece:
    """A window of an opened raster: float64, NaN for nodata and for what the file's own mask hides."""
    values = source.read(band, window=window, masked=True)
    filled = np.ma.filled(values.astype(np.float64), np.nan)
    return Piece(filled, placed(source, window), _crs(source), int(window.row_off), int(window.col_off))


def placed(source: Any, window: "Window") -> Affine:
    """The transform of a window."""
    moved: Affine = source.transform @ Affine.translation(window.col_off, window.row_off)
    return moved


def strips(source: Any, cells: int = 4_000_000) -> Iterator["Window"]:
    """Windows of whole rows, top to bottom, at most about so many cells each (one row at least)."""
    from rasterio.windows import Window

    height = max(1, cells // source.width)
    for row0 in range(0, source.height, height):
        yield Window(0, row0, source.width, min(height, source.height - row0))


def _window(source: Any, bounds: Sequence[float]) -> "Window | None":
    from rasterio.windows import Window

    if not np.isfinite(bounds).all():
        return None
    west, south, east, north = bounds
    corners = [
        ~source.transform @ point for point in ((west, north), (east, north), (east, south), (west, south))
    ]
    cols, rows = (np.array(values) for values in zip(*corners, strict=True))
    col0, col1 = max(0, int(np.floor(cols.min()))), min(source.width, int(np.ceil(cols.max())))
    row0, row1 = max(0, int(np.floor(rows.min()))), min(source.height, int(np.ceil(rows.max())))
    return Window(col0, row0, col1 - col0, row1 - row0) if col1 > col0 and row1 > row0 else None
