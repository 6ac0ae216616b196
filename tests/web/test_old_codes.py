"""Codes of before revision 0005: old addresses lead to today's, for those who may see the thing and for nobody else."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from shapely.geometry import Point
from sqlalchemy import text

from infra_registry import audit
from infra_registry.access import ANONYMOUS, SERVICE, Role
from infra_registry.assets import store
from infra_registry.assets.draft import Draft
from infra_registry.assets.kinds import Kind
from infra_registry.assets.register import register
from infra_registry.cluster import Addresses
from infra_registry.config import Settings, today
from infra_registry.db import Database
from infra_registry.db.aliases import ASSETS, current
from infra_registry.publish import assets
from infra_registry.publish.query import Query
from tests.integration.law_towns import Towns, settle, works
from tests.web.site import Site


@pytest.fixture
def towns(database: Database) -> Towns:
    with database.use_case(SERVICE) as connection:
        return settle(connection)


@pytest.fixture
def old(database: Database, addresses: Addresses, towns: Towns) -> dict[str, tuple[str, str]]:
    """Old and new codes of an open room, a withheld one and works."""
    with database.use_case(SERVICE) as connection:
        withheld: dict[str, Any] = {
            "access_class": "P4",
            "withheld_reason": "a guarded place",
            "withheld_review_on": today() + timedelta(days=90),
        }
        spot = Point(106.1, 30.1)
        open_room, hidden = register(
            connection,
            [Draft(Kind.ROOM, "open", spot, access_class="P1"), Draft(Kind.ROOM, "hidden", spot, **withheld)],
        )
        _, project = works(connection, towns, "yinchuan")
        register(
            connection, [Draft(Kind.BASE_STATION, "tenant", spot, access_class="P1", host_id=open_room.id)]
        )
    named = {"room": (open_room.code, "room"), "hidden": (hidden.code, "room"), "works": (project, "works")}
    former = {"room": "R", "works": "J"}
    pairs = {name: (former[thing] + "-0" + code[3:], code) for name, (code, thing) in named.items()}
    with psycopg.connect(addresses.owner) as connection:
        for name, (before, after) in pairs.items():
            connection.execute("INSERT INTO code_alias VALUES (%s, %s, %s)", (before, named[name][1], after))
    return pairs


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Site:
    return Site(database, Settings(var_dir=tmp_path))


def test_old_addresses_lead_to_those_of_today(site: Site, old: dict[str, tuple[str, str]]) -> None:
    before, after = old["room"]
    for language in ("zh-Hans", "en"):
        visitor = site.visitor(language)
        for path in ("/assets/{}", "/api/v1/assets/{}"):
            answer = visitor.get(path.format(before) + "?lang=en")
            assert (answer.status_code, answer.location) == (302, path.format(after) + "?lang=en")
        assert visitor.get(f"/assets/{before.lower()}").location == f"/assets/{after}"
        assert visitor.get(f"/assets/{after}").status_code == 200


def test_an_old_code_tells_nothing_of_what_is_hidden(site: Site, old: dict[str, tuple[str, str]]) -> None:
    hidden, works_code = old["hidden"][0], old["works"][0]
    visitor = site.visitor()
    for path in ("/assets/{}", "/api/v1/assets/{}"):
        answers = {}
        for code in (hidden, "R-0000000000"):
            answer = visitor.get(path.format(code))
            answers[code] = (answer.status_code, answer.headers.get("Location"))
        assert answers[hidden] == answers["R-0000000000"] == (404, None)
    assert visitor.get(f"/works/{works_code}").headers.get("Location", "").startswith("/login")
    with site.database.use_case(ANONYMOUS) as connection:
        rows = connection.execute(text("SELECT old FROM code_alias")).scalars().all()
    assert rows == [old["room"][0]]
    seeing = site.user("watcher", (Role.REGULATOR, None))
    assert seeing.get(f"/assets/{hidden}").location == f"/assets/{old['hidden'][1]}"
    assert seeing.get(f"/works/{works_code}").location == f"/works/{old['works'][1]}"


def test_old_codes_are_searched_and_filtered_for(database: Database, old: dict[str, tuple[str, str]]) -> None:
    before, after = old["room"]
    with database.use_case(ANONYMOUS) as connection:
        for query in (Query(text=before), Query(text=before.lower()), Query(codes=(before,))):
            items = assets.search(connection, ANONYMOUS, query).items
            assert [item.values["code"] for item in items] == [after]
        assert assets.search(connection, ANONYMOUS, Query(text=old["hidden"][0])).items == ()
        assert list(store.ids_of(connection, [before, after, "R-0000000000"])) == [before, after]
        assert current(connection, old["hidden"][0], *ASSETS) == old["hidden"][0]
    with database.use_case(SERVICE) as connection:
        hosted = assets.search(connection, SERVICE, Query(host=before)).items
    assert [item.values["name"] for item in hosted] == ["tenant"]


def test_the_audit_is_read_by_the_codes_of_all_times(
    site: Site, database: Database, old: dict[str, tuple[str, str]]
) -> None:
    before, after = old["hidden"]
    with database.use_case(SERVICE) as connection:
        audit.note(connection, "read", "asset", ref=before)
        audit.note(connection, "read", "asset", ref=after)
    page = site.user("auditor", (Role.AUDITOR, None)).get(f"/admin/audit?ref={after}&action=read")
    assert {code for code in (before, after) if f">{code}<" in page.get_data(as_text=True)} == {before, after}
    with database.use_case(SERVICE) as connection:
        events, _ = audit.events(connection, audit.EventFilter(ref=after, action="read"))
    assert {event.ref for event in events} == {before, after}
