"""Gaps: what belongs together, figures, districts, rank, outlines; and what became of earlier ones."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray
from scipy import ndimage
from shapely import MultiPolygon
from shapely.geometry import box

from infra_registry.coverage.gaps.comparing import CLOSED, GROWN, NEW, SAME, SHRUNK, Earlier, compare
from infra_registry.coverage.gaps.detection import Gap, Ground, find, lacking
from infra_registry.coverage.grids.frame import Frame

STEP = 100


def frame_of_size(rows: int, cols: int, *, epsg: int = 32650, col0: int = 4800) -> Frame:
    """A frame in the middle of a zone, about 35.4° north."""
    return Frame(epsg, STEP, col0, -39200, cols, rows)


def picture(text: str) -> NDArray[np.bool_]:
    """Rows of ``#`` (bad) and ``.``."""
    return np.array([[char == "#" for char in line] for line in text.split()])


def ground_of(bad: NDArray[np.bool_], **known: object) -> Ground:
    return replace(Ground(frame_of_size(*bad.shape), np.ones(bad.shape, bool)), **known)  # type: ignore[arg-type]


def earlier_of(gaps: list[Gap]) -> list[Earlier]:
    return [Earlier(100 + gap.ordinal, gap.geometry, gap.people, gap.area_m2) for gap in gaps]


def test_cells_that_share_only_a_corner_are_two_gaps() -> None:
    gaps = find(ground_of(bad := picture("##.. ##.. ..## ..#.")), bad)
    assert [list(gap.cells) for gap in gaps] == [[0, 1, 4, 5], [10, 11, 14]]
    assert [gap.area_m2 for gap in gaps] == [4 * STEP**2, 3 * STEP**2]


def test_figures_are_sums_over_the_cells_of_the_gap() -> None:
    bad = picture("#.# #.#")
    people = np.array([[1.5, 9, 2], [0.25, 9, 4]], np.float32)
    roads = np.array([[10, 5, 20], [30, 5, np.nan]], np.float32)
    found = find(ground_of(bad, people=people, road_m=roads, venues=np.array([0, 0, 2, 1, -1])), bad)
    assert [(gap.people, gap.road_m, gap.venues) for gap in found] == [(6.0, 20.0, 1), (1.75, 40.0, 2)]
    unknown = find(ground_of(bad), bad)[0]
    assert (unknown.people, unknown.road_m, unknown.venues) == (None, None, 0)


def test_rank_is_people_then_area_then_position() -> None:
    bad = picture("#.#.##.# .......#")
    people = np.zeros(bad.shape, np.float32)
    people[0, 2] = 7
    gaps = find(ground_of(bad, people=people), bad)
    assert [gap.cells[0] for gap in gaps] == [2, 4, 7, 0]
    assert [gap.ordinal for gap in gaps] == [1, 2, 3, 4]


def test_everything_covered_is_no_gap_and_nothing_covered_is_the_area() -> None:
    frame = frame_of_size(30, 40)
    round_area = shapely.Point(0.02, 0.012).buffer(0.01)
    west, south, _, _ = frame.bounds_4326
    mask = frame.mask(shapely.transform(round_area, lambda xy: xy + np.array([west, south])))
    ground = Ground(frame, mask)
    assert 0 < mask.sum() < mask.size
    assert find(ground, np.zeros(mask.shape, bool)) == []
    (whole,) = find(ground, np.ones(mask.shape, bool))
    assert np.array_equal(whole.cells, np.flatnonzero(mask))
    assert np.array_equal(frame.mask(whole.geometry), mask)


def test_small_gaps_are_left_out_at_the_minimum_not_on_it() -> None:
    bad = picture("#.##.###")
    assert [len(gap.cells) for gap in find(ground_of(bad), bad, minimum_m2=2 * STEP**2)] == [3, 2]
    assert find(ground_of(bad), bad, minimum_m2=4 * STEP**2) == []


def test_district_is_that_of_most_people_or_of_most_cells() -> None:
    bad = picture("#####")
    districts = np.array([[7, 7, 7, 8, 8]])
    people = np.array([[1, 1, 1, 5, 5]], np.float32)
    assert find(ground_of(bad, districts=districts), bad)[0].district_id == 7
    assert find(ground_of(bad, districts=districts, people=people), bad)[0].district_id == 8
    nowhere = np.full(bad.shape, -1)
    assert find(ground_of(bad, districts=nowhere), bad)[0].district_id is None
    tie = np.array([[9, 9, -1, 4, 4]])
    assert find(ground_of(bad, districts=tie), bad)[0].district_id == 4


def test_splitting_by_district_cuts_gaps_at_its_edge_and_keeps_their_parts_whole() -> None:
    bad = picture("##### #.#.#")
    districts = np.array([[1, 1, 2, 1, 1], [1, 1, 2, 1, 1]])
    gaps = find(ground_of(bad, districts=districts), bad, split_by_district=True)
    assert sorted(list(gap.cells) for gap in gaps) == [[0, 1, 5], [2, 7], [3, 4, 9]]
    assert {gap.district_id for gap in gaps} == {1, 2}
    assert find(ground_of(bad, districts=districts), np.zeros_like(bad), split_by_district=True) == []


@pytest.mark.parametrize("seed", range(6))
def test_outlines_are_valid_multipolygons_that_hold_exactly_their_cells(seed: int) -> None:
    bad = np.random.default_rng(seed).random((25, 31)) < 0.62
    ground = ground_of(bad)
    gaps = find(ground, bad)
    assert sum(len(gap.cells) for gap in gaps) == bad.sum()
    assert len(gaps) == ndimage.label(bad)[1]
    for gap in gaps:
        assert isinstance(gap.geometry, MultiPolygon)
        assert gap.geometry.is_valid
        assert np.array_equal(np.flatnonzero(ground.grid.mask(gap.geometry)), gap.cells)  # type: ignore[union-attr]


