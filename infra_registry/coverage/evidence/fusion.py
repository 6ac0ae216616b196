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
    "free_wifi": 256,
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


def silent(shape: tuple[int, int]) -> Inputs:
    """Inputs in which nobody says anything."""
    none = np.zeros(shape, dtype=bool)
    count = np.zeros(shape, dtype=np.int32)
    return Inputs(None, None, count, count, none, none, none, none)


def combine(told: Inputs, *, many: int) -> Evidence:
    """Lay the sources on one another; ``many``: how many measurements that agree make a cell sure."""
    kind = _disagreement(told)
    return Evidence(
        _states(told),
        _served(told),
        kind,
        _confidence(told, kind, many),
        (told.good + told.bad).astype(np.int32),
    )


def free_wifi(reached: Flags) -> Evidence:
    """Free WiFi, a class of its own: what a public zone in use reaches, as registered and nothing more."""
    low = np.where(reached, 1, 0).astype(np.uint8)
    return Evidence(
        np.where(reached, STATES["free_wifi"], 0).astype(np.uint16),
        np.where(reached, YES, NO).astype(np.int8),
        np.zeros(reached.shape, dtype=np.uint8),
        low,
        np.zeros(reached.shape, dtype=np.int32),
    )


def published(
    told: Inputs, quads: tuple[NDArray[np.int64], NDArray[np.int64]], mask: Flags, *, many: int, fewest: int
) -> list[PublishedCell]:
    """What everybody may see: quad cells, by majority of the cells with their centre in them, by x and y.

    Measurements of a quad cell with fewer than ``fewest`` are left out before anything is derived of them, and open
    challenges altogether: one person's word of where he stood is not published. Equal numbers give the lower answer.
    """
    keys, group = np.unique((quads[0][mask] << 32) | quads[1][mask], return_inverse=True)
    counted = (told.good + told.bad)[mask]
    sums = np.bincount(group, weights=counted, minlength=len(keys)).astype(np.int64)
    kept = np.zeros(mask.shape, dtype=bool)
    kept[mask] = sums[group] >= fewest
    nobody = np.zeros(mask.shape, dtype=bool)
    open_told = replace(
        told,
        good=np.where(kept, told.good, 0).astype(np.int32),
        bad=np.where(kept, told.bad, 0).astype(np.int32),
        challenged=nobody,
    )
    found = combine(open_told, many=many)
    served = _majority(group, found.served[mask] + 1, 3, len(keys)) - 1
    kind = _majority(group, found.disagreement[mask], len(DISAGREEMENTS), len(keys))
    sure = _majority(group, found.confidence[mask], len(CONFIDENCES), len(keys))
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


def summary(found: Evidence, mask: Flags) -> dict[str, Any]:
    """Counts of cells inside the mask: by state, disagreement, confidence, and served or not."""
    states, kinds = found.states[mask], found.disagreement[mask]
    return {
        "cells": int(mask.sum()),
        "states": {name: int(((states & bit) > 0).sum()) for name, bit in STATES.items()},
        "disagreements": {name: int((kinds == n).sum()) for n, name in enumerate(DISAGREEMENTS) if n},
        "confidence": {name: int((found.confidence[mask] == n).sum()) for n, name in enumerate(CONFIDENCES)},
        "served": int((found.served[mask] == YES).sum()),
        "not_served": int((found.served[mask] == NO).sum()),
        "measurements": int(found.measured[mask].sum()),
    }


def _majority(group: NDArray[Any], values: NDArray[Any], choices: int, groups: int) -> NDArray[Any]:
    """The commonest value of each group; the lower of two equally common."""
    flat = np.bincount(group * choices + values.astype(np.int64), minlength=groups * choices)
    found: NDArray[Any] = flat.reshape(groups, choices).argmax(axis=1)
    return found


def _states(told: Inputs) -> NDArray[np.uint16]:
    found = np.zeros(told.good.shape, dtype=np.uint16)
    sources = {
        "predicted": told.predicted,
        "claimed": told.claimed,
        "measured_good": told.good > 0,
        "measured_bad": told.bad > 0,
        "challenged": told.challenged,
        "conceded": told.conceded,
        "verified_absent": told.absent,
        "verified_present": told.present,
    }
    for name, where in sources.items():
        if where is not None:
            found[where] |= np.uint16(STATES[name])
    return found


def _served(told: Inputs) -> NDArray[np.int8]:
    shape = told.good.shape
    spoken = [source for source in (told.claimed, told.predicted) if source is not None]
    if not spoken:
        found = np.full(shape, UNKNOWN, dtype=np.int8)
    else:
        yes, no = np.logical_and.reduce(spoken), ~np.logical_or.reduce(spoken)
        found = np.where(yes, YES, np.where(no, NO, UNKNOWN)).astype(np.int8)
    measured = told.good + told.bad > 0
    weighed = np.where(told.good > told.bad, YES, np.where(told.bad > told.good, NO, UNKNOWN))
    found[measured] = weighed[measured]
    found[told.conceded] = NO
    found[told.present] = YES
    found[told.absent] = NO
    return found


def _disagreement(told: Inputs) -> Bytes:
    """The gravest disagreement of each cell; what was conceded or settled is none any more."""
    good, bad = told.good > 0, told.bad > 0
    never = np.zeros(good.shape, dtype=bool)
    claimed = never if told.claimed is None else told.claimed
    unclaimed = never if told.claimed is None else ~told.claimed
    predicted = never if told.predicted is None else told.predicted
    unpredicted = never if told.predicted is None else ~told.predicted
    mostly_bad = bad & (told.bad > told.good)
    kinds = (
        claimed & mostly_bad,
        claimed & told.challenged,
        predicted & mostly_bad,
        good & bad,
        good & ~bad & unclaimed,
        claimed & unpredicted,
        predicted & unclaimed,
    )
    found = np.select(kinds, range(1, len(DISAGREEMENTS)), default=0).astype(np.uint8)
    found[told.conceded | told.absent | told.present] = 0
    return found


def _confidence(told: Inputs, kind: Bytes, many: int) -> Bytes:
    good, bad = told.good > 0, told.bad > 0
    measured, mixed = good | bad, good & bad
    votes = measured.astype(np.int8)
    for source in (told.claimed, told.predicted):
        if source is not None:
            votes = votes + np.int8(1)
    agreeing = (kind == 0) & ~mixed & ~told.challenged
    sure = agreeing & (told.good + told.bad >= many)
    settled = told.absent | told.present
    found = np.where(votes == 0, 0, 1)
    found = np.where(agreeing & (votes >= 2), 2, found)
    found = np.where(told.conceded, 2, found)
    found = np.where(sure | settled, 3, found)
    low = (kind > 0) | (told.challenged & ~told.conceded & ~settled)
    return np.where(low, np.where(votes == 0, 1, np.minimum(found, 1)), found).astype(np.uint8)
