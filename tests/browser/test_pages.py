"""Every kind of page as each reader sees it, wide and narrow, in both languages, with its faults counted."""

import io
import re
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser
from sqlalchemy import select, update

from infra_registry.access import SERVICE, Role
from infra_registry.areas import store as areas
from infra_registry.assets.kinds import Kind
from infra_registry.assets.tables import asset
from infra_registry.cases import filing, keys
from infra_registry.cases.drafts import Draft
from infra_registry.cases.tables import case_file
from infra_registry.cli.worker_modules import WORKER_MODULES
from infra_registry.config import Settings
from infra_registry.coverage.runs import life
from infra_registry.coverage.wifi.run_life import Question
from infra_registry.db import Database
from infra_registry.exchange import batches
from infra_registry.files import Folder, keep
from infra_registry.parties.tables import party
from tests.browser.conftest import Serve
from tests.browser.reader import Reader
from tests.conftest import SMALL
from tests.integration.wifi_city import computed
from tests.web.site import Site
from tests.worker import run_pending

pytestmark = pytest.mark.browser

WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
LANGUAGES = ("zh-Hans", "en")
POLES = "名称,用途,经度,纬度,高度（m）\n灯杆1,路灯杆,117.03,28.23,8\n灯杆2,路灯杆,117.04,28.24,900\n"
ANSWERS: dict[str, Any] = {
    "reason": "exclusive_agreement",
    "place": "示例花园",
    "district": SMALL.districts[0].code,
    "property_manager": "示例物业",
    "story": "物业不让其他运营商进场。",
    "lasting": "ongoing",
    "elsewhere": "no",
    "named": "confidential",
    "name": "李某",
    "contact": "13900000000",
    "capacity": "resident",
}
SEAT = "{1}/{0}".format(*SMALL.districts[0].seat)
MAPS = tuple(f"/map#{zoom}/{SEAT}" for zoom in (5, 11, 15))
FORMS = ("tower", "duct", "wifi_zone", "public_building")  # a point, a line, an outline, a venue
RECORDS = tuple(f"/assets/{{{kind}}}" for kind in Kind)
PAGES = {
    "anonymous": (
        *("/", "/assets", "/assets?q=qqqq", f"/areas/{SMALL.code}", "/areas", "/coverage", "/coverage/{run}"),
        *("/track", "/login", "/nowhere", *MAPS, *RECORDS, f"/map?layers=openings#11/{SEAT}"),
        *("/law", "/law/yingtan", "/law/compare", "/law/dates", "/wifi", "/duties", "/duties/opening"),
        *(f"/duties?city={SMALL.code}&effect=open", f"/duties/opening?city={SMALL.code}", "/duties?q=qqqq"),
    ),
    "regulator": (
        *("/", "/assets", *RECORDS, "/assets/new", *(f"/assets/new/{kind}" for kind in FORMS)),
        *("/assets/{tower}/edit", "/assets/{duct}/edit", "/parties", "/parties/{party}", "/parties/new"),
        *("/parties/{party}/edit", "/imports", "/imports/new", "/imports/{batch}", "/coverage"),
        *(
            "/coverage/new",
            "/coverage/{run}",
            "/consents",
            "/admin",
            "/admin/grants",
            "/admin/grants/new",
            "/account",
        ),
        *(
            "/duties",
            f"/duties/opening?city={SMALL.code}",
            "/duties/unshown",
            "/law/changes",
            "/campaigns",
            "/works",
        ),
        MAPS[1],
    ),
    "carrier": (
        "/",
        "/account",
        "/consents",
        "/duties/ask",
        f"/duties/ask?city={SMALL.code}",
        "/duties/mine",
    ),
    "owner": (
        "/",
        "/duties/mine",
        "/assets/{public_building}",
        "/assets/{public_building}/edit",
        "/admin/users",
        "/account",
    ),
    "handler": ("/", "/cases", "/cases/{case}", "/cases?state=accepted", "/cases/erasure"),
    "sysadmin": ("/", "/admin", "/admin/jobs"),
    "secadmin": (
        "/admin",
        "/admin/users",
        "/admin/users/new",
        "/admin/users/regulator",
        "/account",
        "/account/factor",
    ),
    "auditor": ("/admin/audit", "/admin/audit/verify"),
}
SHUT = {"/nowhere": 404, "/admin/users": 403}
ROLES = {
    "regulator": Role.REGULATOR,
    "owner": Role.OWNER_EDITOR,
    "carrier": Role.CARRIER_EDITOR,
    "handler": Role.CASE_HANDLER,
    "sysadmin": Role.SYSTEM_ADMIN,
    "secadmin": Role.SECURITY_ADMIN,
    "auditor": Role.AUDITOR,
}

KEEPERS = (Role.OWNER_EDITOR, Role.CARRIER_EDITOR, Role.REGULATOR)


@dataclass(frozen=True, slots=True)
class Place:
    """The product over a filled register: its address, log-ins by reader, codes by what stands for them."""

    address: str
    cookies: dict[str, str]
    codes: dict[str, str]


@pytest.fixture(scope="module")
def place(sample_database: Database, settings: Settings, serve: Serve) -> Place:
    codes = _codes(sample_database, settings)
    site = Site(sample_database, settings)
    cookies = {}
    for name, role in ROLES.items():
        owner = int(codes["owner_id"]) if role in KEEPERS else None
        found = site.user(name, (role, None), party_id=owner).client.get_cookie("session")
        assert found is not None
        cookies[name] = found.value
    return Place(serve(sample_database), cookies, codes)


