"""What the law of a place says of WiFi: whose clauses are cited, which venues they list, what silence is called."""

from datetime import date

import pytest

from infra_registry.access import SERVICE
from infra_registry.coverage.runs import store as run_store
from infra_registry.coverage.wifi.defaults import wifi as defaults
from infra_registry.coverage.wifi.law_lookup import families, of_wifi
from infra_registry.coverage.wifi.run_life import Question
from infra_registry.db import Database
from infra_registry.reports.wifi.consequences import follows
from tests.integration.wifi_city import JINING, computed, make_city

DAY = date(2026, 11, 1)
SUMMARY = {"zones_in_area": 1, "zones_used": 1}


def keys(database: Database, code: str, day: date = DAY) -> list[str]:
    with database.use_case(SERVICE) as connection:
        city = make_city(connection, code)
        return [
            item.key.rsplit(".", 1)[1] for item in follows(SUMMARY, of_wifi(connection, city.west, day), "en")
        ]


def test_the_clauses_of_the_place_are_cited_and_list_the_venues(database: Database) -> None:
    with database.use_case(SERVICE) as connection:
        city = make_city(connection, JINING)
        said = of_wifi(connection, city.west, DAY)
        listed = families(connection, city.id, DAY)
        told = [item.plain("en") for item in follows(SUMMARY, said, "en")]
    assert [(cited.book.key, cited.clause.key) for cited in said.clauses] == [
        ("jining", "14.1"),
        ("jining", "15"),
    ]
    assert "station" in listed
    assert set(defaults().families) < set(listed)
    assert told[0].startswith("Jining Regulation art. 14(1): ")
    assert not any("breach" in line for line in told if "no breach" not in line)


def test_a_run_looks_at_the_venues_the_law_lists(database: Database) -> None:
    with database.use_case(SERVICE) as connection:
        city = make_city(connection, JINING)
    code = computed(database, SERVICE, Question(JINING))
    with database.use_case(SERVICE) as connection:
        run = run_store.run(connection, code)
        assert tuple(run["parameters"]["families"]) == families(connection, city.id, DAY)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (JINING, ["clause", "key_areas", "clause", "not_free", "lead"]),
        ("640100", ["silent"]),
        ("360600", ["silent"]),
        ("220200", ["silent", "not_held"]),
        ("C1", ["no_rulebook"]),
    ],
)
def test_silence_missing_text_and_no_instrument_are_three_answers(
    database: Database, code: str, expected: list[str]
) -> None:
    assert keys(database, code) == expected


def test_a_text_that_is_not_held_is_no_silence(database: Database) -> None:
    found = keys(database, "510100")
    assert "not_held" in found
    assert "clause" not in found


def test_before_the_regulation_there_was_no_clause(database: Database) -> None:
    assert "clause" not in keys(database, JINING, date(2016, 1, 1))


def test_where_no_clause_lists_venues_the_registers_own_list_is_taken(database: Database) -> None:
    with database.use_case(SERVICE) as connection:
        city = make_city(connection, "640100")
        assert families(connection, city.id, DAY) == defaults().families
