"""Path loss, line-of-sight probability and entry loss of 3GPP TR 38.901 (V16.1.0), clauses 7.4.1 to 7.4.3.

All distances and heights in metres, frequencies in MHz, losses in dB; arrays broadcast. Inputs outside the ranges of
``scenario.limits`` are moved to the nearest end (distances beyond the far end run on); ``scenario.findings`` lists
them. NaN, infinity, negative distances and heights or frequencies that are not above zero raise Invalid.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from infra_registry.coverage.propagation.limits import non_negative, positive
from infra_registry.coverage.propagation.scenario import Scenario, limits

Floats = NDArray[np.float64]
O2i = Literal["low", "high", "vehicle", "vehicle_metallised"]
C_MHZ_M = 300.0  # the table's speed of light, 3.0e8 m/s, over 1e6 Hz
VEHICLE_DB = {"vehicle": 9.0, "vehicle_metallised": 20.0}  # clause 7.4.3.2, mean of the loss into a car


def path_loss(
    scenario: Scenario,
    d2d_m: ArrayLike,
    h_bs_m: ArrayLike,
    h_ut_m: ArrayLike,
    frequency_mhz: ArrayLike,
    *,
    los: bool,
) -> Floats:
    """Median basic transmission loss (dB) of one branch, table 7.4.1-1; NLOS is never below LOS."""
    stated = limits(scenario)
    d2d = np.maximum(
        non_negative("d2d_m", d2d_m), 0.0 if scenario.name == "inh_office" else stated.d2d_los_m.low
    )
    h_bs = stated.h_bs_m.clamp(positive("h_bs_m", h_bs_m))
    h_ut = stated.h_ut_m.clamp(positive("h_ut_m", h_ut_m))
    f_ghz = stated.frequency_mhz.clamp(positive("frequency_mhz", frequency_mhz)) / 1000.0
    d3d = np.maximum(np.hypot(d2d, h_bs - h_ut), stated.d2d_los_m.low)
    near = _los(scenario, d2d, d3d, (h_bs, h_ut), f_ghz)
    return near if los else np.maximum(near, _beyond(scenario, d3d, (h_bs, h_ut), f_ghz))


def _los(
    scenario: Scenario, d2d: Floats, d3d: Floats, heights: tuple[Floats, Floats], f_ghz: Floats
) -> Floats:
    if scenario.name == "uma":
        return _uma_los(d2d, d3d, heights, f_ghz)
    if scenario.name == "umi_street":
        ground = np.asarray(1.0)
        return _two_slopes(d2d, d3d, heights, f_ghz, terms=(32.4, 21.0, 9.5), ground=ground)
    if scenario.name == "rma":
        return _rma_los(scenario, d2d, d3d, heights, f_ghz)
    return np.asarray(32.4 + 17.3 * np.log10(d3d) + 20.0 * np.log10(f_ghz))


def _beyond(scenario: Scenario, d3d: Floats, heights: tuple[Floats, Floats], f_ghz: Floats) -> Floats:
    """PL' of the table: what NLOS would be without the floor of LOS."""
    h_bs, h_ut = heights
    if scenario.name == "uma":
        return 13.54 + 39.08 * np.log10(d3d) + 20.0 * np.log10(f_ghz) - 0.6 * (h_ut - 1.5)
    if scenario.name == "umi_street":
        return 22.4 + 35.3 * np.log10(d3d) + 21.3 * np.log10(f_ghz) - 0.3 * (h_ut - 1.5)
    if scenario.name == "inh_office":
        return np.asarray(17.3 + 38.3 * np.log10(d3d) + 24.9 * np.log10(f_ghz))
    building, street = _surroundings(scenario)
    return np.asarray(
        161.04
        - 7.1 * np.log10(street)
        + 7.5 * np.log10(building)
        - (24.37 - 3.7 * (building / h_bs) ** 2) * np.log10(h_bs)
        + (43.42 - 3.1 * np.log10(h_bs)) * (np.log10(d3d) - 3.0)
        + 20.0 * np.log10(f_ghz)
        - (3.2 * np.log10(11.75 * h_ut) ** 2 - 4.97)
    )


