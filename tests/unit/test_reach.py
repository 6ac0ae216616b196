"""Reach: who has a free zone within the distance, to the centimetre and in any order."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from shapely import LineString, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from infra_registry.coverage.wifi.reach import Place, Zone, reach, utm

JINING = (116.587, 35.415)
WGS84 = Geod(ellps="WGS84")


def away(metres: float, bearing: float = 90) -> Point:
    lon, lat, _ = WGS84.fwd(*JINING, bearing, metres)
    return Point(lon, lat)


HERE = Zone("W1", Point(*JINING))


@pytest.mark.parametrize(("metres", "served"), [(0, True), (199, True), (201, False), (5000, False)])
def test_a_point_is_served_within_the_default_reach(metres: float, served: bool) -> None:
    result = reach([Place("V", away(metres))], [HERE], 200)
    assert [answer.served for answer in result.answers] == [served]
    assert result.assumed_zones == 1


@pytest.mark.parametrize("bearing", [0, 45, 90, 200, 315])
def test_distances_are_true_on_the_ground(bearing: float) -> None:
    answer = reach([Place("V", away(1000, bearing))], [HERE], 200).answers[0]
    assert answer.nearest_m == pytest.approx(1000, abs=1)


def test_a_stated_reach_goes_before_the_default() -> None:
    far, near = Zone("W1", Point(*JINING), 30), Zone("W2", Point(*JINING), 900)
    assert not reach([Place("V", away(100))], [far], 200).answers[0].served
    result = reach([Place("V", away(800))], [near], 200)
    assert result.answers[0].served
    assert result.assumed_zones == 0


def test_a_farther_zone_with_a_longer_reach_serves() -> None:
    zones = [Zone("W1", away(100), 50), Zone("W2", away(400), 450)]
    answer = reach([Place("V", Point(*JINING))], zones, 200).answers[0]
    assert answer.served
    assert answer.nearest_zone == "W1"


def test_an_area_without_a_reach_serves_what_it_covers() -> None:
    lon, lat = JINING
    park = Zone("W1", box(lon - 0.01, lat - 0.01, lon + 0.01, lat + 0.01))
    inside, outside = Place("A", Point(*JINING)), Place("B", Point(lon + 0.011, lat))
    result = reach([inside, outside], [park], 200)
    assert [answer.served for answer in result.answers] == [True, False]
    assert (result.drawn_zones, result.assumed_zones) == (1, 0)
    assert result.answers[0].nearest_m == 0


def test_no_zone_makes_every_place_a_gap_without_a_distance() -> None:
    result = reach([Place("A", Point(*JINING)), Place("B", away(10))], [], 200)
    assert [answer.code for answer in result.answers if not answer.served] == ["A", "B"]
    assert all(answer.nearest_m is None and answer.nearest_zone is None for answer in result.answers)


def test_no_place_gives_no_answer() -> None:
    assert reach([], [HERE], 200).answers == ()
    assert reach([], [], 200).answers == ()


def test_a_tie_goes_to_the_lowest_code() -> None:
    zones = [Zone("W9", away(50)), Zone("W2", away(50)), Zone("W5", away(50))]
    assert reach([Place("V", Point(*JINING))], zones, 200).answers[0].nearest_zone == "W2"


def test_the_digest_sees_every_input() -> None:
    place = Place("V", away(100), "hospital", 3)
    base = reach([place], [HERE], 200).digest
    others = [
        reach([place], [HERE], 201).digest,
        reach([place], [Zone("W1", Point(*JINING), 200)], 200).digest,
        reach([Place("V", away(100), "university", 3)], [HERE], 200).digest,
        reach([Place("V", away(100), "hospital", 4)], [HERE], 200).digest,
        reach([Place("V", away(100.1), "hospital", 3)], [HERE], 200).digest,
        reach([place], [], 200).digest,
    ]
    assert len({base, *others}) == 7


@given(
    st.lists(st.tuples(st.floats(-0.05, 0.05), st.floats(-0.05, 0.05)), min_size=1, max_size=12), st.randoms()
)
@settings(max_examples=40, deadline=None)
def test_order_of_input_changes_nothing(offsets: list[tuple[float, float]], shuffler: random.Random) -> None:
    lon, lat = JINING
    points = [Point(lon + dx, lat + dy) for dx, dy in offsets]
    places = [Place(f"V{i}", point) for i, point in enumerate(points)]
    zones = [Zone(f"W{i}", Point(point.y - lat + lon, point.x - lon + lat)) for i, point in enumerate(points)]
    first = reach(places, zones, 300)
    shuffler.shuffle(places)
    shuffler.shuffle(zones)
    assert reach(places, zones, 300) == first


@given(st.floats(0, 4000), st.floats(10, 2000), st.floats(0, 359))
@settings(max_examples=60, deadline=None)
def test_served_means_nearest_within_reach(metres: float, limit: float, bearing: float) -> None:
    answer = reach([Place("V", away(metres, bearing))], [HERE], limit).answers[0]
    assert answer.nearest_m is not None
    assert answer.served == (round(answer.nearest_m * 100) <= round(limit * 100))


@pytest.mark.parametrize(
    ("lon", "lat", "epsg"),
    [(116.6, 35.4, 32650), (3.87, 43.6, 32631), (-70.6, -33.4, 32719), (180, 0, 32660)],
)
def test_the_grid_follows_the_data(lon: float, lat: float, epsg: int) -> None:
    assert utm([Point(lon, lat)]) == epsg


def ground(east_m: float, north_m: float) -> Polygon:
    """A rectangle from the middle of everything to the east and north, in degrees."""
    lon, lat = away(east_m).x, away(north_m, 0).y
    return box(*JINING, lon, lat)


def test_the_share_of_a_surface_is_what_all_zones_reach_together() -> None:
    area = Place("A", ground(1000, 1000), "key_area", surface=True)
    answer = reach([area], [HERE], 400).answers[0]
    assert (answer.served, answer.zones, answer.partly) == (True, 1, True)
    assert answer.share == pytest.approx(math.pi * 0.4**2 / 4, abs=0.002)
    twice = reach([area], [HERE, Zone("W2", Point(*JINING), 400)], 400).answers[0]
    assert (twice.zones, twice.share) == (2, answer.share)
    wide = reach([area], [Zone("W1", Point(*JINING), 1500)], 400).answers[0]
    assert (wide.share, wide.partly) == (1, False)
    assert reach([area], [Zone("W1", away(900, 225), 400)], 400).answers[0].share == 0


@pytest.mark.parametrize("geom", [Point(*JINING), LineString([JINING, away(500).coords[0]])])
def test_what_has_no_surface_has_no_share(geom: BaseGeometry) -> None:
    answer = reach([Place("A", geom, surface=True)], [HERE], 200).answers[0]
    assert (answer.served, answer.share, answer.partly) == (True, None, False)


def test_a_drawn_zone_serves_the_part_it_covers() -> None:
    answer = reach([Place("A", ground(1000, 1000), surface=True)], [Zone("W1", ground(500, 1000))], 200)
    assert answer.answers[0].share == pytest.approx(0.5, abs=0.002)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1500), st.floats(0, 359), st.floats(1, 800)), max_size=6))
def test_another_zone_never_lowers_a_share(placed: list[tuple[float, float, float]]) -> None:
    zones = [Zone(f"W{i}", away(metres, bearing), r) for i, (metres, bearing, r) in enumerate(placed)]
    area = Place("A", ground(1000, 600), surface=True)
    shares = [reach([area], zones[:count], 200).answers[0].share or 0 for count in range(len(zones) + 1)]
    assert shares == sorted(shares)
