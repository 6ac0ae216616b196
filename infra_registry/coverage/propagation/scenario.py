"""The scenarios of 3GPP TR 38.901 (V16.1.0, clause 7.2) and the ranges its table 7.4.1-1 states for them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from infra_registry.coverage.propagation.limits import OutOfRange, Range, finite, outside

SOURCE = "3GPP TR 38.901 V16.1.0, table 7.4.1-1"
Name = Literal["uma", "umi_street", "rma", "inh_office"]


@dataclass(frozen=True, slots=True)
class Scenario:
    """Where a link runs: urban macro, urban micro in a street canyon, rural macro, or inside an office.

    ``building_height_m`` and ``street_width_m`` are read by the rural formula alone, ``open_office`` by the
    line-of-sight probability of the office alone. Hashable: loss tables are keyed by it.
    """

    name: Name
    building_height_m: float = 5.0
    street_width_m: float = 20.0
    open_office: bool = False


UMA = Scenario("uma")
UMI_STREET = Scenario("umi_street")
RMA = Scenario("rma")
INH_OFFICE = Scenario("inh_office")
SCENARIOS = {scenario.name: scenario for scenario in (UMA, UMI_STREET, RMA, INH_OFFICE)}
_STREETS = Range(5, 50)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a scenario's formulas are stated for.

    ``h_bs_m`` is the range in which the height of the base station enters the formula; ``h_bs_stated_m`` the single
    height the table gives where it gives one (other heights are then an extension, and the result says so). Distances
    below the range are moved to its low end; beyond it the formula runs on, since a fixed loss would flatter.
    """

    frequency_mhz: Range
    h_bs_m: Range
    h_ut_m: Range
    d2d_los_m: Range
    d2d_nlos_m: Range
    h_bs_stated_m: float | None
    building_height_m: Range = _STREETS
    street_width_m: Range = _STREETS


_LIMITS: dict[Name, Limits] = {
    # The table gives 25 m alone; 10 … 150 m is what ITU-R M.2135-1 states for the macro formulas it descends from.
    "uma": Limits(Range(500, 1e5), Range(10, 150), Range(1.5, 22.5), Range(10, 5e3), Range(10, 5e3), 25.0),
    # The table gives 10 m alone; antennas of street cells stand between lamp post and eaves.
    "umi_street": Limits(
        Range(500, 1e5), Range(3, 25), Range(1.5, 22.5), Range(10, 5e3), Range(10, 5e3), 10.0
    ),
    "rma": Limits(Range(500, 3e4), Range(10, 150), Range(1, 10), Range(10, 1e4), Range(10, 5e3), None),
    # Three-dimensional distance; heights enter by it alone.
    "inh_office": Limits(Range(500, 1e5), Range(0.5, 30), Range(0.5, 30), Range(1, 150), Range(1, 150), None),
}


def limits(scenario: Scenario) -> Limits:
    """The ranges of a scenario."""
    return _LIMITS[scenario.name]


def findings(
    scenario: Scenario, d2d_m: ArrayLike, *, h_bs_m: float, h_ut_m: float, frequency_mhz: float
) -> tuple[OutOfRange, ...]:
    """Everything about a set of links that lies outside the ranges, each with what is taken instead.

    A scenario's single stated height is told as ``h_bs_stated_m``, used as it is. Of the distances the least and the
    greatest are looked at. Raises Invalid on NaN or infinity.
    """
    return tuple(_findings(scenario, d2d_m, h_bs_m=h_bs_m, h_ut_m=h_ut_m, frequency_mhz=frequency_mhz))


def _findings(
    scenario: Scenario, d2d_m: ArrayLike, *, h_bs_m: float, h_ut_m: float, frequency_mhz: float
) -> Iterator[OutOfRange]:
    stated = limits(scenario)
    yield from outside(
        "frequency_mhz", float(finite("frequency_mhz", frequency_mhz)), stated.frequency_mhz, SOURCE
    )
    yield from outside("h_bs_m", float(finite("h_bs_m", h_bs_m)), stated.h_bs_m, SOURCE)
    only = stated.h_bs_stated_m
    if only is not None and h_bs_m != only and stated.h_bs_m.holds(h_bs_m):
        yield OutOfRange("h_bs_stated_m", h_bs_m, only, only, h_bs_m, "continued", SOURCE)
    yield from outside("h_ut_m", float(finite("h_ut_m", h_ut_m)), stated.h_ut_m, SOURCE)
    if scenario.name == "rma":
        yield from outside("building_height_m", scenario.building_height_m, stated.building_height_m, SOURCE)
        yield from outside("street_width_m", scenario.street_width_m, stated.street_width_m, SOURCE)
    yield from _distances(stated, finite("d2d_m", d2d_m))


def _distances(stated: Limits, d2d_m: np.ndarray) -> Iterator[OutOfRange]:
    if not d2d_m.size:
        return
    yield from outside("d2d_m", float(d2d_m.min()), Range(stated.d2d_los_m.low, np.inf), SOURCE)
    farthest = float(d2d_m.max())
    for name, stretch in (("d2d_los_m", stated.d2d_los_m), ("d2d_nlos_m", stated.d2d_nlos_m)):
        if farthest > stretch.high:
            yield OutOfRange(name, farthest, stretch.low, stretch.high, farthest, "continued", SOURCE)
