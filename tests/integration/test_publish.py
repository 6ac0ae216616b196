"""List, count, detail, search, nearest and tile agree with the rules, for every role, class and kind."""

import mapbox_vector_tile
import pytest
from geoalchemy2.shape import from_shape
from shapely.geometry import MultiPolygon, box
from sqlalchemy import insert, text

from infra_registry.access import SERVICE
from infra_registry.areas.tables import area, area_boundary
from infra_registry.assets.kinds import Kind
from infra_registry.db import Database
from infra_registry.errors import NotFound
from infra_registry.publish import assets, figures, record, tiles
from infra_registry.publish import masks as publication
from infra_registry.publish.query import Query
from infra_registry.publish.spatial import Box, condition, tile
from infra_registry.publish.tiles import Tile
from tests.integration.register_fixtures import CITY, SOUTH, WEST, Filled, fill, level, standing

READERS = (
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
)
ALL = Query(limit=1000)


@pytest.fixture(scope="module")
def filled(module_database: Database) -> Filled:
    return fill(module_database)


@pytest.mark.parametrize("who", READERS)
def test_list_shows_each_asset_at_its_level(module_database: Database, filled: Filled, who: str) -> None:
    with module_database.use_case(filled.actors[who]) as connection:
        page = assets.search(connection, filled.actors[who], ALL)
    shown = {item.values["code"]: item.values["level"] for item in page.items}
    expected = {code: level(filled, who, draft) for code, draft in filled.drafts.items()}
    assert shown == {code: value for code, value in expected.items() if value}
    assert page.matched == len(shown)


@pytest.mark.parametrize("who", READERS)
def test_fields_follow_standing(module_database: Database, filled: Filled, who: str) -> None:
    actor = filled.actors[who]
    with module_database.use_case(actor) as connection:
        for code, draft in filled.drafts.items():
            if level(filled, who, draft) is None:
                with pytest.raises(NotFound):
                    record.detail(connection, actor, code)
                continue
            found = record.detail(connection, actor, code)
            mine = standing(filled, who, draft)
            if draft.kind is Kind.DUCT:
                assert (found.fields["bore_count"] == 4) is (mine >= 3)
                assert (found.item.values["name"] is not None) is (mine >= 3)
            if draft.kind is Kind.PUBLIC_BUILDING:
                assert (found.fields["security_ground"] is not None) is (mine == 4)
            assert (found.more["owner_ref"] is not None) is (mine >= 3)


@pytest.mark.parametrize("who", READERS)
def test_search_finds_no_hidden_name(module_database: Database, filled: Filled, who: str) -> None:
    actor = filled.actors[who]
    with module_database.use_case(actor) as connection:
        for kind in (Kind.DUCT, Kind.BASE_STATION, Kind.TOWER):
            page = assets.search(connection, actor, Query(text=f"NAME-{kind}", limit=100))
            shown = {item.values["code"] for item in page.items}
            needed = {Kind.DUCT: 3, Kind.BASE_STATION: 2, Kind.TOWER: 1}[kind]
            assert shown == {
                code
                for code, draft in filled.drafts.items()
                if draft.kind is kind and level(filled, who, draft) and standing(filled, who, draft) >= needed
            }


@pytest.mark.parametrize("who", READERS)
def test_operator_filter_matches_only_what_is_shown(
    module_database: Database, filled: Filled, who: str
) -> None:
    actor = filled.actors[who]
    with module_database.use_case(actor) as connection:
        page = assets.search(connection, actor, Query(operators=("rival",), limit=100))
        assert all(item.values["operator_code"] == "rival" for item in page.items)


