"""Coverage, demand and claims given what nobody should send: refused by field or counted, nothing half-written."""

import json
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from click.testing import CliRunner, Result
from geopandas import GeoDataFrame
from rasterio.transform import from_origin
from shapely.geometry import MultiPolygon, Polygon, box, mapping
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError

from infra_registry.access import SERVICE
from infra_registry.areas import ground_store
from infra_registry.areas.shapes import as_multipolygon
from infra_registry.assets.tables import cell
from infra_registry.cli import areas
from infra_registry.cli import coverage as cli
from infra_registry.config import today
from infra_registry.coverage.demand.people import people_grid
from infra_registry.coverage.evidence.claim_reading import read_shape
from infra_registry.coverage.grids.distributed import DaskEngine
from infra_registry.coverage.grids.frame import frame_of
from infra_registry.coverage.propagation.budget import complete
from infra_registry.coverage.propagation.defaults import radio
from infra_registry.coverage.propagation.model import CellRow
from infra_registry.coverage.radio.question import Question, Threshold, question_faults, threshold_of
from infra_registry.coverage.radio.result import store as result_store
from infra_registry.coverage.radio.result.store import RadioGapFilter, RemedyFilter
from infra_registry.coverage.radio.run import RADIO
from infra_registry.coverage.runs import life
from infra_registry.db import Database
from infra_registry.errors import Invalid, RegistryError
from infra_registry.formats.crs import known
from infra_registry.parties.tables import party
from tests.integration.radio_town import (
    CODE,
    LAT,
    LON,
    Station,
    Town,
    add_stations,
    ask,
    done,
    make_town,
)

WRITTEN = ("coverage_run", "job", "radio_layer", "radio_class", "radio_gap", "remedy", "remedy_set")
DEMAND = ("raster_source", "population_zone", "inhabited", "road", "source")
FAR = MultiPolygon([box(116, 35, 116.1, 35.1), box(0, 50, 0.1, 50.1)])
BARE = {"remedies": False, "budgets": (), "targets": ()}


def rows(database: Database, names: tuple[str, ...]) -> dict[str, int]:
    with database.use_case(SERVICE) as connection:
        return {name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in names}


def layers(database: Database, town: Town, code: str) -> dict[tuple[str, str], dict[str, Any]]:
    with database.use_case(town.regulator) as connection:
        run = result_store.radio_run(connection, code)
        return {
            (row["operator"], row["technology"]): row
            for row in result_store.layers(connection, run, "internal")
        }


