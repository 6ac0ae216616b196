"""Administration: accounts and roles by the security administrator, grants by the regulator of the city."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text

from infra_registry.access import SERVICE, Role
from infra_registry.areas.tables import area, area_boundary
from infra_registry.config import Settings
from infra_registry.db import Database
from infra_registry.parties import grants, login, record
from tests.web.site import Site, Visitor


def square(west: float, south: float, side: float = 1.0) -> str:
    east, north = west + side, south + side
    return f"MULTIPOLYGON((({west} {south},{east} {south},{east} {north},{west} {north},{west} {south})))"


def polygon(west: float, south: float, side: float) -> str:
    east, north = west + side, south + side
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return json.dumps({"type": "Polygon", "coordinates": [ring]})


class Office(Site):
    """The application over two cities and one carrier: city ids by code, the carrier's code."""

    cities: dict[str, int]
    carrier: str


@pytest.fixture
def site(database: Database, tmp_path) -> Office:
    with database.use_case(SERVICE) as connection:
        for code, west in (("370800", 116.0), ("360600", 117.5)):
            city = connection.scalar(
                insert(area)
                .values(scheme="gb2260", code=code, name=f"市{code}", level="city")
                .returning(area.c.id)
            )
            boundary = {"area_id": city, "geom": f"SRID=4326;{square(west, 35.0)}"}
            connection.execute(insert(area_boundary).values(boundary))
    made = Office(database, Settings(var_dir=tmp_path))
    with database.use_case(SERVICE) as connection:
        made.carrier = record.create(connection, SERVICE, {"name": "某运营企业", "kind": "carrier"})
        made.cities = dict(
            connection.execute(text("SELECT code, id FROM area WHERE level = 'city'")).tuples().all()
        )
    return made


@pytest.fixture
def security(site: Office) -> Visitor:
    return site.user("security", (Role.SECURITY_ADMIN, None))


@pytest.fixture
def regulator(site: Office) -> Visitor:
    return site.user("regulator", (Role.REGULATOR, site.cities["370800"]))


def grant_form(site: Office, **changes: object) -> dict[str, object]:
    ends = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    return {
        "party": site.carrier,
        "purpose": "某路段管道共建",
        "ends_on": ends,
        "drawn": polygon(116.2, 35.2, 0.1),
    } | changes


def test_a_new_account_gets_a_password_shown_once(site: Office, security: Visitor) -> None:
    made = security.post(
        "/admin/users/new", {"login": "New.One", "name": "新人", "locale": "zh-Hans"}, form="/account"
    )
    assert made.status_code == 201
    password = re.search(r'<code class="secret">([^<]+)</code>', made.get_data(as_text=True)).group(1)
    assert password not in security.get("/admin/users/new.one").get_data(as_text=True)
    answer = site.visitor().post("/login", {"login": "new.one", "password": password})
    assert answer.location == "/account#password"


@pytest.mark.parametrize(
    "wrong",
    [
        {"login": "A B"},
        {"login": ""},
        {"name": ""},
        {"locale": "fr"},
        {"party": "U-NONE"},
        {"login": "security"},
    ],
)
def test_a_wrong_account_is_not_made(site: Office, security: Visitor, wrong: dict[str, str]) -> None:
    form = {"login": "somebody", "name": "Some Body", "locale": "en", **wrong}
    answer = security.post("/admin/users/new", form, form="/account")
    assert answer.status_code == 422
    assert 'id="f-' in answer.get_data(as_text=True)
    with site.database.use_case(SERVICE) as connection:
        assert connection.scalar(text("SELECT count(*) FROM user_account WHERE login = 'somebody'")) == 0


def test_nobody_changes_his_own_roles_or_disables_himself(site: Office, security: Visitor) -> None:
    page = security.get("/admin/users/security").get_data(as_text=True)
    assert "/admin/users/security/roles" not in page
    for path, data in (("roles", {"role": "regulator"}), ("active", {"active": "0"}), ("roles/1/end", {})):
        assert security.post(f"/admin/users/security/{path}", data, form="/account").status_code == 403
    with site.database.use_case(SERVICE) as connection:
        held = connection.scalars(text("SELECT role FROM user_role WHERE ended_at IS NULL")).all()
    assert held == ["security_admin"]


def test_the_database_refuses_a_role_for_oneself_even_from_inside(site: Office, security: Visitor) -> None:
    actor = login.actor_of(site.database, "security")
    with pytest.raises(Exception, match="row-level security"), site.database.use_case(actor) as connection:
        connection.execute(
            text("INSERT INTO user_role (user_id, role) VALUES (:id, 'regulator')"), {"id": actor.user_id}
        )


