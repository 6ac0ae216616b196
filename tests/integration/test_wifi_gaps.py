"""Free-WiFi gaps against a database: what is counted, who may ask, what a question must be."""

import pytest
from sqlalchemy import text

from infra_registry.access import ANONYMOUS, SERVICE, Actor
from infra_registry.assets.register import register
from infra_registry.coverage.runs import life
from infra_registry.coverage.runs import store as run_store
from infra_registry.coverage.runs.life import Bench
from infra_registry.coverage.wifi import store
from infra_registry.coverage.wifi.run_life import WIFI, Question
from infra_registry.coverage.wifi.store import GapFilter
from infra_registry.db import Database
from infra_registry.errors import Conflict, Forbidden, Invalid, NotFound
from tests.integration.quiet_runs import silent
from tests.integration.wifi_city import LON, STEP, City, ask, gaps, make_city, served_city, venue


@pytest.fixture
def city(database: Database) -> City:
    return served_city(database)


def test_counts_by_district_and_family(database: Database, city: City) -> None:
    code = ask(database, city.regulator)
    with database.use_case(city.regulator) as connection:
        summary = run_store.run(connection, code)["summary"]
    assert summary["total"] == {
        "venues": 3,
        "venues_without": 1,
        "inhabited": 3,
        "inhabited_without": 2,
        "people": 143,
        "people_without": 43,
    }
    by_code = {row["code"]: row for row in summary["districts"]}
    assert (by_code["C1W"]["venues"], by_code["C1W"]["venues_without"], by_code["C1W"]["people_without"]) == (
        1,
        0,
        3,
    )
    assert (by_code["C1E"]["venues"], by_code["C1E"]["venues_without"], by_code["C1E"]["people_without"]) == (
        2,
        1,
        40,
    )
    families = {row["family"]: (row["venues"], row["venues_without"]) for row in summary["families"]}
    assert families["hospital"] == (2, 1)
    assert families["university"] == (1, 0)
    assert (summary["zones_in_area"], summary["zones_used"], summary["zones_not_stated"]) == (4, 2, 1)
    assert summary["zones_assumed_reach"] == 1


def test_gaps_are_listed_filtered_and_told_at_the_readers_level(database: Database, city: City) -> None:
    code = ask(database, city.regulator)
    expected = [("inhabited", None, 40, "C1E"), ("inhabited", None, 3, "C1W"), ("venue", "far", None, "C1E")]
    assert gaps(database, city.regulator, code) == expected
    assert gaps(database, city.regulator, code, GapFilter(kind="venue")) == expected[2:]
    assert gaps(database, city.regulator, code, GapFilter(family="university")) == []
    assert gaps(database, city.regulator, code, GapFilter(district="C1W")) == expected[1:2]
    with pytest.raises(NotFound):
        gaps(database, ANONYMOUS, code)
    with database.use_case(city.regulator) as connection:
        life.publish(connection, city.regulator, code, public=True)
    few_are_not_told = ("inhabited", None, None, "C1W")
    assert gaps(database, ANONYMOUS, code) == [expected[0], few_are_not_told, expected[2]]
    with database.use_case(city.regulator) as connection:
        life.publish(connection, city.regulator, code, public=False)
    with pytest.raises(NotFound):
        gaps(database, ANONYMOUS, code)


def test_equal_inputs_give_equal_answers(database: Database, city: City) -> None:
    first, second = ask(database, city.regulator), ask(database, SERVICE)
    with database.use_case(SERVICE) as connection:
        one, two = run_store.run(connection, first), run_store.run(connection, second)
        assert one["inputs_digest"] == two["inputs_digest"]
        assert one["summary"] == two["summary"]
        life.compute(WIFI, Bench(database, SERVICE, silent), first)  # a job that is run again leaves one set
        assert store.count(connection, one["id"], GapFilter()) == 3
    changed = ask(database, city.regulator, reach_m=1500)
    with database.use_case(SERVICE) as connection:
        assert run_store.run(connection, changed)["inputs_digest"] != one["inputs_digest"]


def test_a_city_without_a_zone_says_so(database: Database) -> None:
    with database.use_case(SERVICE) as connection:
        city = make_city(connection)
        register(connection, [venue("A", LON), venue("B", LON + STEP)])
    code = ask(database, city.regulator)
    with database.use_case(city.regulator) as connection:
        run = run_store.run(connection, code)
        rows = store.gaps(connection, run["id"], GapFilter())
    summary = run["summary"]
    assert summary["zones_in_area"] == 0
    assert (summary["total"]["venues"], summary["total"]["venues_without"]) == (2, 2)
    assert [row["nearest_m"] for row in rows] == [None, None]


def test_only_a_regulator_of_the_city_may_run(database: Database, city: City) -> None:
    nobody = Actor(user_id=city.regulator.user_id, party_id=0)
    for who in (ANONYMOUS, city.stranger, nobody):
        with pytest.raises(Forbidden):
            ask(database, who)
    code = ask(database, city.regulator)
    with pytest.raises(NotFound):
        gaps(database, city.stranger, code)
    with database.use_case(city.stranger) as connection, pytest.raises(NotFound):
        life.publish(connection, city.stranger, code, public=True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"reach_m": 0.5},
        {"reach_m": 1e9},
        {"reach_m": float("nan")},
        {"families": ["casino"]},
        {"families": []},
    ],
)
def test_a_question_out_of_bounds_is_refused(
    database: Database, city: City, wrong: dict[str, object]
) -> None:
    with pytest.raises(Invalid):
        ask(database, city.regulator, **wrong)
    with database.use_case(SERVICE) as connection:
        assert run_store.runs(connection) == []


def test_an_area_must_exist_and_have_a_boundary(database: Database, city: City) -> None:
    with database.use_case(SERVICE) as connection, pytest.raises(NotFound):
        life.begin(connection, SERVICE, WIFI, Question("nowhere"))
    with database.use_case(SERVICE) as connection:
        connection.execute(text("DELETE FROM area_boundary WHERE area_id = :id"), {"id": city.id})
        with pytest.raises(Conflict):
            life.begin(connection, SERVICE, WIFI, Question("C1"))
