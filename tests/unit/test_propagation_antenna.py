"""Antenna pattern of TR 38.901 table 7.3-1 against values worked out by hand, and what must hold of any pattern."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra_registry.coverage.propagation.antenna import (
    Pattern,
    attenuation,
    horizontal_attenuation,
    vertical_attenuation,
)
from infra_registry.errors import Invalid

EAST = Pattern(azimuth_deg=90.0)


# 12·(32.5/65)² = 3 dB at half the half-power width; 12·(65/65)² = 12; 12·(102.774/65)² = 30 and no more beyond.
@pytest.mark.parametrize("cut", [horizontal_attenuation, vertical_attenuation])
def test_cut_by_hand(cut) -> None:
    assert cut([0, 32.5, -32.5, 65, 102.0, 103.0, 179.0]) == pytest.approx(
        [0, 3, 3, 12, 12 * (102 / 65) ** 2, 30, 30], abs=1e-9
    )
    assert 12 * (102 / 65) ** 2 < 30


def test_any_angle_is_folded() -> None:
    assert horizontal_attenuation([360 + 32.5, 720 - 32.5, -360, 327.5]) == pytest.approx([3, 3, 0, 3])


def test_bearing_is_clockwise_from_north() -> None:
    assert attenuation(EAST, [90, 90 + 32.5, 90 - 32.5, 270, 450], 0) == pytest.approx([0, 3, 3, 30, 0])


# Cuts add: 3 + 3; and end at 30.
def test_cuts_add_up_to_the_floor() -> None:
    assert attenuation(EAST, 122.5, 32.5) == pytest.approx(6)
    assert attenuation(EAST, 270, 80) == pytest.approx(30)


# Mechanical tilt of 10°: full ahead (12·(10/65)² = 0.2840 at the horizon), none aside, upward behind.
def test_mechanical_tilt_turns_the_antenna() -> None:
    tilted = Pattern(azimuth_deg=0.0, tilt_deg=10.0, floor_db=1000.0)
    assert attenuation(tilted, 0, 10) == pytest.approx(0, abs=1e-9)
    assert attenuation(tilted, 0, 0) == pytest.approx(12 * (10 / 65) ** 2)
    assert attenuation(tilted, 90, 0) == pytest.approx(
        12 * (90 / 65) ** 2 if 12 * (90 / 65) ** 2 < 30 else 30
    )
    behind = attenuation(tilted, 180, [0, -10])
    assert behind[1] < behind[0]


def test_electrical_tilt_lowers_the_beam_on_all_sides() -> None:
    lowered = Pattern(azimuth_deg=0.0, electrical_tilt_deg=10.0, floor_db=1000.0)
    for bearing in (0, 50, 180):
        assert attenuation(lowered, bearing, 10) < attenuation(lowered, bearing, 0)
    assert attenuation(lowered, 0, 10) == pytest.approx(0)


def test_omni_is_alike_on_all_sides() -> None:
    omni = Pattern()
    assert omni.omni
    assert attenuation(omni, np.arange(0, 360, 30.0), 0) == pytest.approx(np.zeros(12))
    assert attenuation(omni, [0, 200], 32.5) == pytest.approx([3, 3])


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(Invalid):
        attenuation(EAST, math.nan, 0)
    with pytest.raises(Invalid):
        attenuation(EAST, 0, math.inf)


ANGLE = st.floats(-1000, 1000)


@given(st.floats(0, 360) | st.just(math.nan), st.floats(-30, 30), ANGLE, st.floats(-90, 90))
def test_between_nothing_and_the_floor(azimuth, tilt, bearing, below) -> None:
    taken = attenuation(Pattern(azimuth, tilt), bearing, below)
    assert 0 <= taken <= 30


@given(
    st.floats(0, 360),
    st.floats(-30, 30),
    st.floats(0, 360),
    st.floats(-90, 90),
    st.sampled_from([90, 180, 270]),
)
def test_turning_antenna_and_place_changes_nothing(azimuth, tilt, bearing, below, turn) -> None:
    before = attenuation(Pattern(azimuth, tilt), bearing, below)
    assert attenuation(Pattern(azimuth + turn, tilt), bearing + turn, below) == pytest.approx(
        before, abs=1e-6
    )


@given(st.floats(0, 179), st.floats(0, 179))
def test_farther_off_is_never_louder(one, other) -> None:
    near, far = sorted((one, other))
    assert horizontal_attenuation(near) <= horizontal_attenuation(far)
