"""From levels to what people read: classes of signal, the best over operators, how many operators serve. Pure."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Levels = NDArray[np.float32]
Keys = NDArray[np.int32]


def classify(level: Levels, thresholds: Sequence[float]) -> NDArray[np.uint8]:
    """Class per cell: 0 below the first threshold (dBm, ascending), up to as many as there are; on it is in it."""
    steps = np.asarray(thresholds, np.float32)
    if not len(steps) or not np.isfinite(steps).all() or (np.diff(steps) <= 0).any():
        raise ValueError("thresholds ascend")
    return np.searchsorted(steps, level, side="right").astype(np.uint8)


def union(layers: Sequence[tuple[Levels, Keys]]) -> tuple[Levels, Keys]:
    """The best level over several layers and the key of its station; ties go to the lowest key."""
    if not layers:
        raise ValueError("a union needs a layer")
    level, best = layers[0][0].copy(), layers[0][1].copy()
    for other, key in layers[1:]:
        better = (other > level) | ((other == level) & (key < best))
        np.copyto(level, other, where=better)
        np.copyto(best, key, where=better)
    return level, best


def operator_count(served: Sequence[NDArray[np.bool_]]) -> NDArray[np.uint8]:
    """How many operators serve each cell; one array per operator, over whichever technologies count."""
    if not served:
        raise ValueError("a count needs an operator")
    return np.asarray(np.sum(np.stack(served), axis=0), np.uint8)