# --- areas and grids ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("area", "step_m", "code"),
    [
        (box(-180, 85, 180, 90), 50, "coverage.area_at_pole"),
        (box(-180, -90, 180, -81), 50, "coverage.area_at_pole"),
        (box(-180, -79, 180, 83), 200, "coverage.area_too_wide"),
        (FAR, 50, "coverage.area_too_wide"),
        (Polygon(), 50, "coverage.area_empty"),
        (Polygon([(1, 1), (1, 2), (1, 1)]), 50, "coverage.area_empty"),
        (Polygon([(1, 1), (math.inf, 2), (2, 1)]), 50, "coverage.area_not_finite"),
        (box(460000, 3900000, 470000, 3910000), 50, "coverage.area_not_degrees"),
        (box(114.8, 34.3, 118, 38.4), 1, "coverage.too_fine"),
        *[(box(116, 35, 116.1, 35.1), bad, "coverage.step") for bad in (0, -50, 9, 201, math.nan, 1e308, "50")],
    ],
)  # fmt: skip
def test_a_grid_that_cannot_be_is_refused(area: Any, step_m: Any, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        frame_of(area, step_m)
    assert refused.value.code == code
    if code == "coverage.too_fine":
        told = refused.value.params
        assert told["cells"] > 1e11
        assert told["gigabytes"] > 1000
        assert 10 <= told["right_m"] <= 60


def test_a_province_at_one_metre_at_a_desk_is_refused_and_nothing_written(
    database: Database,
    var: Path,
) -> None:
    town = make_town(database)
    with pytest.raises(Invalid) as refused, database.use_case(town.regulator) as connection:
        life.ask(connection, town.regulator, RADIO, Question(CODE, step_m=1))
    assert [fault.field for fault in refused.value.faults] == ["step_m"]
    assert rows(database, WRITTEN) == dict.fromkeys(WRITTEN, 0)


# --- questions ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        "",
        "dbm",
        "dbm:",
        "dbm:nan",
        "dbm:inf",
        "dbm:1e400",
        "laut:3",
        "dbm:--5",
        "class:2:3",
        "x" * 5000,
        "\0",
    ],
)
def test_a_threshold_nobody_can_read(written: str) -> None:
    with pytest.raises(Invalid) as refused:
        threshold_of(written)
    fault = refused.value.faults[0]
    assert (fault.field, len(str(fault.value)) <= 40) == ("threshold", True)
    assert "class:3" in fault.expected


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        *[("step_m", {"step_m": bad}) for bad in (0, -50, math.nan, 1e308, 10**20, "50")],
        *[("minimum_m2", {"minimum_m2": bad}) for bad in (-1, math.nan, math.inf)],
        *[("budget", {"budgets": (bad,)}) for bad in (0, -1, 10**9)],
        *[("target", {"targets": (bad,)}) for bad in (0, 1.5, -1, math.nan)],
        *[("threshold", {"threshold": Threshold(kind, value)}) for kind, value in (
            ("dbm", 0.0), ("dbm", -999.0), ("class", 0.0), ("class", 2.5), ("class", 6.0), ("class", math.nan),
            ("operators", 0.0), ("operators", 99.0), ("loud", 1.0))],
        ("technology", {"technologies": ("9g",)}),
        ("environment", {"environment": "moon"}),
        *[("engine", {"engine": bad}) for bad in ("", "http://x", "file:///etc/passwd", "LOCAL")],
        ("budget", {"budgets": tuple(range(1, 30))}),
    ],
)  # fmt: skip
def test_a_question_names_its_faulty_field(field: str, wrong: dict[str, Any]) -> None:
    faults = question_faults(Question(CODE, **wrong))
    assert [fault.field for fault in faults] == [field]
    assert faults[0].expected
    assert question_faults(Question(CODE, targets=(1,), budgets=(1, 1))) == []


def test_only_the_command_line_names_an_engine(
    database: Database,
    var: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    town = make_town(database)
    for engine in ("tcp://127.0.0.1:1", "tcp://169.254.169.254:80", "tls://x:1"):
        with pytest.raises(Invalid) as refused, database.use_case(town.regulator) as connection:
            life.ask(connection, town.regulator, RADIO, Question(CODE, engine=engine))
        assert [fault.field for fault in refused.value.faults] == ["engine"]
    assert rows(database, WRITTEN) == dict.fromkeys(WRITTEN, 0)
    monkeypatch.setattr(DaskEngine.__init__, "__defaults__", (1.0,))
    monkeypatch.setattr("infra_registry.cli.session.open_database", lambda: database)
    for engine in ("tcp://", "tcp://127.0.0.1:1", "tcp://127.0.0.1:99999", "tcp://a:b"):
        line = ["run", "radio", "--area", CODE, "--step-m", "200", "--no-remedies", "--engine", engine]
        ended = CliRunner().invoke(cli.coverage, line)
        assert isinstance(ended.exception, RegistryError), ended.exception
        assert ended.exception.code == "coverage.cluster_unreachable"
        assert ended.exception.params == {"address": engine}
    assert all(
        count == 0 for name, count in rows(database, WRITTEN).items() if name not in ("coverage_run", "job")
    )


def test_an_earlier_run_must_be_of_this_area_and_ended(database: Database, var: Path) -> None:
    town = make_town(database)
    first = done(database, town.regulator, **BARE)
    with database.use_case(town.regulator) as connection:
        waiting, _ = life.ask(connection, town.regulator, RADIO, Question(CODE, step_m=100, minimum_m2=5))
    for area, code in ((CODE, "X-NOTHERE"), (CODE, "'\"<b>"), (CODE, waiting), ("T2", first), ("T1W", first)):
        with pytest.raises(RegistryError) as refused, database.use_case(SERVICE) as connection:
            life.ask(connection, SERVICE, RADIO, Question(area, step_m=200, compared_with=code))
        assert refused.value.code in ("coverage.no_run", "form.invalid", "coverage.too_fine")
    with pytest.raises(RegistryError) as refused, database.use_case(town.stranger) as connection:
        life.ask(connection, town.stranger, RADIO, Question("T1W", step_m=200, compared_with=first))
    assert refused.value.status in (403, 404)
    other = ask(database, town.regulator, compared_with=first, threshold=Threshold("dbm", -90.0), **BARE)
    assert other[1].state == "done"


# --- the register -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [{"azimuth_deg": 720}, {"azimuth_deg": -1}, {"antenna_height_m": -30}, {"antenna_height_m": 9000},
     {"eirp_dbm": 1e30}, {"eirp_dbm": math.nan}, {"band_low_mhz": -1}, {"band_low_mhz": math.inf}, {"tilt_deg": 91}],
)  # fmt: skip
def test_cells_that_cannot_be_do_not_enter_the_register(database: Database, wrong: dict[str, Any]) -> None:
    town = make_town(database)
    with pytest.raises(IntegrityError), database.use_case(SERVICE) as connection:
        connection.execute(insert(cell).values(asset_id=town.stations["A"], technology="4g", **wrong))


