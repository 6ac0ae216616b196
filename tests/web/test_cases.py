"""Handlers' and auditors' pages: who may open them, what they show, what hostile requests get."""

from pathlib import Path

import mapbox_vector_tile
import pytest
from sqlalchemy import insert, text

from infra_registry import audit
from infra_registry.access import SERVICE, Role
from infra_registry.areas.tables import area
from infra_registry.cases import filing, keys
from infra_registry.cases.drafts import Draft
from infra_registry.config import Settings
from infra_registry.db import Database
from infra_registry.parties.tables import party
from tests.web.site import Site, Visitor

ANSWERS = {
    "reason": "blocked_entry", "place": "CANARY place", "asset": "", "district": "370811",
    "lat": "35.41", "lon": "116.58",
    "carriers": [], "property_manager": "=CANARY()", "story": "CANARY <script>alert(1)</script>", "lasting": "ongoing",
    "elsewhere": "no", "named": "confidential", "name": "CANARYname", "contact": "CANARYcontact", "capacity": "tenant",
}  # fmt: skip
TILE = "/tiles/cases/0/0/0.mvt"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(var_dir=tmp_path)


@pytest.fixture
def site(database: Database, settings: Settings) -> Site:
    with database.use_case(SERVICE) as connection:
        city = connection.scalars(
            insert(area)
            .values(scheme="gb2260", code="370800", name="济宁市", level="city")
            .returning(area.c.id)
        ).one()
        connection.execute(
            insert(area).values(
                scheme="gb2260", code="370811", name="任城区", level="district", parent_id=city
            )
        )
    return Site(database, settings)


@pytest.fixture
def number(site: Site, settings: Settings) -> str:
    return file(site, settings)


def file(site: Site, settings: Settings, **changes: object) -> str:
    draft = Draft().with_answers({**ANSWERS, **changes})
    with site.database.use_case(SERVICE) as connection:
        case_keys = keys.load(settings)
        return filing.file_report(connection, case_keys, draft, locale="zh-Hans", address="192.0.2.1").number


@pytest.fixture
def handler(site: Site) -> Visitor:
    return site.user("handler", (Role.CASE_HANDLER, None))


def everybody(site: Site) -> list[tuple[Role | None, Visitor]]:
    return [(None, site.visitor()), *((role, site.user(role.value, (role, None))) for role in Role)]


def test_only_case_handlers_open_cases(site: Site, number: str) -> None:
    for role, visitor in everybody(site):
        allowed = role is Role.CASE_HANDLER
        for path in ("/cases", f"/cases/{number}", "/cases?format=csv", TILE):
            answer = visitor.get(path)
            assert (answer.status_code == 200) is allowed, (role, path)
            assert allowed or b"CANARY" not in answer.data
            assert allowed or "blocked" not in answer.get_data(as_text=True).lower()
        for path in (f"/cases/{number}/identity", f"/cases/{number}/move"):
            answer = visitor.post(path, {"move": "check", "version": "1"}, form="/track")
            assert (answer.status_code < 400) is allowed, (role, path)
            assert allowed or b"CANARY" not in answer.data


def test_only_auditors_open_the_audit(site: Site, number: str) -> None:
    for role, visitor in everybody(site):
        for path in ("/admin/audit", "/admin/audit?format=csv"):
            assert (visitor.get(path).status_code == 200) is (role is Role.AUDITOR), (role, path)
        answer = visitor.post("/admin/audit/verify", {}, form="/track")
        assert (answer.status_code == 200) is (role is Role.AUDITOR), role


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_the_case_page_shows_the_story_and_hides_the_identity(site: Site, number: str, language: str) -> None:
    handler = site.user("handler", (Role.CASE_HANDLER, None), language=language)
    page = handler.get(f"/cases/{number}").get_data(as_text=True)
    assert "CANARY &lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "CANARYname" not in page
    shown = handler.post(f"/cases/{number}/identity", {}, form="/cases/" + number).get_data(as_text=True)
    assert "CANARYname" in shown
    assert "CANARYcontact" in shown
    with site.database.use_case(SERVICE) as connection:
        noted = text(
            "SELECT count(*) FROM audit_event WHERE object = 'case_identity' AND action = 'read' AND ref = :n"
        )
        assert connection.scalar(noted, {"n": number}) == 1


