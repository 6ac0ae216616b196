"""What is said, measured and disputed over the ground of a run of mobile coverage, beside what the run predicts."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from infra_registry.coverage.evidence import fused, fusion, predicted_store
from infra_registry.coverage.evidence.fused import Asked
from infra_registry.coverage.evidence.fusion import CONFIDENCES, DISAGREEMENTS, STATES
from infra_registry.coverage.evidence.settings import rules
from infra_registry.coverage.grids.caps import caps
from infra_registry.coverage.grids.frame import frame_of

Figures = list[tuple[str, float]]


def figures(
    connection: Connection, run: Mapping[str, Any], outline: Any, layer: Mapping[str, Any], served_class: int
) -> dict[str, Any]:
    """Square metres by state, disagreement and confidence, as this reader may see the sources.

    ``layer``: of the public edition, with operator and technology; its published classes are the prediction. The cells
    are the widest a grid may have: claims are coarser than that.
    """
    frame = frame_of(outline, caps().most_step_m)
    mask = frame.mask(outline)
    predicted = predicted_store.classes(connection, layer["id"], frame) >= served_class
    environment = run["parameters"]["environment"]
    asked = Asked(layer["operator"], layer["technology"], environment, run["as_of"])
    told = fused.inputs(connection, asked, frame, predicted)
    found = fusion.combine(told, many=rules().many)
    cell = float(frame.step_m) ** 2
    return {
        "cell_m": frame.step_m,
        "total": float(mask.sum()) * cell,
        "claimed": told.claimed is not None,
        "measured": int((told.good + told.bad)[mask].sum()),
        "states": _by_bit(found.states[mask], cell),
        "disagreements": _by_number(found.disagreement[mask], DISAGREEMENTS, cell),
        "confidences": _by_number(found.confidence[mask], CONFIDENCES, cell),
    }


def _by_bit(values: NDArray[np.uint16], cell: float) -> Figures:
    found = ((name, float(np.count_nonzero(values & bit)) * cell) for name, bit in STATES.items())
    return [(name, area) for name, area in found if area]


def _by_number(values: NDArray[np.uint8], names: tuple[str, ...], cell: float) -> Figures:
    counts = np.bincount(values, minlength=len(names))
    return [(name, float(count) * cell) for name, count in zip(names, counts, strict=True) if count]
