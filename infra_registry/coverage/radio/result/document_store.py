"""What files of a radio run read beside its lists: the published classes of a layer, shapes of some gaps."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from infra_registry.coverage.radio.result.store import results_run


def published_classes(connection: Connection, layer: Mapping[str, Any]) -> NDArray[np.int64]:
    """Column, row and class of every published cell of a layer, as far as this reader may see them."""
    rows = connection.execute(
        text("SELECT x, y, signal_class FROM radio_class WHERE layer_id = :layer ORDER BY y, x"),
        {"layer": layer["id"]},
    ).all()
    return np.array([tuple(row) for row in rows], np.int64).reshape(-1, 3)


def gap_shapes(
    connection: Connection, run: Mapping[str, Any], edition: str, ordinals: Sequence[int]
) -> dict[int, Any]:
    """Shapes (EPSG:4326) of the gaps of these ranks, as far as this reader may see them."""
    rows = connection.execute(
        text("""SELECT g.ordinal, ST_AsBinary(g.geom) AS geom FROM radio_gap g JOIN radio_layer l ON l.id = g.layer_id
                WHERE l.run_id = :run AND l.edition = :edition AND g.ordinal = ANY (:ordinals) ORDER BY g.ordinal"""),
        {"run": results_run(run), "edition": edition, "ordinals": list(ordinals)},
    )
    return {row.ordinal: shapely.from_wkb(bytes(row.geom)) for row in rows}