def test_a_case_goes_its_way(handler: Visitor, number: str) -> None:
    path = f"/cases/{number}/move"
    assert handler.post(path, {"move": "check", "version": "1"}, form="/cases").status_code == 303
    page = handler.get(f"/cases/{number}").get_data(as_text=True)
    assert "Being checked" in page
    bare = handler.post(
        path, {"move": "not_accept", "version": "2", "said": "CANARY short"[:8]}, form="/cases"
    )
    assert bare.status_code == 422
    assert 'href="#f-not_accept-reason"' in bare.get_data(as_text=True)
    assert handler.post(path, {"move": "accept", "version": "2"}, form="/cases").status_code == 303
    assert "No move is open in this case now" in handler.get(f"/cases/{number}").get_data(as_text=True)


SHUT = [
    ({"move": "accept", "version": "1"}, "Open are: Start checking"),
    ({"move": "check", "version": "7"}, "changed by somebody else"),
    ({"move": "check", "version": "x"}, "Open the case again"),
    ({"move": "check"}, "Open the case again"),
    ({"move": "fly", "version": "1"}, "Open are: Start checking"),
]


def test_a_move_that_is_shut_says_why(handler: Visitor, number: str) -> None:
    for data, said in SHUT:
        answer = handler.post(f"/cases/{number}/move", data, form="/cases")
        assert answer.status_code == 409, data
        assert said in answer.get_data(as_text=True), data


def test_a_handler_of_the_accused_party_is_told_to_stand_aside(site: Site, settings: Settings) -> None:
    with site.database.use_case(SERVICE) as connection:
        mine = connection.scalars(
            insert(party).values(code="P-1", name="某某物业", kind="property_manager").returning(party.c.id)
        ).one()
    number = file(site, settings, property_manager="某某物业")
    visitor = site.user("conflicted", (Role.CASE_HANDLER, None), party_id=mine)
    assert number not in visitor.get("/cases").get_data(as_text=True)
    answer = visitor.get(f"/cases/{number}")
    assert answer.status_code == 403
    assert "Your own organisation" in answer.get_data(as_text=True)
    assert visitor.post(f"/cases/{number}/identity", {}, form="/cases").status_code == 403


def test_the_list_is_filtered_paged_and_exported(handler: Visitor, number: str) -> None:
    assert number in handler.get("/cases?state=received&reason=blocked_entry&sort=district").get_data(
        as_text=True
    )
    assert number not in handler.get("/cases?state=accepted").get_data(as_text=True)
    answer = handler.get("/cases?format=csv")
    assert answer.mimetype == "text/csv"
    assert number in answer.get_data(as_text=True)
    assert "CANARY" not in answer.get_data(as_text=True)


def test_the_tile_holds_codes_only_and_is_kept_nowhere(handler: Visitor, number: str) -> None:
    answer = handler.get(TILE)
    [feature] = mapbox_vector_tile.decode(answer.data)["cases"]["features"]
    assert feature["properties"] == {
        "number": number,
        "code": number,
        "state": "received",
        "reason": "blocked_entry",
    }
    assert "no-store" in answer.headers["Cache-Control"]


HOSTILE = (
    "/cases?state='",
    "/cases?sort=id",
    "/cases?page=0",
    "/cases?page=999999999999",
    "/cases?older_than=-1",
    "/cases?older_than=%F0%9D%9F%9D",
    "/cases?district=" + "x" * 500,
    "/cases/%00",
    "/cases/" + "x" * 300,
    "/tiles/cases/0/1/0.mvt",
    "/tiles/cases/99/0/0.mvt",
    "/tiles/cases/a/b/c.mvt",
)


def test_hostile_addresses_get_a_clear_no(handler: Visitor) -> None:
    for path in HOSTILE:
        assert 400 <= handler.get(path).status_code < 500, path


def test_the_auditor_filters_pages_exports_and_verifies(site: Site, number: str) -> None:
    auditor = site.user("auditor", (Role.AUDITOR, None))
    page = auditor.get("/admin/audit?object=case_file&action=insert").get_data(as_text=True)
    assert number in page
    assert "CANARY" not in page
    assert number not in auditor.get("/admin/audit?object=case_event").get_data(as_text=True)
    csv = auditor.get(f"/admin/audit?format=csv&ref={number}").get_data(as_text=True)
    assert number in csv
    # What is sealed, if anything yet, depends on what else the server is doing; the chain is whole either way.
    with site.database.use_case(SERVICE) as connection:
        audit.seal_all(connection)
    answer = auditor.post("/admin/audit/verify", {}, form="/admin/audit").get_data(as_text=True)
    assert "The chain is whole" in answer
    for odd in ("actor=x", "actor=-1", "day=yesterday", "day=2026-02-30", "page=0", "page=x"):
        assert auditor.get(f"/admin/audit?{odd}").status_code == 422, odd
