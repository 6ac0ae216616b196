"""Hostile values in every address, parameter, form and header: a clear refusal, never a 5xx, nothing half-written."""

import io
import json
import secrets
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, text

from infra_registry.access import SERVICE, Role
from infra_registry.config import Settings
from infra_registry.db import Database
from infra_registry.parties import login
from infra_registry.parties.login import store as sessions
from infra_registry.parties.tables import user_account, user_role
from tests.integration.register_fixtures import Filled, fill
from tests.web.crawl import walk
from web.app import create_app

HOSTILE = (
    "",
    " ",
    "\x00",
    "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    "'; DROP TABLE asset; --",
    "%",
    "%00",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "{{7*7}}",
    "${7*7}",
    "-1",
    "0",
    "1e400",
    "NaN",
    "Infinity",
    "99999999999999999999",
    "1.5",
    "true",
    "[]",
    "{}",
    "null",
    "A" * 5000,
    "​‮",
    "中文" * 300,
    "2026-02-30",
    "9999-12-31",
    "0000-00-00",
    "116.5,35.4",
    "1,2,3,4,5",
    "\r\nSet-Cookie: a=b",
    "x' OR 1=1 --",
    "POINT(NaN NaN)",
    '{"type":"Point","coordinates":[]}',
    '{"type":"Point","coordinates":[1e400,1]}',
    '{"type":"Polygon","coordinates":[[[0,0],[1,1],[0,1],[1,0],[0,0]]]}',
    '{"type":"Point","coordinates":[200,95]}',
    "[" * 3000,
    "=cmd|' /C calc'!A0",
)
PARAMETERS = (
    "bbox",
    "kind",
    "status",
    "operator",
    "owner",
    "area",
    "q",
    "sort",
    "order",
    "limit",
    "cursor",
    "near",
    "host",
    "batch",
    "sample",
    "page",
    "n",
    "lang",
    "next",
    "run",
    "theme",
    "columns",
    "level",
    "day",
)
READS = (
    "/assets",
    "/api/v1/assets",
    "/tiles/assets/<z>/<x>/<y>.mvt",
    "/map",
    "/coverage",
    "/cases",
    "/parties",
)


@pytest.fixture(scope="module")
def filled(module_database: Database) -> Filled:
    return fill(module_database)


@pytest.fixture(scope="module")
def app(module_database: Database, filled: Filled, tmp_path_factory: pytest.TempPathFactory):
    return create_app(Settings(var_dir=tmp_path_factory.mktemp("var")), module_database)


@pytest.fixture
def client(app, module_database: Database, filled: Filled) -> FlaskClient:
    """One who may do everything, so that nothing is refused only for want of a permission."""
    made = app.test_client()
    made.set_cookie("lang", "en")
    cookie = secrets.token_urlsafe(32)
    with module_database.use_case(SERVICE) as connection:
        name = f"all{secrets.token_hex(4)}"
        user = connection.scalar(
            insert(user_account)
            .values(login=name, name=name, password_hash="-", party_id=filled.parties["owner"])
            .returning(user_account.c.id)
        )
        connection.execute(insert(user_role), [{"user_id": user, "role": role.value} for role in Role])
        sessions.begin_session(connection, login.digest(cookie), user_id=user, life_s=3600)
    made.set_cookie("session", cookie)
    return made


def counts(database: Database) -> dict[str, int]:
    with database.use_case(SERVICE) as connection:
        return {
            name: connection.scalar(text(f"SELECT count(*) FROM {name}"))
            for name in (
                "asset",
                "asset_place",
                "party",
                "area",
                "capacity_unit",
                "allocation",
                "agreement",
                "place_grant",
            )
        }


def rules(app, method: str) -> list[str]:
    return sorted(
        {
            rule.rule
            for rule in app.url_map.iter_rules()
            if method in (rule.methods or ()) and rule.endpoint != "static"
        }
    )


def test_hostile_addresses(app, client: FlaskClient) -> None:
    wrong = []
    for rule in rules(app, "GET"):
        parts = rule.split("/")
        for value in HOSTILE if "<" in rule else ():
            address = "/".join(
                value.replace("/", "%2F").replace("\x00", "%00")[:900]
                if part.startswith("<")
                else part.replace("<y>", "0")
                for part in parts
            )
            response = client.get(address.replace("\r\n", "%0D%0A").replace("#", "%23"))
            if response.status_code >= 500:
                wrong.append((rule, value[:40], response.status_code))
    assert wrong == []


