"""Field strength as the model predicts it beside field strength as instruments measured it. Pure; nothing is tuned.

A prediction at a site is the root of the sum of squares over the carriers of every station in reach that was permitted
by the day of the measurement, each with its whole EIRP. Errors are predicted over measured in decibels.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infra_registry.coverage.evidence.settings import FieldRules
from infra_registry.coverage.propagation.antenna import attenuation
from infra_registry.coverage.propagation.budget import (
    environment_loss_db,
    field_strength_v_m,
    search_radius_m,
)
from infra_registry.coverage.propagation.model import Defaults, Transmitter
from infra_registry.coverage.propagation.tr38901 import mean_loss

Floats = NDArray[np.float64]
Band = tuple[float, float]
NEAREST_M = 0.1  # the angle below the horizon needs a distance


@dataclass(frozen=True, slots=True)
class Site:
    """A place measured on a day: levels by band (MHz, MHz) and the whole of it, V/m. Metres in the frame's CRS."""

    ref: str
    x_m: float
    y_m: float
    on: date
    environment: str
    levels: Mapping[Band, float]
    whole: float | None


@dataclass(frozen=True, slots=True)
class Sender:
    """A carrier with its band, and the day its station was permitted (None: not registered, taken as standing)."""

    carrier: Transmitter
    band: Band | None
    since: date | None


@dataclass(frozen=True, slots=True)
class Figures:
    """One comparison: sites compared in dB, bias and standard deviation, medians (V/m).

    ``rank`` is Spearman's over ``ranked`` sites, levels of zero too; ``chance`` the spread of it where nothing is
    related: a rank within twice of it says nothing.
    """

    part: str
    name: str
    sites: int
    bias_db: float | None
    sd_db: float | None
    ranked: int
    rank: float | None
    chance: float | None
    measured: float | None
    predicted: float | None


@dataclass(frozen=True, slots=True)
class Dropped:
    """A site that is not compared in ``part``, and why (a key of the word catalogue)."""

    ref: str
    part: str
    reason: str


@dataclass(frozen=True, slots=True)
class Compared:
    """Everything of a comparison, figures in the order they are listed.

    ``nearest_m``: median way to the nearest station that stood; ``later``: carriers of stations permitted only after
    the first measurement; ``eirp_dbm``: least and greatest whole EIRP by technology.
    """

    sites: int
    places: int
    nearest_m: float
    bands: tuple[Band, ...]
    figures: tuple[Figures, ...]
    dropped: tuple[Dropped, ...]
    carriers: int
    later: int
    filled: Mapping[str, int]
    eirp_dbm: Mapping[str, tuple[float, float]]


def compare(
    sites: Sequence[Site], senders: Sequence[Sender], defaults: Defaults, rules: FieldRules
) -> Compared:
    """Predict every site and set it beside what was measured."""
    bands = compared_bands(sites, senders, rules.least_share)
    power, nearest = predicted(sites, senders, defaults)
    middle = np.array([sender.carrier.frequency_mhz for sender in senders])
    by_band = {
        band: np.sqrt(power[:, (middle >= band[0]) & (middle <= band[1])].sum(axis=1)) for band in bands
    }
    measured_v_m = np.array([[site.levels.get(band, math.nan) for band in bands] for site in sites])
    measured_v_m = measured_v_m.reshape(len(sites), len(bands))
    summed = np.where(
        np.isnan(measured_v_m).all(axis=1), math.nan, np.sqrt(np.nansum(measured_v_m**2, axis=1))
    )
    forecast = np.sqrt(sum((field**2 for field in by_band.values()), np.zeros(len(sites))))
    whole = np.array([math.nan if site.whole is None else site.whole for site in sites])
    figures = [_figures("bands", "", summed, forecast)]
    for environment in sorted({site.environment for site in sites}):
        here = np.array([site.environment == environment for site in sites])
        figures.append(_figures("environment", environment, summed[here], forecast[here]))
    for column, band in enumerate(bands):
        figures.append(_figures("band", f"{band[0]:g}–{band[1]:g}", measured_v_m[:, column], by_band[band]))
    figures += _by_distance(nearest, rules.distances_m, summed, forecast)
    figures.append(_figures("whole", "", whole, np.sqrt(power.sum(axis=1))))
    return Compared(
        len(sites),
        len({(site.x_m, site.y_m) for site in sites}),
        float(np.median(nearest)),
        bands,
        tuple(figures),
        _dropped(sites, (summed, forecast), (whole, power.sum(axis=1))),
        len(senders),
        _later(sites, senders),
        _filled(senders),
        _eirp(senders),
    )


def compared_bands(sites: Sequence[Site], senders: Sequence[Sender], least_share: float) -> tuple[Band, ...]:
    """Measured bands that the registered downlinks fill for the most part: what else sends there is little."""
    downlinks = _merged([sender.band for sender in senders if sender.band])
    measured = sorted({band for site in sites for band in site.levels})
    bands = []
    for low, high in measured:
        filled = sum(max(0.0, min(high, to) - max(low, since)) for since, to in downlinks)
        if filled >= least_share * (high - low) > 0:
            bands.append((low, high))
    return tuple(bands)


