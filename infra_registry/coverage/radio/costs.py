"""What a question would cost, told before anything is computed; refused above the caps."""

from datetime import date

import numpy as np
from sqlalchemy import Connection

from infra_registry.areas import ground_store
from infra_registry.coverage.grids.caps import caps
from infra_registry.coverage.grids.frame import Cost, cost, frame_of
from infra_registry.coverage.radio import input_store, terrain_inputs
from infra_registry.coverage.radio.inputs import farthest_m, halo_box
from infra_registry.coverage.radio.limits import limits
from infra_registry.coverage.radio.question import TERRAIN, Question
from infra_registry.errors import Fault, Invalid


def estimate(connection: Connection, area_id: int, asked: Question, on: date) -> tuple[Cost, int]:
    """What a filled question needs, and how many layers it gives at most; Invalid where the grid is too large."""
    outline = ground_store.needed_outline(connection, area_id, on)
    frame = frame_of(outline, int(asked.step_m or 0))
    counted = input_store.cell_counts(connection, halo_box(frame, farthest_m()), asked.technologies)
    reach = np.full(counted.cells, farthest_m())
    layers = counted.groups + counted.operators + counted.technologies + 1
    once = cost(frame, reach)
    seconds = 2 * once.seconds + layers * frame.cells / caps().cells_per_second
    disk_and_memory = int(once.memory_bytes + 8 * frame.cells * max(1, counted.groups))
    return Cost(once.cells, once.evaluations, disk_and_memory, seconds), layers


def check_model(connection: Connection, area_id: int, asked: Question, on: date) -> None:
    """Raises Invalid where the terrain model is asked for and may not fill the grid: see ``terrain_inputs.check``."""
    if asked.model == TERRAIN:
        terrain_inputs.check(connection, area_id, asked, on)


def check_cost(connection: Connection, area_id: int, asked: Question, on: date) -> None:
    """Raises Invalid ``coverage.too_fine`` with cells, or ``radio.too_long`` with gigabytes and minutes."""
    needed, layers = estimate(connection, area_id, asked, on)
    most = limits().cost
    minutes, gigabytes = needed.seconds / 60, needed.memory_bytes / 1e9
    if minutes <= most.most_minutes and gigabytes <= most.most_gigabytes:
        return
    refused = Invalid([Fault("step_m", asked.step_m, "radio.too_long_field")], "radio.too_long")
    refused.params |= {
        "cells": needed.cells,
        "layers": layers,
        "gigabytes": round(gigabytes, 1),
        "minutes": round(minutes, 1),
        "most_gigabytes": most.most_gigabytes,
        "most_minutes": most.most_minutes,
    }
    raise refused
