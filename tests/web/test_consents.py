"""Registering in another party's name: held until that party agrees, seen by the two of them and by nobody else."""

import io
import json
import re
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from geoalchemy2.shape import from_shape
from shapely.geometry import MultiPolygon, Point, box, mapping
from sqlalchemy import insert, text
from sqlalchemy.exc import ProgrammingError

from infra_registry.access import SERVICE, Actor, Role, RoleGrant
from infra_registry.areas.tables import area, area_boundary
from infra_registry.assets.draft import Draft
from infra_registry.assets.kinds import KINDS, Kind
from infra_registry.assets.register import register
from infra_registry.cli import importing
from infra_registry.cli.consents import consents_ as command
from infra_registry.cli.worker_modules import WORKER_MODULES
from infra_registry.db import Database
from infra_registry.parties.tables import party
from tests.integration.register_fixtures import shape_of
from tests.web.site import TOKEN, Site, Visitor
from tests.web.test_asset_forms import filled
from tests.worker import run_pending

NAME = "HANDED-OVER-THING"
REASON = "We never bought this one"
FIELDS = ("owner", "operator", "controller")
ROLES = (Role.CARRIER_EDITOR, Role.OWNER_EDITOR)
LON, LAT = 116.6, 35.4


@dataclass(frozen=True)
class Town:
    """A city, three organisations with accounts, one without, a regulator, and who has nothing to do with it."""

    mine: Visitor
    other: Visitor
    third: Visitor
    regulator: Visitor
    seeker: Visitor
    anyone: Visitor
    ids: dict[str, int]


@pytest.fixture
def town(database: Database, site: Site) -> Town:
    with database.use_case(SERVICE) as connection:
        ids = {
            name: connection.scalar(
                insert(party).values(code=name, name=name, kind="carrier").returning(party.c.id)
            )
            for name in ("mine", "other", "third", "silent")
        }
        city = connection.scalar(
            insert(area).values(scheme="gb2260", code="370800", name="市", level="city").returning(area.c.id)
        )
        shape = from_shape(MultiPolygon([box(116, 35, 117, 36)]), 4326)
        connection.execute(insert(area_boundary).values(area_id=city, geom=shape))
    editors = {
        name: site.user(name, (Role.CARRIER_EDITOR, None), party_id=ids[name])
        for name in ("mine", "other", "third")
    }
    return Town(
        **editors,
        regulator=site.user("regina", (Role.REGULATOR, city)),
        seeker=site.user("sam", (Role.SEEKER, None)),
        anyone=site.visitor(),
        ids=ids,
    )


def send(visitor: Visitor, method: str, path: str, body: object = None, **headers: str) -> Any:
    token = TOKEN.search(visitor.client.get("/account").get_data(as_text=True))
    headers |= {"X-CSRF-Token": token.group(1) if token else ""}
    return getattr(visitor.client, method)(f"/api/v1{path}", json=body, headers=headers)


def body(kind: Any = Kind.TOWER, **values: Any) -> dict[str, Any]:
    required = {
        f.name: f.choices[0] if f.choices else int(f.high or 1) for f in KINDS[kind].fields if f.required
    }
    place = mapping(shape_of(kind, LON, LAT))
    return {"kind": kind.value, "name": NAME, "geometry": place, "fields": required} | values


def scalar(database: Database, sql: str, **values: Any) -> Any:
    with database.use_case(SERVICE) as connection:
        return connection.scalar(text(sql), values)


def count(database: Database) -> int:
    return int(scalar(database, "SELECT count(*) FROM asset"))


def asked(town: Town, **values: Any) -> str:
    """The code of a consent that was asked for over the interface."""
    answer = send(town.mine, "post", "/assets", body(**({"owner": "other", "operator": "mine"} | values)))
    assert answer.status_code == 202, answer.get_json()
    return str(answer.get_json()["code"])


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_and_party_field_waits_in_form_and_interface(
    database: Database, site: Site, town: Town, kind: Kind
) -> None:
    for role, field in product(ROLES, FIELDS):
        editor = site.user(f"{role}-{field}", (role, None), party_id=town.ids["mine"])
        named = {field: "other"} | ({} if field == "owner" else {"owner": "mine"})
        answer = send(editor, "post", "/assets", body(kind, **named))
        assert answer.status_code == 202, (role, field, answer.status_code)
        assert answer.get_json()["waits_for"] == ["other"]
        path = f"/assets/new/{kind}"
        answer = editor.post(path, filled(kind) | named, form=path)
        assert (answer.status_code, answer.headers.get("Location", "")[:10]) == (303, "/consents/")
        assert count(database) == 0


