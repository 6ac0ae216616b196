"""`infra-registry areas population | roads | terrain | demand`: a small city and a real one."""

import json
from pathlib import Path

import geopandas
import numpy as np
import pytest
from click.testing import CliRunner, Result

from infra_registry.access import SERVICE
from infra_registry.areas import AreaDraft, outlines
from infra_registry.areas.store import find, put_area, put_boundary
from infra_registry.cli import areas as command
from infra_registry.coverage.demand.people import people_grid, road_lengths
from infra_registry.coverage.grids.frame import frame_of
from infra_registry.db import Database
from infra_registry.errors import NotFound

COMMUNE = "FR-34172"
IRIS = ("--people-field", "xpoptot", "--header-row", "7", "--only", "dc=34172", "--spread-over-area")


def run(database: Database, monkeypatch: pytest.MonkeyPatch, var: Path, *asked: object) -> Result:
    monkeypatch.setenv("REGISTRY_LANG", "en")
    monkeypatch.setenv("REGISTRY_VAR", str(var))
    monkeypatch.setattr("infra_registry.cli.session.open_database", lambda: database)
    return CliRunner().invoke(command.areas, [str(part) for part in asked])


def commune(database: Database, folder: Path) -> None:
    shape = geopandas.read_file(folder / "VilleMTP_MTP_LimiteCommune.geojson").to_crs(4326).union_all()
    with database.use_case(SERVICE) as connection:
        draft = AreaDraft("foreign", COMMUNE, "Montpellier", "city", time_zone="Europe/Paris")
        put_boundary(connection, put_area(connection, draft), shape)


def test_montpellier_the_total_of_the_census_is_spread_and_printed_as_such(
    database: Database, real_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = real_data / "montpellier"
    commune(database, folder)
    table = folder / "INSEE_MTP_PopIRIS_1999.csv"
    done = run(database, monkeypatch, tmp_path, "population", table, "--area", COMMUNE, *IRIS)
    assert done.exit_code == 0, done.output
    assert "207956 people comes from the column xpoptot" in done.output
    assert "76 rows; filter: dc = 34172; left out: 8 rows of other places, 12 without a number" in done.output
    assert "spread evenly over the whole area, which is not where they live" in done.output
    roads = folder / "VilleMTP_MTP_FilaireVoies__wgs84.geojson"
    fields = ("--name-field", "LIB_OFF", "--class-field", "TYPVOI", "--ref-field", "IDARC")
    done = run(database, monkeypatch, tmp_path, "roads", roads, "--area", COMMUNE, *fields, "--json")
    assert done.exit_code == 0, done.output
    facts = json.loads(done.output)
    assert (facts["items"], facts["counts"]) == (7827, {"demand.beside": 184})
    with database.use_case(SERVICE) as connection:
        area = find(connection, COMMUNE)
        assert area is not None
        [outline] = outlines.read_one(
            folder / "VilleMTP_MTP_LimiteCommune.geojson", outlines.Outline(COMMUNE, "", "city", None)
        )
        frame = frame_of(outline.geometry, 50)
        demand = people_grid(connection, area.id, frame, outline.geometry, files_dir=tmp_path / "files")
        metres = road_lengths(connection, frame, area.id)
    assert demand.people.sum(dtype=float) == pytest.approx(207_956, rel=1e-6)
    assert demand.total_known == 207_956
    mask = frame.mask(outline.geometry)
    assert demand.people[~mask].sum() == 0
    # 207 956 people on 48.2 km² are 10.8 in a cell of 2500 m²; cells of the border hold their strays too.
    assert float(np.median(demand.people[mask])) == pytest.approx(207_956 / 48.2e6 * 2500, rel=5e-3)
    assert [basis.key for basis in demand.basis] == ["demand.basis.evenly", "demand.basis.spread"]
    assert metres is not None
    assert metres.sum(dtype=float) == pytest.approx(facts["metres"], rel=2e-3)


def test_a_set_is_listed_taken_away_and_refused_with_its_findings(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.use_case(SERVICE) as connection:
        square = geopandas.GeoSeries.from_wkt(["POLYGON((3 43, 4 43, 4 44, 3 44, 3 43))"])[0]
        put_boundary(connection, put_area(connection, AreaDraft("foreign", "X", "X", "city")), square)
    table = tmp_path / "people.csv"
    table.write_text("lon,lat,n\n3.5,43.5,12\n3.6,43.5,-1\n9,9,4\n", "utf-8")
    asked = ("population", table, "--area", "X", "--people-field", "n")

    def do(*words: object) -> Result:
        return run(database, monkeypatch, tmp_path, *words)

    strict = do(*asked, "--strict")
    assert strict.exit_code == 1
    assert "-1 people is negative" in strict.output
    assert "Nothing was loaded" in strict.output
    assert "nothing was written" in do(*asked, "--dry-run").output
    assert json.loads(do("demand", "list", "--area", "X", "--json").output) == []
    loaded = do(*asked, "--source", "census", "--json")
    facts = json.loads(loaded.output)
    assert (facts["written"], facts["people"], facts["left_out"], facts["source"]) == (True, 12, 2, "census")
    assert "*" in do("demand", "list", "--area", "X").output
    removed = do("demand", "remove", "--area", "X", "--kind", "points", "--source", "census")
    assert removed.exit_code == 0
    again = do("demand", "remove", "--area", "X", "--kind", "points", "--source", "census")
    assert isinstance(again.exception, NotFound)
    assert do("population", table, "--area", "X").exit_code == 2
    assert do(*asked, "--only", "n").exit_code == 2
    assert do("terrain", tmp_path / "none.tif", "--area", "X").exit_code == 2
    stranger = do(*asked, "--as", "nobody")
    assert stranger.exit_code == 1
