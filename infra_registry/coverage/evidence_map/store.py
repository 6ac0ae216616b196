"""SQL of the map of evidence: what a run predicts, whether evidence has changed, and vector tiles of its quad cells."""

from collections import Counter
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from infra_registry.coverage.demand.store import sides
from infra_registry.coverage.evidence import gridding
from infra_registry.coverage.evidence.fused import ZOOM
from infra_registry.coverage.evidence.fusion import CONFIDENCES, DISAGREEMENTS, PublishedCell
from infra_registry.coverage.grids.frame import Frame
from infra_registry.coverage.runs.published import PUBLIC_ZOOM
from infra_registry.formats.mercator import HALF

T = TypeVar("T")
MERGED_BELOW = 8  # a tile of this zoom holds at most 128 × 128 cells; wider tiles hold merged ones
_WIDTH = 2 * HALF / (1 << ZOOM)
_TILE = text(f"""
  SELECT coalesce(ST_AsMVT(t, 'evidence', 4096, 'geom'), '') FROM (
    SELECT k.served, k.disagreement, k.confidence, k.measured, ST_AsMVTGeom(ST_MakeEnvelope(
        k.x * CAST(:width AS double precision) - {HALF}, {HALF} - (k.y + 1) * CAST(:width AS double precision),
        (k.x + 1) * CAST(:width AS double precision) - {HALF}, {HALF} - k.y * CAST(:width AS double precision), 3857),
      ST_TileEnvelope(:z, :tx, :ty), 4096, 0) AS geom
    FROM unnest(CAST(:xs AS integer[]), CAST(:ys AS integer[]), CAST(:served AS integer[]),
      CAST(:disagreement AS text[]), CAST(:confidence AS text[]), CAST(:measured AS integer[]))
      AS k(x, y, served, disagreement, confidence, measured) ORDER BY k.y, k.x) AS t""")

# Measurements are added and taken away, never changed; claims end; challenges change their state.
_MARK = text("""WITH box AS (SELECT ST_MakeEnvelope(:west, :south, :east, :north, 4326) AS here)
  SELECT md5(concat_ws('|',
    (SELECT string_agg(concat(c.id, ':', c.ended_on), ',' ORDER BY c.id) FROM coverage_claim c),
    (SELECT concat(count(*), ':', max(m.id), ':', sum(m.id)) FROM coverage_measurement m, box WHERE m.geom && box.here),
    (SELECT string_agg(concat(h.id, ':', h.state, ':', h.version), ',' ORDER BY h.id)
       FROM coverage_challenge h, box WHERE h.geom && box.here)))""")


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


def mark(connection: Connection, bounds: Sequence[float]) -> str:
    """A mark of everything this reader sees in a box (west, south, east, north in degrees); other evidence, another."""
    return str(connection.scalar(_MARK, sides(bounds)))


def tile(connection: Connection, cells: Sequence[PublishedCell], place: tuple[int, int, int]) -> bytes:
    """The cells in tile (z, x, y), merged where the tile is wide: layer ``evidence``."""
    z, x, y = place
    shift = z - ZOOM
    here = [cell for cell in cells if _in(cell.x, x, shift) and _in(cell.y, y, shift)]
    coarser = max(0, MERGED_BELOW - z)
    if coarser:
        here = merged(here, coarser)
    values = {
        "width": _WIDTH * 2**coarser,
        "z": z,
        "tx": x,
        "ty": y,
        "xs": [cell.x for cell in here],
        "ys": [cell.y for cell in here],
        **{
            name: [getattr(cell, name) for cell in here]
            for name in ("served", "disagreement", "confidence", "measured")
        },
    }
    return bytes(connection.execute(_TILE, values).scalar_one()) if here else b""


def merged(cells: Sequence[PublishedCell], steps: int) -> list[PublishedCell]:
    """Cells ``steps`` zooms coarser: what most say, the less flattering on a tie; as sure as the least."""
    groups: dict[tuple[int, int], list[PublishedCell]] = {}
    for cell in cells:
        groups.setdefault((cell.x >> steps, cell.y >> steps), []).append(cell)
    return [
        PublishedCell(
            x,
            y,
            min(_most([cell.served for cell in group])),
            min(_most([cell.disagreement for cell in group]), key=_gravest),
            min((cell.confidence for cell in group), key=CONFIDENCES.index),
            None,
        )
        for (x, y), group in sorted(groups.items())
    ]


def _gravest(name: str) -> int:
    return DISAGREEMENTS.index(name) or len(DISAGREEMENTS)  # the first says there is none


def _most(values: list[T]) -> list[T]:
    counts = Counter(values)
    return [value for value, count in counts.items() if count == max(counts.values())]


def _in(cell: int, tile: int, shift: int) -> bool:
    """Whether a cell lies in a tile or a tile in the cell, of one axis."""
    return cell == tile >> shift if shift >= 0 else cell >> -shift == tile
