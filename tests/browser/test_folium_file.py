"""The offline map in a real browser: opened from disk, no network, the same features as the list."""

from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import text

from infra_registry.access import ANONYMOUS, SERVICE, Actor
from infra_registry.db import Database
from infra_registry.documents import Feature, Layer, Meta, Symbol, map_html
from infra_registry.publish import assets
from infra_registry.publish.query import Query
from infra_registry.reports.map_document import offline_map
from tests.conftest import SMALL

pytestmark = pytest.mark.browser

VENDOR = Path(__file__).resolve().parents[2] / "web" / "static" / "vendor"
HOSTILE = [
    "</script><script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "a\u2028b",
]


@pytest.fixture(scope="module")
def city(sample_database: Database) -> Database:
    return sample_database


class Opened:
    """A page opened from disk, with everything it asked for and complained about."""

    def __init__(self, browser: Browser, html: str, folder: Path) -> None:
        (folder / "map.html").write_text(html, "utf-8")
        self.page: Page = browser.new_context(offline=True).new_page()
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda line: self.complaints.append(line.text))
        self.page.goto((folder / "map.html").as_uri())
        self.page.wait_for_selector("html.scripted")

    def hosts(self) -> list[str]:
        return [url for url in self.asked if not url.startswith(("data:", "file:"))]


@pytest.mark.parametrize("actor", [ANONYMOUS, SERVICE], ids=["public", "whole"])
def test_file_shows_the_features_of_the_list(
    city: Database, browser: Browser, tmp_path: Path, actor: Actor
) -> None:
    query = Query(area=SMALL.code)
    with city.use_case(actor) as connection:
        listed = {item.values["code"]: item for item in assets.stream(connection, actor, query)}
        made = offline_map(connection, actor, query, locale="zh-Hans", vendor=VENDOR)
    opened = Opened(browser, made.html, tmp_path)
    drawn = opened.page.evaluate("registryPlaces.size")
    codes = opened.page.eval_on_selector_all(
        "table.features tbody tr", "rows => rows.map(r => r.cells[2].textContent)"
    )
    assert made.count == len(listed) == drawn == len(codes)
    assert set(codes) == set(listed)
    assert opened.hosts() == []
    assert opened.complaints == []


def test_public_file_blurs_as_the_list_does(city: Database, browser: Browser, tmp_path: Path) -> None:
    query = Query(area=SMALL.code, kinds=("duct",))
    with city.use_case(ANONYMOUS) as connection:
        made = offline_map(connection, ANONYMOUS, query, locale="en", vendor=VENDOR)
    with city.use_case(SERVICE) as connection:
        exact = connection.scalars(
            text(
                """SELECT ST_X(ST_StartPoint(p.geom))::text FROM asset_place p WHERE kind = 'duct' AND level = 'exact'
                    AND access_class <> 'P1' AND NOT EXISTS (SELECT 1 FROM asset_place o WHERE o.kind = 'duct'
                      AND o.level = 'exact' AND o.access_class = 'P1' AND ST_Intersects(o.geom, p.geom))"""
            )
        ).all()
    assert made.count > 0
    assert not [number for number in exact if number in made.html]
    assert made.html.split("registryLayer({", 2)[-1].count("LineString") == 1  # of the duct that is open


def test_click_on_a_row_finds_it_on_the_map(city: Database, browser: Browser, tmp_path: Path) -> None:
    with city.use_case(ANONYMOUS) as connection:
        made = offline_map(
            connection, ANONYMOUS, Query(area=SMALL.code, kinds=("tower",)), locale="en", vendor=VENDOR
        )
    page = Opened(browser, made.html, tmp_path).page
    row = page.locator("table.features tbody tr").nth(2)
    row.locator("button").click()
    popup = page.locator(".leaflet-popup .facts")
    popup.wait_for()
    assert popup.locator("strong").text_content() == row.locator("button").text_content()


def test_layers_can_be_switched_off(city: Database, browser: Browser, tmp_path: Path) -> None:
    with city.use_case(ANONYMOUS) as connection:
        made = offline_map(
            connection, ANONYMOUS, Query(area=SMALL.code, kinds=("tower", "pole")), locale="en", vendor=VENDOR
        )
    page = Opened(browser, made.html, tmp_path).page
    boxes = page.locator(".leaflet-control-layers-selector")
    assert boxes.count() == 2
    for box in (boxes.nth(0), boxes.nth(1)):
        box.uncheck()
    assert page.locator(".leaflet-marker-icon").count() == 0


def test_hostile_names_stay_text(browser: Browser, tmp_path: Path) -> None:
    symbol = Symbol('<svg xmlns="http://www.w3.org/2000/svg"/>', "#000", "#000")
    point = {"type": "Point", "coordinates": [116.5, 35.5]}
    features = tuple(Feature(name, point, symbol, (name,)) for name in HOSTILE)
    layer = Layer(HOSTILE[1], (HOSTILE[1],), features, clustered=False)
    html = map_html("title", (layer,), "en", Meta(date(2026, 11, 22)), vendor=VENDOR)
    opened = Opened(browser, html, tmp_path)
    for name in range(len(HOSTILE)):
        opened.page.locator("table.features button").nth(name).click()
        opened.page.wait_for_function(
            "text => document.querySelector('.leaflet-popup strong')?.textContent === text", arg=HOSTILE[name]
        )
    assert opened.page.title() == "title"
    assert (
        opened.page.eval_on_selector_all("table.features button", "all => all.map(b => b.textContent)")
        == HOSTILE
    )
    assert opened.hosts() == []
    assert opened.complaints == []
