"""What the ground leaves of a remedy's gain: sampled places it would serve, each over its own terrain profile.

The statistical model that finds gains knows no hills. Here the Irregular Terrain Model looks at the bare ground between
the candidate and places of equal weight among those gained; the same grounds and gains give the same answer.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from infra_registry.coverage.demand.terrain import heights_at
from infra_registry.coverage.propagation.antenna import vertical_attenuation
from infra_registry.coverage.propagation.terrain import Link, Profile, itm_loss
from infra_registry.coverage.remedies.candidates import WGS84, Candidate
from infra_registry.coverage.remedies.gains import sector_loss
from infra_registry.coverage.remedies.host_state import Remedy, RemedySet, Situation
from infra_registry.coverage.remedies.obstacles import Obstacle
from infra_registry.coverage.remedies.standard_site import Site, Standard, TerrainCheck
from infra_registry.coverage.remedies.weighing import Offer

Floats = NDArray[np.float64]
LEAST_STEPS, NEAR_M = 10, 10.0
MODEL = "ITM"


@dataclass(frozen=True, slots=True)
class HeightRasters:
    """Rasters of heights (rows with their digest, the newest first) and where their files lie."""

    rows: Sequence[Any]
    files_dir: Path
    most_profiles: int


@dataclass(frozen=True, slots=True)
class Checked:
    """Of a remedy's gain by weight: ``within``, the share reached over the ground (None: no height is known),
    ``covered``, the share whose ground is known; and how many profiles were looked at."""

    within: float | None
    covered: float
    profiles: int


def check(
    situation: Situation,
    taken: Standard,
    heights: HeightRasters,
    listed: Sequence[tuple[Offer, Candidate]],
    first: Sequence[int],
) -> dict[int, Checked]:
    """Checks by position in the list: those named first, then in order, until the profiles are used up."""
    ground = _Profiles(situation, heights, taken.ground)
    order = dict.fromkeys([*first, *range(len(listed))])
    checks: dict[int, Checked] = {}
    left = heights.most_profiles
    for position in order:
        offer, candidate = listed[position]
        cells, weights = sampled(situation, offer, taken.ground.places)
        if len(cells) > left:
            break
        checks[position] = ground.check(
            offer, candidate, taken.site_on(candidate.kind, candidate.height_m), cells, weights
        )
        left -= len(cells)
    return checks


def sampled(situation: Situation, offer: Offer, most: int) -> tuple[NDArray[np.int64], Floats]:
    """Cells that stand for what an offer gives, and their weight: people where any live there, else ground.

    Of many cells those are taken that hold the middle of each of ``most`` equal parts of the whole weight.
    """
    cells = (offer.cells if len(offer.cells) else offer.reached).astype(np.int64)
    weights = np.ones(len(cells))
    if situation.people is not None:
        people = situation.people.ravel()[cells].astype(np.float64)
        weights = people if people.sum() > 0 else weights
    cells, weights = cells[weights > 0], weights[weights > 0]
    if len(cells) <= most:
        return cells, weights
    upto = np.cumsum(weights)
    middles = (np.arange(most) + 0.5) * (upto[-1] / most)
    at, times = np.unique(np.minimum(np.searchsorted(upto, middles), len(cells) - 1), return_counts=True)
    return cells[at], times * (upto[-1] / most)


def with_check(remedy: Remedy, checked: Checked, ground: TerrainCheck) -> Remedy:
    """The remedy with what its check found: among what was assumed, and in its way where it matters."""
    assumed = {
        "model": MODEL,
        "within": None if checked.within is None else round(checked.within, 3),
        "known": round(checked.covered, 3),
        "profiles": checked.profiles,
        "step_m": ground.step_m,
    }
    return replace(
        remedy,
        assumed={**remedy.assumed, "terrain": assumed},
        obstacles=(*remedy.obstacles, *_obstacles(checked, ground)),
    )


def set_with_checks(remedy_set: RemedySet, checks: Mapping[int, Checked]) -> RemedySet:
    """A set whose reasons say what the ground leaves of each site's gain; checks by ordinal."""
    reasons = []
    for ordinal, reason in zip(remedy_set.chosen, remedy_set.reasons, strict=True):
        checked = checks.get(ordinal)
        if checked is not None and checked.within is not None:
            reason = {**reason, "params": {**reason["params"], "terrain": round(100 * checked.within)}}
        reasons.append(reason)
    return replace(remedy_set, reasons=tuple(reasons))


