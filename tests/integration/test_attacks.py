"""What an asset's exact place is cannot be told from anything a reader without a tie to it is given.

Two registers that differ only in where, inside their cells, blurred assets exactly stand must answer the same;
and a shrinking box or a nearest search ends at the shown place, never nearer the exact one.
"""

import random
from dataclasses import replace

import pytest
from shapely import from_wkb
from shapely.geometry import LineString, Point, box, shape
from sqlalchemy import text

from infra_registry.access import SERVICE, Actor, Role, RoleGrant
from infra_registry.assets.draft import Draft
from infra_registry.assets.kinds import Kind
from infra_registry.assets.register import register
from infra_registry.db import Database
from infra_registry.publish import assets, figures, record, tiles
from infra_registry.publish.query import Query
from infra_registry.publish.spatial import Box, tile
from infra_registry.publish.tiles import Tile
from tests.conftest import clone, drop
from tests.integration.register_fixtures import fill

LON, LAT = 116.53, 35.41
BLURRED = (
    ("station", Kind.BASE_STATION, "P2"),
    ("duct", Kind.DUCT, "P3"),
    ("room", Kind.ROOM, "P3"),
    ("withheld", Kind.CHAMBER, "P0"),
)


def cell_point(zoom: int, part: float) -> tuple[float, float]:
    """A point at this part of the way through the quad cell that holds the test place."""
    x, y = tile(LON, LAT, zoom)
    corner = Tile(zoom, x, y).box(0)
    return corner.west + (corner.east - corner.west) * part, corner.south + (
        corner.north - corner.south
    ) * part


def drafts(part: float) -> list[Draft]:
    made = []
    for i, (name, kind, access) in enumerate(BLURRED):
        lon, lat = cell_point(18, part)
        if kind is Kind.DUCT:
            lon, lat = cell_point(15, part)
            geometry = LineString([(lon, lat), (lon + 0.0001, lat), (lon + 0.0002, lat + 0.0001)])
        else:
            geometry = Point(lon, lat)
        made.append(Draft(kind, f"name {name}", geometry, access_class=access, code=f"X-BLURRED{i:03d}"))
    return made


def told(database: Database, actor: Actor) -> list[object]:
    """Everything the domain gives this reader about the neighbourhood, times of change left out."""
    answers: list[object] = []
    with database.use_case(actor) as connection:
        for query in (
            Query(limit=100),
            Query(near=cell_point(18, 0.3)),
            Query(near=(LON + 0.02, LAT)),
            Query(text="name"),
            Query(sort="name"),
            Query(kinds=("duct",)),
            *(Query(box=Box(LON - d, LAT - d, LON + d, LAT + d)) for d in (0.5, 0.01, 0.003, 0.001, 0.0003)),
        ):
            page = assets.search(connection, actor, query)
            answers.append([(item.geometry, {**item.values, "changed_at": None}) for item in page.items])
            answers.append(page.matched)
        for item in assets.search(connection, actor, Query(limit=100)).items:
            found = record.detail(connection, actor, item.values["code"])
            answers.append(
                (found.fields, {**found.more, "recorded_at": None}, found.hidden, found.cells, found.ends)
            )
        for zoom in range(19):
            answers.append(tiles.asset_tile(connection, actor, Tile(zoom, *tile(LON, LAT, zoom)), Query())[1])
        shown = figures.city(connection, actor)
        answers.append((shown.by_kind, shown.by_status))
        for table in ("asset_area", "place_count", "capacity_unit", "status_event"):
            answers.append(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar())
    return answers


@pytest.mark.parametrize("roles", [(), ("seeker",), ("case_handler",), ("auditor",)])
def test_place_inside_the_cell_changes_no_answer(cluster, template: str, roles: tuple[str, ...]) -> None:
    actor = Actor(77, 0, "reader", frozenset(RoleGrant(Role(r)) for r in roles)) if roles else Actor()
    answers = []
    for part in (0.2, 0.8):
        made = clone(cluster, template)
        database = Database(made.app)
        with database.use_case(SERVICE) as connection:
            register(connection, drafts(part))
        answers.append(told(database, actor))
        database.dispose()
        drop(cluster, made)
    assert answers[0] == answers[1]
    assert any(answers[0])


