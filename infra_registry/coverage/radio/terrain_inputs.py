"""The ground a radio run by the terrain model rests on: read, counted, checked; what it adds to the run's inputs."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from infra_registry import config
from infra_registry.coverage.demand import store as demand_store
from infra_registry.coverage.grids.work import Engine, Work
from infra_registry.coverage.propagation.defaults import radio
from infra_registry.coverage.radio import digests, inputs
from infra_registry.coverage.radio.costs import Priced
from infra_registry.coverage.radio.inputs import Inputs
from infra_registry.coverage.radio.question import TERRAIN
from infra_registry.coverage.radio.terrain_grid import Over, TerrainEngine, check_ground, profiles, refusal


def check(connection: Connection, price: Priced) -> None:
    """Whether the terrain model, where it is asked for, may fill the grid of a question.

    Raises Invalid ``radio.itm_grid`` with profiles and budget, ``radio.itm_no_terrain``, ``radio.itm_ground``.
    """
    if price.question.model != TERRAIN:
        return
    if price.cells.cells > radio().terrain_profiles:  # each takes a profile at least: not worth reading
        raise refusal("radio.itm_grid", f"{price.cells.cells:,}", f"{radio().terrain_profiles:,}")
    box = inputs.halo_box(price.frame, inputs.farthest_m())
    network, _ = inputs.internal_network(connection, price.frame, box, price.question)
    work = network.work(price.frame)
    check_ground(_over(connection, work, price.frame.mask(price.ground.bounded())), work)


def grounded(connection: Connection, inputs: Inputs) -> Inputs:
    """A run's inputs with the ground where the terrain model is to fill its grid; refused as ``check`` does."""
    if inputs.question.model != TERRAIN:
        return inputs
    work = inputs.internal.work(inputs.frame)
    over = _over(connection, work, inputs.mask)
    check_ground(over, work)
    parts = dict(inputs.parts) | {"ground": [[row.digest for row in over.rasters], over.step_m]}
    return replace(inputs, over=over, parts=parts, digest=digests.digest_of(parts))


def engine_of(inputs: Inputs, engine: Engine) -> Engine:
    """What fills the internal grid: the terrain model where it was asked for, else the engine of the run."""
    return engine if inputs.over is None else TerrainEngine(inputs.over)


def _over(connection: Connection, work: Work, inside: NDArray[np.bool_]) -> Over:
    most = radio().terrain_profiles
    count = profiles(work, inside)
    if count > most:
        raise refusal("radio.itm_grid", f"{count:,}", f"{most:,}")
    box = inputs.halo_box(work.frame, inputs.farthest_m())
    rasters = tuple(demand_store.terrain(connection, demand_store.one_box(box), inputs.MOST_RASTERS))
    low, high = radio().terrain_step_m
    finest = min((float(row.resolution_m) for row in rasters if row.resolution_m), default=high)
    return Over(rasters, config.load().files_dir, inside, min(max(finest, low), high), most, count)
