"""Pages on free WiFi: what the public, a regulator and a stranger are told; the list from a file; hostile addresses."""

import io
from typing import Any

import pytest
from shapely.geometry import Point
from sqlalchemy import text

from infra_registry.access import SERVICE, Role
from infra_registry.assets.draft import Draft
from infra_registry.assets.kinds import Kind, Status
from infra_registry.assets.register import register
from infra_registry.db import Database
from infra_registry.duties.key_lists import key_areas
from infra_registry.duties.key_lists.key_area_reading import read_list
from tests.integration.test_key_areas import rows_of, table
from tests.integration.wifi_city import JINING, LAT, LON, STEP, City, add_area, make_city, venue, zone
from tests.web.site import Site, Visitor

MEASURED: dict[str, Any] = {
    "measured_down_mbps": 40,
    "measured_up_mbps": 10,
    "measured_latency_ms": 20,
    "measured_on": "2026-05-01",
}
RECORD: dict[str, Any] = {"security_measures": True, "login_manner": "phone_code"}


@pytest.fixture
def city(database: Database) -> City:
    with database.use_case(SERVICE) as connection:
        made = make_city(connection, JINING)
        register(
            connection,
            [
                venue("clinic", LON - STEP),
                venue("<b>college</b>", LON + 5 * STEP, family="university"),
                venue("park", LON + 5 * STEP, family="park"),
                zone("measured", LON - STEP, reach_m=100, **RECORD, **MEASURED),
                zone("no record", LON + STEP, security_measures=False, log_days=30, security_filing="X"),
                zone("whole", LON + 2 * STEP, **RECORD, security_filing="F", log_days=200, responsible="Li"),
                Draft(Kind.WIFI_ZONE, "planned", Point(LON, LAT), Status.PLANNED),
            ],
        )
    return made


def issue(database: Database, *names: str, day: str = "2025-01-01") -> None:
    with database.use_case(SERVICE) as connection:
        key_areas.load(connection, SERVICE, JINING, read_list(table(*rows_of(day, *names)), "list.csv"))


def page(visitor: Visitor, address: str) -> str:
    answer = visitor.get(address)
    assert answer.status_code == 200, answer.get_data(as_text=True)[:400]
    return answer.get_data(as_text=True)


@pytest.fixture
def regulator(site: Site, city: City) -> Visitor:
    return site.user("regina", (Role.REGULATOR, city.id))


@pytest.mark.usefixtures("city")
def test_a_city_with_the_duty_cites_its_clauses(site: Site, database: Database) -> None:
    issue(database, "a", "b", "c", "<i>far</i>")
    shown = page(site.visitor(), f"/wifi?area={JINING}")
    for anchor in ("/law/jining#c-14.1", "/law/jining#c-14.2", "/law/jining#c-15"):
        assert f'href="{anchor}"' in shown
    assert "&lt;i&gt;far&lt;/i&gt;" in shown
    assert "Without a free zone" in shown
    assert "<i>far" not in shown


@pytest.mark.usefixtures("city")
def test_without_a_list_nothing_is_designated(site: Site) -> None:
    for address in (f"/wifi?area={JINING}", f"/wifi/key-areas?area={JINING}"):
        assert "not designated" in page(site.visitor(), address)


@pytest.mark.parametrize(
    ("code", "told", "cited"),
    [
        ("640100", "No such duty", "/law/yinchuan"),
        ("360600", "No such duty", "/law/yingtan#c-14.2"),
        ("220200", "No such duty in what is held", "/law/jilin#c-22"),
        ("510100", "Law not held", "/law/chengdu"),
    ],
)
def test_cities_without_the_duty_say_so_and_what_their_law_says(
    site: Site, database: Database, code: str, told: str, cited: str
) -> None:
    with database.use_case(SERVICE) as connection:
        make_city(connection, code)
    shown = page(site.visitor(), f"/wifi?area={code}")
    assert told in shown
    assert cited in shown
    assert "/law/jining" not in shown
    assert ">Duty<" not in shown


@pytest.mark.parametrize("lang", ["en", "zh-Hans"])
def test_a_province_whose_text_is_held_does_not_speak_for_a_city_whose_text_is_not(
    site: Site, database: Database, lang: str
) -> None:
    with database.use_case(SERVICE) as connection:
        made = make_city(connection, "510100")
        province = add_area(connection, "510000", "province", (90, 20, 120, 40), None)
        connection.execute(
            text("UPDATE area SET parent_id = :above WHERE id = :city"), {"above": province, "city": made.id}
        )
    held, duty, book = {
        "en": ("Law not held", "No such duty", "Chengdu Regulation"),
        "zh-Hans": ("法律文本未收录", "没有这项义务", "成都条例"),
    }[lang]
    shown = page(site.visitor(), f"/wifi?area=&lang={lang}")
    row = shown[shown.index('href="/wifi?area=510100"') :]
    row = row[: row.index("</tr>")]
    assert held in row
    assert f'<a href="/law/chengdu">{book}</a>' in row
    assert "sichuan" not in row
    one = page(site.visitor(), f"/wifi?area=510100&lang={lang}")
    section = one[one.index('aria-labelledby="law"') : one.index("</section>")]
    assert "/law/sichuan_communication_facilities" not in section.split("</p>")[0]
    province_book = "Sichuan Provisions" if lang == "en" else "四川通信设施规定"
    assert province_book in one  # it does speak here, of other things
    for told in (row, one):
        assert held in told
        assert duty not in told