def test_a_role_for_one_city_is_given_and_ended(site: Office, security: Visitor) -> None:
    site.user("clerk")
    given = security.post(
        "/admin/users/clerk/roles", {"role": "regulator", "area": "370800"}, form="/account"
    )
    assert given.status_code == 303
    assert login.actor_of(site.database, "clerk").regulated() == str(site.cities["370800"])
    again = security.post(
        "/admin/users/clerk/roles", {"role": "regulator", "area": "370800"}, form="/account"
    )
    assert again.status_code == 303
    page = security.get("/admin/users/clerk").get_data(as_text=True)
    end = re.search(r'action="(/admin/users/clerk/roles/\d+/end)"', page).group(1)
    assert security.post(end, {}, form="/account").status_code == 303
    assert login.actor_of(site.database, "clerk").roles == frozenset()


def test_role_changes_are_in_the_audit_without_names(site: Office, security: Visitor) -> None:
    site.user("private-name")
    security.post("/admin/users/private-name/roles", {"role": "auditor"}, form="/account")
    with site.database.use_case(SERVICE) as connection:
        rows = connection.execute(
            text("SELECT actor, facts FROM audit_event WHERE action = 'role_given'")
        ).all()
        everything = str(connection.execute(text("SELECT ref, facts FROM audit_event")).all())
    assert [row.facts["role"] for row in rows] == ["auditor"]
    assert rows[0].actor == str(login.actor_of(site.database, "security").user_id)
    assert "private-name" not in everything


def test_only_the_security_administrator_sees_accounts(site: Office, regulator: Visitor) -> None:
    site.user("editor", (Role.SYSTEM_ADMIN, None), (Role.AUDITOR, None))
    for visitor in (regulator, site.user("other", (Role.SYSTEM_ADMIN, None))):
        assert visitor.get("/admin/users").status_code == 403
        assert "/admin/users" not in visitor.get("/admin").get_data(as_text=True)


def test_a_grant_is_given_shown_and_revoked(site: Office, regulator: Visitor) -> None:
    assert regulator.post("/admin/grants/new", grant_form(site), form="/account").status_code == 303
    page = regulator.get("/admin/grants").get_data(as_text=True)
    code = re.search(r"/admin/grants/(V-[0-9A-Z]{10})/revoke", page).group(1)
    assert regulator.post(f"/admin/grants/{code}/revoke", {}, form="/account").status_code == 303
    assert f"{code}/revoke" not in regulator.get("/admin/grants").get_data(as_text=True)
    assert code not in regulator.get("/admin/grants").get_data(as_text=True)
    assert code in regulator.get("/admin/grants?all=1").get_data(as_text=True)


def test_the_audience_changes_when_a_grant_begins_is_revoked_or_ends(
    site: Office, regulator: Visitor
) -> None:
    with site.database.use_case(SERVICE) as connection:
        party = connection.scalar(text("SELECT id FROM party WHERE code = :code"), {"code": site.carrier})
    site.user("planner", (Role.SEEKER, None), party_id=party)

    def audience() -> str:
        return login.actor_of(site.database, "planner").audience()

    before = audience()
    regulator.post("/admin/grants/new", grant_form(site), form="/account")
    first = audience()
    regulator.post("/admin/grants/new", grant_form(site, areas="370800", drawn=""), form="/account")
    second = audience()
    assert len({before, first, second}) == 3
    actor = login.actor_of(site.database, "regulator")
    with site.database.use_case(actor) as connection:
        codes = [grant.code for grant in grants.listed(connection, actor)]
        grants.revoke(connection, actor, codes[0])
    third = audience()
    with site.database.use_case(SERVICE) as connection:
        connection.execute(text("UPDATE place_grant SET starts_at = now() - interval '2 h', ends_at = now()"))
    assert third not in (before, second)
    assert audience() == before


