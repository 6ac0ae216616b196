"""From registered cells to transmitters: defaults are told, what is wrong is handled and told, nothing becomes NaN."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import ArrayLike, NDArray

from infra_registry import words
from infra_registry.assets.kind_fields import CELL_FIELDS
from infra_registry.assets.kinds import Status
from infra_registry.coverage.propagation.budget import (
    complete,
    environment_loss_db,
    field_strength_v_m,
    reference_level_offset_db,
    scenario_of,
    search_radius_m,
    set_aside,
    sort_out,
)
from infra_registry.coverage.propagation.defaults import radio, read
from infra_registry.coverage.propagation.free_space import free_space_loss
from infra_registry.coverage.propagation.limits import finite
from infra_registry.coverage.propagation.model import CellRow
from infra_registry.coverage.propagation.scenario import INH_OFFICE, RMA, SCENARIOS, UMA, UMI_STREET, limits
from infra_registry.errors import Invalid
from infra_registry.resources import COVERAGE_DATA

WHOLE: dict[str, Any] = {
    "band_low_mhz": 1805.0,
    "band_high_mhz": 1825.0,
    "azimuth_deg": 120.0,
    "antenna_height_m": 32.0,
    "tilt_deg": 6.0,
    "eirp_dbm": 60.0,
    "directivity": "directional",
}


def row(technology: str = "4g", **values) -> CellRow:
    return CellRow(7, "cmcc", technology, 500_000.0, 4_000_000.0, **values)


def told(transmitter) -> list[tuple[str, str, float]]:
    return [(one.name, one.handled, one.used) for one in transmitter.findings if one.source == "register"]


# 20 MHz are 100 resource blocks, 1200 subcarriers: 60 − 10 log10 1200 = 60 − 30.7918 dBm each.
def test_a_whole_cell_is_taken_as_registered() -> None:
    made = complete(row(**WHOLE), radio())
    assert (made.key, made.operator, made.technology, made.x_m, made.y_m) == (
        7,
        "cmcc",
        "4g",
        500_000,
        4_000_000,
    )
    assert (made.height_m, made.frequency_mhz, made.azimuth_deg, made.tilt_deg) == (32, 1815, 120, 6)
    assert made.eirp_dbm == pytest.approx(29.2082, abs=1e-4)
    assert (made.total_eirp_dbm, made.beam_deg, made.scenario) == (60, 65, UMA)
    assert made.filled == ()
    assert made.findings == ()
    assert made.pattern.azimuth_deg == 120
    assert search_radius_m(made, radio()) == radio().radius_m["uma"]


@pytest.mark.parametrize(
    ("field", "filled"),
    [
        ("antenna_height_m", ("height_m",)),
        ("eirp_dbm", ("eirp_dbm",)),
        ("azimuth_deg", ("azimuth_deg",)),
        ("tilt_deg", ("tilt_deg",)),
    ],
)
@pytest.mark.parametrize("missing", [None, math.nan, math.inf])
def test_each_missing_field_is_filled_and_named(field, filled, missing) -> None:
    made = complete(row(**{**WHOLE, field: missing}), radio())
    assert made.filled == filled
    assert made.findings == ()


def test_a_cell_of_which_nothing_is_known_gets_every_default() -> None:
    for name, technology in radio().technologies.items():
        made = complete(row(name), radio())
        assert set(made.filled) == {"frequency_mhz", "height_m", "eirp_dbm", "azimuth_deg", "tilt_deg"}
        assert (made.frequency_mhz, made.height_m) == (technology.frequency_mhz, technology.height_m)
        assert math.isnan(made.azimuth_deg)
        assert made.pattern.omni
        assert made.beam_deg == 360


def test_the_height_of_the_host_stands_in() -> None:
    made = complete(row(**{**WHOLE, "antenna_height_m": None}, host_height_m=8.0), radio())
    assert (made.height_m, made.scenario, made.filled) == (8, UMI_STREET, ("height_m",))


@pytest.mark.parametrize(("stated", "used"), [(720.0, 0.0), (-90.0, 270.0), (360.5, 0.5)])
def test_azimuths_beyond_the_circle_are_folded_and_told(stated, used) -> None:
    made = complete(row(**{**WHOLE, "azimuth_deg": stated}), radio())
    assert made.azimuth_deg == used
    assert told(made) == [("azimuth_deg", "normalised", used)]
    assert complete(row(**{**WHOLE, "azimuth_deg": 360.0}), radio()).azimuth_deg == 0


@pytest.mark.parametrize("stated", [0.0, -3.0])
def test_an_antenna_under_the_ground_is_put_right_and_told(stated) -> None:
    made = complete(row(**{**WHOLE, "antenna_height_m": stated}), radio())
    assert made.height_m == radio().technologies["4g"].height_m
    assert made.filled == ("height_m",)
    assert told(made) == [("antenna_height_m", "replaced", made.height_m)]


def test_a_band_the_wrong_way_round_is_swapped_and_told() -> None:
    made = complete(row(**{**WHOLE, "band_low_mhz": 1825.0, "band_high_mhz": 1805.0}), radio())
    assert made.frequency_mhz == 1815
    assert made.eirp_dbm == pytest.approx(29.2082, abs=1e-4)
    assert told(made) == [("band_high_mhz", "swapped", 1825)]


def test_one_end_of_a_band_counts_for_both() -> None:
    made = complete(row(**{**WHOLE, "band_high_mhz": None}), radio())
    assert (made.frequency_mhz, made.filled) == (1805, ())
    none = complete(row(**{**WHOLE, "band_low_mhz": 0.0, "band_high_mhz": None}), radio())
    assert none.filled == ("frequency_mhz",)


def test_tilt_beyond_the_vertical_is_cut_and_told() -> None:
    made = complete(row(**{**WHOLE, "tilt_deg": 120.0}), radio())
    assert made.tilt_deg == 90
    assert told(made) == [("tilt_deg", "clamped", 90)]


def test_heights_and_bands_outside_the_model_are_told() -> None:
    made = complete(
        row(**{**WHOLE, "antenna_height_m": 200.0, "band_low_mhz": 450.0, "band_high_mhz": 460.0}), radio()
    )
    assert [(one.name, one.value, one.used) for one in made.findings] == [
        ("height_m", 200, 150),
        ("frequency_mhz", 455, 500),
    ]


def test_omni_ignores_an_azimuth() -> None:
    made = complete(row(**{**WHOLE, "directivity": "omni"}), radio())
    assert math.isnan(made.azimuth_deg)
    assert made.filled == ()


@pytest.mark.parametrize("technology", ["microwave", "broadcast", "pmr", "other"])
def test_what_is_not_mobile_is_set_aside(technology) -> None:
    assert set_aside(row(technology), radio()) == "propagation.set_aside.not_mobile"
    with pytest.raises(Invalid) as caught:
        complete(row(technology), radio())
    assert caught.value.faults[0].code == "propagation.not_mobile"


def test_every_technology_of_cells_has_its_answer() -> None:
    (choices,) = [field.choices for field in CELL_FIELDS if field.name == "technology"]
    mobile = {name for name in choices if set_aside(row(name), radio()) is None}
    assert mobile == set(radio().technologies) == {"2g", "3g", "4g", "5g", "nb_iot"}


def test_stations_not_in_use_are_set_aside() -> None:
    usable = {status for status in Status if set_aside(row(status=status), radio()) is None}
    assert usable == {Status.IN_USE}


def test_uplinks_are_set_aside_beside_their_downlinks_only() -> None:
    up = row("2g", station=1, band_low_mhz=890.1, band_high_mhz=902.5)
    down = row("2g", station=1, band_low_mhz=935.1, band_high_mhz=947.5)
    elsewhere = row("2g", station=2, band_low_mhz=890.1, band_high_mhz=902.5)
    other = row("3g", station=2, band_low_mhz=935.1, band_high_mhz=947.5)
    found = sort_out([up, down, elsewhere, other], radio())
    assert found.usable == (down, elsewhere, other)
    assert found.left_out == {"propagation.set_aside.uplink": 1}


# 2515 … 2535 MHz is where handsets send in a paired band and a whole carrier in an unpaired one.
def test_an_unpaired_band_stays() -> None:
    unpaired = row("5g", station=1, band_low_mhz=2515.0, band_high_mhz=2535.0)
    assert sort_out([unpaired], radio()).left_out == {}
    paired = row("5g", station=1, band_low_mhz=2635.0, band_high_mhz=2655.0)
    assert sort_out([unpaired, paired], radio()).usable == (paired,)


def test_blocks_that_never_carried_service_are_set_aside() -> None:
    found = sort_out([row("3g", band_low_mhz=1910.1, band_high_mhz=1915.1)], radio())
    assert found.left_out == {"propagation.set_aside.idle": 1}


@pytest.mark.parametrize(
    ("height", "surroundings", "scenario"),
    [
        (12.0, None, UMI_STREET),
        (12.1, None, UMA),
        (12.1, "rural", RMA),
        (12.0, "rural", UMI_STREET),
        (3.0, "indoor", INH_OFFICE),
        (30.0, "urban", UMA),
    ],
)
def test_choice_of_model_on_both_sides_of_its_limits(height, surroundings, scenario) -> None:
    assert scenario_of(height, surroundings, radio()) == scenario


# 10 log10(12·RB): 100 RB 30.7918, 50 RB 27.7815, 273 RB 35.1534, 51 RB 27.8675, 1 RB 10.7918.
@pytest.mark.parametrize(
    ("technology", "width", "frequency", "offset"),
    [
        ("2g", 0.2, 947, 0.0),
        ("3g", 5, 2140, -10.0),
        ("4g", 20, 1840, -30.7918),
        ("4g", 10, 800, -27.7815),
        ("4g", 75, 1840, -30.7918),
        ("4g", 0.5, 1840, -30.7918),
        ("5g", 100, 3500, -35.1534),
        ("5g", 20, 3500, -27.8675),
        ("5g", 20, 758, -31.0449),  # 106 RB at 15 kHz
        ("5g", 400, 26000, -35.0079),  # 264 RB at 120 kHz
        ("nb_iot", 0.2, 947, -10.7918),
        ("nb_iot", 0, 947, -10.7918),
    ],
)
def test_share_of_the_reference_signal_by_hand(technology, width, frequency, offset) -> None:
    assert reference_level_offset_db(technology, width, frequency, radio()) == pytest.approx(offset, abs=1e-4)


def test_five_g_takes_the_default_of_its_band() -> None:
    low = complete(row("5g", band_low_mhz=758.0, band_high_mhz=788.0), radio()).total_eirp_dbm
    high = complete(row("5g", band_low_mhz=3400.0, band_high_mhz=3500.0), radio()).total_eirp_dbm
    assert (low, high) == (61, 71)


def test_environments_take_off_what_the_report_says() -> None:
    places = radio().environments
    assert environment_loss_db(places["outdoor"], 1800) == 0
    assert environment_loss_db(places["vehicle"], 1800) == 9
    # 2 GHz low loss 11.8253 dB (worked out beside o2i_loss), and 8 m at 0.5 dB.
    assert environment_loss_db(places["indoor"], 2000) == pytest.approx(15.8253, abs=1e-3)


def test_defaults_hold_together() -> None:
    defaults = radio()
    for name, technology in defaults.technologies.items():
        assert defaults.thresholds(name) == tuple(sorted(technology.classes_dbm))
        assert {row.technology for row in defaults.eirp if row.above_mhz == 0} >= {name}
    assert set(defaults.radius_m) == set(SCENARIOS)
    for scenario in SCENARIOS.values():
        most = limits(scenario)
        assert defaults.radius_m[scenario.name] <= min(most.d2d_los_m.high, most.d2d_nlos_m.high)
    rows: list[Any] = [*defaults.choices, *defaults.eirp, *defaults.channels]
    for row in (*rows, *defaults.technologies.values()):
        assert row.basis.mark in ("V", "M", "A")
        assert row.basis.of("zh") != row.basis.of("en")
    assert read((COVERAGE_DATA / "radio.toml").read_bytes()) == defaults


def test_broken_defaults_are_refused() -> None:
    text = (COVERAGE_DATA / "radio.toml").read_text("utf-8")
    with pytest.raises(ValueError, match=r"technology\.4g\.classes_dbm"):
        read(text.replace("[-120, -110, -105, -95, -85]", "[-120, -110, -115, -95, -85]", 1).encode())
    with pytest.raises(KeyError):
        read(text.replace("receiver_height_m = 1.5", "").encode())


def test_every_way_of_handling_has_its_words() -> None:
    for handled in ("clamped", "continued", "replaced", "normalised", "swapped"):
        assert words.has(f"propagation.{handled}")
    for reason in ("not_mobile", "not_in_use", "uplink", "idle"):
        assert words.has(f"propagation.set_aside.{reason}")


# 30 dBm (1 W) at 1 km in free space: √30/1000 = 5.4772 mV/m, any band; 60 dBm at 100 m: √30000/100 = 1.7321 V/m.
@pytest.mark.parametrize("frequency", [800, 1000, 3500])
def test_field_strength_by_hand(frequency) -> None:
    assert field_strength_v_m(30, free_space_loss(1000, frequency), frequency) == pytest.approx(
        0.0054772, rel=1e-4
    )
    assert field_strength_v_m(60, free_space_loss(100, frequency), frequency) == pytest.approx(
        1.7321, rel=1e-4
    )


# P (dBm) + 20 log10 f + 77.2: −60 dBm at 1000 MHz are 77.2 dBµV/m, 7.2444 mV/m.
def test_field_strength_in_decibels() -> None:
    assert field_strength_v_m(0, 60, 1000) == pytest.approx(10 ** (77.2 / 20) * 1e-6, rel=0.005)


def field_sum_v_m(fields_v_m: ArrayLike, axis: int = -1) -> NDArray[np.float64]:
    """Fields of several carriers together: powers add, so the root of the sum of squares."""
    return np.asarray(np.sqrt(np.sum(finite("fields_v_m", fields_v_m) ** 2, axis=axis)))


def test_powers_of_carriers_add() -> None:
    assert field_sum_v_m([3.0, 4.0]) == pytest.approx(5.0)
    assert field_sum_v_m([[1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 2.0]]) == pytest.approx([2.0, 2.0])
    with pytest.raises(Invalid):
        field_sum_v_m([1.0, math.nan])


ANY = st.none() | st.floats(allow_nan=True, allow_infinity=True)


@example("2g", {"band_low_mhz": None, "band_high_mhz": 5e-324}, None, None)
@given(
    st.sampled_from(["2g", "3g", "4g", "5g", "nb_iot"]),
    st.fixed_dictionaries({name: ANY for name in WHOLE if name != "directivity"}),
    st.sampled_from([None, "directional", "omni"]),
    st.sampled_from([None, "rural", "indoor"]),
)
def test_whatever_is_registered_nothing_becomes_nan(technology, values, directivity, surroundings) -> None:
    made = complete(row(technology, **values, directivity=directivity, surroundings=surroundings), radio())
    for name in ("height_m", "frequency_mhz", "eirp_dbm", "total_eirp_dbm", "tilt_deg", "beam_deg"):
        assert math.isfinite(getattr(made, name))
    assert made.height_m > 0
    assert made.frequency_mhz > 0
    assert math.isnan(made.azimuth_deg) or 0 <= made.azimuth_deg < 360


@pytest.mark.parametrize("place", [{"x_m": math.nan}, {"y_m": math.inf}])
def test_a_place_that_is_no_number_is_refused(place) -> None:
    with pytest.raises(Invalid) as caught:
        complete(
            CellRow(**{"key": 1, "operator": "a", "technology": "4g", "x_m": 0.0, "y_m": 0.0, **place}),
            radio(),
        )
    assert caught.value.faults[0].field == next(iter(place))
