"""Forms of assets: registered, changed, refused; nothing is lost and nothing half-written."""

import re
from html import unescape

import pytest
from shapely.geometry import Point
from sqlalchemy import insert, text

from infra_registry.access import SERVICE, Role
from infra_registry.assets.draft import Draft
from infra_registry.assets.fields import FieldType
from infra_registry.assets.kinds import KINDS, Kind, Shape
from infra_registry.assets.register import register
from infra_registry.db import Database
from infra_registry.parties.tables import party
from infra_registry.publish import record
from tests.web.site import Site, Visitor

AREA = "116.60,35.40\n116.61,35.40\n116.61,35.41"


@pytest.fixture
def parties(database: Database) -> dict[str, int]:
    with database.use_case(SERVICE) as connection:
        return {
            name: connection.scalars(
                insert(party).values(code=name, name=name, kind="carrier").returning(party.c.id)
            ).one()
            for name in ("mine", "other")
        }


@pytest.fixture
def editor(site: Site, parties: dict[str, int]) -> Visitor:
    return site.user("edith", (Role.CARRIER_EDITOR, None), party_id=parties["mine"])


def place(kind: Kind) -> dict[str, str]:
    if KINDS[kind].shape is Shape.LINE:
        return {"points": "116.60,35.40\n116.61，35.41"}
    return {"lon": "116.6", "lat": "35.4"}


def filled(kind: Kind) -> dict[str, str]:
    """A whole form of a kind with a lawful value in every field."""
    values = {
        FieldType.TEXT: "text",
        FieldType.BOOLEAN: "true",
        FieldType.DATE: "2020-02-03",
    }
    fields = {
        f"v_{field.name}": field.choices[0]
        if field.choices
        else values.get(field.type) or str(int(field.high or 1))
        for field in KINDS[kind].fields
    }
    return {"name": f"new {kind}", "owner": "mine", "status": "in_use"} | place(kind) | fields


def form_values(page: str) -> dict[str, str]:
    """What stands in the inputs of a page, as a browser would send it: of choices only those that are taken."""
    sent = [
        tag
        for tag in re.findall(r"<input[^>]*>", page)
        if not re.search(r'type="(radio|checkbox)"', tag) or " checked" in tag
    ]
    found = [re.search(r'name="([^"]+)"[^>]*value="([^"]*)"', tag) for tag in sent]
    return {match[1]: unescape(match[2]) for match in found if match}


def count(database: Database) -> int:
    with database.use_case(SERVICE) as connection:
        return connection.scalar(text("SELECT count(*) FROM asset")) or 0


def read(database: Database, code: str) -> record.Record:
    with database.use_case(SERVICE) as connection:
        return record.detail(connection, SERVICE, code)


def create(editor: Visitor, kind: Kind = Kind.TOWER, **changes: str) -> str:
    answer = editor.post(f"/assets/new/{kind}", filled(kind) | changes, form=f"/assets/new/{kind}")
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return answer.headers["Location"].rsplit("/", 1)[1]


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_is_registered_and_saved_again_unchanged(
    database: Database, editor: Visitor, kind: Kind
) -> None:
    code = create(editor, kind)
    before = read(database, code)
    assert all(value is not None for value in before.fields.values())
    answer = editor.post(f"/assets/{code}/edit", _sent_back(editor, code, kind), form=f"/assets/{code}/edit")
    assert answer.status_code == 303
    after = read(database, code)
    assert after.fields == before.fields
    assert after.item.geometry == before.item.geometry
    assert after.item.values["name"] == before.item.values["name"]
    assert after.version == before.version + 1