def _surroundings(scenario: Scenario) -> tuple[float, float]:
    stated = limits(scenario)
    building = stated.building_height_m.clamp(positive("building_height_m", scenario.building_height_m))
    street = stated.street_width_m.clamp(positive("street_width_m", scenario.street_width_m))
    return float(building), float(street)


def _two_slopes(
    d2d: Floats,
    d3d: Floats,
    heights: tuple[Floats, Floats],
    f_ghz: Floats,
    *,
    terms: tuple[float, float, float],
    ground: Floats,
) -> Floats:
    """Urban LOS: one slope before the breakpoint, 40 dB per decade after; ``ground`` is the effective height h_E."""
    h_bs, h_ut = heights
    constant, slope, taper = terms
    turn = 4.0 * np.maximum(h_bs - ground, 0.0) * (h_ut - ground) * f_ghz * 1000.0 / C_MHZ_M
    before = constant + slope * np.log10(d3d) + 20.0 * np.log10(f_ghz)
    fold = taper * np.log10(turn**2 + (h_bs - h_ut) ** 2)
    after = constant + 40.0 * np.log10(d3d) + 20.0 * np.log10(f_ghz) - fold
    return np.where(d2d <= turn, before, after)


def _uma_los(d2d: Floats, d3d: Floats, heights: tuple[Floats, Floats], f_ghz: Floats) -> Floats:
    """UMa LOS, averaged over the effective environment height of note 1.

    h_E is 1 m with probability 1/(1+C), otherwise one of 12, 15 … h_UT − 1.5 m with equal chances. The note draws it
    at random; here each height's loss has its chance as weight, so that equal inputs give equal results.
    """
    terms = (28.0, 22.0, 9.0)
    low = _two_slopes(d2d, d3d, heights, f_ghz, terms=terms, ground=np.asarray(1.0))
    h_ut = heights[1]
    steps = np.floor((h_ut - 1.5 - 12.0) / 3.0) + 1.0
    if not (steps >= 1).any():
        return low
    near_roofs = np.where(steps >= 1, _roof_term(d2d, h_ut), 0.0)
    chance = 1.0 / (1.0 + near_roofs)
    total = np.zeros(np.broadcast(low, steps).shape)
    for step in range(int(steps.max())):
        ground = np.where(step < steps, 12.0 + 3.0 * step, 1.0)
        total += np.where(
            step < steps, _two_slopes(d2d, d3d, heights, f_ghz, terms=terms, ground=ground), 0.0
        )
    return chance * low + (1.0 - chance) * total / np.maximum(steps, 1.0)


def _roof_term(d2d: Floats, h_ut: Floats) -> Floats:
    """C(d2D, h_UT) of note 1: zero below 13 m and within 18 m."""
    raised = np.clip((h_ut - 13.0) / 10.0, 0.0, 1.0) ** 1.5
    return raised * np.where(d2d <= 18.0, 0.0, 1.25 * (d2d / 100.0) ** 3 * np.exp(-d2d / 150.0))


def _rma_los(
    scenario: Scenario, d2d: Floats, d3d: Floats, heights: tuple[Floats, Floats], f_ghz: Floats
) -> Floats:
    h_bs, h_ut = heights
    building, _ = _surroundings(scenario)
    turn = 2.0 * np.pi * h_bs * h_ut * f_ghz * 1000.0 / C_MHZ_M
    before = _rma_near(d3d, building, f_ghz)
    after = _rma_near(turn, building, f_ghz) + 40.0 * np.log10(d3d / turn)
    return np.where(d2d <= turn, before, after)


