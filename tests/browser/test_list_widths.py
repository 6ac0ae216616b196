"""Lists beside their map on a desk: no column is cut off at the edge of the list."""

import pytest
from playwright.sync_api import Browser

from infra_registry import demo
from infra_registry.db import Database
from tests.browser.conftest import Serve

pytestmark = pytest.mark.browser

CITY = min(demo.cities(), key=lambda item: sum(item.counts.values()))
CUT = """() => [...document.querySelectorAll('.table-scroll')]
  .filter((box) => box.scrollWidth > box.clientWidth).map((box) => [box.ariaLabel, box.clientWidth, box.scrollWidth])"""


@pytest.fixture(scope="module")
def address(module_database: Database, serve: Serve) -> str:
    demo.load(module_database, CITY)
    return serve(module_database)


@pytest.mark.parametrize("path", ["/duties", "/duties/opening"])
@pytest.mark.parametrize("lang", ["en", "zh-Hans"])
def test_every_column_fits_at_the_width_of_a_desk(
    browser: Browser, address: str, path: str, lang: str
) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(f"{address}{path}?area={CITY.code}&lang={lang}", wait_until="domcontentloaded")
    assert page.locator(".list-map tbody tr").count()
    assert page.evaluate(CUT) == []
    context.close()
