"""Radio runs end to end on a small town: what is found, computed once, cancelled, compared, refused."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import rasterio
from sqlalchemy import text

from infra_registry import config
from infra_registry.access import SERVICE, Actor
from infra_registry.coverage.radio.question import Question, Threshold, threshold_of
from infra_registry.coverage.radio.result import store as result_store
from infra_registry.coverage.radio.result.store import RadioGapFilter, RemedyFilter
from infra_registry.coverage.radio.run import RADIO
from infra_registry.coverage.runs import life
from infra_registry.coverage.runs import store as run_store
from infra_registry.coverage.runs.life import Bench
from infra_registry.db import Database
from infra_registry.errors import Forbidden, Invalid, NotFound
from infra_registry.files import Folder, path_of
from tests.integration.computed_town import Computed
from tests.integration.quiet_runs import silent
from tests.integration.radio_town import (
    CODE,
    LAT,
    LON,
    Station,
    Town,
    add_stations,
    done,
    make_town,
)

RESULTS = ("radio_layer", "radio_class", "radio_gap", "remedy", "remedy_gap", "remedy_set")


@pytest.fixture(scope="module")
def shared_town(module_database: Database) -> Town:
    """The city for tests that write nothing."""
    return make_town(module_database)


def read(database: Database, town: Town, code: str, edition: str = "internal") -> dict[str, Any]:
    """Everything the regulator reads of an edition."""
    with database.use_case(town.regulator) as connection:
        run = result_store.radio_run(connection, code)
        return {
            "run": run,
            "summary": run["summary"][edition],
            "layers": {
                (row["operator"], row["technology"]): row
                for row in result_store.layers(connection, run, edition)
            },
            "gaps": result_store.gaps(connection, run, edition, RadioGapFilter(), limit=1000),
            "remedies": result_store.remedies(connection, run, edition, RemedyFilter(), limit=1000),
            "sets": result_store.sets(connection, run, edition),
        }


def counts(database: Database) -> dict[str, int]:
    with database.use_case(SERVICE) as connection:
        return {
            name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in RESULTS
        }


def test_a_run_finds_layers_gaps_remedies_and_sets(computed: Computed) -> None:
    found = read(computed.database, computed.town, computed.code)
    names = {("east", "4g"), ("west", "4g"), ("west", "5g"), ("east", "any"), ("west", "any"), ("any", "4g"),
             ("any", "5g"), ("any", "any")}  # fmt: skip
    assert set(found["layers"]) == names
    east, west, both = (
        found["layers"][name]["stats"] for name in (("east", "4g"), ("west", "4g"), ("any", "4g"))
    )
    assert sum(both["people"]) == sum(east["people"]) == pytest.approx(1363)
    assert both["people"][0] <= min(east["people"][0], west["people"][0])
    assert [row["code"] for row in both["districts"]] == ["T1E", "T1W"]
    assert sum(both["area_m2"]) == pytest.approx(sum(sum(row["area_m2"]) for row in both["districts"]))
    worst = found["gaps"][0]
    assert worst["district"] == "T1E"
    assert worst["people"] == pytest.approx(463)
    assert worst["venues"] == 1
    assert [gap["ordinal"] for gap in found["gaps"]] == sorted(gap["ordinal"] for gap in found["gaps"])
    host = found["remedies"][0]
    assert host["asset_name"] == "hospital"
    assert host["people_gained"] == pytest.approx(400)
    assert host["gaps"]
    assert {one["aim"] for one in found["sets"]} == {"budget", "target"}
    assert all(one["bound"] >= one["people"] for one in found["sets"] if one["aim"] == "budget")
    assert found["summary"]["cells_defaulted"] == 3
    assert found["summary"]["defaults"]["height_m"] == 3


def test_rasters_carry_levels_classes_and_what_they_rest_on(database: Database, town: Town) -> None:
    found = read(database, town, done(database, town.regulator, remedies=False))
    layer = found["layers"]["any", "4g"]
    path = path_of(config.load().files_dir, Folder.RASTERS, layer["raster_digest"])
    with rasterio.open(path) as source:
        assert source.descriptions == ("level_dbm", "best", "class", "operators")
        assert source.tags()["INPUTS_DIGEST"] == found["run"]["inputs_digest"]
        classes, operators = source.read(3), source.read(4)
        assert source.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
    cells = [int((classes == one).sum()) for one in range(6)]
    assert [count * 10_000 for count in cells] == pytest.approx(layer["stats"]["area_m2"])
    assert operators[classes >= 0].max() == 2
    assert found["remedies"] == []


def test_equal_inputs_are_not_computed_twice(computed: Computed) -> None:
    database, town, first = computed.database, computed.town, computed.code
    before = counts(database)
    second = done(database, town.regulator)
    assert counts(database) == before
    one, other = read(database, town, first), read(database, town, second)
    assert other["run"]["same_as_id"] == one["run"]["id"]
    assert other["run"]["inputs_digest"] == one["run"]["inputs_digest"]
    assert other["gaps"] == one["gaps"]
    assert other["summary"] == one["summary"]
    with database.use_case(SERVICE) as connection:
        connection.execute(text("UPDATE cell SET eirp_dbm = 40 WHERE technology = '5g'"))
    third = read(database, town, done(database, town.regulator))
    assert third["run"]["same_as_id"] is None
    assert third["run"]["inputs_digest"] != one["run"]["inputs_digest"]


def test_a_public_run_does_not_open_what_another_keeps_inside(database: Database, town: Town) -> None:
    question = Question("T1", step_m=100, remedies=False)

    def computed(who: Actor, *, public: bool) -> dict[str, Any]:
        with database.use_case(who) as connection:
            code = life.begin(connection, who, RADIO, question, public=public)
        life.compute(RADIO, Bench(database, who, silent), code)
        with database.use_case(SERVICE) as connection:
            return run_store.run(connection, code)

    inside = computed(town.regulator, public=False)
    opened = computed(SERVICE, public=True)
    with database.use_case(SERVICE) as connection:
        assert run_store.run(connection, inside["code"])["public"] is False
    assert opened["public"] is True
    assert opened["same_as_id"] is None


def test_compared_with_an_earlier_run(database: Database, town: Town) -> None:
    earlier = done(database, town.regulator, remedies=False)
    with database.use_case(SERVICE) as connection:
        new = (Station("C", LON + 0.02, LAT, "east"), Station("D", LON - 0.02, LAT - 0.02, "east"))
        add_stations(connection, town, new)
    later = read(database, town, done(database, town.regulator, remedies=False, compared_with=earlier))
    compared = {gap["compared"] for gap in later["gaps"]}
    assert "shrunk" in compared
    assert compared <= {"new", "grown", "same", "shrunk", "closed"}
    shrunk = next(gap for gap in later["gaps"] if gap["compared"] == "shrunk" and gap["earlier_area_m2"])
    assert shrunk["earlier_area_m2"] > shrunk["area_m2"]
    same = [gap for gap in later["gaps"] if (gap["operator"], gap["technology"]) == ("west", "5g")]
    assert {gap["compared"] for gap in same} == {"same"}


@pytest.mark.parametrize("threshold", ["dbm:-105", "class:3", "operators:2"])
def test_every_kind_of_threshold(database: Database, town: Town, threshold: str) -> None:
    asked = threshold_of(threshold)
    found = read(database, town, done(database, town.regulator, threshold=asked, remedies=False))
    lacking = {(gap["operator"], gap["technology"]) for gap in found["gaps"]}
    assert ("any", "4g") in lacking
    assert (("east", "4g") in lacking) == (asked.kind != "operators")


def test_no_station_no_people_all_is_gap_and_says_so(database: Database, var: Path) -> None:
    town = make_town(database, (), people=False)
    found = read(database, town, done(database, town.regulator, technologies=("4g",)))
    assert set(found["layers"]) == {("any", "4g"), ("any", "any")}
    assert found["layers"]["any", "4g"]["stats"]["people"] is None
    assert sum(gap["area_m2"] for gap in found["gaps"] if gap["technology"] == "4g") == pytest.approx(
        sum(found["layers"]["any", "4g"]["stats"]["area_m2"])
    )
    said = {one["key"] for one in found["summary"]["assumptions"]}
    assert {"radio.rests.no_station", "radio.rests.no_people"} <= said
    assert found["remedies"]


def test_everything_covered_has_no_gap(database: Database, var: Path) -> None:
    strong = (
        {
            "technology": "2g",
            "eirp_dbm": 90,
            "antenna_height_m": 40,
            "band_low_mhz": 900,
            "band_high_mhz": 905,
        },
    )
    town = make_town(
        database, tuple(Station(f"S{i}", LON + x, LAT, "east", strong) for i, x in enumerate((-0.02, 0.02)))
    )
    found = read(database, town, done(database, town.regulator, threshold=Threshold("class", 1)))
    assert (found["gaps"], found["remedies"]) == ([], [])
    assert found["summary"]["gaps"]["nothing_lacks"]


def test_two_operators_of_one_name_stay_two(database: Database, town: Town) -> None:
    with database.use_case(SERVICE) as connection:
        connection.execute(text("UPDATE party SET name = 'same' WHERE code IN ('east', 'west')"))
        nobody = (Station("E", LON + 0.01, LAT, None), Station("F", LON + 0.01, LAT, None, stated="Same Co"))
        add_stations(connection, town, nobody)
    found = read(database, town, done(database, town.regulator, remedies=False))
    operators = {operator for operator, _ in found["layers"]}
    assert operators == {"east", "west", "not_stated", "stated:Same Co", "any"}


def test_cancelled_at_a_tile_leaves_nothing(database: Database, town: Town) -> None:
    class Stopped(Exception):
        pass

    def stop(step: str, done_: int, total: int) -> None:
        if step == "radio.step.public" and done_ >= 1:
            raise Stopped

    with database.use_case(town.regulator) as connection:
        code = life.begin(connection, town.regulator, RADIO, Question(CODE, step_m=100))
    with pytest.raises(Stopped):
        life.compute(RADIO, Bench(database, town.regulator, stop), code)
    assert set(counts(database).values()) == {0}
    with database.use_case(town.regulator) as connection:
        assert run_store.run(connection, code)["ended_at"] is None
    assert not list((config.load().files_dir / "work").iterdir())


def test_a_waiting_job_that_is_cancelled_writes_nothing(database: Database, town: Town) -> None:
    from infra_registry import jobs

    with database.use_case(town.regulator) as connection:
        code, job = life.ask(connection, town.regulator, RADIO, Question(CODE, step_m=100))
        jobs.cancel(connection, job)
    assert jobs.run_now(database, job).state == "cancelled"
    assert set(counts(database).values()) == {0}
    with database.use_case(town.regulator) as connection:
        assert run_store.run(connection, code)["summary"] is None


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"step_m": 0}, "step_m"),
        ({"step_m": 500}, "step_m"),
        ({"environment": "under water"}, "environment"),
        ({"technologies": ("6g",)}, "technology"),
        ({"technologies": ("microwave",)}, "technology"),
        ({"threshold": Threshold("class", 9)}, "threshold"),
        ({"threshold": Threshold("operators", 1.5)}, "threshold"),
        ({"minimum_m2": -1.0}, "minimum_m2"),
        ({"engine": "carrier pigeon"}, "engine"),
        ({"budgets": (0,)}, "budget"),
        ({"targets": (2.0,)}, "target"),
    ],
)
def test_faults_are_named_by_field(
    module_database: Database, var: Path, shared_town: Town, more: dict[str, Any], field: str
) -> None:
    regulator = shared_town.regulator
    with module_database.use_case(regulator) as connection, pytest.raises(Invalid) as refused:
        life.begin(connection, regulator, RADIO, replace(Question(CODE), **more))
    assert [fault.field for fault in refused.value.faults] == [field]


def test_too_fine_over_a_province_is_refused_with_its_cost(database: Database, town: Town) -> None:
    with database.use_case(SERVICE) as connection:
        connection.execute(
            text("""UPDATE area_boundary SET geom = ST_Multi(ST_MakeEnvelope(115, 34.5, 118.5, 37.5, 4326))
                    WHERE area_id = :area"""),
            {"area": town.id},
        )
    with database.use_case(SERVICE) as connection, pytest.raises(Invalid) as refused:
        life.begin(connection, SERVICE, RADIO, Question(CODE, step_m=1))
    assert refused.value.code == "coverage.too_fine"
    assert refused.value.params["cells"] > 10**10
    assert refused.value.params["hours"] > 1


def test_only_the_regulator_of_the_city_asks(database: Database, town: Town) -> None:
    with database.use_case(town.stranger) as connection, pytest.raises(Forbidden):
        life.begin(connection, town.stranger, RADIO, Question(CODE))
    with database.use_case(town.regulator) as connection, pytest.raises(NotFound):
        life.begin(connection, town.regulator, RADIO, Question("nowhere"))


def test_runs_on_samples_go_with_the_samples(database: Database, town: Town) -> None:
    with database.use_case(SERVICE) as connection:
        connection.execute(text("UPDATE asset SET sample = true"))
    done(database, town.regulator)
    done(database, town.regulator)
    with database.use_case(SERVICE) as connection:
        gone = connection.scalar(text("SELECT remove_samples()"))
        left = connection.scalar(text("SELECT count(*) FROM coverage_run"))
    assert gone["assets"] == 4
    assert left == 0
    assert set(counts(database).values()) == {0}


def test_a_job_that_runs_twice_leaves_one_result(computed: Computed) -> None:
    database, town, code = computed.database, computed.town, computed.code
    before = counts(database)
    life.compute(RADIO, Bench(database, town.regulator, silent), code)
    assert counts(database) == before
