"""Evidence of an area on one grid, read as this reader: claims, measurements, challenges, and a prediction if given."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection

from infra_registry.coverage.demand.store import one_box, sides
from infra_registry.coverage.evidence import challenge_store, claim_store, fusion, gridding, measurement_store
from infra_registry.coverage.evidence.fusion import Flags, Inputs, PublishedCell
from infra_registry.coverage.evidence.settings import rules
from infra_registry.coverage.grids.frame import Frame

ZOOM = 15  # quad cells of what is published, as places of level "cell"
ANY, NOT_STATED = "any", "not_stated"


@dataclass(frozen=True, slots=True)
class EvidenceQuery:
    """Which evidence: operator (party code, ``stated:…``, ``not_stated`` or ``any``), technology (or ``any``)."""

    operator: str
    technology: str
    environment: str
    on: date


def inputs(
    connection: Connection, query: EvidenceQuery, frame: Frame, predicted: NDArray[np.bool_] | None = None
) -> Inputs:
    """What each source says of the cells of a frame; ``predicted``: served by a run's layer, None: none was run."""
    criteria = _criteria(query, frame)
    claimed = None
    if not query.operator.startswith("stated:") and query.operator != NOT_STATED:
        shapes = claim_store.shapes(connection, criteria)
        claimed = None if shapes is None else gridding.covered(frame, shapes)
    good, bad = _measured(connection, criteria, frame)
    return Inputs(predicted, claimed, good, bad, **_challenged(connection, criteria, frame))


def published(inputs: Inputs, frame: Frame, mask: NDArray[np.bool_]) -> list[PublishedCell]:
    """What everybody may see of it: quad cells of zoom 15, measurements of fewer than five left out."""
    quads = gridding.quads(frame, ZOOM)
    return fusion.published(inputs, quads, mask, many=rules().many, fewest=rules().fewest)


def is_good(row: Any) -> bool | None:
    """Whether a measurement had service: by its connection, its level, its speed; None when it tells neither."""
    if row.connected is False:
        return False
    if row.level_dbm is not None:
        return bool(row.level_dbm >= rules().good_dbm)
    if row.down_mbps is not None:
        return bool(row.down_mbps >= rules().good_mbps)
    return True if row.connected else None


def _criteria(query: EvidenceQuery, frame: Frame) -> dict[str, Any]:
    return {
        "operator": None if query.operator == ANY else query.operator,
        "technology": None if query.technology == ANY else query.technology,
        "environment": query.environment,
        "on": query.on,
        **sides(one_box(frame.bounds_4326)),
    }


def _measured(
    connection: Connection, criteria: dict[str, Any], frame: Frame
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    judged = [(row.lon, row.lat, is_good(row)) for row in measurement_store.points(connection, criteria)]
    grids = []
    for answer in (True, False):
        spots = np.array(
            [(lon, lat) for lon, lat, good in judged if good is answer], dtype=np.float64
        ).reshape(-1, 2)
        grids.append(gridding.counted(frame, spots[:, 0], spots[:, 1]))
    return grids[0], grids[1]


def _challenged(connection: Connection, criteria: dict[str, Any], frame: Frame) -> dict[str, Flags]:
    """Cells by the state of the challenges that touch them; a point takes the cell it lies in."""
    names = {"open": "challenged", "disputed": "challenged", "conceded": "conceded"}
    names |= {"upheld": "absent", "rejected": "present"}
    layers = {name: np.zeros(frame.shape, dtype=bool) for name in set(names.values())}
    for row in challenge_store.shapes(connection, criteria):
        shape = shapely.from_wkb(bytes(row.geom))
        layers[names[row.state]] |= gridding.covered(frame, [shape], touched=bool(row.point))
    return layers
