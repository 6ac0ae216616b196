"""Defaults of the free-WiFi pages where neither the reader nor the law of the place states a value (``wifi.toml``)."""

from dataclasses import dataclass
from functools import cache

from infra_registry.resources import COVERAGE_DATA, tables
from infra_registry.rules.model import Text


@dataclass(frozen=True, slots=True)
class Basis:
    """A fact about the security of a zone and a national rule that no rulebook holds; ``mark`` V, S or M."""

    fact: str
    basis: Text
    mark: str


@dataclass(frozen=True, slots=True)
class WifiDefaults:
    """Reach (m) of a zone that states none, its bounds, the venue families looked at where no clause lists any.

    ``statements``: how rows of the manifest begin that speak of WiFi and coverage. ``asked``: facts shown about
    the security of a zone, with national rules.
    """

    default_reach_m: int
    least_reach_m: int
    most_reach_m: int
    families: tuple[str, ...]
    statements: str
    asked: tuple[Basis, ...]


@cache
def wifi() -> WifiDefaults:
    """The defaults of the free-WiFi pages."""
    table = tables(COVERAGE_DATA / "wifi.toml")
    asked = tuple(Basis(row["fact"], Text(**row["basis"]), row["mark"]) for row in table["asked"])
    bounds = (table["default_reach_m"], table["least_reach_m"], table["most_reach_m"])
    return WifiDefaults(*bounds, tuple(table["families"]), table["statements"], asked)
