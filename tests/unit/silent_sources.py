"""Evidence of which no source says anything, for tests to fill in."""

import numpy as np

from infra_registry.coverage.evidence.fusion import Inputs


def silent(shape: tuple[int, int]) -> Inputs:
    """Inputs in which nobody says anything."""
    none = np.zeros(shape, dtype=bool)
    count = np.zeros(shape, dtype=np.int32)
    return Inputs(None, None, count, count, none, none, none, none)