def test_what_a_model_does_with_cells_nobody_can_mean() -> None:
    """Were they in the register all the same: taken as what they can mean, and told so."""
    turned = complete(
        CellRow(0, "a", "4g", 0, 0, azimuth_deg=720, antenna_height_m=-30, tilt_deg=900), radio()
    )
    assert (turned.azimuth_deg, turned.tilt_deg) == (0, 90)
    assert turned.height_m > 0
    assert {(one.name, one.handled) for one in turned.findings} >= {
        ("azimuth_deg", "normalised"), ("antenna_height_m", "replaced"), ("tilt_deg", "clamped")}  # fmt: skip
    bare = complete(CellRow(0, "a", "4g", 0, 0, band_low_mhz=0, eirp_dbm=math.nan), radio())
    assert {"height_m", "frequency_mhz", "eirp_dbm", "azimuth_deg", "tilt_deg"} <= set(bare.filled)


def test_cells_without_numbers_are_counted_and_odd_names_stay_apart(
    database: Database,
    var: Path,
) -> None:
    odd = ("any", "not_stated", "<b>x</b>", 'a,"b";c', "east company", "  ")
    stations = tuple(
        Station(f"S{n}", LON - 0.02 + n / 200, LAT, None, ({"technology": "4g", "antenna_height_m": 0},), stated=name)
        for n, name in enumerate(odd)
    )  # fmt: skip
    town = make_town(
        database, (Station("E", LON, LAT, "east"), Station("U", LON, LAT + 0.01, None), *stations)
    )
    with database.use_case(SERVICE) as connection:
        connection.execute(insert(party).values(code="east2", name="east company", kind="carrier"))
    found = layers(database, town, done(database, town.regulator, step_m=200, **BARE))
    names = {operator for operator, technology in found if technology == "4g"}
    assert names == {"any", "east", "not_stated", *(f"stated:{name}" for name in odd if name.strip())}
    everybody = found["any", "4g"]
    assert (everybody["cells"], everybody["cells_defaulted"]) == (8, 8)
    assert found["not_stated", "4g"]["stations"] == 2


