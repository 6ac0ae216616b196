"""Rasters: what is written can be read again, and a file can name nothing outside itself."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine

from infra_registry.formats import FormatError
from infra_registry.formats.raster import (
    Layout,
    RasterCaps,
    describe,
    read_window,
    write_cog_pieces,
)

LAMBERT = Affine(50, 0, 770_000, 0, -50, 6_280_000)


def levels(rows: int = 700, cols: int = 900) -> np.ndarray:
    return np.random.default_rng(4).normal(-90, 12, (rows, cols)).astype(np.float32)


def write_cog(path: Path, bands: dict[str, np.ndarray], **options: Any) -> None:
    """A COG of whole bands, of a Layout's own fields."""
    first = next(iter(bands.values()))
    rows, cols = first.shape
    layout = Layout(rows, cols, tuple(bands), first.dtype.name, LAMBERT, "EPSG:2154", **options)
    write_cog_pieces(path, layout, [(0, 0, bands)])


def test_a_written_raster_is_a_cog_with_names_tags_and_overviews(tmp_path: Path) -> None:
    level, best = levels(), levels()
    level[:10] = np.nan
    target = tmp_path / "run.tif"
    write_cog(
        target,
        {"level_dbm": level, "best": best},
        nodata=float("nan"),
        tags={"model": "kernel 1", "inputs": "abc"},
    )
    info = describe(target)
    assert (info.rows, info.cols, info.names) == (700, 900, ("level_dbm", "best"))
    assert info.crs == "EPSG:2154"
    assert info.cell_m == 50
    assert (info.tags["model"], info.tags["inputs"]) == ("kernel 1", "abc")
    with rasterio.open(target) as source:
        assert source.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert source.overviews(1)
    piece = read_window(target)
    assert piece is not None
    np.testing.assert_array_equal(piece.values, level.astype(np.float64))
    assert [entry.name for entry in tmp_path.iterdir()] == ["run.tif"]


def test_equal_input_gives_equal_bytes_in_one_piece_or_many(tmp_path: Path) -> None:
    level = levels()
    whole, again, pieces = (tmp_path / name for name in ("a.tif", "b.tif", "c.tif"))
    for path in (whole, again):
        write_cog(path, {"level": level}, tags={"b": "2", "a": "1"})
    layout = Layout(700, 900, ("level",), "float32", LAMBERT, "EPSG:2154", tags={"a": "1", "b": "2"})
    cut = [
        (row, col, {"level": level[row : row + 256, col : col + 256]})
        for row in range(0, 700, 256)
        for col in range(0, 900, 256)
    ]
    write_cog_pieces(pieces, layout, reversed(cut))
    assert whole.read_bytes() == again.read_bytes() == pieces.read_bytes()


def test_a_window_is_read_in_another_crs_and_beside_the_raster_there_is_none(tmp_path: Path) -> None:
    target = tmp_path / "run.tif"
    write_cog(target, {"level": levels()})
    west, south, east, north = describe(target).covers.bounds
    middle = (west + east) / 2, (south + north) / 2
    piece = read_window(target, (*middle, middle[0] + 0.01, middle[1] + 0.01))
    assert piece is not None
    assert 10 < piece.values.shape[0] < 40
    assert piece.transform.c == LAMBERT.c + 50 * piece.col0
    assert read_window(target, (10, 10, 11, 11)) is None


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.tif", b"<VRTDataset rasterXSize='1' rasterYSize='1'></VRTDataset>", "raster.not_geotiff"),
        ("b.tif", b"P5 1 1 255\n0", "raster.not_geotiff"),
        ("c.tif", b"II*\0" + b"\xff" * 64, "raster.broken"),
        ("d.tif", b"", "raster.not_geotiff"),
    ],
    ids=["vrt", "pnm", "broken", "empty"],
)
def test_what_is_no_geotiff_is_refused(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FormatError) as refused:
        describe(path)
    assert refused.value.code == code


def test_names_of_virtual_files_open_nothing() -> None:
    for name in ("/vsicurl/http://127.0.0.1/x.tif", "GTIFF_DIR:1:/etc/passwd", "zip+file:///tmp/a.zip!b.tif"):
        with pytest.raises(FormatError) as refused:
            describe(Path(name))
        assert refused.value.code == "raster.not_geotiff"


def test_side_files_are_not_read(tmp_path: Path) -> None:
    bare, placed = tmp_path / "bare.tif", tmp_path / "placed.tif"
    profile = {"driver": "GTiff", "width": 4, "height": 4, "count": 1, "dtype": "float32"}
    with rasterio.open(bare, "w", **profile) as target:
        target.write(np.ones((1, 4, 4), np.float32))
    (tmp_path / "bare.tfw").write_text("50\n0\n0\n-50\n770000\n6280000\n")
    (tmp_path / "bare.tif.aux.xml").write_text("<PAMDataset><SRS>EPSG:2154</SRS></PAMDataset>")
    with pytest.raises(FormatError) as refused:
        describe(bare)
    assert refused.value.code == "raster.no_crs"
    with rasterio.open(placed, "w", crs="EPSG:2154", **profile) as target:
        target.write(np.ones((1, 4, 4), np.float32))
    (tmp_path / "placed.tfw").write_text("50\n0\n0\n-50\n770000\n6280000\n")
    with pytest.raises(FormatError) as refused:
        describe(placed)
    assert refused.value.code == "raster.no_place"


def test_caps_hold_before_anything_is_read(tmp_path: Path) -> None:
    huge = tmp_path / "huge.tif"
    profile = {"driver": "GTiff", "count": 1, "dtype": "uint8", "crs": "EPSG:2154", "transform": LAMBERT}
    with rasterio.open(huge, "w", width=200_000, height=200_000, tiled=True, sparse_ok=True, **profile):
        pass
    with pytest.raises(FormatError) as refused:
        describe(huge)
    assert refused.value.code == "raster.too_many_pixels"
    block = tmp_path / "block.tif"
    wide = {"tiled": True, "blockxsize": 20_480, "blockysize": 20_480, "sparse_ok": True}
    with rasterio.open(block, "w", width=30_000, height=30_000, **wide, **profile):
        pass
    with pytest.raises(FormatError) as refused:
        describe(block)
    assert refused.value.code == "raster.block"
    with pytest.raises(FormatError) as refused:
        describe(block, caps=RasterCaps(max_bytes=10))
    assert refused.value.code == "file.too_large"
