"""A run published while a field was open: what it stored of the law follows the publication table of the day."""

import json
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import pytest
from sqlalchemy import text

from infra_registry.access import ANONYMOUS, SERVICE, Role
from infra_registry.assets import reference
from infra_registry.config import Settings
from infra_registry.coverage.radio.result import store as result_store
from infra_registry.coverage.radio.result.store import RemedyFilter
from infra_registry.coverage.runs import life
from infra_registry.db import Database
from infra_registry.duties.answers import ledger, opening
from infra_registry.duties.answers.opening_checks import Act
from infra_registry.duties.inforce.law import law
from tests.integration import radio_town
from tests.integration.rebuilding import rebuild
from tests.web.site import Site, Visitor
from tests.web.test_duty_masks import CITY, TABLE

CLAUSE = "18.1"
# How pages and files word the duty, the opening and the obstacle of a refused pole.
TELLING = ("art. 18", "#c-18.1", "efused", "Not asked")


def refused_pole(database: Database) -> str:
    """A town under Yingtan's rules whose pole for lights was refused; a published run."""
    town = radio_town.make_town(database)
    with database.use_case(SERVICE) as connection:
        connection.execute(text("UPDATE asset_pole SET use = 'street_light'"))
        code: str = connection.execute(text("SELECT code FROM asset WHERE kind = 'pole'")).scalar_one()
        rebuild(connection, law(connection))
        ledger.rebuild(connection)
        opening.record(
            connection, law(connection), SERVICE, [Act(code, "asked", wanted="mast", asker="east")]
        )
        refusal = Act(code, "refused", ground="safety", evidence="结构鉴定书2026-14", person="张主任")
        opening.record(connection, law(connection), SERVICE, [refusal])
    run = radio_town.done(database, town.regulator)
    with database.use_case(town.regulator) as connection:
        life.publish(connection, town.regulator, run, public=True)
    return run


def close_the_use(database: Database, folder: Path) -> None:
    """The city's own table keeps the use of its poles closed."""
    folder.mkdir()
    (folder / "city.toml").write_text(TABLE, "utf-8")
    with database.use_case(SERVICE) as connection:
        reference.load_publication(connection, folder)


def poles(database: Database, run: str, obstacle: str | None = None) -> list[dict[str, Any]]:
    """The remedies on poles as the public reads them."""
    with database.use_case(ANONYMOUS) as connection:
        found = result_store.radio_run(connection, run)
        rows = result_store.remedies(connection, found, "public", RemedyFilter(obstacle=obstacle), limit=1000)
    return [row for row in rows if row["asset_kind"] == "pole"]


def states(visitor: Visitor, run: str) -> set[object]:
    """What the map says of the opening of hosts."""
    answer = visitor.get(f"/tiles/coverage/{run}/remedies/10/843/404.mvt")
    drawn = mapbox_vector_tile.decode(answer.data)["remedies"]["features"]
    return {item["properties"].get("opening") for item in drawn}


def about(visitor: Visitor, run: str, code: str, path: str) -> list[str]:
    """What page and file say of the law of this host."""
    body = visitor.get(f"/coverage/{run}/{path}").get_data(as_text=True)
    if path.startswith("radio.geojson"):
        parts = [json.dumps(item) for item in json.loads(body)["features"]]
    else:
        parts = body.split("<tr" if path.startswith(("remedies", "gaps")) else "\n")
    mine = [part.split("</tr>")[0] for part in parts if code in part]
    assert mine, path
    return [word for word in TELLING if any(word in part for part in mine)]


def test_a_field_closed_after_a_run_closes_what_the_run_stored(
    database: Database, var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(radio_town, "CODE", CITY)
    run = refused_pole(database)
    site = Site(database, Settings(var_dir=var))
    anyone = site.visitor()
    with database.use_case(SERVICE) as connection:
        city = connection.execute(text("SELECT id FROM area WHERE code = :code"), {"code": CITY}).scalar_one()
    regulator = site.user("regina", (Role.REGULATOR, city))

    before = poles(database, run)
    assert {(row["duty"]["clause"], row["opening_state"]) for row in before} == {(CLAUSE, "refused")}
    assert poles(database, run, obstacle="refused") == before
    assert "refused" in states(anyone, run)
    code = before[0]["asset"]
    paths = ("remedies", "radio.csv?of=remedies", "radio.geojson")
    assert all(about(anyone, run, code, path) for path in paths)

    close_the_use(database, var / "publication")
    after = poles(database, run)
    assert [row["ordinal"] for row in after] == [row["ordinal"] for row in before]
    for row in after:
        assert (row["duty"], row["opening_state"]) == (None, None)
        assert {item["key"] for item in row["obstacles"]} == {"units_not_shown", "load_unknown"}
    assert poles(database, run, obstacle="refused") == []
    assert "refused" not in states(anyone, run)
    for path in paths:
        assert about(anyone, run, code, path) == [], path
        for edition in ("internal", "public"):
            asked = f"{path}{'&' if '?' in path else '?'}edition={edition}"
            assert {"art. 18", "efused"} <= set(about(regulator, run, code, asked)), asked
    assert "refused" in states(regulator, run)
