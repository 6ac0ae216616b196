"""From levels to classes of signal. Pure."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Levels = NDArray[np.float32]


def classify(level: Levels, thresholds: Sequence[float]) -> NDArray[np.uint8]:
    """Class per cell: 0 below the first threshold (dBm, ascending), up to as many as there are; on it is in it."""
    steps = np.asarray(thresholds, np.float32)
    if not len(steps) or not np.isfinite(steps).all() or (np.diff(steps) <= 0).any():
        raise ValueError("thresholds ascend")
    return np.searchsorted(steps, level, side="right").astype(np.uint8)
