"""Coverage runs of a small zone of a town: what they tell of blurred stations and the hosts beside them."""

from typing import Any

from geoalchemy2.shape import from_shape
from shapely.geometry import MultiPolygon, Point, box
from sqlalchemy import Connection, insert, text

from infra_registry.access import SERVICE, Actor
from infra_registry.areas.tables import area, area_boundary, inhabited
from infra_registry.assets.tables import cell
from infra_registry.coverage.radio.question import Question
from infra_registry.coverage.radio.run import RADIO
from infra_registry.coverage.runs import life
from infra_registry.coverage.runs.life import Bench
from infra_registry.coverage.wifi.run_life import WIFI
from infra_registry.coverage.wifi.run_life import Question as WifiQuestion
from infra_registry.db import Database
from tests.integration.quiet_runs import silent

ZONE = "reference-zone"
WIDE = 0.03
METHODS = {"radio": RADIO, "wifi": WIFI}
QUESTIONS: dict[str, Any] = {
    "radio": Question(ZONE, step_m=200, budgets=(1,), targets=(), technologies=("4g",)),
    "wifi": WifiQuestion(ZONE),
}


def add_zone(connection: Connection, city_id: int, spot: Point, stations: list[int]) -> None:
    """A zone round the spot where people live, and a cell on each station; hosts tell how high they are."""
    values = {"scheme": "zone", "code": ZONE, "name": ZONE, "level": "zone", "parent_id": city_id}
    zone = connection.execute(insert(area).values(**values).returning(area.c.id)).scalar_one()
    outline = MultiPolygon([box(spot.x - WIDE / 2, spot.y - WIDE / 2, spot.x + WIDE / 2, spot.y + WIDE / 2)])
    connection.execute(insert(area_boundary).values(area_id=zone, geom=from_shape(outline, 4326)))
    for east, people in ((0.001, 400), (0.012, 900), (-0.012, 700)):
        there = from_shape(Point(spot.x + east, spot.y), 4326)
        connection.execute(insert(inhabited).values(area_id=zone, people=people, geom=there))
    connection.execute(insert(cell), [{"asset_id": key, "technology": "4g"} for key in stations])
    connection.execute(text("UPDATE asset_tower SET height_m = 10 + 35 * (asset_id % 2)"))


def computed(database: Database, who: Actor) -> dict[str, str]:
    """Both runs, computed and open to all: code by method."""
    codes = {}
    with database.use_case(SERVICE) as connection:
        connection.execute(text("DELETE FROM coverage_run"))
    for method, asked in QUESTIONS.items():
        with database.use_case(who) as connection:
            codes[method] = life.begin(connection, who, METHODS[method], asked)
        life.compute(METHODS[method], Bench(database, who, silent), codes[method])
        with database.use_case(who) as connection:
            life.publish(connection, who, codes[method], public=True)
    return codes


def outlets(zoom: int, x: int, y: int) -> list[tuple[str, str]]:
    """Every way a run goes out: pages, files, documents, tiles, by the method's name in braces."""
    pages = (
        "",
        "/gaps",
        "/gaps/1",
        "/remedies",
        "/sets",
        "/evidence",
        "/progress",
        "/style.json?layer=1",
        "/fields",
    )
    files = ("gap-list.csv", "radio.csv", "radio.csv?of=remedies", "radio.geojson", "radio.tif")
    layers = ("gaps", "remedies", "1", "2", "evidence/1")
    return [
        *(("coverage run", f"/coverage/{{radio}}{page}") for page in pages),
        *(("document", f"/coverage/{{radio}}/{file}") for file in (*files, "radio.html")),
        *(("tile", f"/tiles/coverage/{{radio}}/{layer}/{zoom}/{x}/{y}.mvt") for layer in layers),
        *(("coverage run", f"/coverage/{{wifi}}{page}") for page in ("", "/progress")),
        *(("document", f"/coverage/{{wifi}}/gaps.{suffix}") for suffix in ("csv", "geojson", "html")),
        *(
            ("coverage run", page)
            for page in ("/coverage", f"/coverage?area={ZONE}", "/wifi", "/wifi/key-areas")
        ),
        *(("document", f"/wifi/{file}.csv?area=360600") for file in ("zones", "areas", "quality")),
    ]