def test_a_ring_pinched_at_corners_is_still_valid() -> None:
    bad = picture("#####. #.##.# ##.#.# #.#### ######")
    for gap in find(ground_of(bad), bad):
        assert gap.geometry.is_valid
    turned = np.rot90(bad)
    assert sorted(len(gap.cells) for gap in find(ground_of(turned), turned)) == sorted(
        len(gap.cells) for gap in find(ground_of(bad), bad)
    )


def test_long_edges_follow_the_grid() -> None:
    bad = np.ones((5, 900), bool)
    ground = ground_of(bad)
    (gap,) = find(ground, bad)
    back = ground.grid.project(gap.geometry)
    exact = box(*ground.grid.bounds)  # type: ignore[union-attr]
    # Also between the vertices, where a straight line in degrees is a curve on the grid.
    assert shapely.hausdorff_distance(back, exact, densify=0.001) < 0.5


def test_a_gap_over_the_dateline_is_cut_in_two_there() -> None:
    frame = Frame(32601, 1000, 170, -3900, 120, 20)
    west, _, east, _ = frame.bounds_4326
    assert west > east
    (gap,) = find(Ground(frame, np.ones(frame.shape, bool)), np.ones(frame.shape, bool))
    assert gap.geometry.is_valid
    assert len(gap.geometry.geoms) == 2
    assert all(part.bounds[2] - part.bounds[0] < 3 for part in gap.geometry.geoms)


def test_thresholds() -> None:
    levels = np.array([-104.9, -105.0, -105.1, np.nan, -np.inf], np.float32)
    assert lacking("dbm", levels, -105).tolist() == [False, False, True, True, True]
    classes = np.array([0, 2, 3, 5], np.uint8)
    assert lacking("class", classes, 3).tolist() == [True, True, False, False]
    assert lacking("operators", np.array([0, 1, 2, 3], np.uint8), 2).tolist() == [True, True, False, False]
    with pytest.raises(ValueError, match="share"):
        lacking("share", classes, 3)


def changes(
    before: str, now: str, **options: float
) -> list[tuple[int | None, str, tuple[int, ...], float | None]]:
    """Kinds of change between two pictures, every cell with ten people."""
    was, is_now = picture(before), picture(now)
    people = np.full(was.shape, 10, np.float32)
    ground = ground_of(is_now, people=people)
    made = compare(
        ground.grid,
        ground.mask,
        find(ground, is_now),
        earlier_of(find(ground, was)),
        **options,
    )
    return [(one.ordinal, one.compared, one.earlier, one.earlier_people) for one in made]


def test_each_change_is_named_with_its_earlier_figures() -> None:
    assert changes("##.. ....", "##.. ....") == [(1, SAME, (101,), 20.0)]
    assert changes("##.. ....", "###. ....") == [(1, GROWN, (101,), 20.0)]
    assert changes("###. ....", "##.. ....") == [(1, SHRUNK, (101,), 30.0)]
    assert changes("#... ....", "#... ..##") == [(1, NEW, (), None), (2, SAME, (101,), 10.0)]
    assert changes("##.# ....", "...# ....") == [(1, SAME, (102,), 10.0), (None, CLOSED, (101,), 20.0)]


def test_gaps_that_grew_together_and_one_that_fell_apart_tell_each_earlier_figure_once() -> None:
    assert changes("##.#", "####") == [(1, GROWN, (101, 102), 30.0)]
    assert changes("#####", "##.#.") == [(1, SHRUNK, (101,), 50.0), (2, SHRUNK, (), None)]
    # Many to many: the middle one joins the first, and the last keeps its own.
    assert changes("##.##.##", "####..##") == [(1, SAME, (101, 102), 40.0), (2, SAME, (103,), 20.0)]


def test_change_within_the_tolerance_is_the_same() -> None:
    assert changes("##########", "#########.", tolerance=0.1)[0][1] == SAME
    assert changes("##########", "#########.", tolerance=0.05)[0][1] == SHRUNK


def test_an_earlier_gap_outside_the_area_is_not_called_closed_and_a_tiny_one_is_found() -> None:
    bad = picture("#...")
    ground = ground_of(bad)
    frame = ground.grid
    (gap,) = find(ground, bad)
    beyond = shapely.transform(gap.geometry, lambda xy: xy + np.array([1.0, 0.0]))
    tiny = shapely.Point(gap.geometry.centroid.x + 2e-4, gap.geometry.centroid.y).buffer(1e-5)
    past = [Earlier(1, beyond, 5, 1), Earlier(2, MultiPolygon([tiny]), None, 3.0)]
    made = compare(frame, ground.mask, [gap], past)
    assert [(one.compared, one.earlier, one.earlier_people) for one in made] == [(GROWN, (2,), None)]


def test_another_step_before_is_compared_by_place() -> None:
    bad = np.zeros((8, 8), bool)
    bad[2:6, 2:6] = True
    ground = ground_of(bad)
    fine = Frame(32650, 50, 9600, -78400, 16, 16)
    before = find(Ground(fine, np.ones(fine.shape, bool)), np.kron(bad, np.ones((2, 2), bool)))
    (made,) = compare(ground.grid, ground.mask, find(ground, bad), earlier_of(before))
    assert (made.compared, made.earlier_area_m2) == (SAME, 16 * STEP**2)
