"""Nobody is lost or counted twice when counts go onto a grid."""

import numpy as np
import pytest
import shapely
from affine import Affine
from pyproj import Transformer
from shapely.geometry import LineString, Polygon, box

from infra_registry.coverage.demand.lines import metres_per_cell
from infra_registry.coverage.demand.spreading import (
    Dwellings,
    Zone,
    settle,
    spread_points,
    spread_raster,
    spread_zones,
)
from infra_registry.coverage.grids.frame import Frame

UTM = 32631
FRAME = Frame(UTM, 50, 11_300, -96_700, 200, 160)
WEST, SOUTH, EAST, NORTH = FRAME.bounds
TO_DEGREES = Transformer.from_crs(UTM, 4326, always_xy=True)


def degrees(shape: shapely.Geometry) -> shapely.Geometry:
    return shapely.transform(
        shapely.segmentize(shape, 200), lambda xy: np.column_stack(TO_DEGREES.transform(*xy.T))
    )


def star(x: float, y: float, size: float, points: int = 31) -> Polygon:
    turn = np.linspace(0, 2 * np.pi, 2 * points, endpoint=False)
    reach = np.where(np.arange(2 * points) % 2, size, size * 0.4)
    return Polygon(np.column_stack([x + reach * np.cos(turn), y + reach * np.sin(turn)]))


def test_a_polygon_without_dwellings_is_filled_by_area() -> None:
    zone = box(WEST + 125, NORTH - 325, WEST + 525, NORTH - 125)
    found = spread_zones([Zone(8000, degrees(zone))], FRAME)
    assert found.people.sum() == pytest.approx(8000, rel=1e-9)
    assert found.people[3, 4] == pytest.approx(8000 * 2500 / 80_000, rel=1e-5)
    assert found.people[2, 2] == pytest.approx(8000 * 625 / 80_000, rel=1e-4)
    assert (found.zones_evenly, found.zones_by_dwellings, found.evenly) == (1, 0, 8000)


def test_any_shape_keeps_its_sum_and_each_cell_its_share() -> None:
    shape = star(WEST + 5000, NORTH - 4000, 3500).difference(box(WEST + 4800, SOUTH, WEST + 4950, NORTH))
    found = spread_zones([Zone(207_956, degrees(shape))], FRAME)
    assert found.people.sum() == pytest.approx(207_956, rel=1e-9)
    exact = shapely.area(
        shapely.intersection(
            shapely.make_valid(shape),
            [
                box(WEST + c * 50, NORTH - r * 50 - 50, WEST + c * 50 + 50, NORTH - r * 50)
                for r in range(FRAME.rows)
                for c in range(FRAME.cols)
            ],
        )
    ).reshape(FRAME.shape)
    np.testing.assert_allclose(found.people, 207_956 * exact / exact.sum(), atol=0.05)


def test_what_lies_beside_the_grid_is_told() -> None:
    half = box(WEST - 1000, NORTH - 2000, WEST + 1000, NORTH - 1000)
    away = box(WEST - 9000, NORTH - 2000, WEST - 8000, NORTH - 1000)
    found = spread_zones([Zone(1000, degrees(half)), Zone(70, degrees(away))], FRAME)
    assert found.people.sum() + found.outside == pytest.approx(1070, rel=1e-9)
    assert found.people.sum() == pytest.approx(500, rel=1e-4)


def test_people_live_where_dwellings_are_known() -> None:
    zone = degrees(box(WEST + 1000, NORTH - 3000, WEST + 3000, NORTH - 1000))
    lon, lat = TO_DEGREES.transform(
        [WEST + 1510, WEST + 2020, WEST + 9000], [NORTH - 1510, NORTH - 2020, NORTH - 5000]
    )
    dwellings = Dwellings(np.array(lon), np.array(lat), np.array([30.0, 10.0, 500.0]))
    found = spread_zones([Zone(4000, zone)], FRAME, dwellings)
    assert found.people[30, 30] == pytest.approx(3000)
    assert found.people[40, 40] == pytest.approx(1000)
    assert np.count_nonzero(found.people) == 2
    assert (found.zones_by_dwellings, found.zones_evenly) == (1, 0)
    few = spread_zones([Zone(4000, zone)], FRAME, dwellings, most_per_household=6)
    assert few.people.sum() == pytest.approx(4000, rel=1e-9)
    assert (few.by_dwellings, few.evenly) == (240, 3760)
    assert few.people[30, 30] == pytest.approx(180 + 3760 / 1600, rel=1e-3)


