"""What is said, measured and disputed over the ground of a run of mobile coverage, beside what the run predicts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from infra_registry.coverage.evidence import fused, fusion
from infra_registry.coverage.evidence.fused import Asked
from infra_registry.coverage.evidence.fusion import CONFIDENCES, DISAGREEMENTS, STATES, Evidence, Inputs
from infra_registry.coverage.evidence.settings import rules
from infra_registry.coverage.evidence_map import predicted_store
from infra_registry.coverage.grids.caps import caps
from infra_registry.coverage.grids.frame import Frame, frame_of

Figures = list[tuple[str, float]]


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """The cells of a run's area with what each source says of them; ``mask``: cells inside the area."""

    frame: Frame
    mask: NDArray[np.bool_]
    told: Inputs
    found: Evidence


def frame_over(outline: Any) -> Frame:
    """The widest cells a grid may have: claims are coarser than that."""
    return frame_of(outline, caps().most_step_m)


def asked_of(run: Mapping[str, Any], layer: Mapping[str, Any]) -> Asked:
    """What of the evidence speaks of a layer of a run."""
    return Asked(layer["operator"], layer["technology"], run["parameters"]["environment"], run["as_of"])


def ground(
    connection: Connection,
    run: Mapping[str, Any],
    layer: Mapping[str, Any],
    *,
    outline: Any,
    served_class: int,
    sources: Connection | None = None,
) -> Ground:
    """Prediction and evidence on one grid.

    ``layer``: of the public edition, with operator and technology; its published classes are the prediction.
    ``sources``: whose sight of claims, measurements and challenges counts, where it is not this reader's.
    """
    frame = frame_over(outline)
    predicted = predicted_store.classes(connection, layer["id"], frame) >= served_class
    inputs = fused.inputs(sources or connection, asked_of(run, layer), frame, predicted)
    return Ground(frame, frame.mask(outline), inputs, fusion.combine(inputs, many=rules().many))


def figures(of: Ground) -> dict[str, Any]:
    """Square metres by state, disagreement and confidence."""
    cell, mask, evidence = float(of.frame.step_m) ** 2, of.mask, of.found
    return {
        "cell_m": of.frame.step_m,
        "total": float(mask.sum()) * cell,
        "claimed": of.told.claimed is not None,
        "measured": int((of.told.good + of.told.bad)[mask].sum()),
        "states": _by_bit(evidence.states[mask], cell),
        "disagreements": _by_number(evidence.disagreement[mask], DISAGREEMENTS, cell),
        "confidences": _by_number(evidence.confidence[mask], CONFIDENCES, cell),
    }


def _by_bit(values: NDArray[np.uint16], cell: float) -> Figures:
    found = ((name, float(np.count_nonzero(values & bit)) * cell) for name, bit in STATES.items())
    return [(name, area) for name, area in found if area]


def _by_number(values: NDArray[np.uint8], names: tuple[str, ...], cell: float) -> Figures:
    counts = np.bincount(values, minlength=len(names))
    return [(name, float(count) * cell) for name, count in zip(names, counts, strict=True) if count]
