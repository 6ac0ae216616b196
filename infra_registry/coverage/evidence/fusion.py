"""Predicted, claimed, measured and challenged on one grid: states of a cell, where they disagree, how sure it is. Pure.

One grid per operator, technology and environment. A source that says nothing of the operator at all (no claim on
record, nothing computed) is None and never disagrees: silence is no denial.

Served follows the weightiest word: what the regulator settled, then what the operator conceded, then instruments
(the more of good and bad; equal numbers leave it open), then claim and prediction where they agree or stand alone.

Confidence, by this rule and no other: **high** where the regulator settled it, or where at least ``many`` measurements
all say the same and nothing contradicts them; **low** where sources disagree, a challenge is open, or one source
stands alone; **medium** otherwise (two sources agree, or the operator conceded); **none** where nothing is known.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Counts = NDArray[np.int32]
Bytes = NDArray[np.uint8]

STATES: Mapping[str, int] = {
    "predicted": 1,
    "claimed": 2,
    "measured_good": 4,
    "measured_bad": 8,
    "challenged": 16,
    "conceded": 32,
    "verified_absent": 64,
    "verified_present": 128,
}
# The gravest first; a cell shows one.
DISAGREEMENTS = (
    "none",
    "claimed_measured_bad",
    "claimed_challenged",
    "predicted_measured_bad",
    "measured_both",
    "measured_good_not_claimed",
    "claimed_not_predicted",
    "predicted_not_claimed",
)
CONFIDENCES = ("none", "low", "medium", "high")
NO, YES, UNKNOWN = 0, 1, -1


@dataclass(frozen=True, slots=True)
class Inputs:
    """What each source says of the cells of one grid; ``good`` and ``bad`` count measurements.

    ``predicted`` and ``claimed`` None: that source does not speak of this operator here. ``challenged``: open or
    disputed; ``absent`` and ``present``: settled by the regulator against and for the claim.
    """

    predicted: Flags | None
    claimed: Flags | None
    good: Counts
    bad: Counts
    challenged: Flags
    conceded: Flags
    absent: Flags
    present: Flags


@dataclass(frozen=True, slots=True)
class Evidence:
    """States (bits of ``STATES``), served (1, 0, -1 unknown), disagreement (index), confidence (0–3), measurements."""

    states: NDArray[np.uint16]
    served: NDArray[np.int8]
    disagreement: Bytes
    confidence: Bytes
    measured: Counts


@dataclass(frozen=True, slots=True)
class PublishedCell:
    """A quad cell as everybody may see it; ``measured`` None: fewer than are published."""

    x: int
    y: int
    served: int
    disagreement: str
    confidence: str
    measured: int | None


def combine(inputs: Inputs, *, many: int) -> Evidence:
    """Lay the sources on one another; ``many``: how many measurements that agree make a cell sure."""
    kind = _disagreement(inputs)
    return Evidence(
        _states(inputs),
        _served(inputs),
        kind,
        _confidence(inputs, kind, many),
        (inputs.good + inputs.bad).astype(np.int32),
    )


def published(
    inputs: Inputs, quads: tuple[NDArray[np.int64], NDArray[np.int64]], mask: Flags, *, many: int, fewest: int
) -> list[PublishedCell]:
    """What everybody may see: quad cells, by majority of the cells with their centre in them, by x and y.

    Measurements of a quad cell with fewer than ``fewest`` are left out before anything is derived of them, and open
    challenges altogether: one person's word of where he stood is not published. Equal numbers give the lower answer.
    """
    keys, group = np.unique((quads[0][mask] << 32) | quads[1][mask], return_inverse=True)
    counted = (inputs.good + inputs.bad)[mask]
    sums = np.bincount(group, weights=counted, minlength=len(keys)).astype(np.int64)
    kept = np.zeros(mask.shape, dtype=bool)
    kept[mask] = sums[group] >= fewest
    none = np.zeros(mask.shape, dtype=bool)
    shown = replace(
        inputs,
        good=np.where(kept, inputs.good, 0).astype(np.int32),
        bad=np.where(kept, inputs.bad, 0).astype(np.int32),
        challenged=none,
    )
    evidence = combine(shown, many=many)
    served = _majority(group, evidence.served[mask] + 1, 3, len(keys)) - 1
    kind = _majority(group, evidence.disagreement[mask], len(DISAGREEMENTS), len(keys))
    sure = _majority(group, evidence.confidence[mask], len(CONFIDENCES), len(keys))
    return [
        PublishedCell(
            int(key >> 32),
            int(key & 0xFFFFFFFF),
            int(served[n]),
            DISAGREEMENTS[kind[n]],
            CONFIDENCES[sure[n]],
            int(sums[n]) if sums[n] >= fewest else None,
        )
        for n, key in enumerate(keys)
    ]


def _majority(group: NDArray[Any], values: NDArray[Any], choices: int, groups: int) -> NDArray[Any]:
    """The commonest value of each group; the lower of two equally common."""
    flat = np.bincount(group * choices + values.astype(np.int64), minlength=groups * choices)
    commonest: NDArray[Any] = flat.reshape(groups, choices).argmax(axis=1)
    return commonest


def _states(inputs: Inputs) -> NDArray[np.uint16]:
    states = np.zeros(inputs.good.shape, dtype=np.uint16)
    sources = {
        "predicted": inputs.predicted,
        "claimed": inputs.claimed,
        "measured_good": inputs.good > 0,
        "measured_bad": inputs.bad > 0,
        "challenged": inputs.challenged,
        "conceded": inputs.conceded,
        "verified_absent": inputs.absent,
        "verified_present": inputs.present,
    }
    for name, where in sources.items():
        if where is not None:
            states[where] |= np.uint16(STATES[name])
    return states


def _served(inputs: Inputs) -> NDArray[np.int8]:
    shape = inputs.good.shape
    spoken = [source for source in (inputs.claimed, inputs.predicted) if source is not None]
    if not spoken:
        served = np.full(shape, UNKNOWN, dtype=np.int8)
    else:
        yes, no = np.logical_and.reduce(spoken), ~np.logical_or.reduce(spoken)
        served = np.where(yes, YES, np.where(no, NO, UNKNOWN)).astype(np.int8)
    measured = inputs.good + inputs.bad > 0
    weighed = np.where(inputs.good > inputs.bad, YES, np.where(inputs.bad > inputs.good, NO, UNKNOWN))
    served[measured] = weighed[measured]
    served[inputs.conceded] = NO
    served[inputs.present] = YES
    served[inputs.absent] = NO
    return served


def _disagreement(inputs: Inputs) -> Bytes:
    """The gravest disagreement of each cell; what was conceded or settled is none any more."""
    good, bad = inputs.good > 0, inputs.bad > 0
    never = np.zeros(good.shape, dtype=bool)
    claimed = never if inputs.claimed is None else inputs.claimed
    unclaimed = never if inputs.claimed is None else ~inputs.claimed
    predicted = never if inputs.predicted is None else inputs.predicted
    unpredicted = never if inputs.predicted is None else ~inputs.predicted
    mostly_bad = bad & (inputs.bad > inputs.good)
    kinds = (
        claimed & mostly_bad,
        claimed & inputs.challenged,
        predicted & mostly_bad,
        good & bad,
        good & ~bad & unclaimed,
        claimed & unpredicted,
        predicted & unclaimed,
    )
    kind = np.select(kinds, range(1, len(DISAGREEMENTS)), default=0).astype(np.uint8)
    kind[inputs.conceded | inputs.absent | inputs.present] = 0
    return kind


def _confidence(inputs: Inputs, kind: Bytes, many: int) -> Bytes:
    good, bad = inputs.good > 0, inputs.bad > 0
    measured, mixed = good | bad, good & bad
    votes = measured.astype(np.int8)
    for source in (inputs.claimed, inputs.predicted):
        if source is not None:
            votes = votes + np.int8(1)
    agreeing = (kind == 0) & ~mixed & ~inputs.challenged
    sure = agreeing & (inputs.good + inputs.bad >= many)
    settled = inputs.absent | inputs.present
    confidence = np.where(votes == 0, 0, 1)
    confidence = np.where(agreeing & (votes >= 2), 2, confidence)
    confidence = np.where(inputs.conceded, 2, confidence)
    confidence = np.where(sure | settled, 3, confidence)
    low = (kind > 0) | (inputs.challenged & ~inputs.conceded & ~settled)
    return np.where(low, np.where(votes == 0, 1, np.minimum(confidence, 1)), confidence).astype(np.uint8)
