"""The map page in a real browser: what a reader does there, by pointer, by keyboard, on a phone, in both languages."""

import re
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from werkzeug.serving import make_server

from infra_registry import demo
from infra_registry.config import Settings
from infra_registry.db import Database
from infra_registry.demo.samples import cities
from web.app import create_app

pytestmark = pytest.mark.browser

CHROMIUM = Path("/usr/bin/chromium")
AXE = Path(__file__).resolve().parents[2] / "web" / "static" / "vendor" / "axe-core" / "axe.min.js"
ARGUMENTS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
expect.set_options(timeout=30_000)  # software rendering on a busy machine takes its time
CENTRE = "#14/35.405/116.6"  # the middle of the sample city


@pytest.fixture(scope="module")
def address(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server over one sample city."""
    demo.load(module_database, next(city for city in cities() if city.code == "370800"))
    app = create_app(Settings(var_dir=tmp_path_factory.mktemp("var")), module_database)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium of the system, drawing without a graphics card."""
    if not CHROMIUM.exists():
        pytest.skip("chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield running
        running.close()


class Reader:
    """One reader with a window, who notes what the page complains about."""

    def __init__(self, browser: Browser, address: str, width: int = 1440, height: int = 900) -> None:
        self.context = browser.new_context(viewport={"width": width, "height": height}, locale="en-GB")
        self.page: Page = self.context.new_page()
        self.page.add_init_script(path=AXE)
        self.complaints: list[str] = []
        self.foreign: list[str] = []
        self.page.on("console", lambda message: self._note(message.type, message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self._requested(request.url, address))
        self.address = address

    def _note(self, kind: str, text: str) -> None:
        if kind == "error" or "Content Security Policy" in text:
            self.complaints.append(text)

    def _requested(self, url: str, address: str) -> None:
        if not url.startswith((address, "data:", "blob:")):
            self.foreign.append(url)

    def open(self, path: str) -> Page:
        """Open a page and wait until map and list have settled."""
        self.page.goto(self.address + path)
        expect(self.page.locator("[data-map-count]")).to_contain_text(re.compile(r"\d"), timeout=90_000)
        expect(self.page.locator("[data-map-legend] li").first).to_be_attached(timeout=90_000)
        return self.page

    def violations(self) -> list[str]:
        """What axe finds."""
        found: list[str] = self.page.evaluate(
            "async rules => (await axe.run(document, {runOnly: rules})).violations"
            ".map(v => `${v.id}: ${v.nodes.map(n => n.target).join(', ')}`)",
            RULES,
        )
        return found


@pytest.fixture
def reader(browser: Browser, address: str) -> Iterator[Reader]:
    made = Reader(browser, address)
    yield made
    made.context.close()


@pytest.fixture
def phone(browser: Browser, address: str) -> Iterator[Reader]:
    made = Reader(browser, address, 390, 844)
    yield made
    made.context.close()


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_list_and_map_agree_without_a_foreign_host_or_a_complaint(reader: Reader, language: str) -> None:
    page = reader.open(f"/map?lang={language}{CENTRE}")
    found = int(re.sub(r"\D", "", page.inner_text("[data-map-count]").split("，")[0].split(" sites")[0]))
    assert found > 50
    assert page.get_attribute("html", "lang") == language
    assert page.locator(".map-rows > li").count() == 50
    assert not reader.foreign
    assert not reader.complaints
    assert not reader.violations()


def test_a_filter_stands_in_the_address_and_narrows_list_and_map(reader: Reader) -> None:
    page = reader.open(f"/map?lang=en{CENTRE}")
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
    page = reader.open(f"/map?lang=en&kind=tower{CENTRE}")
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
    page = reader.open(f"/map?lang=en{CENTRE}")
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
    page = phone.open(f"/map?lang=zh-Hans{CENTRE}")
    expect(page.locator("#map-list")).to_be_visible()
    expect(page.locator("#map-stage")).to_be_hidden()
    assert not phone.violations()
    page.click("#tab-map")
    expect(page.locator(".maplibregl-canvas")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert not phone.violations()
    assert not phone.complaints


def test_a_search_without_a_match_says_what_to_do(reader: Reader) -> None:
    page = reader.open(f"/map?lang=en{CENTRE}")
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
