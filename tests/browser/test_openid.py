"""Log-in through a real identity provider: a stranger is told what to do, an administrator binds him, he comes in."""

import dataclasses
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from infra_registry.access import SERVICE
from infra_registry.config import Settings
from infra_registry.db import Database
from infra_registry.parties import users
from tests.browser.conftest import serving
from tests.browser.reader import Reader
from tests.provider import real

pytestmark = pytest.mark.browser

PASSWORD = "a-long-pass-phrase-2026"
SUBJECT = "张三-4711"


@pytest.fixture
def address(database: Database, settings: Settings) -> Iterator[str]:
    """A server with a user and a security administrator, beside a provider."""
    with database.use_case(SERVICE) as connection:
        for name in ("anna", "admin"):
            users.create(connection, SERVICE, users.NewUser(name, name, password=PASSWORD))
        users.give_role(connection, SERVICE, "admin", "security_admin")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with real(f"http://127.0.0.1:{port}/login/openid/back") as provider:
        named = dataclasses.replace(provider, name="市统一身份认证平台")
        with serving(database, dataclasses.replace(settings, openid=named), port) as address:
            yield address


def through_the_provider(page: Page, address: str) -> None:
    """From its log-in form through its consent back to us, where it asks."""
    page.click("a[href^='/login/openid']")
    if page.locator("[name=login]").count() and not page.url.startswith(address):
        page.fill("[name=login]", SUBJECT)
        page.fill("[name=password]", "any")
        page.click("[type=submit]")
    if not page.url.startswith(address):
        page.click("[type=submit]")
    page.wait_for_url(f"{address}/**")


def look(reader: Reader, name: str, language: str, width: int) -> list[str]:
    """What is wrong with the page; a picture of it where ``SCREENSHOTS`` names a folder."""
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        reader.page.screenshot(path=Path(folder) / f"openid-{name}-{language}-{width}.png", full_page=True)
    return [*reader.violations(), *reader.too_wide()]


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_a_stranger_becomes_a_user(browser: Browser, address: str, language: str, width: int) -> None:
    stranger, admin = (Reader(browser, address, width) for _ in range(2))
    faults: dict[str, list[str]] = {}
    page = stranger.visit(f"/login?lang={language}&next=/account")
    faults["log-in"] = look(stranger, "log-in", language, width)
    through_the_provider(page, address)
    faults["stranger"] = look(stranger, "stranger", language, width)
    assert page.inner_text("main code.secret") == SUBJECT

    desk = admin.log_in("admin", PASSWORD)
    admin.visit(f"/admin/users/anna?lang={language}#provider")
    desk.fill("[name=subject]", SUBJECT)
    with desk.expect_navigation():
        desk.keyboard.press("Enter")
    faults["bound"] = look(admin, "bound", language, width)
    assert desk.input_value("[name=subject]") == SUBJECT

    stranger.visit(f"/login?lang={language}&next=/account")
    through_the_provider(page, address)
    assert page.url == f"{address}/account"
    assert "anna" in page.content()
    assert {where: wrong for where, wrong in faults.items() if wrong} == {}
    assert [word for word in stranger.complaints if not word.startswith("Failed to load")] == []
    for reader in (stranger, admin):
        reader.context.close()
