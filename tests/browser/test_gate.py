"""A gate in the browser: the step is refused with its article and what opens it, the fact is kept and listed."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import text

from infra_registry.access import SERVICE, Role
from infra_registry.config import Settings
from infra_registry.db import Database
from tests.browser.conftest import Serve
from tests.browser.reader import Reader
from tests.integration.law_towns import Towns, plant, settle, works
from tests.web.site import Site, Visitor

pytestmark = pytest.mark.browser

ARTICLE = {"zh-Hans": "第13条第1款", "en": "art. 13(1)"}


@pytest.fixture(scope="module")
def towns(module_database: Database) -> Towns:
    with module_database.use_case(SERVICE) as connection:
        return settle(connection)


@pytest.fixture(scope="module")
def address(module_database: Database, serve: Serve, towns: Towns) -> str:
    assert towns.cities
    return serve(module_database)


def session(visitor: Visitor) -> str:
    cookie = visitor.client.get_cookie("session")
    assert cookie is not None
    return cookie.value


@pytest.fixture(scope="module")
def sessions(module_database: Database, settings: Settings, towns: Towns) -> dict[str, str]:
    site = Site(module_database, settings)
    city = towns.cities["jilin"]
    return {
        "editor": session(
            site.user("builder", (Role.CARRIER_EDITOR, None), party_id=towns.parties["carrier"])
        ),
        "office": session(site.user("office", (Role.REGULATOR, city))),
    }


@pytest.fixture
def editor(browser: Browser, address: str, sessions: dict[str, str]) -> Iterator[Reader]:
    made = Reader(browser, address, cookie=sessions["editor"])
    yield made
    made.context.close()


@pytest.fixture
def office(browser: Browser, address: str, sessions: dict[str, str]) -> Iterator[Reader]:
    made = Reader(browser, address, cookie=sessions["office"])
    yield made
    made.context.close()


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_put_in_use_before_acceptance(
    module_database: Database, towns: Towns, editor: Reader, office: Reader, language: str
) -> None:
    with module_database.use_case(SERVICE) as connection:
        key, _ = works(connection, towns, "jilin", ("tested",))
        code = plant(connection, towns, "jilin", project_id=key)
    page = editor.visit(f"/assets/{code}?lang={language}")
    shut = page.locator("section[aria-labelledby=move] .shut-gate").first
    expect(shut).to_contain_text(ARTICLE[language])
    expect(shut.locator("a.cite")).to_have_attribute("href", "/law/jilin#c-13.1")
    page.select_option("[name=mv_to]", "in_use")
    page.fill("[name=mv_on]", "2026-11-02")
    page.click("section[aria-labelledby=move] form button[type=submit]")
    refused = page.locator("main")
    expect(refused).to_contain_text(ARTICLE[language])
    expect(page.locator("[name=mv_as_fact]")).to_be_visible()
    assert status(module_database, code) == "building"
    # The refusal itself is the one thing the browser may complain of.
    assert [line for line in editor.complaints if "409" not in line and "422" not in line] == []
    assert editor.foreign == []

    page.select_option("[name=mv_to]", "in_use")
    page.fill("[name=mv_on]", "2026-11-02")
    page.fill("[name=mv_reason]", "抢修投用")
    page.check("[name=mv_as_fact]")
    page.click("section[aria-labelledby=move] form button[type=submit]")
    page.wait_for_url(f"**/assets/{code}*")
    assert status(module_database, code) == "in_use"
    listed = office.visit(f"/duties/unshown?lang={language}")
    row = listed.locator("main", has_text=code)
    expect(row).to_contain_text(ARTICLE[language])
    assert office.complaints == []


def status(database: Database, code: str) -> str:
    with database.use_case(SERVICE) as connection:
        return str(connection.scalar(text("SELECT status FROM asset WHERE code = :code"), {"code": code}))
