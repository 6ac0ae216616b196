"""Which lacking cells a standard site would serve at each candidate, exactly as the model of propagation has it.

Loss depends on form of site, technology and height alone, so levels are tabulated once per metre of distance and
whole metre of height; the compiled loop looks at the cells in reach of each candidate. No relaxed arithmetic.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from infra_registry.coverage.propagation.antenna import horizontal_attenuation, vertical_attenuation
from infra_registry.coverage.propagation.tr38901 import mean_loss
from infra_registry.coverage.remedies.candidates import Candidate
from infra_registry.coverage.remedies.situation import Situation
from infra_registry.coverage.remedies.standard_site import Site, Standard

BEARINGS = 360


@dataclass(frozen=True, slots=True)
class Served:
    """For one technology: candidates (indices into the list asked about) and the flat cells each would serve.

    Candidate ``rows[i]`` serves ``cells[indptr[i]:indptr[i + 1]]``; none of them serves nothing.
    """

    technology: str
    rows: NDArray[np.int64]
    indptr: NDArray[np.int64]
    cells: NDArray[np.int64]

    def of(self, position: int) -> NDArray[np.int64]:
        """Cells that the candidate at a position of ``rows`` would serve."""
        return self.cells[self.indptr[position] : self.indptr[position + 1]]


@dataclass(frozen=True, slots=True)
class _Reach:
    """Margins over the needed level (dB) by metre of distance, per distinct antenna; what bearings take off."""

    margins: NDArray[np.float64]
    antennas: NDArray[np.int64]
    bearings: NDArray[np.float64]
    reach_m: NDArray[np.float64]


def served(
    situation: Situation, technology: str, candidates: Sequence[Candidate], standard: Standard
) -> Served:
    """The lacking cells of a technology that each candidate would serve; a form without that technology serves none."""
    bad = np.ascontiguousarray(situation.bad[technology])
    able = [i for i, item in enumerate(candidates) if technology in standard.site_on(item.kind).radio]
    if not able or not bad.any():
        return Served(technology, np.empty(0, np.int64), np.zeros(1, np.int64), np.empty(0, np.int64))
    places = np.array([(candidates[i].x_m, candidates[i].y_m) for i in able])
    reach = _reach(situation, technology, [candidates[i] for i in able], standard)
    affine = situation.frame.transform
    grid = (float(affine.c), float(affine.f), float(situation.frame.step_m))
    counts = np.zeros(len(able), np.int64)
    nothing = np.empty(0, np.int64)
    told = (reach.margins, reach.antennas, reach.bearings, reach.reach_m)
    _walk(places, *told, bad, grid, counts, np.zeros(len(able), np.int64), nothing)
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    cells = np.empty(int(starts[-1]), np.int64)
    _walk(places, *told, bad, grid, counts, starts[:-1].copy(), cells)
    some = counts > 0
    indptr = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts[some])])
    return Served(technology, np.array(able, np.int64)[some], indptr, cells)


def _reach(
    situation: Situation, technology: str, candidates: Sequence[Candidate], standard: Standard
) -> _Reach:
    sites = [standard.site_on(item.kind) for item in candidates]
    keys = [(site.name, round(item.height_m)) for site, item in zip(sites, candidates, strict=True)]
    distinct = sorted(set(keys))
    by_name = {site.name: site for site in standard.sites}
    longest = max(by_name[name].reach_m for name, _ in distinct)
    margins = np.stack(
        [_margins(situation, technology, by_name[name], height, longest) for name, height in distinct]
    )
    # Beyond the last metre that the best bearing reaches nothing has to be looked at.
    reach = np.array([float(np.max(np.flatnonzero(row >= 0), initial=0) + 1) for row in margins])
    return _Reach(
        margins,
        np.array([distinct.index(key) for key in keys], np.int64),
        np.stack([_bearings(by_name[name]) for name, _ in distinct]),
        reach,
    )


def _margins(
    situation: Situation, technology: str, site: Site, height_m: float, longest_m: int
) -> NDArray[np.float64]:
    """Level over need in the main direction, by metre; -inf beyond the site's reach."""
    radio = site.radio[technology]
    metres = np.arange(longest_m + 2, dtype=np.float64)
    loss = mean_loss(
        site.scenario,
        np.maximum(metres, 1.0),
        height_m,
        situation.receiver_height_m,
        radio.frequency_mhz,
    )
    below = np.degrees(np.arctan2(height_m - situation.receiver_height_m, np.maximum(metres, 1.0)))
    level = radio.reference_eirp_dbm - loss - vertical_attenuation(below)
    level -= situation.extra_loss_db.get(technology, 0.0)
    margin: NDArray[np.float64] = np.where(
        metres <= site.reach_m, level - situation.needed_dbm[technology], -np.inf
    )
    return margin


def _bearings(site: Site) -> NDArray[np.float64]:
    """What the nearest sector takes off (dB), by degree clockwise from north."""
    degrees = np.arange(BEARINGS, dtype=np.float64)
    if site.sectors == 1:
        return np.zeros(BEARINGS)
    mains = np.arange(site.sectors) * (360.0 / site.sectors)
    cuts = [horizontal_attenuation(degrees - main, beam_deg=site.beam_deg) for main in mains]
    best: NDArray[np.float64] = np.min(np.stack(cuts), axis=0)
    return best


def _looked(
    places: Any, margins: Any, antennas: Any, bearings: Any, reach_m: Any, bad: Any, grid: Any, counts: Any,
    starts: Any, cells: Any,
) -> None:  # fmt: skip
    west, north, step = grid
    rows, cols = bad.shape
    for i in range(len(places)):
        x, y, antenna = places[i, 0], places[i, 1], antennas[i]
        reach = reach_m[antenna]
        first_row = max(0, int(np.floor((north - y - reach) / step)))
        last_row = min(rows - 1, int(np.floor((north - y + reach) / step)))
        first_col = max(0, int(np.floor((x - reach - west) / step)))
        last_col = min(cols - 1, int(np.floor((x + reach - west) / step)))
        found = 0
        for row in range(first_row, last_row + 1):
            dy = north - (row + 0.5) * step - y
            for col in range(first_col, last_col + 1):
                if not bad[row, col]:
                    continue
                dx = west + (col + 0.5) * step - x
                distance = np.sqrt(dx * dx + dy * dy)
                if distance > reach:
                    continue
                metre = int(distance)
                near, far = margins[antenna, metre], margins[antenna, metre + 1]
                margin = near + (far - near) * (distance - metre) if far > -np.inf else near
                if margin < 0.0:
                    continue
                bearing = int(np.degrees(np.arctan2(dx, dy)) % 360.0) % BEARINGS
                if margin < bearings[antenna, bearing]:
                    continue
                if len(cells):
                    cells[starts[i] + found] = row * cols + col
                found += 1
        counts[i] = found


_walk = numba.njit(nogil=True)(_looked)