def test_precision_tells_only_of_the_shown_place(database: Database) -> None:
    """A whole metre of width may fall inside a cell: assets shown at one point must state one precision."""
    with database.use_case(SERVICE) as connection:
        register(
            connection,
            [
                Draft(Kind.BASE_STATION, "s", Point(116.32, 30 + 12 * i / 3000), access_class="P2")
                for i in range(3000)
            ],
        )
    for actor in (Actor(), Actor(5, 0, "s", frozenset({RoleGrant(Role.SEEKER)}))):
        with database.use_case(actor) as connection:
            told = connection.execute(
                text(
                    "SELECT ST_AsText(geom), count(DISTINCT precision_m) FROM asset_place GROUP BY 1 HAVING "
                    "count(DISTINCT precision_m) > 1"
                )
            ).all()
        assert told == []


@pytest.fixture(scope="module")
def filled(module_database: Database):
    return fill(module_database)


@pytest.mark.parametrize("who", ["anonymous", "seeker"])
def test_shrinking_box_ends_at_the_shown_place(module_database: Database, filled, who: str) -> None:
    actor = filled.actors[who]
    rng = random.Random(7)
    with module_database.use_case(actor) as connection:
        # The shown rows themselves: an answer's GeoJSON is rounded to a centimetre.
        rows = connection.execute(text("SELECT code, ST_AsBinary(geom) FROM asset_place"))
        everything = {code: from_wkb(bytes(wkb)) for code, wkb in rows}
        blurred = [
            code
            for code, geometry in everything.items()
            if not geometry.equals(filled.drafts[code].geometry)
            and filled.drafts[code].kind in (Kind.BASE_STATION, Kind.DUCT)
        ]
        assert blurred
        for code in blurred:
            exact = filled.drafts[code].geometry
            area = box(*exact.buffer(0.02).bounds)
            for _ in range(40):  # follow the half that still answers
                west, south, east, north = area.bounds
                halves = (
                    ((west, south, (west + east) / 2, north), ((west + east) / 2, south, east, north))
                    if rng.random() < 0.5
                    else ((west, south, east, (south + north) / 2), (west, (south + north) / 2, east, north))
                )
                hits = [
                    half
                    for half in halves
                    if code
                    in {
                        item.values["code"]
                        for item in assets.search(connection, actor, Query(box=Box(*half), limit=1000)).items
                    }
                ]
                assert hits == [half for half in halves if box(*half).intersects(everything[code])]
                area = box(*hits[0])
            assert area.intersects(everything[code].buffer(1e-9))


@pytest.mark.parametrize("who", ["anonymous", "seeker"])
def test_nearest_orders_by_the_shown_place(module_database: Database, filled, who: str) -> None:
    actor = filled.actors[who]
    rng = random.Random(11)
    with module_database.use_case(actor) as connection:
        shown = {
            item.values["code"]: shape(item.geometry)
            for item in assets.search(connection, actor, Query(limit=1000)).items
        }
        for _ in range(20):
            at = Point(116.5 + rng.random() * 0.25, 35.3 + rng.random() * 0.25)
            found = [
                item.values["code"]
                for item in assets.search(connection, actor, Query(near=(at.x, at.y), limit=10)).items
            ]
            distances = sorted(geometry.distance(at) for geometry in shown.values())[:10]
            assert [shown[code].distance(at) for code in found] == pytest.approx(distances)


def test_fields_that_are_hidden_cannot_be_asked_for(module_database: Database, filled) -> None:
    actor = filled.actors["anonymous"]
    with module_database.use_case(actor) as connection:
        for query in (
            Query(operators=("owner",), kinds=("base_station",)),
            Query(owners=("owner",), kinds=("duct",)),
            Query(text="ADDRESS-duct"),
            Query(operators=("none",), kinds=("duct",)),
        ):
            assert assets.search(connection, actor, replace(query, limit=100)).items == ()
            assert assets.count(connection, actor, query) == 0