def _sent_back(editor: Visitor, code: str, kind: Kind) -> dict[str, str]:
    """The edit form as a browser would send it back untouched."""
    page = editor.get(f"/assets/{code}/edit").get_data(as_text=True)
    sent = form_values(page)
    sent |= {
        name: unescape(value) for name, value in re.findall(r'name="([^"]+)"[^>]*>([^<]*)</textarea>', page)
    }
    for name, inside in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', inside)
        sent[name] = chosen.group(1) if chosen else ""
    return {name: value for name, value in sent.items() if name != "q"}


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("name", "x" * 201), ("lon", "181"), ("lat", "nan"), ("lat", "1e999"), ("lon", "ost"),
     ("owner", "nobody"), ("host", "T-0000000000"), ("status", "gone"), ("v_height_m", "-1"), ("v_height_m", "tall"),
     ("v_structure_type", "castle"), ("v_built_on", "2026-13-01"), ("valid_from", "0001-01-01"), ("address", "a\x00b")],
)  # fmt: skip
def test_a_wrong_value_is_named_and_nothing_is_lost(
    database: Database, editor: Visitor, field: str, value: str
) -> None:
    sent = filled(Kind.TOWER) | {field: value}
    answer = editor.post("/assets/new/tower", sent, form="/assets/new/tower")
    page = answer.get_data(as_text=True)
    assert answer.status_code in (400, 422)
    assert count(database) == 0
    if answer.status_code == 422:
        assert f'href="#f-{field}"' in page
        kept = form_values(page)
        assert kept["v_power_supply"] == "text"
        assert kept["name" if field != "name" else "lon"] == sent["name" if field != "name" else "lon"]


@pytest.mark.parametrize(
    "points",
    [
        "",
        "1",
        "1,2",
        "a,b\nc,d",
        "{",
        '{"type":"Point"}',
        '{"type":"LineString","coordinates":[[NaN,1],[2,3]]}',
        "{" * 3000,
        '{"type":"Polygon","coordinates":[[[0,0],[1,1],[0,1],[0,0]]]}',
        "1,2\n" * 3 + "999,1",
    ],
)
def test_a_line_that_is_none_is_refused(database: Database, editor: Visitor, points: str) -> None:
    answer = editor.post("/assets/new/duct", filled(Kind.DUCT) | {"points": points}, form="/assets/new/duct")
    assert answer.status_code == 422
    assert 'href="#f-points"' in answer.get_data(as_text=True)
    assert count(database) == 0


def test_an_area_goes_before_the_point(database: Database, editor: Visitor) -> None:
    code = create(editor, Kind.WIFI_ZONE, outline_points=AREA)
    assert read(database, code).item.geometry["type"] == "Polygon"


def test_only_ones_own_assets_are_registered_and_changed(
    site: Site, database: Database, editor: Visitor, parties: dict[str, int]
) -> None:
    answer = editor.post("/assets/new/tower", filled(Kind.TOWER) | {"owner": ""}, form="/assets/new/tower")
    assert answer.status_code == 403
    assert count(database) == 0
    with database.use_case(SERVICE) as connection:
        theirs = register(connection, [Draft(Kind.TOWER, "theirs", Point(1, 1), owner_id=parties["other"])])[
            0
        ].code
    assert editor.get(f"/assets/{theirs}/edit").status_code == 403
    for path in ("edit", "status", "units", "allocations", "presence", "agreements"):
        assert (
            editor.post(f"/assets/{theirs}/{path}", {"name": "x"}, form="/assets/new/tower").status_code
            == 403
        )
    assert site.visitor().get("/assets/new").status_code in (303, 401)
    assert site.visitor().post("/assets/new/tower", filled(Kind.TOWER)).status_code == 401
    assert read(database, theirs).version == 1


def test_a_version_that_moved_on_shows_both(database: Database, editor: Visitor) -> None:
    code = create(editor)
    sent = filled(Kind.TOWER) | {"version": "1", "v_height_m": "30"}
    assert editor.post(f"/assets/{code}/edit", sent, form=f"/assets/{code}/edit").status_code == 303
    answer = editor.post(f"/assets/{code}/edit", sent | {"v_height_m": "77"}, form=f"/assets/{code}/edit")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert ">77<" in page
    assert ">30<" in page
    assert read(database, code).fields["height_m"] == 30
    again = form_values(page)
    again.pop("q", None)
    assert editor.post(f"/assets/{code}/edit", again, form=f"/assets/{code}/edit").status_code == 303
    assert read(database, code).fields["height_m"] == 77


def test_status_moves_only_along_its_transitions(database: Database, editor: Visitor) -> None:
    code = create(editor)
    page = editor.get(f"/assets/{code}").get_data(as_text=True)
    offered = re.search(r'name="mv_to".*?</select>', page, re.DOTALL)
    assert offered is not None
    assert re.findall(r'value="(\w+)"', offered.group()) == ["idle", "retired"]
    for to, version, status in (
        ("planned", "1", 409),
        ("idle", "7", 409),
        ("x", "1", 422),
        ("idle", "1", 303),
    ):
        answer = editor.post(
            f"/assets/{code}/status", {"mv_to": to, "mv_version": version}, form=f"/assets/{code}"
        )
        assert answer.status_code == status, to
    assert read(database, code).item.values["status"] == "idle"


