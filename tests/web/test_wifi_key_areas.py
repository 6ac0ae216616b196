"""Key public areas on the page of a free-WiFi run: figures, the list by kind, in both languages."""

from pathlib import Path

import pytest

from infra_registry.access import SERVICE
from infra_registry.assets.register import register
from infra_registry.config import Settings
from infra_registry.coverage.runs import life
from infra_registry.coverage.wifi.run_life import Question
from infra_registry.db import Database
from infra_registry.duties.key_lists import key_areas
from tests.integration.wifi_city import JINING, LAT, LON, STEP, City, computed, make_city, zone
from tests.web.site import Site

EAST, NORTH = LON + STEP, LAT + STEP
LISTED = f"""name,part,lon,lat,wkt,list_title,issued_by,issued_on,ends_on
<i>Square</i>,urban_district,,,"POLYGON (({LON} {LAT}, {EAST} {LAT}, {LON} {NORTH}, {LON} {LAT}))",L,C,2026-03-01,
Gate,urban_district,{LON - 3 * STEP},{LAT},,L,C,2026-03-01,
"""


@pytest.fixture
def city(database: Database) -> City:
    with database.use_case(SERVICE) as connection:
        made = make_city(connection, JINING)
        register(connection, [zone("W", LON, reach_m=300)])
    return made


def published(database: Database) -> str:
    code = computed(database, SERVICE, Question(JINING))
    with database.use_case(SERVICE) as connection:
        life.publish(connection, SERVICE, code, public=True)
    return code


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ("Reached in part", "Key areas without", "Surface with free WiFi", "Key public area")),
     ("zh-Hans", ("只覆盖一部分", "没有免费WiFi的重点公共区域", "免费WiFi覆盖面积", "重点公共区域"))],
)  # fmt: skip
def test_the_page_shows_listed_areas_and_filters_them(
    database: Database, tmp_path: Path, city: City, language: str, words: tuple[str, ...]
) -> None:
    with database.use_case(SERVICE) as connection:
        assert key_areas.load_file(connection, SERVICE, JINING, (LISTED.encode(), "list.csv")).written
    code = published(database)
    visitor = Site(database, Settings(var_dir=tmp_path)).visitor(language)
    whole = visitor.get(f"/coverage/{code}").get_data(as_text=True)
    for word in words:
        assert word in whole
    assert "&lt;i&gt;Square" in whole
    assert "<i>Square" not in whole
    listed = visitor.get(f"/coverage/{code}?kind=key_area&district=C1W").get_data(as_text=True)
    assert "Gate" in listed
    assert "Square" not in listed.split('id="gaps"')[1]


def test_without_a_list_the_page_says_so(database: Database, tmp_path: Path, city: City) -> None:
    code = published(database)
    visitor = Site(database, Settings(var_dir=tmp_path)).visitor("en")
    assert "No list holds on this day" in visitor.get(f"/coverage/{code}").get_data(as_text=True)
