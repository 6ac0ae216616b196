"""From a registered cell to a transmitter: gaps are filled from documented defaults, faults are findings."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from infra_registry.coverage.propagation.limits import OutOfRange, finite, is_number, outside, positive
from infra_registry.coverage.propagation.model import (
    CellRow,
    Channels,
    Defaults,
    Environment,
    Technology,
    Transmitter,
)
from infra_registry.coverage.propagation.scenario import SOURCE, Scenario, limits
from infra_registry.coverage.propagation.tr38901 import o2i_loss
from infra_registry.errors import Fault, Invalid

REGISTER = "register"
# E² = 480 π² P / λ² for isotropic received power P (W) in a plane wave of 120 π ohms.
FIELD_DB = 10.0 * math.log10(480.0 * math.pi**2) - 30.0


@dataclass(frozen=True, slots=True)
class Sorted:
    """Cells that take part, and how many do not, by reason (keys of the word catalogue)."""

    usable: tuple[CellRow, ...]
    left_out: Mapping[str, int]


def set_aside(cell: CellRow, defaults: Defaults, others: Iterable[CellRow] = ()) -> str | None:
    """Why a cell is no mobile coverage (a key of the word catalogue), or None. ``others``: rows of the same station."""
    if cell.technology not in defaults.technologies:
        return "propagation.set_aside.not_mobile"
    if cell.status not in defaults.statuses:
        return "propagation.set_aside.not_in_use"
    band = _band(cell)
    if band is None:
        return None
    low, high = band
    if any(
        row.technology == cell.technology and row.low_mhz <= low and high <= row.high_mhz
        for row in defaults.idle
    ):
        return "propagation.set_aside.idle"
    bands = [band for row in others if row.technology == cell.technology and (band := _band(row))]
    for uplink in defaults.uplinks:
        if uplink.low_mhz <= low and high <= uplink.high_mhz:
            first, last = low + uplink.duplex_mhz, high + uplink.duplex_mhz
            if any(band[0] < last and first < band[1] for band in bands):
                return "propagation.set_aside.uplink"
    return None


def sort_out(cells: Sequence[CellRow], defaults: Defaults) -> Sorted:
    """The cells that take part, in their order, and how many are set aside for which reason."""
    stations: dict[int, list[CellRow]] = {}
    for cell in cells:
        stations.setdefault(cell.station, []).append(cell)
    usable: list[CellRow] = []
    left_out: dict[str, int] = {}
    for cell in cells:
        reason = set_aside(cell, defaults, stations[cell.station])
        if reason is None:
            usable.append(cell)
        else:
            left_out[reason] = left_out.get(reason, 0) + 1
    return Sorted(tuple(usable), left_out)


def scenario_of(height_m: float, surroundings: str | None, defaults: Defaults) -> Scenario:
    """The model of a place: the first rule that holds. Raises Invalid (``propagation.no_choice``) where none does."""
    for choice in defaults.choices:
        if choice.holds(height_m, surroundings):
            return choice.scenario
    raise Invalid((Fault("height_m", height_m, "propagation.no_choice"),))


def search_radius_m(transmitter: Transmitter, defaults: Defaults) -> float:
    """How far from a transmitter is looked."""
    return defaults.radius_m[transmitter.scenario.name]


def complete(cell: CellRow, defaults: Defaults) -> Transmitter:
    """A transmitter with nothing missing and no NaN but the azimuth of an omnidirectional antenna.

    Raises Invalid for a technology that is not mobile (``propagation.not_mobile``) and for a place that is no number.
    """
    technology = defaults.technologies.get(cell.technology)
    if technology is None:
        names = ", ".join(defaults.technologies)
        raise Invalid((Fault("technology", cell.technology, "propagation.not_mobile", names),))
    filled: list[str] = []
    findings: list[OutOfRange] = []
    frequency = _frequency(cell, technology, filled, findings)
    height = _height(cell, technology, filled, findings)
    scenario = scenario_of(height, cell.surroundings, defaults)
    stated = limits(scenario)
    findings += outside("height_m", height, stated.h_bs_m, SOURCE)
    findings += outside("frequency_mhz", frequency, stated.frequency_mhz, SOURCE)
    total = _eirp(cell, scenario, frequency, defaults, filled)
    band = _band(cell)
    width = band[1] - band[0] if band else 0.0
    offset = reference_level_offset_db(cell.technology, width, frequency, defaults)
    azimuth, tilt = _direction(cell, defaults, filled, findings)
    return Transmitter(
        cell.key,
        cell.operator,
        cell.technology,
        float(finite("x_m", cell.x_m)),
        float(finite("y_m", cell.y_m)),
        height,
        frequency,
        total + offset,
        azimuth,
        tilt,
        360.0 if math.isnan(azimuth) else defaults.beam_deg,
        scenario,
        tuple(filled),
        vertical_deg=defaults.vertical_deg,
        total_eirp_dbm=total,
        findings=tuple(findings),
    )


def _band(cell: CellRow) -> tuple[float, float] | None:
    """Both ends of the band, ascending; one registered end counts for both."""
    ends = [end for end in (cell.band_low_mhz, cell.band_high_mhz) if end is not None and _usable(end)]
    return (min(ends), max(ends)) if ends else None


def _usable(end_mhz: float) -> bool:
    return math.isfinite(end_mhz) and end_mhz > 0


def _frequency(cell: CellRow, technology: Technology, filled: list[str], findings: list[OutOfRange]) -> float:
    band = _band(cell)
    if band is None:
        filled.append("frequency_mhz")
        return technology.frequency_mhz
    first, last = cell.band_low_mhz, cell.band_high_mhz
    if first is not None and last is not None and last < first and _usable(last):
        findings.append(OutOfRange("band_high_mhz", last, first, math.inf, first, "swapped", REGISTER))
    return band[0] + (band[1] - band[0]) / 2.0  # halves of the least numbers are zero


def _height(cell: CellRow, technology: Technology, filled: list[str], findings: list[OutOfRange]) -> float:
    height = cell.antenna_height_m
    if height is not None and math.isfinite(height) and height > 0:
        return height
    filled.append("height_m")
    host = cell.host_height_m
    used = host if host is not None and math.isfinite(host) and host > 0 else technology.height_m
    if height is not None and math.isfinite(height):
        findings.append(OutOfRange("antenna_height_m", height, 0.0, math.inf, used, "replaced", REGISTER))
    return used


def _eirp(
    cell: CellRow, scenario: Scenario, frequency_mhz: float, defaults: Defaults, filled: list[str]
) -> float:
    stated = cell.eirp_dbm
    if stated is not None and math.isfinite(stated):
        return stated
    filled.append("eirp_dbm")
    return defaults.eirp_dbm(cell.technology, frequency_mhz, scenario)


def _direction(
    cell: CellRow, defaults: Defaults, filled: list[str], findings: list[OutOfRange]
) -> tuple[float, float]:
    """Azimuth (NaN: omnidirectional) and tilt."""
    azimuth = cell.azimuth_deg if is_number(cell.azimuth_deg) and cell.directivity != "omni" else None
    if azimuth is None and cell.directivity != "omni":
        filled.append("azimuth_deg")
    if azimuth is not None and not 0 <= azimuth <= 360:
        findings.append(
            OutOfRange("azimuth_deg", azimuth, 0.0, 360.0, _folded(azimuth), "normalised", REGISTER)
        )
    tilt = cell.tilt_deg
    if tilt is None or not math.isfinite(tilt):
        filled.append("tilt_deg")
        tilt = defaults.omni_tilt_deg if azimuth is None else defaults.tilt_deg
    elif abs(tilt) > 90:
        kept = math.copysign(90.0, tilt)
        findings.append(OutOfRange("tilt_deg", tilt, -90.0, 90.0, kept, "clamped", REGISTER))
        tilt = kept
    return (math.nan if azimuth is None else _folded(azimuth)), tilt


def _folded(azimuth_deg: float) -> float:
    """Within [0, 360): a tiny negative angle leaves exactly 360 after one remainder."""
    return azimuth_deg % 360.0 % 360.0


def reference_level_offset_db(
    technology: str, bandwidth_mhz: float, frequency_mhz: float, defaults: Defaults
) -> float:
    """What the reference signal has less than the whole carrier (dB, ≤ 0).

    2G: the broadcast carrier, 0; 3G: the pilot's share; 4G, 5G, NB-IoT: one of the carrier's subcarriers.
    """
    row = defaults.technologies[technology]
    if row.reference == "full":
        return 0.0
    if row.reference == "share":
        return row.share_db
    fitting = [
        table
        for table in defaults.channels
        if table.technology == technology and table.above_mhz <= frequency_mhz
    ]
    table = max(fitting, key=lambda offset_row: offset_row.above_mhz)
    return -10.0 * math.log10(12 * _blocks(table, bandwidth_mhz, row.bandwidth_mhz))


def _blocks(table: Channels, bandwidth_mhz: float, usual_mhz: float) -> int:
    """Resource blocks of the widest channel that fits; below the narrowest, those of the usual width."""
    for width in (bandwidth_mhz, usual_mhz):
        fitting = [count for mhz, count in zip(table.mhz, table.blocks, strict=True) if mhz <= width + 1e-6]
        if fitting:
            return fitting[-1]
    return table.blocks[-1]


def environment_loss_db(environment: Environment, frequency_mhz: float) -> float:
    """What the place of the receiver takes off the level (dB)."""
    if environment.o2i is None:
        return 0.0
    return float(o2i_loss(environment.o2i, frequency_mhz, environment.indoor_m))


def field_strength_v_m(
    eirp_dbm: ArrayLike, loss_db: ArrayLike, frequency_mhz: ArrayLike
) -> NDArray[np.float64]:
    """Field strength (V/m, r.m.s.) of a carrier whose whole EIRP suffers a basic transmission loss.

    E = √(480 π² P) / λ with P the power an isotropic antenna would receive; in free space that is √(30 EIRP) / d.
    In decibels: E (dBµV/m) = P (dBm) + 20 log10 f (MHz) + 77.2.
    """
    received = finite("eirp_dbm", eirp_dbm) - finite("loss_db", loss_db)
    wavelength_m = 299.792458 / positive("frequency_mhz", frequency_mhz)
    return np.asarray(10.0 ** ((received + FIELD_DB) / 20.0) / wavelength_m)
