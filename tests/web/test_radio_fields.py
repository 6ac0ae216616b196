"""The page that sets predicted beside measured field strength: for whoever sees the run's cells, and nobody else."""

import pytest
from sqlalchemy import insert

from infra_registry.access import SERVICE, Role
from infra_registry.coverage.evidence.tables import coverage_measurement
from infra_registry.db import Database
from tests.integration.computed_town import Computed
from tests.integration.radio_town import LAT, LON
from tests.web.site import Site


@pytest.fixture
def database(computed: Computed) -> Database:
    return computed.database


def measured(database: Database, *ways: float) -> None:
    """Sites east of the first station, each with a level at 1840 MHz."""
    rows = [
        {
            "method": "field_strength",
            "environment": "outdoor",
            "measured_on": "2024-05-01",
            "field_v_m": 0.1 + index / 10,
            "ref": f"m{index}",
            "service_stated": "mobile",
            "band_low_mhz": 1805.0,
            "band_high_mhz": 1880.0,
            "geom": f"SRID=4326;POINT({LON - 0.030 + way} {LAT})",
        }
        for index, way in enumerate(ways)
    ]
    with database.use_case(SERVICE) as connection:
        connection.execute(insert(coverage_measurement), rows)


def test_a_poor_result_is_shown_as_it_is(database: Database, site: Site, computed: Computed) -> None:
    town, code = computed.town, computed.code
    regulator = site.user("regina", (Role.REGULATOR, town.id))
    nothing = regulator.get(f"/coverage/{code}/fields").get_data(as_text=True)
    assert "No field strengths were measured in this area" in nothing
    assert f'href="/coverage/{code}/fields"' in regulator.get(f"/coverage/{code}/evidence").get_data(
        as_text=True
    )
    measured(database, 0.001, 0.002, 0.004)
    answer = regulator.get(f"/coverage/{code}/fields")
    assert answer.status_code == 200
    text = answer.get_data(as_text=True)
    assert "3 measured sites" in text
    assert "Nothing in the model is tuned to the measurements" in text
    assert "Rank correlation" in text
    chinese = site.user("hua", (Role.REGULATOR, town.id), language="zh-Hans")
    assert "模型没有按实测调整" in chinese.get(f"/coverage/{code}/fields").get_data(as_text=True)


def test_it_is_not_for_those_who_see_classes_alone(
    database: Database, site: Site, computed: Computed
) -> None:
    measured(database, 0.001)
    assert site.visitor().get(f"/coverage/{computed.code}/fields").status_code == 404
