"""Settings of demand, from ``data/coverage/demand.toml``."""

from dataclasses import dataclass
from functools import cache

from infra_registry.resources import COVERAGE_DATA, tables
from infra_registry.rules.model import Text


@dataclass(frozen=True, slots=True)
class Settings:
    """At most so many people go to one registered household of a zone, and why."""

    most_people_per_household: float
    basis: Text


@cache
def settings() -> Settings:
    """The settings of demand."""
    table = tables(COVERAGE_DATA / "demand.toml")
    return Settings(float(table["most_people_per_household"]), Text(**table["basis"]))
