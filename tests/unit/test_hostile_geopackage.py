"""GeoPackages are databases: what would be computed while it is read is refused before anything reads it."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import geopandas
import pytest
from shapely.geometry import box

from infra_registry.coverage.evidence.claim_reading import read_shape
from infra_registry.errors import Invalid
from infra_registry.formats import Caps, FormatError
from infra_registry.formats.geopackage import read_geopackage

ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)"
HOSTILE = {
    "a view without end": (
        f"CREATE VIEW evil AS {ENDLESS} SELECT b.fid AS fid, b.geom AS geom FROM base b, c WHERE c.x < 0",
        "DELETE FROM gpkg_contents",
        "DELETE FROM gpkg_geometry_columns",
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) "
        "VALUES ('evil', 'features', 'evil', 4326)",
        "INSERT INTO gpkg_geometry_columns VALUES ('evil', 'geom', 'POLYGON', 4326, 0, 0)",
    ),
    "a list of layers without end": (
        "ALTER TABLE gpkg_contents RENAME TO kept",
        f"CREATE VIEW gpkg_contents AS {ENDLESS} SELECT kept.* FROM kept, c WHERE c.x < 0",
    ),
    "a column made of nothing": (
        "ALTER TABLE base ADD COLUMN huge BLOB GENERATED ALWAYS AS (zeroblob(1000000000)) VIRTUAL",
    ),
    "a table of another module": ("CREATE VIRTUAL TABLE other USING fts5(words)",),
}


def made(path: Path, statements: tuple[str, ...] = ()) -> Path:
    """A GeoPackage of one polygon, then changed."""
    frame = geopandas.GeoDataFrame({"a": [1]}, geometry=[box(116.5, 35.3, 116.6, 35.4)], crs="EPSG:4326")
    frame.to_file(path, layer="base", driver="GPKG")
    with closing(sqlite3.connect(path)) as base:
        base.execute("PRAGMA foreign_keys = off")
        for statement in statements:
            base.execute(statement)
        base.commit()
    return path


def as_claim(path: Path) -> object:
    return read_shape(path.read_bytes(), path.name)


def as_import(path: Path) -> object:
    return read_geopackage(path, path.name, Caps())


@pytest.mark.parametrize("read", [as_claim, as_import])
def test_an_honest_file_is_read(tmp_path: Path, read: Callable[[Path], object]) -> None:
    assert read(made(tmp_path / "honest.gpkg"))


@pytest.mark.parametrize("read", [as_claim, as_import])
@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_what_is_computed_is_refused(tmp_path: Path, read: Callable[[Path], object], name: str) -> None:
    path = made(tmp_path / "hostile.gpkg", HOSTILE[name])
    with pytest.raises(FormatError) as refused:
        read(path)
    assert refused.value.code == "format.geopackage_computed"


@pytest.mark.parametrize("read", [as_claim, as_import])
def test_a_torn_database_is_refused(tmp_path: Path, read: Callable[[Path], object]) -> None:
    path = made(tmp_path / "torn.gpkg")
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises((FormatError, Invalid)):
        read(path)
