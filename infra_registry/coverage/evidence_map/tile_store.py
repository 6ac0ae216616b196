"""Vector tiles of the published quad cells of evidence: whether there is service, where sources differ, how sure."""

from collections import Counter
from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import Connection, text

from infra_registry.coverage.evidence.fused import ZOOM
from infra_registry.coverage.evidence.fusion import CONFIDENCES, DISAGREEMENTS, PublishedCell
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
