"""The map page in a real browser: what a reader does there, by pointer, by keyboard, on a phone, in both languages."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from infra_registry import demo
from infra_registry.db import Database
from infra_registry.demo.samples import cities
from tests.browser.conftest import Serve
from tests.browser.reader import Reader

pytestmark = pytest.mark.browser

CENTRE = "#14/35.405/116.6"  # the middle of the sample city


@pytest.fixture(scope="module")
def address(module_database: Database, serve: Serve) -> str:
    """A server over one sample city."""
    demo.load(module_database, next(city for city in cities() if city.code == "370800"))
    return serve(module_database)


def opened(reader: Reader, path: str) -> Page:
    """Open a page and wait until map and list have settled."""
    page = reader.visit(path)
    expect(page.locator("[data-map-count]")).to_contain_text(re.compile(r"\d"), timeout=90_000)
    expect(page.locator("[data-map-legend] li").first).to_be_attached(timeout=90_000)
    return page


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_list_and_map_agree_without_a_foreign_host_or_a_complaint(reader: Reader, language: str) -> None:
    page = opened(reader, f"/map?lang={language}{CENTRE}")
    found = int(re.sub(r"\D", "", page.inner_text("[data-map-count]").split("，")[0].split(" sites")[0]))
    assert found > 50
    assert page.get_attribute("html", "lang") == language
    assert page.locator(".map-rows > li").count() == 50
    assert not reader.foreign
    assert not reader.complaints
    assert not reader.violations()


def test_a_filter_stands_in_the_address_and_narrows_list_and_map(reader: Reader) -> None:
    page = opened(reader, f"/map?lang=en{CENTRE}")
    before = page.inner_text("[data-map-count]")
    page.click(".map-filters summary:has-text('Kind')")
    page.check(".map-filters input[value=tower]")
    expect(page.locator("[data-map-count]")).not_to_have_text(before)
    assert "kind=tower" in page.url
    legend = page.locator("[data-map-legend] ul").first.locator("li")
    expect(legend).to_have_count(1, timeout=60_000)
    expect(legend).to_contain_text("Towers")
    assert "kind=tower" in (page.get_attribute("[data-map-list-link]", "href") or "")
    page.keyboard.press("Escape")
    page.click("[data-map-chips] button:has-text('Tower')")
    expect(page.locator("[data-map-count]")).to_have_text(before)


def test_enter_opens_the_centre_and_escape_goes_back_to_the_map_and_out_of_it(reader: Reader) -> None:
    page = opened(reader, f"/map?lang=en&kind=tower{CENTRE}")
    page.locator("[data-map-rows] .map-row-show").first.click()
    panel = page.locator("[data-map-panel]")
    expect(panel).to_contain_text("Open the record")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(page.locator("[data-map-page][data-still]")).to_be_attached(timeout=90_000)
    page.locator(".maplibregl-canvas").focus()
    page.keyboard.press("Enter")
    expect(panel).to_be_visible()
    page.keyboard.press("Escape")
    page.locator(".maplibregl-canvas").focus()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.closest('.map-rows') !== null")


def test_an_area_can_be_typed_and_what_is_inside_is_listed(reader: Reader) -> None:
    page = opened(reader, f"/map?lang=en{CENTRE}")
    page.evaluate("addEventListener('area:drawn', event => { window.drawn = event.detail; })")
    page.click("[data-tool=draw]")
    page.fill("#map-coordinates", "116.59,35.40\n116.61,35.40\nhere")
    page.click("[data-map-panel] button:has-text('Apply')")
    expect(page.locator("[data-map-panel] [role=alert]")).to_contain_text("Line 3")
    page.fill("#map-coordinates", "116.59,35.40\n116.61,35.40\n116.61,35.41\n116.59,35.41")
    page.click("[data-map-panel] button:has-text('Apply')")
    assert page.evaluate("window.drawn.area_km2") == pytest.approx(2.015, abs=0.02)
    page.click("text=List what is inside")
    expect(page.locator("[data-map-scope]")).to_contain_text("2.02 km²")
    assert not reader.violations()


def test_a_phone_shows_the_list_first_and_the_map_on_a_tab(phone: Reader) -> None:
    page = opened(phone, f"/map?lang=zh-Hans{CENTRE}")
    expect(page.locator("#map-list")).to_be_visible()
    expect(page.locator("#map-stage")).to_be_hidden()
    assert not phone.violations()
    page.click("#tab-map")
    expect(page.locator(".maplibregl-canvas")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert not phone.violations()
    assert not phone.complaints


def test_a_search_without_a_match_says_what_to_do(reader: Reader) -> None:
    page = opened(reader, f"/map?lang=en{CENTRE}")
    page.fill("#map-q", "qqqqqq")
    page.press("#map-q", "Enter")
    expect(page.locator("[data-map-panel]")).to_contain_text("Check the code")


def test_without_webgl_the_list_still_works(browser: Browser, address: str) -> None:
    reader = Reader(browser, address)
    reader.page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null;")
    reader.page.goto(f"{address}/map?lang=en&kind=tower")
    expect(reader.page.locator("[data-map-count]")).to_contain_text("sites found", timeout=60_000)
    expect(reader.page.locator("[data-map-canvas]")).to_contain_text("The list works")
    reader.context.close()
