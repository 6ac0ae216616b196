"""The kernel against the pure model, and what must hold of levels on a grid whatever the stations are."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from infra_registry.coverage.grids.classes import Levels, classify
from infra_registry.coverage.grids.frame import Frame
from infra_registry.coverage.grids.kernel import best_levels, identity
from infra_registry.coverage.grids.local import LocalEngine, plan
from infra_registry.coverage.grids.losses import middles_m, steps_to
from infra_registry.coverage.grids.stations import stations_of
from infra_registry.coverage.grids.tiling import Tile
from infra_registry.coverage.grids.work import NO_LEVEL, NO_STATION, Keys, TileResult, Work
from infra_registry.coverage.propagation.model import Transmitter
from infra_registry.coverage.propagation.scenario import INH_OFFICE, UMI_STREET
from infra_registry.errors import Invalid
from tests.unit.grid_ground import (
    group,
    levels,
    modelled,
    one_group,
    quiet,
    scattered,
    transmitter,
)

FRAME = Frame(32631, 50, 11290, -96669, 150, 130)
LINKS, TOLERANCE_DB = 100_000, 0.1


def union(layers: Sequence[tuple[Levels, Keys]]) -> tuple[Levels, Keys]:
    """The best level over several layers and the key of its station; ties go to the lowest key."""
    if not layers:
        raise ValueError("a union needs a layer")
    level, best = layers[0][0].copy(), layers[0][1].copy()
    for other, key in layers[1:]:
        better = (other > level) | ((other == level) & (key < best))
        np.copyto(level, other, where=better)
        np.copyto(best, key, where=better)
    return level, best


def operator_count(served: Sequence[NDArray[np.bool_]]) -> NDArray[np.uint8]:
    """How many operators serve each cell; one array per operator, over whichever technologies count."""
    if not served:
        raise ValueError("a count needs an operator")
    return np.asarray(np.sum(np.stack(served), axis=0), np.uint8)


def test_a_hundred_thousand_links_stay_within_a_tenth_of_a_decibel() -> None:
    """Every link is a station alone on a tile: the level is its own, not that of the strongest."""
    chance = np.random.default_rng(4)
    rows = scattered(400, FRAME, seed=4)
    ready = plan(Work(FRAME, (group(stations_of(rows, 3000.0)),)))
    tile, (x, y) = Tile(0, 0, *FRAME.shape), FRAME.centres()
    worst, seen = 0.0, 0
    for index, one in enumerate(rows):
        alone = ready.stations[0].take(np.array([index]))
        level, best = best_levels(alone, ready.book.tables, FRAME, tile)
        row, col = np.nonzero(best == one.key)
        pick = chance.choice(len(row), LINKS // len(rows))
        there = modelled(one, x[col[pick]], y[row[pick]])
        worst = max(worst, float(np.abs(level[row[pick], col[pick]] - there).max()))
        seen += len(pick)
    assert seen == LINKS
    assert worst <= TOLERANCE_DB, worst


def test_near_links_and_indoor_ones_stay_within_the_same_bound() -> None:
    frame = Frame(32631, 10, 0, 0, 40, 40)
    for scenario, height in ((INH_OFFICE, 3.0), (UMI_STREET, 6.0)):
        one = transmitter(1, 203.37, -198.11, scenario=scenario, height_m=height, tilt_deg=3.0)
        level, best = one_group(frame, [one], 150.0)
        x, y = frame.centres()
        row, col = np.nonzero(best == 1)
        assert len(row) > 500
        assert np.abs(level[row, col] - modelled(one, x[col], y[row])).max() <= TOLERANCE_DB


def test_reach_is_a_circle_to_the_centimetre() -> None:
    one = transmitter(7, 565_025.0, 4_830_025.0)
    x, y = FRAME.centres()
    _, best = one_group(FRAME, [one], 500.0)
    expected = np.hypot(x[None, :] - one.x_m, y[:, None] - one.y_m) <= 500.0
    assert expected.any()
    assert ((best == 7) == expected).all()


def test_another_station_never_lowers_a_cell() -> None:
    rows = scattered(60, FRAME, seed=1)
    fewer, _ = one_group(FRAME, rows[:-7])
    more, best = one_group(FRAME, rows)
    assert (more >= fewer).all()
    assert (best[more > fewer] >= rows[-7].key).all()
    assert (more > fewer).any()


def test_the_union_of_two_groups_is_the_maximum_and_the_group_of_all() -> None:
    rows = scattered(60, FRAME, seed=2)
    parts = (
        group(stations_of(rows[::2], 1500.0), "a"),
        group(stations_of(rows[1::2], 1500.0), "b"),
    )
    apart = levels(Work(FRAME, parts))
    level, best = union([apart["a", "4g"], apart["b", "4g"]])
    whole, of_whole = one_group(FRAME, rows)
    assert np.array_equal(level, np.maximum(apart["a", "4g"][0], apart["b", "4g"][0]))
    assert level.tobytes() == whole.tobytes()
    assert best.tobytes() == of_whole.tobytes()


def turned(one: Transmitter) -> Transmitter:
    """A quarter turn against the clock about the origin of the CRS."""
    azimuth = (one.azimuth_deg - 90.0) % 360.0 if not math.isnan(one.azimuth_deg) else math.nan
    return replace(one, x_m=-one.y_m, y_m=one.x_m, azimuth_deg=azimuth)


def test_a_quarter_turn_of_everything_turns_the_result_bit_for_bit() -> None:
    frame = Frame(32631, 50, -70, -40, 90, 110)
    level, best = one_group(frame, scattered(80, frame, seed=3))
    # Column c is y of the turned grid, row r its x: the western edge becomes the lower, the upper the western.
    around = Frame(32631, 50, frame.row0, -(frame.col0 + frame.cols), frame.rows, frame.cols)
    level_turned, best_turned = one_group(around, [turned(one) for one in scattered(80, frame, seed=3)])
    assert np.ascontiguousarray(np.rot90(level)).tobytes() == level_turned.tobytes()
    assert np.ascontiguousarray(np.rot90(best)).tobytes() == best_turned.tobytes()
    assert (best >= 0).any()


def test_moving_everything_by_whole_cells_moves_the_result_bit_for_bit() -> None:
    rows = scattered(40, FRAME, seed=5)
    moved = [replace(one, x_m=one.x_m + 7 * 50, y_m=one.y_m - 9 * 50) for one in rows]
    there = replace(FRAME, col0=FRAME.col0 + 7, row0=FRAME.row0 + 9)
    here, away = one_group(FRAME, rows), one_group(there, moved)
    assert here[0].tobytes() == away[0].tobytes()
    assert here[1].tobytes() == away[1].tobytes()


@pytest.mark.parametrize("size", [1, 7, 64, 129, 256])
def test_tiles_of_any_size_and_any_number_of_threads_give_equal_bits(size: int) -> None:
    frame = replace(FRAME, cols=70, rows=50)
    work = Work(frame, (group(stations_of(scattered(40, frame, seed=6), 1200.0)),))
    once = levels(work, LocalEngine(1))["a", "4g"]
    again = levels(replace(work, tile=size), LocalEngine(3))["a", "4g"]
    assert once[0].tobytes() == again[0].tobytes()
    assert once[1].tobytes() == again[1].tobytes()


def test_a_part_of_a_frame_is_that_part_of_the_result() -> None:
    rows = scattered(60, FRAME, seed=7)
    part = replace(FRAME, col0=FRAME.col0 + 13, row0=FRAME.row0 + 21, cols=40, rows=33)
    whole, cut = one_group(FRAME, rows), one_group(part, rows)
    assert np.ascontiguousarray(whole[0][21:54, 13:53]).tobytes() == cut[0].tobytes()
    assert np.ascontiguousarray(whole[1][21:54, 13:53]).tobytes() == cut[1].tobytes()


def test_equal_levels_go_to_the_lowest_key_in_whatever_order_stations_come() -> None:
    twins = [transmitter(key, 566_000.0, 4_830_000.0) for key in (9, 3, 5)]
    for rows in (twins, twins[::-1]):
        _, best = one_group(FRAME, rows)
        assert set(np.unique(best)) == {NO_STATION, 3}
    left, right = transmitter(8, 566_000.0, 4_830_000.0), transmitter(2, 566_350.0, 4_830_000.0)
    level, best = one_group(FRAME, [left, right])
    x, _ = FRAME.centres()
    between = np.nonzero(x == 566_175.0)[0]
    assert len(between) == 1
    assert (best[:, between][level[:, between] > NO_LEVEL] == 2).all()


# Stated: at 50 m a step half as wide moves the area above a threshold by less than 2 %.
HALVED = 0.02


def test_halving_the_step_changes_the_covered_area_by_less_than_two_percent() -> None:
    rows = scattered(25, FRAME, seed=8)
    fine = Frame(FRAME.epsg, 25, FRAME.col0 * 2, FRAME.row0 * 2, FRAME.cols * 2, FRAME.rows * 2)
    assert fine.bounds == FRAME.bounds
    people = np.random.default_rng(8).gamma(0.3, 20.0, FRAME.shape)
    spread = np.repeat(np.repeat(people, 2, axis=0), 2, axis=1) / 4.0
    coarse_level, fine_level = one_group(FRAME, rows)[0], one_group(fine, rows)[0]
    for threshold in (-110.0, -100.0, -90.0):
        areas = [float((level >= threshold).mean()) for level in (coarse_level, fine_level)]
        assert 0.02 < areas[1] < 0.98
        assert abs(areas[0] - areas[1]) < HALVED
        served = [
            float(people[coarse_level >= threshold].sum()),
            float(spread[fine_level >= threshold].sum()),
        ]
        assert abs(served[0] - served[1]) < HALVED * people.sum()


def test_no_station_and_stations_out_of_reach_give_no_level() -> None:
    far = [transmitter(1, 900_000.0, 4_830_000.0)]
    for rows in ([], far):
        level, best = one_group(FRAME, rows)
        assert (level == NO_LEVEL).all()
        assert (best == NO_STATION).all()
    results = list(LocalEngine(1).run(Work(FRAME, ()), quiet))
    assert len(results) == 1
    level, best = results[0].of("a", "4g")
    assert (level == NO_LEVEL).all()
    assert best.shape == FRAME.shape


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("x_m", math.nan),
        ("y_m", math.inf),
        ("x_m", 1e12),
        ("height_m", math.nan),
        ("height_m", -3.0),
        ("frequency_mhz", 0.0),
        ("eirp_dbm", math.inf),
        ("azimuth_deg", 720.0),
        ("azimuth_deg", -math.inf),
        ("tilt_deg", 91.0),
        ("beam_deg", 0.0),
        ("vertical_deg", 0.0),
    ],
)
def test_stations_with_impossible_values_are_refused_by_name(field: str, value: float) -> None:
    one = replace(transmitter(1, 566_000.0, 4_830_000.0), **{field: value})  # type: ignore[arg-type]
    with pytest.raises(Invalid) as refused:
        stations_of([one], 500.0)
    assert refused.value.code == "coverage.station"
    assert refused.value.params["field"] == field


def test_a_key_twice_and_a_reach_that_is_none_are_refused() -> None:
    one = transmitter(1, 566_000.0, 4_830_000.0)
    for rows, reach in (([one, one], 500.0), ([one], math.nan), ([one], -1.0), ([one], 1e9)):
        with pytest.raises(Invalid):
            stations_of(rows, reach)


def test_a_model_that_gives_no_number_stops_the_run() -> None:
    work = Work(
        FRAME,
        (group(stations_of([transmitter(1, 566_000.0, 4_830_000.0)], 500.0)),),
        mean_loss=lambda _s, d, _b, _u, _f: np.where(d > 300.0, np.nan, 100.0),
    )
    with pytest.raises(Invalid) as refused:
        levels(work)
    assert refused.value.code == "coverage.loss"
    assert 299 < refused.value.params["distance_m"] < 302


def test_progress_counts_every_tile_and_an_exception_from_it_stops_the_run() -> None:
    work = Work(
        replace(FRAME, cols=64, rows=64), (group(stations_of(scattered(9, FRAME, 9), 900.0)),), tile=8
    )
    told: list[tuple[int, int]] = []
    assert len(list(LocalEngine(2).run(work, lambda done, total: told.append((done, total))))) == 64
    assert told[0] == (0, 64)
    assert told[-1] == (64, 64)
    assert told == sorted(told)

    class Stopped(Exception):
        pass

    def stop(done: int, total: int) -> None:
        if done >= 5:
            raise Stopped

    taken: list[TileResult] = []
    with pytest.raises(Stopped):
        taken.extend(LocalEngine(2).run(work, stop))
    assert 0 < len(taken) < 12


def test_every_distance_within_reach_has_a_step_and_steps_are_narrow() -> None:
    for reach in (1_000, 150_000, 15_000_000):
        distances = middles_m(steps_to(reach))
        assert (np.diff(distances) > 0).all()
        assert distances[-1] > reach / 100.0
        far = distances[distances > 10.0]
        assert (np.diff(far) / far[1:] < 0.0045).all()


def test_classes_and_counts() -> None:
    level = np.array([[-np.inf, -120.0, -110.0], [-109.9, -80.0, -60.0]], np.float32)
    thresholds = (-120.0, -110.0, -100.0, -90.0, -80.0)
    assert classify(level, thresholds).tolist() == [[0, 1, 2], [2, 5, 5]]
    assert operator_count([level >= -100.0, level >= -115.0]).tolist() == [[0, 0, 1], [1, 2, 2]]
    for wrong in ((), (-100.0, -110.0), (math.nan, 1.0)):
        with pytest.raises(ValueError, match="ascend"):
            classify(level, wrong)


def test_the_kernel_says_which_bits_it_yields() -> None:
    assert identity() == identity()
    assert set(identity()) == {"kernel", "python", "numba", "numpy", "bits"}