def test_a_regulator_registers_at_once_and_nobody_else_for_two_others(database: Database, town: Town) -> None:
    named: dict[str, Any] = {"owner": "other", "operator": "third", "controller": "silent"}
    assert send(town.regulator, "post", "/assets", body(**named)).status_code == 201
    abroad = {"geometry": {"type": "Point", "coordinates": [120.0, 30.0]}}
    assert send(town.regulator, "post", "/assets", body(**named | abroad)).status_code == 403
    assert send(town.seeker, "post", "/assets", body(**named)).status_code == 403
    assert send(town.mine, "post", "/assets", body(owner=None, controller="other")).status_code == 403
    assert count(database) == 1


def test_nothing_shows_what_waits_to_a_third_reader(database: Database, town: Town) -> None:
    code = asked(town)
    outlets = [
        "/", "/consents", f"/consents/{code}", "/api/v1/consents", f"/api/v1/consents/{code}", "/assets",
        "/assets?q=HANDED", "/assets.csv", "/api/v1/assets", "/api/v1/assets?q=HANDED", "/duties",
        "/tiles/assets/14/13498/6467.mvt", "/tiles/assets/8/210/101.mvt", "/tiles/duties/14/13498/6467.mvt",
        "/areas/370800", "/parties/other", "/imports", "/map", "/statistics", "/audit", "/coverage",
    ]  # fmt: skip
    for reader, path in product((town.third, town.seeker, town.anyone), outlets):
        page = reader.get(path).get_data()
        assert NAME.encode() not in page, path
        assert code not in path or b"other" not in page, path
    for reader in (town.mine, town.other, town.regulator):
        assert NAME in reader.get(f"/consents/{code}").get_data(as_text=True)
        assert NAME in reader.get("/consents").get_data(as_text=True)
        assert reader.get(f"/api/v1/consents/{code}").get_json()["draft"]["owner"] == "other"
    for table in ("asset", "asset_place", "place_count", "place_total", "duty_current", "duty_stale"):
        assert scalar(database, f"SELECT count(*) FROM {table}") == 0, table


def test_once_all_agree_it_is_registered_as_it_was_asked(database: Database, town: Town) -> None:
    code = asked(town, operator="third", fields={"height_m": 41}, address="Road 1")
    first = send(town.other, "post", f"/consents/{code}/answer", {"agree": True}).get_json()
    assert (first["state"], first["waits_for"]) == ("waiting", ["third"])
    assert count(database) == 0
    assert send(town.mine, "post", f"/consents/{code}/answer", {"agree": True}).status_code == 403
    last = send(town.third, "post", f"/consents/{code}/answer", {"agree": True}).get_json()
    assert last["state"] == "agreed"
    asset = town.other.get(f"/api/v1/assets/{last['asset_code']}").get_json()["properties"]
    assert (asset["name"], asset["address"], asset["owner"], asset["operator"]) == (
        NAME,
        "Road 1",
        "other",
        "third",
    )
    assert asset["fields"]["height_m"] == 41
    assert send(town.third, "post", f"/consents/{code}/answer", {"agree": True}).status_code == 409


@pytest.mark.parametrize("ending", ["refused", "withdrawn"])
def test_an_end_leaves_nothing_and_both_see_it(database: Database, town: Town, ending: str) -> None:
    code = asked(town)
    path = f"/consents/{code}"
    if ending == "refused":
        assert send(town.other, "post", f"{path}/answer", {"agree": False}).status_code == 422
        answer = send(town.other, "post", f"{path}/answer", {"agree": False, "reason": REASON})
    else:
        assert send(town.other, "delete", path).status_code == 403
        assert send(town.third, "delete", path).status_code == 404
        answer = send(town.mine, "delete", path)
    assert answer.status_code == 200, answer.get_json()
    for reader in (town.mine, town.other):
        shown = reader.get(f"/api/v1{path}").get_json()
        assert (shown["state"], shown["waits_for"]) == (ending, [])
        assert shown["reason"] == (REASON if ending == "refused" else None)
    assert send(town.other, "post", f"{path}/answer", {"agree": True}).status_code == 409
    assert count(database) == 0