def test_no_station_nobody_and_everything_covered(database: Database, var: Path) -> None:
    town = make_town(database, (), people=False)
    code, ended = ask(database, town.regulator, step_m=200, technologies=("4g",))
    assert ended.state == "done", (ended.problem, ended.problem_params)
    with database.use_case(town.regulator) as connection:
        run = result_store.radio_run(connection, code)
        gaps = result_store.gaps(connection, run, "internal", RadioGapFilter(), limit=10)
        result_store.remedies(connection, run, "internal", RemedyFilter(), limit=10)
    assert gaps
    assert all(gap["people"] in (None, 0) for gap in gaps)
    with database.use_case(SERVICE) as connection:
        add_stations(connection, town, tuple(
            Station(f"F{n}", LON + dx, LAT + dy, "east", ({"technology": "4g", "eirp_dbm": 100},))
            for n, (dx, dy) in enumerate((dx / 100, dy / 100) for dx in (-3, 0, 3) for dy in (-2, 0, 2))))  # fmt: skip
    code, ended = ask(database, town.regulator, step_m=200, threshold=Threshold("class", 1.0))
    assert ended.state == "done", (ended.problem, ended.problem_params)
    with database.use_case(town.regulator) as connection:
        run = result_store.radio_run(connection, code)
        assert result_store.gaps(connection, run, "internal", RadioGapFilter(), limit=10) == []


# --- demand -------------------------------------------------------------------------------------------------------


def raster(path: Path, values: Any, **more: Any) -> Path:
    shape = {"height": values.shape[0], "width": values.shape[1], "count": 1, "dtype": values.dtype}
    place = {"crs": "EPSG:4326", "transform": from_origin(LON - 0.05, LAT + 0.05, 0.005, 0.005)}
    with rasterio.open(path, "w", driver="GTiff", **shape, **(place | more)) as made:
        made.write(values, 1)
    return path


def load(database: Database, monkeypatch: pytest.MonkeyPatch, *line: object) -> Result:
    monkeypatch.setenv("REGISTRY_LANG", "en")
    monkeypatch.setattr("infra_registry.cli.session.open_database", lambda: database)
    return CliRunner().invoke(areas.areas, [str(part) for part in (*line, "--area", CODE, "--json")])


FIVE = np.full((20, 20), 5.0)


