"""Lists beside their map on a desk: no column is cut off at the edge of the list."""

import pytest
from playwright.sync_api import Browser

from infra_registry.db import Database
from tests.browser.conftest import Serve
from tests.conftest import SMALL

pytestmark = pytest.mark.browser

CUT = """() => [...document.querySelectorAll('.table-scroll')]
  .filter((box) => box.scrollWidth > box.clientWidth).map((box) => [box.ariaLabel, box.clientWidth, box.scrollWidth])"""


@pytest.fixture(scope="module")
def address(sample_database: Database, serve: Serve) -> str:
    return serve(sample_database)


@pytest.mark.parametrize("path", ["/duties", "/duties/opening"])
@pytest.mark.parametrize("lang", ["en", "zh-Hans"])
def test_every_column_fits_at_the_width_of_a_desk(
    browser: Browser, address: str, path: str, lang: str
) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(f"{address}{path}?area={SMALL.code}&lang={lang}", wait_until="domcontentloaded")
    assert page.locator(".list-map tbody tr").count()
    assert page.evaluate(CUT) == []
    context.close()