def test_points_go_to_their_cells() -> None:
    lon, lat = TO_DEGREES.transform([WEST + 60, WEST + 70, WEST - 50], [NORTH - 10, NORTH - 20, NORTH - 10])
    found = spread_points(np.array(lon), np.array(lat), np.array([3.0, 4.0, 5.0]), FRAME)
    assert found.people[0, 1] == 7
    assert found.outside == 5


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:2154", "EPSG:32631"])
@pytest.mark.parametrize("cell_m", [10.0, 90.0, 1000.0])
def test_a_raster_of_any_crs_and_cell_keeps_its_sum(crs: str, cell_m: float) -> None:
    middle = (WEST + EAST) / 2, (SOUTH + NORTH) / 2
    x, y = Transformer.from_crs(UTM, crs, always_xy=True).transform(*middle)
    cell = cell_m / 100_000 if crs == "EPSG:4326" else cell_m
    side = int(3000 / cell_m)
    place = Affine(cell, 0, x - cell * side / 2, 0, -cell, y + cell * side / 2)
    values = np.random.default_rng(1).uniform(0, 50, (side, side))
    values[0, 0], values[-1, -1], values[0, 1] = np.nan, -7, np.inf
    counted = values[np.isfinite(values) & (values > 0)].sum()
    found = spread_raster(values, place, crs, FRAME)
    assert found.people.sum() == pytest.approx(counted, rel=1e-9)
    assert found.outside == 0
    row, col = np.unravel_index(found.people.argmax(), FRAME.shape)
    assert abs(row - FRAME.rows / 2) < 45
    assert abs(col - FRAME.cols / 2) < 45


def test_an_even_raster_is_even_on_the_grid() -> None:
    place = Affine(1000, 0, WEST - 1500, 0, -1000, NORTH + 1500)
    found = spread_raster(np.full((20, 25), 400.0), place, f"EPSG:{UTM}", FRAME)
    np.testing.assert_allclose(found.people, 1.0, rtol=0.06)
    assert found.people.sum() + found.outside == pytest.approx(400 * 500, rel=1e-9)


def test_people_on_the_border_settle_inside_it() -> None:
    people = np.arange(12, dtype=float).reshape(3, 4)
    mask = np.zeros((3, 4), bool)
    mask[:, 1:3] = True
    found = settle(people, mask)
    assert found.sum() == people.sum()
    assert found[~mask].sum() == 0
    assert found[1, 1] == people[1, 0] + people[1, 1]


def test_roads_are_cut_at_the_edges_of_cells() -> None:
    rng = np.random.default_rng(8)
    lines = [
        LineString(
            np.column_stack(
                [rng.uniform(WEST - 500, EAST + 500, 40), rng.uniform(SOUTH - 500, NORTH + 500, 40)]
            )
        )
        for _ in range(6)
    ]
    lines.append(LineString([(WEST + 50, NORTH - 60), (WEST + 50, NORTH - 60), (WEST + 200, NORTH - 60)]))
    moved = [
        shapely.transform(line, lambda xy: np.column_stack(TO_DEGREES.transform(*xy.T))) for line in lines
    ]
    found = metres_per_cell(moved, FRAME)
    inside = sum(line.intersection(box(*FRAME.bounds)).length for line in lines)
    assert found.sum() == pytest.approx(inside, rel=1e-6)
    for row, col in ((0, 0), (80, 100), (1, 2), (159, 199)):
        cell = box(WEST + col * 50, NORTH - row * 50 - 50, WEST + col * 50 + 50, NORTH - row * 50)
        assert found[row, col] == pytest.approx(
            sum(line.intersection(cell).length for line in lines), abs=0.01
        )
    assert metres_per_cell([], FRAME).sum() == 0