@pytest.mark.parametrize(
    ("values", "more", "code"),
    [
        (FIVE * 0 - 9, {"nodata": -9}, "demand.nobody"),
        (FIVE * math.nan, {}, "demand.nobody"),
        (FIVE * 0, {}, "demand.nobody"),
        (FIVE * 1e307, {}, "demand.nobody"),
        ((FIVE * 1e37).astype("float32"), {}, "demand.nobody"),
        (FIVE, {"transform": from_origin(0, 50, 0.01, 0.01)}, "demand.nothing_inside"),
        (FIVE, {"transform": from_origin(LAT, LON - 30, 0.01, 0.01)}, "demand.nothing_inside"),
        (FIVE, {"crs": None}, "raster.no_crs"),
        (FIVE.astype("complex64"), {}, "raster.complex"),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_rasters_of_people_that_say_nothing(
    database: Database, var: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, values: Any, more: Any, code: str
) -> None:  # fmt: skip
    make_town(database, people=False)
    before = rows(database, DEMAND)
    ended = load(database, monkeypatch, "population", raster(tmp_path / "p.tif", values, **more))
    if isinstance(ended.exception, RegistryError):
        assert ended.exception.code == code
    else:
        assert ended.exit_code == 1, (ended.output, ended.exception)
        assert code in json.loads(ended.output)["counts"]
    assert rows(database, DEMAND) == before


def test_odd_cells_count_nothing_and_are_told_whatever_the_crs(
    database: Database, var: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:  # fmt: skip
    town = make_town(database, people=False)
    odd = FIVE.copy()
    odd[8, 8:13] = math.nan, -7, math.inf, 1.7e308, 1e9
    place = {"crs": "EPSG:32650", "transform": from_origin(458000, 3923000, 600, 600)}
    ended = load(database, monkeypatch, "population", raster(tmp_path / "o.tif", odd, **place))
    assert ended.exit_code == 0, (ended.output, ended.exception)
    counts = json.loads(ended.output)["counts"]
    assert {name: counts[name] for name in ("demand.cell_negative", "demand.too_many")} == {
        "demand.cell_negative": 1, "demand.too_many": 1}  # fmt: skip
    assert counts["demand.cell_nan"] == 2
    with database.use_case(SERVICE) as connection:
        outline = ground_store.needed_outline(connection, town.id, today())
        demand = people_grid(connection, town.id, frame_of(outline, 200), outline, files_dir=var / "files")
    assert np.isfinite(demand.people).all()
    assert 1e9 <= demand.total_on_grid < 1.01e9


@pytest.mark.parametrize(
    ("values", "code"),
    [
        (FIVE * 0 - 9, "demand.no_heights"),
        (FIVE * math.nan, "demand.no_heights"),
        (FIVE * 1e30, "demand.no_heights"),
    ],
)
def test_heights_that_are_none(
    database: Database, var: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, values: Any, code: str
) -> None:  # fmt: skip
    make_town(database, people=False)
    ended = load(database, monkeypatch, "terrain", raster(tmp_path / "h.tif", values, nodata=-9))
    assert ended.exit_code == 1, (ended.output, ended.exception)
    assert code in json.loads(ended.output)["counts"]
    small = raster(
        tmp_path / "s.tif", FIVE[:8, :8], transform=from_origin(LON - 0.02, LAT + 0.02, 0.003, 0.003)
    )
    ended = load(database, monkeypatch, "terrain", small)
    assert ended.exit_code == 0, (ended.output, ended.exception)
    assert "demand.short" in json.loads(ended.output)["counts"]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        *[(f"{LON},{LAT},{bad}", code) for bad, code in (
            ("nan", "demand.not_finite"), ("inf", "demand.not_finite"), ("1e999", "demand.not_finite"),
            ("-5", "demand.negative"), ("1e12", "demand.too_many"), ("many", "demand.not_number"),
            ("", "demand.empty"))],
        (f"{LAT},{LON},5", "crs.swapped"),
        (f"nan,{LAT},5", "geometry.not_finite"),
        ("460000,3922000,5", "crs.metres_as_degrees"),
    ],
)  # fmt: skip
def test_rows_of_people_nobody_can_mean(
    database: Database, var: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, row: str, code: str
) -> None:  # fmt: skip
    make_town(database, people=False)
    path = tmp_path / "p.csv"
    path.write_text(f"lon,lat,n\n{row}\n")
    before = rows(database, DEMAND)
    ended = load(database, monkeypatch, "population", path, "--people-field", "n")
    assert ended.exit_code == 1, (ended.output, ended.exception)
    assert code in json.loads(ended.output)["counts"]
    assert rows(database, DEMAND) == before


# --- claims -------------------------------------------------------------------------------------------------------


def claimed(ring: Any) -> bytes:
    return json.dumps({"type": "Polygon", "coordinates": [ring]}).encode()


def tangle(corners: int) -> list[list[float]]:
    ring = np.random.default_rng(1).random((corners, 2)) * 0.1 + [LON, LAT]
    return [*ring.tolist(), ring[0].tolist()]


def test_a_million_corners_are_refused_with_their_number(tmp_path: Path) -> None:
    turn = np.linspace(0, 2 * np.pi, 1000)
    once = np.column_stack([LON + 0.1 * np.cos(turn), LAT + 0.1 * np.sin(turn)])
    once[-1] = once[0]
    ring = np.tile(once, (1000, 1))  # a thousand times around
    text_once = json.dumps(once.tolist())[1:-1]  # lists of a million corners would take seconds
    geojson = claimed(["RING"]).replace(b'"RING"', ", ".join([text_once] * 1000).encode())
    path = tmp_path / "claim.gpkg"
    GeoDataFrame(geometry=[Polygon(ring)], crs=4326).to_file(path, driver="GPKG")
    for data in (geojson, path.read_bytes()):
        began = time.process_time()
        with pytest.raises(Invalid) as refused:
            read_shape(data, "claim")
        fault = refused.value.faults[0]
        assert (fault.field, fault.value, fault.code) == ("file", "1,000,000", "claims.too_many_vertices")
        assert time.process_time() - began < 10


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"type":"Polygon","coordinates":[[[NaN,1],[2,1],[2,2],[NaN,1]]]}', "claims.file_broken"),
        (b'{"type":"Polygon","coordinates":[[[1e999,1],[2,1],[2,2],[1e999,1]]]}', "claims.file_broken"),
        (claimed([[LAT, LON], [LAT + 1, LON], [LAT, LON + 1], [LAT, LON]]), "crs.swapped"),
        (claimed([[LON, LAT], [LON + 1, LAT], [LON + 1, LAT + 1]]), "claims.file_broken"),
        (claimed([[LON, LAT], [LON + 1, LAT], [LON, LAT], [LON, LAT]]), "claims.no_polygon"),
        (claimed([]), "claims.no_polygon"),
        (claimed(tangle(1000)), "area.tangled"),
        (claimed(tangle(50_000)), "area.tangled"),
        (b'{"type":"FeatureCollection","features":[]}', "claims.no_polygon"),
        (b'{"a":' + b"[" * 100_000, "claims.file_broken"),
        (b"{}", "claims.file_broken"),
        (b"SQLite format 3\0" + b"x" * 5000, "claims.file_broken"),
        (b"II*\0" + b"\xff" * 200, "claims.file_broken"),
        (b"", "claims.file_type"),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_claimed_areas_that_are_none(data: bytes, code: str) -> None:
    with pytest.raises(RegistryError) as refused:
        read_shape(data, "claim")
    faults = getattr(refused.value, "faults", ())
    assert code in (refused.value.code, *(fault.code for fault in faults))


