"""What its blurred place gives away: counted and listed for who sees it whole, for nobody else."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from geoalchemy2.shape import from_shape
from shapely.geometry import MultiPolygon, Point
from sqlalchemy import insert

from infra_registry.access import SERVICE, Role
from infra_registry.areas.tables import area, area_boundary
from infra_registry.assets.draft import Draft
from infra_registry.assets.kinds import Kind, Status
from infra_registry.assets.register import register
from infra_registry.cli.exporting import export
from infra_registry.config import Settings
from infra_registry.db import Database
from infra_registry.parties.tables import party
from infra_registry.publish.spatial import tile
from infra_registry.publish.tiles import Tile
from tests.integration.register_fixtures import CITY
from tests.web.site import Site, Visitor

ADDRESS = "/api/v1/assets?lone_host=true&area=370800"


def spot(cell: int, part: float) -> Point:
    """A point in the cell so many columns east of the first one."""
    x, y = tile(116.5, 35.4, 15)
    box = Tile(15, x + cell, y).box(0)
    return Point(box.west + (box.east - box.west) * part, box.south + (box.north - box.south) * part)


@pytest.fixture(scope="module")
def readers(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Visitor]:
    """Cell 0: a host with two stations. 1: two hosts. 2: one, a retired one, a pole. 3: a hidden one. 4: not stated."""
    with module_database.use_case(SERVICE) as connection:
        city = connection.scalar(
            insert(area)
            .values(scheme="gb2260", code="370800", name="示例市", level="city")
            .returning(area.c.id)
        )
        connection.execute(
            insert(area_boundary).values(area_id=city, geom=from_shape(MultiPolygon([CITY]), 4326))
        )
        mine, other = (
            connection.scalar(insert(party).values(code=c, name=c, kind="carrier").returning(party.c.id))
            for c in "ab"
        )
        hosts = register(
            connection,
            [
                Draft(Kind.TOWER, "t0", spot(0, 0.5)),
                Draft(Kind.TOWER, "t1", spot(1, 0.5)),
                Draft(Kind.TOWER, "u1", spot(1, 0.2)),
                Draft(Kind.TOWER, "t2", spot(2, 0.5)),
                Draft(Kind.TOWER, "r2", spot(2, 0.2), status=Status.RETIRED),
                Draft(Kind.POLE, "p2", spot(2, 0.8)),
                Draft(Kind.ROOM, "h3", spot(3, 0.5)),
                Draft(Kind.TOWER, "t4", spot(4, 0.5)),
            ],
        )
        ids = {
            name: host.id
            for name, host in zip(("t0", "t1", "u1", "t2", "r2", "p2", "h3", "t4"), hosts, strict=True)
        }
        on = [("a0", 0, "t0", mine), ("b0", 0, "t0", other), ("a1", 1, "t1", mine), ("b2", 2, "t2", other)]
        on += [("a3", 3, "h3", mine), ("a4", 4, None, mine)]
        register(
            connection,
            [
                Draft(Kind.BASE_STATION, name, spot(cell, 0.5), host_id=ids.get(host or ""), operator_id=who)
                for name, cell, host, who in on
            ],
        )
    site = Site(module_database, Settings(var_dir=tmp_path_factory.mktemp("var")))
    return {
        "anonymous": site.visitor(),
        "seeker": site.user("seeker", (Role.SEEKER, None)),
        "carrier": site.user("carrier", (Role.CARRIER_EDITOR, None), party_id=mine),
        "regulator": site.user("regulator", (Role.REGULATOR, city)),
        "whole": site.user("whole", (Role.REGULATOR, None), language="zh-Hans"),
    }


@pytest.mark.parametrize(
    ("who", "names"),
    [
        ("anonymous", []),
        ("seeker", []),
        ("carrier", ["a0"]),
        ("regulator", ["a0", "b0", "b2"]),
        ("whole", ["a0", "b0", "b2"]),
    ],
)
def test_who_is_told_of_what(readers: dict[str, Visitor], who: str, names: list[str]) -> None:
    reader = readers[who]
    answer = json.loads(reader.get(ADDRESS).data)
    assert sorted(item["properties"]["name"] for item in answer["features"]) == names
    assert answer["numberMatched"] == len(names)
    page = reader.get("/areas/370800").get_data(as_text=True)
    assert ("lone_host=true" in page) == bool(names)
    listed = reader.get("/assets?lone_host=true&area=370800").get_data(as_text=True)
    assert all(f">{name}<" in listed for name in names)


def test_the_page_says_how_many(readers: dict[str, Visitor]) -> None:
    assert "3 are shown to others as a cell" in readers["regulator"].get("/areas/370800").get_data(
        as_text=True
    )
    assert "有3项只公开到方格" in readers["whole"].get("/areas/370800").get_data(as_text=True)


def test_a_wrong_value_is_named(readers: dict[str, Visitor]) -> None:
    assert readers["anonymous"].get("/api/v1/assets?lone_host=yes").status_code == 422


def test_the_command_writes_the_list(
    readers: dict[str, Visitor], module_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra_registry.cli.session.open_database", lambda: module_database)
    for who, count in ((["--as", "regulator"], 3), (["--as", "seeker"], 0), ([], 0)):
        path = tmp_path / "lone.geojson"
        done = CliRunner().invoke(export, ["--kind", "base_station", "--lone-host", "--to", str(path), *who])
        assert done.exit_code == 0, done.output
        assert len(json.loads(path.read_text("utf-8"))["features"]) == count
