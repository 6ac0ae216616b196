"""Key public areas as gaps of free WiFi, what the law of the place makes of them, and whose people are counted."""

import csv
import io
import json
from datetime import date, timedelta
from math import pi
from pathlib import Path

import pytest
from click.testing import CliRunner
from geoalchemy2.shape import from_shape
from shapely.geometry import MultiPolygon, Point, box
from sqlalchemy import Connection, insert, text

from infra_registry.access import ANONYMOUS, SERVICE
from infra_registry.areas.ground_store import outline
from infra_registry.areas.tables import inhabited, source
from infra_registry.assets.register import register
from infra_registry.cli import coverage as cli
from infra_registry.coverage.demand.tables import population_zone
from infra_registry.coverage.grids.frame import frame_of
from infra_registry.coverage.runs import life
from infra_registry.coverage.runs import store as run_store
from infra_registry.coverage.wifi import input_store, store
from infra_registry.coverage.wifi.defaults import wifi
from infra_registry.coverage.wifi.law_lookup import of_wifi
from infra_registry.coverage.wifi.reach import Zone
from infra_registry.coverage.wifi.run_life import Question
from infra_registry.coverage.wifi.store import GapFilter
from infra_registry.coverage.wifi.surface import reached, surface
from infra_registry.db import Database
from infra_registry.duties.key_lists import key_areas
from infra_registry.reports.wifi import export, html_report
from infra_registry.reports.wifi.consequences import follows, rests_on
from tests.integration.wifi_city import JINING, LAT, LON, STEP, City, computed, make_city, zone

VENDOR = Path(__file__).parents[2] / "web/static/vendor"
ISSUED = date(2026, 3, 1)
DAY = date(2026, 11, 1)
SIDE_M = (907.6, 1109.5)  # of a hundredth of a degree at this latitude: east, north
HEADS = "name,part,lon,lat,wkt,list_title,issued_by,issued_on,ends_on"
EAST, NORTH = LON + STEP, LAT + STEP
SQUARE = f'"POLYGON (({LON} {LAT}, {EAST} {LAT}, {EAST} {NORTH}, {LON} {NORTH}, {LON} {LAT}))"'


def load(database: Database, city: City, code: str, *, ends: str = "", sample: bool = False) -> None:
    """A square in the east, a point in the west that nothing reaches, a point in the east beside a zone."""
    tail = f"The <list>,City,{ISSUED},{ends}"
    rows = [
        HEADS,
        f"Square,urban_district,,,{SQUARE},{tail}",
        f"West gate,urban_district,{LON - 3 * STEP},{LAT},,{tail}",
        f"East gate,urban_district,{LON + 5 * STEP},{LAT},,{tail}",
    ]
    with database.use_case(city.regulator) as connection:
        content = ("\n".join(rows).encode(), "list.csv")
        assert key_areas.load_file(connection, city.regulator, code, content).written
    if sample:
        with database.use_case(SERVICE) as connection:
            connection.execute(text("UPDATE key_area SET sample = true"))


def made(database: Database, code: str = JINING, reach_m: float = 300) -> City:
    """A zone in the corner of the square, one at the eastern gate, one that is not free at the western."""
    with database.use_case(SERVICE) as connection:
        city = make_city(connection, code)
        register(
            connection,
            [zone("corner", LON, reach_m=reach_m), zone("gate", LON + 5 * STEP),
             zone("paid", LON - 3 * STEP, free=False)],
        )  # fmt: skip
    return city


def ask(database: Database, city: City, code: str = JINING, on: date = DAY) -> str:
    return computed(database, city.regulator, Question(code, as_of=on))


def told(connection: Connection, code: str) -> list[str]:
    run = run_store.run(connection, code)
    said = follows(run["summary"], of_wifi(connection, run["area_id"], run["as_of"]), "en")
    return [item.key.rsplit(".", 1)[1] for item in said]


@pytest.fixture
def city(database: Database) -> City:
    return made(database)