def held(database: Database, town: Town, **names: str) -> str:
    """The code of an asset of these parties."""
    columns: dict[str, Any] = {f"{name}_id": town.ids[value] for name, value in names.items()}
    with database.use_case(SERVICE) as connection:
        return register(connection, [Draft(Kind.POLE, "pole", Point(LON, LAT), **columns)])[0].code


def parties_of(database: Database, code: str) -> tuple[str | None, ...]:
    sql = """SELECT array_agg(p.code ORDER BY n) FROM asset a,
      unnest(ARRAY[a.owner_id, a.operator_id, a.controller_id]) WITH ORDINALITY AS u(id, n)
      LEFT JOIN party p ON p.id = u.id WHERE a.code = :code"""
    return tuple(scalar(database, sql, code=code))


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("before", [None, "mine", "third"])
@pytest.mark.parametrize("after", [None, "mine", "other"])
def test_a_change_of_hands_waits_for_who_gains_and_who_loses(
    database: Database, town: Town, field: str, before: str | None, after: str | None
) -> None:
    """One's own name is taken up and given away freely only where nobody else is concerned."""
    stays = "operator" if field == "owner" else "owner"
    code = held(database, town, **{stays: "mine"}, **({field: before} if before else {}))
    whom = {before, after} - {None, "mine"} if before != after else set()
    changed = send(town.mine, "patch", f"/assets/{code}", {field: after}, **{"If-Match": '"1"'})
    was = parties_of(database, code)
    assert changed.status_code == (202 if whom else 200), changed.get_json()
    assert was[FIELDS.index(field)] == (before if whom else after)
    if whom:
        assert set(changed.get_json()["waits_for"]) == whom
        path = f"/consents/{changed.get_json()['code']}/answer"
        for party_code in sorted(whom):
            editor = {"other": town.other, "third": town.third}[party_code]
            answer = send(editor, "post", path, {"agree": True})
            assert answer.status_code == 200, answer.get_json()
        assert parties_of(database, code)[FIELDS.index(field)] == after


def test_the_form_hands_over_as_a_correction_and_not_with_a_removal(database: Database, town: Town) -> None:
    code = held(database, town, owner="mine")
    form = {"name": "pole", "owner": "other", "lon": str(LON), "lat": str(LAT), "version": "1"}
    apart = form | {"nature": "altered", "reason": "rebuilt", "as_fact": "1"}
    page = town.mine.post(f"/assets/{code}/edit", apart, form="/account")
    assert page.status_code == 409
    assert "needs consent" in page.get_data(as_text=True)
    answer = town.mine.post(f"/assets/{code}/edit", form, form="/account")
    assert answer.headers["Location"].startswith("/consents/")
    assert parties_of(database, code)[0] == "mine"
    twice = town.mine.post(f"/assets/{code}/edit", form, form="/account")
    assert twice.status_code == 409
    waiting = answer.headers["Location"].rpartition("/")[2]
    again = send(town.mine, "patch", f"/assets/{code}", {"owner": "other"}, **{"If-Match": '"1"'})
    assert (again.status_code, again.get_json()["code"]) == (409, "consent.pending")
    assert waiting in again.get_json()["detail"]
    body_apart = {"owner": "other", "status": "retired"}
    tag = {"If-Match": '"1"'}
    assert send(town.mine, "patch", f"/assets/{code}", body_apart, **tag).status_code in (409, 422)


def test_what_changed_meanwhile_is_not_handed_over(database: Database, town: Town) -> None:
    code, tag = held(database, town, owner="mine"), {"If-Match": '"1"'}
    consent = send(town.mine, "patch", f"/assets/{code}", {"owner": "other"}, **tag).get_json()["code"]
    assert send(town.mine, "patch", f"/assets/{code}", {"name": "another"}, **tag).status_code == 200
    answer = send(town.other, "post", f"/consents/{consent}/answer", {"agree": True})
    assert (answer.status_code, answer.get_json()["code"]) == (409, "asset.stale")
    shown = town.other.get(f"/api/v1/consents/{consent}").get_json()
    assert (shown["state"], shown["waits_for"]) == ("waiting", ["other"])