def _obstacles(checked: Checked, ground: TerrainCheck) -> list[Obstacle]:
    reached = 1.0 if checked.within is None else checked.within
    shares = {"terrain_blocks": 1.0 - reached, "terrain_unknown": 1.0 - checked.covered}
    return [
        {"key": key, "params": {"share": round(100 * share)}}
        for key, share in shares.items()
        if share >= ground.told_from
    ]


class _Profiles:
    """Profiles of a run's frame over the rasters of heights."""

    def __init__(self, situation: Situation, heights: HeightRasters, ground: TerrainCheck) -> None:
        self._situation, self._heights, self._ground = situation, heights, ground
        self._back = Transformer.from_crs(situation.frame.epsg, WGS84, always_xy=True)

    def check(
        self, offer: Offer, candidate: Candidate, site: Site, cells: NDArray[np.int64], weights: Floats
    ) -> Checked:
        """One candidate's check: which of these cells it reaches over the ground."""
        ends = self._places(cells) - (candidate.x_m, candidate.y_m)
        distances = np.hypot(ends[:, 0], ends[:, 1])
        profiles = self._profiles(candidate, ends, distances)
        covered = reached = 0.0
        for end, distance, weight, profile in zip(ends, distances, weights, profiles, strict=True):
            if not np.isfinite(profile).all():
                continue
            covered += float(weight)
            if distance < NEAR_M or self._reaches(offer, candidate, site, (end, float(distance)), profile):
                reached += float(weight)
        total = float(weights.sum())
        return Checked(reached / covered if covered else None, covered / total if total else 0.0, len(cells))

    def _places(self, cells: NDArray[np.int64]) -> Floats:
        frame = self._situation.frame
        affine = frame.transform
        rows, cols = np.divmod(cells, frame.cols)
        return np.stack([affine.c + (cols + 0.5) * affine.a, affine.f + (rows + 0.5) * affine.e], axis=1)

    def _profiles(self, candidate: Candidate, ends: Floats, distances: Floats) -> list[Floats]:
        """HeightRasters along each path at even steps; read together, as they lie close to each other."""
        steps = [max(LEAST_STEPS, math.ceil(distance_m / self._ground.step_m)) for distance_m in distances]
        xs = [candidate.x_m + np.linspace(0.0, end[0], n + 1) for end, n in zip(ends, steps, strict=True)]
        ys = [candidate.y_m + np.linspace(0.0, end[1], n + 1) for end, n in zip(ends, steps, strict=True)]
        if not xs:
            return []
        lon, lat = self._back.transform(np.concatenate(xs), np.concatenate(ys))
        heights_m, _ = heights_at(
            self._heights.rows, self._heights.files_dir, np.asarray(lon), np.asarray(lat)
        )
        return np.split(heights_m, np.cumsum([n + 1 for n in steps])[:-1])

    def _reaches(
        self, offer: Offer, candidate: Candidate, site: Site, end: tuple[Floats, float], profile: Floats
    ) -> bool:
        """Whether the level over the ground is the one needed, with the standard site's antennas."""
        situation, technology = self._situation, offer.technology
        (east, north), distance = end
        radio = site.radio[technology]
        link = Link(candidate.height_m, situation.receiver_height_m, radio.frequency_mhz)
        drop = profile[0] + link.h_tx_m - profile[-1] - link.h_rx_m
        away = float(vertical_attenuation(math.degrees(math.atan2(drop, distance))))
        away += float(sector_loss(site, math.degrees(math.atan2(east, north))))
        loss = itm_loss(Profile(profile.tolist(), distance / (len(profile) - 1)), link)
        level = radio.reference_eirp_dbm - loss - away - situation.extra_loss_db.get(technology, 0.0)
        return level >= situation.needed_dbm[technology]
