"""Grids by the terrain model: what a ridge hides, what is refused and why, equal inputs computed once."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text

from infra_registry import config, jobs, words
from infra_registry.access import SERVICE
from infra_registry.coverage.propagation.defaults import radio
from infra_registry.coverage.radio.question import Question
from infra_registry.coverage.radio.result import store as result_store
from infra_registry.coverage.radio.run import RADIO
from infra_registry.coverage.runs import life
from infra_registry.coverage.runs.life import begin
from infra_registry.db import Database
from infra_registry.errors import Invalid
from infra_registry.files import Folder, path_of
from infra_registry.formats.raster import read_window
from tests.integration.radio_town import CODE, HIGH, LAT, LON, WIDE, Station, Town, done, make_town
from tests.integration.ridge_ground import load, ridge

AROUND = (LON - WIDE / 2 - 0.08, LAT - HIGH / 2 - 0.08, LON + WIDE / 2 + 0.08, LAT + HIGH / 2 + 0.08)
OUTLINE = (LON - WIDE / 2, LAT - HIGH / 2, LON + WIDE / 2, LAT + HIGH / 2)
RIDGE_AT = LON - 0.012
SECTORS = tuple({"technology": "4g", "azimuth_deg": at} for at in (0, 120, 240))
ONE = (Station("A", LON - 0.02, LAT, "east", SECTORS),)
SIMPLE: dict[str, Any] = {"step_m": 100, "model": "itm", "remedies": False}


def ground(database: Database, var: Path, at: float | None, *, name: str = "ground") -> None:
    place = ridge(var.parent / f"{name}.tif", AROUND, at, height_m=200.0)
    load(database, place, CODE, var / "files", source=name)


def run_of(database: Database, town: Town, code: str) -> dict[str, Any]:
    with database.use_case(town.regulator) as connection:
        return dict(result_store.radio_run(connection, code))


def layer(database: Database, town: Town, code: str, band: str) -> Any:
    """A band of the layer of 4G from the east company, with its middle longitudes."""
    with database.use_case(town.regulator) as connection:
        run = result_store.radio_run(connection, code)
        rows = result_store.layers(connection, run, "internal")
    (row,) = [one for one in rows if (one["operator"], one["technology"]) == ("east", "4g")]
    place = path_of(config.load().files_dir, Folder.RASTERS, row["raster_digest"])
    piece = read_window(place, OUTLINE, band={"level_dbm": 1, "best": 2, "class": 3}[band])
    assert piece is not None
    return piece.values


def refused(database: Database, town: Town, **more: Any) -> Invalid:
    with database.use_case(town.regulator) as connection, pytest.raises(Invalid) as caught:
        begin(connection, town.regulator, RADIO, Question(CODE, **(SIMPLE | more)))
    (fault,) = caught.value.faults
    assert fault.field == "model"
    for locale in ("zh-Hans", "en"):
        assert "{" not in words.say(locale, fault.code, value=fault.value, expected=fault.expected)
    return caught.value


def test_behind_a_ridge_the_terrain_model_gives_lower_classes(database: Database, var: Path) -> None:
    town = make_town(database, ONE)
    ground(database, var, RIDGE_AT)
    plain, hilly = (
        done(database, town.regulator, **SIMPLE | {"model": "tr38901"}),
        done(database, town.regulator, **SIMPLE),
    )
    by, over = (layer(database, town, code, "class") for code in (plain, hilly))
    east = slice(int(by.shape[1] * 0.45), int(by.shape[1] * 0.6))  # from 0.4 km to 1.5 km behind the crest
    behind = slice(by.shape[0] // 3, 2 * by.shape[0] // 3), east
    served = by[behind] > 0
    assert served.sum() > 50
    assert np.mean(over[behind][served] < by[behind][served]) > 0.8, (by[behind], over[behind])
    assert not (over[behind] > by[behind]).any()
    run = run_of(database, town, hilly)
    assert run["parameters"]["model"] == "itm"
    assert run["model"].startswith("ITM")
    assert run_of(database, town, plain)["inputs_digest"] != run["inputs_digest"]
    said = {one["key"]: one["params"] for one in run["summary"]["internal"]["assumptions"]}
    count = int(said["radio.rests.itm"]["profiles"].replace(",", ""))
    # Three sectors of one mast share the profile of each cell: as many profiles as cells with a level.
    level = layer(database, town, hilly, "level_dbm")
    assert count == np.isfinite(level).sum()
    assert "radio.rests.model" not in said
    told = [one["key"] for one in run["summary"]["public"]["assumptions"]]
    assert {"radio.rests.model", "radio.rests.not_itm"} <= set(told)
    public = [run_of(database, town, code)["summary"]["public"]["covered"] for code in (plain, hilly)]
    assert public[0] == public[1]


def test_equal_ground_is_computed_once_and_other_ground_anew(database: Database, var: Path) -> None:
    town = make_town(database, ONE)
    ground(database, var, RIDGE_AT)
    first, second = (run_of(database, town, done(database, town.regulator, **SIMPLE)) for _ in range(2))
    assert second["same_as_id"] == first["id"]
    assert second["inputs_digest"] == first["inputs_digest"]
    ground(database, var, None, name="flat")
    third = run_of(database, town, done(database, town.regulator, **SIMPLE))
    assert third["same_as_id"] is None
    assert third["inputs_digest"] != first["inputs_digest"]


def test_without_terrain_or_with_too_little_of_it_the_refusal_says_so(
    database: Database,
    var: Path,
) -> None:
    town = make_town(database, ONE)
    assert refused(database, town).faults[0].code == "radio.itm_no_terrain"
    half = ridge(var.parent / "half.tif", (AROUND[0], AROUND[1], LON, AROUND[3]), None)
    load(database, half, CODE, var / "files")
    fault = refused(database, town).faults[0]
    assert fault.code == "radio.itm_ground"
    assert float(str(fault.value)) == pytest.approx(50, abs=3)


def test_above_the_budget_the_refusal_gives_profiles_and_limit(
    database: Database,
    var: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    town = make_town(database, ONE)
    ground(database, var, None)
    fault = refused(database, town, step_m=10).faults[0]
    assert (fault.code, fault.expected) == ("radio.itm_grid", f"{radio().terrain_profiles:,}")
    assert int(str(fault.value).replace(",", "")) > radio().terrain_profiles
    few = replace(radio(), terrain_profiles=10)
    monkeypatch.setattr("infra_registry.coverage.radio.terrain_inputs.radio", lambda: few)
    assert refused(database, town).faults[0].expected == "10"


def test_ground_taken_away_before_the_run_leaves_no_half_result(database: Database, var: Path) -> None:
    town = make_town(database, ONE)
    ground(database, var, None)
    with database.use_case(town.regulator) as connection:
        code, job = life.ask(connection, town.regulator, RADIO, Question(CODE, **SIMPLE))
    with database.use_case(SERVICE) as connection:
        connection.execute(text("DELETE FROM raster_source"))
    ended = jobs.run_now(database, job)
    assert (ended.state, ended.problem) == ("failed", "radio.itm_no_terrain")
    assert run_of(database, town, code)["ended_at"] is None


def test_a_wave_the_model_cannot_take_is_refused(database: Database, var: Path) -> None:
    wave = {"technology": "5g", "band_low_mhz": 26500, "band_high_mhz": 26900}
    town = make_town(database, (Station("A", LON, LAT, "east", (wave,)),))
    ground(database, var, None)
    with database.use_case(town.regulator) as connection, pytest.raises(Invalid) as caught:
        begin(connection, town.regulator, RADIO, Question(CODE, **SIMPLE))
    assert (caught.value.faults[0].field, caught.value.faults[0].code) == (
        "frequency_mhz",
        "propagation.itm_input",
    )
