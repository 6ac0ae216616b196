"""The page that asks for a run of mobile coverage: its price, what it keeps, what it refuses."""

from collections import Counter

import pytest
from sqlalchemy import text

from infra_registry.access import SERVICE, Role
from infra_registry.db import Database
from tests.integration.radio_town import CODE, Town
from tests.integration.run_reads import count_reads
from tests.web.site import Site, Visitor


@pytest.fixture
def regulator(site: Site, town: Town) -> Visitor:
    return site.user("regina", (Role.REGULATOR, town.id))


def page(visitor: Visitor, path: str) -> str:
    """The text of a page."""
    answer = visitor.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def form(**more: str) -> dict[str, str]:
    """A whole form of a new run."""
    return {
        "area": CODE,
        "environment": "outdoor",
        "step_m": "100",
        "threshold_kind": "class",
        "threshold": "2",
        "minimum_m2": "20000",
        "compared_with": "",
        "remedies": "1",
        "budget": "1，2",
        "target": "50",
    } | more


def test_the_estimate_reads_the_area_once(
    database: Database, regulator: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    page(regulator, "/coverage/new/mobile")
    counts = count_reads(database, monkeypatch)
    priced = regulator.post("/coverage/new/mobile", form(act="estimate"), form="/coverage/new/mobile")
    assert "Estimated cost" in priced.get_data(as_text=True)
    assert +counts == Counter({"area": 1, "outline": 1, "frame": 1, "cost": 1})


def test_only_areas_of_ones_own_city_are_offered_and_priced(
    site: Site, database: Database, town: Town
) -> None:
    with database.use_case(SERVICE) as connection:
        other = connection.scalar(
            text(
                "INSERT INTO area (scheme, code, name, level) VALUES ('gb2260', '990100', '他市', 'city') RETURNING id"
            )
        )
    elsewhere = site.user("elsewhere", (Role.REGULATOR, other))
    assert f'value="{CODE}"' not in page(elsewhere, "/coverage/new/mobile")
    priced = elsewhere.post("/coverage/new/mobile", form(act="estimate"), form="/coverage/new/mobile")
    assert priced.status_code == 403


def test_a_run_is_priced_then_asked_for(database: Database, regulator: Visitor) -> None:
    assert f'value="{CODE}"' in page(regulator, "/coverage/new/mobile")
    priced = regulator.post("/coverage/new/mobile", form(act="estimate"), form="/coverage/new/mobile")
    told = priced.get_data(as_text=True)
    assert priced.status_code == 200
    assert "Estimated cost" in told
    assert "Nothing was started" in told
    asked = regulator.post("/coverage/new/mobile", form(), form="/coverage/new/mobile")
    assert asked.status_code == 303
    with database.use_case(SERVICE) as connection:
        kept = connection.execute(text("SELECT parameters FROM coverage_run")).scalars().one()
    assert kept["budgets"] == [1, 2]
    assert kept["targets"] == [0.5]
    waiting = page(regulator, asked.headers["Location"])
    assert 'id="run-progress-X-' in waiting
    assert "/cancel" in waiting
    listed = page(regulator, "/coverage")
    assert "Running" in listed
    assert "/cancel" in listed


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"step_m": "half"}, "step_m"),
        ({"step_m": "1"}, "step_m"),
        ({"threshold_kind": "dbm", "threshold": "12"}, "threshold"),
        ({"area": ""}, "area"),
        ({"area": "nowhere"}, "area"),
        ({"budget": "five"}, "budget"),
        ({"target": "150"}, "target"),
        ({"compared_with": "X-0000000000"}, "area"),
    ],
)
def test_nothing_is_lost_when_a_form_is_wrong(
    database: Database, regulator: Visitor, wrong: dict[str, str], field: str
) -> None:
    sent = form(minimum_m2="31415", **wrong)
    answer = regulator.post("/coverage/new/mobile", sent, form="/coverage/new/mobile")
    told = answer.get_data(as_text=True)
    assert answer.status_code in (404, 409, 422)
    assert f'href="#f-{field}"' in told
    assert 'value="31415"' in told
    with database.use_case(SERVICE) as connection:
        assert connection.scalar(text("SELECT count(*) FROM coverage_run")) == 0
