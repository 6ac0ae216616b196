"""The page of people, roads and heights: loading, findings, taking away, and who may."""

import io
import json

import pytest

from infra_registry.access import SERVICE, Role
from infra_registry.db import Database
from tests.integration.wifi_city import LAT, LON, City, make_city
from tests.web.site import Site, Visitor

ADDRESS = "/coverage/demand"


@pytest.fixture
def city(database: Database) -> City:
    with database.use_case(SERVICE) as connection:
        return make_city(connection)


def send(visitor: Visitor, content: str, file_name: str = "people.csv", **fields: str) -> tuple[int, str]:
    sent = {"area": "C1", "kind": "population", "header_row": "1", **fields}
    data = {**sent, "file": (io.BytesIO(content.encode()), file_name)}
    answer = visitor.post(ADDRESS, data, form=f"{ADDRESS}?area=C1")
    return answer.status_code, answer.get_data(as_text=True)


def test_a_regulator_loads_sees_and_takes_away(site: Site, city: City) -> None:
    visitor = site.user("regina", (Role.REGULATOR, city.id))
    assert "no people, roads or heights yet" in visitor.get(f"{ADDRESS}?area=C1").get_data(as_text=True)
    table = f"lon,lat,n\n{LON},{LAT},12\n{LON},{LAT},-4\n"
    status, page = send(visitor, table, people="n", dry_run="1")
    assert (status, "nothing was written" in page, "-4 people is negative" in page) == (200, True, True)
    assert send(visitor, table, people="n", source="census", title="<b>Census</b>")[0] == 303
    page = visitor.get(f"{ADDRESS}?area=C1").get_data(as_text=True)
    assert "&lt;b&gt;Census" in page
    assert "<b>Census" not in page
    assert "People, points" in page
    line = {"type": "LineString", "coordinates": [[LON, LAT], [LON + 0.01, LAT]]}
    roads = json.dumps({"type": "Feature", "properties": {"n": "x"}, "geometry": line})
    assert send(visitor, roads, "roads.geojson", kind="roads", name="n")[0] == 303
    gone = visitor.post(
        f"{ADDRESS}/remove", {"area": "C1", "kind": "points", "source": "census"}, form=f"{ADDRESS}?area=C1"
    )
    assert gone.status_code == 303
    page = visitor.get(f"{ADDRESS}?area=C1").get_data(as_text=True)
    assert "were taken away" in page
    assert "People, points" not in page
    chinese = site.user("lin", (Role.REGULATOR, city.id), language="zh-Hans")
    assert "人口、道路与地形" in chinese.get(f"{ADDRESS}?area=C1").get_data(as_text=True)


@pytest.mark.parametrize(
    ("content", "fields", "said"),
    [
        ("lon,lat,n\n1,1,5\n", {}, "Name the column with the number of people"),
        ("lon,lat,n\n1,1,5\n", {"people": "x"}, "The file has no column x"),
        ("lon,lat,n\n1,1,5\n", {"people": "n", "crs": "EPSG:1"}, "There is no coordinate system"),
        ("lon,lat,n\n1,1,5\n", {"people": "n"}, "Nothing in the file lies in the area"),
        ("lon,lat,n\n1,1,5\n", {"people": "n", "header_row": "²"}, "a whole number from 1 to 1000"),
        ("lon,lat,n\n1,1,5\n", {"people": "n", "kind": "other"}, 'href="#f-kind"'),
        ("II*\0" + "\0" * 50, {"kind": "terrain"}, "is damaged and cannot be read"),
        ("<VRTDataset/>", {"kind": "terrain"}, "is no GeoTIFF"),
        ("", {"people": "n"}, "No header was found"),
    ],
    ids=["no field", "no column", "crs", "beside", "row", "kind", "broken", "vrt", "empty"],
)
def test_what_cannot_be_loaded_comes_back_with_the_form(
    site: Site, city: City, content: str, fields: dict[str, str], said: str
) -> None:
    visitor = site.user("regina", (Role.REGULATOR, city.id))
    status, page = send(visitor, content, **fields)
    assert 400 <= status < 500
    assert said in page
    assert "no people, roads or heights yet" in visitor.get(f"{ADDRESS}?area=C1").get_data(as_text=True)


def test_nobody_else_loads_or_reads(site: Site, city: City) -> None:
    table = f"lon,lat,n\n{LON},{LAT},12\n"
    stranger = site.user("stranger2", (Role.REGULATOR, city.id + 3))
    assert send(stranger, table, people="n")[0] == 403
    assert site.visitor().get(f"{ADDRESS}?area=C1").status_code in (302, 303, 401, 403)
    seeker = site.user("seeker", (Role.SEEKER, None))
    assert seeker.get(f"{ADDRESS}?area=C1").status_code == 403
    regulator = site.user("regina", (Role.REGULATOR, city.id))
    assert regulator.get(f"{ADDRESS}?area=nowhere").status_code == 404
