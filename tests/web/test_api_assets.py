"""The JSON interface of assets: create, read, change against a version, and what was said before."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert

from infra_registry.access import SERVICE, Role
from infra_registry.config import Settings
from infra_registry.db import Database
from infra_registry.parties.tables import party
from tests.web.site import TOKEN, Site, Visitor

POINT = {"type": "Point", "coordinates": [116.5, 35.4]}


@pytest.fixture
def carrier(database: Database, tmp_path) -> Visitor:
    with database.use_case(SERVICE) as connection:
        party_id = connection.scalar(
            insert(party).values(code="c", name="c", kind="carrier").returning(party.c.id)
        )
    return Site(database, Settings(var_dir=tmp_path)).user(
        "carrier", (Role.CARRIER_EDITOR, None), party_id=party_id
    )


def send(visitor: Visitor, method: str, path: str, body: object, **headers: str):
    page = visitor.client.get("/account").get_data(as_text=True)
    token = TOKEN.search(page)
    return getattr(visitor.client, method)(
        path, json=body, headers={"X-CSRF-Token": token.group(1) if token else "", **headers}
    )


def test_created_read_changed_and_remembered(carrier: Visitor) -> None:
    made = send(
        carrier,
        "post",
        "/api/v1/assets",
        {"kind": "tower", "name": "T", "geometry": POINT, "fields": {"height_m": 40}},
    )
    assert made.status_code == 201, made.get_json()
    address = made.headers["Location"]
    assert send(carrier, "patch", address, {"name": "T2"}).status_code == 428
    tag = carrier.get(address).headers["ETag"]
    changed = send(carrier, "patch", address, {"name": "T2", "fields": {"height_m": 45}}, **{"If-Match": tag})
    assert changed.status_code == 200, changed.get_json()
    assert changed.get_json()["properties"]["fields"]["height_m"] == 45
    assert send(carrier, "patch", address, {"name": "T3"}, **{"If-Match": tag}).status_code in (409, 412)
    versions = carrier.get(f"{address}/history").get_json()["versions"]
    assert [version["values"]["height_m"] for version in versions] == [40, 45]
    later = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    one = carrier.get(f"{address}/history?valid={date(2099, 1, 1)}&recorded={later}").get_json()["versions"]
    assert [version["values"]["name"] for version in one] == ["T2"]
    assert carrier.get(f"{address}/history?valid=1900-01-01").status_code == 404


def test_history_is_not_for_the_public(carrier: Visitor, database: Database, tmp_path) -> None:
    made = send(carrier, "post", "/api/v1/assets", {"kind": "tower", "name": "T", "geometry": POINT})
    visitor = Site(database, Settings(var_dir=tmp_path)).visitor()
    assert visitor.get(f"{made.headers['Location']}/history").status_code == 401


def test_a_key_sent_twice_makes_one_asset(carrier: Visitor) -> None:
    body = {"kind": "pole", "name": "P", "geometry": POINT}
    answers = [
        send(carrier, "post", "/api/v1/assets", body, **{"Idempotency-Key": "key-00000001"}) for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert carrier.get("/api/v1/assets?kind=pole").get_json()["numberMatched"] == 1


def test_every_fault_is_named(carrier: Visitor) -> None:
    refused = send(
        carrier,
        "post",
        "/api/v1/assets",
        {"kind": "tower", "name": "T", "geometry": POINT, "fields": {"height_m": -5, "colour": "red"}},
    )
    assert refused.status_code == 422
    assert {fault["field"] for fault in refused.get_json()["faults"]} == {"height_m", "colour"}
    assert carrier.get("/api/v1/assets").get_json()["numberMatched"] == 0


def test_another_partys_asset_waits_for_that_party(carrier: Visitor, database: Database) -> None:
    with database.use_case(SERVICE) as connection:
        connection.execute(insert(party).values(code="other", name="o", kind="carrier"))
    waits = send(
        carrier, "post", "/api/v1/assets", {"kind": "tower", "name": "T", "geometry": POINT, "owner": "other"}
    )
    assert waits.status_code == 202
    assert carrier.get("/api/v1/assets").get_json()["numberMatched"] == 0
