"""Picture tiles of classes: a pixel is the class of the cell under its middle, outside is clear, bytes are equal."""

import zlib
from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from numpy.typing import NDArray
from pyproj import Transformer

from infra_registry.coverage.radio.result import class_tiles
from infra_registry.formats.raster import Layout, write_cog_pieces

EPSG, STEP, WEST, NORTH = 32650, 50, 500_000, 3_930_000
ROWS, COLS = 300, 400
COLOURS = [(number, 0, 0, 255) for number in range(6)]
WORLD = 2 * 6378137.0 * np.pi


@pytest.fixture(scope="module")
def grid() -> NDArray[np.float32]:
    made = np.random.default_rng(7).integers(0, 6, (ROWS // 10, COLS // 10)).repeat(10, 0).repeat(10, 1)
    values = made.astype(np.float32)
    values[:40, :60] = np.nan
    return values


@pytest.fixture(scope="module")
def raster(grid: NDArray[np.float32], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("raster") / "layer.tif"
    names = ("level_dbm", "best", "class")
    transform = Affine(STEP, 0, WEST, 0, -STEP, NORTH)
    layout = Layout(ROWS, COLS, names, "float32", transform, f"EPSG:{EPSG}", float("nan"), {}, nearest=True)
    write_cog_pieces(path, layout, [(0, 0, dict.fromkeys(names, grid))])
    return path


def tile_of(x: float, y: float, z: int) -> tuple[int, int, int]:
    """The tile over a place of the raster's system."""
    east, north = Transformer.from_crs(EPSG, 3857, always_xy=True).transform(x, y)
    size = WORLD / (1 << z)
    return z, int((east + WORLD / 2) // size), int((WORLD / 2 - north) // size)


def pixels(png: bytes) -> NDArray[np.uint8]:
    """Indexes of a PNG of ours."""
    at, body = 8, b""
    while at < len(png):
        length, name = int.from_bytes(png[at : at + 4], "big"), png[at + 4 : at + 8]
        assert zlib.crc32(png[at + 4 : at + 8 + length]) == int.from_bytes(
            png[at + 8 + length : at + 12 + length], "big"
        )
        body += png[at + 8 : at + 8 + length] if name == b"IDAT" else b""
        at += 12 + length
    rows = np.frombuffer(zlib.decompress(body), np.uint8).reshape(256, 257)
    assert not rows[:, 0].any()
    return rows[:, 1:]


@pytest.mark.parametrize("zoom", [12, 14, 16])
def test_every_pixel_is_the_class_under_its_middle(
    raster: Path, grid: NDArray[np.float32], zoom: int
) -> None:
    z, x, y = tile = tile_of(WEST + 6000, NORTH - 5000, zoom)
    drawn = pixels(class_tiles.class_tile(raster, tile, COLOURS))
    size = WORLD / (1 << z)
    middle = (np.arange(256) + 0.5) / 256
    east, north = np.meshgrid(x * size - WORLD / 2 + middle * size, WORLD / 2 - y * size - middle * size)
    real_x, real_y = Transformer.from_crs(3857, EPSG, always_xy=True).transform(east, north)
    cols, rows = np.floor((real_x - WEST) / STEP).astype(int), np.floor((NORTH - real_y) / STEP).astype(int)
    inside = (cols >= 0) & (cols < COLS) & (rows >= 0) & (rows < ROWS)
    wanted = np.zeros((256, 256), int)
    found = grid[rows[inside], cols[inside]]
    wanted[inside] = np.where(np.isfinite(found), np.nan_to_num(found) + 1, 0)
    assert (
        np.mean(drawn == wanted) > 0.999
    )  # pixels whose middle lies on the edge of a cell may go either way


def test_beside_and_around_the_area(raster: Path) -> None:
    assert class_tiles.class_tile(raster, (14, 0, 0), COLOURS) == b""
    assert class_tiles.class_tile(raster, tile_of(WEST + 500, NORTH - 500, 17), COLOURS) == b""
    whole = pixels(class_tiles.class_tile(raster, tile_of(WEST + 6000, NORTH - 5000, 3), COLOURS))
    assert set(np.unique(whole)) <= set(range(7))
    assert not pixels(class_tiles.clear()).any()


def test_equal_cells_give_equal_bytes(raster: Path) -> None:
    tile = tile_of(WEST + 6000, NORTH - 5000, 13)
    one = class_tiles.class_tile(raster, tile, COLOURS)
    assert one == class_tiles.class_tile(raster, tile, COLOURS)
    assert one.startswith(b"\x89PNG")
