"""One path over real rasters: a ridge in the way, heights that end too soon or not at all, who may use which place."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from shapely.geometry import Point

from infra_registry import words
from infra_registry.access import SERVICE, Actor
from infra_registry.assets.draft import Draft
from infra_registry.assets.kinds import Kind
from infra_registry.assets.register import register
from infra_registry.cli import coverage as command
from infra_registry.coverage.paths.asking import Question
from infra_registry.coverage.paths.checking import PathCheck, check
from infra_registry.coverage.propagation.defaults import radio
from infra_registry.coverage.radio.question import Question as RunQuestion
from infra_registry.coverage.radio.run import RADIO
from infra_registry.coverage.runs.life import begin
from infra_registry.db import Database
from infra_registry.errors import Forbidden, Invalid, NotFound
from infra_registry.reports.path_report import described, sentence, verdict
from tests.integration.radio_town import CODE, HIGH, LAT, LON, WIDE, Town, make_town
from tests.integration.ridge_ground import load, ridge

BOX = (LON - WIDE / 2, LAT - HIGH / 2, LON + WIDE / 2, LAT + HIGH / 2)
WEST, EAST = f"{LON - 0.03},{LAT}", f"{LON + 0.03},{LAT}"


@pytest.fixture
def files(tmp_path: Path, database: Database, var: Path) -> Path:
    return var / "files"


@pytest.fixture
def town(database: Database, files: Path) -> Town:
    return make_town(database)


def ask(database: Database, files: Path, who: Actor = SERVICE, **more: Any) -> PathCheck:
    usual: dict[str, Any] = {"start": WEST, "end": EAST, "technology": "4g", "height_m": 30.0}
    asked = Question(**(usual | more))
    with database.use_case(who) as connection:
        return check(connection, files, asked)


def losses(found: PathCheck) -> dict[str, float]:
    return {one.model: one.loss_db for one in found.losses}


def keys(found: PathCheck) -> set[str]:
    return {one["key"] for one in found.findings}


def test_a_ridge_in_the_way_costs_what_flat_ground_does_not(
    database: Database, town: Town, files: Path, tmp_path: Path
) -> None:
    load(database, ridge(tmp_path / "flat.tif", BOX, None), CODE, files, source="flat")
    flat = ask(database, files)
    load(database, ridge(tmp_path / "ridge.tif", BOX, LON), CODE, files, source="ridge")
    hilly = ask(database, files)
    assert verdict(flat)[0] != "path.verdict.blocked"
    assert verdict(hilly)[0] == "path.verdict.blocked"
    assert hilly.clearance is not None
    assert hilly.clearance.at_m == pytest.approx(hilly.profile.distance_m / 2, rel=0.05)
    assert hilly.clearance.ground_m.max() == pytest.approx(40 + 150, abs=8)
    before, after = losses(flat), losses(hilly)
    assert after["itm"] > before["itm"] + 10
    assert {name: loss for name, loss in after.items() if name != "itm"} == {
        name: loss for name, loss in before.items() if name != "itm"
    }
    assert before["free_space"] < before["los"] < before["mean"] <= before["nlos"]
    for one in hilly.losses:
        assert one.level_dbm == pytest.approx(hilly.sent.eirp_dbm - one.loss_db)


def test_both_ways_and_twice_the_same(database: Database, town: Town, files: Path, tmp_path: Path) -> None:
    load(database, ridge(tmp_path / "ridge.tif", BOX, LON + 0.01), CODE, files)
    there, again = ask(database, files), ask(database, files)
    back = ask(database, files, start=EAST, end=WEST, rx_height_m=30.0, height_m=1.5)
    assert described(there) == described(again)
    assert back.terrain is not None
    assert there.terrain is not None
    assert back.terrain.loss_db == pytest.approx(there.terrain.loss_db, abs=0.5)


def test_heights_that_end_too_soon_or_lie_elsewhere_are_told_and_no_terrain_loss_is_made_up(
    database: Database, town: Town, files: Path, tmp_path: Path
) -> None:
    none = ask(database, files)
    half = (BOX[0], BOX[1], LON, BOX[3])
    load(database, ridge(tmp_path / "half.tif", half, LON - 0.01), CODE, files)
    partly = ask(database, files)
    for found in (none, partly):
        assert found.clearance is None
        assert "itm" not in losses(found)
        assert {"los", "nlos", "mean", "free_space"} == set(losses(found))
        assert verdict(found)[0] == "path.verdict.unknown"
    assert "path.no_ground" in keys(none)
    assert "demand.no_height" in keys(partly)
    (gap,) = [one for one in partly.findings if one["key"] == "demand.no_height"]
    assert float(gap["params"]["value"]) == pytest.approx(50, abs=2)
    assert all("{" not in sentence(one, locale) for one in partly.findings for locale in ("zh-Hans", "en"))


def test_swapped_ends_are_recognised_by_their_range_or_by_the_ground(
    database: Database, town: Town, files: Path, tmp_path: Path
) -> None:
    with pytest.raises(Invalid) as refused:
        ask(database, files, end=f"{LAT},{LON + 0.03}")
    assert [(one.field, one.code) for one in refused.value.faults] == [("to", "path.swapped")]
    assert refused.value.faults[0].expected.startswith("116.")


def test_no_length_too_long_and_nonsense_are_refused(database: Database, town: Town, files: Path) -> None:
    for more, code in (
        ({"end": WEST}, "path.too_short"),
        ({"end": "10,10", "step_m": 1.0}, "demand.path"),
        ({"height_m": -1.0}, "path.range"),
        ({"technology": "tetra"}, "field.not_choice"),
    ):
        with pytest.raises(Invalid) as refused:
            ask(database, files, **more)
        assert [one.code for one in refused.value.faults] == [code]
    near = ask(database, files, end=f"{LON - 0.03 + 0.00015},{LAT}")
    assert near.profile.distance_m == pytest.approx(13.6, abs=0.2)


def test_an_asset_stands_in_for_who_sees_it_exactly_and_for_nobody_else(
    database: Database, town: Town, files: Path, tmp_path: Path
) -> None:
    load(database, ridge(tmp_path / "ridge.tif", BOX, LON), CODE, files)
    with database.use_case(SERVICE) as connection:
        drafts = [
            Draft(
                Kind.TOWER, name, Point(LON - 0.03, LAT), access_class=access, owner_id=town.parties["owner"]
            )
            for name, access in (("open", "P1"), ("blurred", "P3"))
        ]
        open_code, blurred = (one.code for one in register(connection, drafts))
    by_place, by_code = ask(database, files), ask(database, files, start=blurred)
    assert losses(by_code) == pytest.approx(losses(by_place), abs=1e-6)
    assert ask(database, files, town.regulator, start=blurred).clearance is not None
    with pytest.raises(Forbidden) as refused:
        ask(database, files, town.stranger, start=blurred)
    assert refused.value.code == "path.not_exact"
    assert refused.value.params["m"] > 100
    # Open to all; but the heights of another regulator's city are not his.
    foreign = ask(database, files, town.stranger, start=open_code)
    assert foreign.clearance is None
    with pytest.raises(NotFound):
        ask(database, files, start="NO-SUCH")


def test_the_command_prints_for_people_and_programs_and_refuses_with_a_finding(
    database: Database, town: Town, files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(database, ridge(tmp_path / "ridge.tif", BOX, LON), CODE, files)
    monkeypatch.setattr("infra_registry.cli.session.open_database", lambda: database)
    given = ["path", "--from", WEST, "--to", EAST, "--technology", "4g", "--height-m", "30"]
    monkeypatch.setenv("REGISTRY_LANG", "en")
    english = CliRunner().invoke(command.coverage, given)
    assert english.exit_code == 0, english.output
    assert "The ground stands in the line of sight" in english.output
    assert "Free space" in english.output
    monkeypatch.setenv("REGISTRY_LANG", "zh")
    assert "地形挡住视线" in CliRunner().invoke(command.coverage, given).output
    told = json.loads(CliRunner().invoke(command.coverage, [*given, "--json"]).output)
    assert told["verdict"]["key"] == "path.verdict.blocked"
    assert told["assumed"] == ["eirp_dbm", "frequency_mhz"] or set(told["assumed"]) == {
        "eirp_dbm",
        "frequency_mhz",
    }
    assert [one["model"] for one in told["losses"]] == ["itm", "los", "nlos", "mean", "free_space"]
    assert told["least_clearance"] < 0
    zero = CliRunner().invoke(command.coverage, [*given[:4], WEST, *given[5:]])
    assert isinstance(zero.exception, Invalid)


@pytest.mark.parametrize("locale", ["zh-Hans", "en"])
def test_a_grid_by_the_terrain_model_is_refused_with_its_profiles_and_the_limit(
    database: Database, town: Town, locale: str
) -> None:
    asked = RunQuestion(CODE, step_m=10, model="itm")
    with database.use_case(SERVICE) as connection, pytest.raises(Invalid) as refused:
        begin(connection, SERVICE, RADIO, asked)
    (fault,) = refused.value.faults
    assert (fault.field, fault.code) == ("model", "radio.itm_grid")
    assert int(fault.value.replace(",", "")) > radio().terrain_profiles
    assert fault.expected == f"{radio().terrain_profiles:,}"
    told = words.say(locale, fault.code, value=fault.value, expected=fault.expected)
    assert fault.value in told
    with database.use_case(SERVICE) as connection, pytest.raises(Invalid) as unknown:
        begin(connection, SERVICE, RADIO, RunQuestion(CODE, model="hata"))
    assert unknown.value.faults[0].code == "field.not_choice"
