"""Free WiFi as a class of its own on the ground: which cells a free zone reaches, and how much of an area that is."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from infra_registry.coverage.grids.frame import Frame, frame_of
from infra_registry.coverage.wifi.reach import Zone, limit_m
from infra_registry.errors import Invalid

STEPS_M = (50, 100, 200)  # the finest at which an area has no more cells than
MANY = 4_000_000


def reached(frame: Frame, zones: Iterable[Zone], default_reach_m: float) -> NDArray[np.bool_]:
    """Cells with their centre within the reach of a zone, by the rule of ``reach``."""
    return frame.covered(frame.project(zone.geom).buffer(limit_m(zone, default_reach_m)) for zone in zones)


def surface(
    outline: BaseGeometry | None, zones: Iterable[Zone], default_reach_m: float
) -> dict[str, Any] | None:
    """Square metres of an area (EPSG:4326), those a zone reaches, and the cells they are counted on (m).

    None for an area that no frame can hold: at a pole, or too wide for one projection.
    """
    for step_m in STEPS_M if outline is not None else ():
        try:
            frame = frame_of(outline, step_m)
        except Invalid:
            continue
        if frame.cells > MANY and step_m != STEPS_M[-1]:
            continue
        mask = frame.mask(outline)
        served = mask & reached(frame, zones, default_reach_m)
        cell_m2 = step_m**2
        return {
            "cell_m": step_m,
            "total_m2": int(mask.sum()) * cell_m2,
            "reached_m2": int(served.sum()) * cell_m2,
        }
    return None
