"""People, roads and heights of an area: loaded with findings, put on the grid whole, taken away again."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import rasterio
from affine import Affine
from shapely.geometry import LineString, Point, box, mapping
from sqlalchemy import Connection, text

from infra_registry.access import SERVICE
from infra_registry.areas import ground_store
from infra_registry.areas.model import SourceDraft
from infra_registry.assets.draft import Draft
from infra_registry.assets.kinds import Kind
from infra_registry.assets.register import register
from infra_registry.coverage.demand import loading
from infra_registry.coverage.demand import store as demand_store
from infra_registry.coverage.demand.loading import Loaded
from infra_registry.coverage.demand.people import Demand, people_grid, road_lengths
from infra_registry.coverage.demand.preparing import Target, Upload
from infra_registry.coverage.demand.reading import Columns
from infra_registry.coverage.demand.terrain import terrain_profile
from infra_registry.coverage.grids.frame import Frame, frame_of
from infra_registry.db import Database
from infra_registry.errors import Forbidden, Invalid, NotFound, RegistryError
from tests.integration.wifi_city import LAT, LON, City, make_city, venue

ON = date(2026, 11, 22)
CITY = box(LON - 0.1, LAT - 0.1, LON + 0.1, LAT + 0.1)


@pytest.fixture
def city(database: Database) -> City:
    with database.use_case(SERVICE) as connection:
        return make_city(connection)


def frame() -> Frame:
    return frame_of(CITY, 100)


def load(
    database: Database,
    path: Path,
    tmp_path: Path,
    *,
    area: str = "C1",
    columns: Columns | None = None,
    counts: tuple[Path, tuple[str, str]] | None = None,
    **target: Any,
) -> Loaded:
    """Load people of a file, as the product."""
    upload = Upload(path, path.name, *(counts or ()))
    goal = Target(area, tmp_path / "files", **target)
    with database.use_case(SERVICE) as connection:
        return loading.load(
            connection, SERVICE, "population", upload, goal, columns=columns or Columns(people="people")
        )


def on_grid(database: Database, city: City, tmp_path: Path, area: int | None = None) -> Demand:
    with database.use_case(SERVICE) as connection:
        outline = ground_store.outline(connection, area or city.id, ON)
        return people_grid(connection, area or city.id, frame(), outline, files_dir=tmp_path / "files")


def features(path: Path, *rows: tuple[Any, dict[str, Any]]) -> Path:
    made = [{"type": "Feature", "properties": p, "geometry": g and mapping(g)} for g, p in rows]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": made}), "utf-8")
    return path


def raster(path: Path, values: np.ndarray, *, crs: str = "EPSG:4326", nodata: float | None = -9999.0) -> Path:
    """Values over the whole city; in degrees, or in the UTM zone of the city."""
    rows, cols = values.shape
    west, south, east, north = CITY.bounds
    if crs != "EPSG:4326":
        west, south, east, north = geopandas.GeoSeries([CITY], crs=4326).to_crs(crs).total_bounds
    place = Affine((east - west) / cols, 0, west, 0, (south - north) / rows, north)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=cols,
        height=rows,
        count=1,
        dtype="float64",
        crs=crs,
        transform=place,
        nodata=nodata,
    ) as target:
        target.write(values, 1)
    return path


def keys(demand: Demand) -> list[str]:
    return [basis.key for basis in demand.basis]


def test_an_empty_register_says_that_it_knows_nobody(database: Database, city: City, tmp_path: Path) -> None:
    found = on_grid(database, city, tmp_path)
    assert found.people.sum() == 0
    assert keys(found) == ["demand.basis.nothing"]
    with database.use_case(SERVICE) as connection:
        assert road_lengths(connection, frame(), city.id) is None


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:32650"])
def test_a_raster_with_nodata_nan_and_negative_cells(
    database: Database, city: City, tmp_path: Path, crs: str
) -> None:
    values = np.random.default_rng(3).uniform(0, 40, (60, 60))
    values[10, 20], values[11, :3], values[30, 40] = np.nan, -5, -9999
    path = raster(tmp_path / "people.tif", values, crs=crs)
    found = load(database, path, tmp_path)
    assert found.written
    assert found.findings.counts["demand.cell_nan"] == 1
    assert found.findings.counts["demand.cell_negative"] == 3
    where = {(item.code, item.where, item.value) for item in found.findings.listed}
    assert {("demand.cell_nan", "11:21", "nan"), ("demand.cell_negative", "12:1", "-5")} <= where
    assert ("demand.cells_nodata", "", "1") in where
    good = values[np.isfinite(values) & (values > 0)].sum()
    grid = on_grid(database, city, tmp_path)
    assert grid.total_known == pytest.approx(good)
    # The raster ends where the city does; only cells whose centre lies beyond the border are lost.
    assert grid.total_on_grid == pytest.approx(good, rel=0.015)
    assert found.people == pytest.approx(good, rel=0.02)
    assert grid.people.sum(dtype=float) == pytest.approx(grid.total_on_grid, rel=1e-6)
    assert keys(grid) == ["demand.basis.raster"]


def test_a_raster_beside_the_area_and_one_too_small(database: Database, city: City, tmp_path: Path) -> None:
    path = tmp_path / "small.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=10, height=10, count=1, dtype="float32", crs="EPSG:4326",
        transform=Affine(0.01, 0, LON, 0, -0.01, LAT + 0.05),
    ) as target:  # fmt: skip
        target.write(np.ones((1, 10, 10), np.float32))
    found = load(database, path, tmp_path)
    assert found.written
    assert [(item.code, item.value) for item in found.findings.listed] == [("demand.short", "25.0")]
    away = load(database, path, tmp_path, area="C2")
    assert not away.written
    assert "demand.nothing_inside" in away.findings.counts


def test_points_of_a_table_in_a_declared_crs(database: Database, city: City, tmp_path: Path) -> None:
    utm = geopandas.GeoSeries(
        [Point(LON, LAT), Point(LON + 0.02, LAT), Point(LON + 0.5, LAT)], crs=4326
    ).to_crs(32650)
    rows = [
        f"{place.x:.1f},{place.y:.1f},{people}" for place, people in zip(utm, (10.5, 20.25, 7), strict=True)
    ]
    rows += [f"{utm[0].x},{utm[0].y},-3", f"{utm[0].x},{utm[0].y},nan", f"{utm[0].x},{utm[0].y},many", ",,4"]
    path = tmp_path / "points.csv"
    path.write_text("x,y,people\n" + "\n".join(rows), "utf-8")
    found = load(database, path, tmp_path, columns=Columns(people="people", crs="EPSG:32650"))
    assert found.written
    assert {item.code: item.where for item in found.findings.listed} == {
        "demand.negative": "5",
        "demand.not_finite": "6",
        "demand.not_number": "7",
        "demand.no_place": "8",
        "demand.beside": "",
        "demand.rounded": "",
    }
    assert found.findings.left_out() == 5
    grid = on_grid(database, city, tmp_path)
    assert grid.people.sum() == pytest.approx(30, abs=1)
    assert keys(grid) == ["demand.basis.points"]
    assert load(database, path, tmp_path, columns=Columns(people="people")).written is False


def test_polygons_of_a_geopackage_and_a_table_joined_by_code(
    database: Database, city: City, tmp_path: Path
) -> None:
    zones = {"a": box(LON - 0.1, LAT - 0.1, LON, LAT + 0.1), "b": box(LON, LAT - 0.1, LON + 0.1, LAT)}
    frame_ = geopandas.GeoDataFrame({"code": list(zones)}, geometry=list(zones.values()), crs=4326).to_crs(
        4548
    )
    frame_.to_file(tmp_path / "zones.gpkg", driver="GPKG", layer="zones")
    table = tmp_path / "counts.csv"
    table.write_text("zone,people\na,9000\nb,1000\nb,5\nc,77\n", "utf-8")
    found = load(database, tmp_path / "zones.gpkg", tmp_path, counts=(table, ("zone", "code")))
    assert found.written
    assert found.people == 10_000
    assert {item.code: item.value for item in found.findings.listed} == {
        "demand.doubled_code": "b",
        "demand.no_shape": "c",
    }
    grid = on_grid(database, city, tmp_path)
    assert grid.people.sum(dtype=float) == pytest.approx(10_000, rel=1e-6)
    assert keys(grid) == ["demand.basis.evenly", "demand.read.zones"]


def test_dwellings_of_the_register_draw_people_of_a_zone(
    database: Database, city: City, tmp_path: Path
) -> None:
    zone = box(LON - 0.05, LAT - 0.05, LON + 0.05, LAT + 0.05)
    load(database, features(tmp_path / "z.geojson", (zone, {"people": 1000})), tmp_path)
    with database.use_case(SERVICE) as connection:
        register(
            connection,
            [
                Draft(
                    Kind.PREMISES, "estate", Point(LON + 0.01, LAT + 0.01), fields={"household_count": 100}
                ),
                Draft(Kind.PREMISES, "elsewhere", Point(LON + 0.08, LAT), fields={"household_count": 900}),
            ],
        )
    grid = on_grid(database, city, tmp_path)
    assert grid.people.sum(dtype=float) == pytest.approx(1000, rel=1e-6)
    assert 600 < grid.people.max() < 601
    assert keys(grid)[:2] == ["demand.basis.dwellings", "demand.basis.evenly"]


def test_sets_are_alternatives_and_taking_one_away_lets_the_one_before_count(
    database: Database, city: City, tmp_path: Path
) -> None:
    first = features(tmp_path / "one.geojson", (CITY, {"people": 500}))
    second = features(tmp_path / "two.geojson", (Point(LON, LAT), {"people": 70}))
    west = features(tmp_path / "west.geojson", (Point(LON - 0.05, LAT), {"people": 40}))
    load(database, first, tmp_path)
    points = load(database, second, tmp_path)
    assert on_grid(database, city, tmp_path).total_on_grid == pytest.approx(70)
    again = load(database, second, tmp_path)
    assert again.replaced == 1
    load(database, west, tmp_path, area="C1W")
    grid = on_grid(database, city, tmp_path)
    assert grid.total_on_grid == pytest.approx(70)
    assert grid.basis[-1].params == {"count": 2}
    assert on_grid(database, city, tmp_path, city.west).total_on_grid == pytest.approx(40)
    with database.use_case(SERVICE) as connection:
        assert loading.remove(connection, SERVICE, "C1", "points", points.source) == 1
    assert on_grid(database, city, tmp_path).total_on_grid == pytest.approx(500)
    east = on_grid(database, city, tmp_path, city.east)
    assert east.total_on_grid == pytest.approx(250, rel=0.01)
    assert {"demand.basis.above", "demand.basis.cut"} <= set(keys(east))
    with database.use_case(SERVICE) as connection, pytest.raises(NotFound):
        loading.remove(connection, SERVICE, "C1", "points", points.source)


def test_a_total_is_spread_and_says_what_it_stands_on(database: Database, city: City, tmp_path: Path) -> None:
    path = tmp_path / "total.csv"
    path.write_text("Titre,,\ncommune,people,x\nCommune,Population,\nA,100,\nA,,\nB,7000,\nA,-4,\n", "utf-8")
    columns = Columns(people="people", header_row=2, only=(("commune", "A"),))
    assert load(database, path, tmp_path, columns=columns, spread=True, strict=True).written is False
    found = load(database, path, tmp_path, columns=columns, spread=True)
    assert found.written
    assert found.basis[0].params | {"file": ""} == {
        "file": "", "column": "people", "people": 100, "used": 1, "other": 2, "empty": 1, "faulty": 1,
        "only": "commune = A",
    }  # fmt: skip
    grid = on_grid(database, city, tmp_path)
    assert grid.people.sum(dtype=float) == pytest.approx(100, rel=1e-6)
    assert keys(grid) == ["demand.basis.evenly", "demand.basis.spread"]


def test_nothing_is_written_on_a_dry_run_or_of_a_file_that_cannot_be_read(
    database: Database, city: City, tmp_path: Path
) -> None:
    path = features(tmp_path / "z.geojson", (CITY, {"people": 500}))
    assert load(database, path, tmp_path, dry_run=True).written is False
    for columns in (Columns(people="nothing"), Columns(people="people", crs="EPSG:1")):
        with pytest.raises(RegistryError):
            load(database, path, tmp_path, columns=columns)
    with pytest.raises(NotFound):
        load(database, path, tmp_path, area="nowhere")
    broken = tmp_path / "broken.tif"
    broken.write_bytes(b"II*\0" + b"\0" * 100)
    with pytest.raises(RegistryError):
        load(database, broken, tmp_path)
    assert on_grid(database, city, tmp_path).total_known == 0
    assert not (tmp_path / "files" / "rasters").exists()


def test_only_the_regulator_of_the_city_loads_and_takes_away(
    database: Database, city: City, tmp_path: Path
) -> None:
    path = features(tmp_path / "p.geojson", (Point(LON, LAT), {"people": 9}))
    roads = features(tmp_path / "r.geojson", (LineString([(LON, LAT), (LON + 0.01, LAT)]), {"n": "x"}))
    goal = Target("C1", tmp_path / "files", SourceDraft("mine", "Mine", "me"))
    with database.use_case(city.stranger) as connection, pytest.raises(Forbidden):
        loading.load(
            connection, city.stranger, "population", Upload(path, "p"), goal, columns=Columns(people="people")
        )
    for area in ("C1", "C1W"):
        goal = replace(goal, area_code=area)
        with database.use_case(city.regulator) as connection:
            assert loading.load(
                connection,
                city.regulator,
                "population",
                Upload(path, "p.geojson"),
                goal,
                columns=Columns(people="people"),
            ).written
            assert loading.load(
                connection, city.regulator, "roads", Upload(roads, "r.geojson"), goal, columns=Columns()
            ).written
    with database.use_case(city.regulator) as connection:
        assert {one.kind for one in loading.sets_of(connection, "C1")} == {"points", "roads"}
        assert loading.remove(connection, city.regulator, "C1", "points", "mine") == 1
    with database.use_case(city.stranger) as connection:
        assert {one.kind for one in loading.sets_of(connection, "C1")} == {"roads"}
        with pytest.raises(Forbidden):
            loading.remove(connection, city.stranger, "C1", "roads", "mine")


def test_roads_are_measured_and_venues_listed(database: Database, city: City, tmp_path: Path) -> None:
    east = LineString([(LON, LAT), (LON + 0.05, LAT)])
    path = features(
        tmp_path / "roads.geojson",
        (east, {"name": "East road", "kind": "main"}),
        (LineString([(50, 50), (51, 51)]), {"name": "far"}),
        (Point(LON, LAT), {"name": "point"}),
        (LineString([(LON, LAT), (LON, LAT)]), {"name": "nothing"}),
    )
    with database.use_case(SERVICE) as connection:
        goal = Target("C1", tmp_path / "files")
        columns = Columns(name="name", road_class="kind")
        found = loading.load(connection, SERVICE, "roads", Upload(path, path.name), goal, columns=columns)
        assert (found.items, found.findings.counts) == (1, {"geometry.type": 2, "demand.beside": 1})
        metres = road_lengths(connection, frame(), city.id)
        register(connection, [venue("clinic", LON + 0.01), venue("away", LON + 0.3)])
        venues = demand_store.venues(connection, city.id, ON)
    assert metres is not None
    assert metres.sum() == pytest.approx(found.metres, rel=1e-3)
    assert np.count_nonzero(metres) == pytest.approx(46, abs=2)
    assert [(item.venue, round(item.lon, 2)) for item in venues] == [("hospital", round(LON + 0.01, 2))]


def heights(connection: Connection, tmp_path: Path, **more: Any) -> Loaded:
    ramp = np.tile(np.linspace(100, 200, 200), (200, 1))
    path = raster(tmp_path / "dem.tif", ramp, crs="EPSG:32650")
    return loading.load(
        connection, SERVICE, "terrain", Upload(path, path.name), Target("C1", tmp_path / "files", **more)
    )


def test_a_terrain_profile_and_a_dem_smaller_than_the_path(
    database: Database, city: City, tmp_path: Path
) -> None:
    files = tmp_path / "files"
    with database.use_case(SERVICE) as connection:
        assert heights(connection, tmp_path).written
        inside = terrain_profile(connection, files, (LON - 0.05, LAT), (LON + 0.05, LAT), 50)
        beyond = terrain_profile(connection, files, (LON, LAT), (LON + 0.2, LAT), 50)
        nowhere = terrain_profile(connection, files, (10, 10), (10.01, 10), 50)
        for ends in (((0, 0), (0, 0)), ((0, 0), (40, 0)), ((0, 0), (float("nan"), 0))):
            with pytest.raises(Invalid):
                terrain_profile(connection, files, *ends)
    assert inside.covered
    assert inside.finding is None
    assert inside.distance_m == pytest.approx(9086, rel=0.01)
    assert inside.elevation_m[[0, -1]] == pytest.approx([125, 175], abs=1.5)
    assert (np.diff(inside.elevation_m) > 0).all()
    assert not beyond.covered
    assert beyond.finding is not None
    assert float(beyond.finding.value) == pytest.approx(50, abs=2)
    assert np.isfinite(beyond.elevation_m[:10]).all()
    assert np.isnan(beyond.elevation_m[-10:]).all()
    assert np.isnan(nowhere.elevation_m).all()
    assert nowhere.rasters == ()


def test_equal_inputs_give_equal_bits(database: Database, city: City, tmp_path: Path) -> None:
    values = np.random.default_rng(3).uniform(0, 40, (60, 60))
    load(database, raster(tmp_path / "people.tif", values), tmp_path)
    one, other = (on_grid(database, city, tmp_path) for _ in range(2))
    assert one.people.tobytes() == other.people.tobytes()
    with database.use_case(SERVICE) as connection:
        connection.execute(text("DELETE FROM raster_source"))
        assert demand_store.sets(connection, city.id) == []
