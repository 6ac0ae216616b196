"""The question of a path check as it is written (two ends, a technology, heights), and its faults. Pure."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from infra_registry.coverage.propagation.limits import Range
from infra_registry.coverage.propagation.model import Defaults
from infra_registry.coverage.propagation.terrain import TAKEN
from infra_registry.errors import Fault, Invalid

_NUMBER = r"[-+]?\d{1,3}(?:\.\d{1,12})?"
_PLACE = re.compile(rf"\s*({_NUMBER})\s*[,，]\s*({_NUMBER})\s*")
EIRP_DBM = Range(-50.0, 120.0)
STEP_M = Range(1.0, 10_000.0)
LAST_M = 10.0  # below this the ground between both ends is one cell
WRITTEN = "116.58,35.41"
_RANGES = {
    "height_m": TAKEN["h_tx_m"],
    "rx_height_m": TAKEN["h_rx_m"],
    "frequency_mhz": TAKEN["frequency_mhz"],
    "eirp_dbm": EIRP_DBM,
    "step_m": STEP_M,
}


@dataclass(frozen=True, slots=True)
class Question:
    """A path as asked; ends are ``LON,LAT`` or the code of an asset. None takes the default of the technology.

    ``height_m`` is that of the sending antenna, ``rx_height_m`` of the receiver, both above ground; ``eirp_dbm`` of the
    whole carrier in the direction of the path.
    """

    start: str
    end: str
    technology: str
    height_m: float | None = None
    rx_height_m: float | None = None
    frequency_mhz: float | None = None
    eirp_dbm: float | None = None
    step_m: float | None = None


def faults(question: Question, defaults: Defaults) -> list[Fault]:
    """What is wrong with a question before anything is read."""
    problems = [*_end_faults("from", question.start), *_end_faults("to", question.end)]
    if question.technology not in defaults.technologies:
        names = " | ".join(defaults.technologies)
        problems.append(Fault("technology", question.technology[:20], "field.not_choice", names))
    for name, taken in _RANGES.items():
        value = getattr(question, name)
        if value is not None and not (math.isfinite(value) and taken.holds(value)):
            problems.append(Fault(name, f"{value:g}", "path.range", f"{taken.low:g} … {taken.high:g}"))
    return problems


def point(written: str) -> tuple[float, float] | None:
    """Longitude and latitude of an end written as two numbers; None for the code of an asset."""
    match = _PLACE.fullmatch(written)
    return (float(match[1]), float(match[2])) if match else None


def numbers(sent: Mapping[str, str]) -> dict[str, float | None]:
    """The numbers of a form, empty ones None. Raises Invalid with a fault for each that is none."""
    read: dict[str, float | None] = {}
    wrong = []
    for name, taken in _RANGES.items():
        written = sent.get(name, "").strip()
        try:
            read[name] = float(written) if written else None
        except ValueError:
            wrong.append(Fault(name, written[:40], "field.not_number", f"{taken.low:g} … {taken.high:g}"))
    if wrong:
        raise Invalid(wrong)
    return read


def _end_faults(name: str, written: str) -> list[Fault]:
    if not written.strip():
        return [Fault(name, "", "path.end", WRITTEN)]
    at = point(written)
    if at is None:
        # A code has no comma and no blank: what has is a place nobody can read.
        odd = len(written) > 40 or any(mark in written.strip() for mark in ",， ")
        return [Fault(name, written[:40], "path.end", WRITTEN)] if odd else []
    lon, lat = at
    if abs(lat) > 90 and abs(lon) <= 90 and abs(lat) <= 180:
        return [Fault(name, written[:40], "path.swapped", f"{lat:g},{lon:g}")]
    if abs(lat) > 90 or abs(lon) > 180:
        return [Fault(name, written[:40], "geometry.range", "-180 … 180, -90 … 90")]
    return []
