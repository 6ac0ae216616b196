"""What is taken where no file of people says otherwise: data, not code."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from infra_registry.rules.model import Text

DATA = Path(__file__).resolve().parents[3] / "data" / "coverage" / "demand.toml"


@dataclass(frozen=True, slots=True)
class Settings:
    """At most so many people go to one registered household of a zone, and why."""

    most_people_per_household: float
    basis: Text


@cache
def settings() -> Settings:
    """The settings of demand."""
    table = tomllib.loads(DATA.read_text("utf-8"))
    return Settings(float(table["most_people_per_household"]), Text(**table["basis"]))
