"""Which cells lack service: below a level, below a class, or within reach of too few operators. Pure."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

KINDS = ("dbm", "class", "operators")


def lacking(kind: str, grid: NDArray[Any], value: float) -> NDArray[np.bool_]:
    """Cells that fail a threshold: ``dbm`` a level below it, ``class`` a class below it, ``operators`` fewer.

    A cell at the threshold passes. No level (NaN or minus infinity) fails. ValueError for another kind.
    """
    if kind not in KINDS:
        raise ValueError(kind)
    return ~(np.asarray(grid) >= np.asarray(value, grid.dtype if kind == "dbm" else np.float64))