@pytest.mark.parametrize("tie", ["own", "declared"])
def test_a_regulator_grants_nothing_to_a_party_of_his_own(site: Office, tie: str) -> None:
    with site.database.use_case(SERVICE) as connection:
        party = connection.scalar(text("SELECT id FROM party WHERE code = :code"), {"code": site.carrier})
    role = (Role.REGULATOR, site.cities["370800"])
    me = site.user("tied", role, party_id=party if tie == "own" else None)
    if tie == "declared":
        form = {"interest_party": site.carrier, "interest_reason": "x"}
        wrong = me.post("/account/interests", form, form="/account")
        assert (wrong.status_code, f'value="{site.carrier}" selected' in wrong.text) == (422, True)
        assert 'value="x"' in wrong.text
        none = me.post("/account/interests", form | {"interest_party": ""}, form="/account")
        assert "Choose the organisation" in none.text
        form["interest_reason"] = "my wife works there"
        assert me.post("/account/interests", form, form="/account").status_code == 303
        assert "my wife works there" in me.get("/account").text
        again = me.post("/account/interests", form, form="/account")
        assert (again.status_code, "an interest in this organisation before" in again.text) == (422, True)
        assert 'id="interests"' in again.text  # the page of the form, not a page of its own
    answer = me.post("/admin/grants/new", grant_form(site), form="/account")
    assert answer.status_code == 403
    assert "another regulator does" in answer.text.lower()
    if tie == "declared":
        security = site.user("security", (Role.SECURITY_ADMIN, None))
        page = security.get("/admin/users/tied").text
        end = re.search(r"/admin/users/tied/interests/\d+/end", page).group(0)
        assert security.post(end, {}, form="/account").status_code == 303
        assert me.post("/admin/grants/new", grant_form(site), form="/account").status_code == 303


@pytest.mark.parametrize(
    "wrong",
    [
        {"party": "U-NONE"},
        {"purpose": "  x "},
        {"ends_on": "2020-01-01"},
        {"ends_on": "2099-01-01"},
        {"ends_on": "never"},
        {"drawn": "", "areas": ""},
        {"drawn": "", "areas": "999999"},
        {"drawn": "{"},
        {"drawn": '{"type": "Point", "coordinates": [116.2, 35.2]}'},
        {
            "drawn": '{"type": "Polygon", "coordinates": [[[116, 35], [117, 36], [117, 35], [116, 36], [116, 35]]]}'
        },
        {"drawn": '{"type": "Polygon", "coordinates": [[[NaN, 35], [117, 36], [117, 35], [NaN, 35]]]}'},
        {"drawn": polygon(1160.0, 35.2, 0.1)},
    ],
)
def test_a_wrong_grant_is_not_given(site: Office, regulator: Visitor, wrong: dict[str, str]) -> None:
    answer = regulator.post("/admin/grants/new", grant_form(site, **wrong), form="/account")
    assert answer.status_code == 422
    with site.database.use_case(SERVICE) as connection:
        assert connection.scalar(text("SELECT count(*) FROM place_grant")) == 0


def test_a_regulator_grants_and_revokes_in_his_own_city_only(site: Office, regulator: Visitor) -> None:
    for drawn in (polygon(117.6, 35.2, 0.1), polygon(116.95, 35.2, 0.1)):
        assert (
            regulator.post("/admin/grants/new", grant_form(site, drawn=drawn), form="/account").status_code
            == 403
        )
    neighbour = site.user("neighbour", (Role.REGULATOR, site.cities["360600"]))
    neighbour.post("/admin/grants/new", grant_form(site, drawn=polygon(117.6, 35.2, 0.1)), form="/account")
    code = re.search(r"V-[0-9A-Z]{10}", neighbour.get("/admin/grants").get_data(as_text=True)).group(0)
    assert regulator.post(f"/admin/grants/{code}/revoke", {}, form="/account").status_code == 404


def test_jobs_are_seen_and_cancelled_by_who_asked(site: Office) -> None:
    owner, other = site.user("owner"), site.user("stranger")
    with site.database.use_case(SERVICE) as connection:
        user = login.actor_of(site.database, "owner").user_id
        connection.execute(
            text("INSERT INTO job (code, task, user_id) VALUES ('J-TEST', 'exchange.import', :user)"),
            {"user": user},
        )
    assert "J-TEST" in owner.get("/admin/jobs").get_data(as_text=True)
    assert "J-TEST" not in other.get("/admin/jobs").get_data(as_text=True)
    assert other.post("/admin/jobs/J-TEST/cancel", {}, form="/account").status_code == 404
    assert owner.post("/admin/jobs/J-TEST/cancel", {}, form="/account").status_code == 303
    assert "J-TEST" in owner.get("/admin/jobs?state=cancelled").get_data(as_text=True)


def test_sample_accounts_are_offered_in_development_only(site: Office, tmp_path) -> None:
    site.user("sample-seeker")
    with site.database.use_case(SERVICE) as connection:
        connection.execute(text("UPDATE user_account SET sample = true"))
    assert "sample-seeker" in site.visitor().get("/login").get_data(as_text=True)
    keys: dict[str, Any] = {"secret_key": "s" * 40, "case_key": "c" * 40}
    public = Site(
        site.database,
        Settings(var_dir=tmp_path, profile="production", public_address="https://localhost", **keys),
    )
    assert "sample-seeker" not in public.visitor().get("/login").get_data(as_text=True)
