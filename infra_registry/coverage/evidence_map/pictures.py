"""The map of evidence over a run: computed when somebody opens it, cached for a while in this process, never stored.

The key of the cache holds a digest of the evidence its reader sees: it changes when a claim ends, a measurement comes
or a challenge moves. The public edition rests on what everybody sees, whoever looks at it.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
from sqlalchemy import Connection

from infra_registry.areas import ground_store
from infra_registry.coverage.evidence import fused
from infra_registry.coverage.evidence.fusion import PublishedCell
from infra_registry.coverage.evidence_map import over_run, store, symbols
from infra_registry.coverage.evidence_map.symbols import Codes
from infra_registry.coverage.grids.frame import Frame
from infra_registry.coverage.radio.result.class_tiles import SIZE, places

MOST_CELLS = 8_000_000  # of an area that is drawn; a byte each
MOST_KEPT = 8


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A computed map: for readers of cells their codes on a frame, for everybody the published quad cells."""

    mark: str
    frame: Frame
    cells: Codes | None
    quads: tuple[PublishedCell, ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """Who looks at what: the run, the layer (of its public edition), ``sources`` whose sight of evidence counts.

    ``reader``: what two readers must share to share what is kept; ``internal``: cells, not published quad cells.
    """

    run: Mapping[str, Any]
    layer: Mapping[str, Any]
    sources: Connection
    reader: str
    internal: bool


# A few maps, the most recently used last; one is computed at a time.
_maps: OrderedDict[str, Drawn] = OrderedDict()
_lock = Lock()


def fits(frame: Frame) -> bool:
    """Whether an area has few enough cells to be drawn."""
    return frame.cells <= MOST_CELLS


def drawn(connection: Connection, view: View) -> Drawn | None:
    """The map of a view, cached or computed; None where the area is too large to be drawn."""
    run = view.run
    outline = ground_store.needed_outline(connection, run["area_id"], run["as_of"])
    frame = over_run.frame_over(outline)
    if not fits(frame):
        return None
    evidence = store.mark(view.sources, frame.bounds_4326)
    mark = f"{run['id']}|{view.layer['id']}|{view.reader}|{view.internal}|{evidence}"
    with _lock:
        if mark not in _maps:
            grid = over_run.evidence_grid(connection, run, view.layer, outline=outline, sources=view.sources)
            if view.internal:
                _maps[mark] = Drawn(mark, frame, symbols.codes(grid.evidence, grid.mask))
            else:
                _maps[mark] = Drawn(mark, frame, None, tuple(fused.published(grid.inputs, frame, grid.mask)))
        _maps.move_to_end(mark)
        if len(_maps) > MOST_KEPT:
            _maps.popitem(last=False)
        return _maps[mark]


def tile(drawn: Drawn, place: tuple[int, int, int]) -> bytes:
    """The tile (z, x, y) of cells as PNG; empty beside the area."""
    if drawn.cells is None:
        return b""
    frame = drawn.frame
    cols, rows = places(frame.transform, f"EPSG:{frame.epsg}", place)
    inside = (cols >= 0) & (cols < frame.cols) & (rows >= 0) & (rows < frame.rows)
    pixels = np.zeros((SIZE, SIZE), np.uint8)
    pixels[inside] = drawn.cells[rows[inside], cols[inside]]
    return symbols.painted(pixels) if pixels.any() else b""