def test_a_regulator_answers_only_for_who_has_no_account(database: Database, town: Town) -> None:
    code, agree = asked(town, owner="silent"), {"agree": True}
    path = f"/consents/{code}/answer"
    assert send(town.regulator, "post", path, agree).status_code == 422
    answer = send(town.regulator, "post", path, agree | {"reason": REASON}).get_json()
    assert answer["state"] == "agreed"
    facts = scalar(database, "SELECT facts FROM audit_event WHERE object = 'consent' AND facts IS NOT NULL")
    assert (facts["in_place"], facts["reason"], facts["agree"]) == (True, REASON, True)
    code = asked(town)
    refused = send(town.regulator, "post", f"/consents/{code}/answer", agree | {"reason": REASON})
    assert (refused.status_code, refused.get_json()["code"]) == (409, "consent.has_account")
    assert count(database) == 1


@pytest.mark.parametrize("side", ["mine", "silent"])
def test_a_regulator_tied_to_a_side_does_not_answer(database: Database, town: Town, side: str) -> None:
    code = asked(town, owner="silent")
    declared = {"interest_party": side, "interest_reason": "my wife works there"}
    assert town.regulator.post("/account/interests", declared, form="/account").status_code == 303
    answer = send(town.regulator, "post", f"/consents/{code}/answer", {"agree": True, "reason": REASON})
    assert (answer.status_code, answer.get_json()["code"]) == (403, "consent.own_party")


def test_the_database_refuses_another_partys_name(database: Database, site: Site, town: Town) -> None:
    """Whoever forgets to ask is stopped by the table itself."""
    user = scalar(database, "SELECT id FROM user_account WHERE login = 'mine'")
    actor = Actor(user, town.ids["mine"], roles=frozenset({RoleGrant(Role.CARRIER_EDITOR)}))
    pole = held(database, town, owner="mine")
    for field in FIELDS:
        named: dict[str, Any] = {"owner_id": town.ids["mine"], f"{field}_id": town.ids["other"]}
        draft = Draft(Kind.POLE, "p", Point(LON, LAT), **named)
        with pytest.raises(ProgrammingError, match="another party"), database.use_case(actor) as connection:
            register(connection, [draft])
        sql = text(f"UPDATE asset SET {field}_id = :other WHERE code = :code")
        with pytest.raises(ProgrammingError, match="another party"), database.use_case(actor) as connection:
            connection.execute(sql, {"other": town.ids["other"], "code": pole})
    code = asked(town)
    with pytest.raises(ProgrammingError), database.use_case(actor) as connection:
        connection.execute(text("UPDATE consent SET state = 'agreed' WHERE code = :code"), {"code": code})


@pytest.mark.parametrize(
    ("language", "waits", "turn", "agreed", "heading", "hint"),
    [
        ("en", "waits for the consent of other", "your answer", "agreed and registered", "Consents to give",
         "Naming another party needs"),
        ("zh", "等待other同意", "等您答复", "已同意并登记", "等待本单位同意的登记", "须经该单位同意才登记"),
    ],
)  # fmt: skip
def test_the_pages_of_both_sides(
    database: Database, town: Town, language: str, waits: str, turn: str, agreed: str, heading: str, hint: str
) -> None:
    for visitor in (town.mine, town.other):
        visitor.client.set_cookie("lang", language)
    assert hint in town.mine.get("/assets/new/tower").get_data(as_text=True)
    form = filled(Kind.TOWER) | {"operator": "other", "name": NAME}
    page = town.mine.post("/assets/new/tower", form, form="/assets/new/tower").headers["Location"]
    shown = town.mine.get(page).get_data(as_text=True)
    assert waits in shown
    assert "/withdraw" in shown
    assert not re.findall(r">(?:field|choice|status|kind|value|consent)\.\w", shown)
    assert "an_agree" not in shown
    assert turn in town.other.get("/consents").get_data(as_text=True)
    assert heading in town.other.get("/").get_data(as_text=True)
    assert "an_agree" in town.other.get(page).get_data(as_text=True)
    refused = town.other.post(f"{page}/answer", {"an_agree": "0", "an_reason": ""}, form=page)
    assert refused.status_code == 422
    assert 'href="#f-an_reason"' in refused.get_data(as_text=True)
    assert town.other.post(f"{page}/answer", {"an_agree": "1"}, form=page).status_code == 303
    assert agreed in town.other.get(page).get_data(as_text=True)
    assert scalar(database, "SELECT name FROM asset") == NAME
    again = town.other.post(f"{page}/answer", {"an_agree": "1"}, form="/account")
    assert again.status_code == 409


