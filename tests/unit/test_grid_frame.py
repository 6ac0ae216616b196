"""Frames around areas: where cells lie, which areas and steps are refused, and what a refusal says."""

import math

import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from infra_registry.coverage.grids.caps import caps
from infra_registry.coverage.grids.engine import engine_named
from infra_registry.coverage.grids.frame import Frame, cost, frame_of
from infra_registry.coverage.grids.tiling import binned, tiles
from infra_registry.errors import Invalid

TOWN = box(3.80, 43.55, 3.95, 43.65)


def test_a_frame_holds_its_area_and_its_edges_are_multiples_of_the_step() -> None:
    frame = frame_of(TOWN, 50)
    assert frame.epsg == 32631
    west, south, east, north = frame.bounds
    assert all(edge % 50 == 0 for edge in frame.bounds)
    inside = frame.project(TOWN).bounds
    assert west <= inside[0] < west + 50
    assert east - 50 < inside[2] <= east
    assert south <= inside[1] < south + 50
    assert north - 50 < inside[3] <= north
    x, y = frame.centres()
    assert (len(y), len(x)) == frame.shape
    assert x[0] == west + 25
    assert y[0] == north - 25
    assert (frame.transform.c, frame.transform.f) == (west, north)


def test_two_frames_of_one_step_coincide_and_the_southern_half_counts_alike() -> None:
    one, other = frame_of(TOWN, 50), frame_of(box(3.85, 43.5, 4.0, 43.6), 50)
    x, y = one.centres()
    there, across = other.centres()
    assert len(np.intersect1d(x, there)) > 10
    assert len(np.intersect1d(y, across)) > 10
    south = frame_of(box(151.1, -33.95, 151.3, -33.8), 50)
    assert south.epsg == 32756
    assert south.bounds_4326[1] < -33.95 < -33.8 < south.bounds_4326[3]


def test_the_mask_takes_cells_by_their_centre() -> None:
    frame = frame_of(TOWN, 50)
    mask = frame.mask(TOWN)
    x, y = frame.centres()
    town = frame.project(TOWN)
    for row, col in np.random.default_rng(1).integers((0, 0), frame.shape, (300, 2)):
        assert mask[row, col] == town.contains(Point(x[col], y[row]))
    assert abs(mask.sum() * frame.cell_m2 / town.area - 1) < 0.01
    assert not frame.mask(box(10, 10, 11, 11)).any()


def test_points_find_their_cells() -> None:
    frame = frame_of(TOWN, 50)
    x, y = frame.centres()
    assert frame.cells_of(np.array([x[3]]), np.array([y[2]])).tolist() == [2 * frame.cols + 3]
    assert frame.cells_of(np.array([0.0, x[0] - 26]), np.array([0.0, y[0]])).tolist() == [-1, -1]


def test_an_area_over_the_edge_of_a_zone_stays_in_one_zone_within_the_stated_scale() -> None:
    over = box(5.8, 43.0, 6.4, 43.4)
    frame = frame_of(over, 100)
    assert frame.epsg in (32631, 32632)
    geodesic = abs(_geod_area(over))
    ours = frame.mask(over).sum() * frame.cell_m2
    assert abs(ours / geodesic - 1) < 2 * caps().scale_error + 0.002


def _geod_area(area: Polygon) -> float:
    import pyproj

    return float(pyproj.Geod(ellps="WGS84").geometry_area_perimeter(shapely.segmentize(area, 0.01))[0])


@pytest.mark.parametrize(
    "area",
    [
        MultiPolygon([box(179.8, -17.0, 180.0, -16.8), box(-180.0, -17.0, -179.8, -16.8)]),
        Polygon([(179.8, -17.0), (-179.8, -17.0), (-179.8, -16.8), (179.8, -16.8)]),
    ],
)
def test_an_area_over_the_dateline_is_one_piece(area: shapely.Geometry) -> None:
    frame = frame_of(area, 100)
    assert frame.epsg in (32760, 32701)
    assert frame.cols * 100 < 60_000
    west, _, east, _ = frame.bounds_4326
    assert west > 179
    assert east < -179


