"""What a radio run is asked: area, grid, technologies, environment, threshold, sets; and what is wrong with it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from infra_registry.coverage.evidence.tables import ENVIRONMENTS, TECHNOLOGIES
from infra_registry.coverage.gaps.detection import KINDS
from infra_registry.coverage.radio.limits import limits
from infra_registry.errors import Fault, Invalid

METHOD = "radio"
MOST_CLASS = 5
STATISTICAL, TERRAIN = "tr38901", "itm"
MODELS = (STATISTICAL, TERRAIN)


@dataclass(frozen=True, slots=True)
class Threshold:
    """What counts as a gap: a level below ``value`` dBm, a class below it, or fewer operators than it."""

    kind: str
    value: float

    def __str__(self) -> str:
        return f"{self.kind}:{self.value:g}"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. None takes the default: every technology the register holds, today, limits of data/coverage.

    ``compared_with``: code of an earlier run of the same area. ``engine``: ``local`` or ``tcp://host:port``. ``model``:
    what fills the grid of the internal edition; the terrain model up to its budget of profiles, over known ground.
    """

    area_code: str
    step_m: int | None = None
    technologies: Sequence[str] | None = None
    environment: str = "outdoor"
    threshold: Threshold | None = None
    minimum_m2: float | None = None
    as_of: date | None = None
    engine: str = "local"
    compared_with: str | None = None
    budgets: Sequence[int] = (5, 10, 20)
    targets: Sequence[float] = (0.5, 0.8, 0.95)
    remedies: bool = True
    model: str = STATISTICAL

    def filled(self) -> "Question":
        """The same question with every default written out, technologies in order and once."""
        bounds = limits()
        return replace(
            self,
            step_m=self.step_m or bounds.step_m,
            technologies=tuple(sorted(set(self.technologies))) if self.technologies else None,
            threshold=self.threshold or Threshold(*bounds.threshold),
            minimum_m2=bounds.minimum_m2 if self.minimum_m2 is None else float(self.minimum_m2),
            budgets=tuple(sorted(set(self.budgets))),
            targets=tuple(sorted(set(self.targets))),
        )

    def takes(self, technology: str) -> bool:
        """True when cells of this technology are part of the run."""
        return self.technologies is None or technology in self.technologies


def threshold_of(written: str) -> Threshold:
    """``dbm:-105``, ``class:3`` or ``operators:2``; Invalid names the field ``threshold``."""
    kind, _, value = written.strip().partition(":")
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if kind not in KINDS or not math.isfinite(number):
        raise Invalid(
            [Fault("threshold", written[:40], "radio.threshold_form", "dbm:-105 | class:3 | operators:2")]
        )
    return Threshold(kind, number)


def parameters(question: Question) -> dict[str, Any]:
    """A filled question as the run keeps it."""
    table = asdict(question)
    del table["area_code"], table["as_of"]
    return table | {
        "technologies": list(question.technologies) if question.technologies else None,
        "threshold": str(question.threshold),
        "budgets": list(question.budgets),
        "targets": list(question.targets),
    }


def stored_question(area_code: str, as_of: date, kept: Mapping[str, Any]) -> Question:
    """The question a run keeps."""
    return Question(
        **{**kept, "area_code": area_code, "as_of": as_of, "threshold": threshold_of(kept["threshold"])}
    ).filled()


def question_faults(question: Question) -> list[Fault]:
    """What is wrong with a question before anything is read; a step that is too fine is refused with its cost."""
    bounds, faults = limits(), []
    step, least = question.step_m, question.minimum_m2
    if step is not None and (not isinstance(step, int) or not 1 <= step <= bounds.most_step_m):
        expected = f"{bounds.least_step_m} … {bounds.most_step_m}"
        faults.append(Fault("step_m", step, "field.out_of_range", expected))
    if least is not None and not 0 <= least <= bounds.most_minimum_m2:
        faults.append(Fault("minimum_m2", least, "field.out_of_range", f"0 … {bounds.most_minimum_m2:g}"))
    if question.environment not in ENVIRONMENTS:
        faults.append(
            Fault("environment", question.environment[:40], "field.not_choice", " | ".join(ENVIRONMENTS))
        )
    if question.model not in MODELS:
        faults.append(Fault("model", question.model[:40], "field.not_choice", " | ".join(MODELS)))
    wrong = [name for name in question.technologies or () if name not in TECHNOLOGIES]
    if wrong:
        faults.append(Fault("technology", wrong[0][:40], "field.not_choice", " | ".join(TECHNOLOGIES)))
    if question.engine != "local" and not question.engine.startswith("tcp://"):
        faults.append(Fault("engine", question.engine[:80], "field.not_choice", "local | tcp://…"))
    return [*faults, *_threshold_faults(question.threshold), *_set_faults(question)]


def _threshold_faults(threshold: Threshold | None) -> list[Fault]:
    bounds = limits()
    ranges = {
        "dbm": (bounds.least_dbm, bounds.most_dbm),
        "class": (1, MOST_CLASS),
        "operators": (1, bounds.most_operators),
    }
    if threshold is None:
        return []
    if threshold.kind not in ranges:
        return [Fault("threshold", threshold.kind[:40], "field.not_choice", " | ".join(KINDS))]
    low, high = ranges[threshold.kind]
    whole = threshold.kind == "dbm" or float(threshold.value).is_integer()
    if not (low <= threshold.value <= high and whole):
        return [
            Fault("threshold", str(threshold), "field.out_of_range", f"{threshold.kind}: {low:g} … {high:g}")
        ]
    return []


def _set_faults(question: Question) -> list[Fault]:
    bounds, faults = limits(), []
    if any(not 1 <= budget <= bounds.most_budget for budget in question.budgets):
        faults.append(
            Fault("budget", list(question.budgets), "field.out_of_range", f"1 … {bounds.most_budget}")
        )
    if any(not 0 < target <= 1 for target in question.targets):
        faults.append(Fault("target", list(question.targets), "field.out_of_range", "0 … 1"))
    count = len(question.budgets) + len(question.targets)
    if count > bounds.most_sets:
        faults.append(Fault("budget", count, "radio.too_many_sets", str(bounds.most_sets)))
    return faults
