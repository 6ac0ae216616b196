"""The page of one radio path: the form, the answer with its picture, refusals at their fields, who may."""

from pathlib import Path

from shapely.geometry import Point

from infra_registry.access import SERVICE, Role
from infra_registry.assets.draft import Draft
from infra_registry.assets.kinds import Kind
from infra_registry.assets.register import register
from infra_registry.db import Database
from tests.integration.radio_town import CODE, HIGH, LAT, LON, WIDE, Town
from tests.integration.ridge_ground import load, ridge
from tests.web.site import Site

ADDRESS = "/coverage/path"
BOX = (LON - WIDE / 2, LAT - HIGH / 2, LON + WIDE / 2, LAT + HIGH / 2)
ENDS = {"from": f"{LON - 0.03},{LAT}", "to": f"{LON + 0.03},{LAT}", "technology": "4g"}


def test_a_regulator_asks_and_reads_the_profile_in_both_languages(
    site: Site, town: Town, database: Database, tmp_path: Path
) -> None:
    load(database, ridge(tmp_path / "ridge.tif", BOX, LON), CODE, tmp_path / "files")
    visitor = site.user("regina", (Role.REGULATOR, town.id))
    empty = visitor.get(ADDRESS)
    assert empty.status_code == 200
    assert "<svg viewBox" not in empty.get_data(as_text=True)
    page = visitor.get(ADDRESS, query_string=ENDS | {"height_m": "30"}).get_data(as_text=True)
    assert "The ground stands in the line of sight" in page
    assert '<svg viewBox="0 0 960 300" role="img"' in page
    assert "Terrain model ITM" in page
    assert " (default)" in page
    assert "style=" not in page.split("<svg viewBox")[1].split("</svg>")[0]
    chinese = site.user("lin", (Role.REGULATOR, town.id), language="zh-Hans")
    page = chinese.get(ADDRESS, query_string=ENDS).get_data(as_text=True)
    assert "地形挡住视线" in page
    assert "参考信号电平" in page


def test_what_is_wrong_stands_at_its_field(site: Site, town: Town, database: Database) -> None:
    visitor = site.user("regina", (Role.REGULATOR, town.id))
    for more, status, words in (
        ({"to": f"{LAT},{LON}"}, 422, "seem to be exchanged"),
        ({"to": ENDS["from"]}, 422, "check whether they are the same place"),
        ({"from": ""}, 422, "is no place"),
        ({"height_m": "tall"}, 422, "is not a number"),
        ({"height_m": "-4"}, 422, "out of range"),
        ({"technology": "<b>"}, 422, "is not in the list"),
        ({"from": "NO-SUCH"}, 404, "There is no asset NO-SUCH"),
    ):
        answer = visitor.get(ADDRESS, query_string=ENDS | more)
        page = answer.get_data(as_text=True)
        assert (answer.status_code, words in page) == (status, True), more
        assert "<b>" not in page.replace("&lt;b&gt;", "") or "technology" not in more
    none = visitor.get(ADDRESS, query_string=ENDS).get_data(as_text=True)
    assert "No heights are known along this path" in none
    assert "Free space" in none


def test_a_blurred_asset_is_refused_with_its_reason_and_others_do_not_get_in(
    site: Site, town: Town, database: Database
) -> None:
    with database.use_case(SERVICE) as connection:
        draft = Draft(Kind.TOWER, "m", Point(LON, LAT), access_class="P3", owner_id=town.parties["owner"])
        (made,) = register(connection, [draft])
    (elsewhere,) = town.stranger.roles
    far = site.user("far-away", (Role.REGULATOR, elsewhere.area_id))
    answer = far.get(ADDRESS, query_string=ENDS | {"from": made.code})
    assert answer.status_code == 403
    assert "not exactly" in answer.get_data(as_text=True)
    mine = site.user("regina", (Role.REGULATOR, town.id))
    assert mine.get(ADDRESS, query_string=ENDS | {"from": made.code}).status_code == 200
    seeker = site.user("seeker", (Role.SEEKER, None))
    assert seeker.get(ADDRESS).status_code == 403
    assert site.visitor().get(ADDRESS).status_code in (302, 303, 401, 403)


def test_the_coverage_page_and_an_asset_seen_exactly_lead_here(
    site: Site, town: Town, database: Database
) -> None:
    with database.use_case(SERVICE) as connection:
        draft = Draft(Kind.TOWER, "m", Point(LON, LAT), access_class="P3", owner_id=town.parties["owner"])
        (made,) = register(connection, [draft])
    mine = site.user("regina", (Role.REGULATOR, town.id))
    assert f'href="{ADDRESS}"' in mine.get("/coverage").get_data(as_text=True)
    page = mine.get(f"/assets/{made.code}").get_data(as_text=True)
    assert f'href="{ADDRESS}?from={made.code}"' in page
    form = mine.get(ADDRESS, query_string={"from": made.code})
    assert (form.status_code, f'value="{made.code}"' in form.get_data(as_text=True)) == (200, True)
    visitor = site.visitor()
    assert ADDRESS not in visitor.get("/coverage").get_data(as_text=True)
    assert ADDRESS not in visitor.get(f"/assets/{made.code}").get_data(as_text=True)
