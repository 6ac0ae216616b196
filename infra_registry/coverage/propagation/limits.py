"""Ranges a recommendation states for its inputs, what lies outside of them, and what the model took instead."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from infra_registry.errors import Fault, Invalid


@dataclass(frozen=True, slots=True)
class Range:
    """A closed range of one input, in the input's own unit."""

    low: float
    high: float

    def clamp(self, values: ArrayLike) -> NDArray[np.float64]:
        """The nearest values inside the range."""
        return np.clip(np.asarray(values, np.float64), self.low, self.high)

    def holds(self, value: float) -> bool:
        """Whether a value lies inside; the ends do."""
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class OutOfRange:
    """An input outside what the recommendation states.

    ``used`` is what was taken instead: the nearest end, or the value itself where ``handled`` is ``continued``
    (the formula runs on beyond the range). ``source`` names recommendation and table.
    """

    name: str
    value: float
    low: float
    high: float
    used: float
    handled: str
    source: str


def outside(name: str, value: float, stated: Range, source: str) -> tuple[OutOfRange, ...]:
    """A finding where the value lies outside the range and is moved to its nearest end; otherwise nothing."""
    if stated.holds(value):
        return ()
    used = min(max(value, stated.low), stated.high)
    return (OutOfRange(name, value, stated.low, stated.high, used, "clamped", source),)


def finite(name: str, values: ArrayLike) -> NDArray[np.float64]:
    """The values as float64. Raises Invalid (``propagation.not_finite``) on NaN or infinity."""
    array = np.asarray(values, np.float64)
    bad = ~np.isfinite(array)
    if bad.any():
        raise Invalid((Fault(name, str(array[bad].flat[0]), "propagation.not_finite", "finite"),))
    return array


def positive(name: str, values: ArrayLike) -> NDArray[np.float64]:
    """Finite values above zero. Raises Invalid (``propagation.not_finite``, ``propagation.not_positive``)."""
    array = finite(name, values)
    if (array <= 0).any():
        raise Invalid((Fault(name, float(array.min()), "propagation.not_positive", "> 0"),))
    return array


def non_negative(name: str, values: ArrayLike) -> NDArray[np.float64]:
    """Finite values not below zero. Raises Invalid (``propagation.not_finite``, ``propagation.negative``)."""
    array = finite(name, values)
    if (array < 0).any():
        raise Invalid((Fault(name, float(array.min()), "propagation.negative", "≥ 0"),))
    return array


def is_number(value: float | None) -> bool:
    """Whether there is a value at all, and one to reckon with."""
    return value is not None and math.isfinite(value)
