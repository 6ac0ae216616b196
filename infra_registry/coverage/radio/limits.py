"""What a radio run takes when nobody says otherwise, its bounds, and what it may cost: data, not code."""

from dataclasses import dataclass
from functools import cache

from infra_registry.resources import COVERAGE_DATA, tables


@dataclass(frozen=True, slots=True)
class CostLimits:
    """Most memory (MB of 10⁶ bytes), disk (10⁹ bytes) and time that one run may need; what remedies add."""

    most_memory_mb: float
    most_disk_gigabytes: float
    remedies_bytes_per_cell: float
    most_remedies_mb: float
    most_minutes: float


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds and defaults of a question; ``few``: below it counts are not told to everyone."""

    least_step_m: int
    most_step_m: int
    step_m: int
    minimum_m2: float
    most_minimum_m2: float
    least_dbm: float
    most_dbm: float
    most_operators: int
    served_class: int
    most_budget: int
    most_sets: int
    few: int
    threshold: tuple[str, float]
    cost: CostLimits


@cache
def limits() -> Limits:
    """The bounds and defaults of radio runs."""
    table = tables(COVERAGE_DATA / "runs.toml")
    cost, threshold = table.pop("cost"), table.pop("threshold")
    return Limits(**table, threshold=(threshold["kind"], float(threshold["value"])), cost=CostLimits(**cost))
