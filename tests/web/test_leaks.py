"""For every role, class and grant: no address of the product tells more of an asset than its class allows.

Exact coordinates, names, addresses and references are canaries; every answer, whatever its form, is searched for them.
"""

import gzip
import json
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime

import mapbox_vector_tile
import pytest
from flask.testing import FlaskClient
from shapely import get_coordinates
from sqlalchemy import update

from infra_registry.access import SERVICE
from infra_registry.assets.kinds import Kind
from infra_registry.config import Settings
from infra_registry.db import Database
from infra_registry.duties.answers import ledger
from infra_registry.duties.inforce.law import law
from infra_registry.parties import login
from infra_registry.parties.login import store as sessions
from infra_registry.parties.tables import place_grant
from infra_registry.publish.spatial import tile
from tests.integration.rebuilding import rebuild
from tests.integration.register_fixtures import CITY, SOUTH, WEST, Filled, fill, level, standing
from web.app import create_app

READERS = [
    "anonymous",
    "seeker",
    "grantee",
    "carrier_editor",
    "owner_editor",
    "regulator",
    "case_handler",
    "auditor",
    "system_admin",
    "security_admin",
]
BOX = ",".join(map(str, CITY.bounds))
NEEDED = {Kind.BASE_STATION: 2}
STRICT = (Kind.DUCT, Kind.CHAMBER, Kind.CABLE, Kind.ROOM)


@pytest.fixture(scope="module")
def filled(module_database: Database) -> Filled:
    made = fill(module_database)
    with module_database.use_case(SERVICE) as connection:
        rebuild(connection, law(connection))
        ledger.rebuild(connection)
    return made


@pytest.fixture(scope="module")
def app(module_database: Database, filled: Filled, tmp_path_factory: pytest.TempPathFactory):
    made = create_app(Settings(var_dir=tmp_path_factory.mktemp("var")), module_database)
    made.testing = True
    return made


def signed_in(app, database: Database, filled: Filled, who: str) -> FlaskClient:
    client = app.test_client()
    client.set_cookie("lang", "en")
    if who != "anonymous":
        cookie = secrets.token_urlsafe(32)
        with database.use_case(SERVICE) as connection:
            sessions.begin_session(
                connection, login.digest(cookie), user_id=filled.actors[who].user_id, life_s=3600
            )
        client.set_cookie("session", cookie)
    return client


def addresses(filled: Filled) -> Iterator[str]:
    """Every way to ask about assets: lists, details, searches, counts, nearest, tiles, exports, errors."""
    yield from (
        f"/api/v1/assets?bbox={BOX}&limit=1000",
        f"/api/v1/assets?near={WEST + 0.01},{SOUTH + 0.05}&limit=200",
        "/api/v1/assets?q=NAME&limit=1000",
        "/api/v1/assets?q=ADDRESS&limit=1000",
        "/api/v1/assets?operator=owner&limit=1000",
        "/api/v1/assets?sort=name&order=desc&limit=1000",
        "/api/v1/assets?q=REF-duct",
        "/api/v1/assets?area=370800&limit=1000",
        "/",
        "/map",
        "/map/config.json",
        "/map/style.json",
        f"/assets?bbox={BOX}&limit=1000",
        "/assets?q=NAME-duct",
        "/assets?sort=name",
        f"/assets.csv?bbox={BOX}",
        "/areas",
        "/areas/370800",
        "/parties",
        "/parties/owner",
        f"/map/export?bbox={BOX}",
        "/coverage",
        "/duties",
        "/duties?sort=subject",
        "/duties?q=NAME",
        "/duties?party=owner",
        "/duties.csv",
        "/duties/opening",
        "/duties/opening?q=NAME",
        "/duties/opening?body=owner",
        "/duties/opening?sort=name",
        "/duties/opening.csv",
        "/duties/opening/export",
        "/duties/unshown",
        "/duties/mine",
        "/duties/ask",
        "/tiles/areas/12/3374/1610.mvt",
    )
    for zoom in (0, 8, 10, 11, 13, 15):
        (x1, y1), (x2, y2) = tile(WEST, SOUTH + 0.2, zoom), tile(WEST + 0.1, SOUTH, zoom)
        places = [f"{zoom}/{x}/{y}" for x in range(x1, x2 + 1) for y in range(y1, y2 + 1)]
        yield from (f"/tiles/assets/{place}.mvt" for place in places)
        if zoom in (8, 11, 15):
            yield from (f"/tiles/{layer}/{place}.mvt" for place in places for layer in ("openings", "duties"))
    for code in filled.drafts:
        yield f"/duties?code={code}"
    for code in filled.drafts:
        yield f"/api/v1/assets/{code}"
        yield f"/assets/{code}"
    some = next(iter(filled.drafts))
    yield from (
        f"/api/v1/assets/{some}x",
        f"/assets/{some}x",
        "/api/v1/assets?operator=rival&kind=duct&limit=5",
        "/api/v1/assets?bbox=1,2,3",
        "/tiles/assets/3/9/9.mvt",
    )


