"""The second factor as people meet it: set up by keyboard, asked for at log-in, lost, set right by two others."""

import re

import pyotp
import pytest
from playwright.sync_api import Browser, Page

from infra_registry.access import SERVICE
from infra_registry.db import Database
from infra_registry.parties import users
from tests.browser.conftest import Serve
from tests.browser.reader import Reader

pytestmark = pytest.mark.browser

PASSWORD = "a-long-pass-phrase-2026"
CODE = re.compile(r"\d\d-[0-9A-Z]{4}-[0-9A-Z]{4}")
LANGUAGES = ("en", "zh-Hans")


@pytest.fixture
def address(database: Database, serve: Serve) -> str:
    """A server with a user and two security administrators."""
    with database.use_case(SERVICE) as connection:
        for name in ("anna", "first", "second"):
            users.create(connection, SERVICE, users.NewUser(name, name, password=PASSWORD))
        for name in ("first", "second"):
            users.give_role(connection, SERVICE, name, "security_admin")
    return serve(database)


def enter(reader: Reader, login: str, language: str) -> Page:
    """Type name and password and press Enter."""
    page = reader.visit(f"/login?lang={language}")
    page.fill("[name=login]", login)
    page.fill("[name=password]", PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    return page


def send(page: Page, field: str, value: str) -> None:
    page.fill(f"main form.one-column [name={field}]", value)
    with page.expect_navigation():
        page.keyboard.press("Enter")


@pytest.mark.parametrize("language", LANGUAGES)
def test_set_up_used_lost_and_set_right(browser: Browser, address: str, language: str) -> None:
    owner, first, second = (Reader(browser, address) for _ in range(3))
    faults: dict[str, list[str]] = {}

    def look(reader: Reader, where: str) -> None:
        faults[where] = [*reader.violations(), *reader.too_wide(), *reader.foreign]

    page = enter(owner, "anna", language)
    owner.visit("/account/factor")
    look(owner, "nothing yet")
    send(page, "password", PASSWORD)
    look(owner, "to be scanned")
    app = pyotp.TOTP(page.inner_text("code.secret").replace(" ", ""))
    box = page.locator(".qr-box svg").bounding_box()
    assert box is not None
    assert box["width"] > 150
    send(page, "code", app.now())
    look(owner, "recovery codes")
    recovery = CODE.findall(page.inner_text("ol.codes"))
    assert len(recovery) == 10
    page.emulate_media(media="print")
    assert page.locator("ol.codes").is_visible()
    assert not page.locator("[name=password]").is_visible()
    page.emulate_media(media="screen")

    again = Reader(browser, address)
    page = enter(again, "anna", language)
    assert "/login/code" in page.url
    look(again, "code asked for")
    send(page, "code", "000000")
    look(again, "wrong code")
    send(page, "code", recovery[0])
    assert "/login" not in page.url

    page = enter(first, "first", language)
    first.visit("/admin/users/anna#factor")
    page.click("#factor ~ details summary")
    page.check("[name=outcome][value=sheet]")
    send(page, "reason", "seen in person")
    look(first, "asked")
    assert page.locator("[name=approve]").count() == 0
    page = enter(second, "second", language)
    second.visit("/admin/users")
    look(second, "list of requests")
    with page.expect_navigation():
        page.click("section a[href$='/admin/users/anna#factor']")
    with page.expect_navigation():
        page.locator("form:has([name=approve]) button").press("Enter")
    look(second, "approved")
    sheet = CODE.findall(page.inner_text("ol.codes"))
    assert len(sheet) == 40
    owner.visit("/account")
    assert "/login" in owner.page.url
    send(enter(owner, "anna", language), "code", sheet[0])
    owner.visit("/account/factor")
    look(owner, "told")
    assert {where: found for where, found in faults.items() if found} == {}
    for reader in (owner, first, second, again):
        reader.context.close()
