"""One path checked over the ground: the terrain model, TR 38.901 on both branches and free space beside each other."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection

from infra_registry.coverage.demand import store as demand_store
from infra_registry.coverage.demand.terrain import GEOD, TerrainProfile, terrain_profile
from infra_registry.coverage.paths.asking import LAST_M, Question, faults, point
from infra_registry.coverage.paths.place_store import exact_place
from infra_registry.coverage.propagation import scenario, tr38901
from infra_registry.coverage.propagation.budget import complete
from infra_registry.coverage.propagation.clearance import Clearance, clearance
from infra_registry.coverage.propagation.defaults import radio
from infra_registry.coverage.propagation.free_space import free_space_loss
from infra_registry.coverage.propagation.model import CellRow, Transmitter
from infra_registry.coverage.propagation.terrain import SOURCE, Link, Profile, TerrainLoss, itm
from infra_registry.errors import Fault, Invalid

STEP_M, LEAST_POINTS, MOST_POINTS = 30.0, 10, 5000
OUTSIDE_MODEL = 4  # the model's own caution: outside what it is meant for
Place = tuple[float, float]
Message = Mapping[str, Any]  # {"key", "params"} of the word catalogue


@dataclass(frozen=True, slots=True)
class Loss:
    """The result of one model: loss (dB), reference-signal level (dBm), class 0 … 5."""

    model: str
    loss_db: float
    level_dbm: float
    signal_class: int


@dataclass(frozen=True, slots=True, eq=False)
class PathCheck:
    """A checked path. ``clearance`` and the loss of the terrain model are None where the ground is not known whole.

    ``chance`` is the probability of line of sight that TR 38.901 gives places at this distance. ``findings`` are keys
    with parameters, the gravest first.
    """

    start: Place
    end: Place
    sent: Transmitter
    rx_height_m: float
    profile: TerrainProfile
    clearance: Clearance | None
    terrain: TerrainLoss | None
    losses: tuple[Loss, ...]
    chance: float
    findings: tuple[Message, ...]


def check(connection: Connection, files_dir: Path, question: Question) -> PathCheck:
    """Check a path.

    Raises Invalid with faults by field, ``path.too_short`` for ends at one place and ``demand.path`` for one too long;
    NotFound and Forbidden as ``exact_place`` does.
    """
    wrong = faults(question, radio())
    if wrong:
        raise Invalid(wrong)
    start, end = (
        point(written) or exact_place(connection, written.strip())
        for written in (question.start, question.end)
    )
    distance = float(GEOD.inv(*start, *end)[2])
    if distance < LAST_M:
        raise Invalid([Fault("to", f"{distance:.1f} m", "path.too_short", f"≥ {LAST_M:g} m")])
    sent = _sent(question)
    height = question.rx_height_m or radio().receiver_height_m
    # Where none is asked for 30 m: finer on short paths, coarser on those of more than five thousand points.
    step = question.step_m or max(STEP_M, distance / MOST_POINTS)
    step = max(1.0, min(step, distance / LEAST_POINTS))
    profile = terrain_profile(connection, files_dir, start, end, step)
    ground = Profile(profile.elevation_m.tolist(), profile.step_m)
    ends = (sent.height_m, height)
    clear, terrain = None, None
    if profile.covered and len(ground.heights_m) > 2:
        clear = clearance(ground, ends, sent.frequency_mhz)
        terrain = itm(ground, Link(*ends, sent.frequency_mhz))
    losses = _losses(sent, height, profile.distance_m, terrain)
    chance = float(tr38901.los_probability(sent.scenario, profile.distance_m, height))
    findings = (*_of_ground(connection, profile, (start, end)), *_of_models(sent, height, profile, terrain))
    return PathCheck(start, end, sent, height, profile, clear, terrain, losses, chance, findings)


def _sent(question: Question) -> Transmitter:
    band = question.frequency_mhz
    cell = CellRow(
        0, "path", question.technology, 0.0, 0.0, band_low_mhz=band, band_high_mhz=band,
        antenna_height_m=question.height_m, tilt_deg=0.0, eirp_dbm=question.eirp_dbm, directivity="omni",
    )  # fmt: skip
    return complete(cell, radio())


def _losses(
    sent: Transmitter, height_m: float, distance_m: float, terrain: TerrainLoss | None
) -> tuple[Loss, ...]:
    link = (sent.scenario, distance_m, sent.height_m, height_m, sent.frequency_mhz)
    slant = float(np.hypot(distance_m, sent.height_m - height_m))
    losses = {} if terrain is None else {"itm": terrain.loss_db}
    losses |= {
        "los": float(tr38901.path_loss(*link, los=True)),
        "nlos": float(tr38901.path_loss(*link, los=False)),
        "mean": float(tr38901.mean_loss(*link)),
        "free_space": float(free_space_loss(slant, sent.frequency_mhz)),
    }
    steps = radio().thresholds(sent.technology)
    return tuple(
        Loss(name, loss, level, int(np.searchsorted(steps, level, side="right")))
        for name, loss in losses.items()
        for level in (sent.eirp_dbm - loss,)
    )


def _of_ground(connection: Connection, profile: TerrainProfile, ends: tuple[Place, Place]) -> list[Message]:
    """What the heights do not cover, and whether they would if the ends were written the other way round."""
    if profile.finding is None:
        return []
    if profile.rasters:
        return [_message(profile.finding.code, value=profile.finding.value)]
    if max(abs(lon) for lon, _ in ends) <= 90:
        (west, east), (south, north) = (
            sorted(bounds) for bounds in zip(*((lat, lon) for lon, lat in ends), strict=True)
        )
        if demand_store.terrain(connection, (west, south, east, north), 1):
            return [_message("path.no_ground"), _message("path.perhaps_swapped")]
    return [_message("path.no_ground")]


def _of_models(
    sent: Transmitter, height_m: float, profile: TerrainProfile, terrain: TerrainLoss | None
) -> list[Message]:
    out_of_range = list(sent.findings)
    out_of_range += scenario.findings(
        sent.scenario,
        profile.distance_m,
        h_bs_m=sent.height_m,
        h_ut_m=height_m,
        frequency_mhz=sent.frequency_mhz,
    )
    if terrain is not None:
        out_of_range += terrain.findings
    findings = []
    for finding in dict.fromkeys(out_of_range):
        params = {name: f"{getattr(finding, name):g}" for name in ("value", "low", "high", "used")}
        params |= {"name": finding.name, "source": finding.source}
        findings.append(_message(f"propagation.{finding.handled}", **params))
    if terrain is not None and terrain.caution >= OUTSIDE_MODEL and not terrain.findings:
        findings.append(_message("path.caution", source=SOURCE))
    return findings


def _message(key: str, **params: Any) -> Message:
    return {"key": key, "params": params}
