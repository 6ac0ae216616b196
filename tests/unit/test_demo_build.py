"""Plans of the sample cities: deterministic, inside their districts, with what the samples must show."""

from collections import Counter
from math import cos, radians

import pytest
from shapely.geometry import MultiPoint, Point

from infra_registry.assets.draft import check
from infra_registry.assets.kinds import Kind
from infra_registry.assets.tables import ACCESS_CLASSES
from infra_registry.demo import outlines
from infra_registry.demo.build import CityPlan, build
from infra_registry.demo.samples import City, cities, names, people

FAMILIES = {
    "public_transport",
    "admin_office",
    "tourist_site",
    "hospital",
    "university",
    "commercial_finance",
}


def rough(city: City) -> CityPlan:
    return build(city, {item.code: item.geometry for item in outlines.rough(city)})


@pytest.fixture(scope="module")
def largest() -> tuple[City, CityPlan]:
    city = max(cities(), key=lambda item: sum(item.counts.values()))
    return city, rough(city)


def test_equal_seeds_give_equal_cities() -> None:
    city = min(cities(), key=lambda item: sum(item.counts.values()))
    assert repr(rough(city)) == repr(rough(city))


@pytest.mark.parametrize("city", cities(), ids=lambda city: city.name_en)
def test_rough_outlines_hold_their_seats(city: City) -> None:
    shapes = {item.code: item.geometry for item in outlines.rough(city)}
    assert len(shapes) == len(city.districts) + 1
    for district in city.districts:
        assert shapes[district.code].contains(Point(district.seat))
        assert shapes[city.code].buffer(1e-6).contains(shapes[district.code])


def test_shares_add_up() -> None:
    for city in cities():
        for what, total in city.counts.items():
            assert sum(city.shares(what).values()) == total


def test_every_draft_stands(largest: tuple[City, CityPlan]) -> None:
    faults = [(item.ref, fault) for item in largest[1].assets for fault in check(item.draft)]
    assert faults == []


def test_nothing_passes_for_real(largest: tuple[City, CityPlan]) -> None:
    mark = names()["mark"]
    for item in largest[1].assets:
        assert item.draft.sample
        assert item.draft.name.startswith(mark["zh"])
        assert (item.draft.name_en or "").startswith(mark["en"])
        assert mark["zh"] in (item.draft.address or "")
    assert all(party.name.startswith(mark["zh"]) for party in people().parties)


def test_codes_are_unique(largest: tuple[City, CityPlan]) -> None:
    codes = Counter(item.draft.code for item in largest[1].assets)
    assert codes.most_common(1)[0][1] == 1


def test_the_large_city_shows_every_case(largest: tuple[City, CityPlan]) -> None:
    city, plan = largest
    assert 3000 <= len(plan.assets) <= 5000
    assert {item.draft.kind for item in plan.assets} == set(Kind)
    venues = {
        item.draft.fields.get("venue") for item in plan.assets if item.draft.kind is Kind.PUBLIC_BUILDING
    }
    assert venues >= FAMILIES
    on_host = Counter(item.host for item in plan.tenants if item.draft.kind is Kind.BASE_STATION)
    assert min(on_host.values()) == 1
    assert max(on_host.values()) >= 3
    carriers = {
        len({served.party for served in item.served_by})
        for item in plan.assets
        if item.draft.kind is Kind.PREMISES
    }
    assert {1, 4} <= carriers
    free = {
        _free(item.units[1], len(item.holdings))
        for item in plan.assets
        if item.draft.kind is Kind.DUCT and item.units
    }
    assert free == {"none", "some", "all"}
    assert any(deal.exclusive for item in plan.assets for deal in item.deals)
    assert any(item.draft.access_class == "P4" and item.draft.withheld_reason for item in plan.assets)
    assert plan.works
    assert sum(row.people for row in plan.dwellers) > 0
    villages = sum(len(item.dwellers) for item in plan.outposts)
    assert city.counts["inhabited"] + villages == len(plan.dwellers)


@pytest.mark.parametrize("city", cities(), ids=lambda city: city.name_en)
def test_every_class_is_shown_by_every_kind_with_hosts_ends_and_controllers(city: City) -> None:
    plan = rough(city)
    named = {item.ref: item for item in plan.assets}
    for access in ACCESS_CLASSES:
        assets = [item for item in plan.assets if item.draft.access_class == access]
        assert {item.draft.kind for item in assets} == set(Kind)
        assert {item.draft.kind for item in assets if item.controller} == set(Kind)
        on_hosts = {item.draft.kind for item in assets if item.host}
        assert on_hosts >= {Kind.BASE_STATION, Kind.CABLE, Kind.ROOM, Kind.WIFI_ZONE}
        assert [item for item in assets if item.ends]
        assert all(item.host in named for item in assets if item.host)
    assert not {item.host for item in plan.hosts} - {None}


STATION_FAR_M = 3500


def test_villages_lie_far_from_any_station_and_show_what_keeps_a_site_away() -> None:
    seen = set()
    for city in cities():
        plan = rough(city)
        assert len(plan.outposts) == len(city.scenes.outposts)
        stations = [item.draft.geometry for item in plan.tenants if item.draft.kind is Kind.BASE_STATION]
        for village in plan.outposts:
            place = village.building.draft.geometry
            assert place.distance(MultiPoint(stations)) * 111_320 * cos(radians(place.y)) > STATION_FAR_M
            assert all(one.point.distance(place) * 111_320 < 400 for one in village.dwellers)
            seen |= {"refused" for _ in [village.scene.opening] if _ and _.act == "refused"}
            seen |= {"exclusive" for deal in village.building.deals if deal.exclusive}
    assert seen == {"refused", "exclusive"}


def _free(units: int, taken: int) -> str:
    return "none" if taken == units else "all" if taken == 0 else "some"


@pytest.mark.parametrize("city", cities(), ids=lambda city: city.name_en)
def test_works_of_the_file_are_there_with_their_assets(city: City) -> None:
    plan = rough(city)
    for told in city.scenes.works:
        made = next(item for item in plan.works if item.ref.endswith(f"/{told.district}/project/{told.key}"))
        works = made.scene
        assert (works.setting, works.builds, works.acts) == (told.setting, told.builds, told.acts)
        if told.takes:
            taken = [item for item in plan.assets if item.project == made.ref]
            assert 1 <= len(taken) <= told.takes.count
            assert {(item.draft.kind, item.draft.status) for item in taken} == {
                (told.takes.kind, told.takes.status)
            }


def test_lines_hang_where_the_file_wants_them() -> None:
    for city in cities():
        wanted = city.counts.get("overhead_cable", 0)
        hanging = [item for item in rough(city).assets if item.draft.fields.get("laying") == "overhead"]
        assert len(hanging) == wanted
