"""Figures of a public run: none tells how many people fewer than five live at a place."""

import json
from pathlib import Path

import pytest

from infra_registry.access import ANONYMOUS, SERVICE
from infra_registry.assets.register import register
from infra_registry.coverage.runs import life
from infra_registry.coverage.runs import store as run_store
from infra_registry.coverage.wifi import store
from infra_registry.coverage.wifi.store import GapFilter
from infra_registry.db import Database
from infra_registry.reports.wifi import export, html_report
from infra_registry.reports.wifi.consequences import rests_on
from tests.integration.wifi_city import LAT, LON, STEP, City, ask, make_city, people, zone

VENDOR = Path(__file__).parents[2] / "web/static/vendor"


@pytest.fixture
def city(database: Database) -> City:
    """A hundred people within reach of a zone; without it forty, and three."""
    with database.use_case(SERVICE) as connection:
        made = make_city(connection)
        register(connection, [zone("W1", LON - STEP)])
        people(connection, made, 100, LON - STEP, LAT + 0.001)
        people(connection, made, 40, LON + 5 * STEP)
        people(connection, made, 3, LON - 5 * STEP)
    return made


def test_no_figure_of_a_public_run_tells_of_fewer_than_five(database: Database, city: City) -> None:
    with database.use_case(SERVICE) as connection:
        people(connection, city, 2, LON - 7 * STEP)  # farther than the three, so it stands before them
        people(connection, city, 4, LON - 6 * STEP)
    code = ask(database, city.regulator)
    with database.use_case(city.regulator) as connection:
        life.publish(connection, city.regulator, code, public=True)
        own = run_store.run(connection, code)
        file = json.loads(export.to_geojson(connection, own))
    assert (own["summary"]["total"]["people_without"], file["run"]["summary"]["total"]["people"]) == (49, 149)
    assert [feature["properties"]["people"] for feature in file["features"]] == [40, 4, 3, 2]
    with database.use_case(ANONYMOUS) as connection:
        run = run_store.run(connection, code)
        assert run_store.runs(connection)[0]["summary"] == run["summary"]
        file = json.loads(export.to_geojson(connection, run))
        html_report.html(connection, run, "en", VENDOR)
        listed = store.gaps(connection, run["id"], GapFilter())
    assert (file["run"]["summary"], file["run"]["inputs_digest"]) == (run["summary"], None)
    total, districts = run["summary"]["total"], {row["code"]: row for row in run["summary"]["districts"]}
    assert (total["people"], total["people_without"], total["inhabited_without"]) == (140, 40, 4)
    assert (districts["C1W"]["people"], districts["C1W"]["people_without"]) == (100, 0)
    assert not {name for row in (total, *districts.values()) for name in row if "small" in name}
    assert ("coverage.rests.people_from_five", {}) in rests_on(run)
    assert [row["people"] for row in listed] == [40, None, None, None]
    assert [row["ordinal"] for row in listed] == [1, 2, 3, 4]
    west = [round((LON - row["lon"]) / STEP) for row in listed if row["district"] == "C1W"]
    assert west == [7, 6, 5]  # by distance, whatever their number