def _rma_near(d3d: Floats, building: float, f_ghz: Floats) -> Floats:
    grown = building**1.72
    return np.asarray(
        20.0 * np.log10(40.0 * np.pi * d3d * f_ghz / 3.0)
        + min(0.03 * grown, 10.0) * np.log10(d3d)
        - min(0.044 * grown, 14.77)
        + 0.002 * np.log10(building) * d3d
    )


def los_probability(scenario: Scenario, d2d_m: ArrayLike, h_ut_m: ArrayLike = 1.5) -> Floats:
    """Probability that a link has line of sight, table 7.4.2-1 (outdoor distance; inside, the distance itself)."""
    d2d = non_negative("d2d_m", d2d_m)
    h_ut = limits(scenario).h_ut_m.clamp(positive("h_ut_m", h_ut_m))
    if scenario.name == "rma":
        return np.exp(-np.maximum(d2d - 10.0, 0.0) / 1000.0) + 0.0 * h_ut
    if scenario.name == "inh_office":
        return _office_probability(d2d, open_office=scenario.open_office) + 0.0 * h_ut
    reach = 63.0 if scenario.name == "uma" else 36.0
    far = np.maximum(d2d, 18.0)
    chance = 18.0 / far + np.exp(-far / reach) * (1.0 - 18.0 / far)
    if scenario.name == "uma":
        chance = chance * (1.0 + _roof_term(far, h_ut))
    return np.where(d2d <= 18.0, 1.0, np.minimum(chance, 1.0)) + 0.0 * h_ut


def _office_probability(d2d: Floats, *, open_office: bool) -> Floats:
    near, turn, first, second, drop = (
        (5.0, 49.0, 70.8, 211.7, 0.54) if open_office else (1.2, 6.5, 4.7, 32.6, 0.32)
    )
    middle = np.exp(-(d2d - near) / first)
    far = np.exp(-(d2d - turn) / second) * drop
    # The table: mixed offices turn at 6.5 m exactly to the far branch, open ones after 49 m.
    beyond = d2d > turn if open_office else d2d >= turn
    return np.where(d2d <= near, 1.0, np.where(beyond, far, middle))


def mean_loss(
    scenario: Scenario, d2d_m: ArrayLike, h_bs_m: ArrayLike, h_ut_m: ArrayLike, frequency_mhz: ArrayLike
) -> Floats:
    """The loss (dB) of both branches, each weighted with its probability: the mean over places at that distance."""
    chance = los_probability(scenario, d2d_m, h_ut_m)
    seen = path_loss(scenario, d2d_m, h_bs_m, h_ut_m, frequency_mhz, los=True)
    hidden = path_loss(scenario, d2d_m, h_bs_m, h_ut_m, frequency_mhz, los=False)
    return chance * seen + (1.0 - chance) * hidden


def o2i_loss(model: O2i, frequency_mhz: ArrayLike, indoor_m: ArrayLike = 0.0) -> Floats:
    """Mean loss (dB) from outdoors into a building (tables 7.4.3-1 and -2) or a car (clause 7.4.3.2).

    ``low``: 30 % standard glass, 70 % concrete; ``high``: 70 % coated glass, 30 % concrete; inside a building another
    0.5 dB per metre of depth. Cars: 9 dB, 20 dB with metallised windows, whatever the depth.
    """
    f_ghz = positive("frequency_mhz", frequency_mhz) / 1000.0
    depth = non_negative("indoor_m", indoor_m)
    if model in VEHICLE_DB:
        return VEHICLE_DB[model] + 0.0 * f_ghz + 0.0 * depth
    concrete = 10.0 ** (-(5.0 + 4.0 * f_ghz) / 10.0)
    if model == "low":
        through = 0.3 * 10.0 ** (-(2.0 + 0.2 * f_ghz) / 10.0) + 0.7 * concrete
    else:
        through = 0.7 * 10.0 ** (-(23.0 + 0.3 * f_ghz) / 10.0) + 0.3 * concrete
    return 5.0 - 10.0 * np.log10(through) + 0.5 * depth
