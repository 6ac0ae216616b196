"""A campaign from letter to answer: the office makes and prints it, the owner answers a table, the office sees it."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from infra_registry.access import SERVICE, Role
from infra_registry.config import Settings, today
from infra_registry.db import Database
from infra_registry.duties.inforce.law import law
from tests.browser.conftest import Serve
from tests.browser.reader import Reader
from tests.integration.law_towns import building, settle
from tests.integration.rebuilding import rebuild
from tests.web.site import Site

pytestmark = pytest.mark.browser

CITIES = {"yinchuan": "640100", "yingtan": "360600"}
NUMBER = re.compile(r"L-[0-9A-Z]{8}")
LINK = re.compile(r"/answer/[0-9A-Z-]{34}")


@pytest.fixture(scope="module")
def desk_cookie(module_database: Database, settings: Settings) -> str:
    """A register with three buildings of one owner that nobody answered for, and the regulator's session."""
    with module_database.use_case(SERVICE) as connection:
        towns = settle(connection)
        for n in range(3):
            for town in CITIES:
                building(connection, towns, town, n, address=f"示例路{n + 1}号")
        rebuild(connection, law(connection))
    office = Site(module_database, settings).user(
        "office", *((Role.REGULATOR, towns.cities[town]) for town in CITIES)
    )
    cookie = office.client.get_cookie("session")
    assert cookie is not None
    return cookie.value


@pytest.fixture(scope="module")
def address(module_database: Database, serve: Serve, desk_cookie: str) -> str:
    return serve(module_database)


@pytest.fixture
def desk(browser: Browser, address: str, desk_cookie: str):
    made = Reader(browser, address, cookie=desk_cookie)
    yield made
    made.context.close()


def sound(reader: Reader) -> None:
    """No complaint of the browser, nothing asked of foreign hosts, no fault of access, no sideways scrolling."""
    assert reader.complaints == []
    assert reader.foreign == []
    assert reader.violations() == []
    assert reader.too_wide() == []


def choose(page: Page, code: str, name: str, value: str) -> None:
    page.locator(f'[name="{code}.{name}"]').select_option(value)


@pytest.mark.parametrize(("language", "town"), [("zh-Hans", "yinchuan"), ("en", "yingtan")])
def test_from_letter_to_answer(desk: Reader, phone: Reader, language: str, town: str) -> None:
    page = desk.visit(f"/campaigns/new?city={CITIES[town]}&lang={language}")
    sound(desk)
    for name, text in (("title", "关于公共建筑开放情况的征询"), ("sender", "示例局"), ("contact", "电话0000"),
                       ("answer_by", str(today() + timedelta(days=40)))):  # fmt: skip
        page.fill(f"[name={name}]", text)
    page.click("main form[action='/campaigns'] button[type=submit]")
    expect(page).to_have_url(re.compile(r"/campaigns/Z-[0-9A-Z]{8}$"))
    campaign = page.url
    sound(desk)
    page.check("#all")
    page.select_option("[name=language]", language)
    page.click("form#letters button.btn-primary")
    letter = page.locator("article.letter")
    expect(letter).to_have_count(1)
    expect(letter.locator("svg.qr")).to_be_visible()
    sound(desk)
    found, numbered = LINK.search(letter.inner_text()), NUMBER.search(letter.inner_text())
    assert found is not None
    assert numbered is not None
    number = numbered.group()

    owner = phone.visit(f"{found.group()}?lang={language}")
    sound(phone)
    owner.fill("[name=number]", number)
    owner.click("main form button[type=submit]")
    assert number == owner.locator("[data-number]").inner_text()
    sound(phone)
    owner.click("main .buttons a")
    sound(phone)
    codes = [
        row.removeprefix("r-") for row in owner.locator(".answers > li").evaluate_all("l => l.map(e => e.id)")
    ]
    assert len(codes) == 3
    wanted = owner.locator(f'[name="{codes[0]}.wanted"]')
    expect(wanted).to_be_hidden()  # only the fields of the chosen answer are shown
    choose(owner, codes[0], "answer", "refuse")
    choose(owner, codes[0], "ground", "safety")
    owner.click("button[value=check]")
    expect(owner.locator(".error-summary li")).to_have_count(2)
    sound(phone)
    owner.click(".error-summary a >> nth=0")
    owner.fill(f'[name="{codes[0]}.evidence"]', "结构鉴定书2026-14")
    owner.fill(f'[name="{codes[0]}.person"]', "后勤处张主任")
    sound(phone)
    owner.click("details.same > summary")
    choose(owner, "same", "answer", "open")
    owner.fill('[name="same.wanted"]', "屋顶")
    owner.click("button[value=fill]")
    expect(owner.locator("option[value=open]:checked")).to_have_count(2)
    owner.click("button[value=check]")
    owner.fill("[name=respondent]", "办公室李科长")
    owner.click("main form[action='/answer/send'] button[type=submit]")
    expect(owner).to_have_url(re.compile("/answer/receipt$"))
    sound(phone)

    desk.page.goto(campaign)
    desk.page.click("table.data th a")
    desk.page.goto(f"{desk.page.url}?lang={language}")
    shown = desk.page.locator("table.data").inner_text()
    assert "结构鉴定书2026-14" in shown
    assert shown.count("屋顶") == 2
    sound(desk)
    desk.visit(f"/campaigns?lang={language}")
    assert "3 / 3" in desk.page.locator("table.data").inner_text()
    sound(desk)
