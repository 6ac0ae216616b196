"""What of a path is clear, how it is asked, and how it is drawn."""

import math

import numpy as np
import pytest

from infra_registry import words
from infra_registry.coverage.paths.asking import Question, faults, numbers, point
from infra_registry.coverage.paths.picture import MOST_DRAWN, MOST_ROWS, drawn, rows, ticks
from infra_registry.coverage.propagation.clearance import clearance
from infra_registry.coverage.propagation.defaults import radio
from infra_registry.coverage.propagation.terrain import Profile
from infra_registry.errors import Invalid

FLAT = Profile([0.0] * 101, 100.0)  # 10 km


def test_bulge_and_fresnel_radius_are_those_of_the_formulas_by_hand() -> None:
    found = clearance(FLAT, (30.0, 30.0), 900.0)
    # 5 km · 5 km / (2 · 4/3 · 6371 km) = 1.4715 m; √(0.33310 m · 5 km · 5 km / 10 km) = 28.857 m.
    assert found.ground_m[50] == pytest.approx(1.4715, abs=1e-3)
    assert found.fresnel_m[50] == pytest.approx(28.857, abs=1e-2)
    assert found.least == pytest.approx((30 - 1.4715) / 28.857, abs=1e-3)
    assert found.at_m == 5000
    assert found.clear


@pytest.mark.parametrize(
    ("ground", "in_sight", "clear"),
    [(0.0, True, True), (12.0, True, False), (28.4, True, False), (29.0, False, False)],
)
def test_each_side_of_sight_and_of_six_tenths(ground: float, in_sight: bool, clear: bool) -> None:
    heights = [0.0] * 101
    heights[50] = ground
    found = clearance(Profile(heights, 100.0), (30.0, 30.0), 900.0)
    assert (found.in_sight, found.clear) == (in_sight, clear)


def test_a_path_turned_round_has_the_same_room() -> None:
    heights = np.random.default_rng(4).uniform(0, 60, 80)
    there = clearance(Profile(heights.tolist(), 50.0), (25.0, 3.0), 1800.0)
    back = clearance(Profile(heights[::-1].tolist(), 50.0), (3.0, 25.0), 1800.0)
    assert there.least == pytest.approx(back.least, rel=1e-9)
    assert there.at_m == pytest.approx(there.distance_m[-1] - back.at_m)


def test_unknown_ground_between_is_passed_over_and_at_an_end_refused() -> None:
    heights = [0.0, 5.0, math.nan, 5.0, 0.0]
    assert math.isfinite(clearance(Profile(heights, 100.0), (10.0, 10.0), 900.0).least)
    with pytest.raises(Invalid):
        clearance(Profile([math.nan, 0.0, 0.0], 100.0), (10.0, 10.0), 900.0)


@pytest.mark.parametrize(
    ("written", "at"),
    [("116.58,35.41", (116.58, 35.41)), (" -1.5 ， 43.6 ", (-1.5, 43.6)), ("T-00001", None), ("1e2,3", None)],
)
def test_an_end_is_two_numbers_or_a_code(written: str, at: tuple[float, float] | None) -> None:
    assert point(written) == at


@pytest.mark.parametrize(
    ("more", "field", "code"),
    [
        ({"start": "35.41,116.58"}, "from", "path.swapped"),
        ({"end": "200,10"}, "to", "geometry.range"),
        ({"end": "10,95.5,3"}, "to", "path.end"),
        ({"start": ""}, "from", "path.end"),
        ({"technology": "9g"}, "technology", "field.not_choice"),
        ({"height_m": 0.0}, "height_m", "path.range"),
        ({"height_m": -3.0}, "height_m", "path.range"),
        ({"rx_height_m": math.nan}, "rx_height_m", "path.range"),
        ({"frequency_mhz": 5.0}, "frequency_mhz", "path.range"),
        ({"eirp_dbm": math.inf}, "eirp_dbm", "path.range"),
        ({"step_m": 0.01}, "step_m", "path.range"),
    ],
)
@pytest.mark.parametrize("locale", ["zh-Hans", "en"])
def test_what_is_wrong_is_told_at_its_field(more: dict, field: str, code: str, locale: str) -> None:
    asked = Question(**({"start": "116.5,35.4", "end": "116.6,35.4", "technology": "4g"} | more))
    (fault,) = faults(asked, radio())
    assert (fault.field, fault.code) == (field, code)
    told = words.say(locale, fault.code, value=fault.value, expected=fault.expected, field=fault.field)
    assert "{" not in told


def test_a_number_that_is_none_is_told_and_empty_ones_are_left_to_defaults() -> None:
    assert numbers({"height_m": " 30 "})["height_m"] == 30
    assert numbers({})["eirp_dbm"] is None
    with pytest.raises(Invalid) as refused:
        numbers({"height_m": "high", "eirp_dbm": "x"})
    assert {one.field for one in refused.value.faults} == {"height_m", "eirp_dbm"}


def test_the_picture_keeps_ends_and_the_worst_point_whatever_the_length() -> None:
    heights = np.zeros(5001)
    heights[1234] = 80.0
    found = clearance(Profile(heights.tolist(), 2.0), (30.0, 30.0), 900.0)
    picture, table = drawn(found), rows(found)
    assert len(picture.sight.split()) <= MOST_DRAWN + 2
    assert len(table) <= MOST_ROWS + 2
    assert [row["worst"] for row in table].count(True) == 1
    worst = next(row for row in table if row["worst"])
    assert worst["distance_m"] == 2468
    assert not worst["free"]
    assert (table[0]["distance_m"], table[-1]["distance_m"]) == (0, 10_000)
    numbers_drawn = [float(n) for pair in picture.ground.split() for n in pair.split(",")]
    assert all(-1 <= n <= 961 for n in numbers_drawn)


@pytest.mark.parametrize(("low", "high"), [(0.0, 0.012), (0.0, 3.7), (-20.0, 1800.0), (99.5, 100.5)])
def test_ticks_are_round_and_inside(low: float, high: float) -> None:
    found = ticks(low, high)
    assert 2 <= len(found) <= 12
    assert low - 1e-6 <= found[0] <= found[-1] <= high + 1e-6
