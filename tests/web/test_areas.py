"""Pages and interface of areas: the tree, one area, its boundary with what is known of its source."""

from pathlib import Path

import pytest
from shapely.geometry import LineString, Point, box

from infra_registry.access import SERVICE, Role
from infra_registry.areas import AreaDraft, SourceDraft, store
from infra_registry.areas.outlines import Outline, write
from infra_registry.assets.draft import Draft
from infra_registry.assets.kinds import Kind
from infra_registry.assets.register import register
from infra_registry.config import Settings
from infra_registry.db import Database
from tests.web.site import Site

SOURCE = SourceDraft("test", "Hand-made <b>outlines</b>", "nobody", note="not an approved map")
CITY = Outline("990100", "试验市", "city", box(116, 35, 117, 36), name_en="Test City")
WEST = Outline("990101", "西区", "district", box(116, 35, 116.5, 36), name_en="West", parent_code="990100")
EAST = Outline("990102", "东区", "district", box(116.5, 35, 117, 36), name_en="East", parent_code="990100")


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Site:
    with database.use_case(SERVICE) as connection:
        list(write(connection, [CITY, WEST, EAST], source=SOURCE, scheme="gb2260"))
        store.put_area(connection, AreaDraft("zone", "port", "港区", "zone", name_en="Port"))
        register(
            connection,
            [
                Draft(Kind.TOWER, "塔一", Point(116.2, 35.5)),
                Draft(Kind.TOWER, "塔二", Point(116.7, 35.5)),
                Draft(Kind.DUCT, "管一", LineString([(116.4999, 35.5), (116.5001, 35.5)])),
                Draft(Kind.TOWER, "塔三", Point(116.3, 35.5), access_class="P0"),
            ],
        )
    return Site(database, Settings(var_dir=tmp_path))


def test_tree_shows_areas_with_figures(site: Site) -> None:
    page = site.visitor().get("/areas").get_data(as_text=True)
    assert [page.index(name) for name in ("Test City", "West", "East", "Port")] == sorted(
        page.index(name) for name in ("Test City", "West", "East", "Port")
    )
    assert '<a href="/assets?area=990100">3</a>' in page
    assert '<a href="/assets?area=990101">2</a>' in page


def test_list_filters_by_words_and_level(site: Site) -> None:
    visitor = site.visitor("zh-Hans")
    page = visitor.get("/areas?q=东").get_data(as_text=True)
    assert "东区" in page
    assert "西区" not in page
    assert "港区" in visitor.get("/areas?level=zone").get_data(as_text=True)
    assert "没有符合条件" in visitor.get("/areas?q=无此地").get_data(as_text=True)


def test_area_page_names_boundary_source_and_warns(site: Site) -> None:
    page = site.visitor().get("/areas/990100").get_data(as_text=True)
    assert "Hand-made &lt;b&gt;outlines&lt;/b&gt;" in page
    assert "Schematic, not an approved map" in page
    assert "/areas/990101" in page
    assert "/assets?kind=tower&amp;area=990100" in page
    assert "No boundary" in site.visitor().get("/areas/port").get_data(as_text=True)


def test_counts_are_those_of_the_reader(site: Site, database: Database) -> None:
    with database.use_case(SERVICE) as connection:
        city = store.find(connection, "990100")
    assert city is not None
    regulator = site.user("regina", (Role.REGULATOR, city.id))
    assert '<a href="/assets?area=990100">4</a>' in regulator.get("/areas").get_data(as_text=True)
    assert '<a href="/assets?area=990101">3</a>' in regulator.get("/areas").get_data(as_text=True)


def test_unknown_area_is_not_found(site: Site) -> None:
    assert site.visitor().get("/areas/000000").status_code == 404
    assert site.visitor().get("/areas/%E2%80%A8").status_code == 404
    assert site.visitor().get("/areas?q=a%E2%80%A8b").status_code == 422


def test_interface_lists_and_filters(site: Site) -> None:
    visitor = site.visitor()
    found = visitor.get("/api/v1/areas?parent=990100").get_json()
    assert [item["code"] for item in found["areas"]] == ["990101", "990102"]
    assert found["next"] is None
    assert found["areas"][0]["parent_code"] == "990100"
    assert "id" not in found["areas"][0]
    assert visitor.get("/api/v1/areas?level=parish").status_code == 422
    assert visitor.get("/api/v1/areas?parent=none").status_code == 404
    assert visitor.get("/api/v1/areas?q=a%E2%80%A8b").status_code == 422


def test_interface_gives_the_boundary_with_its_provenance(site: Site) -> None:
    answer = site.visitor().get("/api/v1/areas/990101")
    found = answer.get_json(force=True)
    assert answer.mimetype == "application/geo+json"
    assert found["geometry"]["type"] == "MultiPolygon"
    assert found["bbox"] == [116, 35, 116.5, 36]
    assert found["properties"]["boundary"]["approved"] is False
    assert found["properties"]["boundary"]["source_note"] == "not an approved map"
    before = site.visitor().get("/api/v1/areas/990101?on=1850-01-01").get_json(force=True)
    assert before["geometry"] is None
    assert site.visitor().get("/api/v1/areas/990101?on=yesterday").status_code == 422


def test_map_file_holds_the_list(site: Site) -> None:
    vendored = Path(__file__).resolve().parents[2] / "web/static/vendor/leaflet/leaflet.js"
    if not vendored.is_file():
        pytest.skip("browser libraries are not vendored")
    answer = site.visitor("zh-Hans").get("/map/export?area=990100&kind=tower")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "塔一" in page
    assert "塔三" not in page
    assert page.count('<tr id="f') == 2
    assert site.visitor().get("/map/export?area=000000").status_code == 404
    assert site.visitor().get("/map/export?bbox=1,2,3").status_code == 422
