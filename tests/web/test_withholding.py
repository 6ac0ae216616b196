"""Withholding an asset: who may, what everybody else no longer finds, the way back, the regulator's list of reviews."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from geoalchemy2.shape import from_shape
from shapely.geometry import MultiPolygon, Point, box
from sqlalchemy import insert, text

from infra_registry.access import SERVICE, Actor, Role, RoleGrant
from infra_registry.areas.tables import area, area_boundary
from infra_registry.assets.draft import Draft
from infra_registry.assets.kinds import Kind
from infra_registry.assets.register import register
from infra_registry.cli.withholding import assets as command
from infra_registry.config import today
from infra_registry.db import Database
from infra_registry.errors import Invalid
from infra_registry.parties.tables import party
from infra_registry.publish import desk
from tests.web.site import TOKEN, Site, Visitor

REASON = "Named by the army as a guarded place"
TILE = "/tiles/assets/14/13498/6467.mvt"
LON, LAT = 116.601, 35.401


@dataclass(frozen=True)
class Register:
    """A city with a public, a restricted and a foreign asset, and the ones who ask for them."""

    public: str
    restricted: str
    abroad: str
    regulator: Visitor
    owner: Visitor
    stranger: Visitor
    city_id: int


@pytest.fixture
def kept(database: Database, site: Site) -> Register:
    with database.use_case(SERVICE) as connection:
        owner = connection.scalar(
            insert(party).values(code="tower-co", name="铁塔", kind="carrier").returning(party.c.id)
        )
        cities = []
        for code, west in (("370800", 116.0), ("370100", 118.0)):
            row = insert(area).values(scheme="gb2260", code=code, name=f"市{code}", level="city")
            cities.append(connection.scalar(row.returning(area.c.id)))
            shape = from_shape(MultiPolygon([box(west, 35, west + 1.5, 36)]), 4326)
            connection.execute(insert(area_boundary).values(area_id=cities[-1], geom=shape))
        drafts = [
            Draft(Kind.TOWER, "open tower", Point(LON, LAT), owner_id=owner, access_class="P1"),
            Draft(Kind.TOWER, "counted tower", Point(LON, LAT + 0.1), owner_id=owner, access_class="P0"),
            Draft(Kind.TOWER, "tower abroad", Point(118.5, 35.5), owner_id=owner, access_class="P1"),
        ]
        public, restricted, abroad = (item.code for item in register(connection, drafts))
    return Register(
        public,
        restricted,
        abroad,
        site.user("regina", (Role.REGULATOR, cities[0])),
        site.user("oskar", (Role.OWNER_EDITOR, None), party_id=owner),
        site.user("sam", (Role.SEEKER, None)),
        cities[0],
    )


def version(database: Database, code: str) -> int:
    with database.use_case(SERVICE) as connection:
        return int(connection.scalar(text("SELECT version FROM asset WHERE code = :code"), {"code": code}))


def access_class(database: Database, code: str) -> str:
    with database.use_case(SERVICE) as connection:
        return str(
            connection.scalar(text("SELECT access_class FROM asset WHERE code = :code"), {"code": code})
        )


def withhold(visitor: Visitor, database: Database, code: str, **form: str) -> Any:
    sent = {"reason": REASON, "review_on": str(today() + timedelta(days=100))} | form
    data = {f"wh_{name}": value for name, value in sent.items()} | {"wh_version": version(database, code)}
    return visitor.post(f"/assets/{code}/withholding", data, form="/account")


def api(visitor: Visitor, method: str, path: str, body: Mapping[str, Any] | None, tag: str | None) -> Any:
    token = TOKEN.search(visitor.get("/account").get_data(as_text=True))
    headers = {"X-CSRF-Token": token.group(1) if token else ""} | ({"If-Match": tag} if tag else {})
    return getattr(visitor.client, method)(path, json=body, headers=headers)


def in_tile(visitor: Visitor, code: str) -> bool:
    return code.encode() in visitor.get(TILE).data


def test_a_withheld_asset_is_gone_for_everybody_else(database: Database, site: Site, kept: Register) -> None:
    code = kept.public
    before = site.visitor()
    assert before.get(f"/assets/{code}").status_code == 200
    assert in_tile(before, code)
    assert f"/assets/{code}/withholding" in kept.regulator.get(f"/assets/{code}").get_data(as_text=True)
    assert withhold(kept.regulator, database, code).status_code == 303
    for reader in (site.visitor(), kept.stranger):
        assert reader.get(f"/assets/{code}").status_code == 404
        assert reader.get(f"/api/v1/assets/{code}").status_code == 404
        for path in ("/assets", "/assets.csv", "/api/v1/assets"):
            assert code not in reader.get(path).get_data(as_text=True), path
        assert not in_tile(reader, code)
    own = kept.owner.get(f"/assets/{code}").get_data(as_text=True)
    assert REASON in own
    assert "/withholding" not in own
    with database.use_case(SERVICE) as connection:
        facts = connection.scalar(
            text("SELECT facts FROM audit_event WHERE ref = :code AND facts ? 'withheld'"), {"code": code}
        )
    assert facts["reason"] == REASON


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"reason": "  short   "}, "The reason needs 10 … 500 characters."),
        ({"review_on": str(today())}, "The review date should be within"),
        ({"review_on": str(today() + timedelta(days=400))}, "The review date should be within"),
        ({"review_on": "soon"}, "is not a date"),
    ],
)
def test_a_poor_reason_or_day_is_refused_in_words(
    database: Database, kept: Register, form: dict[str, str], said: str
) -> None:
    answer = withhold(kept.regulator, database, kept.public, **form)
    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)
    assert access_class(database, kept.public) == "P1"


@pytest.mark.parametrize(
    ("reason", "days", "field"),
    [
        ("guarded", 30, "withheld_reason"),
        (REASON, 400, "withheld_review_on"),
        (REASON, 0, "withheld_review_on"),
    ],
)
@pytest.mark.parametrize("by_default", [False, True])
def test_whoever_registers_what_is_withheld_meets_the_same_check(
    database: Database, kept: Register, reason: str, days: int, field: str, *, by_default: bool
) -> None:
    with database.use_case(SERVICE) as connection:
        draft = Draft(
            Kind.ROOM, "guarded room", Point(LON, LAT), access_class=None if by_default else "P4",
            withheld_reason=reason, withheld_review_on=today() + timedelta(days=days),
        )  # fmt: skip
        if by_default:
            connection.execute(text("UPDATE publication SET access_class = 'P4' WHERE kind = 'room'"))
        with pytest.raises(Invalid) as refused:
            register(connection, [draft])
        assert [fault.field for fault in refused.value.faults] == [field]
        other = replace(draft, withheld_reason=REASON, withheld_review_on=today() + timedelta(days=30))
        assert register(connection, [other])


def test_owner_stranger_and_the_regulator_of_another_city_may_not(database: Database, kept: Register) -> None:
    assert withhold(kept.owner, database, kept.public).status_code == 403
    assert withhold(kept.stranger, database, kept.public).status_code == 403
    assert withhold(kept.regulator, database, kept.abroad).status_code in (403, 404)
    body = {"reason": REASON, "review_on": str(today() + timedelta(days=9))}
    path = f"/api/v1/assets/{kept.public}/withholding"
    assert api(kept.owner, "put", path, body, '"1"').status_code == 403
    assert {access_class(database, code) for code in (kept.public, kept.abroad)} == {"P1"}


@pytest.mark.parametrize("which", ["public", "restricted"])
def test_release_restores_the_class_of_before(database: Database, kept: Register, which: str) -> None:
    code = getattr(kept, which)
    before = access_class(database, code)
    assert withhold(kept.regulator, database, code).status_code == 303
    assert withhold(kept.regulator, database, code, reason="Still guarded by the army").status_code == 303
    data = {"wh_version": version(database, code)}
    release = f"/assets/{code}/withholding/end"
    assert kept.owner.post(release, data, form="/account").status_code == 403
    assert kept.regulator.post(release, data, form="/account").status_code == 303
    assert access_class(database, code) == before
    again = kept.regulator.post(release, {"wh_version": version(database, code)}, form="/account")
    assert again.status_code == 409
    assert access_class(database, code) == before


def test_the_json_interface_withholds_against_a_version(
    database: Database, site: Site, kept: Register
) -> None:
    path = f"/api/v1/assets/{kept.public}"
    body = {"reason": REASON, "review_on": str(today() + timedelta(days=9))}
    assert api(kept.regulator, "put", f"{path}/withholding", body, None).status_code == 428
    tag = kept.regulator.get(path).headers["ETag"]
    short = api(kept.regulator, "put", f"{path}/withholding", body | {"reason": "no"}, tag)
    assert short.status_code == 422
    done = api(kept.regulator, "put", f"{path}/withholding", body, tag)
    assert done.status_code == 200, done.get_json()
    assert done.get_json()["properties"]["withheld_reason"] == REASON
    assert site.visitor().get(path).status_code == 404
    assert api(kept.regulator, "delete", f"{path}/withholding", None, tag).status_code in (409, 412)
    tag = done.headers["ETag"]
    assert api(kept.regulator, "delete", f"{path}/withholding", None, tag).status_code == 200
    assert site.visitor().get(path).status_code == 200


@pytest.mark.parametrize(
    ("language", "heading", "empty", "overdue"),
    [
        ("en", "Withheld assets to review", "Nothing is withheld", "review overdue"),
        ("zh-Hans", "待复核的不公开设施", "没有不公开的设施", "逾期未复核"),
    ],
)
def test_list_and_reminder(
    database: Database, kept: Register, language: str, heading: str, empty: str, overdue: str
) -> None:
    reader = kept.regulator
    reader.client.set_cookie("lang", language)
    first = reader.get("/office/withheld").get_data(as_text=True)
    assert empty in first
    offered = first.partition('<form class="filters"')[2].partition("</form>")[0]
    assert 'value="370800"' in offered
    assert "370100" not in offered  # somebody else's city
    assert withhold(reader, database, kept.public).status_code == 303
    assert withhold(reader, database, kept.restricted).status_code == 303
    with database.use_case(SERVICE) as connection:
        connection.execute(
            text("UPDATE asset SET withheld_review_on = current_date - 3 WHERE code = :code"),
            {"code": kept.restricted},
        )
        connection.execute(
            text("""UPDATE asset SET access_class = 'P4', withheld_reason = 'x', withheld_review_on = current_date
                    WHERE code = :code"""),
            {"code": kept.abroad},
        )
    page = reader.get("/office/withheld").get_data(as_text=True)
    assert overdue in page
    assert REASON in page
    assert "regina" in page
    assert page.index(kept.restricted) < page.index(kept.public)
    assert kept.abroad not in page
    assert empty in reader.get("/office/withheld?area=370100").get_data(as_text=True)
    rows = list(csv.reader(io.StringIO(reader.get("/office/withheld?format=csv").get_data(as_text=True))))
    assert [row[0] for row in rows[1:]] == [kept.restricted, kept.public]
    home = reader.get("/").get_data(as_text=True)
    assert heading in home
    assert "/office/withheld" in home
    assert kept.owner.get("/office/withheld").status_code == 403
    assert "/office/withheld" not in kept.owner.get("/").get_data(as_text=True)


def test_the_desk_counts_only_reviews_that_are_near(database: Database, site: Site, kept: Register) -> None:
    withhold(kept.regulator, database, kept.public, review_on=str(today() + timedelta(days=100)))
    withhold(kept.regulator, database, kept.restricted, review_on=str(today() + timedelta(days=10)))
    actor = Actor(9999, 0, "r", frozenset({RoleGrant(Role.REGULATOR, kept.city_id)}))
    with database.use_case(actor) as connection:
        counts = {heap.key: heap.count for heap in desk.waiting(connection, actor)}
    assert counts["withheld_review"] == 1


def test_the_command_withholds_and_releases(
    database: Database, kept: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGISTRY_LANG", "en")
    monkeypatch.setattr("infra_registry.cli.session.open_database", lambda: database)
    day = str(today() + timedelta(days=30))
    asked = ["withhold", kept.public, "--reason", REASON, "--review-on", day]
    done = CliRunner().invoke(command, [*asked, "--as", "oskar"])
    assert done.exit_code == 1
    done = CliRunner().invoke(command, [*asked, "--as", "regina"])
    assert f"{kept.public} is withheld." in done.output
    assert access_class(database, kept.public) == "P4"
    done = CliRunner().invoke(command, ["release", kept.public])
    assert done.exit_code == 0, done.output
    assert access_class(database, kept.public) == "P1"