def test_units_are_added_taken_and_released(database: Database, editor: Visitor) -> None:
    code = create(editor)
    path = f"/assets/{code}"
    assert editor.post(f"{path}/units", {"un_count": "2"}, form=path).status_code == 303
    for wrong in ("0", "201", "two", ""):
        assert editor.post(f"{path}/units", {"un_count": wrong}, form=path).status_code == 422
    with database.use_case(SERVICE) as connection:
        unit = connection.scalar(text("SELECT min(id) FROM capacity_unit"))
    sent = {"al_unit_id": str(unit), "al_state": "used", "al_holder": "other", "al_since": "", "al_until": ""}
    assert editor.post(f"{path}/allocations", sent, form=path).status_code == 303
    taken = editor.post(f"{path}/allocations", sent, form=path)
    assert taken.status_code == 409
    assert 'href="#f-al_unit_id"' in taken.get_data(as_text=True)
    assert editor.post(f"{path}/allocations", sent | {"al_state": "stolen"}, form=path).status_code == 422
    assert editor.post(f"{path}/allocations", sent | {"al_unit_id": "999999"}, form=path).status_code == 422
    with database.use_case(SERVICE) as connection:
        key = connection.scalar(text("SELECT id FROM allocation"))
    assert editor.post(f"{path}/allocations/{key}/release", {}, form=path).status_code == 303
    assert editor.post(f"{path}/allocations/{key}/release", {}, form=path).status_code == 404


def test_roofs_presence_and_agreements(database: Database, editor: Visitor) -> None:
    code = create(editor, Kind.PUBLIC_BUILDING)
    path = f"/assets/{code}"
    assert editor.post(f"{path}/units", {"un_quantity_m2": "120.5"}, form=path).status_code == 303
    with database.use_case(SERVICE) as connection:
        unit = str(connection.scalar(text("SELECT id FROM capacity_unit")))
    much = {"al_unit_id": unit, "al_state": "used", "al_quantity_m2": "500"}
    assert editor.post(f"{path}/allocations", much, form=path).status_code == 409
    assert editor.post(f"{path}/allocations", much | {"al_quantity_m2": "20"}, form=path).status_code == 303
    present = {"pr_party": "other", "pr_service": "mobile", "pr_seen_on": "2026-05-12", "pr_basis": "visited"}
    assert editor.post(f"{path}/presence", present, form=path).status_code == 303
    for wrong in ({"pr_party": ""}, {"pr_service": "x"}, {"pr_seen_on": "soon"}, {"pr_basis": ""}):
        answer = editor.post(f"{path}/presence", present | wrong, form=path)
        assert answer.status_code == 422
        assert 'value="visited"' in answer.get_data(as_text=True) or "pr_basis" in wrong
    with database.use_case(SERVICE) as connection:
        key = connection.scalar(text("SELECT id FROM presence"))
    assert editor.post(f"{path}/presence/{key}/end", {}, form=path).status_code == 303
    deal = {
        "ag_deal_type": "exclusive_access",
        "ag_grantee": "other",
        "ag_exclusive": "true",
        "ag_basis": "seen",
    }
    between_others = editor.post(f"{path}/agreements", deal, form=path)
    assert between_others.status_code == 422
    assert 'href="#f-ag_grantor"' in between_others.get_data(as_text=True)
    deal["ag_grantor"] = "mine"
    assert editor.post(f"{path}/agreements", deal, form=path).status_code == 303
    assert editor.post(f"{path}/agreements", deal | {"ag_deal_type": "gift"}, form=path).status_code == 422
    backwards = {"ag_since": "2026-02-01", "ag_until": "2026-01-01"}
    assert editor.post(f"{path}/agreements", deal | backwards, form=path).status_code == 422
    page = editor.get(path).get_data(as_text=True)
    assert "Exclusive access" in page
    assert "visited" in page


def test_a_form_without_its_token_is_refused(database: Database, editor: Visitor) -> None:
    assert editor.client.post("/assets/new/tower", data=filled(Kind.TOWER)).status_code == 403
    assert count(database) == 0