def test_strips_across_strips_are_refused_before_they_are_joined() -> None:
    strips = [box(LON, LAT + n * 1e-4, LON + 0.2, LAT + n * 1e-4 + 5e-5) for n in range(600)]
    strips += [box(LON + n * 1e-4, LAT, LON + n * 1e-4 + 5e-5, LAT + 0.2) for n in range(600)]
    data = json.dumps({"type": "GeometryCollection", "geometries": [mapping(one) for one in strips]})
    with pytest.raises(RegistryError, match=r"area\.tangled"):
        read_shape(data.encode(), "claim")


def test_a_few_crossings_are_mended() -> None:
    assert read_shape(claimed(tangle(100)), "claim").geometry.is_valid
    assert as_multipolygon(Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])).area == pytest.approx(0.5)
    with pytest.raises(RegistryError, match=r"area\.tangled"):
        as_multipolygon(Polygon(tangle(2000)))


@pytest.mark.parametrize("more", [
    {"crs": None}, {"transform": None}, {"transform": rasterio.Affine(math.nan, 0, 116, 0, 1, 35)},
    {"transform": rasterio.Affine(0, 0, 116, 0, 0, 35)}, {"dtype": "complex64"}, {"width": 60_000, "height": 60_000},
    {"count": 500, "width": 4000, "height": 4000, "blockxsize": 4000, "blockysize": 4000, "interleave": "pixel"},
    {"crs": 'LOCAL_CS["x",UNIT["metre",1]]'},
])  # fmt: skip
@pytest.mark.filterwarnings("ignore")
def test_class_rasters_that_are_none(tmp_path: Path, more: dict[str, Any]) -> None:
    usual = {"width": 32, "height": 32, "count": 1, "dtype": "uint8", "crs": "EPSG:4326",
             "transform": from_origin(LON, LAT, 1e-4, 1e-4), "tiled": True, "SPARSE_OK": True}  # fmt: skip
    path = tmp_path / "claim.tif"
    with rasterio.open(
        path, "w", driver="GTiff", **{k: v for k, v in (usual | more).items() if v is not None}
    ):
        pass
    with pytest.raises(RegistryError):
        read_shape(path.read_bytes(), "claim.tif")


@pytest.mark.parametrize(
    "name", ['{"a":' * 100_000, "EPSG:0", "EPSG:", "\0:", "file:///etc/passwd", "x" * 10_000, "", "+proj=longlat +nadgrids=http://127.0.0.1/x"]
)  # fmt: skip
def test_systems_nobody_knows(name: str) -> None:
    with pytest.raises(RegistryError, match=r"crs\.unknown"):
        known(name)
