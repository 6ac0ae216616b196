"""Claims, measurements and challenges over the area of a run of mobile coverage, beside what the run predicts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from infra_registry.coverage.evidence import fused, fusion
from infra_registry.coverage.evidence.fused import EvidenceQuery
from infra_registry.coverage.evidence.fusion import CONFIDENCES, DISAGREEMENTS, STATES, Evidence, Inputs
from infra_registry.coverage.evidence.settings import rules
from infra_registry.coverage.evidence_map import store
from infra_registry.coverage.grids.caps import caps
from infra_registry.coverage.grids.frame import Frame, frame_of
from infra_registry.coverage.radio.limits import limits

Figures = list[tuple[str, float]]


@dataclass(frozen=True, slots=True, eq=False)
class EvidenceGrid:
    """The cells of a run's area, what each source says of them and both laid together; ``mask``: cells inside it."""

    frame: Frame
    mask: NDArray[np.bool_]
    inputs: Inputs
    evidence: Evidence


def frame_over(outline: Any) -> Frame:
    """A frame over an outline with the widest cells a grid may have: claims are coarser than that."""
    return frame_of(outline, caps().most_step_m)


def evidence_grid(
    connection: Connection,
    run: Mapping[str, Any],
    layer: Mapping[str, Any],
    *,
    outline: Any,
    sources: Connection | None = None,
) -> EvidenceGrid:
    """Prediction and evidence on one grid.

    ``layer``: of the public edition, with operator and technology; its published classes are the prediction.
    ``sources``: whose sight of claims, measurements and challenges counts, where it is not this reader's.
    """
    frame = frame_over(outline)
    predicted = store.classes(connection, layer["id"], frame) >= limits().served_class
    environment = run["parameters"]["environment"]
    query = EvidenceQuery(layer["operator"], layer["technology"], environment, run["as_of"])
    inputs = fused.inputs(sources or connection, query, frame, predicted)
    return EvidenceGrid(frame, frame.mask(outline), inputs, fusion.combine(inputs, many=rules().many))


def figures(grid: EvidenceGrid) -> dict[str, Any]:
    """Square metres by state, disagreement and confidence."""
    cell, mask, evidence = float(grid.frame.cell_m2), grid.mask, grid.evidence
    states = [(name, np.count_nonzero(evidence.states[mask] & bit) * cell) for name, bit in STATES.items()]
    return {
        "cell_m": grid.frame.step_m,
        "total": float(mask.sum()) * cell,
        "claimed": grid.inputs.claimed is not None,
        "measured": int((grid.inputs.good + grid.inputs.bad)[mask].sum()),
        "states": [(name, area) for name, area in states if area],
        "disagreements": _by_number(evidence.disagreement[mask], DISAGREEMENTS, cell),
        "confidences": _by_number(evidence.confidence[mask], CONFIDENCES, cell),
    }


def _by_number(values: NDArray[np.uint8], names: tuple[str, ...], cell: float) -> Figures:
    counts = np.bincount(values, minlength=len(names))
    return [(name, float(count) * cell) for name, count in zip(names, counts, strict=True) if count]
