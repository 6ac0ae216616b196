"""Free space, ITU-R P.1238 and P.1411 against values worked out by hand; the choice of a model for WiFi."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from infra_registry.coverage.propagation.free_space import free_space_loss
from infra_registry.coverage.propagation.limits import OutOfRange, Range, finite, outside
from infra_registry.coverage.propagation.scenario import INH_OFFICE, UMI_STREET
from infra_registry.coverage.propagation.tr38901 import los_probability, o2i_loss, path_loss
from infra_registry.errors import Invalid
from tests.unit.short_range import (
    NLOS,
    ROWS,
    Coefficients,
    indoor_loss,
    indoor_mean_loss,
    street_loss,
    street_mean_loss,
    wifi_loss,
)


# 32.4478 + 20 log10(1000 MHz) + 20 log10(1 km) = 92.4478; ten times the way costs 20 dB, twice the band 6.0206.
def test_free_space_by_hand() -> None:
    assert free_space_loss(1000, 1000) == pytest.approx(92.4478, abs=1e-4)
    assert free_space_loss(10000, 2000) == pytest.approx(92.4478 + 20 + 6.0206, abs=1e-4)
    assert free_space_loss(0.001, 100) == 0
    for distance, frequency in ((0, 100), (-1, 100), (math.nan, 100), (10, 0), (10, math.inf)):
        with pytest.raises(Invalid):
            free_space_loss(distance, frequency)


# Office, 2.4 GHz (log 0.3802112), 10 m: LOS 14.6 + 34.62 + 20.3·0.3802112 = 56.938288
#   NLOS 24.6 + 29.53 + 23.8·0.3802112 = 63.179027
# Corridor, 5 GHz, 100 m: LOS 32.6 + 28.12 + 22.5·0.69897 = 76.446825
# Industrial NLOS, 5 GHz, 100 m: 75.8 + 21.01 + 13.4·0.69897 = 106.176198
def test_indoor_by_hand() -> None:
    assert indoor_loss(10, 2400, los=True) == pytest.approx(56.938288, abs=1e-5)
    assert indoor_loss(10, 2400, los=False) == pytest.approx(63.179027, abs=1e-5)
    assert indoor_loss(100, 5000, los=True, place="corridor") == pytest.approx(76.446825, abs=1e-5)
    assert indoor_loss(100, 5000, los=False, place="industrial") == pytest.approx(106.176198, abs=1e-5)


# Street, 2.4 GHz, 100 m: LOS 42.4 + 29.2 + 21.1·0.3802112 = 79.622456
#   high-rise NLOS 80 + 10.2 + 23.6·0.3802112 = 99.172985; residential 60.2 + 18.8 + 20.7·0.3802112 = 86.870372
# Low-rise, 28 GHz (log 1.4471580): 101.2 − 4.68 + 20.2·1.4471580 = 125.752592
def test_street_by_hand() -> None:
    assert street_loss(100, 2400, los=True) == pytest.approx(79.622456, abs=1e-5)
    assert street_loss(100, 2400, los=False) == pytest.approx(99.172985, abs=1e-5)
    assert street_loss(100, 2400, los=False, surroundings="residential") == pytest.approx(86.870372, abs=1e-5)
    assert street_loss(100, 28000, los=False, surroundings="low_rise") == pytest.approx(125.752592, abs=1e-5)


def outside_row(row: Coefficients, distance_m: ArrayLike, frequency_mhz: float) -> tuple[OutOfRange, ...]:
    """What of a set of links lies outside a row of a table, and what the model takes instead."""
    distances, stretch = finite("distance_m", distance_m), row.distance_m
    far = float(distances.max())
    beyond = OutOfRange("distance_m", far, stretch.low, stretch.high, far, "continued", "")
    return (
        *outside("frequency_mhz", frequency_mhz, row.frequency_mhz, ""),
        *outside("distance_m", float(distances.min()), Range(stretch.low, math.inf), ""),
        *([beyond] if far > stretch.high else []),
    )


def wifi_reach_m(eirp_dbm: float, threshold_dbm: float, frequency_mhz: float, *, indoor: bool) -> float:
    """The farthest distance (m, to 0.1, at most 1000) at which the mean level reaches the threshold; 0 if none does."""
    distances = np.arange(1, 10001) / 10.0
    heard = eirp_dbm - wifi_loss(distances, frequency_mhz, indoor=indoor) >= threshold_dbm
    return float(distances[heard][-1]) if heard.any() else 0.0


def test_ranges_are_told_on_both_sides() -> None:
    assert outside_row(ROWS["office"][0], [2, 27], 300) == ()
    assert [(one.name, one.handled) for one in outside_row(ROWS["office"][0], [1, 28], 299)] == [
        ("frequency_mhz", "clamped"),
        ("distance_m", "clamped"),
        ("distance_m", "continued"),
    ]
    assert outside_row(NLOS["high_rise"], [30, 715], 38000) == ()
    (told,) = outside_row(NLOS["high_rise"], [30, 716], 38000)
    assert (told.value, told.high, told.used) == (716, 715, 716)
    (told,) = outside_row(NLOS["low_rise"], 100, 2400)
    assert (told.name, told.used) == ("frequency_mhz", 10000)
    assert indoor_loss(1, 2400, los=True) == indoor_loss(2, 2400, los=True)
    assert street_loss(800, 2400, los=False) > street_loss(715, 2400, los=False)


@pytest.mark.parametrize("frequency_mhz", [900, 2400, 5500, 28000])
def test_two_recommendations_agree_where_both_were_measured(frequency_mhz: float) -> None:
    """TR 38.901 beside P.1238 in an office in sight, 2 dB, and beside P.1411 in a street out of sight, 5 dB."""
    rooms = np.array([5.0, 10.0, 27.0])
    office = path_loss(INH_OFFICE, rooms, 2.5, 1.5, frequency_mhz, los=True)
    assert office == pytest.approx(indoor_loss(rooms, frequency_mhz, los=True), abs=2)
    corners = np.array([50.0, 100.0, 200.0, 400.0])
    street = path_loss(UMI_STREET, corners, 4.0, 1.5, frequency_mhz, los=False)
    assert street == pytest.approx(street_loss(corners, frequency_mhz, los=False), abs=5)


def test_wifi_gets_the_model_of_its_place() -> None:
    assert wifi_loss(20, 2400, indoor=True) == indoor_mean_loss(20, 2400)
    assert wifi_loss(20, 2400, indoor=False) == street_mean_loss(20, 2400)
    through = wifi_loss(20, 2400, indoor=True, through_wall=True)
    assert through == pytest.approx(float(indoor_mean_loss(20, 2400) + o2i_loss("low", 2400)))
    chance = los_probability(UMI_STREET, 100.0)
    assert street_mean_loss(100, 2400) == pytest.approx(
        chance * 79.622456 + (1 - chance) * 99.172985, abs=1e-5
    )


# 20 dBm and −70 dBm leave 90 dB: the reach is where the mean loss passes 90 dB.
@pytest.mark.parametrize("indoor", [True, False])
def test_wifi_reach_is_where_the_level_meets_the_threshold(indoor) -> None:
    reach = wifi_reach_m(20, -70, 2400, indoor=indoor)
    assert wifi_loss(reach, 2400, indoor=indoor) <= 90 < wifi_loss(reach + 0.1, 2400, indoor=indoor)
    assert wifi_reach_m(-60, -70, 2400, indoor=indoor) == 0
    assert wifi_reach_m(20, -70, 5500, indoor=indoor) < reach


@given(
    st.floats(0, 2000), st.floats(0, 500), st.sampled_from([868.0, 2400.0, 5500.0, 60000.0]), st.booleans()
)
def test_farther_is_never_louder(near, more, frequency, indoor) -> None:
    first, second = wifi_loss([near, near + more], frequency, indoor=indoor)
    assert math.isfinite(first)
    assert second >= first - 1e-9