def predicted(sites: Sequence[Site], senders: Sequence[Sender], defaults: Defaults) -> tuple[Floats, Floats]:
    """Squares of the field (V²/m²) of every carrier (column) at every site (row); metres to the nearest station."""
    power = np.zeros((len(sites), len(senders)))
    nearest = np.full(len(sites), math.inf)
    alike: dict[tuple[str, str], list[int]] = {}
    for index, sender in enumerate(senders):
        alike.setdefault((str(sender.carrier.scenario), str(sender.carrier.pattern)), []).append(index)
    for indices in alike.values():
        columns = np.array(indices)
        field, distance = _fields(sites, [senders[index] for index in indices], defaults)
        power[:, columns] = field**2
        nearest = np.minimum(nearest, distance.min(axis=1))
    return power, nearest


def _fields(sites: Sequence[Site], senders: Sequence[Sender], defaults: Defaults) -> tuple[Floats, Floats]:
    """Fields of carriers of one scenario and one antenna direction, and distances; those not in reach give none."""
    carriers = [sender.carrier for sender in senders]
    first = carriers[0]
    east = _values(sites, "x_m")[:, None] - _values(carriers, "x_m")
    north = _values(sites, "y_m")[:, None] - _values(carriers, "y_m")
    distance = np.hypot(east, north)
    frequency, height = _values(carriers, "frequency_mhz"), _values(carriers, "height_m")
    receiver = defaults.receiver_height_m
    loss = mean_loss(first.scenario, distance, height, receiver, frequency)
    bearing = np.degrees(np.arctan2(east, north)) % 360.0
    below = np.degrees(np.arctan2(height - receiver, np.maximum(distance, NEAREST_M)))
    loss = loss + attenuation(first.pattern, bearing, below) + _walls(sites, carriers, defaults)
    field = field_strength_v_m(_values(carriers, "total_eirp_dbm"), loss, frequency)
    day = np.array([site.on.toordinal() for site in sites])[:, None]
    since = np.array([sender.since.toordinal() if sender.since else 0 for sender in senders])
    heard = (distance <= search_radius_m(first, defaults)) & (since <= day)
    return np.where(heard, field, 0.0), np.where(since <= day, distance, math.inf)


def _walls(sites: Sequence[Site], carriers: Sequence[Transmitter], defaults: Defaults) -> Floats:
    """What the place of the receiver takes off, by site and carrier (dB)."""
    rows = {
        name: np.array(
            [environment_loss_db(defaults.environments[name], carrier.frequency_mhz) for carrier in carriers]
        )
        for name in {site.environment for site in sites}
    }
    return np.array([rows[site.environment] for site in sites])


def _figures(part: str, name: str, measured: Floats, forecast: Floats) -> Figures:
    from scipy.stats import rankdata

    there = ~np.isnan(measured)
    measured, forecast = measured[there], forecast[there]
    both = (measured > 0) & (forecast > 0)
    errors = 20.0 * np.log10(forecast[both] / measured[both])
    count, ranked = int(both.sum()), len(measured)
    enough = ranked > 2 and np.ptp(measured) > 0 and np.ptp(forecast) > 0
    return Figures(
        part,
        name,
        count,
        float(errors.mean()) if count else None,
        float(errors.std(ddof=1)) if count > 1 else None,
        ranked,
        float(np.corrcoef(rankdata(measured), rankdata(forecast))[0, 1]) if enough else None,
        1.0 / math.sqrt(ranked - 1) if enough else None,
        float(np.median(measured)) if ranked else None,
        float(np.median(forecast)) if ranked else None,
    )


def _by_distance(
    nearest: Floats, edges: Sequence[float], measured: Floats, forecast: Floats
) -> list[Figures]:
    by_distance = []
    for low, high in pairwise([0.0, *edges, math.inf]):
        here = (nearest >= low) & (nearest < high)
        name = f"{low:g}–{high:g}" if math.isfinite(high) else f"≥ {low:g}"
        by_distance.append(_figures("distance", name, measured[here], forecast[here]))
    return by_distance


def _dropped(
    sites: Sequence[Site], bands: tuple[Floats, Floats], whole: tuple[Floats, Floats]
) -> tuple[Dropped, ...]:
    dropped = []
    for index, site in enumerate(sites):
        for part, (measured, forecast) in (("bands", bands), ("whole", whole)):
            if math.isnan(measured[index]):
                dropped.append(Dropped(site.ref, part, "fields.no_level"))
            elif measured[index] == 0:
                dropped.append(Dropped(site.ref, part, "fields.zero"))
            elif forecast[index] == 0:
                dropped.append(Dropped(site.ref, part, "fields.out_of_reach"))
    return tuple(dropped)


def _later(sites: Sequence[Site], senders: Sequence[Sender]) -> int:
    """Carriers of stations permitted only after the first measurement."""
    first = min((site.on for site in sites), default=None)
    return sum(1 for sender in senders if first and sender.since and sender.since > first)


def _filled(senders: Sequence[Sender]) -> dict[str, int]:
    """How many carriers took a default, by the name of the field."""
    return dict(sorted(Counter(name for sender in senders for name in sender.carrier.filled).items()))


def _eirp(senders: Sequence[Sender]) -> dict[str, tuple[float, float]]:
    """Least and greatest whole EIRP (dBm) by technology."""
    levels: dict[str, list[float]] = {}
    for sender in senders:
        levels.setdefault(sender.carrier.technology, []).append(sender.carrier.total_eirp_dbm)
    return {name: (min(values), max(values)) for name, values in sorted(levels.items())}


def _merged(bands: Sequence[Band]) -> list[Band]:
    """Bands in order without overlaps."""
    joined: list[Band] = []
    for low, high in sorted(set(bands)):
        if joined and low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return joined


def _values(things: Sequence[Any], name: str) -> Floats:
    return np.array([getattr(thing, name) for thing in things])
