"""Lists and records of assets: what each reader finds in them, in both languages."""

import csv
import html
import io
import re

import pytest
from shapely.geometry import LineString, Point, box
from sqlalchemy import insert

from infra_registry.access import SERVICE, Role
from infra_registry.assets import agreements, capacity, presence
from infra_registry.assets.agreements import Agreement
from infra_registry.assets.capacity import Allocation
from infra_registry.assets.draft import Draft
from infra_registry.assets.kinds import KINDS, Kind, Shape
from infra_registry.assets.presence import Presence
from infra_registry.assets.register import register
from infra_registry.config import today
from infra_registry.db import Database
from infra_registry.parties.tables import party
from infra_registry.publish.query import next_cursor
from tests.web.site import Site

PLACES = {
    Shape.POINT: Point(116.60, 35.40),
    Shape.LINE: LineString([(116.60, 35.40), (116.61, 35.41)]),
    Shape.POINT_OR_AREA: box(116.60, 35.40, 116.601, 35.401),
}


@pytest.fixture
def owner(database: Database) -> int:
    with database.use_case(SERVICE) as connection:
        return connection.scalars(
            insert(party)
            .values(code="tower-co", name="铁塔公司", name_en="Tower Co", kind="carrier")
            .returning(party.c.id)
        ).one()


@pytest.fixture
def codes(database: Database, owner: int) -> dict[Kind, str]:
    """One asset of every kind, with units, a tenant, a presence and an agreement where they belong."""
    drafts = [
        Draft(
            kind,
            f"name of {kind}",
            PLACES[spec.shape],
            owner_id=owner,
            name_en=None,
            fields={},
            address="济宁市一号路",
        )
        for kind, spec in KINDS.items()
    ]
    with database.use_case(SERVICE) as connection:
        made = dict(zip(KINDS, register(connection, drafts), strict=True))
        tower, building = made[Kind.TOWER], made[Kind.PUBLIC_BUILDING]
        register(
            connection,
            [Draft(Kind.BASE_STATION, "tenant", Point(116.6, 35.4), owner_id=owner, host_id=tower.id)],
        )
        unit = capacity.add_units(connection, tower.id, "platform", 3)[0]
        capacity.add_units(connection, building.id, "roof_area", quantity_m2=200.0)
        capacity.allocate(connection, SERVICE, Allocation(unit, "used", today(), holder_id=owner))
        presence.add(connection, [Presence(building.id, owner, "mobile", today(), "visited")])
        agreements.add(
            connection, [Agreement(building.id, "exclusive_access", "seen", grantee_id=owner, exclusive=True)]
        )
        return {kind: one.code for kind, one in made.items()}


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_a_record_page_for_every_reader(
    site: Site, owner: int, codes: dict[Kind, str], kind: Kind, language: str
) -> None:
    editor = site.user("edith", (Role.CARRIER_EDITOR, None), party_id=owner, language=language)
    regulator = site.user("regina", (Role.REGULATOR, None), language=language)
    for reader in (site.visitor(language), editor, regulator):
        answer = reader.get(f"/assets/{codes[kind]}")
        page = answer.get_data(as_text=True)
        assert answer.status_code == 200
        assert codes[kind] in page
        assert not unworded(page), unworded(page)
        assert reader.get(f"/assets?kind={kind}").status_code == 200


def unworded(page: str) -> list[str]:
    """Message keys that came out instead of a message."""
    return re.findall(
        r">\s*((?:assets|field|choice|kind|status|unit|allocation|frame|level|service|deal)\.[a-z_.0-9]+)",
        page,
    )


def test_a_hidden_field_says_that_it_is_hidden(site: Site, codes: dict[Kind, str], owner: int) -> None:
    public = site.visitor().get(f"/assets/{codes[Kind.DUCT]}").get_data(as_text=True)
    assert "What is not shown" in public
    assert "name of duct" not in public
    assert "116.6000000" not in public
    editor = site.user("edith", (Role.CARRIER_EDITOR, None), party_id=owner)
    own = editor.get(f"/assets/{codes[Kind.DUCT]}").get_data(as_text=True)
    assert "name of duct" in own
    assert "What is not shown" not in own


def test_history_and_actions_need_their_permission(site: Site, codes: dict[Kind, str], owner: int) -> None:
    path = f"/assets/{codes[Kind.TOWER]}"
    public = site.visitor().get(path).get_data(as_text=True)
    assert "History is open to the owner" in public
    assert "/edit" not in public
    editor = site.user("edith", (Role.CARRIER_EDITOR, None), party_id=owner)
    own = editor.get(path).get_data(as_text=True)
    assert "first recorded" in own
    assert f"{path}/edit" in own
    assert f"{path}/allocations" in own
    stranger = site.user("sam", (Role.CARRIER_EDITOR, None), party_id=None)
    assert f"{path}/edit" not in stranger.get(path).get_data(as_text=True)


def test_operator_that_is_not_stated_says_so(site: Site, codes: dict[Kind, str]) -> None:
    page = site.visitor().get(f"/assets/{codes[Kind.TOWER]}").get_data(as_text=True)
    assert "not stated" in page
    listed = site.visitor().get("/assets?operator=none&kind=tower").get_data(as_text=True)
    assert codes[Kind.TOWER] in listed


