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


class _Cache:
    """A few maps, the least recently used goes first; one is computed at a time."""

    def __init__(self, most: int) -> None:
        self.most, self.lock = most, Lock()
        self.maps: OrderedDict[str, Drawn] = OrderedDict()

    def get(self, mark: str) -> Drawn | None:
        """The map under a mark, if it is cached."""
        if mark in self.maps:
            self.maps.move_to_end(mark)
        return self.maps.get(mark)

    def add(self, drawn: Drawn) -> Drawn:
        """Cache a map and drop the least recently used."""
        self.maps[drawn.mark] = drawn
        while len(self.maps) > self.most:
            self.maps.popitem(last=False)
        return drawn


_cache = _Cache(MOST_KEPT)


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
    with _cache.lock:
        cached = _cache.get(mark)
        if cached:
            return cached
        grid = over_run.evidence_grid(connection, run, view.layer, outline=outline, sources=view.sources)
        if view.internal:
            return _cache.add(Drawn(mark, frame, symbols.codes(grid.evidence, grid.mask)))
        return _cache.add(Drawn(mark, frame, None, tuple(fused.published(grid.inputs, frame, grid.mask))))


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