def test_cell_path_gives_the_rows_of_the_spatial_path(module_database: Database, filled: Filled) -> None:
    actor = filled.actors["seeker"]
    box = Query(box=Box(WEST + 0.01, SOUTH, WEST + 0.09, SOUTH + 0.1), limit=1000)
    with module_database.use_case(actor) as connection:
        masks = publication.load(connection, actor)
        assert masks.leakproof
        by_box = {item.values["code"] for item in assets.search(connection, actor, box).items}
        sql, values = condition(box.box, leakproof=False)
        by_cell = set(connection.scalars(text(f"SELECT p.code FROM asset_place p WHERE {sql}"), values))
    assert by_box == by_cell
    assert by_box


@pytest.mark.parametrize("who", ["anonymous", "seeker", "grantee", "regulator"])
def test_tiles_show_the_list(module_database: Database, filled: Filled, who: str) -> None:
    actor = filled.actors[who]
    west, south, east, north = CITY.bounds
    with module_database.use_case(actor) as connection:
        shown: dict[str, str] = {}
        (x1, y1), (x2, y2) = (tile(west, north, 13), tile(east, south, 13))
        for x in range(x1, x2 + 1):
            for y in range(y1, y2 + 1):
                _, made = tiles.asset_tile(connection, actor, Tile(13, x, y), Query())
                for feature in mapbox_vector_tile.decode(made).get("assets", {}).get("features", []):
                    shown[feature["properties"]["code"]] = feature["properties"]["level"]
        low = mapbox_vector_tile.decode(tiles.asset_tile(connection, actor, Tile(0, 0, 0), Query())[1])
    expected = {code: level(filled, who, draft) for code, draft in filled.drafts.items()}
    assert shown == {code: value for code, value in expected.items() if value}
    assert sum(f["properties"]["n"] for f in low["counts"]["features"]) == (
        len(shown) if who != "grantee" else len([c for c in shown if filled.drafts[c].access_class != "P0"])
    )


def test_paging_visits_every_row_once(module_database: Database, filled: Filled) -> None:
    actor = filled.actors["regulator"]
    codes, cursor = [], None
    with module_database.use_case(actor) as connection:
        while True:
            page = assets.search(connection, actor, Query(limit=7, sort="name", cursor=cursor))
            codes += [item.values["code"] for item in page.items]
            if page.cursor is None:
                break
            last = page.items[-1].values
            cursor = (last["name"], last["code"])
    assert sorted(codes) == sorted(filled.drafts)


def test_hidden_assets_are_counted_per_district_and_few_not_told(database: Database) -> None:
    filled = fill(database)
    with database.use_case(SERVICE) as connection:
        for code, east in (("370811", 0.09), ("370812", 0.4)):
            district = connection.scalar(
                insert(area)
                .values(scheme="gb2260", code=code, name=code, level="district", parent_id=filled.city_id)
                .returning(area.c.id)
            )
            west = WEST if code == "370811" else WEST + 0.09
            outline = from_shape(MultiPolygon([box(west, SOUTH, WEST + east, SOUTH + 0.4)]), 4326)
            connection.execute(insert(area_boundary).values(area_id=district, geom=outline))
    with database.use_case(SERVICE) as connection:
        told = {found.district: found.count for found in figures.hidden_counts(connection, "370800")}
    hidden = [d for d in filled.drafts.values() if d.access_class in ("P0", "P4")]
    near = [d for d in hidden if d.geometry.intersects(box(WEST, SOUTH, WEST + 0.09, SOUTH + 0.4))]
    assert told["370811"] == len(near)
    with database.use_case(SERVICE) as connection:
        connection.execute(text("UPDATE asset SET access_class = 'P1' WHERE access_class = 'P0'"))
        connection.execute(
            text(
                "UPDATE asset SET access_class = 'P1' WHERE access_class = 'P4' AND id NOT IN "
                "(SELECT a.asset_id FROM asset_area a JOIN asset b ON b.id = a.asset_id JOIN area d "
                "ON d.id = a.area_id WHERE d.code = '370811' AND b.access_class = 'P4' LIMIT 3)"
            )
        )
        told = {found.district: found.count for found in figures.hidden_counts(connection, "370800")}
    assert told == {"370811": None, "370812": 0}