def rows(text_: str) -> dict[str, list[str]]:
    lines = text_.lstrip("\ufeff").strip().splitlines()
    return {line.split(",")[1]: line.split(",") for line in lines[1:]}


@pytest.mark.usefixtures("city")
def test_what_is_not_public_is_neither_told_nor_counted_as_lacking(site: Site, regulator: Visitor) -> None:
    address = f"/wifi/zones.csv?area={JINING}"
    public, whole = rows(page(site.visitor(), address)), rows(page(regulator, address))
    assert set(public) == {"no record"}
    assert set(whole) == {"no record", "measured"}
    assert public["no record"].count("Not public") == 3
    assert public["no record"][10] == ""
    assert whole["no record"][10] == "30"
    assert "X" not in public["no record"]
    every = rows(page(site.visitor(), address + "&lacking=all"))
    assert set(every) == {"no record", "measured", "whole"}
    hidden = rows(page(site.visitor(), address + "&lacking=log_days"))
    assert hidden == {}
    assert set(rows(page(regulator, address + "&lacking=log_days"))) == {"no record", "measured"}
    assert set(rows(page(regulator, address + "&lacking=all&district=C1W"))) == {"measured"}


@pytest.mark.usefixtures("city")
def test_measured_quality_is_of_venues_the_law_lists(site: Site) -> None:
    lines = page(site.visitor(), f"/wifi/quality.csv?area={JINING}").strip().splitlines()[1:]
    found = {line.split(",")[2]: line.split(",")[3:] for line in lines}
    assert found["Hospital"] == ["1", "1", "1", "40.0", "10.0", "20.0", "2026-05-01", "2026-05-01"]
    assert found["University"] == ["1", "0", "", "", "", "", "", ""]
    assert len(found) == 2
    shown = page(site.visitor(), f"/wifi?area={JINING}")
    assert "not measured" in shown
    assert "100.0" in shown


@pytest.mark.usefixtures("city")
def test_a_regulator_checks_loads_and_undoes_a_list(
    site: Site, database: Database, regulator: Visitor
) -> None:
    form = f"/wifi/key-areas/import?area={JINING}"
    assert f'value="{JINING}" selected' in page(regulator, form)

    def send(content: bytes, **more: str) -> tuple[int, str]:
        sent = {"area": JINING, "file": (io.BytesIO(content), "list.csv"), **more}
        answer = regulator.post("/wifi/key-areas", sent, form=form)
        return answer.status_code, answer.get_data(as_text=True)

    status, shown = send(table("A,suburb,116.6,35.4,,L,City,2025-01-01,"))
    assert status == 422
    assert "suburb" in shown
    assert "nothing was written" in shown
    status, shown = send(table(*rows_of("2025-01-01", "A")), dry_run="1")
    assert status == 200
    assert "would be loaded" in shown
    assert send(table(*rows_of("2025-01-01", "A")))[0] == 303
    assert send(table(*rows_of("2025-01-01", "B")))[0] == 409
    assert send(b"\x00\x01")[0] == 422
    lists = f"/wifi/key-areas?area={JINING}"
    assert "List of 2025-01-01" in page(regulator, lists)
    assert "List of 2025-01-01" in page(site.visitor(), lists + "&on=2025-06-01")
    done = regulator.post("/wifi/key-areas/undo", {"area": JINING, "issued_on": "2025-01-01"}, form=lists)
    assert done.status_code == 303
    with database.use_case(SERVICE) as connection:
        assert connection.scalar(text("SELECT count(*) FROM key_area")) == 0


def test_nobody_else_loads_a_list(site: Site, city: City) -> None:
    stranger = site.user("otto", (Role.REGULATOR, city.east))
    sent = {"area": JINING, "file": (io.BytesIO(table(*rows_of("2025-01-01", "A"))), "list.csv")}
    assert stranger.post("/wifi/key-areas", sent, form="/wifi/key-areas/import").status_code == 403
    assert site.visitor().get("/wifi/key-areas/import").status_code in (302, 303, 401, 403)
    assert "Import a list" not in page(site.visitor(), f"/wifi/key-areas?area={JINING}")


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_addresses_that_make_no_sense_never_break_a_page(site: Site, language: str) -> None:
    visitor = site.visitor(language)
    for query in (
        "",
        f"?area={JINING}&lacking=%27",
        f"?area={JINING}&district=%E2%80%AE",
        f"?area={JINING}&page=10000",
    ):
        assert visitor.get(f"/wifi{query}").status_code == 200, query
    for query in ("?area=%00", "?area=nowhere", f"?area={JINING}&page=0", f"?area={JINING}&page=x"):
        assert 400 <= visitor.get(f"/wifi{query}").status_code < 500, query
    for name in ("zones.csv", "areas.csv", "quality.csv", "key-areas"):
        assert 300 <= visitor.get(f"/wifi/{name}?area=nowhere").status_code < 500, name
        assert visitor.get(f"/wifi/{name}?area={JINING}").status_code == 200, name
    assert visitor.get(f"/wifi/key-areas?area={JINING}&on=yesterday").status_code == 422
    assert visitor.get("/wifi/key-areas/template.csv").status_code == 200


@pytest.mark.usefixtures("city")
def test_coverage_and_the_rail_lead_here(site: Site, regulator: Visitor) -> None:
    assert 'href="/wifi"' in page(site.visitor(), "/coverage")
    assert 'href="/wifi"' in page(regulator, "/assets")