def test_listed_areas_without_a_zone_and_reached_in_part_are_gaps(database: Database, city: City) -> None:
    load(database, city, JINING)
    code = ask(database, city)
    with database.use_case(city.regulator) as connection:
        run = run_store.run(connection, code)
        west, square = store.gaps(connection, run["id"], GapFilter(kind="key_area"))
        assert store.count(connection, run["id"], GapFilter(kind="key_area", district="C1W")) == 1
        life.publish(connection, city.regulator, code, public=True)
    assert (west["key_area_name"], west["zones_in_reach"], west["share"]) == ("West gate", 0, None)
    assert west["nearest_m"] == pytest.approx(3 * SIDE_M[0], rel=0.01)
    assert (square["key_area_name"], square["zones_in_reach"], square["nearest_m"]) == ("Square", 1, 0)
    assert square["share"] == pytest.approx(pi * 300**2 / 4 / (SIDE_M[0] * SIDE_M[1]), abs=0.002)
    keyed = run["summary"]["key_areas"]
    assert keyed["total"] == {"areas": 3, "without": 1, "partly": 1}
    assert [(row["code"], row["areas"], row["without"], row["partly"]) for row in keyed["districts"]] == [
        ("C1E", 2, 0, 1),
        ("C1W", 1, 1, 0),
    ]
    with database.use_case(ANONYMOUS) as connection:
        run = run_store.run(connection, code)
        assert told(connection, code)[:3] == ["clause", "key_areas", "clause"]
        assert "key_areas_without" in told(connection, code)
        table = export.to_csv(connection, run, GapFilter(kind="key_area"), "en")
        whole = json.loads(export.to_geojson(connection, run))
        page = html_report.html(connection, run, "en", VENDOR)
    rows = list(csv.DictReader(io.StringIO(table.removeprefix("\ufeff"))))
    assert [(row["Kind"], row["Key area name"]) for row in rows] == [
        ("Key public area", "West gate"),
        ("Key public area", "Square"),
    ]
    shapes = {item["properties"]["key_area_name"]: item["geometry"]["type"] for item in whole["features"]}
    assert shapes == {"West gate": "Point", "Square": "Polygon"}
    assert "West gate" in page
    assert "Reached in part" in page
    assert "<list>" not in page


def test_an_area_reached_everywhere_is_no_gap_and_a_district_has_its_own(database: Database) -> None:
    city = made(database, reach_m=1900)
    load(database, city, JINING)
    code, part = ask(database, city), ask(database, city, "C1E")
    with database.use_case(city.regulator) as connection:
        run, of_part = run_store.run(connection, code), run_store.run(connection, part)
        rows = store.gaps(connection, run["id"], GapFilter())
        assert told(connection, part).count("key_areas_all") == 1
    assert [row["key_area_name"] for row in rows] == ["West gate"]
    assert of_part["summary"]["key_areas"]["total"] == {"areas": 2, "without": 0, "partly": 0}


def test_only_the_list_of_the_day_counts_and_only_where_the_law_asks(database: Database, city: City) -> None:
    load(database, city, JINING, ends="2026-06-30")
    none, held = ask(database, city), ask(database, city, on=date(2026, 6, 30))
    with database.use_case(city.regulator) as connection:
        assert run_store.run(connection, none)["summary"]["key_areas"] is None
        assert run_store.run(connection, held)["summary"]["key_areas"]["total"]["areas"] == 3
        assert "key_areas_no_list" in told(connection, none)
        digests = {run_store.run(connection, code)["inputs_digest"] for code in (none, held)}
    assert len(digests) == 2


def test_where_no_instrument_asks_the_list_is_counted_and_nothing_follows(database: Database) -> None:
    city = made(database, "640100")
    load(database, city, "640100")
    code = ask(database, city, "640100")
    with database.use_case(city.regulator) as connection:
        run = run_store.run(connection, code)
        assert run["summary"]["key_areas"]["total"]["without"] == 1
        assert not [key for key in told(connection, code) if "key_areas" in key]


def test_a_list_taken_back_leaves_the_run_and_samples_take_theirs_with_them(
    database: Database, city: City
) -> None:
    load(database, city, JINING)
    code = ask(database, city)
    with database.use_case(city.regulator) as connection:
        run = run_store.run(connection, code)
        assert key_areas.undo(connection, city.regulator, JINING, ISSUED) == 3
        assert store.count(connection, run["id"], GapFilter()) == 0
    load(database, city, JINING, sample=True)
    second = ask(database, city)
    with database.use_case(SERVICE) as connection:
        assert {row["code"] for row in run_store.runs(connection)} == {code, second}
        connection.execute(text("SELECT remove_samples()"))
        assert {row["code"] for row in run_store.runs(connection)} == {code}


