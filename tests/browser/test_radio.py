"""Mobile coverage in the browser: a regulator asks, reads gap and remedy, publishes; the public reads on."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from infra_registry.access import Role
from infra_registry.config import Settings
from infra_registry.db import Database
from tests.browser.conftest import Serve
from tests.browser.reader import Reader
from tests.integration.radio_town import CODE, Town, make_town
from tests.web.site import Site

pytestmark = pytest.mark.browser
WORK_MS = 240_000
PARTS = ("", "/gaps", "/remedies", "/sets", "/evidence")


@pytest.fixture(scope="module")
def town(module_database: Database) -> Town:
    return make_town(module_database)


@pytest.fixture(scope="module")
def address(module_database: Database, serve: Serve, worker: None, town: Town) -> str:
    assert town.id
    return serve(module_database)


@pytest.fixture(scope="module")
def cookie(module_database: Database, settings: Settings, town: Town) -> str:
    visitor = Site(module_database, settings).user("office", (Role.REGULATOR, town.id))
    found = visitor.client.get_cookie("session")
    assert found is not None
    return found.value


@pytest.fixture
def office(browser: Browser, address: str, cookie: str) -> Iterator[Reader]:
    made = Reader(browser, address, cookie=cookie)
    yield made
    made.context.close()


@pytest.fixture(scope="module")
def run(browser: Browser, address: str, cookie: str) -> str:
    """The address of a run that the regulator asked for in the form and waited for."""
    made = Reader(browser, address, cookie=cookie)
    page = made.visit(f"/coverage/new/mobile?lang=en&area={CODE}")
    page.fill("[name=step_m]", "100")
    page.fill("[name=budget]", "1, 2")
    page.fill("[name=target]", "50")
    assert made.violations() == []
    page.click("main form button[type=submit]:not([name])")
    expect(page.locator("table.matrix")).to_be_visible(timeout=WORK_MS)
    found = page.url.split("?")[0].removeprefix(address)
    assert made.complaints == []
    made.context.close()
    return found


def drawn(page: Page) -> None:
    """Wait until the map beside the list stands."""
    page.locator("[data-radio-map][data-ready]").wait_for(state="attached", timeout=WORK_MS)


def test_the_regulator_reads_a_gap_and_its_remedy_and_publishes(
    office: Reader, reader: Reader, phone: Reader, run: str
) -> None:
    page = office.visit(f"{run}/gaps?lang=en&operator=any&technology=4g")
    drawn(page)
    row = page.locator("[data-row]").first
    row.focus()
    expect(page.locator("tr.marked")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("gap")
    expect(page.locator("table.remedies .pin").first).to_be_visible()
    drawn(page)
    assert office.violations() == []
    page = office.visit(f"{run}?lang=en&technology=4g")
    drawn(page)
    expect(page.locator(".radio-legend")).to_contain_text("dBm")
    page.click(".publish-line button")
    expect(page.locator(".publish-line button")).to_have_text("Withdraw")
    assert (office.complaints, office.foreign) == ([], [])

    for one, language in ((reader, "en"), (reader, "zh-Hans"), (phone, "zh-Hans"), (phone, "en")):
        for part in PARTS:
            page = one.visit(f"{run}{part}?lang={language}")
            assert not re.search("dBm|RSRP", page.content()), part
            assert one.violations() == [], part
            assert one.too_wide() == [], part
        assert (one.complaints, one.foreign) == ([], [])


def test_the_live_map_shows_the_published_classes(office: Reader, run: str) -> None:
    page = office.visit(f"/map?lang=en&coverage={run.rsplit('/', 1)[1]}&layers=coverage&area={CODE}")
    expect(page.locator("[data-map-coverage]")).to_be_checked()
    expect(page.locator("[data-map-legend]")).to_contain_text("Very good", timeout=WORK_MS)
    page.uncheck("[data-map-coverage]")
    expect(page).not_to_have_url(re.compile("layers="))
    assert office.complaints == []
