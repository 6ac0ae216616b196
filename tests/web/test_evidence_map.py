"""The map of evidence over a run, by reader: cells for its regulator, published quad cells for everyone else."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import pytest
from geoalchemy2.shape import from_shape
from shapely.geometry import MultiPolygon, box
from sqlalchemy import insert, text

from infra_registry.access import SERVICE, Role
from infra_registry.cluster import Cluster
from infra_registry.coverage.evidence.tables import coverage_claim, coverage_measurement
from infra_registry.coverage.evidence_map import store as evidence_map_store
from infra_registry.db import Database
from tests.integration.computed_town import Computed, copy_of
from tests.integration.radio_town import LAT, LON, Town, done, make_town
from tests.web.site import Site, Visitor
from tests.web.test_radio_pages import TILE, publish


def claimed_town(database: Database) -> tuple[Town, str]:
    """The city with a claim of the eastern operator, and a run of it."""
    town = make_town(database)
    with database.use_case(SERVICE) as connection:
        connection.execute(text("UPDATE party SET code = upper(name)"))
        claim(connection, town, MultiPolygon([box(LON - 0.04, LAT - 0.025, LON, LAT + 0.025)]))
    return town, done(database, town.regulator)


@pytest.fixture
def computed(cluster: Cluster, template: str, var: Path) -> Iterator[Computed]:
    with copy_of(cluster, template, var, claimed_town) as register:
        yield register


@pytest.fixture
def database(computed: Computed) -> Database:
    return computed.database


@pytest.fixture
def town(computed: Computed) -> Town:
    return computed.town


@pytest.fixture
def code(computed: Computed) -> str:
    return computed.code


@pytest.fixture
def regulator(site: Site, town: Town) -> Visitor:
    return site.user("regina", (Role.REGULATOR, town.id))


def claim(connection: Any, town: Town, shape: MultiPolygon) -> None:
    """What the eastern operator claims of 4G."""
    connection.execute(
        insert(coverage_claim).values(
            code="C-1",
            operator_id=town.parties["east"],
            area_id=town.id,
            technology="4g",
            environment="outdoor",
            as_of="2026-01-31",
            tool_name="tool",
            model="UMa",
            resolution_m=50,
            receiver_height_m=1.5,
            digest="d",
            vertices=5,
            geom=from_shape(shape, 4326),
        )
    )


def measure(database: Database, count: int) -> None:
    """As many bad measurements at one place of the claim."""
    row = {
        "method": "drive_test",
        "technology": "4g",
        "environment": "outdoor",
        "measured_on": "2026-10-01",
        "level_dbm": -130.0,
        "geom": f"SRID=4326;POINT({LON - 0.02} {LAT - 0.01})",
    }
    with database.use_case(SERVICE) as connection:
        row["operator_id"] = connection.scalar(text("SELECT id FROM party WHERE name = 'east'"))
        connection.execute(insert(coverage_measurement), [row] * count)


def style(visitor: Visitor, code: str, edition: str = "") -> dict[str, Any]:
    """The style of the map that the page of the eastern operator's 4G leads to."""
    operator = "EAST"
    page = visitor.get(f"/coverage/{code}/evidence?operator={operator}&technology=4g{edition}").get_data(
        as_text=True
    )
    address = page.partition('data-style="')[2].partition('"')[0].replace("&amp;", "&")
    assert "evidence-style.json" in address
    found: dict[str, Any] = visitor.get(address).get_json()
    return found


def tile_of(told: dict[str, Any], place: str = TILE) -> str:
    """The address of a tile of the map."""
    z, x, y = place.split("/")
    address: str = told["sources"]["evidence"]["tiles"][0]
    return address.replace("{z}", z).replace("{x}", x).replace("{y}", y)


def test_the_regulator_sees_cells_and_what_changes(database: Database, regulator: Visitor, code: str) -> None:
    told = style(regulator, code)
    assert told["sources"]["evidence"]["type"] == "raster"
    address = tile_of(told)
    first = regulator.get(address)
    assert first.status_code == 200
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert struct.unpack(">II", first.data[16:24]) == (256, 256)
    mark = {"If-None-Match": first.headers["ETag"]}
    assert regulator.get(address, headers=mark).status_code == 304
    measure(database, 1)
    after = regulator.get(address, headers=mark)
    assert after.status_code == 200
    assert after.data != first.data
    beside = regulator.get(tile_of(told, "10/1/1")).data
    assert len(beside) < len(first.data)
    assert regulator.get(tile_of(told, "10/9999/0")).status_code == 422
    assert regulator.get(f"/tiles/coverage/{code}/evidence/99/{TILE}.png").status_code == 404


def test_the_public_sees_quad_cells_without_what_it_may_not_know(
    database: Database, site: Site, regulator: Visitor, code: str
) -> None:
    internal = tile_of(style(regulator, code))
    for who in (site.visitor(), site.user("someone")):
        assert who.get(internal).status_code == 404
        assert who.get(internal.replace(".png", ".mvt")).status_code == 404
    publish(database, code)
    assert site.visitor().get(internal).status_code == 404
    told = style(site.visitor(), code, "&edition=internal")
    assert told["sources"]["evidence"]["type"] == "vector"
    address = tile_of(told)
    before = site.visitor().get(address)
    assert before.headers["Cache-Control"] == "private, no-cache"
    cells = mapbox_vector_tile.decode(before.data)["evidence"]["features"]
    named = {name for one in cells for name in one["properties"]}
    assert named <= {"served", "disagreement", "confidence", "measured"}
    assert {"served", "disagreement", "confidence"} <= named
    assert {one["properties"]["served"] for one in cells} <= {-1, 0, 1}
    measure(database, 9)  # nobody but those who may read measurements learns of them
    assert site.visitor().get(address).data == before.data
    assert regulator.get(tile_of(style(regulator, code, "&edition=public"))).data == before.data
    again = site.visitor().get(address, headers={"If-None-Match": before.headers["ETag"]})
    assert again.status_code == 304
    low = site.visitor().get(tile_of(told, f"{evidence_map_store.MERGED_BELOW - 2}/52/25"))
    wide = mapbox_vector_tile.decode(low.data)["evidence"]["features"]  # wide tiles hold merged cells
    assert 0 < len(wide) < len(cells)
    assert all("measured" not in one["properties"] for one in wide)
    deep = tile_of(told, "17/107994/51751")
    assert site.visitor().get(deep).status_code in (200, 204)


def test_the_legend_says_it_in_words_of_both_languages(
    database: Database, site: Site, regulator: Visitor, code: str
) -> None:
    address = f"/coverage/{code}/evidence?operator=EAST&technology=4g"
    inside = regulator.get(address).get_data(as_text=True)
    for said in ("Predicted only", "Claimed only", "Measured bad", "Sources disagree", "data:image/png"):
        assert said in inside
    publish(database, code)
    for language, said in (("en", "Cells of about a kilometre"), ("zh-Hans", "每格约1公里")):
        outside = site.visitor(language).get(address).get_data(as_text=True)
        assert said in outside
        assert "evidence_map." not in outside
