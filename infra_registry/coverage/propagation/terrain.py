"""The Irregular Terrain Model (Longley-Rice, NTIA report 82-100) over a terrain profile, or by terrain roughness.

The parts are ``itmlogic``'s; the sequence of calls is here, after Hufford's "The ITS Irregular Terrain Model, version
1.2.2: the algorithm". Two things are done anew: the preparation of a profile (``itmlogic.qlrpfl`` reads the last height
but one at the receiver when the path is in sight), and area mode, for which ``itmlogic`` has parts and no entry.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from itmlogic.diffraction_attenuation.aknfe import aknfe
from itmlogic.lrprop import lrprop
from itmlogic.misc.qerfi import qerfi
from itmlogic.preparatory_subroutines.dlthx import dlthx
from itmlogic.preparatory_subroutines.hzns import hzns
from itmlogic.preparatory_subroutines.qlrps import qlrps
from itmlogic.preparatory_subroutines.zlsq1 import zlsq1
from itmlogic.statistics.avar import avar

from infra_registry.coverage.propagation.limits import OutOfRange, Range, finite
from infra_registry.errors import Fault, Invalid

SOURCE = "NTIA report 82-100"
# What the model takes at all; the distance is only warned of.
TAKEN = {
    "h_tx_m": Range(0.5, 3000),
    "h_rx_m": Range(0.5, 3000),
    "frequency_mhz": Range(20, 20000),
    "refractivity": Range(250, 400),
    "permittivity": Range(1, 1000),
    "conductivity_s_m": Range(1e-6, 1000),
    "climate": Range(1, 7),
    "time": Range(0.01, 99.99),
    "location": Range(0.01, 99.99),
    "situation": Range(0.01, 99.99),
}
MEANT_FOR_M = Range(1e3, 2e6)


@dataclass(frozen=True, slots=True)
class Profile:
    """Ground heights (m above sea level) at even steps (m), transmitter first, receiver last; at least three."""

    heights_m: Sequence[float]
    step_m: float

    @property
    def distance_m(self) -> float:
        """Length of the path."""
        return (len(self.heights_m) - 1) * self.step_m


@dataclass(frozen=True, slots=True)
class Link:
    """Both antennas (m above ground), the wave, the ground and what share of time, places and situations is meant (%).

    ``variability``: 0 single message, 1 accidental, 2 mobile, 3 broadcast; +10 leaves out location, +20 situation.
    ``climate``: 1 equatorial … 5 continental temperate … 7 maritime temperate over sea.
    """

    h_tx_m: float
    h_rx_m: float
    frequency_mhz: float
    vertical: bool = True
    permittivity: float = 15.0
    conductivity_s_m: float = 0.005
    refractivity: float = 301.0
    climate: int = 5
    variability: int = 12
    time: float = 50.0
    location: float = 50.0
    situation: float = 50.0


@dataclass(frozen=True, slots=True)
class TerrainLoss:
    """``loss_db`` in all; ``free_space_db`` of it is distance; ``reference_db`` the median beyond that.

    ``caution``: 0 none, 1 near a limit, 3 internals out of range, 4 outside what the model is meant for.
    """

    loss_db: float
    free_space_db: float
    reference_db: float
    caution: int
    findings: tuple[OutOfRange, ...]


def itm_loss(profile: Profile, link: Link) -> float:
    """Basic transmission loss (dB) over a profile; see ``itm``."""
    return itm(profile, link).loss_db


def itm(profile: Profile, link: Link) -> TerrainLoss:
    """Point-to-point mode.

    Raises Invalid (``propagation.profile``, ``propagation.itm_input``, ``propagation.not_finite``).
    """
    _refuse(link)
    heights = finite("heights_m", profile.heights_m)
    if heights.ndim != 1 or heights.size < 3 or not profile.step_m > 0 or not math.isfinite(profile.step_m):
        raise Invalid((Fault("profile", heights.size, "propagation.profile", "≥ 3"),))
    steps = heights.size - 1
    tenth = int(0.1 * steps)
    state = _begin(link, float(heights[tenth : steps - tenth + 1].mean()))
    state["pfl"] = [steps, float(profile.step_m), *heights.tolist()]
    _read_profile(state)
    state["mdp"] = -1
    with np.errstate(invalid="ignore"):  # answered below
        state = lrprop(0, state)
    if not math.isfinite(state["aed"]):
        state["aref"], state["kwx"] = _knife_edges(state), 4
    return _finish(state, link, profile.distance_m)


def itm_losses(profiles: Iterable[Profile], link: Link, *, most: int) -> list[float]:
    """Losses (dB) over many profiles. Raises Invalid (``propagation.too_many_profiles``) beyond the stated budget."""
    listed = list(profiles)
    if len(listed) > most:
        raise Invalid((Fault("profiles", len(listed), "propagation.too_many_profiles", f"≤ {most}"),))
    return [itm_loss(profile, link) for profile in listed]


def _refuse(link: Link) -> None:
    faults = []
    for name, taken in TAKEN.items():
        value = getattr(link, name)
        if not (math.isfinite(value) and taken.holds(value)):
            faults.append(Fault(name, value, "propagation.itm_input", f"{taken.low:g} … {taken.high:g}"))
    if link.variability % 10 not in (0, 1, 2, 3) or not 0 <= link.variability <= 33:
        faults.append(Fault("variability", link.variability, "propagation.itm_input", "0 … 3 (+10, +20)"))
    if faults:
        raise Invalid(faults)


def _begin(link: Link, elevation_m: float) -> dict[str, Any]:
    ground = (link.permittivity, link.conductivity_s_m)
    wave, curvature, refractivity, impedance = qlrps(
        link.frequency_mhz, elevation_m, link.refractivity, int(link.vertical), *ground
    )
    return {
        "hg": [link.h_tx_m, link.h_rx_m],
        "wn": wave,
        "gme": curvature,
        "ens": refractivity,
        "zgnd": impedance,
        "klimx": link.climate,
        "klim": link.climate,
        "mdvarx": link.variability,
        "mdvar": link.variability,
        "lvar": 5,
        "kwx": 0,
    }


def _read_profile(state: dict[str, Any]) -> None:
    """Horizons, roughness and effective heights of a profile (Hufford, section 43)."""
    profile, heights, curvature = state["pfl"], state["hg"], state["gme"]
    count = profile[0]
    distance = state["dist"] = count * profile[1]
    the, dl = hzns(profile, distance, heights, curvature)
    first = min(15.0 * heights[0], 0.1 * dl[0])
    last = distance - min(15.0 * heights[1], 0.1 * dl[1])
    spread = state["dh"] = dlthx(profile, first, last)
    in_sight = dl[0] + dl[1] >= 1.5 * distance
    if in_sight:
        start, end = zlsq1(profile, first, last)
    else:
        start, _ = zlsq1(profile, first, 0.9 * dl[0])
        _, end = zlsq1(profile, distance - 0.9 * dl[1], last)
    he = [heights[0] + max(profile[2] - start, 0.0), heights[1] + max(profile[count + 2] - end, 0.0)]
    if in_sight:
        dl = {side: _horizon(he[side], spread, curvature) for side in (0, 1)}
        reach = dl[0] + dl[1]
        if reach <= distance:
            he = [height * (distance / reach) ** 2 for height in he]
            dl = {side: _horizon(he[side], spread, curvature) for side in (0, 1)}
        for side in (0, 1):
            smooth = math.sqrt(2.0 * he[side] / curvature)
            the[side] = (0.65 * spread * (smooth / dl[side] - 1.0) - 2.0 * he[side]) / smooth
    state["the"], state["dl"], state["he"] = the, dl, he


def _horizon(height_m: float, spread_m: float, curvature: float) -> float:
    """Distance to the horizon over rough ground (m)."""
    return math.sqrt(2.0 * height_m / curvature) * math.exp(-0.07 * math.sqrt(spread_m / max(height_m, 5.0)))


def _knife_edges(state: dict[str, Any]) -> float:
    """Loss beyond free space (dB) with both horizons as knife edges: equation 4.11 without diffraction by smooth earth.

    That part has no value where the ground is very steep or conducts very well, since its ``1.607 − K`` is negative
    there. As in the model, the loss runs on a straight line through its values at two distances beyond the horizons.
    """

    def loss(distance_m: float) -> float:
        past_m = distance_m - state["dla"]
        number = 0.0795775 * state["wn"] * past_m * (state["tha"] + distance_m * state["gme"]) ** 2
        return float(state["afo"] + sum(aknfe(number * dl / (past_m + dl)) for dl in state["dl"].values()))

    near = max(state["dlsa"], state["dla"] + 1.3787 * state["xae"])
    far = near + 2.7574 * state["xae"]
    slope = (loss(far) - loss(near)) / (far - near)
    return float(max(0.0, loss(near) + slope * (state["dist"] - near)))


def _finish(state: dict[str, Any], link: Link, distance_m: float) -> TerrainLoss:
    deviates = qerfi([link.time / 100.0, link.location / 100.0, link.situation / 100.0])
    beyond, state = avar(*deviates, state)
    free = 32.45 + 20.0 * math.log10(link.frequency_mhz) + 20.0 * math.log10(distance_m / 1000.0)
    findings: tuple[OutOfRange, ...] = ()
    if not MEANT_FOR_M.holds(distance_m):
        ends = (MEANT_FOR_M.low, MEANT_FOR_M.high)
        findings = (OutOfRange("distance_m", distance_m, *ends, distance_m, "continued", SOURCE),)
    loss = float(free + np.real(beyond))
    return TerrainLoss(loss, free, float(state["aref"]), int(state["kwx"]), findings)
