"""TR 38.901 against values worked out by hand from table 7.4.1-1, 7.4.2-1 and 7.4.3-1; both sides of every limit."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra_registry.coverage.propagation.scenario import (
    INH_OFFICE,
    RMA,
    SCENARIOS,
    UMA,
    UMI_STREET,
    Scenario,
    findings,
    limits,
)
from infra_registry.coverage.propagation.tr38901 import (
    los_probability,
    mean_loss,
    o2i_loss,
    path_loss,
)
from infra_registry.errors import Invalid

HAND = pytest.approx


def loss(scenario, d2d, heights: tuple[float, float], frequency_mhz, *, los):
    return float(path_loss(scenario, d2d, *heights, frequency_mhz, los=los))


# UMa, 2000 MHz, 25 m over 1.5 m. Breakpoint 4·(25−1)·(1.5−1)·2e9/3e8 = 320 m.
#   100 m: d3D = √(100²+23.5²) = √10552.25 = 102.7242; 28 + 22·2.0116728 + 20·0.3010300 = 28+44.256802+6.020600
#   500 m: d3D = √(250000+552.25) = 500.5519; log = 2.6994492
#          28 + 40·2.6994492 + 6.020600 − 9·log10(320²+23.5²)
#          = 28+107.977968+6.0206 − 9·log10(102952.25)=9·5.0126358=45.113722
#   500 m NLOS: 13.54 + 39.08·2.6994492 + 6.0206 − 0 = 13.54+105.494475+6.0206
def test_uma_by_hand() -> None:
    heights = (25, 1.5)
    assert loss(UMA, 100, heights, 2000, los=True) == HAND(78.277402, abs=1e-4)
    assert loss(UMA, 500, heights, 2000, los=True) == HAND(96.884846, abs=1e-4)
    assert loss(UMA, 500, heights, 2000, los=False) == HAND(125.055075, abs=1e-4)


# At the breakpoint the branches meet: 40 log d3D − 9 log(d'BP²+Δh²) = 40 log d3D − 18 log d3D = 22 log d3D.
@pytest.mark.parametrize(("scenario", "h_bs", "turn"), [(UMA, 25, 320.0), (UMI_STREET, 10, 120.0)])
def test_urban_branches_meet_at_the_breakpoint(scenario, h_bs, turn) -> None:
    before = loss(scenario, turn, (h_bs, 1.5), 2000, los=True)
    after = loss(scenario, turn * (1 + 1e-9), (h_bs, 1.5), 2000, los=True)
    assert after == HAND(before, abs=1e-6)
    # Twice as far costs 40 log10 2 = 12.0412 dB after the breakpoint, less the little that height still adds.
    far = loss(scenario, turn * 200, (h_bs, 1.5), 2000, los=True)
    assert loss(scenario, turn * 400, (h_bs, 1.5), 2000, los=True) - far == HAND(12.0412, abs=1e-3)


# UMi, 3500 MHz, 10 m over 1.5 m. Breakpoint 4·9·0.5·3.5e9/3e8 = 210 m.
#   100 m: d3D = √(10000+72.25) = 100.360600, log 2.0015632
#          32.4 + 21·2.0015632 + 20·0.5440680 = 32.4+42.032827+10.881361
#   1000 m: d3D = √1000072.25 = 1000.036124, log 3.0000157
#          32.4 + 120.000628 + 10.881361 − 9.5·log10(210²+8.5²) = 9.5·log10(44172.25) = 9.5·4.6451495 = 44.128920
#   1000 m NLOS: 22.4 + 35.3·3.0000157 + 21.3·0.5440680 = 22.4+105.900554+11.588649
def test_umi_by_hand() -> None:
    heights = (10, 1.5)
    assert loss(UMI_STREET, 100, heights, 3500, los=True) == HAND(85.314188, abs=1e-4)
    assert loss(UMI_STREET, 1000, heights, 3500, los=True) == HAND(119.153069, abs=1e-4)
    assert loss(UMI_STREET, 1000, heights, 3500, los=False) == HAND(139.889203, abs=1e-4)
    # Higher handsets: 0.3 dB per metre (UMi), 0.6 dB (UMa), apart from the shorter way.
    assert loss(UMI_STREET, 3000, (10, 1.5), 3500, los=False) - loss(
        UMI_STREET, 3000, (10, 11.5), 3500, los=False
    ) == HAND(3.0, abs=1e-3)


# RMa, 700 MHz, 35 m over 1.5 m, h = 5, W = 20. Breakpoint 2π·35·1.5·0.7e9/3e8 = 769.690 m.
#   5^1.72 = e^(1.72·1.6094379) = e^2.7682332 = 15.930463; ·0.03 = 0.4779139; ·0.044 = 0.7009404
#   0.002·log10 5 = 0.00139794
#   500 m: d3D = √(250000+1122.25) = 501.120993, log 2.6999426
#          20·log10(40π·501.120993·0.7/3) = 20·log10(14693.54) = 20·4.1671265 = 83.342530
#          + 0.4779139·2.6999426 = 1.290340 − 0.7009404 + 0.00139794·501.120993 = 0.700537
#   2000 m: at the breakpoint 20·log10(40π·769.690·0.7/3)=20·log10(22568.43)=20·4.3535014=87.070028
#          + 0.4779139·2.8863159 = 1.379410 − 0.700940 + 1.075981 = 88.824479
#          + 40·log10(2000.280543/769.690) = 40·0.4147752 = 16.591008
#   2000 m NLOS: 161.04 − 7.1·1.30103 + 7.5·0.69897 − (24.37−3.7·(5/35)²)·1.5440680
#          + (43.42−3.1·1.5440680)·(3.3010909−3) + 20·log10 0.7 − (3.2·log10(17.625)²−4.97)
#          = 161.04−9.237313+5.242275−(24.37−0.0755102)·1.5440680+(38.633389)·0.3010909−3.098039−(3.2·1.5527243−4.97)
#          = 161.04−9.237313+5.242275−37.512344+11.632163−3.098039+0.001282
def test_rma_by_hand() -> None:
    heights = (35, 1.5)
    assert loss(RMA, 500, heights, 700, los=True) == HAND(84.632467, abs=1e-3)
    assert loss(RMA, 2000, heights, 700, los=True) == HAND(105.415487, abs=1e-3)
    assert loss(RMA, 2000, heights, 700, los=False) == HAND(128.068024, abs=1e-3)


# InH, 5 GHz, 3 m over 1 m, 20 m: d3D = √404 = 20.0997512, log 1.3031907
#   LOS 32.4 + 17.3·1.3031907 + 20·0.69897 = 32.4+22.545199+13.979400
#   NLOS 17.3 + 38.3·1.3031907 + 24.9·0.69897 = 17.3+49.912204+17.404353
def test_office_by_hand() -> None:
    assert loss(INH_OFFICE, 20, (3, 1), 5000, los=True) == HAND(68.924599, abs=1e-4)
    assert loss(INH_OFFICE, 20, (3, 1), 5000, los=False) == HAND(84.616557, abs=1e-4)


# InH at 3D distance 1 m and 1 GHz: NLOS' 17.3 lies below LOS 32.4, so NLOS is LOS.
def test_no_sight_is_never_better_than_sight() -> None:
    assert loss(INH_OFFICE, 0, (1.0, 1.0), 1000, los=False) == HAND(32.4)
    assert loss(INH_OFFICE, 0, (1.0, 1.0), 1000, los=True) == HAND(32.4)


# UMa at 100 m: 18/100 + e^(−100/63)·0.82 = 0.18 + 0.2044766·0.82 = 0.3476708
# UMi at 100 m: 0.18 + e^(−100/36)·0.82 = 0.18 + 0.0621765·0.82 = 0.2309848
# RMa at 1010 m: e^−1 = 0.3678794
# UMa at 100 m for a handset at 23 m (the range ends at 22.5: C' = 0.95^1.5 = 0.9259455):
#   0.3476708·(1 + 0.9259455·1.25·1·e^(−100/150)) = 0.3476708·(1+0.9259455·1.25·0.5134171) = 0.3476708·1.5942476
def test_line_of_sight_probability_by_hand() -> None:
    assert los_probability(UMA, 100.0) == HAND(0.3476708, abs=1e-6)
    assert los_probability(UMI_STREET, 100.0) == HAND(0.2309848, abs=1e-6)
    assert los_probability(RMA, 1010.0) == HAND(math.exp(-1))
    assert los_probability(UMA, 100.0, 23.0) == HAND(0.5542733, abs=1e-6)


@pytest.mark.parametrize(("scenario", "edge"), [(UMA, 18.0), (UMI_STREET, 18.0), (RMA, 10.0)])
def test_certain_sight_ends_at_its_limit(scenario, edge) -> None:
    assert los_probability(scenario, edge) == 1.0
    assert los_probability(scenario, edge - 1) == 1.0
    assert 0.999 < los_probability(scenario, edge + 0.001) < 1.0
    assert los_probability(scenario, edge + 1) < 1.0


# Mixed: e^(−(4−1.2)/4.7) = 0.5511520; at 6.5 m 0.32 exactly; at 39.1 m 0.32·e^−1.
# Open: e^(−(49−5)/70.8) = 0.5371461 at 49 m; beyond 0.54·e^0.
def test_office_probability_on_both_sides_of_its_turns() -> None:
    assert los_probability(INH_OFFICE, [1.2, 4.0, 6.5, 39.1]) == HAND(
        [1.0, 0.5511520, 0.32, 0.1177214], abs=1e-6
    )
    assert los_probability(INH_OFFICE, 6.4999999) == HAND(math.exp(-5.3 / 4.7), abs=1e-6)
    open_office = Scenario("inh_office", open_office=True)
    assert los_probability(open_office, [5.0, 49.0, 49.0001]) == HAND([1.0, 0.5371461, 0.54], abs=1e-5)


# Only above 13 m do roofs matter, and only beyond 18 m.
def test_height_term_begins_at_thirteen_metres() -> None:
    assert los_probability(UMA, 100.0, 13.0) == los_probability(UMA, 100.0, 1.5)
    assert los_probability(UMA, 100.0, 13.1) > los_probability(UMA, 100.0, 13.0)
    assert los_probability(UMA, 18.0, 22.0) == 1.0


# A handset at 14 m: h_E is 1 m or 12 m (12 ≤ 14−1.5). g(100) = 1.25·e^(−2/3) = 0.6417713, C = 0.1^1.5·g = 0.0202946;
# chance of 1 m is 1/1.0202946 = 0.9801090. Breakpoint with 12 m: 4·13·2·2e9/3e8 = 693.3 m, with 1 m: 8320 m: at 100 m
# both lie before it, so the mean is the near branch; at 2000 m only 12 m is past it.
def test_environment_height_is_averaged_not_drawn() -> None:
    near = 28 + 22 * math.log10(math.hypot(100, 11)) + 20 * math.log10(2)
    assert loss(UMA, 100, (25, 14), 2000, los=True) == HAND(near)
    d3d = math.hypot(2000, 11)
    g = 1.25 * 20**3 * math.exp(-2000 / 150)
    chance = 1 / (1 + 0.1**1.5 * g)
    one = 28 + 22 * math.log10(d3d) + 20 * math.log10(2)
    twelve = 28 + 40 * math.log10(d3d) + 20 * math.log10(2) - 9 * math.log10((4 * 13 * 2 * 20 / 3) ** 2 + 121)
    assert twelve > one
    assert loss(UMA, 2000, (25, 14), 2000, los=True) == HAND(chance * one + (1 - chance) * twelve, abs=1e-9)


def test_the_mean_weighs_both_branches() -> None:
    chance, args = float(los_probability(UMA, 300.0)), (300.0, 25, 1.5, 1800)
    seen, hidden = path_loss(UMA, *args, los=True), path_loss(UMA, *args, los=False)
    assert mean_loss(UMA, *args) == HAND(chance * seen + (1 - chance) * hidden)
    assert mean_loss(UMA, 15.0, 25, 1.5, 1800) == HAND(float(path_loss(UMA, 15.0, 25, 1.5, 1800, los=True)))


# 2 GHz: glass 2.4, coated glass 23.6, concrete 13 dB.
#   low: 5 − 10 log10(0.3·10^−0.24 + 0.7·10^−1.3) = 5 − 10 log10(0.3·0.5754399+0.7·0.0501187) = 5 − 10 log10(0.2077151)
#   high: 5 − 10 log10(0.7·10^−2.36 + 0.3·10^−1.3) = 5 − 10 log10(0.7·0.0043652+0.3·0.0501187) = 5 − 10 log10(0.0180912)
def test_entry_loss_by_hand() -> None:
    assert o2i_loss("low", 2000) == HAND(11.825319, abs=1e-4)
    assert o2i_loss("low", 2000, 10) == HAND(16.825319, abs=1e-4)
    assert o2i_loss("high", 2000) == HAND(22.425315, abs=1e-4)
    assert o2i_loss("vehicle", [900, 3500]) == HAND([9.0, 9.0])
    assert o2i_loss("vehicle_metallised", 900) == HAND(20.0)


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_values_at_the_limits_pass_and_beyond_are_told(name) -> None:
    scenario, stated = SCENARIOS[name], limits(SCENARIOS[name])
    h_bs = stated.h_bs_stated_m or stated.h_bs_m.low
    right = {"h_bs_m": h_bs, "h_ut_m": stated.h_ut_m.low, "frequency_mhz": stated.frequency_mhz.high}
    both_ends = [stated.d2d_nlos_m.low, stated.d2d_nlos_m.high]
    assert findings(scenario, both_ends, **right) == ()
    for field, ends in (
        ("h_bs_m", stated.h_bs_m),
        ("h_ut_m", stated.h_ut_m),
        ("frequency_mhz", stated.frequency_mhz),
    ):
        for value, used in ((ends.low * 0.99, ends.low), (ends.high * 1.01, ends.high)):
            (told,) = findings(scenario, both_ends, **{**right, field: value})
            assert (told.name, told.value, told.used, told.handled) == (field, value, used, "clamped")
            assert (told.low, told.high) == (ends.low, ends.high)
            beyond = path_loss(scenario, 100.0, **_named({**right, field: value}), los=False)
            assert beyond == HAND(
                float(path_loss(scenario, 100.0, **_named({**right, field: used}), los=False))
            )


def _named(values):
    return {"h_bs_m": values["h_bs_m"], "h_ut_m": values["h_ut_m"], "frequency_mhz": values["frequency_mhz"]}


def test_distances_outside_the_range_are_told_and_never_flatter() -> None:
    told = findings(RMA, [3.0, 6000.0], h_bs_m=35, h_ut_m=1.5, frequency_mhz=700)
    assert [(one.name, one.handled) for one in told] == [("d2d_m", "clamped"), ("d2d_nlos_m", "continued")]
    told = findings(RMA, [20.0, 11000.0], h_bs_m=35, h_ut_m=1.5, frequency_mhz=700)
    assert [one.name for one in told] == ["d2d_los_m", "d2d_nlos_m"]
    assert loss(RMA, 3, (35, 1.5), 700, los=True) == loss(RMA, 10, (35, 1.5), 700, los=True)
    assert loss(RMA, 11000, (35, 1.5), 700, los=False) > loss(RMA, 10000, (35, 1.5), 700, los=False)


def test_a_height_the_table_does_not_give_is_used_and_told() -> None:
    (told,) = findings(UMA, 100.0, h_bs_m=40, h_ut_m=1.5, frequency_mhz=1800)
    assert (told.name, told.handled, told.used) == ("h_bs_stated_m", "continued", 40)


def test_rural_surroundings_are_checked() -> None:
    dense = Scenario("rma", building_height_m=80, street_width_m=2)
    told = findings(dense, 100.0, h_bs_m=35, h_ut_m=1.5, frequency_mhz=700)
    assert [(one.name, one.used) for one in told] == [("building_height_m", 50), ("street_width_m", 5)]
    clamped = Scenario("rma", building_height_m=50, street_width_m=5)
    assert loss(dense, 1000, (35, 1.5), 700, los=False) == loss(clamped, 1000, (35, 1.5), 700, los=False)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused(bad) -> None:
    for place in range(4):
        values = [100.0, 25.0, 1.5, 1800.0]
        values[place] = bad
        with pytest.raises(Invalid) as caught:
            mean_loss(UMA, *values)
        assert caught.value.faults[0].code == "propagation.not_finite"
    with pytest.raises(Invalid):
        mean_loss(UMA, np.array([10.0, bad]), 25, 1.5, 1800)


@pytest.mark.parametrize(
    "values", [(-1.0, 25, 1.5, 1800), (10, 0, 1.5, 1800), (10, 25, -1.5, 1800), (10, 25, 1.5, 0)]
)
def test_negative_distances_and_heights_are_refused(values) -> None:
    with pytest.raises(Invalid):
        mean_loss(UMA, *values)


SCENARIO = st.sampled_from(list(SCENARIOS.values()))
DISTANCE = st.floats(0, 20000)
HEIGHT = st.floats(0.1, 300)
FREQUENCY = st.floats(50, 120000)


@given(SCENARIO, DISTANCE, st.floats(0, 5000), HEIGHT, FREQUENCY)
def test_farther_is_never_louder(scenario, near, more, h_bs, frequency) -> None:
    for los in (True, False):
        first, second = path_loss(scenario, [near, near + more], h_bs, 1.5, frequency, los=los)
        assert second >= first - 1e-9
    first, second = mean_loss(scenario, [near, near + more], h_bs, 1.5, frequency)
    assert second >= first - 1e-9


@given(SCENARIO, DISTANCE, HEIGHT, st.floats(0.1, 40), FREQUENCY)
def test_always_a_number_and_sight_never_worse(scenario, distance, h_bs, h_ut, frequency) -> None:
    chance = los_probability(scenario, distance, h_ut)
    assert 0 <= chance <= 1
    seen = path_loss(scenario, distance, h_bs, h_ut, frequency, los=True)
    hidden = path_loss(scenario, distance, h_bs, h_ut, frequency, los=False)
    assert np.isfinite(seen)
    assert np.isfinite(hidden)
    assert hidden >= seen


@given(SCENARIO, DISTANCE, FREQUENCY, st.floats(1, 3))
def test_higher_bands_carry_less_far_without_sight(scenario, distance, frequency, factor) -> None:
    low, high = path_loss(scenario, distance, 25, 1.5, [frequency, frequency * factor], los=False)
    assert high >= low - 1e-9


@given(SCENARIO, st.lists(DISTANCE, min_size=1, max_size=30), FREQUENCY)
def test_arrays_are_as_their_elements(scenario, distances, frequency) -> None:
    together = mean_loss(scenario, distances, 25, 1.5, frequency)
    assert together.shape == (len(distances),)
    assert together.tolist() == HAND(
        [float(mean_loss(scenario, one, 25, 1.5, frequency)) for one in distances]
    )


# A handset at 18.5 m may have 12 or 15 m under it (16.5 is not of the series 12, 15, 18 …): both count alike.
# 2 GHz, 2000 m: breakpoints 4·13·6.5·20/3 = 2253.3 m (12 m) and 4·10·3.5·20/3 = 933.3 m (15 m).
def test_every_environment_height_counts_alike() -> None:
    d3d, drop2 = math.hypot(2000, 6.5), 6.5**2
    near = 28 + 22 * math.log10(d3d) + 20 * math.log10(2)
    far = (
        28 + 40 * math.log10(d3d) + 20 * math.log10(2) - 9 * math.log10((4 * 10 * 3.5 * 20 / 3) ** 2 + drop2)
    )
    other = 1 - 1 / (1 + 0.55**1.5 * 1.25 * 20**3 * math.exp(-2000 / 150))
    expected = (1 - other) * near + other * (near + far) / 2
    assert loss(UMA, 2000, (25, 18.5), 2000, los=True) == HAND(expected, abs=1e-9)
    assert far - near > 1


# 13.5 m is the first height with 12 m under it; just below there is only 1 m.
# There 4·13·1.5·20/3 = 520 m: at 600 m the breakpoint of 12 m is past, that of 1 m (4·24·12.5·20/3 = 8000 m) is not.
def test_environment_height_begins_at_thirteen_and_a_half() -> None:
    near = 28 + 22 * math.log10(math.hypot(600, 11.51)) + 20 * math.log10(2)
    assert loss(UMA, 600, (25, 13.49), 2000, los=True) == HAND(near, abs=1e-9)
    assert loss(UMA, 600, (25, 13.5), 2000, los=True) > near + 1e-4


# 0.6 dB per metre of handset in UMa: ten metres are 6 dB, apart from the shorter way.
def test_handset_height_in_urban_macro() -> None:
    low, high = (loss(UMA, 4000, (25, h_ut), 2000, los=False) for h_ut in (1.5, 11.5))
    assert low - high == HAND(6.0, abs=2e-3)


# At 18.2 m, handset at 22 m: C' = 0.9^1.5 = 0.8538150
# 18/18.2 + e^(−18.2/63)·(1−18/18.2) = 0.9890110 + 0.7490857·0.0109890
# = 0.9972427; times 1 + 0.8538150·1.25·0.182³·e^(−18.2/150) = 1 + 0.8538150·1.25·0.0060286·0.8857405 = 1.0056990
def test_roof_term_just_beyond_eighteen_metres() -> None:
    assert los_probability(UMA, 18.2, 22.0) == 1.0  # 1.0029259, and no probability is above one
    assert los_probability(UMA, 18.2, 1.5) == HAND(0.9972427, abs=1e-6)