def test_the_list_filters_sorts_and_pages(site: Site, database: Database, owner: int) -> None:
    with database.use_case(SERVICE) as connection:
        register(
            connection,
            [Draft(Kind.POLE, f"灯杆{n:03d}", Point(116.6, 35.4), owner_id=owner) for n in range(120)],
        )
    visitor = site.visitor("zh-Hans")
    first = visitor.get("/assets?kind=pole&sort=-name").get_data(as_text=True)
    assert "灯杆119" in first
    assert "灯杆000" not in first
    following = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = visitor.get(following).get_data(as_text=True)
    assert "灯杆069" in second
    assert "51—100" in second.replace("–", "—")
    found = visitor.get("/assets?q=灯杆07&kind=pole").get_data(as_text=True)
    assert "灯杆070" in found
    assert "灯杆060" not in found
    empty = visitor.get("/assets?q=没有的名字").get_data(as_text=True)
    assert "没有符合条件的资产" in empty


def test_columns_of_a_kind_are_masked(site: Site, database: Database, owner: int) -> None:
    with database.use_case(SERVICE) as connection:
        register(
            connection,
            [
                Draft(
                    Kind.POLE,
                    "p",
                    Point(116.6, 35.4),
                    owner_id=owner,
                    fields={"height_m": 8.5, "remaining_load_dan": 777},
                )
            ],
        )
    address = "/assets?kind=pole&columns=height_m&columns=remaining_load_dan&columns=nonsense"
    public = site.visitor().get(address).get_data(as_text=True)
    assert "8.5" in public
    assert "777" not in public
    assert 'class="locked"' in public
    editor = site.user("edith", (Role.CARRIER_EDITOR, None), party_id=owner)
    assert "777" in editor.get(address).get_data(as_text=True)


def test_csv_carries_what_the_list_shows(site: Site, database: Database, owner: int) -> None:
    with database.use_case(SERVICE) as connection:
        register(connection, [Draft(Kind.POLE, "=1+1", Point(116.6, 35.4), owner_id=owner)])
    answer = site.visitor().get("/assets.csv?kind=pole")
    text = answer.get_data(as_text=True)
    assert answer.mimetype == "text/csv"
    assert text.startswith("\ufeff")
    assert "'=1+1" in text
    assert len(text.strip().splitlines()) == 2


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_csv_has_the_chosen_columns_and_the_shown_place(site: Site, database: Database, owner: int) -> None:
    with database.use_case(SERVICE) as connection:
        fields = {"height_m": 8.5, "remaining_load_dan": 777}
        register(connection, [Draft(Kind.POLE, "P1", Point(116.6, 35.4), owner_id=owner, fields=fields)])
    address = "kind=pole&columns=name&columns=height_m&columns=remaining_load_dan&columns=nonsense"
    page = site.visitor().get(f"/assets?{address}").get_data(as_text=True)
    link = html.unescape(re.search(r'href="(/assets\.csv[^"]*)"', page)[1])
    (row,) = rows_of(site.visitor("en").get(link).get_data(as_text=True))
    assert (row["Name"], list(row.values())[2:4]) == ("P1", ["8.5", ""])
    assert (float(row["Longitude (°)"]), float(row["Latitude (°)"])) == (116.6, 35.4)
    assert row["Level of the place"] == "exact"
    assert "777" not in str(row)


def test_a_csv_that_is_cut_says_so(site: Site, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with database.use_case(SERVICE) as connection:
        register(connection, [Draft(Kind.POLE, f"P{n}", Point(116.6, 35.4 + n / 1000)) for n in range(5)])
    for most, lines in ((5, 5), (3, 4), (4, 5)):
        monkeypatch.setattr("web.assets.asset_csv.MAX_ROWS", most)
        found = site.visitor("zh-Hans").get("/assets.csv").get_data(as_text=True).strip().splitlines()[1:]
        assert len(found) == lines
        assert (f"只列出前{most}项" in found[-1]) == (most < 5)


def test_what_goes_wrong_with_a_csv_at_once_is_a_page_of_error(site: Site) -> None:
    assert site.visitor().get("/assets.csv?kind=ship").status_code in (400, 422)


def test_a_list_by_distance_has_one_page(site: Site) -> None:
    cursor = next_cursor("P", "P")
    answer = site.visitor().get(f"/api/v1/assets?near=116.6,35.4&cursor={cursor}")
    assert answer.status_code == 422
    assert [fault["code"] for fault in answer.json["faults"]] == ["query.near_cursor"]


@pytest.mark.parametrize(
    "query",
    ["kind=ship", "status=x", "sort=drop", "cursor=%%%", "limit=0", "bbox=1,2,3", "q=" + "x" * 101, "near=a"],
)
def test_filters_nobody_offers_are_refused_in_words(site: Site, query: str) -> None:
    answer = site.visitor().get(f"/assets?{query}", headers={"Accept": "text/html"})
    assert answer.status_code in (400, 422)


@pytest.mark.parametrize("code", ["nope", "T-0000000000", "%00", "..%2f..", "T-" + "9" * 500])
def test_an_unknown_code_is_not_found(site: Site, code: str) -> None:
    assert 400 <= site.visitor().get(f"/assets/{code}").status_code < 500
