"""Which lacking cells a standard site would serve at each candidate, exactly as the model of propagation has it.

Loss depends on form of site, technology and height alone, so levels are tabulated once per metre of distance and
whole metre of height; the compiled loop looks at the cells in reach of each candidate. No relaxed arithmetic.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from infra_registry.coverage.compiling import compiled
from infra_registry.coverage.propagation.antenna import horizontal_attenuation, vertical_attenuation
from infra_registry.coverage.propagation.tr38901 import mean_loss
from infra_registry.coverage.remedies.candidates import Candidate
from infra_registry.coverage.remedies.host_state import Situation
from infra_registry.coverage.remedies.standard_site import Site, Standard

BEARINGS = 360


@dataclass(frozen=True, slots=True)
class Served:
    """For one technology: candidates (indices into the list asked about) and the flat cells each would serve.

    Candidate ``rows[i]`` serves ``cells[indptr[i]:indptr[i + 1]]``; none of them serves nothing. ``left_out``: those
    that serve the fewest people where all together would not fit into memory.
    """

    technology: str
    rows: NDArray[np.int64]
    indptr: NDArray[np.int64]
    cells: NDArray[np.int32]
    left_out: int = 0

    def of(self, position: int) -> NDArray[np.int32]:
        """Cells that the candidate at a position of ``rows`` would serve."""
        return self.cells[self.indptr[position] : self.indptr[position + 1]]


class _Reach(NamedTuple):
    """Margins over the needed level (dB) by metre of distance, per distinct antenna; what bearings take off."""

    margins: NDArray[np.float64]
    antennas: NDArray[np.int64]
    bearings: NDArray[np.float64]
    reach_m: NDArray[np.float64]


def served(
    situation: Situation, technology: str, candidates: Sequence[Candidate], standard: Standard
) -> Served:
    """The wanting cells of a technology that each candidate would serve; a form without that technology serves none.

    Wanting are the lacking cells and all cells of gaps: an operator's gap may lie where another one serves.
    """
    bad = wanting(situation, technology)
    radios = [standard.site_on(item.kind, item.height_m).radio for item in candidates]
    able = np.array([i for i, radio in enumerate(radios) if technology in radio], np.int64)
    if not len(able) or not bad.any():
        return Served(technology, np.empty(0, np.int64), np.zeros(1, np.int64), np.empty(0, np.int32))
    reach = _reach(situation, technology, [candidates[i] for i in able], standard)
    places = np.array([(candidates[i].x_m, candidates[i].y_m) for i in able])
    counts, people = _counted(situation, places, reach, bad)
    priority = np.array([candidates[i].priority for i in able])
    kept = _fitting(counts, people, priority, standard.most_pairs)
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts[kept])])
    cells = np.empty(int(starts[-1]), np.int32)
    reach = reach._replace(antennas=reach.antennas[kept])
    weights, sums = np.zeros((0, 0), np.float32), np.zeros(len(kept))
    again = np.zeros(len(kept), np.int64)
    _walk(places[kept], *reach, bad, _corner(situation), weights, again, sums, starts, cells)
    return Served(technology, able[kept], starts, cells, int((counts > 0).sum()) - len(kept))


def wanting(situation: Situation, technology: str) -> NDArray[np.bool_]:
    """Cells that lack a technology or lie in a gap of one of its operators."""
    mask = np.array(situation.bad[technology], bool, order="C")
    for gap in situation.gaps:
        if gap.technology == technology:
            mask.ravel()[gap.cells] = True
    return mask


def _counted(
    situation: Situation, places: NDArray[np.float64], reach: _Reach, bad: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """How many cells each place would serve, and people in them."""
    counts, sums = np.zeros(len(places), np.int64), np.zeros(len(places))
    people = np.zeros((0, 0), np.float32) if situation.people is None else situation.people
    weights = np.ascontiguousarray(people, np.float32)
    nothing = np.empty(0, np.int32)
    _walk(places, *reach, bad, _corner(situation), weights, counts, sums, counts, nothing)
    return counts, sums


def _fitting(
    counts: NDArray[np.int64], people: NDArray[np.float64], priority: NDArray[np.int64], most: int
) -> NDArray[np.int64]:
    """Places that serve anything, in order; where they would not fit, each priority keeps its best, sharing first.

    Works and new sites get a quarter of the room each, sharing what is left: at least half.
    """
    some = np.flatnonzero(counts)
    if counts[some].sum() <= most:
        return some
    kept: list[NDArray[np.int64]] = []
    room = most
    for group in sorted(set(priority[some]), reverse=True):
        mine = some[priority[some] == group]
        mine = mine[np.lexsort((mine, -counts[mine], -people[mine]))]
        share = room if group == priority[some].min() else min(room, most // 4)
        taken = mine[np.cumsum(counts[mine]) <= share]
        room -= int(counts[taken].sum())
        kept.append(taken)
    return np.sort(np.concatenate(kept))


def _corner(situation: Situation) -> tuple[float, float, float]:
    affine = situation.frame.transform
    return float(affine.c), float(affine.f), float(situation.frame.step_m)


def _reach(
    situation: Situation, technology: str, candidates: Sequence[Candidate], standard: Standard
) -> _Reach:
    sites = [standard.site_on(item.kind, item.height_m) for item in candidates]
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
        np.stack([sector_loss(by_name[name], np.arange(BEARINGS)) for name, _ in distinct]),
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


def sector_loss(site: Site, bearing_deg: ArrayLike) -> NDArray[np.float64]:
    """What the nearest sector takes off (dB) towards bearings clockwise from north."""
    bearing = np.asarray(bearing_deg, np.float64)[..., None]
    if site.sectors == 1:
        return np.zeros(bearing.shape[:-1])
    mains = np.arange(site.sectors) * (360.0 / site.sectors)
    return np.asarray(horizontal_attenuation(bearing - mains, beam_deg=site.beam_deg).min(axis=-1))


def _looked(
    places: Any, margins: Any, antennas: Any, bearings: Any, reach_m: Any, bad: Any, grid: Any, weights: Any,
    counts: Any, sums: Any, starts: Any, cells: Any,
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
        count = 0
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
                if weights.size:
                    sums[i] += weights[row, col]
                if len(cells):
                    cells[starts[i] + count] = row * cols + col
                count += 1
        counts[i] = count


_walk = compiled(_looked)