def said(response) -> str:
    """The answer as text: tiles decoded, attributes and all."""
    body = response.get_data()
    if response.headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    if response.mimetype == "application/vnd.mapbox-vector-tile":
        return json.dumps(
            {
                name: [feature["properties"] for feature in layer["features"]]
                for name, layer in mapbox_vector_tile.decode(body).items()
            }
        )
    return body.decode("utf-8")


def canaries(filled: Filled, who: str) -> dict[str, str]:
    """Texts this reader must never be given, with the asset each belongs to."""
    forbidden = {}
    for code, draft in filled.drafts.items():
        mine, shown = standing(filled, who, draft), level(filled, who, draft)
        if shown is None:
            forbidden[code] = code
        if shown != "exact":
            for lon, lat in get_coordinates(draft.geometry):
                forbidden[f"{lon:.5f}"[:9]] = code
                forbidden[f"{lat:.5f}"[:8]] = code
        needed = 3 if draft.kind in STRICT else NEEDED.get(draft.kind, 1)
        if mine < needed or shown is None:
            forbidden[draft.name] = code
        if (mine < 3 and draft.kind in (*STRICT, Kind.BASE_STATION)) or shown is None:
            forbidden[draft.address] = code
        if mine < 3 or shown is None:
            forbidden[draft.owner_ref] = code
        if mine < 4 and draft.kind is Kind.PUBLIC_BUILDING:
            forbidden["SECRETGROUND"] = code
    return forbidden


def allowed_numbers(filled: Filled, who: str) -> set[str]:
    """Coordinate texts that also belong to something shown exactly."""
    numbers = set()
    for draft in filled.drafts.values():
        if level(filled, who, draft) == "exact":
            for lon, lat in get_coordinates(draft.geometry):
                numbers |= {f"{lon:.5f}"[:9], f"{lat:.5f}"[:8]}
    return numbers


@pytest.mark.parametrize("who", READERS)
def test_no_answer_tells_more(app, module_database: Database, filled: Filled, who: str) -> None:
    client = signed_in(app, module_database, filled, who)
    forbidden = canaries(filled, who)
    if (
        who != "regulator"
        and "SECRETGROUND" in forbidden
        and any(
            standing(filled, who, d) == 4 and d.kind is Kind.PUBLIC_BUILDING for d in filled.drafts.values()
        )
    ):
        del forbidden["SECRETGROUND"]
    texts = set(forbidden) - allowed_numbers(filled, who)
    asked = 0
    for address in addresses(filled):
        response = client.get(address)
        assert response.status_code < 500, address
        content, asked = said(response), asked + 1
        # What was asked for is said back in error texts; it tells nothing.
        leaked = {text for text in texts if text in content and text not in address}
        assert not leaked, (address, {text: forbidden[text] for text in list(leaked)[:5]})
    assert asked > 200


def test_revoked_grant_counts_at_the_next_request_cached_tiles_too(
    app, module_database: Database, filled: Filled
) -> None:
    client = signed_in(app, module_database, filled, "grantee")
    duct = next(
        code
        for code, draft in filled.drafts.items()
        if draft.kind is Kind.DUCT
        and level(filled, "grantee", draft) == "exact"
        and draft.access_class == "P3"
    )
    z, (x, y) = 13, tile(WEST + 0.03, SOUTH + 0.05, 13)
    address = f"/tiles/assets/{z}/{x}/{y}.mvt"
    first = client.get(address)
    assert client.get(address, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert client.get(f"/api/v1/assets/{duct}").get_json()["properties"]["level"] == "exact"
    assert "private" in first.headers["Cache-Control"]
    with module_database.use_case(SERVICE) as connection:
        connection.execute(
            update(place_grant)
            .where(place_grant.c.id == filled.grant_id)
            .values(revoked_at=datetime.now(UTC))
        )
    try:
        again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
        assert again.status_code == 200
        assert again.headers["ETag"] != first.headers["ETag"]
        assert client.get(f"/api/v1/assets/{duct}").get_json()["properties"]["level"] == "cell"
    finally:
        with module_database.use_case(SERVICE) as connection:
            connection.execute(
                update(place_grant).where(place_grant.c.id == filled.grant_id).values(revoked_at=None)
            )


def test_anonymous_tiles_may_be_shared_and_others_not(app, module_database: Database, filled: Filled) -> None:
    anonymous = app.test_client().get("/tiles/assets/13/6749/3222.mvt")
    seeker = signed_in(app, module_database, filled, "seeker").get("/tiles/assets/13/6749/3222.mvt")
    assert anonymous.headers["Cache-Control"].startswith("public")
    assert seeker.headers["Cache-Control"].startswith("private")
    assert anonymous.headers["ETag"] != seeker.headers["ETag"]
