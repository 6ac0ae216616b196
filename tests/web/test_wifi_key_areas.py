"""Key public areas on the page of a free-WiFi run: figures, the list by kind, in both languages."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text

from infra_registry.access import SERVICE, Role
from infra_registry.assets import reference, withholding
from infra_registry.assets.register import register
from infra_registry.config import Settings
from infra_registry.coverage.runs import life
from infra_registry.coverage.wifi.run_life import Question
from infra_registry.db import Database
from infra_registry.duties.key_lists import key_areas
from tests.integration.wifi_city import JINING, LAT, LON, STEP, City, computed, make_city, zone
from tests.web.site import Site, Visitor

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


ZONES_CLOSED = f"""area = "{JINING}"
basis = "A city that keeps closed whether its zones are free."
[common]
fields = {{ code = "P1", kind = "P1", status = "P1", name = "P1" }}
[kind.wifi_zone]
class = "P1"
fields = {{ free = "P3", reach_m = "P1" }}
"""


REVIEW = date(2027, 6, 1)
STATES = ("Has a free zone", "Without a free zone", "Not shown")
HAS, _, UNKNOWN = STATES


def states(visitor: Visitor) -> set[str]:
    """What the listed areas are said to have, by the table; the pages say the same of the square."""
    table, listed, city = (
        visitor.get(f"{path}?area={JINING}").get_data(as_text=True)
        for path in ("/wifi/areas.csv", "/wifi/key-areas", "/wifi")
    )
    assert (HAS in table) == (HAS in listed) == ("Square" not in city.split('id="areas"')[1])
    return {state for state in STATES if state in table}


def test_a_withheld_zone_counts_for_nobody(database: Database, tmp_path: Path, city: City) -> None:
    """The state of a key area is public; what nobody may know of cannot make it one with free WiFi."""
    with database.use_case(SERVICE) as connection:
        assert key_areas.load_file(connection, SERVICE, JINING, (LISTED.encode(), "list.csv")).written
    site = Site(database, Settings(var_dir=tmp_path))
    assert HAS in states(site.visitor())
    with database.use_case(city.regulator) as connection:
        row = connection.execute(text("SELECT code, version FROM asset WHERE kind = 'wifi_zone'")).one()
        withholding.withhold(
            connection,
            city.regulator,
            row.code,
            row.version,
            reason="Guards a site",
            review_on=REVIEW,
        )
    assert HAS not in states(site.visitor())


def test_hidden_fields_of_zones_leave_the_state_of_an_area_open(
    database: Database, tmp_path: Path, city: City
) -> None:
    with database.use_case(SERVICE) as connection:
        assert key_areas.load_file(connection, SERVICE, JINING, (LISTED.encode(), "list.csv")).written
        (tmp_path / "jining.toml").write_text(ZONES_CLOSED, "utf-8")
        reference.load_publication(connection, tmp_path)
    site = Site(database, Settings(var_dir=tmp_path))
    assert states(site.visitor()) == {UNKNOWN}
    regulator = site.user("regulator-web", (Role.REGULATOR, city.id), language="en")
    assert HAS in states(regulator)
