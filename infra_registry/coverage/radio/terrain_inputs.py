"""The ground a radio run by the terrain model rests on: read, counted, checked; what it adds to the run's inputs."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from infra_registry import config
from infra_registry.areas import ground_store
from infra_registry.coverage.demand import store as demand_store
from infra_registry.coverage.grids.frame import Frame, frame_of
from infra_registry.coverage.grids.work import Engine, Work
from infra_registry.coverage.propagation.defaults import radio
from infra_registry.coverage.radio import digests, input_store, inputs
from infra_registry.coverage.radio.inputs import Inputs
from infra_registry.coverage.radio.question import TERRAIN, Question
from infra_registry.coverage.radio.terrain_grid import Over, TerrainEngine, check_ground, profiles, refusal


def check(connection: Connection, area_id: int, asked: Question, on: date) -> None:
    """Whether the terrain model may fill the grid of a filled question.

    Raises Invalid ``radio.itm_grid`` with profiles and budget, ``radio.itm_no_terrain``, ``radio.itm_ground``.
    """
    outline = ground_store.needed_outline(connection, area_id, on)
    frame = frame_of(outline, int(asked.step_m or 0))
    box = inputs.halo_box(frame, inputs.farthest_m())
    counted = input_store.cell_counts(connection, box, asked.technologies)
    if counted.cells > radio().terrain_profiles:  # each takes a profile at least: not worth reading
        raise refusal("radio.itm_grid", f"{counted.cells:,}", f"{radio().terrain_profiles:,}")
    network, _ = inputs.internal_network(connection, frame, box, asked)
    work = network.work(frame)
    check_ground(_over(connection, work, frame.mask(outline)), work)


def grounded(connection: Connection, found: Inputs) -> Inputs:
    """A run's inputs with the ground where the terrain model is to fill its grid; refused as ``check`` does."""
    if found.asked.model != TERRAIN:
        return found
    work = found.internal.work(found.frame)
    over = _over(connection, work, found.mask)
    check_ground(over, work)
    parts = dict(found.parts) | {"ground": [[row.digest for row in over.rasters], over.step_m]}
    return replace(found, over=over, parts=parts, digest=digests.digest_of(parts))


def engine_of(found: Inputs, engine: Engine) -> Engine:
    """What fills the internal grid: the terrain model where it was asked for, else the engine of the run."""
    return engine if found.over is None else TerrainEngine(found.over)


def _over(connection: Connection, work: Work, inside: NDArray[np.bool_]) -> Over:
    most = radio().terrain_profiles
    count = profiles(work, inside)
    if count > most:
        raise refusal("radio.itm_grid", f"{count:,}", f"{most:,}")
    rasters = _rasters(connection, work.frame)
    low, high = radio().terrain_step_m
    finest = min((float(row.resolution_m) for row in rasters if row.resolution_m), default=high)
    return Over(rasters, config.load().files_dir, inside, min(max(finest, low), high), most, count)


def _rasters(connection: Connection, frame: Frame) -> tuple[Any, ...]:
    box = inputs.halo_box(frame, inputs.farthest_m())
    return tuple(demand_store.terrain(connection, demand_store.one_box(box), inputs.MOST_RASTERS))
