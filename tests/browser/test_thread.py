"""One thread through the whole house, by hand: a file in, on the map, gaps of two cities, a report and its answer."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from infra_registry.access import SERVICE
from infra_registry.db import Database
from infra_registry.demo.store import put_accounts
from infra_registry.parties import passwords
from tests.browser.conftest import Serve
from tests.browser.reader import Reader
from tests.conftest import SMALL

pytestmark = pytest.mark.browser

PASSWORD = "a-long-pass-phrase-2026"
LON, LAT = SMALL.districts[0].seat
SPOT = f"#15/{LAT}/{LON}"
POLE = "借道灯杆一号"
FILE = f"名称,用途,经度,纬度,高度（m）\n{POLE},路灯杆,{LON},{LAT},8\n"
MONTPELLIER = (
    ("VilleMTP_MTP_LimiteCommune.geojson", "montpellier_city"),
    ("VilleMTP_MTP_Quartiers.geojson", "montpellier_districts"),
    ("VilleMTP_MTP_EtabliPublic.geojson", "montpellier_establishments"),
)
WORK_MS = 120_000


@pytest.fixture(scope="module")
def module_database(sample_database: Database) -> Database:
    """What ``worker`` works on, too."""
    return sample_database


@pytest.fixture(scope="module")
def address(module_database: Database, serve: Serve, worker: None) -> str:
    """A server and a worker over one sample city, with a regulator and a handler."""
    hashed = passwords.hash_password(PASSWORD)
    with module_database.use_case(SERVICE) as connection:
        put_accounts(
            connection,
            [
                {"login": role, "name": role, "password_hash": hashed, "roles": (role,), "area_id": None}
                for role in ("regulator", "case_handler")
            ],
        )
    return serve(module_database)


def imported(page: Page, address: str, file: Path, mapping: str) -> None:
    """Send a file through the form, wait for its check, accept what is good and wait until it is written."""
    page.goto(f"{address}/imports/new?lang=en")
    page.set_input_files("[name=file]", file)
    page.select_option("[name=mapping]", mapping)
    page.click("main form button[type=submit]")
    page.locator("form[action$='/accept'] button").click(timeout=WORK_MS)
    expect(page.locator("form[action$='/undo']")).to_be_attached(timeout=WORK_MS)


def gaps_of(page: Page, address: str, area: str) -> str:
    """Ask for the gaps of a city through the form; the address of the finished run."""
    page.goto(f"{address}/coverage/new?lang=en")
    page.select_option("[name=area]", area)
    page.click("main form button[type=submit]")
    expect(page.locator("#districts table")).to_be_visible(timeout=WORK_MS)
    return page.url.split("?")[0]


class Tiles:
    """Tags of the tiles of assets that a page received, by address."""

    def __init__(self, page: Page) -> None:
        self.tags: dict[str, str] = {}
        page.on(
            "response",
            lambda got: (
                self.tags.update({got.url: got.headers.get("etag", "")})
                if "/tiles/assets/" in got.url and got.status == 200
                else None
            ),
        )


def on_map(reader: Reader, path: str) -> Page:
    page = reader.visit(path)
    expect(page.locator("[data-map-count]")).to_contain_text(re.compile(r"\d"), timeout=WORK_MS)
    expect(page.locator("[data-map-page][data-still]")).to_be_attached(timeout=WORK_MS)
    return page


def test_a_file_becomes_assets_on_the_map(reader: Reader, tmp_path: Path) -> None:
    reader.log_in("regulator", PASSWORD)
    tiles = Tiles(reader.page)
    page = on_map(reader, f"/map?lang=zh-Hans&kind=pole{SPOT}")
    expect(page.locator("[data-map-rows]")).not_to_contain_text(POLE)
    before = dict(tiles.tags)
    tiles.tags.clear()
    file = tmp_path / "poles.csv"
    file.write_text(FILE, "utf-8")
    imported(page, reader.address, file, "kind:pole")
    page = on_map(reader, f"/map?lang=zh-Hans&kind=pole{SPOT}")
    page.fill("#map-q", POLE)
    expect(page.locator("[data-map-page]")).to_contain_text(POLE)
    common = before.keys() & tiles.tags.keys()
    assert any(before[url] != tiles.tags[url] for url in common), (before, tiles.tags)
    page = reader.visit(f"/assets?lang=zh-Hans&q={POLE}")
    page.locator("table.data tbody th a").click()
    expect(page.locator("h1")).to_contain_text(POLE)
    assert not reader.complaints
    assert not reader.foreign


def test_gaps_of_the_sample_city_are_a_table_a_layer_and_a_report(reader: Reader) -> None:
    page = reader.log_in("regulator", PASSWORD)
    where = gaps_of(page, reader.address, SMALL.code)
    rows = page.locator("#gaps table.data tbody tr")
    assert rows.count() > 0
    assert page.locator("#districts tbody tr").count() == len(SMALL.districts) + 1
    with page.expect_download() as held:
        page.click("a[href$='/gaps.html']")
    report = Path(held.value.path()).read_text("utf-8")
    assert "</html>" in report
    assert where.rsplit("/", 1)[1] in report
    with page.expect_response(lambda got: "/tiles/gaps/" in got.url and got.status == 200, timeout=WORK_MS):
        page.click(".page-action a.btn-primary")
    expect(page.locator("[data-map-legend]")).to_contain_text("Coverage gaps", timeout=WORK_MS)
    assert not reader.complaints


def test_montpellier_has_gaps_everywhere_because_nothing_is_registered(
    reader: Reader, real_data: Path
) -> None:
    page = reader.log_in("regulator", PASSWORD)
    for name, mapping in MONTPELLIER:
        imported(page, reader.address, real_data / "montpellier" / name, mapping)
    where = gaps_of(page, reader.address, "FR-34172")
    follows = page.locator("section[aria-labelledby=follows]")
    expect(follows).to_contain_text("No WiFi zone is registered in this area")
    expect(follows).to_contain_text("not because nothing exists")
    expect(follows).to_contain_text("No instrument of this area itself is held")
    figures = [
        text.replace(",", "") for text in page.locator(".figures-row .figure-value").all_inner_texts()[:2]
    ]
    assert figures[0] == figures[1] != "0", "every venue is a gap"
    page.goto(f"{where}?lang=zh-Hans")
    expect(page.locator("section[aria-labelledby=follows]")).to_contain_text("不知道这里谁负有什么义务")
    assert not reader.complaints


def reported(page: Page) -> tuple[str, str]:
    """File an anonymous report through all pages; its number and secret."""
    page.click("main form .btn-primary")
    page.check("[name=reason][value=exclusive_agreement]")
    page.click(".buttons .btn-primary")
    page.fill("[name=place]", "示例花园")
    page.select_option("[name=district]", SMALL.districts[0].code)
    page.click(".buttons .btn-primary")
    page.fill("[name=property_manager]", "示例物业")
    page.click(".buttons .btn-primary")
    page.fill("[name=story]", "物业只让一家运营商进场。")
    page.check("[name=lasting][value=ongoing]")
    page.check("[name=elsewhere][value=no]")
    page.click(".buttons .btn-primary")
    page.check("[name=named][value=anonymous]")
    page.check("[name=capacity][value=resident]")
    page.click(".buttons .btn-primary")
    expect(page.locator("h1")).to_contain_text("核对您的举报")
    page.click(".buttons .btn-primary")
    return page.inner_text("[data-number]"), page.inner_text("[data-secret]")


def follow(page: Page, address: str, number: str, secret: str) -> None:
    page.goto(f"{address}/track?lang=zh-Hans")
    page.fill("[name=number]", number)
    page.fill("[name=secret]", secret)
    page.click("main form button[type=submit]")


def test_an_anonymous_report_is_followed_checked_and_accepted(
    browser: Browser, reader: Reader, address: str
) -> None:
    citizen = reader.visit("/report?lang=zh-Hans")
    number, secret = reported(citizen)
    follow(citizen, address, number, secret)
    expect(citizen.locator("h1")).to_contain_text("已收到")
    handler = Reader(browser, address)
    desk = handler.log_in("case_handler", PASSWORD)
    desk.goto(f"{address}/cases?lang=zh-Hans")
    desk.click(f"a:has-text('{number}')")
    expect(desk.locator("section[aria-labelledby=identity]")).to_contain_text("匿名举报，没有身份信息")
    for move, state in (("check", "初核中"), ("accept", "已受理")):
        form = desk.locator(f"form.move:has(input[value={move}])")
        form.locator("[name=said]").fill("将在十日内到现场。" if move == "accept" else "")
        form.locator("button[type=submit]").click()
        expect(desk.locator("h1")).to_contain_text(state)
        follow(citizen, address, number, secret)
        expect(citizen.locator("h1")).to_contain_text(state)
    expect(citizen.locator("main")).to_contain_text("将在十日内到现场。")
    follow(citizen, address, number, secret[:-1] + ("A" if secret[-1] != "A" else "B"))
    expect(citizen.locator("[role=alert]")).to_be_visible()
    assert not [line for line in reader.complaints if "status of 422" not in line]
    assert not handler.complaints
    handler.context.close()
