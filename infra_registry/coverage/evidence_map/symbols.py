"""How evidence is drawn: a colour and a pattern for the state of a cell, opacity for its confidence. Pure.

No two signs differ by colour alone: each has its own pattern, disagreement lies over it as broad slanting lines, and
the legend is drawn by the same function as the tiles. Patterns repeat every sixteen pixels, so that they run on from
tile to tile.
"""

import base64
from functools import cache

import numpy as np
from numpy.typing import NDArray

from infra_registry.coverage.evidence.fusion import CONFIDENCES, STATES, YES, Evidence
from infra_registry.coverage.radio.result.class_tiles import Colour, png

_FILLS = {
    "none": "8c959b",
    "predicted": "56b4e9",
    "claimed": "e69f00",
    "both": "0072b2",
    "measured_good": "009e73",
    "measured_bad": "d55e00",
    "challenged": "cc79a7",
    "conceded": "7a1f5c",
    "verified_absent": "5b1a1a",
    "verified_present": "004d3a",
}
KINDS = tuple(_FILLS)
_CLEARNESS = (70, 105, 165, 230)  # by confidence, none to high
INK, PAPER = (27, 42, 51, 255), (255, 255, 255, 255)
_WHITE_PATTERN = ("both", "measured_good", "conceded", "verified_absent", "verified_present")
PERIOD = 16
_FIRST_INK = 1 + len(KINDS) * len(CONFIDENCES)

Codes = NDArray[np.uint8]


def codes(evidence: Evidence, mask: NDArray[np.bool_]) -> Codes:
    """What is drawn of each cell in one number: kind, confidence, whether sources disagree; 0 outside the area."""
    kind = _kinds(evidence).astype(np.int64)
    numbers = 1 + 2 * (kind * len(CONFIDENCES) + evidence.confidence) + (evidence.disagreement > 0)
    return np.where(mask, numbers, 0).astype(np.uint8)


def painted(cells: Codes) -> bytes:
    """Codes, one for each pixel, as a PNG file."""
    rows, cols = cells.shape
    codes = np.maximum(cells.astype(np.int64) - 1, 0)
    fill, hatched = codes // 2, (codes % 2 == 1) & (cells > 0)
    kind = fill // len(CONFIDENCES)
    pixels = np.where(cells > 0, fill + 1, 0)
    down, along = np.meshgrid(np.arange(rows) % PERIOD, np.arange(cols) % PERIOD, indexing="ij")
    marked = patterns()[kind, down, along] & (cells > 0)
    light = np.isin(kind, [KINDS.index(name) for name in _WHITE_PATTERN])
    pixels = np.where(marked, np.where(light, _FIRST_INK + 1, _FIRST_INK), pixels)
    slant = (down + along) % PERIOD
    pixels = np.where(hatched & (slant < 3), _FIRST_INK, pixels)
    pixels = np.where(hatched & (slant == 3), _FIRST_INK + 1, pixels)
    return png(pixels.astype(np.uint8), palette())


@cache
def palette() -> tuple[Colour, ...]:
    """Clear, each kind by confidence, ink, paper."""
    fills = [(*bytes.fromhex(fill), clearness) for fill in _FILLS.values() for clearness in _CLEARNESS]
    return ((0, 0, 0, 0), *fills, INK, PAPER)


@cache
def patterns() -> NDArray[np.bool_]:
    """The pattern of each kind over sixteen pixels by sixteen."""
    v, u = np.meshgrid(np.arange(PERIOD), np.arange(PERIOD), indexing="ij")
    nothing = np.zeros((PERIOD, PERIOD), bool)
    dots = (np.hypot(u % 8 - 3.5, v % 8 - 3.5)) < 1.6
    cross = ((u == v) | (u + v == PERIOD - 1)) & (np.abs(u - 7.5) < 5)
    ring = np.abs(np.hypot(u - 7.5, v - 7.5) - 4.5) < 0.7
    plus = ((np.abs(u - 7.5) < 1) | (np.abs(v - 7.5) < 1)) & (np.hypot(u - 7.5, v - 7.5) < 6)
    tiles = {
        "none": nothing,
        "predicted": (u % 8 == 0) & (v % 8 == 0),
        "claimed": v % 8 == 0,
        "both": (u % 8 == 0) | (v % 8 == 0),
        "measured_good": dots,
        "measured_bad": cross,
        "challenged": ring,
        "conceded": u % 4 == 0,
        "verified_absent": cross | np.roll(cross, 1, axis=1),
        "verified_present": plus,
    }
    return np.stack([tiles[kind] for kind in KINDS])


@cache
def swatch(kind: str, confidence: str = "high", *, hatched: bool = False) -> str:
    """A piece of the map as a ``data:`` URL, for a legend."""
    code = 1 + 2 * (KINDS.index(kind) * len(CONFIDENCES) + CONFIDENCES.index(confidence)) + hatched
    piece = painted(np.full((PERIOD + 2, 2 * PERIOD), code, np.uint8))
    return "data:image/png;base64," + base64.b64encode(piece).decode()


def _kinds(evidence: Evidence) -> Codes:
    """One kind for each cell: settled, then conceded, challenged, measured, and last only claimed or predicted."""

    def has(name: str) -> NDArray[np.bool_]:
        return (evidence.states & STATES[name]) > 0

    good = has("measured_good") & (evidence.served == YES)
    order = {
        "verified_absent": has("verified_absent"),
        "verified_present": has("verified_present"),
        "conceded": has("conceded"),
        "challenged": has("challenged"),
        "measured_good": good | (has("measured_good") & ~has("measured_bad")),
        "measured_bad": has("measured_bad"),
        "both": has("predicted") & has("claimed"),
        "claimed": has("claimed"),
        "predicted": has("predicted"),
    }
    picked = np.select(list(order.values()), [KINDS.index(name) for name in order], default=0)
    return picked.astype(np.uint8)