def _codes(database: Database, settings: Settings) -> dict[str, str]:
    codes: dict[str, str] = {"run": computed(database, SERVICE, Question(SMALL.code))}
    with database.use_case(SERVICE) as connection:
        for kind in Kind:
            query = select(asset.c.code, asset.c.owner_id).where(asset.c.kind == kind.value)
            row = connection.execute(query.order_by(asset.c.code).limit(1)).one()
            codes[kind.value] = row.code
            if kind is Kind.PUBLIC_BUILDING:
                codes["owner_id"] = str(row.owner_id)
        codes["party"] = connection.scalars(select(party.c.code).order_by(party.c.code).limit(1)).one()
        life.publish(connection, SERVICE, codes["run"], public=True)
        filed = filing.file_report(
            connection, keys.load(settings), Draft(answers=ANSWERS), locale="zh-Hans", address="127.0.0.1"
        )
        codes["case"] = filed.number
        connection.execute(update(case_file).values(erasure_rule="expired"))
        kept = keep(settings.files_dir, Folder.UPLOADS, io.BytesIO(POLES.encode()), name="p.csv", cap=9999)
        codes["batch"] = batches.receive(connection, SERVICE, batches.Upload(kept, "kind:pole")).code
        assert areas.find(connection, SMALL.code, "gb2260")
    run_pending(database, modules=WORKER_MODULES)
    return codes


def faults(reader: Reader, language: str, status: int | None) -> list[str]:
    """What is wrong with the page as it stands, in a wide and in a narrow window."""
    page = reader.page
    found = []
    if page.get_attribute("html", "lang") != language:
        found.append(f"lang is {page.get_attribute('html', 'lang')}")
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        found += [f"{size['width']} px: stands out {what}" for what in reader.too_wide()]
        if size is WIDE or language != "en":
            found += [f"{size['width']} px: {what}" for what in reader.violations()]
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    said = [line for line in reader.complaints if not (status and f"status of {status}" in line)]
    found += said + [f"asked {url}" for url in reader.foreign]
    reader.complaints.clear()
    reader.foreign.clear()
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("who", PAGES)
def test_no_page_has_a_fault(browser: Browser, place: Place, who: str, language: str) -> None:
    reader = Reader(browser, place.address, cookie=place.cookies.get(who, ""))
    found: dict[str, list[str]] = {}
    for pattern in PAGES[who]:
        path, _, at = pattern.format(**place.codes).partition("#")
        shut = SHUT.get(path) if who != "secadmin" else None
        if at:
            reader.page.goto("about:blank")  # another place on the same map would not load the page anew
        answer = reader.page.goto(
            f"{place.address}{path}{'&' if '?' in path else '?'}lang={language}{'#' + at if at else ''}"
        )
        assert answer is not None
        assert answer.status == (shut or 200), path
        if path == "/map":
            reader.page.locator("[data-map-legend] li").first.wait_for(state="attached", timeout=90_000)
        wrong = faults(reader, language, shut)
        if wrong:
            found[pattern] = wrong
    reader.context.close()
    assert not found


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_of_a_report_has_a_fault(browser: Browser, place: Place, language: str) -> None:
    reader = Reader(browser, place.address)
    page = reader.visit(f"/report?lang={language}")
    found: dict[str, list[str]] = {"start": faults(reader, language, None)}

    def on(name: str) -> None:
        page.locator("main .buttons .btn-primary, main form .btn-primary").last.click()
        found[name] = faults(reader, language, 422 if "wrong" in name else None)

    on("what")
    on("what, wrong")
    page.check("[name=reason][value=exclusive_agreement]")
    on("where")
    page.fill("[name=place]", "示例")
    page.click("button[value=find]")
    found["where, searched"] = faults(reader, language, None)
    page.select_option("[name=district]", SMALL.districts[0].code)
    on("against")
    page.fill("[name=property_manager]", "示例物业")
    on("said")
    page.fill("[name=story]", ANSWERS["story"])
    page.check("[name=lasting][value=ongoing]")
    page.check("[name=elsewhere][value=no]")
    on("who")
    page.check("[name=named][value=anonymous]")
    page.check("[name=capacity][value=resident]")
    on("check")
    on("receipt")
    number, secret = page.inner_text("[data-number]"), page.inner_text("[data-secret]")
    page.click("main a[href='/track']")
    page.fill("[name=number]", number)
    page.fill("[name=secret]", secret)
    on("status")
    assert number in page.inner_text("h1")
    assert re.fullmatch(r"[0-9A-Z-]{24}", secret)
    reader.context.close()
    assert not {name: wrong for name, wrong in found.items() if wrong}


def test_faults_are_noticed(browser: Browser, place: Place) -> None:
    reader = Reader(browser, place.address)
    page = reader.visit("/track?lang=en")
    page.evaluate(
        """() => {
          const image = new Image(2000, 10);
          image.src = 'http://127.0.0.2:9/x.png';
          document.querySelector('main').append(image);
        }"""
    )
    page.wait_for_timeout(200)
    found = "\n".join(faults(reader, "zh-Hans", None))
    reader.context.close()
    assert "lang is en" in found
    assert "image-alt" in found
    assert "stands out" in found
    assert "Content Security Policy: img-src" in found
