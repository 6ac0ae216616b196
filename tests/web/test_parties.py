"""Organisations on pages and in the JSON interface: search, check, versions, writes sent twice."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from infra_registry.access import SERVICE, Role
from infra_registry.config import Settings
from infra_registry.db import Database
from infra_registry.parties import login, record, tokens, uscc
from tests.web.site import Site, Visitor

FIRST = "91370800MA3C4X5T6"
CODE = FIRST + uscc.check_character(FIRST)


@pytest.fixture
def site(database: Database, tmp_path) -> Site:
    with database.use_case(SERVICE) as connection:
        for name, english, kind in (
            ("济宁铁塔有限公司", "Jining Tower", "tower_company"),
            ("鹰潭广电网络", "Yingtan Cable", "cable_company"),
            ("=1+1 公司", "", "company"),
        ):
            record.create(connection, SERVICE, {"name": name, "name_en": english, "kind": kind})
    return Site(database, Settings(var_dir=tmp_path))


@pytest.fixture
def keeper(site: Site) -> Visitor:
    return site.user("keeper", (Role.REGULATOR, None))


@pytest.fixture
def bearer(site: Site, keeper: Visitor) -> dict[str, str]:
    actor = login.actor_of(site.database, "keeper")
    with site.database.use_case(actor) as connection:
        token = tokens.make(connection, actor, name="tests", scopes=["party.edit"], days=1)
    return {"Authorization": f"Bearer {token}"}


def count(site: Site) -> int:
    with site.database.use_case(SERVICE) as connection:
        return int(connection.scalar(text("SELECT count(*) FROM party")) or 0)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=济宁", 1),
        ("q=jining", 1),
        ("q=%25", 0),
        ("q=_", 0),
        ("kind=cable_company", 1),
        ("", 3),
        ("page=99", 0),
    ],
)
def test_the_list_is_searched_in_both_languages(site: Site, query: str, found: int) -> None:
    page = site.visitor().get(f"/parties?{query}").get_data(as_text=True)
    assert page.count('<td><a href="/parties/U-') == found


def test_the_csv_runs_nothing_in_a_spreadsheet(site: Site) -> None:
    text_ = site.visitor().get("/parties.csv").get_data(as_text=True)
    assert text_.startswith("\ufeff")
    assert "'=1+1" in text_


def test_a_wrong_credit_code_names_the_character_and_keeps_what_was_typed(keeper: Visitor) -> None:
    wrong = CODE[:17] + ("0" if CODE[17] != "0" else "1")
    form = {"name": "某有限公司", "kind": "company", "uscc": wrong, "country": "CN"}
    answer = keeper.post("/parties/new", form, form="/parties/new")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f"character 18 would be {CODE[17]}" in page
    assert wrong in page
    assert "某有限公司" in page


def test_an_organisation_is_entered_changed_and_not_overwritten_blindly(site: Site, keeper: Visitor) -> None:
    made = keeper.post(
        "/parties/new", {"name": "某有限公司", "kind": "company", "uscc": CODE}, form="/parties/new"
    )
    path = made.location
    assert CODE in keeper.get(path).get_data(as_text=True)
    changed = {"name": "改名有限公司", "kind": "company", "uscc": CODE, "version": "1"}
    assert keeper.post(f"{path}/edit", changed, form=f"{path}/edit").status_code == 303
    assert keeper.post(f"{path}/edit", changed, form=f"{path}/edit").status_code == 409
    assert (
        keeper.post(
            "/parties/new", {"name": "另一家", "kind": "company", "uscc": CODE}, form="/parties/new"
        ).status_code
        == 422
    )


def test_only_those_who_may_enter_organisations(site: Site) -> None:
    seeker = site.user("seeker", (Role.SEEKER, None))
    assert (
        seeker.post("/parties/new", {"name": "某公司", "kind": "company"}, form="/account").status_code == 403
    )
    assert "/parties/new" not in seeker.get("/parties").get_data(as_text=True)
    assert count(site) == 3


def test_the_interface_lists_reads_creates_and_changes(site: Site, bearer: dict[str, str]) -> None:
    client = site.app.test_client()
    listed = client.get("/api/v1/parties?limit=2&sort=-name").json
    assert (len(listed["parties"]), listed["total"]) == (2, 3)
    assert len(client.get(listed["next"]).json["parties"]) == 1
    made = client.post("/api/v1/parties", json={"name": "New Carrier", "kind": "carrier"}, headers=bearer)
    assert made.status_code == 201
    path, tag = made.location, made.headers["ETag"]
    body = {"name": "Renamed Carrier", "kind": "carrier"}
    assert client.put(path, json=body, headers=bearer).status_code == 428
    assert client.put(path, json=body, headers={**bearer, "If-Match": tag}).status_code == 200
    stale = client.put(path, json=body, headers={**bearer, "If-Match": tag})
    assert (stale.status_code, stale.json["code"]) == (412, "request.if_match_stale")
    assert client.get(path).json["name"] == "Renamed Carrier"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'{"name": NaN, "kind": "carrier"}',
        b'{"name": 1e999, "kind": "carrier"}',
        b'{"name": "a\\u0000b", "kind": "carrier"}',
        b'{"name": "\\ud800", "kind": "carrier"}',
        b'{"name": "Carrier", "kind": "nothing"}',
        b'{"name": "Carrier", "kind": "carrier", "surprise": 1}',
        b'{"kind": "carrier"}',
        b"[" * 100_000,
        b'{"name": "\xff", "kind": "carrier"}',
        json.dumps({"name": "x" * 3_000_000, "kind": "carrier"}).encode(),
    ],
)
def test_a_bad_body_is_a_problem_and_writes_nothing(site: Site, bearer: dict[str, str], body: bytes) -> None:
    answer = site.app.test_client().post(
        "/api/v1/parties", data=body, headers={**bearer, "Content-Type": "application/json"}
    )
    assert answer.status_code in (400, 413, 422)
    assert answer.mimetype == "application/problem+json"
    assert count(site) == 3


def test_a_write_sent_again_is_answered_again_and_done_once(site: Site, bearer: dict[str, str]) -> None:
    client, key = site.app.test_client(), {"Idempotency-Key": "one-write-0001"}
    body = {"name": "Carrier once", "kind": "carrier"}
    first, second = (client.post("/api/v1/parties", json=body, headers={**bearer, **key}) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert (first.get_data(), first.location, first.headers["ETag"]) == (
        second.get_data(),
        second.location,
        second.headers["ETag"],
    )
    assert second.headers["Idempotency-Replayed"] == "true"
    assert count(site) == 4
    other = client.post("/api/v1/parties", json={**body, "name": "Another"}, headers={**bearer, **key})
    assert (other.status_code, other.json["faults"][0]["code"]) == (422, "request.idempotency_reused")


def test_the_same_write_sent_at_once_has_one_winner(site: Site, bearer: dict[str, str]) -> None:
    def send(_: int) -> tuple[int, str]:
        answer = site.app.test_client().post(
            "/api/v1/parties",
            json={"name": "Carrier at once", "kind": "carrier"},
            headers={**bearer, "Idempotency-Key": "at-once-00001"},
        )
        return answer.status_code, answer.location or ""

    with ThreadPoolExecutor(6) as pool:
        answers = set(pool.map(send, range(6)))
    assert count(site) == 4
    assert len(answers) == 1
    assert answers.pop()[0] == 201


def test_a_refused_write_leaves_its_key_free(site: Site, bearer: dict[str, str]) -> None:
    client, headers = site.app.test_client(), {**bearer, "Idempotency-Key": "first-wrong-01"}
    wrong = client.post("/api/v1/parties", json={"name": "x", "kind": "carrier"}, headers=headers)
    right = client.post("/api/v1/parties", json={"name": "Right", "kind": "carrier"}, headers=headers)
    assert (wrong.status_code, right.status_code) == (422, 201)


@pytest.mark.parametrize("key", ["short", "x" * 101, "with\ttab-in-it"])
def test_a_strange_key_is_refused(site: Site, bearer: dict[str, str], key: str) -> None:
    body = {"name": "Carrier", "kind": "carrier"}
    answer = site.app.test_client().post(
        "/api/v1/parties", json=body, headers={**bearer, "Idempotency-Key": key}
    )
    assert answer.status_code == 422
