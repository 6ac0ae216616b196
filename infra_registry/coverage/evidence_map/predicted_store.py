"""A run's published classes on a frame: the prediction everybody may compare claims and measurements with."""

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from infra_registry.coverage.evidence import gridding
from infra_registry.coverage.grids.frame import Frame
from infra_registry.coverage.runs.published import PUBLIC_ZOOM


def classes(connection: Connection, layer_id: int, frame: Frame) -> NDArray[np.uint8]:
    """The signal class of each cell by the quad cell its centre lies in; 0 where the layer has no cell."""
    x, y = gridding.quads(frame, PUBLIC_ZOOM)
    query = text("""SELECT x, y, signal_class FROM radio_class
        WHERE layer_id = :layer AND x BETWEEN :west AND :east AND y BETWEEN :north AND :south""")
    bounds = {"west": int(x.min()), "east": int(x.max()), "north": int(y.min()), "south": int(y.max())}
    classes_grid = np.zeros(
        (bounds["south"] - bounds["north"] + 1, bounds["east"] - bounds["west"] + 1), dtype=np.uint8
    )
    for row in connection.execute(query, {"layer": layer_id, **bounds}):
        classes_grid[row.y - bounds["north"], row.x - bounds["west"]] = row.signal_class
    picked: NDArray[np.uint8] = classes_grid[y - bounds["north"], x - bounds["west"]]
    return picked