def test_hostile_parameters(app, client: FlaskClient) -> None:
    """Each value in all parameters at once everywhere, and alone where the parameters are read."""
    wrong = []
    for rule in rules(app, "GET"):
        if "<" in rule and not rule.startswith("/tiles"):
            continue
        address = rule.replace("<z>", "11").replace("<x>", "1687").replace("<y>", "804")
        queries = [dict.fromkeys(PARAMETERS, value[:200]) for value in HOSTILE]
        if rule in READS:
            queries += [{name: value[:1500]} for name in PARAMETERS for value in HOSTILE[::3]]
        for query in queries:
            if client.get(address, query_string=query).status_code >= 500:
                wrong.append((rule, list(query)[:1], next(iter(query.values()))[:40]))
    assert wrong == []


def test_hostile_forms(app, client: FlaskClient, module_database: Database) -> None:
    found = walk(
        client,
        (
            "/",
            "/assets",
            "/admin",
            "/imports",
            "/report",
            "/track",
            "/cases",
            "/parties",
            "/areas",
            "/coverage",
            "/account",
        ),
        most=200,
    )
    forms = [form for form in found.forms.values() if form.method == "post" and "log" not in form.action]
    assert len(forms) >= 5
    before, wrong = counts(module_database), []
    for form in forms:
        for value in HOSTILE:
            data: dict[str, object] = {
                name: (kept if name == "csrf_token" else value) for name, kept in form.fields.items()
            }
            data |= {
                name: (io.BytesIO(value.encode("utf-8", "replace")), f"{value[:20]}.csv")
                for name in form.files
            }
            response = client.post(
                form.action, data=data, content_type="multipart/form-data" if form.files else None
            )
            if response.status_code >= 500:
                wrong.append((form.action, value[:40], response.status_code))
    assert wrong == []
    after = counts(module_database)
    assert {name: after[name] for name in ("asset", "asset_place", "allocation")} == {
        name: before[name] for name in ("asset", "asset_place", "allocation")
    }


def test_hostile_json(app, client: FlaskClient, module_database: Database) -> None:
    before, wrong = counts(module_database), []
    good: dict[str, Any] = {
        "kind": "tower",
        "name": "x",
        "geometry": {"type": "Point", "coordinates": [116.5, 35.4]},
    }
    values: tuple[Any, ...] = (*HOSTILE, 5, None, [], {}, True, -1, [[]], {"height_m": "NaN"})
    bodies = ["", "{", "[]", "null", "1", '{"kind": NaN}', '{"a":' * 2000, "\x00", json.dumps(good)[:-1]]
    bodies += [
        json.dumps(good | {name: value})
        for name in (*good, "fields", "status", "owner", "valid_from", "zzz")
        for value in values
        if value != "x"
    ]
    for body in bodies:
        for address, method in (
            ("/api/v1/assets", client.post),
            ("/api/v1/assets/T-0000000000", client.patch),
        ):
            response = method(
                address,
                data=body.encode("utf-8", "surrogatepass"),
                content_type="application/json",
                headers={"X-CSRF-Token": "x", "If-Match": '"1"', "Origin": "http://localhost"},
            )
            if response.status_code >= 500:
                wrong.append((address, body[:60], response.status_code))
            if response.status_code >= 400:
                assert response.mimetype == "application/problem+json", (address, body[:60])
    assert wrong == []
    assert counts(module_database)["asset_place"] >= before["asset_place"]


def test_hostile_headers(client: FlaskClient) -> None:
    for name in (
        "If-None-Match",
        "If-Match",
        "Authorization",
        "Accept-Language",
        "Accept",
        "Cookie",
        "Range",
        "X-Request-Id",
        "Idempotency-Key",
        "Origin",
        "Referer",
        "Content-Type",
        "X-Forwarded-For",
    ):
        for value in (
            "",
            "x" * 5000,
            "Bearer x",
            'W/"',
            "*",
            "bytes=0-999999999999",
            "中".encode().decode("latin-1"),
        ):
            for address in ("/assets", "/api/v1/assets?limit=1", "/tiles/assets/11/1687/804.mvt"):
                assert client.get(address, headers={name: value}).status_code < 500, (name, value[:20])


def test_no_link_is_dead(client: FlaskClient) -> None:
    found = walk(client, most=250)
    dead = {
        address: (status, found.came_from.get(address))
        for address, status in found.statuses.items()
        if status >= 400
    }
    assert dead == {}
    assert {page: ids for page, ids in found.twice.items() if ids} == {}
    assert len(found.statuses) > 25