@pytest.mark.parametrize(
    ("area", "step", "code"),
    [
        (box(10, 84.5, 11, 85), 50, "coverage.area_at_pole"),
        (box(10, -85, 11, -81), 50, "coverage.area_at_pole"),
        (box(0, 40, 25, 41), 200, "coverage.area_too_wide"),
        (Polygon(), 50, "coverage.area_empty"),
        (LineString([(0, 0), (1, 1)]), 50, "coverage.area_empty"),
        (box(565_000, 4_820_000, 570_000, 4_830_000), 50, "coverage.area_not_degrees"),
        (TOWN, 0, "coverage.step"),
        (TOWN, -50, "coverage.step"),
        (TOWN, 5, "coverage.step"),
        (TOWN, 201, "coverage.step"),
        (TOWN, 50.0, "coverage.step"),
        (TOWN, True, "coverage.step"),
    ],
)
def test_areas_and_steps_that_cannot_be_are_refused(area: shapely.Geometry, step: int, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        frame_of(area, step)
    assert refused.value.code == code


@pytest.mark.parametrize("wrong", [math.nan, math.inf])
def test_coordinates_that_are_no_numbers_are_refused(wrong: float) -> None:
    area = shapely.transform(TOWN, lambda xy: np.where(np.arange(len(xy))[:, None] == 2, wrong, xy))
    with pytest.raises(Invalid) as refused:
        frame_of(area, 50)
    assert refused.value.code == "coverage.area_not_finite"


@pytest.mark.parametrize("epsg", [4326, 2225, 999_999, 4978])
def test_systems_that_are_not_in_metres_are_refused(epsg: int) -> None:
    with pytest.raises(Invalid) as refused:
        frame_of(TOWN, 50, epsg=epsg)
    assert refused.value.code == "coverage.crs"


def test_one_metre_over_a_province_is_refused_with_its_cost() -> None:
    with pytest.raises(Invalid) as refused:
        frame_of(box(116.5, 34.5, 118.5, 36.5), 1)
    told = refused.value
    assert told.code == "coverage.too_fine"
    assert told.params["cells"] > 3e10
    assert told.params["gigabytes"] > 100
    assert told.params["hours"] > 0.5
    right = told.params["right_m"]
    assert frame_of(box(116.5, 34.5, 118.5, 36.5), right).cells <= caps().most_cells


def test_cost_counts_what_stations_reach() -> None:
    frame = Frame(32631, 50, 0, 0, 2400, 2400)
    empty, full = cost(frame), cost(frame, np.full(60_000, 1500.0))
    assert empty.evaluations == 0
    assert full.evaluations == pytest.approx(60_000 * math.pi * 900, rel=1e-6)
    assert full.seconds > empty.seconds > 0


def test_tiles_cover_a_frame_once_and_bins_hold_whoever_reaches_in() -> None:
    frame = Frame(32631, 50, 11, -7, 130, 75)
    seen = np.zeros(frame.shape, int)
    for tile in tiles(frame, 32):
        seen[tile.window] += 1
    assert (seen == 1).all()
    chance = np.random.default_rng(2)
    x, y = chance.integers(-200_000, 900_000, 300), chance.integers(-600_000, 300_000, 300)
    reach = chance.integers(0, 200_000, 300)
    bins = binned(frame, 32, x, y, reach)
    cx, cy = (axis * 100 for axis in frame.centres())
    for index, tile in enumerate(tiles(frame, 32)):
        rows, cols = tile.window
        near_x = np.clip(x, cx[cols].min(), cx[cols].max())
        near_y = np.clip(y, cy[rows].min(), cy[rows].max())
        needed = np.nonzero(np.hypot(x - near_x, y - near_y) <= reach)[0]
        held = bins.of(index)
        assert set(needed) <= set(held)
        assert (np.diff(held) > 0).all()


def test_engines_have_names() -> None:
    assert engine_named("local").name == "local"
    with pytest.raises(Invalid) as refused:
        engine_named("http://somewhere")
    assert refused.value.code == "coverage.engine"