def test_two_sets_of_people_are_not_added(database: Database, city: City) -> None:
    def places(connection: Connection, name: str, people: int, days: int) -> None:
        made_source = (
            insert(source).values(code=name, title=f"Count {name}", provider="x").returning(source.c.id)
        )
        when = text("SELECT now() - CAST(:days AS int) * interval '1 day'")
        values = {
            "area_id": city.id,
            "people": people,
            "source_id": connection.scalar(made_source),
            "recorded_at": connection.scalar(when, {"days": days}),
        }
        geom = from_shape(Point(LON - 5 * STEP, LAT), 4326)
        connection.execute(insert(inhabited).values(**values, geom=geom))

    with database.use_case(SERVICE) as connection:
        places(connection, "old", 700, 30)
        places(connection, "new", 60, 1)
        ground = from_shape(MultiPolygon([box(LON - STEP, LAT - STEP, LON, LAT)]), 4326)
        connection.execute(
            insert(population_zone).values(area_id=city.id, people=9000, basis="census", geom=ground)
        )
    code = computed(database, city.regulator, Question(JINING, as_of=DAY + timedelta(days=1)))
    with database.use_case(city.regulator) as connection:
        run = run_store.run(connection, code)
    assert (run["summary"]["total"]["people"], run["summary"]["total"]["people_without"]) == (60, 60)
    rests = dict(rests_on(run))
    assert rests["coverage.rests.people_one"] == {"area": JINING, "places": 1, "source": "Count new"}
    assert rests["demand.basis.aside"] == {"count": 1}
    assert rests["coverage.rests.people_other"] == {"count": 1}


def test_the_command_shows_key_areas(
    database: Database, city: City, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    load(database, city, JINING)
    code = ask(database, city)
    monkeypatch.setattr("infra_registry.cli.session.open_database", lambda: database)
    shown = CliRunner().invoke(cli.coverage, ["show", code])
    assert shown.exit_code == 0, shown.output
    assert "West gate" in shown.output
    assert "7.0 %" in shown.output
    target = tmp_path / "gaps.csv"
    assert CliRunner().invoke(cli.coverage, ["export", code, "--to", str(target)]).exit_code == 0
    assert "Square" in target.read_text("utf-8")


def test_free_wifi_is_a_class_of_its_own_on_the_ground(database: Database, city: City) -> None:
    load(database, city, JINING)
    code = computed(database, city.regulator, Question(JINING, as_of=DAY))
    with database.use_case(city.regulator) as connection:
        run = run_store.run(connection, code)
        shape = outline(connection, city.id, DAY)
        assert shape is not None
        ground = run["summary"]["surface"]
        frame = frame_of(shape, ground["cell_m"])
        zones = input_store.zones(connection, city.id, DAY).free
    cells = reached(frame, zones, wifi().default_reach_m) & frame.mask(shape)
    assert ground["reached_m2"] == int(cells.sum()) * frame.cell_m2
    assert ground["reached_m2"] == pytest.approx(pi * (300**2 + 200**2), rel=0.05)
    shown = dict(rests_on(run))["coverage.rests.surface"]
    assert shown == {"share": f"{100 * ground['reached_m2'] / ground['total_m2']:.1f}", "cell_m": 50}


def test_a_zone_drawn_as_an_area_serves_no_more_than_it_covers() -> None:
    lon, lat = LON, LAT
    park = Zone("W", box(lon, lat, lon + STEP, lat + STEP))
    found = surface(box(lon - STEP, lat, lon + STEP, lat + STEP), [park], 1000)
    assert found is not None
    assert found["reached_m2"] / found["total_m2"] == pytest.approx(0.5, abs=0.03)
    assert surface(box(0, 89.9, 1, 90), [park], 1000) is None


def test_sets_of_the_districts_count_together_when_the_city_has_none(database: Database, city: City) -> None:
    with database.use_case(SERVICE) as connection:
        for area_id, lon, count in ((city.west, LON - 5 * STEP, 30), (city.east, LON + 8 * STEP, 12)):
            geom = from_shape(Point(lon, LAT), 4326)
            connection.execute(insert(inhabited).values(area_id=area_id, people=count, geom=geom))
    whole, part = ask(database, city), ask(database, city, "C1E")
    with database.use_case(city.regulator) as connection:
        run, of_part = run_store.run(connection, whole), run_store.run(connection, part)
    assert run["summary"]["total"]["people"] == 42
    assert dict(rests_on(run))["coverage.rests.people_many_unnamed"] == {"areas": 2, "places": 2}
    assert of_part["summary"]["total"]["people"] == 12
    assert dict(rests_on(of_part))["coverage.rests.people_one_unnamed"] == {"area": "C1E", "places": 1}
