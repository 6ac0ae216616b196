"""What an analysis of free WiFi takes when neither a person nor the law of the place says otherwise: data, not code."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from infra_registry.rules.model import Text

DATA = Path(__file__).resolve().parents[2] / "data" / "coverage" / "wifi.toml"


@dataclass(frozen=True, slots=True)
class Logs:
    """How long the log of a WiFi zone is kept at least (days), and where that number comes from."""

    days: int
    basis: Text
    mark: str


@dataclass(frozen=True, slots=True)
class WifiDefaults:
    """Reach (m) of a zone that states none, its bounds, the venue families looked at where no clause lists any.

    ``statements``: how rows of the manifest begin that speak of WiFi and coverage. ``logs``: national rules on logs,
    the strictest first. ``security``: what is asked about the security of a zone where no clause names it.
    """

    default_reach_m: int
    least_reach_m: int
    most_reach_m: int
    families: tuple[str, ...]
    statements: str
    security: tuple[str, ...]
    logs: tuple[Logs, ...]

    @property
    def log_days(self) -> int:
        """The longest of the national periods."""
        return max(item.days for item in self.logs)


@cache
def wifi() -> WifiDefaults:
    """The defaults of the free-WiFi pages."""
    table = tomllib.loads(DATA.read_text("utf-8"))
    logs = tuple(Logs(row["days"], Text(**row["basis"]), row["mark"]) for row in table["log"])
    bounds = (table["default_reach_m"], table["least_reach_m"], table["most_reach_m"])
    return WifiDefaults(
        *bounds, tuple(table["families"]), table["statements"], tuple(table["security"]), logs
    )