def test_the_command(database: Database, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_LANG", "en")
    monkeypatch.setattr("infra_registry.cli.session.open_database", lambda: database)
    first, second, third = asked(town), asked(town), asked(town, owner="silent")

    def tell(*words: str) -> Any:
        return CliRunner().invoke(command, list(words))

    assert tell("list", "--as", "third").output == "Nothing waits for consent.\n"
    assert first in tell("list", "--as", "other").output
    listed = json.loads(tell("list", "--json", "--as", "other").output)
    assert {item["code"] for item in listed} == {first, second}
    assert "is refused" in tell("answer", first, "--refuse", "--reason", REASON, "--as", "other").output
    assert tell("answer", second, "--as", "mine").exit_code == 1
    assert "agreed and registered" in tell("answer", second, "--as", "other").output
    assert tell("withdraw", third, "--as", "other").exit_code == 1
    assert "agreed and registered" in tell("answer", third, "--reason", REASON).output
    assert count(database) == 2


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_kind_is_shown_in_words(town: Town, kind: Kind, language: str) -> None:
    town.other.client.set_cookie("lang", language)
    path = f"/assets/new/{kind}"
    page = town.mine.post(path, filled(kind) | {"operator": "other"}, form=path).headers["Location"]
    shown = town.other.get(page).get_data(as_text=True)
    assert not re.findall(r">\s*(?:field|choice|status|kind|value|consent)\.\w", shown)


MASTS = "owner_ref,name,lon,lat,operator\nT1,Mast 1,116.59,35.41,other\nT2,Mast 2,116.60,35.42,other\n"


@pytest.mark.parametrize(
    ("language", "words", "row"),
    [("en", "2 rows wait for the consent of other", "Row 2: "), ("zh", "2行须经other同意", "第2行：")],
)
def test_an_import_tells_its_page_whom_rows_wait_for(
    database: Database, town: Town, language: str, words: str, row: str
) -> None:
    for visitor in (town.mine, town.other):
        visitor.client.set_cookie("lang", language)
    sent = {"mapping": "kind:tower", "file": (io.BytesIO(MASTS.encode()), "masts.csv")}
    page = town.mine.post("/imports", sent, form="/imports/new").headers["Location"]
    run_pending(database, modules=WORKER_MODULES)
    assert words in town.mine.get(page).get_data(as_text=True)
    assert town.mine.post(f"{page}/accept", {}, form=page).status_code == 303
    run_pending(database)
    assert count(database) == 0
    consent = f"/consents/{scalar(database, 'SELECT code FROM consent')}"
    shown = town.other.get(consent).get_data(as_text=True)
    assert row in shown
    assert "Mast 1" in shown
    for reader in (town.third, town.seeker, town.anyone):
        assert "Mast 1" not in reader.get(consent).get_data(as_text=True)
        assert "Mast 1" not in reader.get(page).get_data(as_text=True)
    assert town.other.post(f"{consent}/answer", {"an_agree": "1"}, form=consent).status_code == 303
    run_pending(database)
    assert count(database) == 2


def test_an_import_on_the_command_line_tells_it_before_accepting(
    database: Database, town: Town, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REGISTRY_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("REGISTRY_LANG", "en")
    monkeypatch.setattr("infra_registry.cli.session.open_database", lambda: database)
    path = tmp_path / "masts.csv"
    path.write_text(MASTS, "utf-8")
    asked_for = [str(path), "--kind", "tower", "--as", "mine"]
    done = CliRunner().invoke(importing.import_, [*asked_for, "--dry-run"])
    assert "2 rows wait for the consent of other" in done.output
    done = CliRunner().invoke(importing.import_, [*asked_for, "--json"])
    facts = json.loads(done.output)
    assert (facts["rows_written"], facts["consents"]) == (0, [{"count": 2, "parties": "other"}])
    assert count(database) == 0
